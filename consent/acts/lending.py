"""The tablet while it is lent to a patient: whether anybody is still there. Answers are kept whatever happens."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy.engine import Connection, Row

from consent.acts.house import House
from consent.records import consents
from consent.rules.left_alone import Presence
from consent.rules.refusal import NotFound

NOTED_EVERY = timedelta(seconds=20)


def is_locked(house: House, session_id: str) -> bool:
    """Say whether the patient's pages are closed to this browser until staff open them again. Raises: NotFound."""
    with house.reading() as connection:
        return _is_locked(house, _find(connection, session_id))


def is_open(house: House, session_id: str) -> bool:
    """Say whether the patient's pages are open. Raises: NotFound."""
    return not is_locked(house, session_id)


def is_own_device(house: House, session_id: str) -> bool:
    """Say whether the pages are open on the signer's own phone, which nobody else finds. Raises: NotFound."""
    with house.reading() as connection:
        return _find(connection, session_id).link_id is not None


def see(house: House, session_id: str, warns: bool = False) -> bool:
    """Note that somebody is there, and return True; a tablet that is locked stays locked: then False.

    `warns`: his browser says so by itself, so it can warn him too. Raises: NotFound.
    """
    with house.reading() as connection:
        row = _find(connection, session_id)
    if _is_locked(house, row):
        return False
    there, now = _presence(row), house.clock()
    # Exact enough for a time of minutes, and spares a write with every page.
    if now - there.last > NOTED_EVERY or (warns and not there.warns):
        news = {"seen_at": now, "warns_at": now} if warns else {"seen_at": now}
        with house.scratch() as deed:
            consents.change_session(deed.connection, session_id, None, **news)
    return True


def lock(house: House, session_id: str) -> None:
    """Close the patient's pages now: nobody answered the warning. On the signer's own phone nothing is closed."""
    with house.scratch() as deed:
        row = _find(deed.connection, session_id)
        if row.link_id is None and not _is_locked(house, row):
            consents.change_session(deed.connection, session_id, None, locked_at=deed.now)


def _find(connection: Connection, session_id: str) -> Row[Any]:
    row = consents.find_session(connection, session_id)
    if row is None:
        raise NotFound
    return row


def _presence(row: Row[Any]) -> Presence:
    return Presence(row.made_at, row.seen_at, row.warns_at, row.locked_at)


def _is_locked(house: House, row: Row[Any]) -> bool:
    return row.link_id is None and _presence(row).is_locked(house.clock(), house.terms.away)
