"""Have an authority time-stamp every sealed file: after the signing, so that no patient waits for a network.

What is owed is asked of the record itself (every newest version without a stamp, or whose stamp is about to end), so
that a crash forgets nothing. One process at a time asks; an authority that does not answer is left alone for longer
and longer, and somebody is told. Source: ETSI EN 319 142-1, 5.5 and 6.3 (B-LTA); domain rule 25.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.engine import Connection, Row
from sqlalchemy.exc import IntegrityError

from consent.acts import filing, tasks
from consent.acts.actor import Actor
from consent.acts.filing import PutAway
from consent.acts.house import House
from consent.documents.appended import check_update
from consent.documents.certificates import Certificate
from consent.documents.stamped import Material, add_stamp
from consent.documents.stamping import CannotStamp, Stamp, Stamper
from consent.records import certificates, stamps
from consent.records.tables.stamps import stamp, stamp_root
from consent.rules.access import Role
from consent.rules.delivery import needs_help, wait_after
from consent.rules.renewal import renew_from
from consent.vault.blobs import BlobMissing, CannotStore
from consent.vault.envelope import CannotDecrypt

WORKER = Actor("system", "worker")
AUTHORITY = "authority"
AT_ONCE = 20
# Longer than a round can take with every answer at its time limit.
TURN_LASTS = timedelta(minutes=15)
PAUSE = timedelta(minutes=1)
LARGEST_LISTS = 256 * 1024
_OWN_TROUBLE = (filing.Altered, BlobMissing, CannotDecrypt, CannotStore, KeyError)


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
    done = failed = 0
    trouble = None
    for row in _owing(house):
        try:
            done += _stamp(house, actor, house.stamper, row)
        except CannotStamp as error:
            failed += 1
            if error.code != "bad-document":
                # The next file would only wait as long for the same answer.
                trouble = error.code
                break
            _keep_trouble(house, actor, row.id, error.code)
        except _OWN_TROUBLE as error:
            failed += 1
            _keep_trouble(house, actor, row.id, type(error).__name__)
    if trouble is None:
        _end_round(house, actor, PAUSE if done < AT_ONCE else timedelta(0))
    else:
        _keep_trouble(house, actor, AUTHORITY, trouble)
    return Stamped(done, failed)


def _take_turn(house: House) -> bool:
    """Say whether this process asks now; of several at once one does."""
    with house.reading() as connection:
        resting = stamps.turn(connection, AUTHORITY)
    # A time that lies far ahead was written under a wrong clock: it must not put the work off for good.
    if resting is not None and house.clock() < resting.next_at <= house.clock() + wait_after(99):
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


def _owing(house: House) -> Sequence[Row[Any]]:
    now, before = house.clock(), house.terms.renew_stamps
    with house.reading() as connection:
        found = stamps.owing(connection, now, now + before)
    due = [row for row in found if row.ends_at is None or renew_from(row.stamped_at, row.ends_at, before) <= now]
    return due[:AT_ONCE]


def _stamp(house: House, actor: Actor, stamper: Stamper, row: Row[Any]) -> bool:
    """Stamp one file outside any transaction, then write it down; return whether it still was to be done.

    Raises: CannotStamp; filing Altered; vault BlobMissing, CannotDecrypt, CannotStore; KeyError.
    """
    with house.reading() as connection:
        pdf = filing.read(house, connection, row)
        number = stamps.count_versions(connection, row.consent_id) + 1
        material = _material(house, connection, row)
    stamped = add_stamp(pdf, stamper, number, material)
    # As anybody would check it later: what would not pass then is not kept now.
    said = check_update(pdf, stamped, stamper.trust)
    put = filing.put_away(house, stamped)
    try:
        kept = _record(house, actor, row, put, said)
    except IntegrityError:
        kept = False
    if not kept:
        house.blobs.delete(put.blob)
    return kept


def _material(house: House, connection: Connection, row: Row[Any]) -> Material | None:
    """Return the chain of the file's seal and its issuers' lists of revoked ones; None where nobody lists any."""
    listed = house.sealer.listed
    pem = certificates.pem_of(connection, row.seal)
    if listed is None or pem is None:
        return None
    sealed_with = Certificate.load(pem.encode())
    lists = listed.about(sealed_with)
    # A public authority's list can be larger than all the forms together: then the stamp goes alone.
    return Material(sealed_with.ders, lists) if 0 < sum(map(len, lists)) <= LARGEST_LISTS else None


def _record(house: House, actor: Actor, row: Row[Any], put: PutAway, said: Stamp) -> bool:
    with house.writing(actor) as deed:
        if not stamps.is_newest(deed.connection, row.id):
            deed.nothing()
            return False
        known = {each.id for each in stamps.roots(deed.connection)}
        for root in house.stamper.trust if house.stamper else ():
            if root.fingerprint not in known:
                deed.ledger.insert(stamp_root, id=root.fingerprint, pem=root.pem, kept_at=deed.now)
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
        deed.enter("document.stamp", {"consent": row.consent_id, "document": [put.id, row.id]})
    return True


def _keep_trouble(house: House, actor: Actor, name: str, error: str) -> None:
    """Leave it alone for a while, and have somebody told when it has lasted."""
    with house.writing(actor) as deed:
        before = stamps.turn(deed.connection, name)
        tries = (before.tries if before else 0) + 1
        since = before.since if before and before.since else deed.now
        stamps.keep_turn(
            deed.connection, name, next_at=deed.now + wait_after(tries), tries=tries, since=since, error=error
        )
        about = {} if name == AUTHORITY else {"document": name}
        if needs_help(tries, since, deed.now):
            tasks.leave(deed, "stamp-stuck", _occasion(name, since), queue=Role.ADMINISTRATOR.value, about=about)
        if deed.ledger.digests:
            deed.enter("document.stamp-stuck", {**about, "error": error, "tries": tries})
        else:
            deed.nothing()


def _end_round(house: House, actor: Actor, pause: timedelta) -> None:
    """The authority answers, or need not: let the next round come soon, and settle the task if there was trouble."""
    with house.writing(actor) as deed:
        before = stamps.turn(deed.connection, AUTHORITY)
        stamps.keep_turn(deed.connection, AUTHORITY, next_at=deed.now + pause, tries=0, since=None, error=None)
        if before is not None and before.since is not None:
            tasks.settle(deed, _occasion(AUTHORITY, before.since), "stamped")
        if deed.ledger.digests:
            deed.enter("document.stamp-again", {})
        else:
            deed.nothing()


def _occasion(name: str, since: datetime) -> str:
    return f"stamp-stuck/{name}/{since.isoformat()}"
