from __future__ import annotations

import hashlib
import io

import pytest

from consent.images.film import FilmKind, read_film
from consent.rules.refusal import Refused
from tests.unit.images.pictures import photograph, saved

HEADS = {
    FilmKind.MP4: b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41",
    FilmKind.MOV: b"\0\0\0\x14ftypqt  \0\0\2\0qt  ",
    FilmKind.WEBM: bytes.fromhex("1a45dfa39f4286810142f7810142f2810442f381084282847765626d"),
    FilmKind.MP3: b"ID3\4\0\0\0\0\0\x0a" + b"\0" * 10 + b"\xff\xfb\x90\x64",
    FilmKind.M4A: b"\0\0\0\x20ftypM4A \0\0\0\0M4A mp42isom",
    FilmKind.WAV: b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0",
}


@pytest.mark.parametrize("kind", HEADS)
def test_film_and_sound_are_known_by_their_hash(kind):
    data = HEADS[kind] + bytes(range(256)) * 9000
    film = read_film(io.BytesIO(data))
    assert film.kind is kind
    assert film.sha256 == hashlib.sha256(data).hexdigest()
    assert film.size == len(data)
    assert kind.media_type.startswith("audio/" if kind.is_sound else "video/")


def test_bare_mp3_frames_and_old_quicktime_are_known():
    assert read_film(io.BytesIO(b"\xff\xfb\x90\x64" + b"\0" * 500)).kind is FilmKind.MP3
    assert read_film(io.BytesIO(b"\0\0\1\0moov" + b"\0" * 500)).kind is FilmKind.MOV


def test_a_stream_that_gives_little_at_a_time_is_read_to_its_end():
    class Dripping(io.BytesIO):
        def read(self, size=-1):
            return super().read(min(size, 700))

    data = HEADS[FilmKind.MP4] + b"x" * 10_000
    assert read_film(Dripping(data)).sha256 == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0",
        saved(photograph(1)),
        saved(photograph(1), "PNG"),
        saved(photograph(1), "WEBP"),
        b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
        bytes.fromhex("1a45dfa3934282886d6174726f736b61"),
        b"RIFF\x24\0\0\0AVI LIST",
        b"\xff\xff\xff\xff",
        b"<html>",
    ],
)
def test_anything_else_is_refused(data):
    with pytest.raises(Refused, match="film-kind-unknown"):
        read_film(io.BytesIO(data))


def test_a_film_without_end_is_refused():
    with pytest.raises(Refused, match="film-too-large"):
        read_film(io.BytesIO(HEADS[FilmKind.MP4] + b"x" * 5_000_000), largest=2_000_000)
