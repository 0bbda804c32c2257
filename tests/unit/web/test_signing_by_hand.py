"""Whose signature is missing, and who may not stand in for another; no signature is judged by its looks."""

from __future__ import annotations

import json
import random

import pytest

from consent.acts.hands import CROSS, Hand, read_hand
from consent.documents.ink import ink
from consent.documents.paper import Stroke
from consent.rules.attesting import Attested, attesting_objections
from consent.rules.parties import Method, PartyRole
from consent.web.drawing import drawn, sent_again

SIGNER = Attested("signer", PartyRole.SIGNER, is_present=True, name="Maria Lopez")
WANDA = Attested("witness-1", PartyRole.WITNESS, is_present=True, name="Wanda Seen", note="Maria Lopez")
NORA = Attested("staff-1", PartyRole.STAFF, is_present=True, name="Nora Field", staff_id="n")


def codes(method: Method, *everybody: Attested) -> list[tuple[str, str | None]]:
    return [(reason.code, reason.field) for reason in attesting_objections(method, everybody)]


def test_who_is_alone_needs_nobody() -> None:
    assert codes(Method.DRAWN, SIGNER) == []


@pytest.mark.parametrize(
    ("second", "code"),
    [
        (Attested("witness-1", PartyRole.WITNESS, is_present=False), "signature-missing"),
        (Attested("witness-1", PartyRole.WITNESS, is_present=True, name=" ", note="M"), "name-missing"),
        (
            Attested("witness-1", PartyRole.WITNESS, is_present=True, name="MARIA  lopez", note="M"),
            "witness-takes-part",
        ),
        (Attested("witness-1", PartyRole.WITNESS, is_present=True, name="Wanda"), "marked-name-missing"),
        (Attested("witness-1", PartyRole.STAFF, is_present=True, name="Nora"), "staff-unknown"),
    ],
)
def test_rule_15_what_is_wrong_beside_a_mark(second: Attested, code: str) -> None:
    assert codes(Method.MARK, SIGNER, second) == [(code, "witness-1")]


def test_rule_15_a_witness_to_a_name_writes_none() -> None:
    assert codes(Method.DRAWN, SIGNER, Attested("witness-1", PartyRole.WITNESS, is_present=True, name="Wanda")) == []


def test_rule_15_witnesses_are_two_people_and_so_are_staff() -> None:
    again = Attested("witness-2", PartyRole.WITNESS, is_present=True, name="wanda seen", note="Maria Lopez")
    assert codes(Method.MARK, SIGNER, WANDA, again) == [("witness-takes-part", "witness-2")]
    twice = Attested("staff-2", PartyRole.STAFF, is_present=True, name="Nora Field", staff_id="n")
    namesake = Attested("staff-2", PartyRole.STAFF, is_present=True, name="Nora Field", staff_id="o")
    assert codes(Method.UNABLE, SIGNER, NORA, twice) == [("staff-twice", "staff-2")]
    assert codes(Method.UNABLE, SIGNER, NORA, namesake) == []


def test_rule_15_five_hundred_neat_crosses_and_a_hundred_dots_are_signatures() -> None:
    """From what the browser sends to what the printer draws: none of them is refused, none is lost."""
    dice = random.Random(15)
    taken = 0
    for number in range(600):
        x, y, size = dice.uniform(0, 700), dice.uniform(0, 200), dice.choice((1, 2, 8, 20, 60))
        cross = [[(x, y), (x + size, y + size)], [(x + size, y), (x, y + size)]]
        lines = cross if number < 500 else [[(x, y)]]
        strokes, times = drawn(json.dumps([[{"x": px, "y": py} for px, py in line] for line in lines]))
        hand = read_hand(Hand(Method.MARK, "Maria", strokes=strokes, times=times).plain(keep_times=True))
        assert hand.strokes == tuple(tuple(line) for line in lines)
        assert codes(Method.MARK, Attested("signer", PartyRole.SIGNER, hand.is_present, hand.name)) == []
        taken += len(ink(tuple(Stroke(points) for points in hand.strokes)).paths) == len(lines)
    assert taken == 600


def test_no_signature_at_all_is_none() -> None:
    assert not Hand(Method.DRAWN, "Maria").is_present
    assert not Hand(Method.TYPED, "Maria", typed="  ").is_present
    assert not Hand(Method.UNABLE, "Maria", note=" ").is_present
    assert Hand(Method.UNABLE, "Maria", note="Nods").is_present
    assert Hand(Method.PAPER, "Maria").is_present


def test_what_was_sent_is_drawn_again_as_it_was() -> None:
    for times in ((), ((0, 5, 9), (30,))):
        strokes = (((1.5, 2.0), (3.0, 4.25), (5.0, 6.0)), ((9.0, 9.0),))
        assert drawn(sent_again(strokes, times)) == (strokes, times or ((0, 0, 0), (0,)))
    assert sent_again((), ()) == ""
    assert Hand(Method.MARK, "M", strokes=CROSS, by_button=True).is_present


@pytest.mark.parametrize(
    "sent", ["", "[[not", "7", "[7]", '[[{"x": 1}]]', '[[{"x": "a", "y": 1}]]', '[[{"x": 1e999, "y": 1}]]']
)
def test_what_is_no_drawing_is_nothing(sent: str) -> None:
    assert drawn(sent) == ((), ())
