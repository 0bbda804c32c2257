"""The second factor: one-time codes from a phone (RFC 6238), and recovery codes for when it is lost."""

from __future__ import annotations

import base64
import hmac
import secrets
from datetime import datetime

import pyotp
from argon2.low_level import Type, hash_secret_raw

from consent.vault.fingerprints import normalised
from consent.vault.keyring import Keyring
from consent.vault.secrets import HASH_BYTES, LANES, MEMORY_KIB, PASSES, SALT_BYTES, _keyed

STEP_SECONDS = 30
TOTP_DIGITS = 6
TOTP_SECRET_BYTES = 20
RECOVERY_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
RECOVERY_SIGNS = 12


def new_totp_secret() -> str:
    """Give a random TOTP secret: 160 bits as base32 (RFC 4226 4, R6)."""
    return base64.b32encode(secrets.token_bytes(TOTP_SECRET_BYTES)).decode("ascii")


def totp_address(secret: str, account: str, issuer: str) -> str:
    """Give the otpauth address that an authenticator app reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=issuer)


def check_totp(secret: str, code: str, at: datetime, last_step: int | None) -> int | None:
    """Give the time step that this code belongs to, or None if it is not right at this instant.

    One step (30 seconds) of a wrong clock either way is forgiven. Store the step as the next `last_step`
    under the same lock: a code, and any older one, counts once (RFC 6238 5.2).
    Raises: ValueError if the instant has no time zone.
    """
    if at.tzinfo is None:
        raise ValueError("The instant needs a time zone.")
    given = normalised(code).encode("utf-8", "surrogatepass")
    now = int(at.timestamp()) // STEP_SECONDS
    generator = pyotp.HOTP(secret, digits=TOTP_DIGITS)
    for step in (now - 1, now, now + 1):
        unused = last_step is None or step > last_step
        if unused and hmac.compare_digest(generator.at(step).encode("ascii"), given):
            return step
    return None


def new_recovery_codes(count: int = 10) -> tuple[str, ...]:
    """Give different random recovery codes like `7K3Q-9XTF-VM2B` (58 bits), shown once and kept as hashes."""
    codes: set[str] = set()
    while len(codes) < count:
        signs = "".join(secrets.choice(RECOVERY_ALPHABET) for _ in range(RECOVERY_SIGNS))
        codes.add("-".join(signs[start : start + 4] for start in range(0, RECOVERY_SIGNS, 4)))
    return tuple(codes)


def hash_recovery_code(keyring: Keyring, owner: str, code: str) -> str:
    """Give the slow, salted hash (64 hexadecimal digits) of one account's recovery code.

    The salt is the account's own, so that one slow hash finds the code among all of the account's
    (NIST SP 800-63B 5.1.2.2: salted and slow below 112 bits). Case, spaces and hyphens make no difference.
    """
    salt = _keyed(keyring, "recovery-salt", owner)[:SALT_BYTES]
    given = _keyed(keyring, "recovery-code", owner, code)
    return hash_secret_raw(given, salt, PASSES, MEMORY_KIB, LANES, HASH_BYTES, Type.ID).hex()
