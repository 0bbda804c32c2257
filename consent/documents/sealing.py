"""The seal: the organisation's PAdES B-B certification of the whole file, no change allowed after it.

Source: ETSI EN 319 142-1 (baseline B-B), ISO 32000-1 12.8.2.2 (DocMDP), ISO 14289-1 7.18 (a hidden field keeps the
tags right).
"""

from __future__ import annotations

import io
from datetime import datetime

from asn1crypto.x509 import Certificate as DerCertificate
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.sign.fields import InvisSigSettings, MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.pdf_cms import Signer
from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner, PdfSigningSession

from consent.documents.certificates import FIELD_NAME, CannotSeal, Certificate, Sealing

__all__ = ["FIELD_NAME", "CannotSeal", "Sealer"]

# Hex digits kept free for the signature: about twice what an RSA-3072 seal with its certificate takes.
_ROOM = 8192


class Sealer:
    """Seals with one key that stays loaded. Safe to use from several threads."""

    def __init__(self, sealing: Sealing) -> None:
        self._sealing = sealing
        self._signer = _HeldKeySigner(sealing)

    @property
    def certificate(self) -> Certificate:
        """The certificate that it seals with."""
        return self._sealing.certificate

    @property
    def fingerprint(self) -> str:
        """The sealing certificate's fingerprint: SHA-256 in hex."""
        return self._sealing.certificate.fingerprint

    def seal(self, pdf: bytes, reason: str, at: datetime) -> bytes:
        """The file with one seal over all of it; `at` (aware) is its stated time. Asks no network.

        Raises: CannotSeal (expired, not-yet-valid, or bad-document: not a PDF, or signed already).
        """
        self._sealing.certificate.check_valid(at)
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
                IncrementalPdfFileWriter(io.BytesIO(pdf)), bytes_reserved=_ROOM, output=sealed
            )
        except (PdfError, SigningError) as error:
            raise CannotSeal("bad-document") from error
        return sealed.getvalue()


class _HeldKeySigner(Signer):
    """Signs with a key object that is already loaded; pyHanko's own signer loads it anew for every use."""

    def __init__(self, sealing: Sealing) -> None:
        der = sealing.certificate.x509.public_bytes(serialization.Encoding.DER)
        super().__init__(signing_cert=DerCertificate.load(der), embed_roots=False)
        self._key: RSAPrivateKey = sealing.key

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        if dry_run:
            return bytes(self._key.key_size // 8)
        if digest_algorithm != "sha256":
            raise SigningError("the seal is made with SHA-256 only")
        return self._key.sign(data, PKCS1v15(), hashes.SHA256())


class _PunctualSigner(PdfSigner):
    """States the time that it was handed, not the machine's."""

    def __init__(self, details: PdfSignatureMetadata, signer: Signer, field: SigFieldSpec, at: datetime) -> None:
        super().__init__(details, signer, new_field_spec=field)
        self._at = at

    def init_signing_session(self, pdf_out: BasePdfFileWriter, existing_fields_only: bool = False) -> PdfSigningSession:
        session = super().init_signing_session(pdf_out, existing_fields_only)
        session.system_time = self._at
        return session
