from __future__ import annotations

import hashlib
import itertools

import pytest
from PIL import Image

from consent.images.fingerprint import THRESHOLD, fingerprints, query_fingerprints, sha256
from consent.images.matcher import Matcher
from consent.images.reading import read_picture
from tests.unit.images.pictures import photograph, saved, xray

PHOTOGRAPHS = {f"photo-{seed}": photograph(seed, 900, 700) for seed in range(12)}
XRAYS = {f"xray-{seed}": xray(seed) for seed in range(12)}
PICTURES = PHOTOGRAPHS | XRAYS


@pytest.fixture(scope="module")
def matcher():
    full = Matcher()
    for name, image in PICTURES.items():
        full.add(name, fingerprints(read_picture(saved(image, quality=95)).data))
    return full


def cropped(image, part):
    width, height = image.size
    return image.crop((int(width * part), int(height * part), int(width * (1 - part)), int(height * (1 - part))))


def framed(image):
    frame = Image.new(image.mode, (image.width + 120, image.height + 300), 255 if image.mode == "L" else "white")
    frame.paste(image, (60, 150))
    return frame


CHANGES = {
    "the same": lambda image: saved(image, quality=95),
    "saved at 30": lambda image: saved(image, quality=30),
    "as PNG": lambda image: saved(image, "PNG"),
    "as WebP": lambda image: saved(image, "WEBP", quality=60),
    "half as large": lambda image: saved(image.resize((image.width // 2, image.height // 2)), quality=70),
    "twice as large": lambda image: saved(image.resize((image.width * 2, image.height * 2)), quality=70),
    "in grey": lambda image: saved(image.convert("L"), quality=80),
    "mirrored": lambda image: saved(image.transpose(Image.Transpose.FLIP_LEFT_RIGHT), quality=80),
    "turned": lambda image: saved(image.transpose(Image.Transpose.ROTATE_90), quality=80),
    "cropped by 2.5 %": lambda image: saved(cropped(image, 0.025), quality=80),
    "cropped by 5 %": lambda image: saved(cropped(image, 0.05), quality=80),
}


@pytest.mark.parametrize("change", CHANGES)
def test_changed_copies_are_found(matcher, change):
    for name, image in PICTURES.items():
        hits = matcher.search(query_fingerprints(CHANGES[change](image)))
        assert [hit[0] for hit in hits] == [name], change
        assert hits[0][1] <= THRESHOLD


def test_most_framed_copies_are_found(matcher):
    found = [
        [hit[0] for hit in matcher.search(query_fingerprints(saved(framed(image), quality=80)))] == [name]
        for name, image in PHOTOGRAPHS.items()
    ]
    assert sum(found) >= 0.8 * len(found)


def test_other_pictures_are_not_found(matcher):
    for seed in range(100, 110):
        for other in (photograph(seed), xray(seed)):
            assert matcher.search(query_fingerprints(saved(other))) == []


def test_no_two_pictures_come_near_the_threshold():
    marks = {name: fingerprints(saved(image)) for name, image in PICTURES.items()}
    nearest = min(
        sum((x ^ y).bit_count() for x, y in zip(a, b, strict=True))
        for one, other in itertools.combinations(marks.values(), 2)
        for a in one[:1]
        for b in other
    )
    assert nearest > 2 * THRESHOLD


def test_few_hashes_of_32_bytes_the_whole_picture_first():
    data = saved(photograph(1))
    register, ask = fingerprints(data), query_fingerprints(data)
    assert 12 <= len(register) <= 19
    assert 3 <= len(ask) <= 6
    assert {len(one) for one in (*register, *ask)} == {32}
    assert register[0] == ask[0]
    assert fingerprints(data) == register


@pytest.mark.parametrize(
    "image",
    [
        Image.new("RGB", (300, 300), "grey"),
        Image.new("L", (3000, 5), 90),
        Image.new("L", (1, 1)),
        Image.linear_gradient("L"),
    ],
    ids=["even", "a line", "a dot", "fading"],
)
def test_a_picture_with_too_little_in_it_has_no_fingerprints(image):
    data = saved(image, "PNG")
    assert fingerprints(data) == ()
    assert query_fingerprints(data) == ()
    assert sha256(data) == hashlib.sha256(data).hexdigest()
