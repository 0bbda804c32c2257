"""PDQ as written here gives the hashes of the authors' own program; those below were made with it."""

from __future__ import annotations

import numpy as np
import pytest

from consent.images import pdq

BY_THE_AUTHORS = [
    (512, 384, 0, "d0a742ab50a742aa50a742aab0a5b2aaac85bca5ab05ad65af65bd59af59bd56"),
    (384, 512, 1, "3551a2aa2a8ad455d55124d5db8a18aadb51ab55d8913b6edc623b6cd8ed3b62"),
    (512, 512, 2, "9dae55aa8a55d3b08a55e3b58ab5514a9a75534a987653569a69d38e9871538e"),
    (300, 512, 3, "ad5513aa93bf91ae95aa9275927f923592b5924e92df924e9256924992db9249"),
    (40, 512, 4, "6d7461886e7411b8ed3561a06d7561b0ed7561a0ed7561b0ed3695bb12779a4a"),
]


def waves(rows: int, columns: int, seed: int) -> pdq.Plane:
    """A picture of waves, the same on every machine."""
    down, across = np.mgrid[0:rows, 0:columns]
    plane = sum(np.sin(down * k * (seed + 1) / 97 + seed) * np.cos(across * k / (53 + seed)) for k in range(1, 7))
    return np.round((plane - plane.min()) / (plane.max() - plane.min()) * 255)


def bits_apart(one: bytes, other: bytes) -> int:
    return (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).bit_count()


@pytest.mark.parametrize(("rows", "columns", "seed", "expected"), BY_THE_AUTHORS)
def test_the_hash_is_the_authors_own(rows: int, columns: int, seed: int, expected: str) -> None:
    quality, found = pdq.quality_and_hash(waves(rows, columns, seed))
    assert quality == 100
    # Two bits of leave for another machine's arithmetic; a match allows 31.
    assert bits_apart(found, bytes.fromhex(expected)) <= 2


def test_turned_pictures_have_the_hashes_that_turning_foretells() -> None:
    picture = waves(512, 512, 2)
    _, foretold = pdq.quality_and_turned(picture)
    assert len(set(foretold)) == 8
    turned = [np.rot90(plane, times) for plane in (picture, np.fliplr(picture)) for times in range(4)]
    for plane in turned:
        _, found = pdq.quality_and_hash(plane)
        assert min(bits_apart(found, one) for one in foretold) <= 24


def test_the_upright_hash_comes_first() -> None:
    picture = waves(384, 512, 1)
    assert pdq.quality_and_turned(picture)[1][0] == pdq.quality_and_hash(picture)[1]


def test_an_even_picture_has_nothing_to_go_by() -> None:
    quality, _ = pdq.quality_and_hash(np.full((200, 300), 127.0))
    assert quality == 0
