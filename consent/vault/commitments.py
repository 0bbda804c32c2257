"""What the custody chain holds instead of words, and the signature over its head."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from consent.vault.binding import bind
from consent.vault.keyring import Keyring, public_key_id
from consent.vault.wrapping import SALT_BYTES


@dataclass(frozen=True)
class Signature:
    """An Ed25519 signature (64 bytes) and the id of the custody key that made it."""

    key_id: str
    value: bytes


def commit(salt: bytes, text: str) -> str:
    """Give 64 hexadecimal digits that fix the text without telling it, once the salt is destroyed.

    While the salt exists, whoever has it can try texts; it is kept beside the wrapped data key, and goes with it.
    The same salt and text give the same commitment.
    Raises: ValueError if the salt is not 32 bytes.
    """
    if len(salt) != SALT_BYTES:
        raise ValueError("A commitment needs a salt of 32 bytes.")
    return hmac.digest(salt, bind("patient-media-consent/commitment/1", text), "sha256").hex()


def commits_to(commitment: str, salt: bytes, text: str) -> bool:
    """Tell whether this commitment was made of this text."""
    return hmac.compare_digest(commitment.encode("utf-8"), commit(salt, text).encode("ascii"))


def sign_head(keyring: Keyring, number: int, hash_hex: str, at: datetime) -> Signature:
    """Sign that at this instant (UTC, to the microsecond) the chain ended with this entry number and hash.

    Raises: ValueError if the instant has no time zone.
    """
    return Signature(keyring.custody_key_id, keyring.custody_key.sign(_head(number, hash_hex, at)))


def verify_head(public_key: str, number: int, hash_hex: str, at: datetime, signature: Signature) -> bool:
    """Tell whether the key (PEM, as `Keyring.custody_public_key` gives it) signed this head.

    Raises: ValueError if the PEM holds no Ed25519 public key, or the instant has no time zone.
    """
    return _verified(public_key, _head(number, hash_hex, at), signature)


def witness(keyring: Keyring, entry: bytes) -> str:
    """Give 64 hexadecimal digits that nobody without the custody key can give for these bytes.

    A chain of hashes alone can be gone on with by anybody who can write to the database.
    """
    return hmac.digest(keyring.witness_key, bind("patient-media-consent/entry/1", entry), "sha256").hex()


def is_witnessed(keyring: Keyring, entry: bytes, given: str) -> bool:
    """Tell whether this is the witness of these bytes."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), witness(keyring, entry).encode("ascii"))


def key_fingerprint(keyring: Keyring) -> str:
    """Give SHA-256 (64 hexadecimal digits) of the custody key's public half; its id is the first 16 of them."""
    raw = keyring.custody_key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return hashlib.sha256(raw).hexdigest()


def _verified(public_key: str, message: bytes, signature: Signature) -> bool:
    key = load_pem_public_key(public_key.encode("ascii"))
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("This is not an Ed25519 public key.")
    if signature.key_id != public_key_id(key):
        return False
    try:
        key.verify(signature.value, message)
    except InvalidSignature:
        return False
    return True


def sign_manifest(keyring: Keyring, manifest: bytes) -> Signature:
    """Sign the list of what a backup or an export holds."""
    return Signature(keyring.custody_key_id, keyring.custody_key.sign(_manifest(manifest)))


def verify_manifest(public_key: str, manifest: bytes, signature: Signature) -> bool:
    """Tell whether the custody key (PEM) signed this manifest. Raises: ValueError if the PEM holds no Ed25519 key."""
    return _verified(public_key, _manifest(manifest), signature)


def _manifest(manifest: bytes) -> bytes:
    return bind("patient-media-consent/manifest/1", manifest)


def _head(number: int, hash_hex: str, at: datetime) -> bytes:
    if at.tzinfo is None:
        raise ValueError("The instant of a custody head needs a time zone.")
    instant = at.astimezone(UTC).isoformat(timespec="microseconds")
    return bind("patient-media-consent/custody-head/1", str(number), hash_hex.lower(), instant)
