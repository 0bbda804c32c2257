"""Where backups are put: a folder, or a bucket of S3-compatible storage. They only ever receive ciphertext."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from consent.vault.private_files import FOLDER_MODE, create_private

NAME = re.compile(r"[a-z0-9][a-z0-9_.-]*(/[a-z0-9][a-z0-9_.-]*){0,4}")


class ShelfTrouble(Exception):
    """A backup cannot be written or read; one plain line."""


class Shelf(Protocol):
    """A place for files under names such as `20261122t070000z/tables/custody.0`; nothing on it is ever changed."""

    def put(self, name: str, content: bytes) -> None:
        """Keep a new file, whole or not at all. Raises: ShelfTrouble, also if there is one of this name."""

    def get(self, name: str) -> bytes:
        """Give a file. Raises: ShelfTrouble."""

    def names(self, ending: str) -> Iterator[str]:
        """Give the names of all files that end so, in alphabetical order. Raises: ShelfTrouble."""


class FolderShelf:
    """A folder: its files 0600, its folders 0700."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def put(self, name: str, content: bytes) -> None:
        """Keep a new file; it is on the disk afterwards. Raises: ShelfTrouble."""
        path = self._file(name)
        try:
            path.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
            create_private(path, content)
        except OSError as error:
            raise ShelfTrouble(f"{path} cannot be written: {error.strerror}.") from error

    def get(self, name: str) -> bytes:
        """Give a file. Raises: ShelfTrouble."""
        path = self._file(name)
        try:
            return path.read_bytes()
        except OSError as error:
            raise ShelfTrouble(f"{path} cannot be read: {error.strerror}.") from error

    def names(self, ending: str) -> Iterator[str]:
        """Give the names of all files that end so."""
        found = (path.relative_to(self.path).as_posix() for path in self.path.rglob(f"*{ending}"))
        yield from sorted(name for name in found if NAME.fullmatch(name))

    def _file(self, name: str) -> Path:
        if not NAME.fullmatch(name):
            raise ShelfTrouble("The backup names a file that belongs in none.")
        return self.path / name
