"""A person is found again however his number or name was typed, and nobody without the key can try any."""

from __future__ import annotations

import inspect
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.vault import fingerprints
from consent.vault.fingerprints import (
    Fingerprints,
    fingerprints_of,
    normalised,
    normalised_name,
    person_fingerprints,
    record_number_fingerprints,
)
from consent.vault.search_keys import SearchKeys, fresh_search_keys, with_new_search_key

KEYS = fresh_search_keys()
BORN = date(1984, 2, 29)


def record(typed: str, keys: SearchKeys = KEYS) -> str:
    (found,) = record_number_fingerprints(keys, typed)
    return found


def person(name: str, born_on: date = BORN) -> str:
    (found,) = person_fingerprints(KEYS, name, born_on)
    return found


@pytest.mark.parametrize(
    "typed",
    ["mrn-0042 é", "MRN-0042 É", "mrn0042e", " M R N 0042-E ", "ＭＲＮ‐００４２Ｅ", "MRN–0042e\u0301",
     "mrn\u22120042\u00ade", "MRN\u00a0٠٠٤٢E", "mrn\u200b0042\te\n"],
)  # fmt: skip
def test_the_same_number_typed_otherwise_is_the_same(typed: str) -> None:
    assert record(typed) == record("mrn0042e")


@pytest.mark.parametrize("typed", ["mrn042e", "mrn0042", "mrn00042e", "mrn0024e", "mrn/0042e"])
def test_another_number_is_another(typed: str) -> None:
    assert record(typed) != record("mrn0042e")


@given(st.text())
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    assert normalised(normalised(text)) == normalised(text)
    assert normalised(f" {text}-") == normalised(text)


@pytest.mark.parametrize("typed", ["", "  ", "---", "\u0301"])
def test_nothing_has_no_fingerprint(typed: str) -> None:
    with pytest.raises(ValueError, match="nothing"):
        record(typed)


SAME_NAME = [
    ("Zoë O’Hara-Núñez", "zoe o'hara nunez"),
    ("Zoë O’Hara-Núñez", "ZOE OHARA NUN\u0303EZ"),
    ("D’Angelo, José María", "d angelo jose\u0301 mari\u0301a."),
    ("Søren Łukasz Đurić", "soren lukasz duric"),
    ("Ægir Straße", "aegir strasse"),
    ("Ｍａｒｉａ　Ｌｏｐｅｚ", "maria lopez"),
    ("İpek Işık", "ipek isik"),
    ("Kaʻimi", "Kaimi"),
    ("مُحَمَّد أحمد", "محمد احمد"),
    ("محـمـد", "محمد"),
    ("王 小明", "王小明"),
    ("ｵｵﾀﾆ", "オオタニ"),
]  # fmt: skip
OTHER_NAME = [
    ("Maria Lopez", "Mario Lopez"),
    ("محمد", "محمود"),
    ("王小明", "王小红"),
    ("佐々木", "佐木"),
    ("オーノ", "オノ"),
    ("रवि", "राव"),
    ("Anna", "Ana"),
    ("Maria Lopez 2", "Maria Lopez"),
]


@pytest.mark.parametrize(("one", "other"), SAME_NAME)
def test_the_same_name_written_otherwise_is_the_same(one: str, other: str) -> None:
    assert person(one) == person(other)


@pytest.mark.parametrize(("one", "other"), OTHER_NAME)
def test_another_name_is_another(one: str, other: str) -> None:
    assert normalised_name(one)
    assert person(one) != person(other)


@given(st.text())
def test_a_name_is_compared_alike_at_every_time(text: str) -> None:
    once = normalised_name(text)
    assert normalised_name(once) == once
    assert normalised_name(f" {text}-.’") == once


@pytest.mark.parametrize("name", ["", " ", "- ’ .", "\u0301", "ـ"])
def test_no_name_has_no_fingerprint(name: str) -> None:
    with pytest.raises(ValueError, match="nothing"):
        person(name)
    with pytest.raises(ValueError, match="nothing"):
        fingerprints_of(KEYS, name, BORN, "123")


def test_a_name_finds_with_the_birth_date_and_neither_alone() -> None:
    """Nothing in the vault makes a fingerprint of a birth date without the name, or of a name without the date."""
    found = fingerprints_of(KEYS, "Maria Lopez", BORN, "123")
    assert found == Fingerprints(KEYS.current_id, record("123"), person("Maria Lopez"))
    assert person("Maria Lopez", date(1984, 3, 1)) != found.person
    taking_dates = [
        (name, list(inspect.signature(each).parameters))
        for name, each in inspect.getmembers(fingerprints, inspect.isfunction)
        if each.__module__ == fingerprints.__name__ and "date" in str(inspect.signature(each))
    ]
    assert taking_dates
    assert all({"name", "born_on"} <= set(parameters) for _, parameters in taking_dates), taking_dates


def test_a_fingerprint_shows_nothing_and_depends_on_its_key() -> None:
    found = fingerprints_of(KEYS, "Maria Lopez", BORN, "12345678")
    assert found.record is not None
    assert len(found.record) == len(found.person) == 64
    assert "12345678" not in found.record
    other = fresh_search_keys()
    assert record("12345678", other) != found.record
    assert fingerprints_of(KEYS, "Maria Lopez", BORN, "").record is None
    # A number that reads like a person is no person.
    assert record("Maria Lopez 1984-02-29") != found.person
    assert repr(next(iter(KEYS.keys.values()))) not in repr(KEYS)


def test_while_keys_change_each_of_them_finds() -> None:
    both = with_new_search_key(KEYS)
    assert both.current_id != KEYS.current_id
    before, now = (fingerprints_of(keys, "Maria Lopez", BORN, "123") for keys in (KEYS, both))
    assert now.key_id == both.current_id
    assert {before.record, now.record} == set(record_number_fingerprints(both, "123"))
    assert {before.person, now.person} == set(person_fingerprints(both, "maria lópez", BORN))
