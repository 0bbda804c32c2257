"""Decoding and encoding: bytes in, upright sRGB or grey pixels out, and back into a file of only pixels.

At most two pictures are decoded at once in a process: one of 60 megapixels takes up to 800 MB while it
lasts, a WebP 1 GB.
"""

from __future__ import annotations

import io
import threading
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import numpy as np
from PIL import Image, ImageCms

from consent.images import jpeg, png, webp
from consent.images.anatomy import Anatomy
from consent.images.limits import Limits, refusal

# Sizes are checked before any decoder runs; should one ever slip through, a warning must not let it pass.
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)

_DECODING = threading.BoundedSemaphore(2)
_SRGB = ImageCms.createProfile("sRGB")
_WHITE = 255
_QUALITIES = (92, 85, 75, 60)

_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def take_apart(data: bytes, limits: Limits) -> Anatomy:
    """Return what the file is made of, told by content, within the limits; nothing is decoded.

    Raises:
        Refused: picture-too-large, picture-kind-unknown, picture-truncated, picture-damaged,
            picture-animated, picture-too-many-pixels.
    """
    if len(data) > limits.octets:
        raise refusal("picture-too-large", bytes=len(data), limit=limits.octets)
    if data.startswith(b"\xff\xd8\xff"):
        anatomy = jpeg.take_apart(data)
    elif data.startswith(png.SIGNATURE):
        anatomy = png.take_apart(data)
    elif data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        anatomy = webp.take_apart(data)
    else:
        raise refusal("picture-kind-unknown")
    width, height = anatomy.width, anatomy.height
    if width * height > limits.pixels or max(width, height) > limits.side:
        raise refusal("picture-too-many-pixels", width=width, height=height, limit=limits.pixels)
    return anatomy


@contextmanager
def decoded(anatomy: Anatomy, at_least: int | None = None) -> Iterator[Image.Image]:
    """Give the upright picture in mode RGB (sRGB) or L, rebuilt so that it carries nothing but pixels.

    With `at_least`, a JPEG may come smaller (by 2, 4 or 8) as long as its longer side has that many pixels;
    that is many times faster. Waits while two others are being decoded.

    Raises:
        Refused: picture-damaged.
    """
    with _DECODING:
        yield _pixels(anatomy, at_least)


def _pixels(anatomy: Anatomy, at_least: int | None) -> Image.Image:
    try:
        with Image.open(io.BytesIO(anatomy.lean), formats=[anatomy.kind.value.upper()]) as image:
            if image.size != (anatomy.width, anatomy.height):
                raise refusal("picture-damaged")
            if at_least is not None:
                shorter = max(1, at_least * min(image.size) // max(image.size))
                image.draft(None, (at_least, shorter) if image.width >= image.height else (shorter, at_least))
            image.load()
            fresh = _rebuilt(_to_screen_colours(_flattened(image), anatomy.profile))
        # Turned only after the file's own picture is closed, so that two of them at most take memory.
        turn = _UPRIGHT.get(anatomy.orientation)
        return fresh if turn is None else fresh.transpose(turn)
    except MemoryError:
        raise
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        # What the decoders raise for bytes that are not what they say.
        raise refusal("picture-damaged") from None
    except (ArithmeticError, AttributeError, EOFError, LookupError, TypeError):
        # And what their parsers stumble into on hostile ones.
        raise refusal("picture-damaged") from None


def _flattened(image: Image.Image) -> Image.Image:
    """Return the picture as seen on white paper: what transparency hid is gone, not merely hidden."""
    if image.mode.startswith("I") or image.mode == "F":
        # 16 bits of grey: the upper eight, as every browser shows it.
        return Image.fromarray((np.asarray(image).astype(np.uint32) >> 8).astype(np.uint8))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        paper = Image.new("RGB", image.size, (_WHITE, _WHITE, _WHITE))
        paper.paste(image, mask=image.getchannel("A"))
        return paper
    if image.mode == "1":
        return image.convert("L")
    return image if image.mode in ("L", "RGB", "CMYK") else image.convert("RGB")


def _to_screen_colours(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return the picture in sRGB (or grey); a profile that is broken or does not fit is ignored."""
    if profile is not None:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            space = source.profile.xcolor_space.strip()
            if space == {"L": "GRAY"}.get(image.mode, image.mode) and not _is_srgb(source):
                converted = ImageCms.profileToProfile(image, source, _SRGB, outputMode="RGB")
                if converted is not None:
                    return converted.convert("L") if image.mode == "L" else converted
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass  # colours then are as a viewer without colour management shows them: the picture is whole
    return image.convert("RGB") if image.mode == "CMYK" else image


def _is_srgb(source: ImageCms.ImageCmsProfile) -> bool:
    return "sRGB" in (source.profile.profile_description or "")


def _rebuilt(image: Image.Image) -> Image.Image:
    """Return a picture of the same pixels that never knew the file, copied in bands to spare memory."""
    fresh = Image.new(image.mode, image.size)
    band = 512
    for top in range(0, image.height, band):
        part = image.crop((0, top, image.width, min(top + band, image.height)))
        fresh.paste(Image.frombytes(part.mode, part.size, part.tobytes()), (0, top))
    return fresh


def encode(image: Image.Image, lossless: bool, limits: Limits) -> tuple[Literal["jpeg", "png"], bytes]:
    """Return a file: PNG if `lossless` and within the limit of bytes, else JPEG of the best quality that is.

    Raises:
        Refused: picture-too-large if no quality brings it within the limit.
    """
    if lossless:
        # For photographs three times faster than the default, and hardly larger.
        data = _saved(image, "PNG", compress_type=zlib.Z_RLE)
        if len(data) <= limits.octets:
            return "png", data
    for quality in _QUALITIES:
        data = _saved(image, "JPEG", quality=quality)
        if len(data) <= limits.octets:
            return "jpeg", data
    raise refusal("picture-too-large", bytes=len(data), limit=limits.octets)


def _saved(image: Image.Image, form: str, **options: int) -> bytes:
    out = io.BytesIO()
    image.save(out, format=form, **options)
    return out.getvalue()


def saved_small(image: Image.Image) -> bytes:
    """Return a JPEG for a screen, at a quality at which a person can still judge the picture."""
    return _saved(image, "JPEG", quality=82)
