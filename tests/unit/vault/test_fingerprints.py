"""A record is found again however its number was typed, and nobody without the key can try numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.vault.fingerprints import birth_date_fingerprint, normalised, record_number_fingerprint
from consent.vault.keyring import Keyring, fresh_keyring


@pytest.mark.parametrize(
    "typed",
    ["mrn-0042 é", "MRN-0042 É", "mrn0042e", " M R N 0042-E ", "ＭＲＮ‐００４２Ｅ", "MRN–0042e\u0301",
     "mrn\u22120042\u00ade", "MRN\u00a0٠٠٤٢E", "mrn\u200b0042\te\n"],
)  # fmt: skip
def test_the_same_number_typed_otherwise_is_the_same(keyring: Keyring, typed: str) -> None:
    assert record_number_fingerprint(keyring, typed) == record_number_fingerprint(keyring, "mrn0042e")


@pytest.mark.parametrize("typed", ["mrn042e", "mrn0042", "mrn00042e", "mrn0024e", "mrn/0042e"])
def test_another_number_is_another(keyring: Keyring, typed: str) -> None:
    assert record_number_fingerprint(keyring, typed) != record_number_fingerprint(keyring, "mrn0042e")


@given(st.text())
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    assert normalised(normalised(text)) == normalised(text)
    assert normalised(f" {text}-") == normalised(text)


@pytest.mark.parametrize("typed", ["", "  ", "---", "\u0301"])
def test_nothing_has_no_fingerprint(keyring: Keyring, typed: str) -> None:
    with pytest.raises(ValueError, match="nothing"):
        record_number_fingerprint(keyring, typed)


def test_a_fingerprint_names_its_key_and_depends_on_it(keyring: Keyring) -> None:
    found = record_number_fingerprint(keyring, "12345678")
    key_id, _, value = found.partition(":")
    assert key_id == keyring.fingerprint_key_id
    assert len(value) == 64
    assert "12345678" not in value
    other = replace(keyring, fingerprint_key=fresh_keyring().fingerprint_key)
    assert record_number_fingerprint(other, "12345678") != found


def test_a_birth_date_is_never_mistaken_for_a_record_number(keyring: Keyring) -> None:
    born = birth_date_fingerprint(keyring, date(1984, 2, 29))
    assert born == birth_date_fingerprint(keyring, date(1984, 2, 29))
    assert born != birth_date_fingerprint(keyring, date(1984, 3, 1))
    assert born not in (record_number_fingerprint(keyring, text) for text in ("1984-02-29", "19840229"))
