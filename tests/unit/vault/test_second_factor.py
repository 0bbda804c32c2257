"""One-time codes count once; recovery codes are found by one slow hash."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from consent.vault.keyring import Keyring, fresh_keyring
from consent.vault.second_factor import (
    check_totp,
    hash_recovery_code,
    new_recovery_codes,
    new_totp_secret,
    totp_address,
)

NOW = datetime(2026, 11, 22, 9, 30, 12, tzinfo=UTC)
STEP = int(NOW.timestamp()) // 30


@pytest.fixture
def secret() -> str:
    return new_totp_secret()


def code_at(secret: str, at: datetime) -> str:
    return pyotp.TOTP(secret).at(at)


@pytest.mark.parametrize(
    ("seconds", "code"), [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")]
)
def test_the_vectors_of_rfc_6238(seconds: int, code: str) -> None:
    secret = base64.b32encode(b"12345678901234567890").decode()
    at = datetime.fromtimestamp(seconds, UTC)
    assert check_totp(secret, code, at, None) == seconds // 30


def test_a_secret_has_160_bits(secret: str) -> None:
    assert len(base64.b32decode(secret)) == 20
    assert secret != new_totp_secret()


@pytest.mark.parametrize(("drift", "right"), [(-61, False), (-30, True), (0, True), (30, True), (61, False)])
def test_a_clock_half_a_minute_off_is_forgiven(secret: str, drift: int, right: bool) -> None:
    typed = code_at(secret, NOW + timedelta(seconds=drift))
    assert (check_totp(secret, typed, NOW, None) is not None) is right


def test_a_code_counts_once_and_older_ones_no_more(secret: str) -> None:
    typed = code_at(secret, NOW)
    step = check_totp(secret, f"{typed[:3]} {typed[3:]}", NOW, None)
    assert step == STEP
    assert check_totp(secret, typed, NOW, step) is None
    assert check_totp(secret, code_at(secret, NOW - timedelta(seconds=30)), NOW, step) is None
    later = NOW + timedelta(seconds=30)
    assert check_totp(secret, code_at(secret, later), later, step) == STEP + 1


@pytest.mark.parametrize("typed", ["", "12345", "abcdef", "1234567", "\ud800"])
def test_what_is_no_code_is_not_right(secret: str, typed: str) -> None:
    assert check_totp(secret, typed, NOW, None) is None


def test_an_instant_without_zone_is_refused(secret: str) -> None:
    with pytest.raises(ValueError, match="time zone"):
        check_totp(secret, "123456", NOW.replace(tzinfo=None), None)


def test_the_address_for_the_app(secret: str) -> None:
    address = totp_address(secret, "nurse@example.org", "Example Clinic")
    assert pyotp.parse_uri(address).now() == pyotp.TOTP(secret).now()


def test_recovery_codes_are_found_again_however_typed(keyring: Keyring) -> None:
    codes = new_recovery_codes()
    assert len(set(codes)) == 10
    assert all(len(code) == 14 and not set("01ILOU") & set(code) for code in codes)
    kept = hash_recovery_code(keyring, "account-1", codes[0])
    assert len(kept) == 64
    assert hash_recovery_code(keyring, "account-1", f" {codes[0].lower().replace('-', ' ')}") == kept
    assert hash_recovery_code(keyring, "account-1", codes[1]) != kept
    assert hash_recovery_code(keyring, "account-2", codes[0]) != kept
    assert hash_recovery_code(fresh_keyring(), "account-1", codes[0]) != kept
