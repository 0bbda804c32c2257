"""Identifiers: random, typed by people, and saying nothing about anybody."""

from __future__ import annotations

import hashlib
import random
import secrets
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.rules.identifiers import (
    SAFE_ALPHABET,
    BadIdentifier,
    betrays,
    new_consent_number,
    new_id,
    new_image_id,
    parse_consent_number,
    parse_image_id,
)

bodies = st.randoms(use_true_random=False).map(lambda source: new_image_id(source.randbytes))


def test_row_ids_are_26_lower_case_characters_of_16_random_bytes():
    assert new_id(lambda count: b"\x00" * count) == "a" * 26
    assert len({new_id(secrets.token_bytes) for _ in range(100)}) == 100


def test_rule_29_image_ids_are_random_and_spelt_from_the_safe_alphabet():
    made = {new_image_id(secrets.token_bytes) for _ in range(500)}
    assert len(made) == 500
    for image in made:
        prefix, first, second, check = image.split("-")
        assert (prefix, len(first), len(second), len(check)) == ("IMG", 4, 4, 1)
        assert set(first + second + check) <= set(SAFE_ALPHABET)
    assert set(SAFE_ALPHABET).isdisjoint("ILOU01")


def test_rule_29_every_character_is_equally_likely():
    source = random.Random(1)
    body = "".join(new_image_id(source.randbytes)[4:13].replace("-", "") for _ in range(4000))
    counts = [body.count(character) for character in SAFE_ALPHABET]
    assert max(counts) < 1.2 * min(counts)


def test_rule_29_an_id_that_contains_a_patient_field_is_never_given():
    source = random.Random(2)
    unlucky = new_image_id(random.Random(2).randbytes)
    inside = unlucky[6:8] + unlucky[9:11]
    given_instead = new_image_id(source.randbytes, [inside.lower()])
    assert given_instead != unlucky
    assert betrays(unlucky, [inside])
    assert betrays(unlucky, [unlucky + "extra"])
    assert not betrays(unlucky, ["J", "", "a name that is not in it"])


def test_rule_29_an_id_that_begins_a_hash_of_a_patient_field_is_refused():
    field = next(
        name
        for name in (f"patient {number}" for number in range(100_000))
        if set(hashlib.sha256(name.encode()).hexdigest().upper()[:8]) <= set(SAFE_ALPHABET)
    )
    start = hashlib.sha256(field.encode()).hexdigest().upper()[:8]
    assert betrays(f"IMG-{start[:4]}-{start[4:]}-2", [field])


@given(bodies)
def test_an_image_id_is_read_back_however_it_is_typed(image):
    for typed in (
        image.lower(),
        image.replace("-", ""),
        image.replace("-", " "),
        image.removeprefix("IMG-"),
        f"  {image}\n",
        image.replace("-", "\u2013"),
    ):
        assert parse_image_id(typed) == image


@given(bodies, st.integers(0, 8), st.sampled_from(SAFE_ALPHABET))
def test_rule_29_every_single_wrong_character_is_caught(image, place, wrong):
    characters = list(image.removeprefix("IMG").replace("-", ""))
    if characters[place] == wrong:
        return
    characters[place] = wrong
    with pytest.raises(BadIdentifier) as refused:
        parse_image_id("".join(characters))
    assert refused.value.kind == "check"


@given(bodies, st.integers(0, 7))
def test_every_exchange_of_neighbours_is_caught(image, place):
    characters = list(image.removeprefix("IMG").replace("-", ""))
    if characters[place] == characters[place + 1]:
        return
    characters[place], characters[place + 1] = characters[place + 1], characters[place]
    with pytest.raises(BadIdentifier, match="check"):
        parse_image_id("".join(characters))


@pytest.mark.parametrize("typed", ["", "IMG", "IMG-7K3Q", "IMG-7K3Q-9XTF-HH", "IMG-7K3O-9XTF-H", "سلام", "x" * 5000])
def test_what_has_not_the_shape_is_a_format_error(typed):
    with pytest.raises(BadIdentifier, match="format"):
        parse_image_id(typed)


def test_consent_numbers_are_short_and_checked():
    number = new_consent_number(secrets.token_bytes)
    assert parse_consent_number(number.lower().replace("-", "")) == number
    wrong = "2" if number[0] != "2" else "3"
    with pytest.raises(BadIdentifier, match="check"):
        parse_consent_number(wrong + number[1:])
    with pytest.raises(BadIdentifier, match="format"):
        parse_consent_number("7K3Q")


@given(st.text(max_size=40))
def test_no_text_does_worse_than_a_bad_identifier(text):
    with suppress(BadIdentifier):
        assert parse_image_id(text).startswith("IMG-")
