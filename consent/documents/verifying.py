"""Whether a file is ours, byte for byte: exactly one seal, by one of our certificates, over the whole file.

Stricter than the PDF standards ask. General checkers let a changed padding, a foreign time-stamp or a trailing
newline pass; this house writes a sealed file in one way only and knows how that looks. What follows the sealed file
can only be time-stamps, each of which stands on record. The signature is checked on
the raw bytes before any PDF parser sees them, so that a parser only ever reads what our own key vouches for.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING

from asn1crypto import cms, core, x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding

from consent.documents.certificates import DEMO_MARK, FIELD_NAME, Certificate

if TYPE_CHECKING:
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

_RANGE = re.compile(rb"/ByteRange \[(\d{1,9}) (\d{1,9}) (\d{1,9}) (\d{1,9})\]")
# Hex digits, many times those of our longest chain: nobody's processor is kept busy with a signature of megabytes.
_LARGEST_GAP = 1 << 18


@dataclass(frozen=True)
class SealCheck:
    """What a file's seal says. Only `genuine` may be relied upon; the rest explains it.

    `reason_code` is genuine, or one of: unreadable, not-sealed, several-signatures, not-whole-file, not-our-form,
    not-our-certificate, demo, altered, wrong-time, stamp-not-trusted, changed-with-stamp. `signed_by` is the
    fingerprint (SHA-256, hex) of the certificate in the file, where there is one. `sealed_at` is the time that a
    genuine seal states, `stamps` are those at which an authority stamped the file, oldest first.
    """

    genuine: bool
    reason_code: str
    signed_by: str | None = None
    sealed_at: datetime | None = None
    stamps: tuple[datetime, ...] = ()


@dataclass(frozen=True)
class Versions:
    """What is on record about a file that was stamped: the `sizes` of the versions before it, the sealed one first,
    and under whose certificates a stamp is good (`trust`)."""

    sizes: tuple[int, ...]
    trust: tuple[Certificate, ...]


class _NotGenuineError(Exception):
    def __init__(self, code: str, signed_by: str | None = None) -> None:
        super().__init__(code)
        self.check = SealCheck(False, code, signed_by)


def check_seal(
    pdf: bytes,
    our_certificates: Iterable[Certificate],
    demo_allowed: bool = False,
    versions: Versions | None = None,
) -> SealCheck:
    """Whether the bytes are a file that one of these certificates sealed, unchanged. Never raises for any bytes.

    It cannot tell whether the file is on our record: a file that was sealed and never recorded is genuine here. Time
    stamps are taken for ours only where the record says which part of the file was there before them (`versions`).
    """
    ours = {each.fingerprint: each for each in our_certificates}
    try:
        return _check(pdf, ours, demo_allowed) if versions is None else _stamped(pdf, ours, demo_allowed, versions)
    except _NotGenuineError as no:
        return no.check
    except Exception:  # parsers raise whatever a hostile file makes them raise, and all of it means no
        return SealCheck(False, "unreadable")


def _check(pdf: bytes, ours: dict[str, Certificate], demo_allowed: bool) -> SealCheck:
    start, end = _gap(pdf)
    digest = hashlib.sha256(pdf[:start] + pdf[end:]).digest()
    try:
        certificate, signed_by = _signer(pdf[start:end], digest, ours, demo_allowed)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        # A message that lacks a part, or has another in its place: the file can be read, its seal is none of ours.
        raise _NotGenuineError("not-our-form") from error
    sealed_at = _stated_time(pdf)
    if not certificate.valid_from <= sealed_at <= certificate.valid_until:
        raise _NotGenuineError("wrong-time", signed_by)
    return SealCheck(True, "genuine", signed_by, sealed_at)


def _signer(gap: bytes, digest: bytes, ours: dict[str, Certificate], demo_allowed: bool) -> tuple[Certificate, str]:
    """The certificate whose key vouches for the digest, and its fingerprint. Raises: _NotGenuineError."""
    message, signed_by = _message(gap)
    certificate = _ours(message, signed_by, ours, demo_allowed)
    if _as_we_write_it(message, certificate) != message.dump():
        raise _NotGenuineError("not-our-form", signed_by)
    if not _vouched_for(message, certificate, digest):
        raise _NotGenuineError("altered", signed_by)
    return certificate, signed_by


def _stamped(pdf: bytes, ours: dict[str, Certificate], demo_allowed: bool, versions: Versions) -> SealCheck:
    """Check the sealed file at the beginning as strictly as ever, then that each addition is a stamp alone."""
    # Slow to load, and never needed for a file without stamps.
    from consent.documents.appended import NotAStamp, check_update

    found = _check(pdf[: versions.sizes[0]], ours, demo_allowed)
    stamps = []
    for size, longer in pairwise((*versions.sizes, len(pdf))):
        try:
            stamps.append(check_update(pdf[:size], pdf[:longer], versions.trust).at)
        except NotAStamp as no:
            raise _NotGenuineError(no.code, found.signed_by) from no
    return replace(found, stamps=tuple(stamps))


def _gap(pdf: bytes) -> tuple[int, int]:
    """Where the signature itself stands; everything else in the file is signed. Raises: _NotGenuineError."""
    if not pdf.startswith(b"%PDF-"):
        raise _NotGenuineError("unreadable")
    count = pdf.count(b"/ByteRange")
    if count != 1:
        raise _NotGenuineError("several-signatures" if count else "not-sealed")
    found = _RANGE.search(pdf)
    if found is None:
        raise _NotGenuineError("not-our-form")
    zero, start, end, rest = (int(number) for number in found.groups())
    if zero != 0 or not start < end or end + rest != len(pdf):
        raise _NotGenuineError("not-whole-file")
    if end - start > _LARGEST_GAP:
        raise _NotGenuineError("not-our-form")
    return start, end


def _message(gap: bytes) -> tuple[cms.ContentInfo, str]:
    """The signature message that fills the gap with zeros after it, and its signer's certificate's fingerprint."""
    if not re.fullmatch(rb"<(?:[0-9A-F]{2})+>", gap):
        raise _NotGenuineError("not-our-form")
    try:
        message = cms.ContentInfo.load(bytes.fromhex(gap[1:-1].decode("ascii")))
        length, kind = len(message.dump()), message["content_type"].native
    except ValueError:
        # An empty signature, or what is none at all.
        raise _NotGenuineError("not-our-form") from None
    if kind != "signed_data" or gap[1 + 2 * length : -1].strip(b"0"):
        raise _NotGenuineError("not-our-form")
    signed = message["content"]
    if len(signed["signer_infos"]) != 1:
        raise _NotGenuineError("not-our-form")
    return message, hashlib.sha256(_holder(signed).dump()).hexdigest()


def _holder(signed: cms.SignedData) -> x509.Certificate:
    """The certificate of whoever signed: the one among them that the signer names. Raises: _NotGenuineError."""
    named = signed["signer_infos"][0]["sid"].chosen
    held = [each.chosen for each in signed["certificates"]]
    found = [each for each in held if isinstance(each, x509.Certificate) and _is_named(each, named)]
    if len(found) != 1:
        raise _NotGenuineError("not-our-form")
    return found[0]


def _is_named(certificate: x509.Certificate, named: core.Asn1Value) -> bool:
    if not isinstance(named, cms.IssuerAndSerialNumber):
        return False
    return bool(
        named["serial_number"].native == certificate.serial_number
        and named["issuer"].dump() == certificate.issuer.dump()
    )


def _ours(message: cms.ContentInfo, signed_by: str, ours: dict[str, Certificate], demo_allowed: bool) -> Certificate:
    certificate = ours.get(signed_by)
    if certificate is None:
        names = _holder(message["content"]).subject.native
        demo = str(names.get("common_name", "")).startswith(f"{DEMO_MARK} ")
        raise _NotGenuineError("demo" if demo else "not-our-certificate", signed_by)
    if certificate.is_demo and not demo_allowed:
        raise _NotGenuineError("demo", signed_by)
    return certificate


def _as_we_write_it(message: cms.ContentInfo, ours: Certificate) -> bytes:
    """The message built anew from the parts that are signed or known: what is neither cannot hide in it."""
    signed = message["content"]
    signer, holder = signed["signer_infos"][0], _holder(signed)
    chain = [x509.Certificate.load(each.public_bytes(Encoding.DER)) for each in ours.embedded]
    sha256 = cms.DigestAlgorithm({"algorithm": "sha256"})
    anew = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [sha256],
            "encap_content_info": {"content_type": "data"},
            "certificates": [holder, *chain],
            "signer_infos": [
                cms.SignerInfo(
                    {
                        "version": "v1",
                        "sid": cms.SignerIdentifier(
                            {
                                "issuer_and_serial_number": cms.IssuerAndSerialNumber(
                                    {"issuer": holder.issuer, "serial_number": holder.serial_number}
                                )
                            }
                        ),
                        "digest_algorithm": sha256,
                        "signature_algorithm": cms.SignedDigestAlgorithm({"algorithm": "sha256_rsa"}),
                        "signed_attrs": signer["signed_attrs"],
                        "signature": signer["signature"].native,
                    }
                )
            ],
        }
    )
    whole: bytes = cms.ContentInfo({"content_type": "signed_data", "content": anew}).dump()
    return whole


def _vouched_for(message: cms.ContentInfo, certificate: Certificate, digest: bytes) -> bool:
    """Whether the certificate's key signed these attributes, and they name this digest. Source: RFC 5652, 5.4."""
    signer = message["content"]["signer_infos"][0]
    attributes = {each["type"].native: each["values"] for each in signer["signed_attrs"]}
    key = certificate.x509.public_key()
    if not isinstance(key, RSAPublicKey) or attributes["content_type"].native != ["data"]:
        return False
    try:
        key.verify(signer["signature"].native, signer["signed_attrs"].untag().dump(), PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    named = attributes["message_digest"]
    return len(named) == 1 and isinstance(named[0], core.OctetString) and bool(named[0].native == digest)


def _stated_time(pdf: bytes) -> datetime:
    """The time in the seal of a file whose signature holds; asks once more that the seal is of our one kind."""
    # Slow to load, and never needed for a file that our key does not vouch for.
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.fields import MDPPerm

    reader = PdfFileReader(io.BytesIO(pdf))
    seals = reader.embedded_signatures
    if len(seals) != 1:
        raise _NotGenuineError("several-signatures" if seals else "not-sealed")
    (seal,) = seals
    stated = seal.self_reported_timestamp
    if seal.field_name != FIELD_NAME or seal.docmdp_level is not MDPPerm.NO_CHANGES or not _certifies(reader, seal):
        raise _NotGenuineError("not-our-form")
    if not isinstance(stated, datetime) or stated.tzinfo is None:
        raise _NotGenuineError("wrong-time")
    return stated


def _certifies(reader: PdfFileReader, seal: EmbeddedPdfSignature) -> bool:
    """Whether the catalogue names this very seal as the one that fixes the document."""
    permissions = reader.root.get("/Perms")
    return permissions is not None and permissions.raw_get("/DocMDP") == seal.sig_field.raw_get("/V")
