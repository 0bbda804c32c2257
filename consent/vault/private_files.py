"""Files that nobody but their owner may read, written whole or not at all."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

FILE_MODE = 0o600
FOLDER_MODE = 0o700
OTHERS = 0o077


class NotPrivate(Exception):
    """A file or folder may be read or changed by others, or is not what it should be. One plain line."""


def create_private(path: Path, content: bytes, scratch: Path | None = None) -> None:
    """Afterwards `path` holds `content` on disk, mode 0600; a file that was there already is left as it was.

    The bytes are written and synced in `scratch` (on the same file system; by default the same folder) and
    appear under their name at once, so that no reader ever sees half a file.

    Raises: FileExistsError if there is one already; OSError if it cannot be written.
    """
    temporary = _written(scratch or path.parent, content)
    try:
        # A link, not a rename: it fails where a rename would silently replace.
        os.link(temporary, path)
    finally:
        temporary.unlink()
    sync_folder(path.parent)


def replace_private(path: Path, content: bytes) -> None:
    """Afterwards `path` holds `content`, mode 0600, in place of whatever it held; at no moment is it half."""
    temporary = _written(path.parent, content)
    try:
        temporary.replace(path)
    except OSError:
        temporary.unlink()
        raise
    sync_folder(path.parent)


def read_private(path: Path) -> bytes:
    """Give what a file holds, having made sure that only its owner may read it.

    Raises: FileNotFoundError; NotPrivate if others may read it, if it is a link or no plain file, or belongs
    to somebody else; OSError if it cannot be read.
    """
    # Checked on the open file, so that it cannot be exchanged between the check and the reading.
    # O_NONBLOCK so that a pipe put in its place cannot make us wait.
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if path.is_symlink():
            raise NotPrivate(f"{path} is a symbolic link; put the file itself there.") from error
        raise
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise NotPrivate(f"{path} is not a plain file.")
        _check_owner_alone(path, found, FILE_MODE)
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read()
    finally:
        os.close(descriptor)


def check_private_folder(path: Path) -> None:
    """Raises: NotPrivate if others may enter the folder or it belongs to somebody else; FileNotFoundError."""
    found = path.stat()
    if not stat.S_ISDIR(found.st_mode):
        raise NotPrivate(f"{path} is not a folder.")
    _check_owner_alone(path, found, FOLDER_MODE)


def sync_folder(path: Path) -> None:
    """Afterwards the names in this folder survive a power cut, as far as the disk keeps its word."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _check_owner_alone(path: Path, found: os.stat_result, wanted: int) -> None:
    if found.st_uid not in (os.geteuid(), 0):
        raise NotPrivate(f"{path} belongs to another user (number {found.st_uid}).")
    mode = stat.S_IMODE(found.st_mode)
    if mode & OTHERS:
        raise NotPrivate(f"{path} is open to others (mode {mode:04o}); run: chmod {wanted:04o} {path}")


def _written(folder: Path, content: bytes) -> Path:
    """Write a synced file under a name of no meaning; gone again if writing failed."""
    temporary = folder / f".unfinished-{secrets.token_hex(8)}"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        temporary.unlink()
        raise
    return temporary
