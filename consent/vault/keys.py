"""The key folder: where the keys live, apart from the data that they protect.

<key folder>/keyring/   made whole at first start: key-encryption keys, fingerprint, custody, session
<key folder>/secrets/   what the caller keeps here: sets of files that belong together, such as the seal's
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from consent.vault.keyring import (
    KEY_BYTES,
    GrowingKeys,
    Keyring,
    fresh_keyring,
    public_key_id,
    with_new_current_key,
)
from consent.vault.private_files import (
    FOLDER_MODE,
    NotPrivate,
    check_private_folder,
    create_private,
    read_private,
    replace_private,
    sync_folder,
)

__all__ = ["KeyFolder", "KeyTrouble", "Keyring", "KeysMissing", "KeysUnsafe", "check_apart"]

CURRENT = "current-kek"
KEY_ID = re.compile(r"[0-9a-f]{16}")
SECRET_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,79}")


class KeyTrouble(Exception):
    """The keys cannot be used; the message is one plain line for the administrator."""


class KeysMissing(KeyTrouble):
    """A key that should be there is not. Nothing is made in its place: what it protects would be lost."""


class KeysUnsafe(KeyTrouble):
    """A key is where, or as, others could get at it, or it cannot be read, written or understood."""


def check_apart(key_dir: Path, instance_dir: Path) -> None:
    """Make sure that a backup of the one folder never contains the other; links are followed.

    Raises: KeysUnsafe if one lies in the other or they are the same.
    """
    keys, instance = key_dir.resolve(), instance_dir.resolve()
    if _holds(instance, keys):
        raise KeysUnsafe(f"The key folder {keys} lies inside the instance folder {instance}; keep them apart.")
    if _holds(keys, instance):
        raise KeysUnsafe(f"The instance folder {instance} lies inside the key folder {keys}; keep them apart.")


class KeyFolder:
    """One folder with the keys of one installation: 0700, its files 0600."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._keyring = path / "keyring"
        self._secrets = path / "secrets"

    def load_or_make(self) -> Keyring:
        """Give the keys, made now if there are none. Of several that start at once, all get the same keys.

        Only for an installation that has no data yet; one that has data must `load`.
        Raises: KeysMissing, KeysUnsafe.
        """
        self.make()
        return self.load()

    def make(self) -> bool:
        """Afterwards there is a keyring. Give whether it was made by this call.

        It is built beside and renamed into place, so that there is either a whole one or none.
        Raises: KeysUnsafe if the folder cannot be written or is open to others.
        """
        try:
            return self._place(self._keyring, lambda: _keyring_files(fresh_keyring()))
        except OSError as error:
            raise KeysUnsafe(f"Keys cannot be made in {self.path}: {_reason(error)}.") from error

    def load(self) -> Keyring:
        """Give the keys.

        Raises: KeysMissing if one is not there; KeysUnsafe if one is open to others, unreadable or damaged.
        """
        self._check(self.path)
        self._check(self._keyring)
        keks = {kek_id: _symmetric(path) for kek_id, path in self._named("kek").items()}
        current = _text(self._keyring / CURRENT)
        if current not in keks:
            raise KeysMissing(f"The current key-encryption key {current!r} is missing from {self._keyring}.")
        fingerprint_id, fingerprint = self._only("fingerprint")
        custody_id, custody = self._only("custody")
        return Keyring(
            current_kek_id=current,
            fingerprint_key_id=fingerprint_id,
            custody_key_id=custody_id,
            key_encryption_keys=GrowingKeys(keks, self._find_kek),
            fingerprint_key=_symmetric(fingerprint),
            custody_key=_custody(custody, custody_id),
            session_secret=_symmetric(self._keyring / "session.key"),
        )

    def current_kek_id(self) -> str:
        """Give the name of the key that wraps now: it changes under a running server. Raises: as `load`."""
        return _text(self._keyring / CURRENT)

    def retire(self, kek_id: str) -> None:
        """Afterwards this key-encryption key is gone from the folder; what it wraps elsewhere opens no more.

        Raises: KeysMissing if there is no such key; KeysUnsafe if it is the current one or cannot be removed.
        """
        if kek_id == self.current_kek_id():
            raise KeysUnsafe(f"{kek_id} is the current key-encryption key: it cannot be retired.")
        path = self._keyring / f"kek-{kek_id}.key"
        if not KEY_ID.fullmatch(kek_id) or not path.exists():
            raise KeysMissing(f"There is no key-encryption key {kek_id} in {self._keyring}.")
        try:
            path.unlink()
            sync_folder(self._keyring)
        except OSError as error:
            raise KeysUnsafe(f"{path} cannot be removed: {_reason(error)}.") from error

    def _find_kek(self, kek_id: str) -> bytes | None:
        path = self._keyring / f"kek-{kek_id}.key"
        return _symmetric(path) if KEY_ID.fullmatch(kek_id) and path.exists() else None

    def add_key_encryption_key(self) -> Keyring:
        """Afterwards a new key wraps what comes; the old ones stay, until all is wrapped anew."""
        changed = with_new_current_key(self.load())
        kek_id = changed.current_kek_id
        try:
            create_private(self._keyring / f"kek-{kek_id}.key", _hex_line(changed.key_encryption_keys[kek_id]))
            # Last: a crash before it leaves a key that nothing uses, never a name without its key.
            replace_private(self._keyring / CURRENT, kek_id.encode("ascii") + b"\n")
        except OSError as error:
            raise KeysUnsafe(f"The new key cannot be written in {self._keyring}: {_reason(error)}.") from error
        return changed

    def secret_set(self, name: str, make: Callable[[], Mapping[str, bytes]]) -> dict[str, bytes]:
        """Give several secrets that belong together, by their names, made now if there are none.

        They are there all or not at all; of several that start at once, all get the same set.
        Raises: KeysUnsafe; ValueError (a name that cannot be).
        """
        folder = self._secret_path(name)
        try:
            self._make_folder(self.path)
            self._make_folder(self._secrets)
            self._place(folder, lambda: {self._secret_path(part).name: content for part, content in make().items()})
            self._check(folder)
            return {path.name: _read(path) for path in sorted(folder.iterdir())}
        except OSError as error:
            raise KeysUnsafe(f"{folder} cannot be written: {_reason(error)}.") from error

    def _place(self, folder: Path, make: Callable[[], Mapping[str, bytes]]) -> bool:
        """Afterwards the folder is there with all its files. Give whether this call made it."""
        self._make_folder(folder.parent)
        if folder.exists():
            return False
        staging = Path(tempfile.mkdtemp(prefix=".making-", dir=self.path))
        try:
            for name, content in make().items():
                create_private(staging / name, content)
            # Renaming onto a folder that holds files fails: whoever came first has won.
            staging.rename(folder)
        except BaseException as error:
            shutil.rmtree(staging, ignore_errors=True)
            if isinstance(error, OSError) and folder.exists():
                return False
            raise
        sync_folder(folder.parent)
        return True

    def _secret_path(self, name: str) -> Path:
        if not SECRET_NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name for a secret.")
        return self._secrets / name

    def _make_folder(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir(mode=FOLDER_MODE, exist_ok=True)
        self._check(path)

    def _check(self, path: Path) -> None:
        try:
            check_private_folder(path)
        except FileNotFoundError as error:
            raise KeysMissing(f"There are no keys at {path}.") from error
        except NotPrivate as error:
            raise KeysUnsafe(str(error)) from error
        except OSError as error:
            raise KeysUnsafe(f"{path} cannot be read: {_reason(error)}.") from error

    def _named(self, kind: str) -> dict[str, Path]:
        files = sorted(self._keyring.glob(f"{kind}-*.key"))
        return {path.name.removeprefix(f"{kind}-").removesuffix(".key"): path for path in files}

    def _only(self, kind: str) -> tuple[str, Path]:
        found = self._named(kind)
        if not found:
            raise KeysMissing(f"The {kind} key is missing from {self._keyring}.")
        if len(found) > 1:
            raise KeysUnsafe(f"There is more than one {kind} key in {self._keyring}; there can be one.")
        return next(iter(found.items()))


def _keyring_files(keyring: Keyring) -> dict[str, bytes]:
    custody = keyring.custody_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return {
        **{f"kek-{kek_id}.key": _hex_line(key) for kek_id, key in keyring.key_encryption_keys.items()},
        CURRENT: keyring.current_kek_id.encode("ascii") + b"\n",
        f"fingerprint-{keyring.fingerprint_key_id}.key": _hex_line(keyring.fingerprint_key),
        f"custody-{keyring.custody_key_id}.key": custody,
        "session.key": _hex_line(keyring.session_secret),
    }


def _read(path: Path) -> bytes:
    try:
        return read_private(path)
    except FileNotFoundError as error:
        raise KeysMissing(f"{path} is missing.") from error
    except NotPrivate as error:
        raise KeysUnsafe(str(error)) from error
    except OSError as error:
        raise KeysUnsafe(f"{path} cannot be read: {_reason(error)}.") from error


def _text(path: Path) -> str:
    return _read(path).decode("ascii", "replace").strip()


def _symmetric(path: Path) -> bytes:
    try:
        key = bytes.fromhex(_text(path))
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise KeysUnsafe(f"{path} is damaged: it should hold {KEY_BYTES * 2} hexadecimal digits.")
    return key


def _custody(path: Path, key_id: str) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(_read(path), password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey) or public_key_id(key.public_key()) != key_id:
        # Not chained: the library's words may quote what it could not read.
        raise KeysUnsafe(f"{path} is damaged: it should hold the Ed25519 key that its name says.") from None
    return key


def _hex_line(key: bytes) -> bytes:
    return key.hex().encode("ascii") + b"\n"


def _holds(outer: Path, inner: Path) -> bool:
    for folder in (inner, *inner.parents):
        # samefile sees what names hide: a second mount of the same folder, or a disk that ignores case.
        if folder == outer or (folder.exists() and outer.exists() and folder.samefile(outer)):
            return True
    return False


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__
