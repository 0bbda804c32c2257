"""Film and sound: told by content and known by the SHA-256 of the released file. They are not stored."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO

from consent.images.limits import refusal

_PIECE = 1 << 20
_SNIFFED = 4096
LARGEST = 20_000_000_000


class FilmKind(StrEnum):
    """What is taken in; the value is the usual ending of the file's name."""

    MP4 = "mp4"
    MOV = "mov"
    WEBM = "webm"
    MP3 = "mp3"
    M4A = "m4a"
    WAV = "wav"

    @property
    def is_sound(self) -> bool:
        """Whether it can only be sound; a film's file may hold sound alone, too."""
        return self in (FilmKind.MP3, FilmKind.M4A, FilmKind.WAV)

    @property
    def media_type(self) -> str:
        """The type as HTTP names it."""
        return {
            FilmKind.MP4: "video/mp4",
            FilmKind.MOV: "video/quicktime",
            FilmKind.WEBM: "video/webm",
            FilmKind.MP3: "audio/mpeg",
            FilmKind.M4A: "audio/mp4",
            FilmKind.WAV: "audio/wav",
        }[self]


@dataclass(frozen=True)
class Film:
    """One film or sound recording: what it is, SHA-256 of the whole file in hex, its length in bytes."""

    kind: FilmKind
    sha256: str
    size: int


# ISO/IEC 14496-12 calls these brands; still pictures (heic, avif) use the same wrapper and are not listed.
_MP4_BRANDS = {
    *(b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"iso7", b"iso8", b"iso9", b"mp41", b"mp42"),
    *(b"mp71", b"avc1", b"dash", b"M4V ", b"M4VH", b"M4VP", b"MSNV", b"f4v ", b"XAVC"),
    *(b"3gp4", b"3gp5", b"3gp6", b"3gp7", b"3g2a", b"3g2b", b"3g2c"),
}
_BRANDS = {
    **dict.fromkeys(_MP4_BRANDS, FilmKind.MP4),
    **dict.fromkeys((b"M4A ", b"M4B ", b"M4P "), FilmKind.M4A),
    b"qt  ": FilmKind.MOV,
}
_OLD_MOV_ATOMS = {b"moov", b"mdat", b"wide", b"pnot"}


def read_film(stream: BinaryIO, largest: int = LARGEST) -> Film:
    """Return what the stream holds, read once from where it stands to its end, a megabyte at a time.

    Raises:
        Refused: film-kind-unknown, film-too-large (more than `largest` bytes).
    """
    head = _head(stream)
    kind = tell(head)
    digest = hashlib.sha256(head)
    size = len(head)
    while piece := stream.read(_PIECE):
        size += len(piece)
        if size > largest:
            break
        digest.update(piece)
    if size > largest:
        raise refusal("film-too-large", limit=largest)
    return Film(kind, digest.hexdigest(), size)


def _head(stream: BinaryIO) -> bytes:
    # A stream may give less than it was asked for without being at its end.
    head = b""
    while len(head) < _SNIFFED and (piece := stream.read(_SNIFFED - len(head))):
        head += piece
    return head


def tell(head: bytes) -> FilmKind:
    """Return the kind of film or sound that begins with these bytes (give 4096 of them).

    Raises:
        Refused: film-kind-unknown.
    """
    kind = _wrapped(head) or _bare(head)
    if kind is None:
        raise refusal("film-kind-unknown")
    return kind


def _wrapped(head: bytes) -> FilmKind | None:
    name, brand = head[4:8], head[8:12]
    if name == b"ftyp":
        return _BRANDS.get(brand)
    if name in _OLD_MOV_ATOMS:
        return FilmKind.MOV
    if head.startswith(b"RIFF") and brand == b"WAVE":
        return FilmKind.WAV
    # Matroska at large uses the same wrapper; only what calls itself webm within the header is one.
    if head.startswith(b"\x1a\x45\xdf\xa3") and b"\x42\x82\x84webm" in head[:64]:
        return FilmKind.WEBM
    return None


def _bare(head: bytes) -> FilmKind | None:
    tagged = head.startswith(b"ID3") and len(head) >= 10 and head[3] in (2, 3, 4)
    return FilmKind.MP3 if tagged or _is_layer_three(head) else None


def _is_layer_three(head: bytes) -> bool:
    """Whether an MPEG audio layer III frame begins here. Source: ISO/IEC 11172-3 section 2.4.1.3."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    rate, frequency = head[2] >> 4, head[2] >> 2 & 3
    return version != 1 and layer == 1 and rate not in (0, 15) and frequency != 3
