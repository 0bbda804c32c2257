"""Tokens, codes, passwords: random, kept as hashes, refused when wrong, forgiving in how they are typed."""

from __future__ import annotations

import hashlib
import inspect
from dataclasses import replace

import pytest

from consent.vault import second_factor, secrets
from consent.vault.keyring import Keyring, fresh_keyring
from consent.vault.secrets import (
    hash_code,
    hash_password,
    hash_token,
    needs_rehash,
    new_code,
    new_token,
    verify_code,
    verify_password,
)


def test_a_token_has_128_bits_and_only_its_hash_is_kept() -> None:
    text, kept = new_token()
    assert len(text) == 22
    assert kept == hash_token(text) == hashlib.sha256(text.encode()).hexdigest()
    assert len(new_token(256)[0]) == 43
    assert len({new_token()[0] for _ in range(200)}) == 200
    for bits in (0, 64, 127, 130):
        with pytest.raises(ValueError, match="128"):
            new_token(bits)


def test_codes_have_their_digits_and_leading_zeros() -> None:
    codes = {new_code(6) for _ in range(2000)}
    assert all(len(code) == 6 and code.isdigit() for code in codes)
    assert any(code.startswith("0") for code in codes)
    assert len(codes) > 1900
    assert len(new_code(8)) == 8
    for digits in (5, 13):
        with pytest.raises(ValueError, match="6 to 12"):
            new_code(digits)


def test_nothing_random_comes_from_elsewhere() -> None:
    for module in (secrets, second_factor):
        source = inspect.getsource(module)
        assert "import random" not in source
        assert "random_base32" not in source


def test_a_password_is_kept_as_argon2id_with_19_mebibytes() -> None:
    kept = hash_password("correct horse battery staple")
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert kept != hash_password("correct horse battery staple")
    assert verify_password("correct horse battery staple", kept)
    assert not verify_password("correct horse battery stapler", kept)
    assert not verify_password("", kept)
    assert not needs_rehash(kept)
    assert needs_rehash(kept.replace("t=2", "t=1"))


def test_a_password_typed_on_another_keyboard_is_the_same() -> None:
    assert verify_password("cafe\u0301 ﬁne", hash_password("café fine"))
    assert not verify_password("CAFÉ FINE", hash_password("café fine"))


def test_nobody_has_no_password_and_no_code(keyring: Keyring) -> None:
    assert not verify_password("anything", None)
    assert not verify_password("anything", "")
    assert not verify_code(keyring, "123456", None)


def test_a_code_may_be_typed_with_spaces_hyphens_and_other_digits(keyring: Keyring) -> None:
    kept = hash_code(keyring, "0123 4567")
    for typed in ("01234567", "0123-4567", " 0 1 2 3 4 5 6 7 ", "０１２３４５６７", "٠١٢٣٤٥٦٧", "0123\u20114567"):
        assert verify_code(keyring, typed, kept)
    for typed in ("1234567", "01234568", "012345670", "", "0123a4567"):
        assert not verify_code(keyring, typed, kept)


def test_the_database_alone_is_not_enough_to_try_codes(keyring: Keyring) -> None:
    kept = hash_code(keyring, "123456")
    assert "argon2id" in kept
    assert "123456" not in kept
    thief = replace(fresh_keyring(), fingerprint_key_id=keyring.fingerprint_key_id)
    assert not verify_code(thief, "123456", kept)
    assert not verify_code(fresh_keyring(), "123456", kept)
    assert not verify_password("123456", kept.removeprefix(keyring.fingerprint_key_id))
