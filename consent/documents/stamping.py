"""Time-stamps from an authority: proof by somebody else that a digest was there before a certain moment.

The authority is sent the SHA-256 alone, never a word of what it is of. What it answers is checked before it is kept:
it is about this digest, it answers this very question, and its certificate is a time-stamping one under a root that
the hospital named. Source: RFC 3161 (2.3, 2.4), RFC 5816, RFC 5652.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from asn1crypto import cms, core, tsp
from asn1crypto import x509 as der
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from consent.documents.asking import NoAnswer, Question, ask
from consent.documents.certificates import BadSealing, Certificate

SECONDS = 20
"""How long an authority may take for its whole answer."""
LARGEST = 64 * 1024
DIGEST_SIZE = 32
STAMP_FIELD = "DocumentStamp"
"""How the name of a stamp's field in a file begins; a number follows."""


class CannotStamp(Exception):
    """There is no time-stamp now. `code` is unreachable, took-too-long, too-large, refused or bad-answer, or that of
    a BadStamp: the answer came and is not to be trusted; authority-revoked: nor is whoever would give it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class BadStamp(Exception):
    """A token that proves nothing. `code` is unreadable, wrong-digest, wrong-nonce, unknown-authority or altered."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Stamp:
    """What a good token says: `at`, the authority's time; `ends`, when the first certificate of its chain does;
    `chain`, whose it is: the authority's certificate (DER), who issued it, and so on up to the trusted root."""

    at: datetime
    ends: datetime
    chain: tuple[bytes, ...] = ()


class Stamper:
    """Asks one authority. Safe to use from several threads; each stamp is one request."""

    def __init__(self, url: str, trust: Sequence[Certificate], seconds: float = SECONDS) -> None:
        if not url.startswith(("https://", "http://")):
            raise ValueError("a time-stamp authority is asked over http or https")
        self._url = url
        self._seconds = seconds
        self.trust = tuple(trust)
        """The roots under which a stamp of this authority is good."""
        self._chain: tuple[bytes, ...] = ()

    def stamp(self, digest: bytes) -> bytes:
        """Return the authority's token (DER) over this SHA-256 digest, checked. Raises: CannotStamp."""
        if len(digest) != DIGEST_SIZE:
            raise ValueError("a digest here is a SHA-256")
        nonce = secrets.randbits(64)
        answer = self._ask(_question(digest, nonce).dump())
        try:
            token = _token(answer)
            found, _ = _read(token)
            if found["nonce"].native != nonce:
                raise BadStamp("wrong-nonce")
            self._chain = read_stamp(token, digest, self.trust).chain
        except BadStamp as error:
            raise CannotStamp(error.code) from error
        return token

    def recognise(self, token: bytes, digest: bytes) -> None:
        """Learn from an earlier stamp whose stamps these are, unless it is somebody else's or was learnt already."""
        with suppress(BadStamp):
            self._chain = self._chain or read_stamp(token, digest, self.trust).chain

    def chain(self) -> tuple[bytes, ...]:
        """Return whose stamps these are (DER, the root last), as its last stamp told; one over nothing is asked for
        where there was none yet. Raises: CannotStamp."""
        if not self._chain:
            self.stamp(secrets.token_bytes(DIGEST_SIZE))
        return self._chain

    def _ask(self, question: bytes) -> bytes:
        """Send one request. Raises: CannotStamp."""
        kind, accepts = "application/timestamp-query", "application/timestamp-reply"
        try:
            return ask(Question(self._url, question, kind, accepts), self._seconds, LARGEST)
        except NoAnswer as error:
            raise CannotStamp(error.code) from error


def load_trust(pem: bytes) -> tuple[Certificate, ...]:
    """Return the certificates in a PEM file. Raises: BadSealing, also if there is none."""
    try:
        found = x509.load_pem_x509_certificates(pem)
    except ValueError as error:
        raise BadSealing("not a file of PEM certificates") from error
    return tuple(Certificate(each, each.fingerprint(hashes.SHA256()).hex()) for each in found)


def check_stamp(token: bytes, digest: bytes, trust: Sequence[Certificate]) -> datetime:
    """Return the time that a trusted authority vouches for this digest with. Raises: BadStamp."""
    return read_stamp(token, digest, trust).at


def read_stamp(token: bytes, digest: bytes, trust: Iterable[Certificate]) -> Stamp:
    """Return what a token says of this digest. Raises: BadStamp.

    The chain is checked as of the token's own time: a certificate that has ended since does not undo what it stamped.
    No network is asked; revocation counts where the token carries word of it.
    """
    said, signed = _read(token)
    imprint = said["message_imprint"]
    if imprint["hash_algorithm"]["algorithm"].native != "sha256" or imprint["hashed_message"].native != digest:
        raise BadStamp("wrong-digest")
    at: datetime = said["gen_time"].native
    status = asyncio.run(_checked(signed, digest, at, trust))
    if not (status.intact and status.valid):
        raise BadStamp("altered")
    path = status.validation_path
    if not status.trusted or path is None or not _stamps_only(status.signing_cert):
        raise BadStamp("unknown-authority")
    chain = [each for each in path if isinstance(each, der.Certificate)]
    ends = min(each.not_valid_after for each in (status.signing_cert, *chain))
    # A path begins at the root; nobody's certificate stands in it twice.
    return Stamp(at, ends, tuple(each.dump() for each in reversed(chain)))


async def _checked(signed: cms.SignedData, digest: bytes, at: datetime, trust: Iterable[Certificate]) -> Any:  # noqa: ANN401 -- pyHanko's status
    from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
    from pyhanko.sign.validation.status import TimestampSignatureStatus
    from pyhanko_certvalidator import ValidationContext

    roots = [der.Certificate.load(each.x509.public_bytes(serialization.Encoding.DER)) for each in trust]
    context = ValidationContext(trust_roots=roots, allow_fetching=False, moment=at, time_tolerance=timedelta(0))
    try:
        return TimestampSignatureStatus(**await validate_tst_signed_data(signed, context, lambda _: digest))
    except Exception as error:  # parsers raise whatever a broken token makes them raise, and all of it means no
        raise BadStamp("unreadable") from error


def _stamps_only(certificate: der.Certificate) -> bool:
    """Whether a certificate is for time-stamping and nothing else, said critically. Source: RFC 3161, 2.3."""
    usage = certificate.extended_key_usage_value
    return (
        usage is not None
        and usage.native == ["time_stamping"]
        and "extended_key_usage" in certificate.critical_extensions
    )


def _question(digest: bytes, nonce: int) -> tsp.TimeStampReq:
    imprint = tsp.MessageImprint({"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": digest})
    return tsp.TimeStampReq({"version": 1, "message_imprint": imprint, "nonce": nonce, "cert_req": True})


def _token(answer: bytes) -> bytes:
    """Return the token in an authority's answer. Raises: BadStamp, CannotStamp('refused')."""
    try:
        # By place, because asn1crypto's own class knows no answer without a token, as a refusal is.
        parts = core.Sequence.load(answer, strict=True)
        status = tsp.PKIStatusInfo.load(parts[0].dump())["status"].native
        if status not in ("granted", "granted_with_mods"):
            raise CannotStamp("refused")
        token: bytes = parts[1].dump()
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise BadStamp("unreadable") from error
    return token


def _read(token: bytes) -> tuple[tsp.TSTInfo, cms.SignedData]:
    """Return what is said in a token, and the message around it. Raises: BadStamp."""
    try:
        message = cms.ContentInfo.load(token, strict=True)
        if message["content_type"].native != "signed_data":
            raise BadStamp("unreadable")
        signed = message["content"]
        inside = signed["encap_content_info"]
        if inside["content_type"].native != "tst_info" or len(signed["signer_infos"]) != 1:
            raise BadStamp("unreadable")
        content = inside["content"]
        said = content.parsed if isinstance(content, core.ParsableOctetString) else None
        if not isinstance(said, tsp.TSTInfo) or said["version"].native != "v1":
            raise BadStamp("unreadable")
        said.native  # noqa: B018 -- reads every part now, so that nothing fails later
        return said, signed
    except (ValueError, TypeError, KeyError) as error:
        raise BadStamp("unreadable") from error


def digest_of(content: bytes) -> bytes:
    """Return what an authority is asked to stamp for this content: its SHA-256."""
    return hashlib.sha256(content).digest()
