"""What is too much, and the one way in which this package says no."""

from __future__ import annotations

from dataclasses import dataclass

from consent.rules.refusal import Reason, Refused


@dataclass(frozen=True)
class Limits:
    """The most that is taken in: bytes of the file, pixels of the picture, pixels along its longer side."""

    octets: int = 50_000_000
    pixels: int = 60_000_000
    # JPEG ends at 65,500 along one side; nothing that people look at comes near this.
    side: int = 30_000


def refusal(code: str, **facts: str | int) -> Refused:
    """Return the refusal to raise; `code` is one of the picture-, box-, crop- or film- codes."""
    return Refused([Reason(code, None, **facts)])
