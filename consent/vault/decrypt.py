"""The one way to decrypt. Only the acts named in the import contract may import this module."""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from consent.vault.envelope import HEADER_BYTES, Where, data_key_id, token_binding
from consent.vault.keyring import Keyring
from consent.vault.wrapping import NONCE_BYTES, CannotDecrypt, WrappedKey, _unwrap

__all__ = ["CannotDecrypt", "decrypt"]


def decrypt(keyring: Keyring, wrapped_key: WrappedKey, where: Where, token: bytes) -> bytes:
    """Give what was encrypted at this place. The caller writes to custody who looked, and why.

    Raises: CannotDecrypt, and nothing else, whatever is wrong; it tells nothing about the content.
    """
    if data_key_id(token) != wrapped_key.id:
        raise CannotDecrypt
    data_key = _unwrap(keyring, wrapped_key)
    header, rest = token[:HEADER_BYTES], token[HEADER_BYTES:]
    try:
        return AESGCM(data_key).decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], token_binding(header, where))
    except InvalidTag:
        raise CannotDecrypt from None
