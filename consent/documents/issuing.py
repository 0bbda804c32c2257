"""Certificates that this house makes itself: a small root, and under it the one that seals.

Source: RFC 5280 (profile), RFC 9336 (document signing as an extended key usage).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from consent.documents.certificates import (
    DEMO_MARK,
    DOCUMENT_SIGNING,
    SEALING_BITS,
    BadSealing,
    Certificate,
    public_der,
)

ROOT_LASTS = timedelta(days=20 * 365)
SEALING_LASTS = timedelta(days=5 * 365)
_LONGEST_NAME = 64  # octets; ub-common-name and ub-organization-name, RFC 5280 appendix A.1


@dataclass(frozen=True)
class Authority:
    """What the first start writes: keys as PKCS #8 PEM without password (for 0600 files), certificates as PEM."""

    root_key: bytes
    root_certificate: bytes
    sealing_key: bytes
    sealing_certificate: bytes


def make_authority(organisation_name: str, demo: bool, now: datetime) -> Authority:
    """A new root and, issued by it, a new sealing certificate. With `demo` both common names begin with DEMO."""
    root_key, root = make_root(organisation_name, demo, now)
    return Authority(root_key, root, *make_sealing(root_key, root, organisation_name, demo, now))


def make_root(organisation_name: str, demo: bool, now: datetime) -> tuple[bytes, bytes]:
    """A new root's key and certificate, in PEM."""
    root_key = ec.generate_private_key(ec.SECP256R1())
    name = _name(organisation_name, "document root", demo)
    root = (
        _started(name, name, root_key.public_key(), now, ROOT_LASTS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(certificates=True), critical=True)
        .sign(root_key, hashes.SHA256())
    )
    return _pem(root_key), root.public_bytes(serialization.Encoding.PEM)


def make_sealing(
    root_key: bytes, root_certificate: bytes, organisation_name: str, demo: bool, now: datetime
) -> tuple[bytes, bytes]:
    """A new sealing key and certificate (PEM) under that root, to begin with or before the old one expires.

    Raises: BadSealing.
    """
    key = rsa.generate_private_key(public_exponent=65537, key_size=SEALING_BITS)
    public = public_der(key.public_key())
    return _pem(key), certify(root_key, root_certificate, public, organisation_name, demo=demo, now=now)


def certify(
    root_key: bytes, root_certificate: bytes, public_key: bytes, organisation_name: str, *, demo: bool, now: datetime
) -> bytes:
    """A new sealing certificate (PEM) under that root for a key that is somewhere else; its public half in DER.

    Raises: BadSealing.
    """
    issuer_key = serialization.load_pem_private_key(root_key, password=None)
    issuer = Certificate.load(root_certificate).x509
    if not isinstance(issuer_key, ec.EllipticCurvePrivateKey) or issuer_key.public_key() != issuer.public_key():
        raise BadSealing("the root's key and certificate do not belong together")
    key = serialization.load_der_public_key(public_key)
    if not isinstance(key, rsa.RSAPublicKey):
        raise BadSealing("the sealing key must be RSA with 3072 bits or more")
    lasts = min(SEALING_LASTS, issuer.not_valid_after_utc - now)
    certificate = (
        _started(_name(organisation_name, "document seal", demo), issuer.subject, key, now, lasts)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([DOCUMENT_SIGNING]), critical=False)
        .add_extension(_issuer_of(issuer_key), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM)


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
