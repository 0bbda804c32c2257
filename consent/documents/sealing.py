"""The seal: the organisation's PAdES B-B certification of the whole file, no change allowed after it.

Source: ETSI EN 319 142-1 (baseline B-B), ISO 32000-1 12.8.2.2 (DocMDP), ISO 14289-1 7.18 (a hidden field keeps the
tags right).
"""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any, TypeVar

from asn1crypto.cms import CMSAttribute, CMSAttributes, ContentInfo, SignerInfo
from asn1crypto.core import Asn1Value
from asn1crypto.x509 import Certificate as DerCertificate
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.sign.fields import InvisSigSettings, MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.pdf_cms import Signer
from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner, PdfSigningSession
from pyhanko_certvalidator.registry import SimpleCertificateStore

from consent.documents.certificates import FIELD_NAME, CannotSeal, Certificate, Sealing
from consent.documents.revoked import RevocationList

__all__ = ["FIELD_NAME", "CannotSeal", "Sealer"]

# Hex digits kept free for the signature: about twice what an RSA-3072 seal with its certificate takes. A longer key or
# chain gets more.
_ROOM = 8192
_BESIDES = 4096

Value = TypeVar("Value", bound=Asn1Value)


class Sealer:
    """Seals with one key that stays loaded. Safe to use from several threads."""

    def __init__(self, sealing: Sealing, listed: RevocationList | None = None) -> None:
        self._sealing = sealing
        self._listed = listed
        self._signer = _HeldKeySigner(sealing)

    @property
    def certificate(self) -> Certificate:
        """The certificate that it seals with."""
        return self._sealing.certificate

    @property
    def fingerprint(self) -> str:
        """The sealing certificate's fingerprint: SHA-256 in hex."""
        return self._sealing.certificate.fingerprint

    @property
    def listed(self) -> RevocationList | None:
        """The issuers' list of revoked certificates that it looks into before each seal, if there is one."""
        return self._listed

    def check(self, at: datetime) -> None:
        """Return if it may seal at that instant. Raises: CannotSeal (expired, not-yet-valid, revoked)."""
        certificate = self._sealing.certificate
        certificate.check_valid(at)
        if self._listed is not None and self._listed.since(certificate) is not None:
            raise CannotSeal("revoked")

    def seal(self, pdf: bytes, reason: str, at: datetime) -> bytes:
        """The file with one seal over all of it; `at` (aware) is its stated time. Asks no network.

        Raises: CannotSeal (expired, not-yet-valid, revoked, key-out-of-reach, or bad-document: not a PDF, or signed
        already).
        """
        self.check(at)
        sealed = io.BytesIO()
        details = PdfSignatureMetadata(
            field_name=FIELD_NAME, md_algorithm="sha256", reason=reason, subfilter=SigSeedSubFilter.PADES,
            certify=True, docmdp_permissions=MDPPerm.NO_CHANGES,
        )  # fmt: skip
        field = SigFieldSpec(
            FIELD_NAME, readable_field_name=reason,
            invis_sig_settings=InvisSigSettings(set_print_flag=False, set_hidden_flag=True),
        )  # fmt: skip
        try:
            _PunctualSigner(details, self._signer, field, at).sign_pdf(
                IncrementalPdfFileWriter(io.BytesIO(pdf)), bytes_reserved=self._signer.room, output=sealed
            )
        except (PdfError, SigningError) as error:
            raise CannotSeal("bad-document") from error
        return sealed.getvalue()


class _HeldKeySigner(Signer):
    """Signs with a key object that is already loaded; pyHanko's own signer loads it anew for every use."""

    def __init__(self, sealing: Sealing) -> None:
        certificate = sealing.certificate
        holder, *chain = (
            each.public_bytes(serialization.Encoding.DER) for each in (certificate.x509, *certificate.embedded)
        )
        store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
        store.register_multiple([DerCertificate.load(each) for each in chain])
        super().__init__(signing_cert=DerCertificate.load(holder), cert_registry=store, embed_roots=False)
        public = certificate.x509.public_key()
        self._size = public.key_size // 8 if isinstance(public, RSAPublicKey) else 0
        self._sign = sealing.sign
        self._unchanging: tuple[bytes, ...] = ()
        self.room = max(_ROOM, 2 * (self._size + len(holder) + sum(map(len, chain))) + _BESIDES)

    async def signed_attrs(self, data_digest: bytes, *args: Any, **named: Any) -> CMSAttributes:  # noqa: ANN401 - pyHanko hands on
        """What is signed: the file's digest, and what is the same in every seal, which is put together once."""
        if not self._unchanging:
            found = await super().signed_attrs(data_digest, *args, **named)
            self._unchanging = tuple(each.dump() for each in found if each["type"].native != "message_digest")
        digest = CMSAttribute({"type": "message_digest", "values": [data_digest]})
        return _read_back(CMSAttributes([digest, *map(CMSAttribute.load, self._unchanging)]))

    def signer_info(self, *args: Any, **named: Any) -> SignerInfo:  # noqa: ANN401 - pyHanko hands on
        """Who signed what, and how."""
        return _read_back(super().signer_info(*args, **named))

    async def async_sign(self, *args: Any, **named: Any) -> ContentInfo:  # noqa: ANN401 - pyHanko hands on
        """The whole signature."""
        return _read_back(await super().async_sign(*args, **named))

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        if dry_run:
            return bytes(self._size)
        if digest_algorithm != "sha256":
            raise SigningError("the seal is made with SHA-256 only")
        return self._sign(data)


def _read_back(built: Value) -> Value:
    """Return the value as if it had been read: one that was put together is encoded anew, all of it, at each look."""
    read: Value = built.load(built.dump())
    return read


class _PunctualSigner(PdfSigner):
    """States the time that it was handed, not the machine's."""

    def __init__(self, details: PdfSignatureMetadata, signer: Signer, field: SigFieldSpec, at: datetime) -> None:
        super().__init__(details, signer, new_field_spec=field)
        self._at = at

    def init_signing_session(self, pdf_out: BasePdfFileWriter, existing_fields_only: bool = False) -> PdfSigningSession:
        session = super().init_signing_session(pdf_out, existing_fields_only)
        session.system_time = self._at
        return session
