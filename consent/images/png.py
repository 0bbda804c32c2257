"""The parts of a PNG file. Source: W3C Portable Network Graphics, third edition, sections 5 and 11."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from consent.images import tags
from consent.images.anatomy import LARGEST_PROFILE, MOST_PARTS, Anatomy, Kind
from consent.images.limits import refusal

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_DRAWN = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}


def take_apart(data: bytes) -> Anatomy:
    """Return the anatomy of a PNG file.

    Raises:
        Refused: picture-truncated, picture-damaged (a check sum is wrong), picture-animated (APNG).
    """
    kept = [SIGNATURE]
    size: tuple[int, int] | None = None
    orientation, profile = 1, None
    for name, body, whole in _chunks(data):
        if name == b"IHDR" or size is None:
            size = _size(name, body, size)
        if name == b"acTL":
            raise refusal("picture-animated")
        if name in _DRAWN:
            kept.append(whole)
        elif name == b"eXIf":
            orientation = tags.orientation(body)
        elif name == b"iCCP":
            profile = _profile(body)
    if size is None:
        raise refusal("picture-truncated")
    return Anatomy(Kind.PNG, *size, True, orientation, profile, b"".join(kept))


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Yield name, body and whole of every chunk up to the end; what hangs behind the end is not looked at."""
    at = len(SIGNATURE)
    for _ in range(MOST_PARTS):
        if at + 12 > len(data):
            raise refusal("picture-truncated")
        length, name = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            raise refusal("picture-truncated")
        body = data[at + 8 : end - 4]
        _check(name, body, data[end - 4 : end])
        yield name, body, data[at:end]
        if name == b"IEND":
            return
        at = end
    raise refusal("picture-damaged")


def _check(name: bytes, body: bytes, check_sum: bytes) -> None:
    # An upper-case first letter says that the picture cannot be drawn without this part.
    if name not in _DRAWN and not name[0] & 0x20:
        raise refusal("picture-damaged")
    if name in _DRAWN and check_sum != zlib.crc32(body, zlib.crc32(name)).to_bytes(4, "big"):
        raise refusal("picture-damaged")


def _size(name: bytes, body: bytes, earlier: tuple[int, int] | None) -> tuple[int, int]:
    if name != b"IHDR" or len(body) != 13 or earlier is not None:
        raise refusal("picture-damaged")
    width, height = struct.unpack_from(">II", body)
    if not (0 < width < 2**31 and 0 < height < 2**31):
        raise refusal("picture-damaged")
    return width, height


def _profile(body: bytes) -> bytes | None:
    """Return the colour profile; none if it is damaged or unpacks beyond reason."""
    _, _, packed = body.partition(b"\0")
    unpacker = zlib.decompressobj()
    try:
        profile = unpacker.decompress(packed[1:], LARGEST_PROFILE)
    except zlib.error:
        return None
    return profile if unpacker.eof else None


# Channels by colour type, and the seven passes of an interlaced picture: first column and row, then steps.
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
_PIECE = 1 << 20


def check_rows(data: bytes) -> None:
    """Return if the packed data has every row that the header claims; a decoder would paint the rest black.

    Raises:
        Refused: picture-truncated if rows are missing, picture-damaged if the data cannot be unpacked.
    """
    unpacker = zlib.decompressobj()
    missing = 0
    for name, body, _ in _chunks(data):
        if name == b"IHDR":
            missing = _unpacked_length(body)
        packed = body if name == b"IDAT" else b""
        while packed and missing > 0:
            try:
                missing -= len(unpacker.decompress(packed, _PIECE))
            except zlib.error:
                raise refusal("picture-damaged") from None
            packed = unpacker.unconsumed_tail
    if missing > 0:
        raise refusal("picture-truncated")


def _unpacked_length(header: bytes) -> int:
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    bits = depth * _CHANNELS.get(colour, 0)
    if bits == 0:
        raise refusal("picture-damaged")
    length = 0
    for left, top, across, down in _PASSES if interlaced else ((0, 0, 1, 1),):
        columns, rows = -(-max(0, width - left) // across), -(-max(0, height - top) // down)
        length += rows * (1 + (columns * bits + 7) // 8) if columns else 0
    return length
