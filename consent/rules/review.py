"""Looking at a picture item by item before it counts, and how many people are in it.

Source: domain sections 3.3 and 3.4 (where identifiers hide in a picture).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Final

from consent.rules.refusal import Reason

MOST_PEOPLE: Final = 30


class Finding(StrEnum):
    """What the reviewer found of one item."""

    NONE = "none"
    HARMLESS = "harmless"
    """It is there and tells nothing about anybody, such as the name of a colour chart."""
    SHOWN = "shown"
    """It is there and may be seen, by consent."""
    COVER = "cover"
    """It must be cropped or covered first: the picture cannot be passed like this."""


class Item(StrEnum):
    """What a reviewer looks for, in the order of the page."""

    WRITING = "writing-and-dates"
    FACE = "face-and-eyes"
    MARKS = "tattoo-or-jewellery"
    OTHERS = "other-people"
    SCREENS = "screens-and-wristbands"


ITEMS: Final[Mapping[Item, tuple[Finding, ...]]] = {
    Item.WRITING: (Finding.NONE, Finding.HARMLESS, Finding.COVER),
    Item.FACE: (Finding.NONE, Finding.SHOWN, Finding.COVER),
    Item.MARKS: (Finding.NONE, Finding.SHOWN, Finding.COVER),
    Item.OTHERS: (Finding.NONE, Finding.SHOWN, Finding.COVER),
    Item.SCREENS: (Finding.NONE, Finding.HARMLESS, Finding.COVER),
}
"""Each item with the findings that can be given for it. None is the default: silence is no answer."""


def objections(answers: Mapping[str, str], recognisable: int | None, others: int | None) -> tuple[Reason, ...]:
    """Return why the review is not complete. `recognisable` and `others` count people in the picture."""
    reasons = list(_items(answers))
    for field, count in (("recognisable", recognisable), ("others", others)):
        if count is None or not 0 <= count <= MOST_PEOPLE:
            reasons.append(Reason("people-not-counted", field, most=MOST_PEOPLE))
    if reasons or recognisable is None or others is None:
        return tuple(reasons)
    if answers[Item.FACE] == Finding.SHOWN and recognisable == 0:
        reasons.append(Reason("face-but-nobody", "recognisable"))
    if answers[Item.OTHERS] == Finding.SHOWN and recognisable + others < 2:
        reasons.append(Reason("others-but-nobody", "others"))
    return tuple(reasons)


def _items(answers: Mapping[str, str]) -> Iterator[Reason]:
    for item, findings in ITEMS.items():
        found = answers.get(item)
        if found not in findings:
            yield Reason("item-not-looked-at", item.value)
        elif found == Finding.COVER:
            yield Reason("cover-first", item.value)
