"""The key folder as one file under a passphrase, to be kept apart from every backup; and back again.

    file = magic | salt (16 bytes) | nonce (12) | AES-256-GCM of a JSON object: path -> content in base64

The key comes from the passphrase by Argon2id with 256 MiB (RFC 9106), once: this file lies about for years.
"""

from __future__ import annotations

import base64
import json
import secrets
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from consent.vault.binding import bind
from consent.vault.keyring import KEY_BYTES
from consent.vault.keys import SECRET_NAME, KeyFolder, KeysUnsafe
from consent.vault.private_files import FOLDER_MODE, create_private, read_private, sync_folder
from consent.vault.secrets import password_bytes

MAGIC = b"patient-media-consent keys 1\n"
SALT_BYTES, NONCE_BYTES = 16, 12
MEMORY_KIB, PASSES, LANES = 256 * 1024, 3, 4
LEAST_PASSPHRASE = 15
PARTS = ("secrets", "keyring")  # In this order: a folder that has its keyring is a whole one.


class BadExport(Exception):
    """The file is no export, is damaged, or the passphrase is not the one; it does not say which of these."""

    def __init__(self) -> None:
        super().__init__("This is no export of keys, or the passphrase is not the one that it was made with.")


def export_keys(folder: KeyFolder, passphrase: str) -> bytes:
    """Give all the keys of a folder, encrypted under the passphrase.

    Raises: KeysMissing, KeysUnsafe; ValueError for a passphrase of fewer than 15 characters.
    """
    if len(passphrase) < LEAST_PASSPHRASE:
        raise ValueError(f"A passphrase has at least {LEAST_PASSPHRASE} characters.")
    folder.load()
    files = {}
    for path in sorted(folder.path.rglob("*")):
        name = path.relative_to(folder.path)
        # What begins with a dot is half made, or was left by a crash while it was.
        if path.is_file() and not any(part.startswith(".") for part in name.parts):
            files[name.as_posix()] = base64.b64encode(read_private(path)).decode("ascii")
    salt, nonce = secrets.token_bytes(SALT_BYTES), secrets.token_bytes(NONCE_BYTES)
    head = MAGIC + salt
    return head + nonce + AESGCM(_key(passphrase, salt)).encrypt(nonce, json.dumps(files).encode(), _bound(head))


def import_keys(folder: KeyFolder, export: bytes, passphrase: str) -> None:
    """Afterwards the folder holds the exported keys. Only where there are none yet: nothing is overwritten.

    Raises: BadExport; KeysUnsafe if there are keys already or the folder cannot be written.
    """
    files = _opened(export, passphrase)
    try:
        if any((folder.path / part).exists() for part in PARTS):
            raise KeysUnsafe(f"There are keys in {folder.path} already; they are not overwritten.")
        folder.path.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        for part in PARTS:
            _put(folder.path, part, {name: content for name, content in files.items() if name.split("/")[0] == part})
    except OSError as error:
        raise KeysUnsafe(f"Keys cannot be written in {folder.path}: {error.strerror}.") from error
    folder.load()


def _opened(export: bytes, passphrase: str) -> Mapping[str, bytes]:
    head, rest = export[: len(MAGIC) + SALT_BYTES], export[len(MAGIC) + SALT_BYTES :]
    if not head.startswith(MAGIC) or len(rest) <= NONCE_BYTES:
        raise BadExport
    try:
        cipher = AESGCM(_key(passphrase, head[len(MAGIC) :]))
        found = json.loads(cipher.decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], _bound(head)))
        files = {str(name): base64.b64decode(content) for name, content in found.items()}
    except (InvalidTag, ValueError):
        raise BadExport from None
    if not all(_belongs(name) for name in files):
        raise BadExport
    return files


def _belongs(name: str) -> bool:
    part, *rest = name.split("/")
    return part in PARTS and 1 <= len(rest) <= 2 and all(SECRET_NAME.fullmatch(each) for each in rest)


def _put(folder: Path, part: str, files: Mapping[str, bytes]) -> None:
    staging = Path(tempfile.mkdtemp(prefix=".making-", dir=folder))
    try:
        for name, content in files.items():
            target = staging / Path(name).relative_to(part)
            target.parent.mkdir(mode=FOLDER_MODE, exist_ok=True)
            create_private(target, content)
        staging.rename(folder / part)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    sync_folder(folder)


def _key(passphrase: str, salt: bytes) -> bytes:
    return hash_secret_raw(password_bytes(passphrase), salt, PASSES, MEMORY_KIB, LANES, KEY_BYTES, Type.ID)


def _bound(head: bytes) -> bytes:
    return bind("patient-media-consent/key-export/1", head)
