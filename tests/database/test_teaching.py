"""What is asked back before a signature, what is kept of it, and how the pages look: on real parts."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from typing import Any

import pytest

from consent.acts import answering, comfort, filing, handing_over, organisation, signing, teaching
from consent.acts.actor import Actor
from consent.acts.house import House
from consent.acts.opening import open_text
from consent.acts.organisation import Policy
from consent.acts.signing import Submission
from consent.records import consents, custody
from consent.rules.access import Role
from consent.rules.comfort import Comfort
from consent.rules.jurisdiction import Jurisdiction
from consent.rules.refusal import NotFound, Refused
from tests.factory import Factory
from tests.staffroom import browser, make_app, send, signed_in

CODES = ("what", "where", "change", "care")


def refused(run: Any, code: str) -> None:
    with pytest.raises(Refused, match=code):
        run()


def chosen(factory: Factory, house: House, language: str = "en", yes: bool = True) -> str:
    """A session in which everything is chosen and nothing was asked back yet."""
    session_id = factory.handed_over(factory.draft(language=language))
    session = answering.open_session(house, session_id)
    answering.save(house, session_id, dict.fromkeys(session.version.questions(session.dossier.asked), yes), "1-year")
    return session_id


def sign(house: House, session_id: str) -> str:
    session = answering.open_session(house, session_id)
    answering.review(house, session_id, session.given.digest)
    return signing.sign(house, session_id, Submission("c", session.given.digest, True, typed="Maria Lopez"))


def say(house: House, session_id: str, code: str, right: bool) -> bool:
    lesson = teaching.find(answering.open_session(house, session_id), code)
    option = lesson.right if right else next(each for each, _ in lesson.options if each != lesson.right)
    return teaching.answer(house, session_id, code, option)


def kept(house: House, consent_id: str) -> dict[str, Any]:
    with house.reading() as connection:
        row = consents.find_signature(connection, consent_id)
        assert row
        found: dict[str, Any] = json.loads(open_text(house, connection, "signature", row.id, "content", row.content))
    return found


def printed(house: House, consent_id: str) -> list[str]:
    with house.reading() as connection:
        pdf = filing.take_out(house, connection, consent_id)
    done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    return [" ".join(page.split()) for page in done.stdout.decode().split("\f")[:-1]]


def test_rule_20_nobody_signs_before_everything_was_asked_back(factory: Factory, house: House) -> None:
    session_id = chosen(factory, house)
    for code in CODES:
        refused(lambda: sign(house, session_id), "not-asked-back")
        assert say(house, session_id, code, True)
    assert sign(house, session_id)


def test_rule_20_what_was_asked_and_answered_is_kept_encrypted_and_only_numbers_in_the_clear(
    factory: Factory, house: House
) -> None:
    session_id = chosen(factory, house)
    assert not say(house, session_id, "where", False)
    assert not say(house, session_id, "care", False)
    assert not say(house, session_id, "care", False)
    teaching.explained(house, session_id, "care", " Nora Field ")
    for code in ("what", "where", "change"):
        say(house, session_id, code, True)
    made = sign(house, session_id)
    found = kept(house, made)
    assert found["explained_by"] == factory.clinician().id
    assert {code: (len(each["said"]), each["right"], each["helped_by"]) for code, each in found["taught"].items()} == {
        "what": (1, True, ""),
        "where": (2, True, ""),
        "change": (1, True, ""),
        "care": (2, False, "Nora Field"),
    }
    assert found["taught"]["where"]["question"] == "Where did you let us show it?"
    assert found["taught"]["where"]["said"][-1] == "Only here: on Instagram, in a talk to doctors and nurses"
    with house.reading() as connection:
        entry = json.loads(custody.about(connection, made)[-1].entry)
    assert (entry["about"]["asked-back"], entry["about"]["asked-back-wrong"]) == (6, 3)
    assert entry["about"]["explained-again"] == 1
    assert "Nora" not in json.dumps(entry)
    text = " ".join(printed(house, made))
    assert "What was asked back" in text
    assert "Nora Field explained it after 2 wrong answers." in text
    assert "Said this on try 2: Only here" in text


def test_rule_20_nobody_is_stopped_for_good_and_nobody_is_let_through_at_once(factory: Factory, house: House) -> None:
    session_id = chosen(factory, house)
    refused(lambda: teaching.explained(house, session_id, "what", "Nora Field"), "not-yet")
    say(house, session_id, "what", False)
    refused(lambda: teaching.explained(house, session_id, "what", "Nora Field"), "not-yet")
    say(house, session_id, "what", False)
    refused(lambda: teaching.explained(house, session_id, "what", "  "), "name-missing")
    refused(lambda: teaching.explained(house, session_id, "what", "\ue000"), "cannot-print")
    teaching.explained(house, session_id, "what", "Nora Field")
    assert "what" not in teaching.untaught(answering.open_session(house, session_id))


def test_rule_20_another_choice_is_asked_back_again_and_earlier_answers_stay(factory: Factory, house: House) -> None:
    session_id = chosen(factory, house)
    factory.teach_back(session_id)
    answering.save(house, session_id, {("channel", "instagram"): False})
    session = answering.open_session(house, session_id)
    assert teaching.untaught(session) == ("where",)
    assert len(session.given.taught["where"].said) == 1
    say(house, session_id, "where", True)
    assert len(answering.open_session(house, session_id).given.taught["where"].said) == 2
    # In another language the answers stand: they rest on the choices, not on the words.
    answering.switch_language(house, session_id, "es")
    assert teaching.untaught(answering.open_session(house, session_id)) == ()


def test_only_what_is_offered_can_be_answered(factory: Factory, house: House) -> None:
    session_id = chosen(factory, house)
    for code, option in (("what", "anything"), ("why", "some"), ("care", "some")):
        with pytest.raises(NotFound):
            teaching.answer(house, session_id, code, option)


@pytest.mark.parametrize("language", ["en", "es"])
def test_rule_20_the_pages_ask_and_lead_back(factory: Factory, house: House, language: str) -> None:
    words = house.forms.words(language)
    made = factory.draft(language=language)
    token = handing_over.hand_over(house, factory.clinician(), "no-browser", made)
    client = browser(make_app(house))
    with client.session_transaction() as session:
        session["signing"] = token
    with house.reading() as connection:
        row = consents.session_of(connection, made)
        assert row
    # Nothing is asked back before it was shown, and chosen.
    assert client.get("/sign/understand/what").location == "/sign/page/about"
    factory.read(row.id)
    assert client.get("/sign/understand/what").location == "/sign/page/media"
    opened = answering.open_session(house, row.id)
    answering.save(house, row.id, dict.fromkeys(opened.version.questions(opened.dossier.asked), True), "1-year")
    page = client.get("/sign/understand/change").text
    assert words("teach.change") in page
    assert "checked" not in page
    assert send(client, "/sign/understand/change", go="next").status_code == 422
    wrong = send(client, "/sign/understand/change", go="next", said="never")
    assert wrong.location.endswith("/sign/understand/change/again")
    again = client.get(wrong.location).text
    assert opened.page("rights").heading in again
    assert words("teach.help-button") not in again
    assert send(client, wrong.location, go="helped", helper="Me").location.endswith("/sign/understand/change")
    send(client, "/sign/understand/change", go="next", said="never")
    assert words("teach.help-button") in client.get(wrong.location).text
    assert send(client, wrong.location, go="helped", helper="").status_code == 422
    assert send(client, wrong.location, go="helped", helper="Nora").location.endswith("/sign/understand/care")
    assert send(client, "/sign/understand/care", go="next", said="rubbish").status_code == 422
    assert client.get("/sign/understand/nothing").status_code == 404


def test_how_the_pages_look_is_kept_with_the_session_and_is_no_answer(factory: Factory, house: House) -> None:
    session_id = factory.handed_over(factory.draft())
    for mode in ("large", "calm", "contrast", "calm"):
        comfort.switch(house, session_id, mode)
    assert answering.open_session(house, session_id).comfort == (Comfort.LARGE, Comfort.CONTRAST)
    with pytest.raises(NotFound):
        comfort.switch(house, session_id, "huge")
    again = factory.handed_over(answering.open_session(house, session_id).consent_id)  # type: ignore[arg-type]
    assert answering.open_session(house, again).comfort == (Comfort.LARGE, Comfort.CONTRAST)


# ------------------------------------------------------------------ California


@pytest.fixture
def head(factory: Factory) -> Actor:
    factory.ready_organisation()
    return factory.staff(Role.ADMINISTRATOR)


def test_the_page_of_the_state_saves_it_and_keeps_the_other_rules(house: House, head: Actor) -> None:
    client = signed_in(make_app(house), house, head)
    organisation.save_policy(house, head, Policy(one_person_clinic=True))
    assert send(client, "/organisation/state", jurisdiction="US-TX").status_code == 422
    assert send(client, "/organisation/state", jurisdiction="US-CA").status_code == 303
    assert organisation.in_force(house).policy == Policy(one_person_clinic=True, jurisdiction="US-CA")
    assert "California" in client.get("/organisation").text
    answers = {"consent_for_unrecognisable": "yes", "one_person_clinic": "no"}
    assert send(client, "/organisation/policy", **answers).status_code == 303
    assert organisation.in_force(house).policy == Policy(jurisdiction="US-CA")
    with house.reading() as connection:
        entry = custody.head(connection)
    assert entry
    refused(lambda: organisation.save_policy(house, head, Policy(jurisdiction="XX")), "jurisdiction-unknown")


@pytest.mark.usefixtures("in_full")
def test_rule_12_a_consent_signed_in_california_stands_alone_in_large_type(
    house: House, factory: Factory, head: Actor
) -> None:
    organisation.save_policy(house, head, Policy(jurisdiction=Jurisdiction.CALIFORNIA))
    made = factory.signed_consent(language="es", term="1-year")
    pages = printed(house, made)
    words = house.forms.words("es")
    annex = next(number for number, page in enumerate(pages) if "¿Está bien firmar en una pantalla?" in page)
    signature = next(number for number, page in enumerate(pages) if words("labels.signed-on") in page)
    assert signature < annex
    assert words("teach.paper-heading") in " ".join(pages[annex:])
    assert words("teach.paper-heading") not in " ".join(pages[:annex])
    assert "En California" in " ".join(pages[:annex])
    # Under federal law the words about screens are a section among the others, and nothing is asked for by the state.
    organisation.save_policy(house, head, replace(organisation.in_force(house).policy, jurisdiction="US"))
    other = printed(house, factory.signed_consent(language="es"))
    assert "En California" not in " ".join(other)
    # Once as a section, and once where the last page lists what was shown.
    assert sum("¿Está bien firmar en una pantalla?" in page for page in other) == 2
