"""The files of the key folder, each read as what it should be."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from consent.vault.keyring import KEY_BYTES, public_key_id
from consent.vault.private_files import NotPrivate, read_private
from consent.vault.trouble import KeysMissing, KeysUnsafe


def check_apart(key_dir: Path, instance_dir: Path) -> None:
    """Make sure that a backup of the one folder never contains the other; links are followed.

    Raises: KeysUnsafe if one lies in the other or they are the same.
    """
    keys, instance = key_dir.resolve(), instance_dir.resolve()
    if _holds(instance, keys):
        raise KeysUnsafe(f"The key folder {keys} lies inside the instance folder {instance}; keep them apart.")
    if _holds(keys, instance):
        raise KeysUnsafe(f"The instance folder {instance} lies inside the key folder {keys}; keep them apart.")


def content_of(path: Path) -> bytes:
    """Give what a private file holds. Raises: KeysMissing, KeysUnsafe."""
    try:
        return read_private(path)
    except FileNotFoundError as error:
        raise KeysMissing(f"{path} is missing.") from error
    except NotPrivate as error:
        raise KeysUnsafe(str(error)) from error
    except OSError as error:
        raise KeysUnsafe(f"{path} cannot be read: {reason(error)}.") from error


def text_of(path: Path) -> str:
    """Give the one line that a private file holds. Raises: KeysMissing, KeysUnsafe."""
    return content_of(path).decode("ascii", "replace").strip()


def symmetric_key(path: Path) -> bytes:
    """Give the key of 32 bytes that a file holds in hex. Raises: KeysMissing, KeysUnsafe."""
    try:
        key = bytes.fromhex(text_of(path))
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise KeysUnsafe(f"{path} is damaged: it should hold {KEY_BYTES * 2} hexadecimal digits.")
    return key


def custody_key(path: Path, key_id: str) -> Ed25519PrivateKey:
    """Give the key that signs the trail's head. Raises: KeysMissing, KeysUnsafe."""
    try:
        key = load_pem_private_key(content_of(path), password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey) or public_key_id(key.public_key()) != key_id:
        # Not chained: the library's words may quote what it could not read.
        raise KeysUnsafe(f"{path} is damaged: it should hold the Ed25519 key that its name says.") from None
    return key


def hex_line(key: bytes) -> bytes:
    """Give a key as the line that its file holds."""
    return key.hex().encode("ascii") + b"\n"


def reason(error: OSError) -> str:
    """Give why the disk did not do it, in its own few words."""
    return error.strerror or type(error).__name__


def _holds(outer: Path, inner: Path) -> bool:
    for folder in (inner, *inner.parents):
        # samefile sees what names hide: a second mount of the same folder, or a disk that ignores case.
        if folder == outer or (folder.exists() and outer.exists() and folder.samefile(outer)):
            return True
    return False
