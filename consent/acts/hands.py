"""A hand: one person's signature as it was given at the bedside. Kept encrypted with the answers until all have
signed, then written down with the consent; before that it counts for nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from consent.rules.parties import Method, PartyRole

Strokes = tuple[tuple[tuple[float, float], ...], ...]
Times = tuple[tuple[int, ...], ...]

# Two crossed lines, in CSS pixels: the mark of who cannot draw one and presses a button instead.
CROSS: Strokes = (((0.0, 0.0), (30.0, 30.0), (60.0, 60.0)), ((60.0, 0.0), (30.0, 30.0), (0.0, 60.0)))


@dataclass(frozen=True)
class Signatory:
    """Somebody who has to sign. `key` names him within one signing, `number` counts him within his role from 1.

    `name` is empty where it is not known beforehand.
    """

    key: str
    role: PartyRole
    number: int = 1
    name: str = ""


@dataclass(frozen=True)
class Hand:
    """One signature. Strokes in CSS pixels, `times` in milliseconds; `given_at` is UTC.

    `note`: of a witness to a mark, whose mark it is; of somebody unable to sign, how he said yes. `by_button`: the
    mark was put by a button. `binds`: digest of all that it was given for, so that it goes with nothing else.
    """

    method: Method
    name: str
    typed: str = ""
    strokes: Strokes = ()
    times: Times = ()
    by_button: bool = False
    note: str = ""
    staff_id: str = ""
    given_at: str = ""
    binds: str = ""

    @property
    def is_present(self) -> bool:
        """Say whether there is a signature at all. None is ever too simple."""
        if self.method is Method.UNABLE:
            return bool(self.note.strip())
        if self.method in (Method.PAPER, Method.SPOKEN):
            return True
        return bool(self.typed.strip() or self.strokes)

    def at(self, now: str) -> Hand:
        """Return it as given now, unless it was given before."""
        return self if self.given_at else replace(self, given_at=now)

    def plain(self, keep_times: bool) -> dict[str, Any]:
        """Return it as it is written down; what is empty is left out."""
        kept: dict[str, Any] = {
            "method": self.method.value,
            "name": self.name,
            "typed": self.typed,
            "strokes": [[list(point) for point in stroke] for stroke in self.strokes],
            "times": [list(each) for each in self.times] if keep_times else [],
            "by_button": self.by_button,
            "note": self.note,
            "staff_id": self.staff_id,
            "given_at": self.given_at,
            "binds": self.binds,
        }
        return {name: value for name, value in kept.items() if value}


def read_hand(kept: Mapping[str, Any]) -> Hand:
    """Return what `Hand.plain` wrote."""
    return Hand(
        method=Method(kept["method"]),
        name=str(kept.get("name", "")),
        typed=str(kept.get("typed", "")),
        strokes=tuple(tuple((float(x), float(y)) for x, y in stroke) for stroke in kept.get("strokes", ())),
        times=tuple(tuple(int(each) for each in stroke) for stroke in kept.get("times", ())),
        by_button=bool(kept.get("by_button")),
        note=str(kept.get("note", "")),
        staff_id=str(kept.get("staff_id", "")),
        given_at=str(kept.get("given_at", "")),
        binds=str(kept.get("binds", "")),
    )


def read_hands(kept: object) -> Mapping[str, Hand]:
    """Return everybody's hand by his key; none where none was kept."""
    return {str(key): read_hand(each) for key, each in kept.items()} if isinstance(kept, Mapping) else {}
