"""The chain holds commitments instead of words; its head is signed by a key that the database does not have."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from cryptography.hazmat.primitives.asymmetric import x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from consent.vault.commitments import Signature, commit, commits_to, sign_head, verify_head
from consent.vault.keyring import Keyring, fresh_keyring

SALT = bytes(range(32))
NOW = datetime(2026, 11, 22, 9, 30, 12, 345678, tzinfo=UTC)
HASH = "ab" * 32


@given(st.text(), st.text())
def test_a_commitment_fits_its_text_alone(text: str, other: str) -> None:
    assert commits_to(commit(SALT, text), SALT, text)
    assert commits_to(commit(SALT, text), SALT, other) is (text == other)


def test_another_salt_makes_another_commitment() -> None:
    assert commit(SALT, "Quarrel over the wording") != commit(bytes(32), "Quarrel over the wording")
    assert len(commit(SALT, "x")) == 64
    assert not commits_to("ﬀ", SALT, "x")
    for salt in (b"", bytes(31), bytes(33)):
        with pytest.raises(ValueError, match="32 bytes"):
            commit(salt, "x")


def test_rule_29_a_signed_head_is_verified_with_the_public_key_alone(keyring: Keyring) -> None:
    signature = sign_head(keyring, 42, HASH, NOW)
    assert signature.key_id == keyring.custody_key_id
    assert verify_head(keyring.custody_public_key, 42, HASH, NOW, signature)
    elsewhere = NOW.astimezone(timezone(timedelta(hours=-5)))
    assert verify_head(keyring.custody_public_key, 42, HASH, elsewhere, signature)


def test_rule_29_any_change_to_a_head_is_seen(keyring: Keyring) -> None:
    signature = sign_head(keyring, 42, HASH, NOW)
    public = keyring.custody_public_key
    assert not verify_head(public, 41, HASH, NOW, signature)
    assert not verify_head(public, 42, HASH.replace("a", "c", 1), NOW, signature)
    assert not verify_head(public, 42, HASH, NOW + timedelta(microseconds=1), signature)
    assert not verify_head(public, 42, HASH, NOW, replace(signature, key_id="0" * 16))
    assert not verify_head(fresh_keyring().custody_public_key, 42, HASH, NOW, signature)
    for bit in range(len(signature.value) * 8):
        value = bytearray(signature.value)
        value[bit // 8] ^= 1 << bit % 8
        assert not verify_head(public, 42, HASH, NOW, Signature(signature.key_id, bytes(value)))
    assert not verify_head(public, 42, HASH, NOW, Signature(signature.key_id, b""))


def test_a_head_needs_a_zone_and_the_right_kind_of_key(keyring: Keyring) -> None:
    with pytest.raises(ValueError, match="time zone"):
        sign_head(keyring, 1, HASH, NOW.replace(tzinfo=None))
    other = x25519.X25519PrivateKey.generate().public_key()
    pem = other.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    with pytest.raises(ValueError, match="Ed25519"):
        verify_head(pem, 1, HASH, NOW, sign_head(keyring, 1, HASH, NOW))
