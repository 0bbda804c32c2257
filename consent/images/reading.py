"""A picture is taken in: told by content, checked before it is unpacked, turned upright, and made anew.

Source: 45 CFR 164.514(b)(2) names device identifiers, dates and places: cameras write all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from consent.images import png
from consent.images.anatomy import Kind
from consent.images.limits import Limits, refusal
from consent.images.pixels import decoded, encode, take_apart


@dataclass(frozen=True)
class Picture:
    """One picture as it is kept: `data` is the whole file; width and height are as a person sees them."""

    kind: Literal["jpeg", "png"]
    width: int
    height: int
    data: bytes

    @property
    def media_type(self) -> str:
        """The type as HTTP names it."""
        return f"image/{self.kind}"

    @property
    def ending(self) -> str:
        """The ending of a file's name, with its dot."""
        return ".png" if self.kind == "png" else ".jpg"


def read_picture(data: bytes, limits: Limits | None = None) -> Picture:
    """Return the picture made anew: the same pixels, upright, in sRGB, and no other byte of the original.

    JPEG and lossy WebP become JPEG (quality 92), PNG and lossless WebP become PNG, unless that would pass
    the limit of bytes: then JPEG. What comes back passes the same limits again. Transparency becomes white.

    Raises:
        Refused: picture-too-large, picture-too-many-pixels, picture-kind-unknown, picture-animated (several
            pictures or moving ones), picture-truncated, picture-damaged.
    """
    limits = limits or Limits()
    anatomy = take_apart(data, limits)
    if anatomy.kind is Kind.PNG:
        png.check_rows(anatomy.lean)
    with decoded(anatomy) as image:
        kind, made = encode(image, anatomy.lossless, limits)
        return Picture(kind, image.width, image.height, made)


def describe(data: bytes) -> Picture:
    """Return a picture of our own making with its kind and size read from its header; nothing is decoded.

    Raises:
        Refused: picture-kind-unknown if it is a WebP, which we never make; and as `read_picture`.
    """
    anatomy = take_apart(data, Limits())
    if anatomy.kind is Kind.WEBP:
        raise refusal("picture-kind-unknown")
    return Picture("png" if anatomy.kind is Kind.PNG else "jpeg", *anatomy.upright, data)
