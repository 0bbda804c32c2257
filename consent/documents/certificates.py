"""The certificates that seal: which is whose, how long each is good, and what belongs together.

Source: RFC 5280 (profile), RFC 9336 (document signing as an extended key usage).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID, ObjectIdentifier

DEMO_MARK = "DEMO"
FIELD_NAME = "OrganisationSeal"
"""The name of the one signature field in every sealed file."""
SEALING_BITS = 3072
DOCUMENT_SIGNING = ObjectIdentifier("1.3.6.1.5.5.7.3.36")


Link = x509.Certificate
"""One certificate of a chain, as its library knows it."""


class CannotSeal(Exception):
    """`code` is expired, not-yet-valid, revoked, key-out-of-reach or bad-document."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class BadSealing(Exception):
    """The key and certificates do not belong together, or are not of the kind that this house makes."""


@dataclass(frozen=True)
class Certificate:
    """A sealing certificate, known by its fingerprint: SHA-256 of its DER form, in hex.

    `chain`: who issued it, and so on up to the root, as far as they are at hand.
    """

    x509: x509.Certificate
    fingerprint: str
    chain: tuple[Link, ...] = field(default=(), compare=False)

    @classmethod
    def load(cls, pem: bytes) -> Certificate:
        """The certificate in a PEM text; what follows it there is its chain. Raises: BadSealing."""
        try:
            found, *chain = x509.load_pem_x509_certificates(pem)
        except ValueError as error:
            raise BadSealing("not a PEM certificate") from error
        return cls.of(found, *chain)

    @classmethod
    def of(cls, found: Link, *chain: Link) -> Certificate:
        """The certificate as its library knows it, and its chain."""
        return cls(found, found.fingerprint(hashes.SHA256()).hex(), chain)

    @property
    def pem(self) -> str:
        """The certificate as PEM text, and its chain after it."""
        return "".join(
            each.public_bytes(serialization.Encoding.PEM).decode("ascii") for each in (self.x509, *self.chain)
        )

    def is_for(self, public_key: bytes) -> bool:
        """Whether it is the certificate of this key (DER)."""
        return self.x509.public_key() == serialization.load_der_public_key(public_key)

    @property
    def ders(self) -> tuple[bytes, ...]:
        """The certificate and its chain, each in DER form."""
        return tuple(each.public_bytes(serialization.Encoding.DER) for each in (self.x509, *self.chain))

    @property
    def embedded(self) -> tuple[Link, ...]:
        """What of the chain goes into a seal: all but the root, which whoever trusts it has already."""
        return tuple(each for each in self.chain if each.issuer != each.subject)

    @property
    def issued_by_us(self) -> bool:
        """Whether its root stands right above it, as the one that this house makes does."""
        return len(self.chain) == 1 and not self.embedded

    @property
    def name(self) -> str:
        """Whose it is: its common name, or its whole subject where it has none."""
        return _said(self.x509.subject)

    @property
    def issuer_name(self) -> str:
        """Who issued it, named in the same way."""
        return _said(self.x509.issuer)

    @property
    def is_demo(self) -> bool:
        """Whether its common name begins with DEMO."""
        names = self.x509.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return any(str(name.value).startswith(f"{DEMO_MARK} ") for name in names)

    @property
    def valid_from(self) -> datetime:
        """The first instant (UTC) at which it may seal."""
        return self.x509.not_valid_before_utc

    @property
    def valid_until(self) -> datetime:
        """The last instant (UTC) at which it may seal."""
        return self.x509.not_valid_after_utc

    def check_valid(self, at: datetime) -> None:
        """Return if it may seal at that instant. Raises: CannotSeal (expired, not-yet-valid)."""
        if at < self.valid_from:
            raise CannotSeal("not-yet-valid")
        if at > self.valid_until:
            raise CannotSeal("expired")

    def expires_within(self, span: timedelta, now: datetime) -> bool:
        """Whether it ends that soon, or has ended."""
        return now + span > self.valid_until


@dataclass(frozen=True)
class Sealing:
    """A sealing key and its certificate with its chain, checked. The key itself never shows in a representation.

    `sign` gives the RSA signature (PKCS #1 v1.5, SHA-256) of what it is handed, and raises CannotSeal when the key is
    out of reach.
    """

    sign: Callable[[bytes], bytes] = field(repr=False)
    certificate: Certificate

    @classmethod
    def load(cls, key_file: Path, certificate_file: Path, root_file: Path) -> Sealing:
        """The material in three PEM files. Raises: BadSealing, OSError."""
        return cls.from_pem(key_file.read_bytes(), certificate_file.read_bytes(), root_file.read_bytes())

    @classmethod
    def from_pem(cls, key_pem: bytes, certificate_pem: bytes, root_pem: bytes = b"") -> Sealing:
        """The material in PEM texts: an RSA key of 3072 bits or more, its certificate with its chain, and the root.

        Raises: BadSealing.
        """
        try:
            key = serialization.load_pem_private_key(key_pem, password=None)
        except (ValueError, TypeError) as error:
            raise BadSealing("the key is unreadable") from error
        if not isinstance(key, rsa.RSAPrivateKey):
            raise BadSealing("the sealing key must be RSA with 3072 bits or more")
        held = key
        return cls.of(
            lambda content: held.sign(content, padding.PKCS1v15(), hashes.SHA256()),
            public_der(key.public_key()),
            certificate_pem + root_pem,
        )

    @classmethod
    def of(cls, sign: Callable[[bytes], bytes], public_key: bytes, certificate_pem: bytes) -> Sealing:
        """The material with a key that is somewhere else; its public half in DER. Raises: BadSealing."""
        certificate = Certificate.load(certificate_pem)
        key = serialization.load_der_public_key(public_key)
        if not isinstance(key, rsa.RSAPublicKey) or key.key_size < SEALING_BITS:
            raise BadSealing("the sealing key must be RSA with 3072 bits or more")
        if key != certificate.x509.public_key():
            raise BadSealing("the key and the certificate do not belong together")
        holders = (certificate.x509, *certificate.chain)
        try:
            for holder, issuer in pairwise(holders):
                holder.verify_directly_issued_by(issuer)
            holders[-1].verify_directly_issued_by(holders[-1])
        except (ValueError, TypeError, InvalidSignature) as error:
            raise BadSealing("the chain does not lead from the sealing certificate to its root") from error
        return cls(sign, certificate)


def public_der(key: rsa.RSAPublicKey) -> bytes:
    """A public key in DER (SubjectPublicKeyInfo)."""
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def sealed_in_time(sealed_at: datetime, revoked_since: datetime | None) -> bool:
    """Whether a seal of that time counts: its certificate was not revoked then."""
    return revoked_since is None or sealed_at < revoked_since


def _said(name: x509.Name) -> str:
    found = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else name.rfc4514_string()


def load_certificates(files: Iterable[Path]) -> tuple[Certificate, ...]:
    """Our sealing certificates, the one in use and those before it. Raises: BadSealing, OSError."""
    return tuple(Certificate.load(file.read_bytes()) for file in files)
