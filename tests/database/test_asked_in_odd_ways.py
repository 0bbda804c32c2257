"""Requests that no page of ours sends: asked with HEAD, out of order, by somebody who may not. Nothing happens."""

from __future__ import annotations

import time

from flask.testing import FlaskClient

from consent.acts import answering, attesting, creating, custody, doors, lending
from consent.acts.hands import Hand
from consent.acts.house import House
from consent.records import copies
from consent.rules.parties import Method, SignerKind
from consent.web import steps
from tests.bedside import REPRESENTATIVE, drafted_for
from tests.factory import Factory
from tests.staffroom import browser, make_app, send, signed_in, token_on


def test_head_shows_what_get_shows_and_does_nothing_more(house: House, factory: Factory) -> None:
    """A page that makes a card when it is not asked with GET made one for HEAD too, without any token."""
    made = factory.signed_consent()
    client = signed_in(make_app(house), house, factory.clinician())
    shown, asked = client.get(f"/consents/{made}/card"), client.head(f"/consents/{made}/card")
    assert (asked.status_code, asked.data) == (200, b"")
    assert asked.headers["Content-Length"] == shown.headers["Content-Length"]
    with house.reading() as connection:
        assert copies.newest_card(connection, made) is None
    assert custody.verify(house).sound
    assert client.head("/healthz").status_code == 200
    assert client.head("/static/site.css").data == b""


def test_a_form_of_millions_of_fields_is_refused_before_it_is_taken_apart(house: House) -> None:
    """Eight of them at once kept every processor busy for a minute, for whoever could reach the public pages."""
    client = browser(make_app(house))
    plain = {"content_type": "application/x-www-form-urlencoded"}
    started = time.process_time()
    assert client.post("/check", data=b"a&" * 3_000_000, **plain).status_code == 413
    assert time.process_time() - started < 1
    assert client.post("/check", data=b"a" * 9_000_000, **plain).status_code == 413
    assert client.post("/sign-in", data=b"a=" + b"x" * 70_000, **plain).status_code == 400
    unsized = client.post("/sign-in", data=b"a=1", headers={"Transfer-Encoding": "chunked"}, **plain)
    assert unsized.status_code == 411


def test_rule_17_nobody_comes_to_the_signature_past_a_page_that_he_was_not_shown(
    house: House, factory: Factory
) -> None:
    client, session_id = lent(house, factory)
    asked = answering.open_session(house, session_id)
    answers = {f"{kind}:{code}": "yes" for kind, code in asked.version.questions(asked.dossier.asked)}
    token = token_on(client.get("/sign").text)
    # Every answer is sent to the right address, and not one page was ever asked for.
    for page in asked.pages:
        client.post(f"/sign/page/{page.key}", data={"csrf_token": token, "term": "2-years", **answers})
    factory.teach_back(session_id)
    first = asked.pages[0].key
    answered = answering.open_session(house, session_id)
    seen = {"csrf_token": token, "seen": answered.given.digest}
    assert client.post("/sign/check", data=seen).location == f"/sign/page/{first}?then=check"
    answering.review(house, session_id, answered.given.digest)
    answering.accept(house, session_id, answered.disclosure_hash)
    assert client.get("/sign/sign").location == f"/sign/page/{first}"
    signed = client.post("/sign/sign", data={**seen, "claim": "one", "typed": "Maria Lopez"})
    assert signed.location == f"/sign/page/{first}"
    # Shown what was not shown, he goes from one to the next, and then on to check.
    shown = []
    while (path := client.post("/sign/check", data=seen).location) != "/sign/electronic":
        while path.startswith("/sign/page/"):
            assert client.get(path).status_code == 200
            shown.append(path)
            path = client.post(path, data={"csrf_token": token, "term": "2-years", **answers}).location
        assert path == "/sign/check"
    assert len(shown) == len(asked.pages)


def test_rule_17_what_staff_change_after_the_first_hand_over_is_shown_and_checked_anew(
    house: House, factory: Factory
) -> None:
    made = factory.draft()
    session_id = factory.handed_over(made)
    factory.answer(session_id)
    before = answering.open_session(house, session_id)
    assert before.is_reviewed
    assert steps.unfinished(before, "sign") is None
    creating.change_details(house, factory.clinician(), made, "description", description="A film of all of the body")
    factory.handed_over(made)
    after = answering.open_session(house, session_id)
    assert after.given.answers == before.given.answers
    assert not after.is_reviewed
    gap = steps.unfinished(after, "sign")
    assert gap is not None
    told = after.page(gap.values["key"])
    assert "A film of all of the body" in "".join((*told.paragraphs, *told.bullets))


def test_rule_09_nobody_who_finds_a_locked_tablet_gives_the_childs_yes(house: House, factory: Factory) -> None:
    client, session_id = lent(house, factory, drafted_for(factory, SignerKind.PARENT))
    seen = factory.answer(session_id)
    mother = Hand(Method.TYPED, REPRESENTATIVE, typed=REPRESENTATIVE)
    attesting.give(house, session_id, "signer", mother, seen)
    page = client.get("/sign/with/assent").text
    yes = {"csrf_token": token_on(page), "seen": seen, "typed": "Tim Quill", "claim": "one"}
    lending.lock(house, session_id)
    assert client.post("/sign/with/assent", data=yes).location == "/sign/locked"
    assert answering.open_session(house, session_id).hand("assent") is None


def lent(house: House, factory: Factory, made: str = "") -> tuple[FlaskClient, str]:
    """A tablet in the patient's hands, and its signing session."""
    made = made or factory.draft()
    client = signed_in(make_app(house), house, factory.clinician())
    send(client, f"/consents/{made}/hand-over", f"/consents/{made}")
    with client.session_transaction() as kept:
        found = doors.find(house, "signing", kept["signing"])
    assert found
    return client, found
