"""Every certificate that seals is put on record with the first form that it seals, and stays there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from sqlalchemy.engine import Connection

from consent.acts.house import Deed, House
from consent.documents.certificates import CannotSeal, Certificate
from consent.records import certificates, stamps
from consent.records.tables.organisation import seal_certificate
from consent.records.tables.stamps import stamp_root
from consent.rules.refusal import Reason, Refused

DEAD = frozenset({"expired", "not-yet-valid", "revoked"})
"""Why a certificate does not seal until somebody puts another in its place: no trying again helps."""


def keep(deed: Deed, certificate: Certificate) -> None:
    """Afterwards it is on record: for good, whichever seals after it. Writes: seal_certificate."""
    if not certificates.is_kept(deed.connection, certificate.fingerprint):
        deed.ledger.insert(
            seal_certificate,
            id=certificate.fingerprint,
            pem=certificate.pem,
            valid_from=certificate.valid_from,
            valid_until=certificate.valid_until,
            kept_at=deed.now,
        )


def keep_roots(deed: Deed, trust: Iterable[Certificate]) -> None:
    """Afterwards the roots that a time-stamp rests on are on record, for good. Writes: stamp_root."""
    known = {each.id for each in stamps.roots(deed.connection)}
    for root in trust:
        if root.fingerprint not in known:
            deed.ledger.insert(stamp_root, id=root.fingerprint, pem=root.pem, kept_at=deed.now)


def objections(house: House, connection: Connection) -> tuple[Reason, ...]:
    """Return why nothing can be sealed now: known before a patient begins, not when he has finished."""
    certificate = house.sealer.certificate
    dead = certificate.fingerprint in certificates.revoked_since(connection)
    try:
        house.sealer.check(house.clock())
    except CannotSeal:
        dead = True
    return (Reason("cannot-seal"),) if dead else ()


@contextmanager
def refusing_dead_seals() -> Iterator[None]:
    """A certificate that died while somebody was signing is said as at the hand-over: a rule's no, not a fault.

    Raises: Refused('cannot-seal'); a seal that is out of reach for the moment stays a fault, and worth trying again.
    """
    try:
        yield
    except CannotSeal as error:
        if error.code not in DEAD:
            raise
        raise Refused(Reason("cannot-seal")) from error


def keep_current(deed: Deed) -> None:
    """Afterwards the one that seals now is on record. Within a deed, so that no revocation comes in between.

    Writes: seal_certificate. Raises: CannotSeal (revoked): then nothing that it sealed is taken.
    """
    certificate = deed.house.sealer.certificate
    if certificates.revoked_since(deed.connection).get(certificate.fingerprint) is not None:
        raise CannotSeal("revoked")
    keep(deed, certificate)
