"""The hospital's own sealing certificate, looked at before it is taken: key, use, days, and the chain to its root.

Source: RFC 5280 (4.2.1.3 key usage, 4.2.1.9 basic constraints, 4.2.1.12 extended key usage), RFC 7292 (PKCS #12).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from consent.documents.certificates import DOCUMENT_SIGNING, SEALING_BITS, BadSealing, Certificate, Link

_ADOBE_DOCUMENTS = ObjectIdentifier("1.2.840.113583.1.1.5")
_MICROSOFT_DOCUMENTS = ObjectIdentifier("1.3.6.1.4.1.311.10.3.12")
_PURPOSES = frozenset(
    (
        DOCUMENT_SIGNING, _ADOBE_DOCUMENTS, _MICROSOFT_DOCUMENTS, ExtendedKeyUsageOID.EMAIL_PROTECTION,
        ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
    )
)  # fmt: skip


@dataclass(frozen=True)
class Material:
    """What was taken in: the certificate with its whole chain, and its key (PKCS #8 PEM) unless that is elsewhere."""

    certificate: Certificate
    key: bytes | None = field(repr=False)


def read_material(content: bytes, more: bytes, passphrase: str | None, public_key: bytes | None) -> Material:
    """The material in a PKCS #12 file or in PEM texts, in whichever order; its chain put in order.

    `more`: further PEM text, such as a chain that came apart. `public_key`: of the key that is elsewhere (DER); then
    none is looked for. Raises: BadSealing, in plain words.
    """
    key, certificates = _parts(content, more, passphrase.encode() if passphrase else None)
    if public_key is not None:
        if key is not None:
            raise BadSealing("there is a private key in the file: the sealing key is in the hardware module")
        wanted = serialization.load_der_public_key(public_key)
    elif key is None:
        raise BadSealing("there is no private key in the file")
    elif not isinstance(key, rsa.RSAPrivateKey):
        raise BadSealing("the sealing key must be RSA with 3072 bits or more")
    else:
        wanted = key.public_key()
    holders = [each for each in certificates if each.public_key() == wanted]
    if len(holders) != 1:
        raise BadSealing(
            "no certificate in the file belongs to the key" if not holders else "more than one certificate"
        )
    chain = in_order(holders[0], [each for each in certificates if each is not holders[0]])
    pem = b"".join(each.public_bytes(serialization.Encoding.PEM) for each in (holders[0], *chain))
    return Material(Certificate.load(pem), _key_pem(key) if isinstance(key, rsa.RSAPrivateKey) else None)


def chain_from(public_key: bytes, certificates: Sequence[bytes]) -> bytes | None:
    """Of several certificates (DER) the one for this key with what of its chain is among them, in PEM; or None."""
    wanted = serialization.load_der_public_key(public_key)
    loaded = [x509.load_der_x509_certificate(each) for each in certificates]
    holder = next((each for each in loaded if each.public_key() == wanted), None)
    if holder is None:
        return None
    chain = in_order(holder, [each for each in loaded if each is not holder])
    return b"".join(each.public_bytes(serialization.Encoding.PEM) for each in (holder, *chain))


def check_fit(certificate: Certificate, now: datetime) -> None:
    """Return if it may be taken to seal with from now on. Raises: BadSealing, in plain words."""
    key = certificate.x509.public_key()
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < SEALING_BITS:
        raise BadSealing("the sealing key must be RSA with 3072 bits or more")
    _check_use(certificate.x509)
    for each in (certificate.x509, *certificate.chain):
        if now > each.not_valid_after_utc:
            raise BadSealing(f"expired on {each.not_valid_after_utc:%Y-%m-%d}: {each.subject.rfc4514_string()}")
        if now < each.not_valid_before_utc:
            raise BadSealing(f"not valid before {each.not_valid_before_utc:%Y-%m-%d}: {each.subject.rfc4514_string()}")
    if certificate.is_demo:
        raise BadSealing("the certificate is that of a demonstration")


def in_order(holder: Link, others: Sequence[Link]) -> tuple[Link, ...]:
    """Who issued it, and so on up to the root. Raises: BadSealing if the root is not reached."""
    chain: list[Link] = []
    last = holder
    while last.issuer != last.subject:
        issuer = next((each for each in others if each not in chain and _issued(each, last)), None)
        if issuer is None:
            raise BadSealing(f"the chain is not complete: who issued {last.subject.rfc4514_string()} is missing")
        chain.append(issuer)
        last = issuer
    if not chain:
        raise BadSealing("the certificate is its own root: it has no chain")
    return tuple(chain)


def _issued(issuer: Link, holder: Link) -> bool:
    try:
        holder.verify_directly_issued_by(issuer)
        limits = issuer.extensions.get_extension_for_class(x509.BasicConstraints).value
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    return limits.ca


def _check_use(holder: Link) -> None:
    try:
        if holder.extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
            raise BadSealing("it is an issuer's certificate, not one that signs documents")
    except x509.ExtensionNotFound:
        pass
    try:
        use = holder.extensions.get_extension_for_class(x509.KeyUsage).value
        if not (use.digital_signature or use.content_commitment):
            raise BadSealing("its key usage does not allow signatures")
    except x509.ExtensionNotFound:
        pass
    try:
        purposes = holder.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        if not _PURPOSES.intersection(purposes):
            raise BadSealing("its extended key usage does not allow documents to be signed")
    except x509.ExtensionNotFound:
        pass


def _parts(content: bytes, more: bytes, passphrase: bytes | None) -> tuple[object, list[Link]]:
    if b"-----BEGIN" not in content:
        try:
            key, holder, chain = pkcs12.load_key_and_certificates(content, passphrase)
        except ValueError:
            # Not chained: the library's words may quote what it could not read.
            raise BadSealing("the file is no PKCS #12 and no PEM, or the passphrase is not the one") from None
        found = [each for each in (holder, *chain) if each is not None]
        return key, found + (_certificates(more) if more else [])
    whole = content + b"\n" + more
    return _pem_key(whole, passphrase), _certificates(whole)


def _certificates(pem: bytes) -> list[Link]:
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError:
        raise BadSealing("there is no readable certificate in the file") from None


def _pem_key(pem: bytes, passphrase: bytes | None) -> object:
    if b"PRIVATE KEY-----" not in pem:
        return None
    for block in pem.split(b"-----BEGIN "):
        if b"PRIVATE KEY-----" in block.split(b"\n", 1)[0]:
            try:
                return serialization.load_pem_private_key(b"-----BEGIN " + block, passphrase)
            except (ValueError, TypeError):
                raise BadSealing("the private key cannot be read, or the passphrase is not the one") from None
    return None


def _key_pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
