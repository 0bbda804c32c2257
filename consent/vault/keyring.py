"""All keys of one installation, loaded: a frozen value that is handed around and never printed."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from consent.vault.binding import bind
from consent.vault.hardware import HardwareKey

KEY_BYTES = 32
Kek = bytes | HardwareKey
"""A key-encryption key: its 32 bytes, or the handle of one that stays in the hardware module."""


class GrowingKeys(Mapping[str, Kek]):
    """Key-encryption keys by id. One that is not known yet is looked for: another process may have added it."""

    def __init__(
        self, known: Mapping[str, Kek], find: Callable[[str], Kek | None], is_kept: Callable[[str], bool]
    ) -> None:
        self._known = dict(known)
        self._find = find
        self.is_kept = is_kept
        """Whether a key is still in the folder: another process may have retired one that is known here."""

    def __getitem__(self, key_id: str) -> Kek:
        if key_id not in self._known:
            found = self._find(key_id)
            if found is None:
                raise KeyError(key_id)
            self._known[key_id] = found
        return self._known[key_id]

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(self._known))

    def __len__(self) -> int:
        return len(self._known)


@dataclass(frozen=True)
class Keyring:
    """Every key has an id that is stored beside what it protects, so that keys can be changed one by one.

    `key_encryption_keys` wrap the data keys; only `current_kek_id` wraps new ones, the others still open old ones.
    """

    current_kek_id: str
    fingerprint_key_id: str
    custody_key_id: str
    key_encryption_keys: Mapping[str, Kek] = field(repr=False)
    fingerprint_key: bytes = field(repr=False)
    custody_key: Ed25519PrivateKey = field(repr=False)
    session_secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not isinstance(self.key_encryption_keys, GrowingKeys):
            object.__setattr__(self, "key_encryption_keys", MappingProxyType(dict(self.key_encryption_keys)))

    def holds(self, kek_id: str) -> bool:
        """Say whether this key-encryption key is still kept: what is wrapped by one that is not, is lost at the end."""
        keys = self.key_encryption_keys
        return keys.is_kept(kek_id) if isinstance(keys, GrowingKeys) else kek_id in keys

    @property
    def hardware_keys(self) -> frozenset[str]:
        """The ids of the key-encryption keys that are in a hardware module: no export holds them."""
        return frozenset(key_id for key_id, each in self.key_encryption_keys.items() if isinstance(each, HardwareKey))

    @property
    def custody_public_key(self) -> str:
        """The public half of the custody key as PEM, for whoever checks the trail without us."""
        public = self.custody_key.public_key()
        return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")

    @cached_property
    def witness_key(self) -> bytes:
        """What the witness beside each entry is made with: it follows from the custody key, and tells nothing of it."""
        return hmac.digest(self.custody_key.private_bytes_raw(), bind("patient-media-consent/witness-key/1"), "sha256")


def fresh_keyring() -> Keyring:
    """Give a keyring of new random keys that is stored nowhere."""
    kek_id = new_key_id()
    custody = Ed25519PrivateKey.generate()
    return Keyring(
        current_kek_id=kek_id,
        fingerprint_key_id=new_key_id(),
        custody_key_id=public_key_id(custody.public_key()),
        key_encryption_keys={kek_id: secrets.token_bytes(KEY_BYTES)},
        fingerprint_key=secrets.token_bytes(KEY_BYTES),
        custody_key=custody,
        session_secret=secrets.token_bytes(KEY_BYTES),
    )


def with_new_current_key(keyring: Keyring) -> Keyring:
    """Give the keyring with one more key-encryption key, which wraps from now on."""
    kek_id = new_key_id()
    keys = {**keyring.key_encryption_keys, kek_id: secrets.token_bytes(KEY_BYTES)}
    return replace(keyring, current_kek_id=kek_id, key_encryption_keys=keys)


def new_key_id() -> str:
    """Give a random name for a key: 16 hexadecimal digits that say nothing about it."""
    return secrets.token_hex(8)


def public_key_id(key: Ed25519PublicKey) -> str:
    """Give the name of a custody key: anybody who has the public key can work it out and compare."""
    return hashlib.sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:16]
