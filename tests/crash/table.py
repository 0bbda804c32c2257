"""What came of every death, as rows of one table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from tests.crash.trap import Point

HEADINGS = ("what", "died", "kills", "said done", "on record", "made good", "repeats")


@dataclass(frozen=True)
class Kill:
    """One death. `point`: None at random. `said`: a page had said done; `on_record`: it was so when the machine came
    back; `again`: it is so after the repeat. `repeats`: messages that went out twice because of it."""

    what: str
    point: Point | None
    said: bool = False
    on_record: bool = False
    again: bool = False
    repeats: int = 0


def as_table(kills: Iterable[Kill]) -> str:
    """One line for each point, in the order in which they were first met."""
    lines: dict[tuple[str, str], list[Kill]] = defaultdict(list)
    for kill in kills:
        lines[kill.what, str(kill.point or "at random")].append(kill)
    cells = [HEADINGS]
    for (what, point), group in lines.items():
        counts = (
            len(group),
            sum(each.said for each in group),
            sum(each.on_record for each in group),
            sum(each.again for each in group),
            sum(each.repeats for each in group),
        )
        cells.append((what, point, *map(str, counts)))
    widths = [max(len(row[column]) for row in cells) for column in range(len(HEADINGS))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if place < 2 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in cells
    )
