"""Where large encrypted things are kept: sealed documents, pictures. It only ever receives ciphertext."""

from __future__ import annotations

import contextlib
import errno
import re
import secrets
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Protocol

from consent.vault.private_files import FOLDER_MODE, create_private, sync_folder

KEY = re.compile(r"[0-9a-f]{32}")
FULL = (errno.ENOSPC, errno.EDQUOT)


class BlobMissing(Exception):
    """There is no blob under this key."""


class CannotStore(Exception):
    """No key was given for the blob; at most an orphan is left. `full` tells whether the disk had no room."""

    def __init__(self, full: bool) -> None:
        super().__init__("The disk is full." if full else "The blob could not be stored.")
        self.full = full


class BlobStore(Protocol):
    """A folder, or a bucket: blobs under random keys, never changed."""

    def put(self, ciphertext: bytes) -> str:
        """Give the new key under which the bytes are now kept for good. Raises: CannotStore."""

    def put_back(self, key: str, ciphertext: bytes) -> None:
        """Keep the bytes under the key that they had, from a backup; what is there already stays.

        Raises: CannotStore; BlobMissing (no key).
        """

    def get(self, key: str) -> bytes:
        """Give the bytes. Raises: BlobMissing."""

    def has(self, key: str) -> bool:
        """Tell whether there is something under this key."""

    def delete(self, key: str) -> None:
        """Afterwards there is nothing under this key, whether or not there was."""

    def keys(self, older_than: datetime) -> Iterator[str]:
        """Give the keys of what was stored before this instant, for upkeep to find orphans."""

    def sweep_unfinished(self, older_than: datetime) -> int:
        """Remove what a crash left half-written before this instant; give how many."""


class FolderBlobStore:
    """Blobs as files: `ab/cd/abcd...`, mode 0600, folders 0700."""

    def __init__(self, path: Path) -> None:
        self.path = path
        # Half-written files lie apart, so that a listing never meets one.
        self._scratch = path / "unfinished"

    def put(self, ciphertext: bytes) -> str:
        """Give the new key under which the bytes are on disk, synced with their folders. Raises: CannotStore."""
        key = secrets.token_hex(16)
        try:
            self._create(key, ciphertext)
        except FileExistsError as error:
            raise CannotStore(full=False) from error
        return key

    def put_back(self, key: str, ciphertext: bytes) -> None:
        """Keep the bytes under the key that they had; what is there already stays. Raises: CannotStore, BlobMissing."""
        with contextlib.suppress(FileExistsError):
            self._create(key, ciphertext)

    def _create(self, key: str, ciphertext: bytes) -> None:
        path = self._file(key)
        try:
            self._make_folder(self._scratch)
            self._make_folder(path.parent)
            create_private(path, ciphertext, scratch=self._scratch)
        except FileExistsError:
            raise
        except OSError as error:
            raise CannotStore(full=error.errno in FULL) from error

    def get(self, key: str) -> bytes:
        """Give the bytes. Raises: BlobMissing."""
        try:
            return self._file(key).read_bytes()
        except FileNotFoundError:
            raise BlobMissing from None

    def has(self, key: str) -> bool:
        """Tell whether there is something under this key."""
        return KEY.fullmatch(key) is not None and self._file(key).exists()

    def delete(self, key: str) -> None:
        """Afterwards there is nothing under this key, whether or not there was. Raises: BlobMissing (no key)."""
        path = self._file(key)
        try:
            path.unlink()
        except FileNotFoundError:
            return
        sync_folder(path.parent)

    def keys(self, older_than: datetime) -> Iterator[str]:
        """Give the keys of what was stored before this instant."""
        for path in self.path.glob("??/??/*"):
            if KEY.fullmatch(path.name) and _older(path, older_than):
                yield path.name

    def sweep_unfinished(self, older_than: datetime) -> int:
        """Remove what a crash left half-written before this instant; give how many."""
        left = [path for path in self._scratch.glob(".unfinished-*") if _older(path, older_than)]
        for path in left:
            path.unlink(missing_ok=True)
        return len(left)

    def _file(self, key: str) -> Path:
        # What is no key of ours has no file: nothing typed ever becomes part of a path.
        if not KEY.fullmatch(key):
            raise BlobMissing
        return self.path / key[:2] / key[2:4] / key

    def _make_folder(self, path: Path) -> None:
        if path.is_dir():
            return
        if path == self.path:
            path.parent.mkdir(parents=True, exist_ok=True)
        else:
            self._make_folder(path.parent)
        path.mkdir(mode=FOLDER_MODE, exist_ok=True)
        sync_folder(path.parent)


def _older(path: Path, instant: datetime) -> bool:
    try:
        return path.stat().st_mtime < instant.timestamp()
    except FileNotFoundError:
        return False
