"""The pages about who signs: one thing each, mistakes beside their fields, nothing typed is lost, drafts resumed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from consent.acts import creating, planning, retrieval
from consent.acts.house import House
from consent.rules.parties import SignerKind
from tests.bedside import child, drafted_for
from tests.database.test_consent_pages import beside, value
from tests.factory import FORM, Factory, somebody
from tests.staffroom import send


def begun(factory: Factory, years: int | None = None) -> str:
    person = somebody(9) if years is None else child(factory, years)
    return creating.draft(factory.house, factory.clinician(), FORM, "en", person=person)


def test_a_parent_is_recorded_page_by_page(desk: FlaskClient, factory: Factory, house: House) -> None:
    made = begun(factory, 12)
    at = f"/consents/{made}"
    offered = desk.get(f"{at}/signer").text
    assert 'value="parent"' in offered
    assert 'value="health-care-agent"' not in offered
    assert send(desk, f"{at}/signer", signer="parent").headers["Location"] == f"{at}/representative"
    who = {"name": "Ana Ruiz", "relationship": "mother", "reads": "en"}
    assert send(desk, f"{at}/representative", **who).headers["Location"] == f"{at}/authority"
    why = {"ground": "legal-parent", "proof": "identity card and birth certificate", "concern": "no"}
    assert send(desk, f"{at}/authority", **why).headers["Location"] == f"{at}/identity"
    page = desk.get(f"{at}/identity").text
    assert "can the person who signs decide" in page
    shown = desk.get(at).text
    proof = "birth certificate (seen by Person"
    for words in ("A parent", "Ana Ruiz (mother)", "Is the legal parent", proof, "Of age on", "The child is asked too"):
        assert words in shown, words
    # Left and resumed: what was typed stands there again.
    assert value(desk.get(f"{at}/representative").text, "name") == "Ana Ruiz"
    assert planning.plan(house, factory.clinician(), made).next_part == "identity"


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"ground": ""}, "ground", "Choose by what right"),
        ({"proof": " "}, "proof", "Say what you saw"),
        ({"concern": ""}, "concern", "Say whether there is a concern"),
    ],
)
def test_a_missing_piece_of_the_right_is_said_beside_its_field(
    desk: FlaskClient, factory: Factory, typed: dict[str, str], field: str, sentence: str
) -> None:
    made = drafted_for(factory, SignerKind.PARENT)
    sent = {"ground": "legal-parent", "proof": "a card", "concern": "no", **typed}
    answer = send(desk, f"/consents/{made}/authority", **sent)
    assert answer.status_code == 422
    beside(answer.text, field, sentence)
    if field != "proof":
        assert value(answer.text, "proof") == "a card"


def test_rule_08_a_bare_power_of_attorney_and_a_relative_of_the_dead_are_told_why_not(
    desk: FlaskClient, factory: Factory
) -> None:
    agent = drafted_for(factory, SignerKind.HEALTH_CARE_AGENT)
    sent = {"ground": "power-of-attorney", "proof": "a paper", "concern": "no", "patient_cannot_decide": "yes"}
    beside(send(desk, f"/consents/{agent}/authority", **sent).text, "ground", "does not name health care is not enough")
    sent = {"ground": "health-care-poa", "proof": "a paper", "concern": "no"}
    beside(
        send(desk, f"/consents/{agent}/authority", **sent).text,
        "patient_cannot_decide",
        "only while the patient cannot",
    )
    estate = drafted_for(factory, SignerKind.ESTATE)
    died = {"died_on-day": "1", "died_on-month": "10", "died_on-year": "2026"}
    answer = send(desk, f"/consents/{estate}/authority", ground="family", proof="a card", concern="no", **died)
    beside(answer.text, "ground", "Being a relative is not enough")
    assert value(answer.text, "died_on-year") == "2026"
    answer = send(desk, f"/consents/{estate}/authority", ground="executor", proof="a card", concern="no")
    beside(answer.text, "died_on", "day on which the patient died")


def test_rule_08_a_concern_is_kept_and_the_page_says_that_this_person_cannot_sign(
    desk: FlaskClient, factory: Factory
) -> None:
    made = drafted_for(factory, SignerKind.PARENT)
    send(desk, f"/consents/{made}/authority", ground="legal-parent", proof="a card", concern="yes")
    page = desk.get(f"/consents/{made}").text
    assert "There is a concern about the person who would sign" in page
    assert "Hand over to the patient" not in page
    assert "concern" not in desk.get(f"/consents/{made}/preview").text


def test_rule_13_nobody_who_may_sign_leads_to_a_plain_page(desk: FlaskClient, factory: Factory) -> None:
    made = begun(factory)
    assert send(desk, f"/consents/{made}/signer", signer="nobody").headers["Location"] == f"/consents/{made}"
    page = desk.get(f"/consents/{made}").text
    assert "may wait in quarantine" in page
    assert "Hand over to the patient" not in page
    beside(send(desk, f"/consents/{made}/signer", signer="").text, "signer", "Say who will sign")


def test_rule_09_a_minor_alone_and_a_child_who_cannot_be_asked(desk: FlaskClient, factory: Factory) -> None:
    made = begun(factory, 16)
    assert send(desk, f"/consents/{made}/signer", signer="patient").headers["Location"] == f"/consents/{made}/alone"
    answer = send(desk, f"/consents/{made}/alone", alone_ground="", alone_proof="order 7")
    beside(answer.text, "alone_ground", "why the patient may sign alone")
    assert value(answer.text, "alone_proof") == "order 7"
    onward = send(desk, f"/consents/{made}/alone", alone_ground="emancipated", alone_proof="order 7")
    assert onward.headers["Location"] == f"/consents/{made}/identity"
    parents = drafted_for(factory, SignerKind.PARENT)
    beside(send(desk, f"/consents/{parents}/assent", asked="no", reason="").text, "reason", "why the child cannot")
    send(desk, f"/consents/{parents}/assent", asked="no", reason="asleep for treatment")
    assert "No: asleep for treatment" in desk.get(f"/consents/{parents}").text
    assert desk.get(f"/consents/{made}/assent").status_code == 404


def test_rule_14_the_interpreter_with_mistakes_beside_their_fields(desk: FlaskClient, factory: Factory) -> None:
    made = factory.draft()
    path = f"/consents/{made}/interpreter"
    beside(send(desk, path).text, "needed", "whether an interpreter is needed")
    typed = {"needed": "yes", "name_or_number": "", "interpreter_language": "Somali", "mode": "", "adult": "no",
             "family": "yes", "family_reason": ""}  # fmt: skip
    answer = send(desk, path, **typed)
    beside(answer.text, "name_or_number", "number that the service gave")
    beside(answer.text, "mode", "on the telephone or on video")
    assert value(answer.text, "interpreter_language") == "Somali"
    answer = send(desk, path, **{**typed, "name_or_number": "Lee", "mode": "phone"})
    beside(answer.text, "adult", "must not interpret")
    beside(answer.text, "family_reason", "Say why")
    typed |= {"name_or_number": "Lee", "mode": "phone", "adult": "yes", "family": "no"}
    assert send(desk, path, **typed).headers["Location"] == f"/consents/{made}"
    assert "Lee, Somali, by telephone" in desk.get(f"/consents/{made}").text
    send(desk, path, needed="no")
    assert "Lee, Somali" not in desk.get(f"/consents/{made}").text
    # Into which language is known where the patient reads one of ours.
    reads_spanish = factory.draft(person=replace(somebody(90), language="es"))
    assert value(desk.get(f"/consents/{reads_spanish}/interpreter").text, "interpreter_language") == "Español"


def test_witnesses_and_sensitive_topics_stand_on_the_consents_page(desk: FlaskClient, factory: Factory) -> None:
    made = drafted_for(factory, SignerKind.PARENT)
    answer = send(desk, f"/consents/{made}/witnesses", **{"witness-1": "Rosalind Quill", "witness-2": "Jo Day"})
    beside(answer.text, "witness-1", "cannot also sign")
    assert value(answer.text, "witness-2") == "Jo Day"
    send(desk, f"/consents/{made}/witnesses", **{"witness-1": "Sam Poe", "witness-2": ""})
    answer = send(desk, f"/consents/{made}/sensitive", sensitive=["sensitive-hiv", "substance-use"])
    beside(answer.text, "sensitive", "need a form of their own")
    send(desk, f"/consents/{made}/sensitive", sensitive="sensitive-hiv")
    page = desk.get(f"/consents/{made}").text
    assert "Sam Poe" in page
    assert ">HIV<" in page
    asked = desk.get(f"/consents/{made}/preview").text
    assert "May we tell about HIV?" in asked
    assert "You sign for your child. Choose what your child would want." in asked


def test_rule_21_who_means_to_post_is_asked_beside_the_accounts(desk: FlaskClient, factory: Factory) -> None:
    made = factory.draft()
    path = f"/consents/{made}/ask/account"
    beside(send(desk, path, account="organisation").text, "poster", "who means to post")
    answer = send(desk, path, account="organisation", poster="me")
    beside(answer.text, "poster_reason", "Say why you do both")
    assert send(desk, path, account="organisation", poster="me", poster_reason="a clinic of one").status_code == 303
    assert "Reason: a clinic of one" in desk.get(f"/consents/{made}").text


def test_what_happened_is_recorded_on_the_consents_page(desk: FlaskClient, factory: Factory, house: House) -> None:
    made = factory.signed_consent()
    page = desk.get(f"/consents/{made}").text
    assert "Something has happened to the patient" in page
    path = f"/consents/{made}/life-event"
    assert 'value="abuse"' not in desk.get(path).text
    answer = send(desk, path, event="", words="her son called")
    beside(answer.text, "event", "Choose what has happened")
    assert "her son called" in answer.text
    beside(send(desk, path, event="death", words="").text, "words", "what you know")
    assert send(desk, path, event="death", words="her son called").headers["Location"] == f"/consents/{made}"
    assert "On hold" in desk.get(f"/consents/{made}").text
    assert retrieval.open_consent(house, factory.clinician(), made).dossier.row.suspended_why == "death"
