"""Tokens, codes and passwords: made at random, kept only as hashes."""

from __future__ import annotations

import functools
import hashlib
import hmac
import secrets
import unicodedata

import argon2

from consent.vault.binding import bind
from consent.vault.fingerprints import normalised
from consent.vault.keyring import Keyring

# Argon2id with 19 MiB, two passes, one lane: the OWASP minimum, about 50 ms.
MEMORY_KIB, PASSES, LANES, HASH_BYTES, SALT_BYTES = 19 * 1024, 2, 1, 32, 16
_HASHER = argon2.PasswordHasher(
    time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES, hash_len=HASH_BYTES, salt_len=SALT_BYTES
)
LEAST_TOKEN_BITS = 128


def new_token(bits: int = LEAST_TOKEN_BITS) -> tuple[str, str]:
    """Give a random token for a link, and its hash, which alone is kept.

    Raises: ValueError below 128 bits or if the bits make no whole bytes.
    """
    if bits < LEAST_TOKEN_BITS or bits % 8:
        raise ValueError("A token needs at least 128 bits, in whole bytes.")
    text = secrets.token_urlsafe(bits // 8)
    return text, hash_token(text)


def hash_token(text: str) -> str:
    """Give the SHA-256 (64 hexadecimal digits) of a token. Never for a code or a password: it is fast."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def new_code(digits: int = 6) -> str:
    """Give a random code of 6 to 12 digits, leading zeros included.

    Raises: ValueError for fewer or more.
    """
    if not 6 <= digits <= 12:
        raise ValueError("A code has 6 to 12 digits.")
    return f"{secrets.randbelow(10**digits):0{digits}d}"


def check_code(keyring: Keyring, what: str, alphabet: str, length: int) -> str:
    """Give the code that is printed on what has this random ID, the same every time: nothing of it is kept.

    Without the key nobody can work one out, and a wrong one is as good as a random guess.
    """
    message = bind("patient-media-consent/check-code/1", what)
    number = int.from_bytes(hmac.digest(keyring.fingerprint_key, message, "sha512"), "big")
    return "".join(alphabet[number // len(alphabet) ** place % len(alphabet)] for place in range(length))


def is_check_code(keyring: Keyring, given: str, what: str | None, alphabet: str, length: int) -> bool:
    """Tell whether this is that code; case, spaces and hyphens make no difference. None is never it."""
    right = check_code(keyring, what or secrets.token_hex(16), alphabet, length)
    plain = "".join(sign for sign in unicodedata.normalize("NFKC", given).upper() if sign.isalnum())
    return hmac.compare_digest(plain.encode(), right.encode()) and what is not None


def hash_password(password: str) -> str:
    """Give the Argon2id hash, parameters and salt within (NIST SP 800-63B 5.1.1.2: NFKC first)."""
    return _HASHER.hash(password_bytes(password))


def verify_password(password: str, stored: str | None) -> bool:
    """Tell whether this is the password. None (no such account) takes as long and is never it.

    Raises: argon2.exceptions.InvalidHashError if what is stored is no hash.
    """
    return _verify(password_bytes(password), stored)


def needs_rehash(stored: str) -> bool:
    """Tell whether a hash was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(stored)


def hash_code(keyring: Keyring, code: str) -> str:
    """Give the slow hash of a short code or PIN.

    So few digits could be tried out in hours by whoever steals the database; a key that is not in it is
    mixed in first, so that he cannot even begin.
    """
    return f"{keyring.fingerprint_key_id}{_HASHER.hash(_keyed(keyring, 'code', code))}"


def verify_code(keyring: Keyring, code: str, stored: str | None) -> bool:
    """Tell whether this is the code; spaces, hyphens and the script of the digits make no difference.

    None takes as long and is never it; neither is a code hashed under a key that we no longer hold.
    """
    if stored is not None:
        key_id, _, argon = stored.partition("$")
        stored = f"${argon}" if key_id == keyring.fingerprint_key_id else None
    return _verify(_keyed(keyring, "code", code), stored)


def _keyed(keyring: Keyring, purpose: str, *parts: str) -> bytes:
    *context, code = parts
    message = bind("patient-media-consent/keyed-code/1", purpose, *context, normalised(code))
    return hmac.digest(keyring.fingerprint_key, message, "sha256")


def _verify(given: bytes, stored: str | None) -> bool:
    try:
        return _HASHER.verify(stored or _nobodys_hash(), given) and stored is not None
    except argon2.exceptions.VerifyMismatchError:
        return False


@functools.cache
def _nobodys_hash() -> str:
    return _HASHER.hash(secrets.token_bytes(32))


def password_bytes(password: str) -> bytes:
    """Give the bytes of a password, however its letters were composed (NIST SP 800-63B 5.1.1.2: NFKC)."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
