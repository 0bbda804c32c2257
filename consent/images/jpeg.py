"""The parts of a JPEG file. Source: ITU-T T.81 annex B; CIPA DC-007 for several pictures in a file (MPO)."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field

from consent.images import tags
from consent.images.anatomy import LARGEST_PROFILE, Anatomy, Kind
from consent.images.limits import refusal

_MOST_SEGMENTS = 20_000
# A progressive picture has about ten scans; thousands of empty ones each cost a pass over all pixels.
_MOST_SCANS = 100

_SOI, _EOI, _SOS, _COM = 0xD8, 0xD9, 0xDA, 0xFE
_APP0, _APP1, _APP2, _APP14, _APP15 = 0xE0, 0xE1, 0xE2, 0xEE, 0xEF
_FRAMES = {0xC0, 0xC1, 0xC2}  # baseline, extended, progressive: what cameras write and decoders read
_TABLES = {0xC4, 0xCC, 0xDB, 0xDD}  # Huffman, arithmetic, quantisation, restart interval
# Within a scan, FF00 is a plain FF and FFD0-FFD7 are restarts; any other marker ends it.
_END_OF_SCAN = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
_MARKER = re.compile(rb"\xff[\x01-\xfe]")
_JFIF = bytes.fromhex("ffe000104a46494600010100000100010000")


@dataclass
class _Found:
    """What was met on the way through the file."""

    kept: list[bytes] = field(default_factory=lambda: [b"\xff\xd8"])
    size: tuple[int, int] | None = None
    scans: int = 0
    exif: bytes | None = None
    profile: dict[int, bytes] = field(default_factory=dict)
    profile_parts: int = 0
    pictures: int = 1
    gain_map: bool = False

    def icc(self) -> bytes | None:
        """The colour profile, if every part of it is there."""
        parts = [self.profile.get(number, b"") for number in range(1, self.profile_parts + 1)]
        whole = b"".join(parts)
        return whole if parts and all(parts) and len(whole) <= LARGEST_PROFILE else None


def take_apart(data: bytes) -> Anatomy:
    """Return the anatomy of a JPEG file.

    Raises:
        Refused: picture-truncated, picture-damaged, picture-animated (several pictures in one file).
    """
    found = _Found()
    at = 2
    for _ in range(_MOST_SEGMENTS):
        marker, at = _next_marker(data, at)
        if marker == _EOI:
            return _finished(found)
        if marker == 0x01 or 0xD0 <= marker <= 0xD7:
            continue
        body, end = _segment(data, at)
        if marker == _SOS:
            end = _end_of_scan(data, end)
            found.scans += 1
            if found.size is None or found.scans > _MOST_SCANS:
                raise refusal("picture-damaged")
            found.kept += [b"\xff\xda", data[at:end]]
        else:
            _note(found, marker, body)
        at = end
    raise refusal("picture-damaged")


def _next_marker(data: bytes, at: int) -> tuple[int, int]:
    # Stray bytes between segments are common in old cameras' files and harmless: they are not kept.
    match = _MARKER.search(data, at)
    if match is None:
        raise refusal("picture-truncated")
    return data[match.end() - 1], match.end()


def _segment(data: bytes, at: int) -> tuple[bytes, int]:
    if at + 2 > len(data):
        raise refusal("picture-truncated")
    length: int = struct.unpack_from(">H", data, at)[0]
    if length < 2:
        raise refusal("picture-damaged")
    if at + length > len(data):
        raise refusal("picture-truncated")
    return data[at + 2 : at + length], at + length


def _end_of_scan(data: bytes, at: int) -> int:
    match = _END_OF_SCAN.search(data, at)
    if match is None:
        raise refusal("picture-truncated")
    return match.start()


def _note(found: _Found, marker: int, body: bytes) -> None:
    if marker in _FRAMES:
        _note_frame(found, body)
    elif not (marker in _TABLES or _APP0 <= marker <= _APP15 or marker == _COM):
        raise refusal("picture-damaged")  # a second beginning, or a kind of JPEG that nothing displays
    if marker in _FRAMES or marker in _TABLES:
        found.kept += [bytes([0xFF, marker]), struct.pack(">H", len(body) + 2), body]
    elif _APP0 <= marker <= _APP15:
        _note_application(found, marker, body)


def _note_frame(found: _Found, body: bytes) -> None:
    if found.size is not None or len(body) < 6:
        raise refusal("picture-damaged")
    height, width = struct.unpack_from(">HH", body, 1)
    found.size = (width, height)


def _note_application(found: _Found, marker: int, body: bytes) -> None:
    if marker == _APP0 and body.startswith(b"JFIF\0"):
        found.kept.append(_JFIF)  # says that the colours are YCbCr; its thumbnail stays behind
    elif marker == _APP14 and body.startswith(b"Adobe") and len(body) >= 12:
        found.kept += [b"\xff\xee\x00\x0e", body[:12]]  # says how CMYK and RGB are stored
    elif marker == _APP1 and body.startswith(b"Exif\0\0"):
        found.exif = found.exif or body
    elif marker == _APP1:
        # A phone's HDR picture carries its brightness map as a second one; the first is the picture.
        found.gain_map = found.gain_map or b"http://ns.adobe.com/hdr-gain-map/" in body
    elif marker == _APP2:
        _note_second_application(found, body)


def _note_second_application(found: _Found, body: bytes) -> None:
    if body.startswith(b"ICC_PROFILE\0") and len(body) > 14:
        found.profile.setdefault(body[12], body[14:])
        found.profile_parts = body[13]
    elif body.startswith(b"urn:iso:std:iso:ts:21496:-1"):
        found.gain_map = True
    elif body.startswith(b"MPF\0"):
        found.pictures = tags.first_directory(body[4:]).get(tags.NUMBER_OF_PICTURES, 1)


def _finished(found: _Found) -> Anatomy:
    if found.size is None or found.scans == 0 or 0 in found.size:
        raise refusal("picture-damaged")
    if found.pictures > 1 and not found.gain_map:
        raise refusal("picture-animated")
    width, height = found.size
    return Anatomy(
        kind=Kind.JPEG,
        width=width,
        height=height,
        lossless=False,
        orientation=tags.orientation(found.exif or b""),
        profile=found.icc(),
        lean=b"".join([*found.kept, b"\xff\xd9"]),
    )
