"""Who signs besides the signer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from consent.rules.parties import Interpreter, Method, Parties, PartyRole, SignerKind, SigningPolicy, Witness, needed

POLICY = SigningPolicy()
ADULT = Parties(signer=SignerKind.PATIENT, age=40)
CHILD = Parties(signer=SignerKind.PARENT, age=12)
INTERPRETER = Interpreter("Lee", "Vietnamese", "in-person")
ASSENT, INTERPRETS, WITNESS, STAFF = PartyRole.ASSENT, PartyRole.INTERPRETER, PartyRole.WITNESS, PartyRole.STAFF


@pytest.mark.parametrize("method", [Method.DRAWN, Method.TYPED, Method.PAPER])
def test_an_adult_who_signs_for_himself_signs_alone(method):
    assert needed(ADULT, method, POLICY) == ()


@pytest.mark.parametrize(
    ("age", "policy", "expected"),
    [
        (6, POLICY, ()),
        (7, POLICY, (ASSENT,)),
        (17, POLICY, (ASSENT,)),
        (18, POLICY, ()),
        (18, SigningPolicy(majority_age=19), (ASSENT,)),
        (7, SigningPolicy(assent_age=12), ()),
    ],
)
@pytest.mark.parametrize("signer", [SignerKind.PARENT, SignerKind.GUARDIAN, SignerKind.COURT_GUARDIAN])
def test_rule_09_a_child_of_the_set_age_says_yes_too(signer, age, policy, expected):
    assert needed(Parties(signer=signer, age=age), Method.DRAWN, policy) == expected


def test_rule_09_a_child_who_cannot_be_asked_is_excused_for_a_reason():
    assert needed(replace(CHILD, assent_excused="asleep for treatment"), Method.DRAWN, POLICY) == ()
    assert needed(replace(CHILD, assent_excused="  "), Method.DRAWN, POLICY) == (ASSENT,)


def test_rule_09_nobody_asks_a_dead_child_or_a_minor_who_signs_himself():
    assert needed(replace(CHILD, signer=SignerKind.ESTATE), Method.DRAWN, POLICY) == ()
    assert needed(replace(CHILD, signer=SignerKind.PATIENT), Method.DRAWN, POLICY) == ()


@pytest.mark.parametrize(("witnesses", "expected"), [(2, (WITNESS, WITNESS)), (1, (WITNESS,))])
def test_rule_15_a_mark_is_seen_by_two_or_by_one_as_the_organisation_says(witnesses, expected):
    assert needed(ADULT, Method.MARK, SigningPolicy(mark_witnesses=witnesses)) == expected


def test_rule_15_whoever_was_asked_to_see_it_signs_in_any_case():
    seen = replace(ADULT, witnesses=(Witness("Sam Poe"),))
    assert needed(seen, Method.DRAWN, POLICY) == (WITNESS,)
    assert needed(seen, Method.MARK, POLICY) == (WITNESS, WITNESS)


@pytest.mark.parametrize("method", [Method.UNABLE, Method.SPOKEN])
def test_where_nobody_can_sign_two_of_the_staff_do(method):
    assert needed(ADULT, method, POLICY) == (STAFF, STAFF)


def test_everybody_signs_in_a_fixed_order():
    everybody = replace(CHILD, interpreter=INTERPRETER)
    assert needed(everybody, Method.MARK, POLICY) == (ASSENT, INTERPRETS, WITNESS, WITNESS)
    assert needed(everybody, Method.UNABLE, POLICY) == (ASSENT, INTERPRETS, STAFF, STAFF)
