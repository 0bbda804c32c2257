"""Have an authority say, once a day, that the trail had come so far: a witness outside this house.

What is stamped is the hash of the newest entry, which fixes every entry before it. The authority learns 32 bytes that
tell nothing. Source: RFC 3161; domain rule 26.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from sqlalchemy.engine import Connection

from consent.acts import custody as trail
from consent.acts.actor import Actor
from consent.acts.custody import Head
from consent.acts.house import House
from consent.acts.kept_certificates import keep_roots
from consent.documents.stamping import CannotStamp, Stamper, read_stamp
from consent.records import custody
from consent.records.tables.custody import custody_stamp
from consent.rules.calendar import day_in
from consent.rules.identifiers import new_id

LATE_AFTER = timedelta(days=3)


def stamp_head(house: House, actor: Actor) -> int:
    """Sign the trail's head and have it time-stamped, unless that was done today; return how often it was (0 or 1).

    The authority is asked outside any transaction. While it does not answer it stays owed: every next run asks again.
    Writes: custody_head, custody_stamp, stamp_root, one entry.
    """
    if house.stamper is None or _was_done(house):
        return 0
    head = trail.sign(house)
    if head is None:
        return 0
    try:
        token = house.stamper.stamp(bytes.fromhex(head.hash))
    except CannotStamp:
        return 0
    return int(_keep(house, actor, house.stamper, head, token))


def late(house: House) -> str:
    """Return since when the trail has had no time-stamp although an authority is named (a day, or "never"); "" if all
    is well.
    """
    if house.stamper is None:
        return ""
    with house.reading() as connection:
        last, first = custody.newest_stamp(connection), custody.find(connection, 1)
    since = last.made_at if last is not None else first.at if first is not None else house.clock()
    if house.clock() - since < LATE_AFTER:
        return ""
    return "never" if last is None else day_in(house.terms.zone, since).isoformat()


def _keep(house: House, actor: Actor, stamper: Stamper, head: Head, token: bytes) -> bool:
    said = read_stamp(token, bytes.fromhex(head.hash), stamper.trust)
    with house.writing(actor) as deed:
        if _is_done(house, deed.connection):
            deed.nothing()
            return False
        keep_roots(deed, stamper.trust)
        deed.ledger.insert(
            custody_stamp,
            id=new_id(secrets.token_bytes),
            number=head.number,
            hash=head.hash,
            token=token,
            stamped_at=said.at,
            made_at=deed.now,
        )
        deed.enter("custody.stamp", {"number": head.number})
    return True


def _was_done(house: House) -> bool:
    with house.reading() as connection:
        return _is_done(house, connection)


def _is_done(house: House, connection: Connection) -> bool:
    last = custody.newest_stamp(connection)
    # A day that lies ahead was written under a wrong clock: it must not put the stamping off.
    return last is not None and day_in(house.terms.zone, last.made_at) == house.today
