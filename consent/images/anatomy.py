"""What a picture file is made of, read from its own structure before any decoder sees it.

Only the parts that draw the picture are kept (`lean`): comments, GPS, names, thumbnails, gain maps and what
hangs behind the end never reach a decoder, and a size that lies is caught before memory is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The three kinds of picture that are taken in."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"


@dataclass(frozen=True)
class Anatomy:
    """One picture file taken apart; `orientation` is EXIF's 1 to 8, `profile` an ICC profile as found."""

    kind: Kind
    width: int
    height: int
    lossless: bool
    orientation: int
    profile: bytes | None
    lean: bytes

    @property
    def upright(self) -> tuple[int, int]:
        """Width and height as a person sees them, the orientation applied."""
        return (self.height, self.width) if self.orientation >= 5 else (self.width, self.height)


# A profile of a camera or scanner is a few KB, a printer's up to one or two MB.
LARGEST_PROFILE = 4_000_000
# No camera writes more parts than this; millions of empty ones would only keep a processor busy.
MOST_PARTS = 100_000
