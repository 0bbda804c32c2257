"""What the issuers have revoked, as a file that somebody puts there anew and again. Source: RFC 5280, section 5."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime
from itertools import pairwise
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from consent.documents.certificates import BadSealing, Certificate

_PEM = re.compile(rb"-----BEGIN X509 CRL-----.+?-----END X509 CRL-----", re.DOTALL)


class RevocationList:
    """A file with one or more lists, in PEM or DER, read again whenever it changes.

    A file that is unreadable at start stops the start; one that becomes unreadable later leaves what was known.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self._state: tuple[int, int] | None = None
        self._lists: tuple[x509.CertificateRevocationList, ...] = ()
        self._read()

    def since(self, certificate: Certificate) -> datetime | None:
        """Since when (UTC) the certificate, or one of its issuers, is listed as revoked; None if none is.

        Only lists that were signed by the issuer of what they list count.
        """
        try:
            self._read()
        except BadSealing:
            pass
        found = []
        for holder, issuer in pairwise((certificate.x509, *certificate.chain)):
            for each in self._lists:
                if _is_by(each, issuer):
                    entry = each.get_revoked_certificate_by_serial_number(holder.serial_number)
                    found += [entry.revocation_date_utc] if entry is not None else []
        return min(found, default=None)

    def about(self, certificate: Certificate) -> tuple[bytes, ...]:
        """The lists (DER) by those who issued the certificate or its issuers: none for a chain that nobody lists."""
        with suppress(BadSealing):  # what cannot be read now leaves what was known
            self._read()
        issuers = certificate.chain
        lists = [each for each in self._lists if any(_is_by(each, issuer) for issuer in issuers)]
        return tuple(each.public_bytes(serialization.Encoding.DER) for each in lists)

    def is_stale(self, certificate: Certificate, now: datetime) -> bool:
        """Whether no list by its issuer is at hand that is still to be trusted at that instant."""
        lists = [each for each in self._lists if certificate.chain and _is_by(each, certificate.chain[0])]
        return not any(each.next_update_utc is None or now <= each.next_update_utc for each in lists)

    def _read(self) -> None:
        try:
            found = self.file.stat()
            state = (found.st_mtime_ns, found.st_size)
            if state == self._state:
                return
            content = self.file.read_bytes()
            parts = _PEM.findall(content)
            lists = [x509.load_pem_x509_crl(each) for each in parts] or [x509.load_der_x509_crl(content)]
        except (OSError, ValueError) as error:
            raise BadSealing(f"The list of revoked certificates {self.file} cannot be read.") from error
        self._lists, self._state = tuple(lists), state


def _is_by(revoked: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    key = issuer.public_key()
    if revoked.issuer != issuer.subject or not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        return False
    return revoked.is_signature_valid(key)
