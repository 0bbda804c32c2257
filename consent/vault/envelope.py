"""Encrypting: AES-256-GCM under a data key, bound to the table, row and column where the result is kept.

    token = format (1 byte) | data key id (16) | nonce (12) | ciphertext and tag (n + 16)

Opening a token is `consent.vault.decrypt`, which few may import.
"""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from consent.vault.binding import bind
from consent.vault.keyring import Keyring
from consent.vault.wrapping import (
    ID_BYTES,
    NONCE_BYTES,
    CannotDecrypt,
    WrappedKey,
    _id_text,
    _unwrap,
    new_data_key,
    rewrap,
)

__all__ = ["CannotDecrypt", "Where", "WrappedKey", "data_key_id", "encrypt", "new_data_key", "rewrap"]

FORMAT = b"\x01"
HEADER_BYTES = len(FORMAT) + ID_BYTES
TAG_BYTES = 16


@dataclass(frozen=True)
class Where:
    """The place where a token is kept. Moved to any other place, it does not open."""

    table: str
    row: str
    column: str
    version: int = 1


def encrypt(keyring: Keyring, wrapped_key: WrappedKey, where: Where, plaintext: bytes) -> bytes:
    """Give the token that `decrypt` opens at this very place and with this data key only.

    A data key must not encrypt more than 2**32 tokens: nonces are random (NIST SP 800-38D, 8.3).
    Raises: CannotDecrypt if the data key cannot be unwrapped.
    """
    data_key = _unwrap(keyring, wrapped_key)
    header = FORMAT + _id_bytes(wrapped_key.id)
    nonce = secrets.token_bytes(NONCE_BYTES)
    return header + nonce + AESGCM(data_key).encrypt(nonce, plaintext, token_binding(header, where))


def data_key_id(token: bytes) -> str:
    """Give the id of the data key that a token needs.

    Raises: CannotDecrypt if it is no token.
    """
    if len(token) < HEADER_BYTES + NONCE_BYTES + TAG_BYTES or token[:1] != FORMAT:
        raise CannotDecrypt
    return _id_text(token[1:HEADER_BYTES])


def token_binding(header: bytes, where: Where) -> bytes:
    """Give the bytes that a token authenticates besides its content: what it says of itself, and where it is."""
    place = (where.table, where.row, where.column, str(where.version))
    return bind("patient-media-consent/token/1", header, *place)


def _id_bytes(key_id: str) -> bytes:
    return base64.b32decode(key_id.upper() + "=" * (-len(key_id) % 8))
