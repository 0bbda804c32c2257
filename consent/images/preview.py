"""Small pictures for screens."""

from __future__ import annotations

from PIL import Image

from consent.images.limits import Limits
from consent.images.pixels import decoded, saved_small, take_apart


def preview(data: bytes, longest: int, limits: Limits | None = None) -> bytes:
    """Return a JPEG of the upright picture whose longer side has at most `longest` pixels; never enlarged.

    Raises:
        Refused: as `reading.read_picture`.
    """
    anatomy = take_apart(data, limits or Limits())
    with decoded(anatomy, at_least=longest) as image:
        image.thumbnail((longest, longest), Image.Resampling.LANCZOS)
        return saved_small(image)
