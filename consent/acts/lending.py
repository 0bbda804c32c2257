"""The tablet while it is lent to a patient: whether anybody is still there. Answers are kept whatever happens.

It is lent to sign (`signing`), or to look at what is planned (`showing`): `door` says which.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.engine import Connection, Row

from consent.acts.house import House
from consent.records import consents, showings
from consent.rules.left_alone import Presence
from consent.rules.refusal import NotFound

NOTED_EVERY = timedelta(seconds=20)
SIGNING, SHOWING = "signing", "showing"


@dataclass(frozen=True)
class _Kept:
    """Where it is written down who holds the tablet: how to find the row, and how to change it."""

    find: Callable[[Connection, str], Row[Any] | None]
    change: Callable[..., None]


def _change_session(connection: Connection, session_id: str, **values: object) -> None:
    consents.change_session(connection, session_id, None, **values)


KEPT: Mapping[str, _Kept] = {
    SIGNING: _Kept(consents.find_session, _change_session),
    SHOWING: _Kept(showings.find_tablet, showings.change_tablet),
}


def is_locked(house: House, held: str, door: str = SIGNING) -> bool:
    """Say whether the patient's pages are closed to this browser until staff open them again. Raises: NotFound."""
    with house.reading() as connection:
        return _is_locked(house, _find(connection, held, door), door)


def is_open(house: House, held: str, door: str = SIGNING) -> bool:
    """Say whether the patient's pages are open. Raises: NotFound."""
    return not is_locked(house, held, door)


def is_own_device(house: House, held: str, door: str = SIGNING) -> bool:
    """Say whether the pages are open on the signer's own phone, which nobody else finds. Raises: NotFound."""
    with house.reading() as connection:
        return is_own(_find(connection, held, door), door)


def see(house: House, held: str, door: str = SIGNING, warns: bool = False) -> bool:
    """Note that somebody is there, and return True; a tablet that is locked stays locked: then False.

    `warns`: his browser says so by itself, so it can warn him too. Raises: NotFound.
    """
    with house.reading() as connection:
        row = _find(connection, held, door)
    if _is_locked(house, row, door):
        return False
    there, now = _presence(row), house.clock()
    # Exact enough for a time of minutes, and spares a write with every page.
    if abs(now - there.last) > NOTED_EVERY or (warns and not there.warns):
        news = {"seen_at": now, "warns_at": now} if warns else {"seen_at": now}
        with house.scratch() as deed:
            KEPT[door].change(deed.connection, held, **news)
    return True


def lock(house: House, held: str, door: str = SIGNING) -> None:
    """Close the patient's pages now: nobody answered the warning. On the signer's own phone nothing is closed."""
    with house.scratch() as deed:
        row = _find(deed.connection, held, door)
        if not is_own(row, door) and not _is_locked(house, row, door):
            KEPT[door].change(deed.connection, held, locked_at=deed.now)


def _find(connection: Connection, held: str, door: str) -> Row[Any]:
    row = KEPT[door].find(connection, held)
    if row is None:
        raise NotFound
    return row


def _presence(row: Row[Any]) -> Presence:
    return Presence(row.made_at, row.seen_at, row.warns_at, row.locked_at)


def is_own(row: Row[Any], door: str) -> bool:
    """Say whether this is the signer's own phone, and no tablet of ours."""
    # What is planned is looked at on the hospital's tablet; on one's own phone the card opens it.
    return door == SIGNING and row.link_id is not None


def _is_locked(house: House, row: Row[Any], door: str) -> bool:
    return not is_own(row, door) and _presence(row).is_locked(house.clock(), house.terms.away)
