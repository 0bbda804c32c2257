"""A hardware module: it holds keys and works with them, and what is in it never comes out. Source: PKCS #11 v2.40.

One session is held open. A module is asked one thing at a time: its library need not be safe for threads. What was
lost (the module restarted, the process forked, somebody logged out) is opened again, once, before it is told.
"""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from consent.vault.private_files import NotPrivate, read_private
from consent.vault.trouble import HardwareTrouble

if TYPE_CHECKING:
    from pkcs11 import Session

T = TypeVar("T")

BY_ID = "id:"
KEK_LABEL = "patient-media-consent key-encryption key "
TAG_BITS = 128
# One for the process: two modules may be the same library.
_ONE_AT_A_TIME = threading.RLock()


class NotOpened(Exception):
    """The module works, and what it was given does not open with this key."""


@dataclass(frozen=True)
class HardwareKey:
    """A key-encryption key that is known by its id alone: AES-256-GCM, worked inside the module."""

    module: HardwareModule = field(repr=False)
    id: str

    def encrypt(self, nonce: bytes, plain: bytes, associated: bytes) -> bytes:
        """Give the ciphertext and its tag. Raises: HardwareTrouble."""
        return self.module.encrypt(self.id, nonce, plain, associated)

    def decrypt(self, nonce: bytes, sealed: bytes, associated: bytes) -> bytes:
        """Give what was encrypted. Raises: NotOpened; HardwareTrouble."""
        return self.module.decrypt(self.id, nonce, sealed, associated)


class HardwareModule:
    """One token of one module. Safe to use from several threads, and after a fork."""

    def __init__(self, library: Path, token: str, pin_file: Path) -> None:
        self.library = library
        self.token = token
        self._pin_file = pin_file
        self._session: Session | None = None
        self._process = 0
        self._wrong_pin = False
        self._held: dict[str, Any] = {}

    def __repr__(self) -> str:
        return f"HardwareModule({self.token!r})"

    def check(self) -> None:
        """Return if the token can be used. Raises: HardwareTrouble, one plain line."""
        self._with_session(lambda session: None)

    def sign(self, name: str, content: bytes) -> bytes:
        """Give the RSA signature (PKCS #1 v1.5, SHA-256) by the private key of this name. Raises: HardwareTrouble.

        A name is the object's label, or `id:` and its id in hex.
        """
        from pkcs11 import Mechanism

        return self._with_session(
            lambda session: bytes(self._private_key(session, name).sign(content, mechanism=Mechanism.SHA256_RSA_PKCS))
        )

    def public_key(self, name: str) -> bytes:
        """Give the public half of the RSA key of this name, in DER (SubjectPublicKeyInfo).

        Raises: HardwareTrouble, also for a key that could be read out of the module.
        """
        from pkcs11 import Attribute

        def find(session: Session) -> bytes:
            key = self._private_key(session, name)
            modulus, exponent = (
                int.from_bytes(key[each], "big") for each in (Attribute.MODULUS, Attribute.PUBLIC_EXPONENT)
            )
            public = RSAPublicNumbers(exponent, modulus).public_key()
            return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

        return self._with_session(find)

    def certificates(self) -> tuple[bytes, ...]:
        """Give every certificate that lies on the token, in DER. Raises: HardwareTrouble."""
        from pkcs11 import Attribute, ObjectClass

        def find(session: Session) -> tuple[bytes, ...]:
            found = session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE})
            return tuple(bytes(each[Attribute.VALUE]) for each in found)

        return self._with_session(find)

    def make_kek(self, kek_id: str) -> HardwareKey:
        """Afterwards there is a new AES-256 key of this id in the module, which never leaves it.

        Raises: HardwareTrouble.
        """
        from pkcs11 import Attribute, KeyType

        kept = {
            Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False, Attribute.PRIVATE: True,
            Attribute.ENCRYPT: True, Attribute.DECRYPT: True, Attribute.WRAP: False, Attribute.UNWRAP: False,
            Attribute.SIGN: False, Attribute.VERIFY: False,
        }  # fmt: skip

        def make(session: Session) -> None:
            session.generate_key(
                KeyType.AES, 256, id=bytes.fromhex(kek_id), label=KEK_LABEL + kek_id, store=True, template=kept
            )

        self._with_session(make)
        return HardwareKey(self, kek_id)

    def kek(self, kek_id: str) -> HardwareKey:
        """Give the key-encryption key of this id. Raises: HardwareTrouble if it is not there or could be read out."""
        self._with_session(lambda session: self._kek(session, kek_id))
        return HardwareKey(self, kek_id)

    def destroy_kek(self, kek_id: str) -> None:
        """Afterwards this key-encryption key is gone from the module, for good. Raises: HardwareTrouble."""
        self._with_session(lambda session: self._kek(session, kek_id).destroy())
        self._held.clear()

    def encrypt(self, kek_id: str, nonce: bytes, plain: bytes, associated: bytes) -> bytes:
        """Give the ciphertext and its tag, by AES-256-GCM. Raises: HardwareTrouble."""
        return self._with_session(
            lambda session: bytes(self._kek(session, kek_id).encrypt(plain, **_gcm(nonce, associated)))
        )

    def decrypt(self, kek_id: str, nonce: bytes, sealed: bytes, associated: bytes) -> bytes:
        """Give what was encrypted. Raises: NotOpened; HardwareTrouble."""
        from pkcs11 import PKCS11Error

        def opened(session: Session) -> bytes | None:
            key = self._kek(session, kek_id)
            try:
                return bytes(key.decrypt(sealed, **_gcm(nonce, associated)))
            except PKCS11Error:
                # A wrong tag has no error of its own everywhere. If the key still works, then what it was given is
                # wrong; if not, the module is, and this raises.
                probe = _gcm(secrets.token_bytes(len(nonce)), associated)
                key.decrypt(key.encrypt(bytes(32), **probe), **probe)
                return None

        found = self._with_session(opened)
        if found is None:
            raise NotOpened
        return found

    def _kek(self, session: Session, kek_id: str) -> Any:  # noqa: ANN401 - the library's own object
        from pkcs11 import Attribute, ObjectClass

        wanted = {Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.ID: bytes.fromhex(kek_id)}
        return self._only(session, f"key-encryption key {kek_id}", wanted)

    def _private_key(self, session: Session, name: str) -> Any:  # noqa: ANN401
        from pkcs11 import Attribute, KeyType, ObjectClass

        wanted: dict[Attribute, Any] = {
            Attribute.CLASS: ObjectClass.PRIVATE_KEY,
            Attribute.KEY_TYPE: KeyType.RSA,
        }
        if name.startswith(BY_ID):
            wanted[Attribute.ID] = bytes.fromhex(name.removeprefix(BY_ID))
        else:
            wanted[Attribute.LABEL] = name
        return self._only(session, f"RSA key {name}", wanted)

    def _only(self, session: Session, said: str, wanted: dict[Any, Any]) -> Any:  # noqa: ANN401
        from pkcs11 import Attribute, NoSuchKey

        if said in self._held:
            return self._held[said]
        found = list(session.get_objects(wanted))
        if not found:
            # Whoever was logged out sees no keys: it is worth another try with a new session.
            raise NoSuchKey(said)
        if len(found) > 1:
            raise HardwareTrouble(f"The token {self.token} holds more than one {said}; name it by {BY_ID}HEX.")
        if found[0][Attribute.EXTRACTABLE] or not found[0][Attribute.SENSITIVE]:
            raise HardwareTrouble(f"The {said} on the token {self.token} can be read out of the module; make one anew.")
        self._held[said] = found[0]
        return found[0]

    def _with_session(self, work: Callable[[Session], T]) -> T:
        from pkcs11 import PKCS11Error

        with _ONE_AT_A_TIME:
            try:
                return work(self._open(anew=False))
            except PKCS11Error:
                self._held.clear()
            try:
                return work(self._open(anew=True))
            except PKCS11Error as error:
                self._session = None
                raise HardwareTrouble(self._line(error)) from error

    def _open(self, *, anew: bool) -> Session:
        import pkcs11

        if self._session is not None and self._process == os.getpid() and not anew:
            return self._session
        if self._wrong_pin:
            # Tried again and again, a wrong PIN locks the token.
            raise HardwareTrouble(self._pin_line())
        library = pkcs11.lib(str(self.library))
        if anew or self._process not in (0, os.getpid()):
            library.reinitialize()
        self._held.clear()
        token = library.get_token(token_label=self.token)
        try:
            self._session = token.open(rw=True, user_pin=self._pin())
        except pkcs11.UserAlreadyLoggedIn:
            self._session = token.open(rw=True)
        except (pkcs11.PinIncorrect, pkcs11.PinLocked, pkcs11.PinInvalid, pkcs11.PinLenRange) as error:
            self._wrong_pin = True
            raise HardwareTrouble(self._pin_line()) from error
        self._process = os.getpid()
        return self._session

    def _pin(self) -> str:
        try:
            return read_private(self._pin_file).decode().strip()
        except (OSError, NotPrivate, ValueError) as error:
            said = error if isinstance(error, NotPrivate) else f"{self._pin_file} cannot be read."
            raise HardwareTrouble(f"The PIN of the token {self.token}: {said}") from error

    def _pin_line(self) -> str:
        return f"The token {self.token} does not take the PIN in {self._pin_file}, or it is locked."

    def _line(self, error: Exception) -> str:
        from pkcs11 import MultipleTokensReturned, NoSuchKey, NoSuchToken, TokenNotPresent

        if isinstance(error, NoSuchKey):
            return f"The token {self.token} holds no {error}."
        if isinstance(error, NoSuchToken | TokenNotPresent):
            return f"The hardware module {self.library} has no token {self.token}."
        if isinstance(error, MultipleTokensReturned):
            return f"The hardware module {self.library} has more than one token {self.token}."
        if type(error).__name__ == "PKCS11Error":
            return f"The hardware module {self.library} cannot be loaded."
        return f"The hardware module {self.library} does not answer: {type(error).__name__}."


def _gcm(nonce: bytes, associated: bytes) -> dict[str, Any]:
    from pkcs11 import GCMParams, Mechanism

    return {"mechanism": Mechanism.AES_GCM, "mechanism_param": GCMParams(nonce, associated, TAG_BITS)}
