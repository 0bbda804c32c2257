"""The parts of a WebP file. Source: RFC 9649 sections 2 and 3, RFC 6386 section 9.1 for lossy pictures."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from consent.images import tags
from consent.images.anatomy import LARGEST_PROFILE, MOST_PARTS, Anatomy, Kind
from consent.images.limits import refusal

_ANIMATED, _ALPHA = 0x02, 0x10
_PICTURES = {b"VP8 ", b"VP8L"}


def take_apart(data: bytes) -> Anatomy:
    """Return the anatomy of a WebP file.

    Raises:
        Refused: picture-truncated, picture-damaged, picture-animated.
    """
    parts: dict[bytes, bytes] = {}
    for name, body in _chunks(data):
        if name in (b"ANIM", b"ANMF") or (name == b"VP8X" and body and body[0] & _ANIMATED):
            raise refusal("picture-animated")
        if name in parts and name in _PICTURES:
            raise refusal("picture-damaged")
        parts.setdefault(name, body)
    drawn = [name for name in _PICTURES if name in parts]
    if len(drawn) != 1:
        raise refusal("picture-damaged")
    name = drawn[0]
    width, height = _lossy_size(parts[name]) if name == b"VP8 " else _lossless_size(parts[name])
    if b"VP8X" in parts and _canvas(parts[b"VP8X"]) != (width, height):
        raise refusal("picture-damaged")
    profile = parts.get(b"ICCP")
    return Anatomy(
        kind=Kind.WEBP,
        width=width,
        height=height,
        lossless=name == b"VP8L",
        orientation=tags.orientation(parts.get(b"EXIF", b"")),
        profile=profile if profile and len(profile) <= LARGEST_PROFILE else None,
        lean=_lean(name, parts[name], parts.get(b"ALPH"), width, height),
    )


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield name and body of every chunk that the RIFF header claims; what hangs behind is not looked at."""
    stop = 8 + struct.unpack_from("<I", data, 4)[0]
    if stop > len(data):
        raise refusal("picture-truncated")
    at = 12
    for _ in range(MOST_PARTS):
        if at + 8 > stop:
            return
        name, length = struct.unpack_from("<4sI", data, at)
        if at + 8 + length > stop:
            raise refusal("picture-truncated")
        yield name, data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2
    raise refusal("picture-damaged")


def _lossy_size(body: bytes) -> tuple[int, int]:
    # An odd first bit means a frame that builds on an earlier one: a still picture has none.
    if len(body) < 10 or body[3:6] != b"\x9d\x01\x2a" or body[0] & 1:
        raise refusal("picture-damaged")
    width, height = struct.unpack_from("<HH", body, 6)
    return _not_empty(width & 0x3FFF, height & 0x3FFF)


def _lossless_size(body: bytes) -> tuple[int, int]:
    if len(body) < 5 or body[0] != 0x2F:
        raise refusal("picture-damaged")
    bits: int = struct.unpack_from("<I", body, 1)[0]
    return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1


def _canvas(body: bytes) -> tuple[int, int]:
    if len(body) < 10:
        raise refusal("picture-damaged")
    return int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1


def _not_empty(width: int, height: int) -> tuple[int, int]:
    if not width or not height:
        raise refusal("picture-damaged")
    return width, height


def _lean(name: bytes, body: bytes, alpha: bytes | None, width: int, height: int) -> bytes:
    """Return a file of nothing but the picture and, for a lossy one, its transparency."""
    chunks = _chunk(name, body)
    if alpha is not None and name == b"VP8 ":
        flags = bytes([_ALPHA, 0, 0, 0])
        canvas = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
        chunks = _chunk(b"VP8X", flags + canvas) + _chunk(b"ALPH", alpha) + chunks
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WEBP" + chunks


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)
