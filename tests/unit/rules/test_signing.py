"""What may be handed over and signed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from consent.rules.parties import Parties, SignerKind
from consent.rules.signing import (
    Draft,
    Expiry,
    FormStanding,
    Signature,
    SigningPolicy,
    may_hand_over,
    may_sign,
)

TODAY = date(2026, 3, 1)
POLICY = SigningPolicy()
ASKED = frozenset({("medium", "photo"), ("purpose", "news"), ("channel", "instagram"), ("account", "organisation")})
DRAFT = Draft(
    born_on=date(1980, 5, 4),
    preferred_language="es",
    form=FormStanding("es", approved=True),
    asked=ASKED,
    description="The burn on the left hand",
    organisation_complete=True,
    identified_by=frozenset({"name", "birth-date"}),
    has_capacity=True,
    told_voluntary=True,
    parties=Parties(signer=SignerKind.PATIENT),
)
SIGNATURE = Signature(
    expiry=Expiry(date(2028, 3, 1)),
    disclosure_accepted=True,
    is_present=True,
    answers=dict.fromkeys(ASKED, False),
    reviewed=True,
)


def codes(reasons):
    return [reason.code for reason in reasons]


def test_an_adult_with_capacity_signs_for_himself_whatever_he_answers():
    assert may_hand_over(DRAFT, POLICY, TODAY) == ()
    assert may_sign(DRAFT, SIGNATURE, POLICY, TODAY) == ()
    assert may_sign(DRAFT, replace(SIGNATURE, answers=dict.fromkeys(ASKED, True)), POLICY, TODAY) == ()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"born_on": date(2008, 3, 2)}, ["under-age"]),
        ({"born_on": date(2008, 3, 1)}, []),
        ({"born_on": date(2008, 2, 29)}, []),
        ({"born_on": date(2026, 3, 2)}, ["birth-date-impossible"]),
        ({"born_on": date(1880, 1, 1)}, ["birth-date-impossible"]),
        ({"parties": Parties()}, ["signer-missing"]),
        ({"parties": Parties(nobody=True)}, ["nobody-to-sign"]),
        ({"has_capacity": False}, ["capacity-missing"]),
        ({"preferred_language": "en"}, ["interpreter-needed"]),
        ({"poster": ""}, ["poster-missing"]),
        ({"told_voluntary": False}, ["not-told-voluntary"]),
        ({"identified_by": frozenset({"name"})}, ["two-identifiers-needed"]),
        ({"description": "  "}, ["description-missing"]),
        ({"organisation_complete": False}, ["organisation-incomplete"]),
        ({"form": FormStanding("es", approved=False)}, ["form-not-approved"]),
        ({"form": FormStanding("es", approved=True, withdrawn=True)}, ["form-withdrawn"]),
        ({"asked": ASKED - {("medium", "photo")}}, ["nothing-asked"]),
        ({"asked": ASKED - {("account", "organisation"), ("channel", "instagram")}}, ["nothing-asked"] * 2),
    ],
)
def test_rule_1_and_13_what_is_not_complete_is_not_handed_over(changes, expected):
    draft = replace(DRAFT, **changes)
    assert codes(may_hand_over(draft, POLICY, TODAY)) == expected
    assert codes(may_sign(draft, SIGNATURE, POLICY, TODAY))[: len(expected)] == expected


def test_rule_9_majority_is_the_jurisdiction_s():
    nineteen = replace(DRAFT, born_on=date(2007, 3, 1))
    assert may_hand_over(nineteen, POLICY, TODAY) == ()
    assert codes(may_hand_over(nineteen, SigningPolicy(majority_age=21), TODAY)) == ["under-age"]


def test_rule_2_every_question_asked_is_answered_and_no_other():
    short = dict(SIGNATURE.answers)
    del short[("channel", "instagram")]
    reasons = may_sign(DRAFT, replace(SIGNATURE, answers=short), POLICY, TODAY)
    assert [(each.code, each.field) for each in reasons] == [("unanswered", "channel:instagram")]
    more = {**SIGNATURE.answers, ("channel", "tiktok"): True}
    assert codes(may_sign(DRAFT, replace(SIGNATURE, answers=more), POLICY, TODAY)) == ["not-asked"]


@pytest.mark.parametrize(
    ("expiry", "expected"),
    [
        (Expiry(None), ["expiry-missing"]),
        (Expiry(date(2026, 2, 28)), ["expiry-past"]),
        (Expiry(TODAY), ["expiry-past"]),
        (Expiry(date(2026, 3, 2)), []),
        (Expiry(date(2031, 3, 1)), []),
        (Expiry(date(2031, 3, 2)), ["expiry-too-far"]),
        (Expiry(date(2031, 3, 1), event="end of the study year"), ["event-without-person"]),
        (Expiry(None, event="discharge", confirmed_by="Dr Lee"), ["expiry-missing"]),
        (Expiry(date(2031, 3, 1), event="discharge", confirmed_by="Dr Lee"), []),
    ],
)
def test_rule_3_a_consent_ends(expiry, expected):
    assert codes(may_sign(DRAFT, replace(SIGNATURE, expiry=expiry), POLICY, TODAY)) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"disclosure_accepted": False}, ["disclosure-not-accepted"]),
        ({"is_present": False}, ["signature-missing"]),
        ({"reviewed": False}, ["not-reviewed"]),
    ],
)
def test_rule_16_and_17_disclosure_review_and_signature_come_first(changes, expected):
    assert codes(may_sign(DRAFT, replace(SIGNATURE, **changes), POLICY, TODAY)) == expected
