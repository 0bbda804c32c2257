"""Cropping and covering: boxes burned into the pixels of a new file, so that nothing lies beneath them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

from consent.images.limits import Limits, refusal
from consent.images.pixels import decoded, encode, take_apart

_MOST_BOXES = 200
_SMALLEST_CROP = 16  # pixels along a side: less is a slip of the finger
# JPEG smears what it shows over blocks of up to 16 pixels, and its colours two pixels further; a box that ends
# within a block would leave a fringe of what it covers.
_BLOCK, _BLUR = 16, 2
_COVER = 0  # black in grey and, three times, in colour


@dataclass(frozen=True)
class Box:
    """A rectangle as fractions (0 to 1) of the upright, uncropped picture's width and height."""

    left: float
    top: float
    right: float
    bottom: float


def crop_and_cover(data: bytes, crop: Box | None, boxes: Sequence[Box], limits: Limits | None = None) -> bytes:
    """Return a new file of the cropped picture with every box black; the covered pixels are not in it.

    Boxes are measured on the uncropped picture and grow outward to whole pixels, in a lossy picture to
    just beyond whole blocks of 16; the crop shrinks inward to whole pixels.

    Raises:
        Refused: box-not-a-number, box-empty, box-outside-picture, boxes-too-many, crop-too-small, each with
            the number of the box (0 is the crop); and as `read_picture`.
    """
    limits = limits or Limits()
    if len(boxes) > _MOST_BOXES:
        raise refusal("boxes-too-many", limit=_MOST_BOXES)
    for number, box in enumerate([crop, *boxes] if crop else boxes, start=0 if crop else 1):
        _check(box, number)
    anatomy = take_apart(data, limits)
    with decoded(anatomy) as image:
        pen = ImageDraw.Draw(image)
        for box in boxes:
            area = _outward(box, image.size, *((1, 0) if anatomy.lossless else (_BLOCK, _BLUR)))
            pen.rectangle(area, fill=_COVER if image.mode == "L" else (_COVER, _COVER, _COVER))
        shown = _cropped(image, crop) if crop else image
        return encode(shown, anatomy.lossless, limits)[1]


def _check(box: Box, number: int) -> None:
    edges = (box.left, box.top, box.right, box.bottom)
    if not all(math.isfinite(edge) for edge in edges):
        raise refusal("box-not-a-number", box=number)
    if box.left >= box.right or box.top >= box.bottom:
        raise refusal("box-empty", box=number)
    if min(edges) < 0 or max(edges) > 1:
        raise refusal("box-outside-picture", box=number)


def _outward(box: Box, size: tuple[int, int], grid: int, more: int) -> tuple[int, int, int, int]:
    """Return first and last pixel covered, both inclusive, as the drawing library counts."""
    width, height = size
    return (
        max(0, math.floor(box.left * width / grid) * grid - more),
        max(0, math.floor(box.top * height / grid) * grid - more),
        min(width, math.ceil(box.right * width / grid) * grid + more) - 1,
        min(height, math.ceil(box.bottom * height / grid) * grid + more) - 1,
    )


def _cropped(image: Image.Image, crop: Box) -> Image.Image:
    left, top = math.ceil(crop.left * image.width), math.ceil(crop.top * image.height)
    right, bottom = math.floor(crop.right * image.width), math.floor(crop.bottom * image.height)
    if right - left < _SMALLEST_CROP or bottom - top < _SMALLEST_CROP:
        raise refusal("crop-too-small", box=0, limit=_SMALLEST_CROP)
    return image.crop((left, top, right, bottom))
