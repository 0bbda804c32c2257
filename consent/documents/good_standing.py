"""Whether a certificate and those who issued it are good, as their issuers say who are asked now.

Asked are the addresses that stand in the certificates themselves (OCSP first, then the list of revoked ones), so the
certificates must come from somebody who may send this server to an address: never from a file that anybody hands in.
An answer is kept with the file that it is about, so it must hold by itself: signed by the issuer or for it, about this
certificate, of now. Source: RFC 6960 (3.2, 4.2.2); RFC 5280 (5, 6.3); ETSI EN 319 142-1, 5.4.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar

from asn1crypto import x509 as der
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.authority import CertTrustAnchor
from pyhanko_certvalidator.errors import CRLValidationIndeterminateError, OCSPValidationIndeterminateError, RevokedError
from pyhanko_certvalidator.path import ValidationPath
from pyhanko_certvalidator.revinfo.validate_crl import verify_crl
from pyhanko_certvalidator.revinfo.validate_ocsp import verify_ocsp_response

from consent.documents.asking import NoAnswer, Question, ask, is_asked

SECONDS = 5.0
"""How long one address may take for its whole answer."""
ALL_SECONDS = 30.0
"""How long all of a chain may take."""
LARGEST_ANSWER = 32 * 1024
LARGEST_LIST = 256 * 1024
NO_ADDRESS = "no-address"
# A certificate names one or two of each; more is somebody's joke.
_ADDRESSES = 3
# How far the issuer's clock and ours may differ.
_SKEW = timedelta(minutes=5)

_Extension = TypeVar("_Extension", bound=x509.ExtensionType)


class FoundRevoked(Exception):
    """Its issuer says that the certificate, or one of those above it, is revoked. `since`: from when on (UTC)."""

    def __init__(self, since: datetime) -> None:
        super().__init__(since.isoformat())
        self.since = since


@dataclass(frozen=True)
class Standing:
    """What the issuers say. `answers`: OCSP responses, `lists`: lists of revoked ones (DER), each checked.

    `lacking` is None when every certificate below the root has its good word. Otherwise why one has none: no-address
    (nobody can be asked), unreachable, took-too-long, too-large, refused, not-asked, stale or not-good (what came is no
    good word: unreadable, signed by another, about another certificate, or "unknown").
    """

    answers: tuple[bytes, ...] = ()
    lists: tuple[bytes, ...] = ()
    lacking: str | None = None

    @property
    def may_come(self) -> bool:
        """Whether what is lacking may be had another time."""
        return self.lacking not in (None, NO_ADDRESS)


class _NoWordError(Exception):
    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def ask_issuers(
    chain: Sequence[bytes],
    now: datetime,
    at_hand: Sequence[bytes] = (),
    seconds: float = SECONDS,
    may_ask: bool = True,
) -> Standing:
    """Return what the issuers of a chain say of it now. `chain` (DER): the certificate, its issuers, the root.

    `at_hand`: lists (DER) that are here already: whom they speak of is not asked about. `seconds`: for one address.
    `may_ask`: whether any is asked; if not, not-asked is lacking where there would be one.
    Raises: FoundRevoked; ValueError if the chain is unreadable.
    """
    ends = time.monotonic() + ALL_SECONDS
    found = Standing()
    # From the root down: whoever signs a list must be good too.
    for place in reversed(range(len(chain) - 1)):
        asked = _Asked(chain[place:], now, found, min(seconds, SECONDS), ends if may_ask else None)
        try:
            found = asked.word(at_hand)
        except _NoWordError as error:
            # What may come another time is told rather than what never will.
            found = replace(found, lacking=found.lacking if found.may_come else error.code)
    return found


def chain_ends(chain: Sequence[bytes]) -> datetime:
    """The last instant (UTC) at which all of a chain (DER) are valid. Raises: ValueError."""
    return min(x509.load_der_x509_certificate(each).not_valid_after_utc for each in chain)


class _Asked:
    """One certificate that is asked about: the first of `chain`, by the second. `above`: what is known of those."""

    def __init__(
        self, chain: Sequence[bytes], now: datetime, above: Standing, seconds: float, ends: float | None
    ) -> None:
        self._holder, self._issuer = (x509.load_der_x509_certificate(each) for each in chain[:2])
        self._ders = [der.Certificate.load(each) for each in chain]
        self._now, self._above, self._seconds, self._ends = now, above, seconds, ends

    def word(self, at_hand: Sequence[bytes]) -> Standing:
        """Return what is known with the first good word about it. Raises: _NoWordError, FoundRevoked."""
        lacking = NO_ADDRESS
        for each in at_hand:
            try:
                return self._with(lists=(each,))
            except _NoWordError as error:
                # One that is somebody else's says nothing; one that is old may be put there anew.
                lacking = error.code if error.code == "stale" else lacking
        for ask_at, url in self._addresses():
            try:
                return ask_at(url)
            except _NoWordError as error:
                lacking = error.code
        raise _NoWordError(lacking)

    def _addresses(self) -> Iterator[tuple[Callable[[str], Standing], str]]:
        yield from ((self._answer, each) for each in islice(_responders(self._holder), _ADDRESSES))
        yield from ((self._list, each) for each in islice(_points(self._holder), _ADDRESSES))

    def _answer(self, url: str) -> Standing:
        # SHA-1 only names the certificate here, and is the one name that every responder knows (RFC 9654).
        asked = ocsp.OCSPRequestBuilder().add_certificate(self._holder, self._issuer, hashes.SHA1())  # noqa: S303
        question = asked.build().public_bytes(serialization.Encoding.DER)
        body = self._ask(Question(url, question, "application/ocsp-request"), LARGEST_ANSWER)
        try:
            said = ocsp.load_der_ocsp_response(body).response_status
        except ValueError as error:
            raise _NoWordError("not-good") from error
        if said is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            raise _NoWordError("refused")
        return self._with(answers=(body,))

    def _list(self, url: str) -> Standing:
        return self._with(lists=(self._ask(Question(url), LARGEST_LIST),))

    def _ask(self, question: Question, largest: int) -> bytes:
        if self._ends is None:
            raise _NoWordError("not-asked")
        try:
            return ask(question, min(self._seconds, self._ends - time.monotonic()), largest)
        except NoAnswer as error:
            raise _NoWordError(error.code) from error

    def _with(self, answers: tuple[bytes, ...] = (), lists: tuple[bytes, ...] = ()) -> Standing:
        """Return what is known with the one word handed in, if it says that the certificate is good now."""
        try:
            asyncio.run(self._check(answers, lists))
        except RevokedError as error:
            if error.is_side_validation:  # whoever signed the word is revoked, not whom it is about
                raise _NoWordError("not-good") from error
            raise FoundRevoked(error.revocation_dt) from error
        except (OCSPValidationIndeterminateError, CRLValidationIndeterminateError) as error:
            raise _NoWordError("stale" if error.suspect_stale else "not-good") from error
        except Exception as error:  # parsers raise whatever a broken answer makes them raise, and all of it means no
            raise _NoWordError("not-good") from error
        above = self._above
        known = (dict.fromkeys((*above.answers, *answers)), dict.fromkeys((*above.lists, *lists)))
        return replace(above, answers=tuple(known[0]), lists=tuple(known[1]))

    async def _check(self, answers: tuple[bytes, ...], lists: tuple[bytes, ...]) -> None:
        holder, *between, root = self._ders
        context = ValidationContext(
            trust_roots=[root],
            other_certs=between,
            ocsps=(*self._above.answers, *answers),
            crls=(*self._above.lists, *lists),
            # Asked of whoever signed the word; where nobody could be found to speak for those above, no more is asked.
            revocation_mode="require" if self._above.lacking is None else "soft-fail",
            moment=self._now,
            time_tolerance=_SKEW,
            allow_fetching=False,
        )
        path = ValidationPath(CertTrustAnchor(root), list(reversed(between)), holder)
        await (verify_ocsp_response(holder, path, context) if answers else verify_crl(holder, path, context))


def _responders(certificate: x509.Certificate) -> Iterator[str]:
    """Give the addresses at which its issuer answers questions."""
    for each in _extension(certificate, x509.AuthorityInformationAccess) or ():
        place = each.access_location
        if each.access_method == AuthorityInformationAccessOID.OCSP and _is_address(place):
            yield place.value


def _points(certificate: x509.Certificate) -> Iterator[str]:
    """Give the addresses at which its issuer puts its whole list."""
    for each in _extension(certificate, x509.CRLDistributionPoints) or ():
        # A part of the reasons only, or somebody else's list, would not be the issuer's whole word.
        if each.reasons is None and each.crl_issuer is None:
            yield from (place.value for place in each.full_name or () if _is_address(place))


def _is_address(place: x509.GeneralName) -> bool:
    return isinstance(place, x509.UniformResourceIdentifier) and is_asked(place.value)


def _extension(certificate: x509.Certificate, kind: type[_Extension]) -> _Extension | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return None
