"""A tablet that was left alone: the server closes its pages, keeps the answers, and lets staff open them again."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from consent.acts import answering, doors, handing_over, held, lending, unlocking
from consent.acts.actor import Actor
from consent.acts.house import House
from consent.records.tables.consents import signing_session
from consent.records.tables.custody import custody
from consent.rules.access import Role
from consent.rules.refusal import NotFound, Refused
from tests.factory import Clock, Factory
from tests.staffroom import PASSWORD, browser, make_app, new_person, send, signed_in, token_on

PIN = "493817"
ASKS = {"X-Asks-Where": "1"}


@pytest.fixture
def nurse(house: House) -> Actor:
    person = new_person(house, Role.CLINICIAN)
    unlocking.set_pin(house, person, PASSWORD, PIN)
    return person


@pytest.fixture
def token(house: House, factory: Factory, nurse: Actor) -> str:
    return handing_over.hand_over(house, nurse, "no-browser", factory.draft(actor=nurse))


@pytest.fixture
def signing(house: House, token: str) -> str:
    return str(doors.find(house, "signing", token))


@pytest.fixture
def tablet(house: House, token: str) -> FlaskClient:
    client = browser(make_app(house))
    with client.session_transaction() as session:
        session["signing"] = token
    return client


def pages_of(house: House, signing: str) -> list[str]:
    session = answering.open_session(house, signing)
    return [page.key for page in session.version.pages(session.dossier.asked, session.facts, "en")]


def question(house: House, signing: str) -> tuple[str, dict[str, str]]:
    """The first page with questions, and a yes to each of them."""
    session = answering.open_session(house, signing)
    for page in session.version.pages(session.dossier.asked, session.facts, "en"):
        asks = {f"{row.kind}:{row.code}": "yes" for group in page.groups for row in group.rows}
        if asks:
            return f"/sign/page/{page.key}", asks
    raise AssertionError("nothing is asked")


def row_of(house: House, signing: str) -> Any:
    with house.reading() as connection:
        return connection.execute(sa.select(signing_session).where(signing_session.c.id == signing)).one()


def test_a_browser_that_warns_is_locked_when_nobody_is_there(
    house: House, tablet: FlaskClient, signing: str, clock: Clock
) -> None:
    page = tablet.get("/sign").text
    assert tablet.post("/sign/here", data={"csrf_token": token_on(page)}).json == {"open": True}
    clock.pass_(minutes=16.9)
    assert tablet.get("/sign").status_code == 200
    clock.pass_(minutes=17.1)
    for path in ("/sign", "/sign/check", "/sign/decline", "/sign/copy", f"/sign/page/{pages_of(house, signing)[0]}"):
        assert tablet.get(path).location == "/sign/locked"
    assert tablet.get("/tablet").location == "/sign"
    locked = tablet.get("/sign/locked")
    assert locked.status_code == 200
    assert "This screen is locked" in locked.text
    assert "Maria Lopez" not in locked.text
    # Coming to it does not open it.
    assert tablet.post("/sign/here", data={"csrf_token": token_on(page)}).json == {"open": False}
    assert lending.is_locked(house, signing)


def test_what_a_locked_page_sends_is_kept_and_shows_nothing(
    house: House, tablet: FlaskClient, signing: str, clock: Clock
) -> None:
    path, asks = question(house, signing)
    page = tablet.get(path).text
    lending.lock(house, signing)
    first = dict([next(iter(asks.items()))])
    for sent in (first, asks):
        answer = tablet.post(path, data={"csrf_token": token_on(page), "go": "next", **sent})
        assert answer.status_code == 303
        assert tablet.get(answer.location).location in ("/sign/locked", None)
    assert len(answering.open_session(house, signing).given.uses) == len(asks)
    assert tablet.get("/sign/locked").status_code == 200
    asked = tablet.post(path, data={"csrf_token": token_on(page), **first}, headers=ASKS)
    assert (asked.status_code, asked.mimetype) == (200, "application/json")
    for decides in ("/sign/sign", "/sign/decline"):
        refused = tablet.post(decides, data={"csrf_token": token_on(page), "typed": "Maria Lopez", "earlier": "no"})
        assert refused.location == "/sign/locked"
    assert row_of(house, signing).state == "open"


def test_the_same_tablet_goes_on_with_the_pin_of_whoever_handed_it_over(
    house: House, tablet: FlaskClient, signing: str, nurse: Actor
) -> None:
    path, asks = question(house, signing)
    send(tablet, path, go="next", **asks)
    lending.lock(house, signing)
    wrong = send(tablet, "/unlock", pin="111111", then="patient")
    assert wrong.status_code == 422
    assert "Tries left: 4" in wrong.text
    assert "Give it back to the patient" in wrong.text
    assert send(tablet, "/unlock", pin=PIN, then="patient").location == "/sign"
    assert tablet.get("/sign").status_code == 200
    assert len(answering.open_session(house, signing).given.uses) == len(asks)
    # Nobody is signed in by that, and custody knows who opened it.
    assert tablet.get("/consents").location == "/sign-in"
    with house.reading() as connection:
        acts = connection.execute(sa.select(custody.c.act, custody.c.actor)).all()
    assert ("staff.resume", f"staff:{nurse.id}") in [tuple(each) for each in acts]


def test_a_new_hand_over_opens_it_and_keeps_the_answers(house: House, signing: str, nurse: Actor, clock: Clock) -> None:
    _path, asks = question(house, signing)
    kind, _, code = next(iter(asks)).partition(":")
    answering.save(house, signing, {(kind, code): True})
    lending.lock(house, signing)
    clock.pass_(minutes=1)
    handing_over.hand_over(house, nurse, "no-browser", row_of(house, signing).consent_id)
    assert not lending.is_locked(house, signing)
    assert answering.open_session(house, signing).given.uses == {(kind, code): True}


def test_a_signed_form_locks_too_and_shows_no_copy(house: House, factory: Factory, nurse: Actor, clock: Clock) -> None:
    made = factory.draft(actor=nurse)
    token = handing_over.hand_over(house, nurse, "no-browser", made)
    signing = str(doors.find(house, "signing", token))
    client = browser(make_app(house))
    with client.session_transaction() as session:
        session["signing"] = token
    with house.scratch() as deed:
        change = sa.update(signing_session).where(signing_session.c.id == signing)
        deed.connection.execute(change.values(state="signed"))
    lending.lock(house, signing)
    for path in ("/sign/done", "/sign/copy", "/sign/copy/print", "/sign/card"):
        assert client.get(path).location == "/sign/locked"
        assert client.post(path).status_code in (303, 400, 405)


def test_a_signers_own_phone_never_locks(house: House, signing: str, clock: Clock) -> None:
    with house.scratch() as deed:
        change = sa.update(signing_session).where(signing_session.c.id == signing)
        deed.connection.execute(change.values(link_id="a-link"))
    lending.see(house, signing, warns=True)
    lending.lock(house, signing)
    clock.pass_(hours=40)
    assert not lending.is_locked(house, signing)
    assert lending.is_own_device(house, signing)


def test_seeing_somebody_costs_a_write_now_and_then_only(house: House, signing: str, clock: Clock) -> None:
    lending.see(house, signing, warns=True)
    first = row_of(house, signing).seen_at
    clock.pass_(seconds=5)
    lending.see(house, signing, warns=True)
    assert row_of(house, signing).seen_at == first
    clock.pass_(seconds=30)
    lending.see(house, signing)
    assert row_of(house, signing).seen_at > first
    assert row_of(house, signing).warns_at == first


def test_what_is_not_there_is_not_there(house: House) -> None:
    for ask in (lending.is_locked, lending.see, lending.is_own_device, lending.lock):
        with pytest.raises(NotFound):
            ask(house, secrets.token_hex(13))


def test_a_wrong_pin_resumes_nothing_and_counts(house: House, signing: str) -> None:
    lending.lock(house, signing)
    for _ in range(5):
        with pytest.raises(Refused, match="pin-wrong"):
            unlocking.resume(house, signing, "000000")
    with pytest.raises(Refused, match="pin-spent"):
        unlocking.resume(house, signing, PIN)
    assert lending.is_locked(house, signing)


# ----------------------------------------------------------------------------------- where it begins


def test_the_first_page_leads_to_where_this_browser_stands(house: House, tablet: FlaskClient, nurse: Actor) -> None:
    app = make_app(house)
    assert tablet.get("/tablet").location == "/sign"
    assert signed_in(app, house, nurse).get("/tablet").location == "/"
    fresh = browser(app).get("/tablet", headers={"Accept-Language": "es"})
    assert fresh.status_code == 200
    assert "Esta pantalla está cerrada" in fresh.text
    assert "/sign-in" in fresh.text


def test_an_address_is_answered_only_to_a_page_that_asks_for_it(tablet: FlaskClient) -> None:
    page = tablet.get("/sign").text
    plain = tablet.post("/sign", data={"csrf_token": token_on(page)})
    assert plain.status_code == 303
    asked = tablet.post("/sign", data={"csrf_token": token_on(page)}, headers=ASKS)
    assert asked.json == {"to": plain.location}
    assert "Location" not in asked.headers


# -------------------------------------------------------------------------------- a page of the staff's


def test_what_stood_on_a_page_of_the_staffs_is_kept_when_its_time_is_over(house: House, nurse: Actor) -> None:
    client = signed_in(make_app(house), house, replace(nurse, second_factor=True))
    page = client.get("/consents/find").text
    sent = {"csrf_token": token_on(page), "going_to": "/consents/abc/details/description", "description": "Left hand"}
    assert client.post("/kept/over", data=sent).location == "/sign-in"
    assert client.get("/consents").location == "/sign-in"
    assert "nothing was done" in client.get("/sign-in").text
    kept = held.waiting_form(house, nurse)
    assert kept is not None
    assert (kept.path, kept.fields) == ("/consents/abc/details/description", (("description", "Left hand"),))


@pytest.mark.parametrize("elsewhere", ["", "//evil.example/", "https://evil.example/", "/\\evil.example"])
def test_nothing_is_kept_for_an_address_elsewhere(house: House, nurse: Actor, elsewhere: str) -> None:
    client = signed_in(make_app(house), house, replace(nurse, second_factor=True))
    page = client.get("/consents/find").text
    client.post("/kept/over", data={"csrf_token": token_on(page), "going_to": elsewhere, "description": "x"})
    assert held.waiting_form(house, nurse) is None


def test_working_on_a_page_keeps_the_sign_in(house: House, nurse: Actor, clock: Clock) -> None:
    client = signed_in(make_app(house), house, replace(nurse, second_factor=True))
    page = client.get("/consents/find").text
    assert 'data-seconds="840"' in page
    for _ in range(12):
        clock.pass_(minutes=14)
        assert client.post("/here", data={"csrf_token": token_on(page)}).json == {"open": True}
    clock.pass_(minutes=15, seconds=1)
    assert client.post("/here", data={"csrf_token": token_on(page)}, headers=ASKS).json == {"to": "/sign-in"}


def test_styles_and_scripts_travel_squeezed_and_pages_do_not(house: House) -> None:
    client = browser(make_app(house))
    takes = {"Accept-Encoding": "gzip"}
    plain = client.get("/static/site.css", buffered=True)
    squeezed = client.get("/static/site.css", headers=takes, buffered=True)
    assert squeezed.headers["Content-Encoding"] == "gzip"
    assert len(squeezed.data) < len(plain.data) / 2
    assert "Accept-Encoding" in squeezed.headers["Vary"]
    assert "Accept-Encoding" in plain.headers["Vary"]
    again = client.get("/static/site.css", headers={**takes, "If-None-Match": squeezed.headers["ETag"]}, buffered=True)
    assert again.status_code == 304
    assert "Content-Encoding" not in client.get("/sign-in", headers=takes).headers
    # They are everybody's: no cookie in them, and a new sign-in or hand-over asks for none of them again.
    assert "Cookie" not in squeezed.headers["Vary"]
    assert "Set-Cookie" not in squeezed.headers
