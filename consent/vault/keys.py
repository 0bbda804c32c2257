"""The key folder: where the keys live, apart from the data that they protect.

<key folder>/keyring/   made whole at first start: key-encryption keys, fingerprint, custody, session
<key folder>/secrets/   what the caller keeps here: sets of files that belong together, such as the seal's
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from consent.vault.hardware import HardwareKey, HardwareModule
from consent.vault.key_files import check_apart, content_of, custody_key, hex_line, reason, symmetric_key, text_of
from consent.vault.keyring import KEY_BYTES, GrowingKeys, Kek, Keyring, fresh_keyring, new_key_id
from consent.vault.private_files import (
    FOLDER_MODE,
    NotPrivate,
    check_private_folder,
    create_private,
    replace_private,
    sync_folder,
)
from consent.vault.trouble import KeysBusy, KeysMissing, KeysUnsafe, KeyTrouble

__all__ = ["KeyFolder", "KeyTrouble", "Keyring", "KeysBusy", "KeysMissing", "KeysUnsafe", "check_apart"]

CURRENT = "current-kek"
IN_MODULE = ".module"
KEY_ID = re.compile(r"[0-9a-f]{16}")
SECRET_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,79}")


class KeyFolder:
    """One folder with the keys of one installation: 0700, its files 0600.

    A key-encryption key is in a file (`kek-ID.key`), or in the hardware module: then `kek-ID.module` names its token.
    """

    def __init__(self, path: Path, module: HardwareModule | None = None) -> None:
        self.path = path
        self.module = module
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
            raise KeysUnsafe(f"Keys cannot be made in {self.path}: {reason(error)}.") from error

    def load(self) -> Keyring:
        """Give the keys.

        Raises: KeysMissing if one is not there; KeysUnsafe if one is open to others, unreadable or damaged.
        """
        self._check(self.path)
        self._check(self._keyring)
        keks: dict[str, Kek] = {kek_id: symmetric_key(path) for kek_id, path in self._named("kek").items()}
        keks |= {kek_id: self._in_module(kek_id) for kek_id in self._named("kek", IN_MODULE)}
        current = text_of(self._keyring / CURRENT)
        if current not in keks:
            raise KeysMissing(f"The current key-encryption key {current!r} is missing from {self._keyring}.")
        fingerprint_id, fingerprint = self._only("fingerprint")
        custody_id, custody = self._only("custody")
        return Keyring(
            current_kek_id=current,
            fingerprint_key_id=fingerprint_id,
            custody_key_id=custody_id,
            key_encryption_keys=GrowingKeys(keks, self._find_kek, self._is_kept),
            fingerprint_key=symmetric_key(fingerprint),
            custody_key=custody_key(custody, custody_id),
            session_secret=symmetric_key(self._keyring / "session.key"),
        )

    def current_kek_id(self) -> str:
        """Give the name of the key that wraps now: it changes under a running server. Raises: as `load`."""
        return text_of(self._keyring / CURRENT)

    def is_in_module(self, kek_id: str) -> bool:
        """Say whether this key-encryption key is in the hardware module, not in a file here."""
        return (self._keyring / f"kek-{kek_id}{IN_MODULE}").exists()

    def retire(self, kek_id: str) -> None:
        """Afterwards this key-encryption key is gone for good; what it wraps elsewhere opens no more.

        Raises: KeysMissing if there is no such key; KeysUnsafe if it is the current one or cannot be removed.
        """
        if kek_id == self.current_kek_id():
            raise KeysUnsafe(f"{kek_id} is the current key-encryption key: it cannot be retired.")
        known = KEY_ID.fullmatch(kek_id) is not None
        held = self._in_module(kek_id) if known and self.is_in_module(kek_id) else None
        path = self._keyring / f"kek-{kek_id}{IN_MODULE if held else '.key'}"
        if not known or not path.exists():
            raise KeysMissing(f"There is no key-encryption key {kek_id} in {self._keyring}.")
        try:
            # First its name: a crash before the rest leaves a key that nothing uses, never a name without its key.
            path.unlink()
            sync_folder(self._keyring)
        except OSError as error:
            raise KeysUnsafe(f"{path} cannot be removed: {reason(error)}.") from error
        if held:
            held.module.destroy_kek(kek_id)

    def _is_kept(self, kek_id: str) -> bool:
        return (self._keyring / f"kek-{kek_id}.key").exists() or self.is_in_module(kek_id)

    def _find_kek(self, kek_id: str) -> Kek | None:
        path = self._keyring / f"kek-{kek_id}.key"
        if not KEY_ID.fullmatch(kek_id):
            return None
        if path.exists():
            return symmetric_key(path)
        return self._in_module(kek_id) if self.is_in_module(kek_id) else None

    def _in_module(self, kek_id: str) -> HardwareKey:
        token = text_of(self._keyring / f"kek-{kek_id}{IN_MODULE}")
        if self.module is None or self.module.token != token:
            raise KeysMissing(
                f"The key-encryption key {kek_id} is on the token {token} of a hardware module: "
                "name both in CONSENT_PKCS11_MODULE and CONSENT_PKCS11_TOKEN."
            )
        return self.module.kek(kek_id)

    @contextmanager
    def rotating(self) -> Iterator[None]:
        """Let one at a time change the key that wraps: two would undo each other's work without end.

        It holds on this machine, and ends with the process. Raises: KeysBusy; KeysMissing.
        """
        try:
            folder = os.open(self._keyring, os.O_RDONLY | os.O_DIRECTORY)
        except OSError as error:
            raise KeysMissing(f"There are no keys in {self._keyring}: {reason(error)}.") from error
        try:
            try:
                fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise KeysBusy("Somebody else is changing the keys now: let that end, then call this again.") from error
            yield
        finally:
            os.close(folder)

    def add_key_encryption_key(self, *, in_module: bool = False) -> Keyring:
        """Afterwards a new key wraps what comes; the old ones stay, until all is wrapped anew.

        Raises: KeysMissing, KeysUnsafe; HardwareTrouble.
        """
        self.load()
        kek_id = new_key_id()
        name, content = f"kek-{kek_id}.key", hex_line(secrets.token_bytes(KEY_BYTES))
        if in_module:
            if self.module is None:
                raise KeysMissing("There is no hardware module in the settings: set CONSENT_PKCS11_MODULE.")
            self.module.make_kek(kek_id)
            name, content = f"kek-{kek_id}{IN_MODULE}", self.module.token.encode() + b"\n"
        try:
            create_private(self._keyring / name, content)
            # Last: a crash before it leaves a key that nothing uses, never a name without its key.
            replace_private(self._keyring / CURRENT, kek_id.encode("ascii") + b"\n")
        except OSError as error:
            raise KeysUnsafe(f"The new key cannot be written in {self._keyring}: {reason(error)}.") from error
        return self.load()

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
            return {path.name: content_of(path) for path in sorted(folder.iterdir())}
        except OSError as error:
            raise KeysUnsafe(f"{folder} cannot be written: {reason(error)}.") from error

    def secret(self, name: str) -> bytes | None:
        """Give one secret that is kept by itself; None if there is none. Raises: KeysUnsafe; ValueError."""
        path = self._secret_path(name)
        return content_of(path) if path.exists() else None

    def keep_secret(self, name: str, content: bytes) -> None:
        """Afterwards the secret of this name is this one, whole. Raises: KeysUnsafe; ValueError."""
        path = self._secret_path(name)
        try:
            self._make_folder(self.path)
            self._make_folder(self._secrets)
            replace_private(path, content)
        except OSError as error:
            raise KeysUnsafe(f"{path} cannot be written: {reason(error)}.") from error

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
            raise KeysUnsafe(f"{path} cannot be read: {reason(error)}.") from error

    def _named(self, kind: str, ending: str = ".key") -> dict[str, Path]:
        files = sorted(self._keyring.glob(f"{kind}-*{ending}"))
        return {path.name.removeprefix(f"{kind}-").removesuffix(ending): path for path in files}

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
        **{
            f"kek-{each}.key": hex_line(key)
            for each, key in keyring.key_encryption_keys.items()
            if isinstance(key, bytes)
        },
        CURRENT: keyring.current_kek_id.encode("ascii") + b"\n",
        f"fingerprint-{keyring.fingerprint_key_id}.key": hex_line(keyring.fingerprint_key),
        f"custody-{keyring.custody_key_id}.key": custody,
        "session.key": hex_line(keyring.session_secret),
    }
