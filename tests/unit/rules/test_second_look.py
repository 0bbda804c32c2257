"""What was only spoken (rule 23) and what stands on an unchecked paper (rule 24): when it is a yes, and when never."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest

from consent.rules.grounds import Ground, PublicGround
from consent.rules.identifiers import StaffId
from consent.rules.posting import ConsentFacts, ProposedPost, Verdict, may_post
from consent.rules.second_look import (
    OLDEST_PAPER_DAYS,
    Transcribed,
    check_objections,
    heard_objections,
    transcription_objections,
)
from tests.unit.rules.posting_cases import POLICY, POST, RECOGNISABLE, TODAY, USE, consent, image, person

INSIDE = ProposedPost("staff-teaching", "professional-teaching", "organisation", internal=True)
INSIDE_USE = frozenset(
    {
        ("channel", "staff-teaching"),
        ("purpose", "professional-teaching"),
        ("account", "organisation"),
        ("medium", "photo"),
    }
)
SAID_AT = datetime(2026, 2, 1, 12, tzinfo=UTC)


def said(**changes: object) -> ConsentFacts:
    every = USE | INSIDE_USE | {RECOGNISABLE}
    return consent(signed_at=None, spoken_at=SAID_AT, asked=every, allowed=every, **changes)


def ask(post: ProposedPost, *consents: ConsentFacts, recognisable: bool = False) -> Verdict:
    shown = person(*[each.id for each in consents], recognisable=recognisable)
    return may_post(post, [image(shown)], consents, POLICY, TODAY)


def grounds(verdict: Verdict) -> set[Ground]:
    return {reason.code for reason in verdict.reasons}


@pytest.mark.parametrize(("inside", "recognisable"), list(product([False, True], repeat=2)))
def test_rule_23_spoken_is_enough_only_inside_and_where_nobody_is_recognised(inside: bool, recognisable: bool) -> None:
    verdict = ask(INSIDE if inside else POST, said(), recognisable=recognisable)
    assert verdict.allowed is (inside and not recognisable)
    assert grounds(verdict) == (set() if verdict.allowed else {Ground.SPOKEN_ONLY})


def test_rule_23_a_channel_that_nobody_says_is_internal_is_not() -> None:
    assert grounds(ask(replace(INSIDE, internal=False), said())) == {Ground.SPOKEN_ONLY}


def test_rule_23_spoken_ends_like_any_other() -> None:
    assert grounds(ask(INSIDE, said(expires_on=date(2026, 2, 28)))) == {Ground.EXPIRED}
    assert grounds(ask(INSIDE, said(expires_on=None))) == {Ground.NO_EXPIRY}
    assert grounds(ask(INSIDE, said(suspended=True))) == {Ground.SUSPENDED}


def test_rule_23_what_was_said_never_stands_above_what_was_signed() -> None:
    every = USE | INSIDE_USE | {RECOGNISABLE}
    revoked = consent("signed", asked=every, allowed=every, revoked=True)
    assert grounds(ask(INSIDE, revoked, said())) == {Ground.REVOKED}
    good = consent("signed", asked=every, allowed=every)
    assert ask(POST, good, said(), recognisable=True).allowed


def test_rule_23_a_spoken_no_stops_what_was_signed_before() -> None:
    every = USE | {RECOGNISABLE}
    good = consent("signed", asked=every, allowed=every)
    no = replace(said(), allowed=frozenset(USE - {("channel", "instagram")}))
    assert grounds(ask(POST, good, no, recognisable=True)) == {Ground.USE_REFUSED}
    older = replace(no, spoken_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert ask(POST, good, older, recognisable=True).allowed


def test_rule_23_a_signature_completes_it() -> None:
    signed = replace(said(), signed_at=SAID_AT + timedelta(days=1))
    assert not signed.spoken_only
    assert ask(POST, signed, recognisable=True).allowed


def test_rule_24_an_unchecked_paper_is_a_no_with_its_reason() -> None:
    paper = consent(signed_at=None, unchecked_paper=True)
    for post, recognisable in product([POST, INSIDE], [False, True]):
        verdict = ask(post, paper, recognisable=recognisable)
        assert grounds(verdict) == {Ground.PAPER_UNCHECKED}
        assert verdict.public_reasons == (PublicGround.CONDITION_OPEN,)


def test_rule_24_two_different_people_or_none() -> None:
    same = check_objections(first=StaffId("a"), second=StaffId("a"), items=("x",), same=("x",), different=())
    assert [each.code for each in same] == ["same-person"]
    assert heard_objections(first=StaffId("a"), second=StaffId("b")) == ()
    assert [each.code for each in heard_objections(first=StaffId("a"), second=StaffId("a"))] == ["same-person"]


@pytest.mark.parametrize(("same", "different", "codes"), [
    (("x", "y"), (), []),
    (("x",), (), ["not-compared"]),
    (("x",), ("y",), ["differs"]),
    (("x", "y"), ("y",), ["differs"]),
    ((), (), ["not-compared", "not-compared"]),
    (("x", "y", "z"), (), []),
])  # fmt: skip
def test_rule_24_every_answer_is_compared(same: tuple[str], different: tuple[str], codes: list[str]) -> None:
    found = check_objections(first=StaffId("a"), second=StaffId("b"), items=("x", "y"), same=same, different=different)
    assert [each.code for each in found] == codes


@pytest.mark.parametrize(("changes", "codes"), [
    ({}, []),
    ({"pages": 0}, ["scan-empty"]),
    ({"signer_name": " "}, ["paper-unsigned"]),
    ({"others": (("witness-1", ""),)}, ["paper-name-missing"]),
    ({"signed_on": None}, ["paper-date-missing"]),
    ({"signed_on": TODAY + timedelta(days=1)}, ["paper-date-future"]),
    ({"signed_on": date(2026, 2, 19)}, ["paper-date-before-print"]),
    ({"printed_on": date(2024, 1, 1), "signed_on": TODAY - timedelta(days=OLDEST_PAPER_DAYS + 1)}, ["paper-too-old"]),
    ({"printed_on": date(2024, 1, 1), "signed_on": TODAY - timedelta(days=OLDEST_PAPER_DAYS)}, []),
])  # fmt: skip
def test_what_is_read_from_a_paper(changes: dict[str, object], codes: list[str]) -> None:
    read = replace(Transcribed(date(2026, 2, 20), "Maria Lopez", date(2026, 2, 20), pages=2), **changes)
    assert [each.code for each in transcription_objections(read, TODAY)] == codes
