from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent.images.covering import crop_and_cover
from consent.images.film import read_film
from consent.images.fingerprint import fingerprints, query_fingerprints
from consent.images.limits import Limits
from consent.images.preview import preview
from consent.images.reading import Picture, read_picture
from consent.images.tags import first_directory, orientation
from consent.rules.refusal import Refused
from tests.unit.images.pictures import dirty_jpeg, dirty_png, dirty_webp, photograph, profile_naming, saved

# Small pictures, so that what still decodes decodes fast; the limits keep a flipped size from costing memory.
LIMITS = Limits(octets=2_000_000, pixels=1_000_000, side=5_000)
SMALL = photograph(7, 97, 61)
VALID = [
    saved(SMALL),
    saved(SMALL, progressive=True, icc_profile=profile_naming("x")),
    saved(SMALL.convert("CMYK")),
    saved(SMALL, "MPO", save_all=True, append_images=[SMALL]),
    saved(SMALL, "PNG"),
    saved(SMALL.quantize(16), "PNG"),
    saved(SMALL.convert("RGBA"), "PNG", save_all=True, append_images=[SMALL.convert("RGBA")]),
    saved(SMALL, "WEBP"),
    saved(SMALL.convert("RGBA"), "WEBP", lossless=True),
    saved(SMALL.convert("RGBA"), "WEBP", exif=b"Exif\0\0II*\0"),
    saved(SMALL, "WEBP", save_all=True, append_images=[SMALL]),
    dirty_jpeg(),
    dirty_png(),
    dirty_webp(),
]
MAGIC = [
    b"",
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n",
    b"RIFF\x20\0\0\0WEBPVP8 ",
    b"RIFF\x20\0\0\0WEBPVP8L",
    b"ID3",
    b"\0\0\0\0ftyp",
]

fuzzing = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def codes_of(way: Callable[[], object]) -> tuple[str, ...]:
    """The codes of the refusal, if there is one; anything else that is raised fails the test."""
    try:
        way()
    except Refused as refused:
        return refused.codes
    return ()


def never_crashes(data: bytes) -> Picture | None:
    if codes := codes_of(lambda: read_picture(data, LIMITS)):
        assert all(code.startswith("picture-") for code in codes)
        return None
    picture = read_picture(data, LIMITS)
    assert picture.width * picture.height <= LIMITS.pixels
    again = read_picture(picture.data, LIMITS)
    assert (again.kind, again.width, again.height) == (picture.kind, picture.width, picture.height)
    return picture


@fuzzing
@given(st.sampled_from(MAGIC), st.binary(max_size=400))
def test_arbitrary_bytes_are_read_or_refused(magic, rest):
    never_crashes(magic + rest)
    assert codes_of(lambda: read_film(io.BytesIO(magic + rest))) in ((), ("film-kind-unknown",))


@fuzzing
@given(st.sampled_from(VALID), st.floats(0, 1), st.booleans())
def test_truncated_files_are_read_or_refused(data, part, with_end):
    end = {b"\xff\xd8": b"\xff\xd9", b"\x89P": data[-12:]}.get(data[:2], b"")
    never_crashes(data[: int(len(data) * part)] + (end if with_end else b""))


@fuzzing
@given(st.sampled_from(VALID), st.data())
def test_files_with_flipped_bytes_are_read_or_refused(data, choose):
    changed = bytearray(data)
    # Headers are where parsers err, so half of the changes go there.
    for _ in range(choose.draw(st.integers(1, 8))):
        at = choose.draw(st.integers(0, len(data) - 1) | st.integers(0, min(200, len(data) - 1)))
        changed[at] = choose.draw(st.integers(0, 255))
    never_crashes(bytes(changed))


@fuzzing
@given(st.sampled_from(VALID), st.sampled_from(VALID), st.floats(0, 1), st.floats(0, 1))
def test_files_sewn_together_are_read_or_refused(first, second, one, other):
    never_crashes(first[: int(len(first) * one)] + second[int(len(second) * other) :])


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(VALID), st.data())
def test_every_way_in_refuses_alike(data, choose):
    changed = bytearray(data)
    for _ in range(choose.draw(st.integers(0, 4))):
        changed[choose.draw(st.integers(0, len(data) - 1))] = choose.draw(st.integers(0, 255))
    for way in (
        lambda given: preview(given, 50, LIMITS),
        lambda given: fingerprints(given, LIMITS),
        lambda given: query_fingerprints(given, LIMITS),
        lambda given: crop_and_cover(given, None, [], LIMITS),
    ):
        codes = codes_of(partial(way, bytes(changed)))
        assert all(code.startswith("picture-") for code in codes)


@fuzzing
@given(st.sampled_from([b"", b"II*\0", b"MM\0*", b"Exif\0\0II*\0\x08\0\0\0"]), st.binary(max_size=80))
def test_any_directory_of_tags_is_read(start, rest):
    assert 1 <= orientation(start + rest) <= 8
    assert all(isinstance(value, int) for value in first_directory(start + rest).values())
