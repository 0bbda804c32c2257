"""The ways in which a page can be made easier to read."""

from __future__ import annotations

from enum import StrEnum


class Comfort(StrEnum):
    """What a patient can switch on for his signing."""

    LARGE = "large"
    CONTRAST = "contrast"
    CALM = "calm"


def read_comfort(kept: str | None) -> tuple[Comfort, ...]:
    """Return the modes in a kept text, in their order; what is unknown is left out."""
    found = set((kept or "").split())
    return tuple(each for each in Comfort if each in found)
