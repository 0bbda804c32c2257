"""A time-stamp of the whole sealed file, put after it: what was sealed stays as it is, byte for byte.

The update holds one hidden field, named so that a screen reader passes it by, and the authority's token; it rewrites
only what has to list that field: the form and the first page. Where the issuers say whether the certificates are
good, the chain and what they say go along, named by the catalogue. A certification that allows no changes
allows this. Source: ETSI EN 319 142-1, 5.4 and 5.5 (validation data, document time-stamp); ISO 32000-2, 12.8.5.
"""

from __future__ import annotations

import asyncio
import io
from dataclasses import dataclass

from asn1crypto import cms, crl, ocsp
from asn1crypto import x509 as der
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.fields import InvisSigSettings
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.pdf_signer import PdfTimeStamper
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.validation.dss import DocumentSecurityStore

from consent.documents.stamping import STAMP_FIELD, CannotStamp, Stamper

# Hex digits kept free for the token: tokens with a chain of three certificates take up to two thirds of it.
_ROOM = 24576


@dataclass(frozen=True)
class Material:
    """What a checker without a network needs to judge the seal and the stamp (DER): the chains, the issuers' lists of
    revoked ones, and their answers (OCSP)."""

    certificates: tuple[bytes, ...]
    lists: tuple[bytes, ...]
    answers: tuple[bytes, ...] = ()


def add_stamp(pdf: bytes, stamper: Stamper, number: int, material: Material | None = None) -> bytes:
    """Return the file with the authority's time-stamp over all of it put after it. `number`: 1 for its first stamp.

    With `material` the stamp is over that too, which lies in the same update (PAdES B-LT, with the stamp B-LTA).

    Raises: CannotStamp (as `Stamper.stamp`; too-large for a token without room, bad-document for what is no PDF).
    """
    stamped = io.BytesIO()
    adding = PdfTimeStamper(
        _Asking(stamper),
        field_name=f"{STAMP_FIELD}{number}",
        invis_settings=InvisSigSettings(set_print_flag=False, set_hidden_flag=True),
        readable_field_name=f"Time-stamp {number}",
    )
    try:
        writer = _Unsigned(io.BytesIO(pdf))
        if material is not None:
            DocumentSecurityStore.supply_dss_in_writer(
                writer,
                None,
                certs=[der.Certificate.load(each) for each in material.certificates],
                crls=[crl.CertificateList.load(each) for each in material.lists],
                ocsps=[ocsp.OCSPResponse.load(each) for each in material.answers],
            )
        adding.timestamp_pdf(writer, "sha256", bytes_reserved=_ROOM, output=stamped)
    except (PdfError, SigningError) as error:
        raise CannotStamp("bad-document") from error
    return stamped.getvalue()


class _Asking(TimeStamper):
    """Lets our own client ask, which checks what it is given."""

    def __init__(self, stamper: Stamper) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._stamper = stamper

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        if md_algorithm != "sha256":
            raise SigningError("a stamp is made over SHA-256 only")
        # In a thread, because the client checks the answer in a loop of its own.
        token = await asyncio.to_thread(self._stamper.stamp, message_digest)
        if 2 * len(token) > _ROOM:
            raise CannotStamp("too-large")
        return cms.ContentInfo.load(token)


class _Unsigned(IncrementalPdfFileWriter):
    """Leaves the document's own metadata alone: pyHanko would write its name and the machine's time into it."""

    def _update_meta(self) -> None:
        pass
