"""Who may sign for whom, who interprets, who sees it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from consent.rules.parties import Interpreter, Parties, Representative, SignerKind, SigningPolicy, Witness
from consent.rules.scope import own_form_objections
from consent.rules.signers import (
    ALONE_GROUNDS,
    GROUNDS,
    interpreter_apart_objections,
    interpreter_objections,
    language_of_signer,
    majority_day,
    protected_until,
    signer_objections,
    witness_objections,
)
from consent.rules.signing import poster_objections

TODAY = date(2026, 3, 1)
POLICY = SigningPolicy()
ADULT, CHILD = date(1980, 5, 4), date(2014, 2, 1)
MOTHER = Representative(SignerKind.PARENT, "Ana Ruiz", "mother", "legal-parent", "birth certificate", concern="no")
AGENT = replace(
    MOTHER, kind=SignerKind.HEALTH_CARE_AGENT, relationship="brother", ground="health-care-poa",
    patient_cannot_decide=True,
)  # fmt: skip
EXECUTOR = replace(MOTHER, kind=SignerKind.ESTATE, relationship="son", ground="executor", died_on="2025-12-24")
GUARDIAN = replace(MOTHER, kind=SignerKind.GUARDIAN, relationship="aunt", ground="appointed-guardian")
COURT = replace(MOTHER, kind=SignerKind.COURT_GUARDIAN, relationship="guardian", ground="court-order")


def against(parties, born_on=ADULT, capacity=True, policy=POLICY):
    parties = replace(
        parties, age=TODAY.year - born_on.year - ((TODAY.month, TODAY.day) < (born_on.month, born_on.day))
    )
    return [each.code for each in signer_objections(parties, born_on, policy, TODAY, has_capacity=capacity)]


def by(named, **changes):
    return Parties(signer=named.kind, representative=replace(named, **changes))


@pytest.mark.parametrize(
    ("parties", "born_on"),
    [
        (Parties(signer=SignerKind.PATIENT), ADULT),
        (by(MOTHER), CHILD),
        (by(GUARDIAN), CHILD),
        (by(COURT), CHILD),
        (by(COURT), ADULT),
        (by(AGENT), ADULT),
        (by(EXECUTOR), ADULT),
        (by(EXECUTOR), CHILD),
    ],
)
def test_rule_08_whoever_has_authority_signs(parties, born_on):
    assert against(parties, born_on) == []


@pytest.mark.parametrize(
    ("parties", "born_on", "expected"),
    [
        (Parties(), ADULT, "signer-missing"),
        (Parties(nobody=True), ADULT, "nobody-to-sign"),
        (Parties(signer=SignerKind.PARENT), CHILD, "representative-missing"),
        (Parties(signer=SignerKind.GUARDIAN, representative=MOTHER), CHILD, "representative-missing"),
        (by(MOTHER, name=" "), CHILD, "representative-name-missing"),
        (by(MOTHER, relationship=""), CHILD, "representative-relationship-missing"),
        (by(MOTHER, proof=" "), CHILD, "representative-proof-missing"),
        (by(MOTHER, ground=""), CHILD, "ground-missing"),
        (by(MOTHER, ground="executor"), CHILD, "ground-missing"),
        (by(MOTHER), ADULT, "signer-not-for-adult"),
        (by(GUARDIAN), ADULT, "signer-not-for-adult"),
        (by(AGENT), CHILD, "agent-not-for-minor"),
        (by(AGENT, patient_cannot_decide=False), ADULT, "agent-while-capable"),
    ],
)
def test_rule_08_without_relationship_authority_and_proof_nobody_signs_for_another(parties, born_on, expected):
    assert against(parties, born_on) == [expected]


def test_rule_08_a_power_of_attorney_must_be_for_health_care():
    assert against(by(AGENT, ground="power-of-attorney")) == ["bare-power-of-attorney"]
    assert "power-of-attorney" not in {ground for grounds in GROUNDS.values() for ground in grounds}


@pytest.mark.parametrize("named", [MOTHER, GUARDIAN, COURT])
@pytest.mark.parametrize(("concern", "expected"), [("yes", "abuse-concern"), ("", "concern-unanswered"), ("no", None)])
def test_rule_08_no_representative_under_a_concern_of_abuse(named, concern, expected):
    assert against(by(named, concern=concern), CHILD) == ([expected] if expected else [])


def test_rule_09_a_minor_does_not_sign_for_himself():
    assert against(Parties(signer=SignerKind.PATIENT), CHILD) == ["under-age"]
    nineteen = date(2007, 3, 1)
    assert against(Parties(signer=SignerKind.PATIENT), nineteen) == []
    assert against(Parties(signer=SignerKind.PATIENT), nineteen, policy=SigningPolicy(majority_age=21)) == ["under-age"]


@pytest.mark.parametrize("ground", ALONE_GROUNDS)
def test_rule_09_a_minor_who_may_lawfully_consent_alone_does_with_the_reason_recorded(ground):
    alone = Parties(signer=SignerKind.PATIENT, alone_ground=ground, alone_proof="order of the family court")
    assert against(alone, CHILD) == []
    assert against(replace(alone, alone_proof=" "), CHILD) == ["alone-proof-missing"]
    assert against(replace(alone, alone_ground="wants to"), CHILD) == ["under-age"]


@pytest.mark.parametrize(
    ("majority", "born_on", "expected"),
    [
        (18, date(2014, 2, 1), date(2032, 2, 1)),
        (19, date(2014, 2, 1), date(2033, 2, 1)),
        (21, date(2014, 2, 1), date(2035, 2, 1)),
        (18, date(2012, 2, 29), date(2030, 3, 1)),
        (18, date(2008, 3, 2), date(2026, 3, 2)),
        (18, date(2008, 3, 1), None),
        (19, date(2008, 3, 1), date(2027, 3, 1)),
    ],
)
def test_rule_09_the_day_of_majority_is_the_jurisdiction_s(majority, born_on, expected):
    assert majority_day(by(MOTHER), born_on, SigningPolicy(majority_age=majority), TODAY) == expected


@pytest.mark.parametrize("parties", [Parties(signer=SignerKind.PATIENT), by(EXECUTOR), by(AGENT)])
def test_rule_09_only_who_signs_for_a_child_stops_at_majority(parties):
    assert majority_day(parties, CHILD, POLICY, TODAY) is None


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"ground": "family"}, ["estate-authority-missing"]),
        ({"ground": "health-care-poa"}, ["ground-missing"]),
        ({"ground": "administrator"}, []),
        ({"ground": "other-estate-authority"}, []),
        ({"died_on": ""}, ["death-date-missing"]),
        ({"died_on": "2026-03-02"}, ["death-date-impossible"]),
        ({"died_on": "1980-05-03"}, ["death-date-impossible"]),
        ({"died_on": "2026-03-01"}, []),
    ],
)
def test_rule_10_for_the_dead_only_who_has_authority_for_the_estate(changes, expected):
    assert against(by(EXECUTOR, **changes)) == expected


def test_rule_10_the_protection_of_the_dead_ends_after_fifty_years():
    assert protected_until("1976-02-29") == date(2026, 2, 28)
    assert protected_until("") is None


@pytest.mark.parametrize(
    ("topics", "expected"),
    [
        ((), []),
        (("sensitive-hiv", "sensitive-genetic"), []),
        (("substance-use",), ["own-form-needed"]),
        (("psychotherapy-notes", "sensitive-hiv"), ["own-form-needed"]),
    ],
)
def test_rule_11_substance_use_and_psychotherapy_notes_need_a_form_of_their_own(topics, expected):
    assert [each.code for each in own_form_objections(topics)] == expected


def test_rule_13_without_capacity_the_patient_does_not_sign():
    assert against(Parties(signer=SignerKind.PATIENT), capacity=False) == ["capacity-missing"]
    assert against(by(MOTHER), CHILD, capacity=False) == ["signer-cannot-decide"]
    assert against(Parties(nobody=True), capacity=False) == ["nobody-to-sign"]


INTERPRETER = Interpreter("Lee 4711", "Vietnamese", "video")


@pytest.mark.parametrize(
    ("interpreter", "reads", "expected"),
    [
        (None, "en", []),
        (None, "vi", ["interpreter-needed"]),
        (None, "other", ["interpreter-needed"]),
        (INTERPRETER, "vi", []),
        (INTERPRETER, "en", []),
        (replace(INTERPRETER, name_or_number=" "), "vi", ["interpreter-unnamed"]),
        (replace(INTERPRETER, language=""), "vi", ["interpreter-language-missing"]),
        (replace(INTERPRETER, mode="letter"), "vi", ["interpreter-mode-missing"]),
        (replace(INTERPRETER, adult=False), "vi", ["interpreter-minor"]),
        (replace(INTERPRETER, adult=False, family=True, family_reason="x"), "vi", ["interpreter-minor"]),
        (replace(INTERPRETER, family=True), "vi", ["interpreter-family"]),
        (replace(INTERPRETER, family=True, family_reason="no other speaks it"), "vi", []),
    ],
)
def test_rule_14_another_language_needs_an_interpreter_of_age(interpreter, reads, expected):
    assert [each.code for each in interpreter_objections(interpreter, reads, "en")] == expected


@pytest.mark.parametrize(("name", "expected"), [("Lee 4711", []), ("ana  ru\u00edz", ["interpreter-signs"]), (" ", [])])
def test_rule_14_who_signs_is_not_his_own_interpreter(name, expected):
    parties = replace(by(MOTHER, language="vi"), interpreter=replace(INTERPRETER, name_or_number=name))
    assert [each.code for each in interpreter_apart_objections(parties)] == expected


def test_rule_14_neither_the_patient_nor_the_child_interprets_or_witnesses():
    asked = replace(INTERPRETER, name_or_number="tim quill")
    for signs in (Parties(signer=SignerKind.PATIENT), by(MOTHER), by(AGENT)):
        parties = replace(signs, patient="Tim Quill", interpreter=asked)
        assert [each.code for each in interpreter_apart_objections(parties)] == ["interpreter-signs"]
        alone = replace(signs, patient="Tim Quill", witnesses=(Witness("Tim Quill"),))
        assert [each.code for each in witness_objections(alone)] == ["witness-takes-part"]
    # The dead interpret nothing: the son who bears the name is somebody else.
    assert not list(interpreter_apart_objections(replace(by(EXECUTOR), patient="Tim Quill", interpreter=asked)))


def test_rule_14_the_language_is_that_of_whoever_signs():
    assert language_of_signer(Parties(signer=SignerKind.PATIENT), "es") == "es"
    assert language_of_signer(by(MOTHER, language="vi"), "en") == "vi"
    assert language_of_signer(by(MOTHER), "es") == "es"
    # A parent who was entered before the patient turned out to sign himself has no say.
    assert language_of_signer(
        Parties(signer=SignerKind.PATIENT, representative=replace(MOTHER, language="vi")), "en"
    ) == ("en")


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ((), []),
        (("Sam Poe", "Jo Day"), []),
        ((" ",), ["witness-unnamed"]),
        (("ana ruiz",), ["witness-takes-part"]),
        (("Lee 4711",), ["witness-takes-part"]),
        (("Sam Poe", "sam poe "), ["witness-takes-part"]),
        (("A\u0301na-Rui\u0301z",), ["witness-takes-part"]),
        (("Sam Poe", "SAM\u00a0POE."), ["witness-takes-part"]),
    ],
)
def test_rule_15_a_witness_stands_apart(names, expected):
    parties = replace(by(MOTHER), interpreter=INTERPRETER, witnesses=tuple(Witness(name) for name in names))
    assert [each.code for each in witness_objections(parties)] == expected


@pytest.mark.parametrize(
    ("poster", "reason", "expected"),
    [
        ("other", "", []),
        ("", "", ["poster-missing"]),
        ("me", " ", ["poster-reason-missing"]),
        ("me", "a clinic of one", []),
    ],
)
def test_rule_21_whoever_asks_and_posts_says_why(poster, reason, expected):
    assert [each.code for each in poster_objections(poster, reason)] == expected
