"""The keys under which people are found again: used for nothing else, so that they change without touching a PIN.

<key folder>/secrets/search/<id>.key   one line of hexadecimal digits; <key folder>/secrets/search/current names one

All of them find; only the current one is written with. They are read at each use, because a command may have added
one while the server runs.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from consent.vault.binding import bind
from consent.vault.key_files import hex_line, text_of
from consent.vault.keyring import KEY_BYTES
from consent.vault.keys import KeyFolder, KeysMissing, KeysUnsafe
from consent.vault.private_files import create_private, replace_private, sync_folder

CURRENT = "current"
SET = "search"
KEY_FILE = re.compile(r"([0-9a-f]{16})\.key")


@dataclass(frozen=True)
class SearchKeys:
    """The search keys at hand by their ids, and which of them is written with."""

    current_id: str
    keys: Mapping[str, bytes] = field(repr=False)


def fresh_search_keys() -> SearchKeys:
    """Give one new random search key that is stored nowhere."""
    key = secrets.token_bytes(KEY_BYTES)
    return SearchKeys(search_key_id(key), {search_key_id(key): key})


def with_new_search_key(keys: SearchKeys) -> SearchKeys:
    """Give the search keys with one more, which is written with from now on; the others go on finding."""
    fresh = fresh_search_keys()
    return SearchKeys(fresh.current_id, {**keys.keys, **fresh.keys})


def search_key_id(key: bytes) -> str:
    """Give the name of a search key: 16 hexadecimal digits that follow from it, so that a wrong one is noticed."""
    return hmac.digest(key, bind("patient-media-consent/search-key-id/1"), "sha256").hex()[:16]


class SearchKeyFolder:
    """The search keys of one installation, in its key folder."""

    def __init__(self, folder: KeyFolder) -> None:
        self._folder = folder
        self.path = folder.path / "secrets" / SET

    def make(self) -> None:
        """Afterwards there is a search key; of several that start at once, all get the same. Raises: KeysUnsafe."""
        self._folder.secret_set(SET, lambda: _files(fresh_search_keys()))

    def load(self) -> SearchKeys:
        """Give the keys as they are now. Raises: KeysMissing, KeysUnsafe."""
        files = sorted(self.path.glob("*.key"))
        found = {match[1]: _key(path) for path in files if (match := KEY_FILE.fullmatch(path.name))}
        current = _line(self.path / CURRENT)
        if current not in found:
            raise KeysMissing(f"The current search key {current!r} is missing from {self.path}.")
        return SearchKeys(current, found)

    def add(self) -> SearchKeys:
        """Afterwards a new key is written with; the old ones stay and find. Raises: KeysMissing, KeysUnsafe."""
        changed = with_new_search_key(self.load())
        key_id = changed.current_id
        try:
            create_private(self.path / f"{key_id}.key", hex_line(changed.keys[key_id]))
            # Last: a crash before it leaves a key that nothing uses, never a name without its key.
            replace_private(self.path / CURRENT, key_id.encode("ascii") + b"\n")
        except OSError as error:
            raise KeysUnsafe(f"The new key cannot be written in {self.path}: {error.strerror}.") from error
        return changed

    def retire(self, key_id: str) -> None:
        """Afterwards this search key is gone. Raises: KeysMissing if there is none; KeysUnsafe if it is current."""
        held = self.load()
        if key_id == held.current_id:
            raise KeysUnsafe(f"{key_id} is the current search key: it cannot be retired.")
        if key_id not in held.keys:
            raise KeysMissing(f"There is no search key {key_id} in {self.path}.")
        try:
            (self.path / f"{key_id}.key").unlink()
            sync_folder(self.path)
        except OSError as error:
            raise KeysUnsafe(f"{key_id} cannot be removed from {self.path}: {error.strerror}.") from error


def _files(keys: SearchKeys) -> dict[str, bytes]:
    files = {f"{key_id}.key": hex_line(key) for key_id, key in keys.keys.items()}
    return {**files, CURRENT: keys.current_id.encode("ascii") + b"\n"}


def _key(path: Path) -> bytes:
    try:
        key = bytes.fromhex(_line(path))
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES or search_key_id(key) != path.stem:
        raise KeysUnsafe(f"{path} is damaged: it should hold the search key that its name says.")
    return key


def _line(path: Path) -> str:
    try:
        return text_of(path)
    except KeysMissing as error:
        raise KeysMissing(f"{path} is missing: put the exported keys back.") from error
