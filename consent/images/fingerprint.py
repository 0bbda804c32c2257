"""Fingerprints: SHA-256 for the very file, PDQ for what looks like it.

PDQ and nothing simpler: shorter perceptual hashes (pHash, dHash) take one patient's X-ray for another's. A
match is a hint for a person, never an answer by itself. Source: Facebook, "The TMK+PDQF video-hashing
algorithm and the PDQ image-hashing algorithm" (2019), which also gives the threshold of 31 bits.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
from PIL import Image, ImageChops, ImageStat

from consent.images import pdq
from consent.images.limits import Limits
from consent.images.pixels import decoded, take_apart

THRESHOLD = 31
# Below this PDQ's own authors call a hash unreliable: an evenly grey picture would match every other one.
LEAST_QUALITY = 50
# Every picture is first brought to this size in the same way; otherwise the way alone moves the hash.
_LONGEST = 512
# Half of this would do; a JPEG of 4000 pixels can be had at 1000 many times faster than whole.
_DECODED = 1000
_LEAST_SIDE = 16
_BORDER_STEP = 12

# What is cut off, as parts of width and height: left, top, right, bottom.
_Cut = tuple[float, float, float, float]
_EVEN: tuple[_Cut, ...] = ((0.025,) * 4, (0.05,) * 4, (0.1,) * 4)
_ONE_SIDE: tuple[_Cut, ...] = ((0.06, 0, 0, 0), (0, 0.06, 0, 0), (0, 0, 0.06, 0), (0, 0, 0, 0.06))
# A caption is laid over, or hung below or above, about an eighth of the picture.
_CAPTIONS: tuple[_Cut, ...] = ((0, 0, 0, 0.125), (0, 0.125, 0, 0))
_SHAPES = (1.0, 4 / 5)


def sha256(data: bytes) -> str:
    """Return SHA-256 of the whole file in hex."""
    return hashlib.sha256(data).hexdigest()


def fingerprints(data: bytes, limits: Limits | None = None) -> tuple[bytes, ...]:
    """Return what to register for a picture: at most 19 PDQ hashes of 32 bytes, the whole picture's first.

    Eight orientations of the whole and eleven usual crops of it. None at all if the picture has too little in
    it to be told from others; only its SHA-256 then finds it.

    Raises:
        Refused: as `reading.read_picture`.
    """
    whole = _shrunk(data, limits)
    turned = _turned(whole)
    if not turned:
        return ()
    cuts = [_cut(whole, cut) for cut in (*_EVEN, *_ONE_SIDE, *_CAPTIONS)]
    return _distinct([*turned, *_hashed([*cuts, *(_shaped(whole, shape) for shape in _SHAPES)])])


def query_fingerprints(data: bytes, limits: Limits | None = None) -> tuple[bytes, ...]:
    """Return what to ask for a dropped file: at most 6 PDQ hashes of 32 bytes, the whole picture's first.

    The whole, the whole without an even border, two crops and the picture without a caption below or above.

    Raises:
        Refused: as `reading.read_picture`.
    """
    whole = _shrunk(data, limits)
    first = _hashed([whole])
    if not first:
        return ()
    bare = _without_border(whole)
    cuts = [_cut(bare, cut) for cut in (_EVEN[1], *_CAPTIONS)]
    return _distinct([*first, *_hashed([bare, *cuts, _shaped(bare, _SHAPES[0])])])


def _shrunk(data: bytes, limits: Limits | None) -> Image.Image:
    anatomy = take_apart(data, limits or Limits())
    with decoded(anatomy, at_least=_DECODED) as image:
        grey = image.convert("L")
    scale = _LONGEST / max(grey.size)
    size = (max(1, round(grey.width * scale)), max(1, round(grey.height * scale)))
    return grey.resize(size, Image.Resampling.BICUBIC, reducing_gap=3.0)


def _plane(image: Image.Image) -> pdq.Plane:
    return np.asarray(image.convert("L"), dtype=np.float64)


def _turned(image: Image.Image) -> list[bytes]:
    """Return the hashes of the eight ways to turn and mirror a picture; none if the quality is too low."""
    if min(image.size) < _LEAST_SIDE:
        return []
    quality, hashes = pdq.quality_and_turned(_plane(image))
    return list(hashes) if quality >= LEAST_QUALITY else []


def _hashed(images: Iterable[Image.Image]) -> list[bytes]:
    """Return the hash of every picture that has enough in it."""
    found = []
    for image in images:
        if min(image.size) >= _LEAST_SIDE:
            quality, found_hash = pdq.quality_and_hash(_plane(image))
            if quality >= LEAST_QUALITY:
                found.append(found_hash)
    return found


def _distinct(hashes: list[bytes]) -> tuple[bytes, ...]:
    return tuple(dict.fromkeys(hashes))


def _cut(image: Image.Image, cut: _Cut) -> Image.Image:
    left, top, right, bottom = cut
    width, height = image.size
    return image.crop(
        (
            round(left * width),
            round(top * height),
            round(width - right * width),
            round(height - bottom * height),
        )
    )


def _shaped(image: Image.Image, shape: float) -> Image.Image:
    """Return the largest middle part whose width is `shape` times its height."""
    width, height = image.size
    if width > shape * height:
        off = (1 - shape * height / width) / 2
        return _cut(image, (off, 0, off, 0))
    off = (1 - width / shape / height) / 2
    return _cut(image, (0, off, 0, off))


def _without_border(image: Image.Image) -> Image.Image:
    """Return the picture without an even frame, as a screen shot or a page lays around it."""
    paper = Image.new("L", image.size, round(ImageStat.Stat(image.crop((0, 0, 4, 4))).mean[0]))
    apart = ImageChops.difference(image, paper).point([0] * _BORDER_STEP + [255] * (256 - _BORDER_STEP))
    inner = apart.getbbox()
    return image.crop(inner) if inner is not None else image
