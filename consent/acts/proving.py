"""Is this a genuine form of ours, and is it still in force? Answered to anybody, without saying whose it is.

The same answer for the page and the command line. Source: issue of a copy under domain rule 22; rule 25.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from itertools import islice, pairwise
from typing import Any

from sqlalchemy.engine import Connection, Row

from consent.acts import filing, throttle
from consent.acts.house import House
from consent.acts.receipts import CODE_LENGTH
from consent.documents.certificates import Certificate, sealed_in_time
from consent.documents.limited import LARGEST, SECONDS, TOOK_TOO_LONG, Busy, check_limited
from consent.documents.verifying import Versions, check_seal
from consent.records import certificates, proof, stamps
from consent.rules.expiry import last_good_day
from consent.rules.identifiers import SAFE_ALPHABET, BadIdentifier, parse_consent_number
from consent.rules.refusal import Reason, Refused
from consent.rules.standing import Standing, standing
from consent.vault.blobs import BlobMissing
from consent.vault.envelope import CannotDecrypt
from consent.vault.secrets import is_check_code

__all__ = ["LARGEST", "Proof", "check_document", "check_printed", "check_sum", "take_check"]

_SUM = re.compile(r"[0-9a-f]{64}")
_END = re.compile(rb"%%EOF\n")
# The paper, its seal and one for each stamp: with one a year these are for decades.
ENDS_LOOKED_AT = 40
# Whoever checks a pile of papers is no guesser; whoever checks a thousand is.
CHECKS_ALLOWED = 60
# For whoever holds the file these are one thing: it is not as it left us.
_PLAIN = {"stamp-not-trusted": "altered", "changed-with-stamp": "altered"}
PATIENCE = 30


@dataclass(frozen=True)
class Proof:
    """What a file proves. `reason` is 'genuine', 'not-on-record', or why the seal is not ours or not whole."""

    genuine: bool
    reason: str
    sealed_at: datetime | None = None
    standing: Standing | None = None
    stamped_at: datetime | None = None
    """When an authority first stamped it, for a file with such a stamp that was checked whole."""


def take_check(house: House, origin: str) -> None:
    """Count a check from this network address. Raises: Refused('wait', seconds) after very many."""
    throttle.take_tries(house, {throttle.place_name(house, "check-address", origin): CHECKS_ALLOWED})


def check_document(house: House, pdf: bytes, *, kept: bool = False) -> Proof:
    """Return whether these very bytes were sealed here and stand on our record, and how the consent stands today.

    Genuine needs both: a file that was sealed but never recorded (a crash) proves nothing. Any bytes are answered
    within about five seconds. `kept`: they come out of our own store, where only our keys can have put them; they are
    checked in this process, twenty times as quickly, because an audit looks at thousands.
    Raises: Refused('busy') when too many are being checked; never for what is kept.
    """
    with house.reading() as connection:
        row = proof.by_hash(connection, hashlib.sha256(pdf).hexdigest())
        versions = _versions(connection, row, pdf) if row is not None else None
    if isinstance(versions, Proof):
        return versions
    ours, demo = _ours(house).values(), house.terms.demo
    try:
        # Byte for byte what we sealed can do no harm: there only this machine can be slow.
        seconds = SECONDS if row is None else PATIENCE
        seal = (
            check_seal(pdf, ours, demo, versions)
            if kept
            else check_limited(pdf, ours, demo_allowed=demo, seconds=seconds, versions=versions)
        )
    except Busy:
        raise Refused(Reason("busy")) from None
    if seal.reason_code == TOOK_TOO_LONG and row is not None:
        raise Refused(Reason("busy"))
    if not seal.genuine:
        code = _PLAIN.get(seal.reason_code, seal.reason_code)
        return Proof(False, "not-whole-file" if row is None and _begins_on_record(house, pdf) else code)
    if row is None:
        return Proof(False, "not-on-record", seal.sealed_at)
    return _genuine(house, row, seal.sealed_at or row.made_at, seal.stamps[0] if seal.stamps else None)


def _versions(connection: Connection, row: Row[Any], pdf: bytes) -> Versions | Proof | None:
    """Return what the record says of the versions before this one; None if it is the first.

    If one of them is not what the file begins with, that is the answer.
    """
    before = [each for each in stamps.versions(connection, row.id) if each.size < row.version_size]
    if not before:
        return None
    if any(hashlib.sha256(pdf[: each.size]).hexdigest() != each.sha256 for each in before):
        return Proof(False, "altered")
    roots = tuple(Certificate.load(each.pem.encode()) for each in stamps.roots(connection))
    return Versions(tuple(each.size for each in before), roots)


def _begins_on_record(house: House, pdf: bytes) -> bool:
    """Say whether the file begins with one that stands on our record: then something was put after that."""
    ends = [found.end() for found in islice(_END.finditer(pdf), ENDS_LOOKED_AT)]
    begun, digests = hashlib.sha256(), []
    for start, end in pairwise((0, *ends)):
        begun.update(pdf[start:end])
        digests.append(begun.hexdigest())
    with house.reading() as connection:
        return any(proof.by_hash(connection, digest) is not None for digest in digests)


def check_sum(house: House, sha256: str) -> Proof:
    """Return the same for a file that stays with whoever holds it: its SHA-256, worked out there.

    A file with this sum is byte for byte one that was sealed here. Why another one is not genuine, only the file tells.
    """
    digest = sha256.strip().lower()
    with house.reading() as connection:
        row = proof.by_hash(connection, digest) if _SUM.fullmatch(digest) else None
        if row is not None and not _is_stored(house, connection, row, digest):
            row = None
    if row is None:
        return Proof(False, "not-on-record")
    seal = _ours(house).get(row.seal)
    if seal is None:
        return Proof(False, "not-our-certificate")
    if seal.is_demo and not house.terms.demo:
        return Proof(False, "demo")
    return _genuine(house, row, row.made_at)


def _is_stored(house: House, connection: Connection, row: Row[Any], digest: str) -> bool:
    """Say whether we have kept the very file of this sum, under our keys: a sum in the database proves nothing.

    Of a consent that was destroyed nothing is left to open; it is not in force in any case.
    """
    kept = proof.stored(connection, digest)
    try:
        return kept is not None and bool(filing.read(house, connection, kept))
    except (filing.Altered, BlobMissing, CannotDecrypt, KeyError):
        return row.destroyed_at is not None and _standing(house, row) is not Standing.IN_FORCE


def check_printed(house: House, number: str, code: str, origin: str) -> Proof:
    """Return how the form with this number stands, to whoever types the check code that is printed on it.

    A wrong code and an unknown number are answered alike, and both slow down whoever guesses.
    Raises: Refused: code-wrong, wait (seconds).
    """
    try:
        known = parse_consent_number(number)
    except BadIdentifier:
        known = None
    paper, place = throttle.name(house, "check", known or number), throttle.place_name(house, "check-address", origin)
    throttle.take_tries(house, {paper: 0, place: CHECKS_ALLOWED})
    with house.reading() as connection:
        row = proof.by_number(connection, known) if known else None
    right = is_check_code(house.keyring, code, row.id if row is not None else None, SAFE_ALPHABET, CODE_LENGTH)
    if not right or row is None:
        raise Refused(Reason("code-wrong", "code"))
    with house.scratch() as deed:
        throttle.forget(deed.connection, paper)
    return _genuine(house, row, row.made_at)


def _genuine(house: House, row: Row[Any], sealed_at: datetime, stamped_at: datetime | None = None) -> Proof:
    """Return that it is genuine, unless its certificate was revoked when it was sealed."""
    with house.reading() as connection:
        revoked_since = certificates.revoked_since(connection).get(row.seal)
    if not sealed_in_time(sealed_at, revoked_since):
        return Proof(False, "wrong-time", sealed_at)
    return Proof(True, "genuine", sealed_at, _standing(house, row), stamped_at)


def _ours(house: House) -> dict[str, Certificate]:
    """Return every sealing certificate of ours, by fingerprint: the one in use, and all that ever sealed a form."""
    with house.reading() as connection:
        kept = [Certificate.load(row.pem.encode()) for row in certificates.every(connection)]
    return {each.fingerprint: each for each in (house.sealer.certificate, *kept)}


def _standing(house: House, row: Row[Any]) -> Standing:
    # What a parent signed carries nothing new once the child is of age (rule 47).
    grown = row.majority_on is not None and row.majority_on <= house.today
    return standing(
        row.status,
        suspended=row.suspended_at is not None or grown,
        parts_withdrawn=row.parts_withdrawn,
        expires_on=last_good_day(row.expires_on, row.event_confirmed_on),
        today=house.today,
    )
