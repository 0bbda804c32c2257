"""Is this file a genuine form of ours, and is it still in force? Answered without saying whose it is."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from consent.acts.house import House
from consent.documents.verifying import check_seal
from consent.records import proof
from consent.rules.expiry import last_good_day
from consent.rules.standing import Standing, standing


@dataclass(frozen=True)
class Proof:
    """What a file proves. `reason` is 'genuine', 'not-on-record', or why the seal is not ours or not whole."""

    genuine: bool
    reason: str
    sealed_at: datetime | None = None
    standing: Standing | None = None


def check_document(house: House, pdf: bytes) -> Proof:
    """Return whether these very bytes were sealed here and stand on our record, and how the consent stands today.

    Genuine needs both: a file that was sealed but never recorded (a crash) proves nothing.
    """
    seal = check_seal(pdf, [house.sealer.certificate], demo_allowed=house.terms.demo)
    if not seal.genuine:
        return Proof(False, seal.reason_code)
    with house.reading() as connection:
        row = proof.by_hash(connection, hashlib.sha256(pdf).hexdigest())
    if row is None:
        return Proof(False, "not-on-record", seal.sealed_at)
    now = standing(
        row.status,
        suspended=row.suspended_at is not None,
        parts_withdrawn=row.parts_withdrawn,
        expires_on=last_good_day(row.expires_on, row.event_confirmed_on),
        today=house.today,
    )
    return Proof(True, "genuine", seal.sealed_at, now)
