"""Have an authority time-stamp every sealed file: after the signing, so that no patient waits for a network.

What is owed is asked of the record itself (every newest version without a stamp, or whose stamp is about to end, or
whose issuers gave no word for it), so that a crash forgets nothing. One process at a time asks; an authority that does
not answer is left alone for longer and longer, and somebody is told.

Source: ETSI EN 319 142-1, 5.5 and 6.3 (B-LTA); domain rule 25.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.engine import Row
from sqlalchemy.exc import IntegrityError

from consent.acts import filing, turns
from consent.acts.actor import Actor
from consent.acts.filing import PutAway
from consent.acts.house import Deed, House
from consent.acts.kept_certificates import keep_roots
from consent.acts.lasting import Found, Issuers
from consent.documents.appended import NotAStamp, check_update, stamp_after
from consent.documents.certificates import Certificate
from consent.documents.stamped import add_stamp
from consent.documents.stamping import CannotStamp, Stamp
from consent.records import stamps
from consent.records.tables.stamps import stamp
from consent.rules.renewal import renew_from
from consent.vault.blobs import BlobMissing, CannotStore
from consent.vault.envelope import CannotDecrypt

WORKER = Actor("system", "worker")
AUTHORITY = turns.AUTHORITY.name
AT_ONCE = 20
# Longer than a round can take with every answer at its time limit.
TURN_LASTS = timedelta(minutes=15)
PAUSE = timedelta(minutes=1)
_OWN_TROUBLE = (filing.Altered, BlobMissing, CannotDecrypt, CannotStore, KeyError, NotAStamp)


@dataclass(frozen=True)
class Stamped:
    """What one round did."""

    done: int = 0
    failed: int = 0


def stamp_due(house: House, actor: Actor = WORKER) -> Stamped:
    """Stamp what owes a stamp, some twenty files at once; nothing where no authority is configured or it is resting.

    Writes, for each: document, stamp, one custody entry; at trouble that lasts a task for the administrator.
    """
    if house.stamper is None or not _take_turn(house):
        return Stamped()
    issuers = Issuers(house, actor, house.stamper)
    done = failed = 0
    trouble = None
    for row in _owing(house, issuers.resting):
        try:
            done += _stamp(house, actor, issuers, row)
        except CannotStamp as error:
            failed += 1
            if error.code != "bad-document":
                # The next file would only wait as long for the same answer.
                trouble = error.code
                break
            turns.keep_trouble(house, actor, turns.with_document(row.id), error.code)
        except _OWN_TROUBLE as error:
            failed += 1
            turns.keep_trouble(house, actor, turns.with_document(row.id), type(error).__name__)
    issuers.end()
    if trouble is None:
        pause = PAUSE if done < AT_ONCE else timedelta(0)
        turns.end_trouble(house, actor, turns.AUTHORITY, "stamped", house.clock() + pause)
    else:
        turns.keep_trouble(house, actor, turns.AUTHORITY, trouble)
    return Stamped(done, failed)


def _take_turn(house: House) -> bool:
    """Say whether this process asks now; of several at once one does."""
    with house.reading() as connection:
        resting = stamps.turn(connection, AUTHORITY)
    if turns.is_resting(house, resting):
        return False
    with house.scratch() as deed:
        now = stamps.turn(deed.connection, AUTHORITY)
        if (now and now.next_at) != (resting and resting.next_at):
            return False
        tries, since, error = (now.tries, now.since, now.error) if now else (0, None, None)
        stamps.keep_turn(
            deed.connection, AUTHORITY, next_at=deed.now + TURN_LASTS, tries=tries, since=since, error=error
        )
    return True


def _owing(house: House, issuers_rest: bool) -> Sequence[Row[Any]]:
    now, before = house.clock(), house.terms.renew_stamps
    with house.reading() as connection:
        found = stamps.owing(connection, now, now + before)
    due = [row for row in found if _is_due(row, now, before) or (row.wordless_since is not None and not issuers_rest)]
    return due[:AT_ONCE]


def _is_due(row: Row[Any], now: datetime, before: timedelta) -> bool:
    return row.ends_at is None or renew_from(row.stamped_at, row.ends_at, before) <= now


def _stamp(house: House, actor: Actor, issuers: Issuers, row: Row[Any]) -> bool:
    """Stamp one file outside any transaction, then write it down; return whether it still was to be done.

    Raises: CannotStamp; filing Altered; vault BlobMissing, CannotDecrypt, CannotStore; KeyError; NotAStamp.
    """
    stamper, found = house.stamper, issuers.about(row.seal)
    if stamper is None or not _is_wanted(house, row, found):
        return False
    with house.reading() as connection:
        pdf = filing.read(house, connection, row)
        before = [each for each in stamps.versions(connection, row.consent_id) if each.size < len(pdf)]
        trust = [Certificate.load(each.pem.encode()) for each in stamps.roots(connection)]
    if before:
        found = issuers.about(row.seal, stamp_after(pdf[: before[-1].size], pdf, trust).chain)
    number = len(before) + 1
    stamped = add_stamp(pdf, stamper, number, found.material)
    # As anybody would check it later: what would not pass then is not kept now.
    said = check_update(pdf, stamped, stamper.trust)
    put = filing.put_away(house, stamped)
    try:
        with house.writing(actor) as deed:
            kept = _record(deed, row, put, said, found)
    except IntegrityError:
        kept = False
    if not kept:
        house.blobs.delete(put.blob)
    return kept


def _is_wanted(house: House, row: Row[Any], found: Found) -> bool:
    """Say whether it owes a stamp, or has one and the word that it lacked can now go under another."""
    if _is_due(row, house.clock(), house.terms.renew_stamps):
        return True
    if found.may_come:
        return False
    if found.material is None:
        # Nobody will speak for it any more.
        with house.scratch() as deed:
            stamps.end_turn(deed.connection, stamps.WORDLESS + row.id)
    return found.material is not None


def _record(deed: Deed, row: Row[Any], put: PutAway, said: Stamp, found: Found) -> bool:
    house = deed.house
    if not stamps.is_newest(deed.connection, row.id):
        deed.nothing()
        return False
    keep_roots(deed, house.stamper.trust if house.stamper else ())
    filing.record_version(deed, put, row)
    deed.ledger.insert(
        stamp,
        id=put.id,
        consent_id=row.consent_id,
        follows=row.id,
        stamped_at=said.at,
        ends_at=said.ends,
        made_at=deed.now,
    )
    stamps.end_turn(deed.connection, row.id)
    stamps.end_turn(deed.connection, stamps.WORDLESS + row.id)
    about: dict[str, Any] = {"consent": row.consent_id, "document": [put.id, row.id], "level": found.level}
    if found.without is not None:
        about["without"] = found.without
    if found.may_come:
        since = row.wordless_since or deed.now
        stamps.keep_turn(
            deed.connection, stamps.WORDLESS + put.id, next_at=deed.now, tries=0, since=since, error=found.lacking
        )
    deed.enter("document.stamp", about)
    return True
