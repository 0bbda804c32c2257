"""A hospital's own certification authority: a root, an intermediate, sealing certificates, lists of revoked ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID, ObjectIdentifier

NOW = datetime(2026, 11, 22, 15, 41, tzinfo=UTC)
YEAR = timedelta(days=365)
DOCUMENT_SIGNING = ObjectIdentifier("1.3.6.1.5.5.7.3.36")


@cache
def rsa_key(bits: int = 3072, number: int = 0) -> rsa.RSAPrivateKey:
    """A key that is made once: it takes a second."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def pem_of(*certificates: x509.Certificate) -> bytes:
    return b"".join(each.public_bytes(serialization.Encoding.PEM) for each in certificates)


def key_pem(key: rsa.RSAPrivateKey, passphrase: bytes | None = None) -> bytes:
    hiding = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, hiding)


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _usage(*, issuer: bool, signatures: bool = True) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signatures and not issuer, content_commitment=signatures and not issuer,
        key_encipherment=not signatures, data_encipherment=False, key_agreement=False, key_cert_sign=issuer,
        crl_sign=issuer, encipher_only=False, decipher_only=False,
    )  # fmt: skip


@dataclass(frozen=True)
class Ca:
    """Root and intermediate; what they issue is good from `begins` on."""

    root_key: ec.EllipticCurvePrivateKey
    root: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    issuer: x509.Certificate

    @property
    def chain(self) -> tuple[x509.Certificate, x509.Certificate]:
        return (self.issuer, self.root)

    def seal_certificate(
        self, public: rsa.RSAPublicKey, *, begins: datetime = NOW - timedelta(days=1), lasts: timedelta = YEAR,
        common: str = "Mercy Valley seal", signatures: bool = True,
        purposes: Sequence[ObjectIdentifier] = (DOCUMENT_SIGNING,), authority: bool = False,
        places: Sequence[x509.ExtensionType] = (),
    ) -> x509.Certificate:  # fmt: skip
        """`places`: where it can be asked about."""
        made = (
            x509.CertificateBuilder()
            .subject_name(_name(common))
            .issuer_name(self.issuer.subject)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(begins)
            .not_valid_after(begins + lasts)
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(_usage(issuer=False, signatures=signatures), critical=True)
            .add_extension(x509.ExtendedKeyUsage(list(purposes)), critical=False)
        )
        for each in places:
            made = made.add_extension(each, critical=False)
        return made.sign(self.key, hashes.SHA256())

    def revoked(self, *listed: x509.Certificate, since: datetime, now: datetime = NOW) -> bytes:
        """A list of revoked certificates, in PEM, good for a week."""
        made = x509.CertificateRevocationListBuilder().issuer_name(self.issuer.subject)
        made = made.last_update(now).next_update(now + timedelta(days=7))
        for each in listed:
            entry = x509.RevokedCertificateBuilder().serial_number(each.serial_number).revocation_date(since).build()
            made = made.add_revoked_certificate(entry)
        return made.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def make_ca(
    *, begins: datetime = NOW - YEAR, lasts: timedelta = 10 * YEAR, places: Sequence[x509.ExtensionType] = ()
) -> Ca:
    """`places`: where the intermediate can be asked about."""
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = _issuer("Mercy Valley root", root_key, _name("Mercy Valley root"), root_key, begins, lasts)
    issuer = _issuer("Mercy Valley issuer", key, root.subject, root_key, begins, lasts, places)
    return Ca(root_key, root, key, issuer)


def pkcs12_of(
    key: rsa.RSAPrivateKey, certificate: x509.Certificate, chain: Sequence[x509.Certificate], passphrase: str
) -> bytes:
    hiding = serialization.BestAvailableEncryption(passphrase.encode())
    return pkcs12.serialize_key_and_certificates(b"seal", key, certificate, list(chain), hiding)


def _issuer(
    common: str, key: ec.EllipticCurvePrivateKey, by: x509.Name, by_key: ec.EllipticCurvePrivateKey,
    begins: datetime, lasts: timedelta, places: Sequence[x509.ExtensionType] = (),
) -> x509.Certificate:  # fmt: skip
    made = (
        x509.CertificateBuilder()
        .subject_name(_name(common))
        .issuer_name(by)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + lasts)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(_usage(issuer=True), critical=True)
    )
    for each in places:
        made = made.add_extension(each, critical=False)
    return made.sign(by_key, hashes.SHA256())
