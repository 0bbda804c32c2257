"""Data keys, wrapped by a key-encryption key that the database does not hold.

Nothing outside this package imports this module: `_unwrap` hands out a data key in the clear.
"""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from consent.vault.binding import bind
from consent.vault.hardware import HardwareKey, NotOpened
from consent.vault.keyring import KEY_BYTES, Kek, Keyring

ID_BYTES = 16
NONCE_BYTES = 12
SALT_BYTES = 32


class CannotDecrypt(Exception):
    """What was to be opened is damaged, was moved or exchanged, or its key is not ours. It says no more."""

    def __init__(self) -> None:
        super().__init__("This cannot be decrypted.")


@dataclass(frozen=True)
class WrappedKey:
    """One row of the table from which destruction deletes. Without it, what it encrypted is gone for good.

    `id` is 26 lower-case base32 characters; `salt` (32 bytes) hides what this key's commitments commit to.
    """

    id: str
    kek_id: str
    wrapped: bytes = field(repr=False)
    salt: bytes = field(repr=False)


def new_data_key(keyring: Keyring) -> WrappedKey:
    """Give a fresh random data key, wrapped by the current key-encryption key, with a fresh salt."""
    key_id = _id_text(secrets.token_bytes(ID_BYTES))
    return _wrap(keyring, key_id, secrets.token_bytes(SALT_BYTES), secrets.token_bytes(KEY_BYTES))


def rewrap(keyring: Keyring, wrapped_key: WrappedKey) -> WrappedKey:
    """Give the same data key wrapped by the current key-encryption key; what it encrypted stays as it is.

    Raises: CannotDecrypt.
    """
    return _wrap(keyring, wrapped_key.id, wrapped_key.salt, _unwrap(keyring, wrapped_key))


def _wrap(keyring: Keyring, key_id: str, salt: bytes, data_key: bytes) -> WrappedKey:
    kek_id = keyring.current_kek_id
    nonce = secrets.token_bytes(NONCE_BYTES)
    cipher = _cipher(keyring.key_encryption_keys[kek_id])
    wrapped = nonce + cipher.encrypt(nonce, data_key, _wrap_binding(key_id, kek_id, salt))
    return WrappedKey(key_id, kek_id, wrapped, salt)


def _unwrap(keyring: Keyring, wrapped_key: WrappedKey) -> bytes:
    kek = keyring.key_encryption_keys.get(wrapped_key.kek_id)
    if kek is None or len(wrapped_key.wrapped) <= NONCE_BYTES:
        raise CannotDecrypt
    nonce, ciphertext = wrapped_key.wrapped[:NONCE_BYTES], wrapped_key.wrapped[NONCE_BYTES:]
    binding = _wrap_binding(wrapped_key.id, wrapped_key.kek_id, wrapped_key.salt)
    try:
        return _cipher(kek).decrypt(nonce, ciphertext, binding)
    except (InvalidTag, NotOpened):
        raise CannotDecrypt from None


def _cipher(kek: Kek) -> AESGCM | HardwareKey:
    """Give what encrypts by this key, here or in the hardware module: the same cipher, bound in the same way."""
    return kek if isinstance(kek, HardwareKey) else AESGCM(kek)


def _wrap_binding(key_id: str, kek_id: str, salt: bytes) -> bytes:
    return bind("patient-media-consent/wrapped-key/1", key_id, kek_id, salt)


def _id_text(raw: bytes) -> str:
    return base64.b32encode(raw).decode("ascii").rstrip("=").lower()
