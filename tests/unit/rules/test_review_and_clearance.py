"""What a reviewer must have looked for, and when a picture may be called de-identified."""

from __future__ import annotations

import pytest

from consent.rules import clearance, review
from consent.rules.review import Item
from tests.factory import looked_at


def codes(answers: dict[str, str], recognisable: int | None, others: int | None) -> list[tuple[str, str | None]]:
    return [(reason.code, reason.field) for reason in review.objections(answers, recognisable, others)]


def test_everything_is_looked_at_and_counted() -> None:
    assert codes({}, None, None) == [
        *[("item-not-looked-at", item.value) for item in Item],
        ("people-not-counted", "recognisable"),
        ("people-not-counted", "others"),
    ]
    assert codes(looked_at(1), 1, 0) == []
    assert codes(looked_at(0), 0, 0) == []


@pytest.mark.parametrize("item", list(Item))
def test_what_must_be_covered_stops_the_review(item: Item) -> None:
    assert codes({**looked_at(1), item.value: "cover"}, 1, 0) == [("cover-first", item.value)]


def test_writing_is_never_simply_shown() -> None:
    for item in (Item.WRITING, Item.SCREENS):
        assert codes({**looked_at(1), item.value: "shown"}, 1, 0) == [("item-not-looked-at", item.value)]


def test_findings_and_counts_agree() -> None:
    assert codes({**looked_at(0), "face-and-eyes": "shown"}, 0, 1) == [("face-but-nobody", "recognisable")]
    assert codes({**looked_at(1), "other-people": "shown"}, 1, 0) == [("others-but-nobody", "others")]
    assert codes(looked_at(1), -1, 0) == [("people-not-counted", "recognisable")]
    assert codes(looked_at(1), 1, 31) == [("people-not-counted", "others")]


def test_rule_36_the_18_identifiers_of_the_law_and_actual_knowledge() -> None:
    assert len(clearance.IDENTIFIERS) == len(set(clearance.IDENTIFIERS)) == 18
    every = dict.fromkeys((*clearance.IDENTIFIERS, clearance.KNOWLEDGE), clearance.ABSENT)
    assert clearance.objections(every) == ()
    assert len(clearance.objections({})) == 19
    assert clearance.is_complete(rare=False, second_reviewed=False)
    assert not clearance.is_complete(rare=True, second_reviewed=False)
    assert clearance.is_complete(rare=True, second_reviewed=True)
