"""The organisation's own certificates: a small root, and under it the one that seals.

Source: RFC 5280 (profile), RFC 9336 (document signing as an extended key usage).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID, ObjectIdentifier

DEMO_MARK = "DEMO"
FIELD_NAME = "OrganisationSeal"
"""The name of the one signature field in every sealed file."""
SEALING_BITS = 3072
ROOT_LASTS = timedelta(days=20 * 365)
SEALING_LASTS = timedelta(days=5 * 365)
_DOCUMENT_SIGNING = ObjectIdentifier("1.3.6.1.5.5.7.3.36")
_LONGEST_NAME = 64  # octets; ub-common-name and ub-organization-name, RFC 5280 appendix A.1


class CannotSeal(Exception):
    """`code` is expired, not-yet-valid or bad-document."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class BadSealing(Exception):
    """The key and certificates do not belong together, or are not of the kind that this house makes."""


@dataclass(frozen=True)
class Certificate:
    """A sealing certificate, known by its fingerprint: SHA-256 of its DER form, in hex."""

    x509: x509.Certificate
    fingerprint: str

    @classmethod
    def load(cls, pem: bytes) -> Certificate:
        """The certificate in a PEM text. Raises: BadSealing."""
        try:
            found = x509.load_pem_x509_certificate(pem)
        except ValueError as error:
            raise BadSealing("not a PEM certificate") from error
        return cls(found, found.fingerprint(hashes.SHA256()).hex())

    @property
    def pem(self) -> str:
        """The certificate as PEM text."""
        return self.x509.public_bytes(serialization.Encoding.PEM).decode("ascii")

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
class Authority:
    """What the first start writes: keys as PKCS #8 PEM without password (for 0600 files), certificates as PEM."""

    root_key: bytes
    root_certificate: bytes
    sealing_key: bytes
    sealing_certificate: bytes


@dataclass(frozen=True)
class Sealing:
    """A sealing key and its certificate, loaded and checked. The key's text never shows in a representation."""

    key: rsa.RSAPrivateKey
    certificate: Certificate

    def __repr__(self) -> str:
        return f"Sealing({self.certificate.fingerprint})"

    @classmethod
    def load(cls, key_file: Path, certificate_file: Path, root_file: Path) -> Sealing:
        """The material in three PEM files. Raises: BadSealing, OSError."""
        return cls.from_pem(key_file.read_bytes(), certificate_file.read_bytes(), root_file.read_bytes())

    @classmethod
    def from_pem(cls, key_pem: bytes, certificate_pem: bytes, root_pem: bytes) -> Sealing:
        """The material in three PEM texts: an RSA key of 3072 bits or more, its certificate, and that one's root.

        Raises: BadSealing.
        """
        certificate, root = Certificate.load(certificate_pem), Certificate.load(root_pem)
        try:
            key = serialization.load_pem_private_key(key_pem, password=None)
            certificate.x509.verify_directly_issued_by(root.x509)
        except (ValueError, TypeError, InvalidSignature) as error:
            raise BadSealing("the key is unreadable, or the root did not issue the certificate") from error
        if not isinstance(key, rsa.RSAPrivateKey) or key.key_size < SEALING_BITS:
            raise BadSealing("the sealing key must be RSA with 3072 bits or more")
        if key.public_key() != certificate.x509.public_key():
            raise BadSealing("the key and the certificate do not belong together")
        return cls(key, certificate)


def make_authority(organisation_name: str, demo: bool, now: datetime) -> Authority:
    """A new root and, issued by it, a new sealing certificate. With `demo` both common names begin with DEMO."""
    root_key = ec.generate_private_key(ec.SECP256R1())
    name = _name(organisation_name, "document root", demo)
    root = (
        _started(name, name, root_key.public_key(), now, ROOT_LASTS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(certificates=True), critical=True)
        .sign(root_key, hashes.SHA256())
    )
    root_pem = root.public_bytes(serialization.Encoding.PEM)
    key, certificate = make_sealing(_pem(root_key), root_pem, organisation_name, demo, now)
    return Authority(_pem(root_key), root_pem, key, certificate)


def make_sealing(
    root_key: bytes, root_certificate: bytes, organisation_name: str, demo: bool, now: datetime
) -> tuple[bytes, bytes]:
    """A new sealing key and certificate (PEM) under that root, to begin with or before the old one expires.

    Raises: BadSealing.
    """
    issuer_key = serialization.load_pem_private_key(root_key, password=None)
    issuer = Certificate.load(root_certificate).x509
    if not isinstance(issuer_key, ec.EllipticCurvePrivateKey) or issuer_key.public_key() != issuer.public_key():
        raise BadSealing("the root's key and certificate do not belong together")
    key = rsa.generate_private_key(public_exponent=65537, key_size=SEALING_BITS)
    lasts = min(SEALING_LASTS, issuer.not_valid_after_utc - now)
    certificate = (
        _started(_name(organisation_name, "document seal", demo), issuer.subject, key.public_key(), now, lasts)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([_DOCUMENT_SIGNING]), critical=False)
        .add_extension(_issuer_of(issuer_key), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )
    return _pem(key), certificate.public_bytes(serialization.Encoding.PEM)


def load_certificates(files: Iterable[Path]) -> tuple[Certificate, ...]:
    """Our sealing certificates, the one in use and those before it. Raises: BadSealing, OSError."""
    return tuple(Certificate.load(file.read_bytes()) for file in files)


def _started(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey,
    now: datetime,
    lasts: timedelta,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now.replace(microsecond=0))
        .not_valid_after(now.replace(microsecond=0) + lasts)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _name(organisation_name: str, role: str, demo: bool) -> x509.Name:
    before = f"{DEMO_MARK} " if demo else ""
    whole = _fitting(organisation_name, _LONGEST_NAME)
    short = _fitting(organisation_name, _LONGEST_NAME - len(before) - len(role) - 1)
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, whole),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{before}{short} {role}"),
        ]
    )


def _fitting(name: str, octets: int) -> str:
    """As much of the name as fits: the limit is kept in UTF-8 octets, never through the middle of a character."""
    return name.strip().encode("utf-8")[:octets].decode("utf-8", "ignore").strip()


def _usage(certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not certificates, content_commitment=not certificates, key_encipherment=False,
        data_encipherment=False, key_agreement=False, key_cert_sign=certificates, crl_sign=certificates,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _issuer_of(key: ec.EllipticCurvePrivateKey) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())


def _pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
