"""Counters of wrong tries. `what` is a purpose and a keyed hash, so that no address or name stands here."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from consent.records.tables.staff import throttle


def tries(connection: Connection, what: str) -> tuple[int, datetime | None]:
    """Return how many tries are counted and when the last was."""
    row = connection.execute(sa.select(throttle).where(throttle.c.what == what)).one_or_none()
    return (row.tries, row.last_at) if row else (0, None)


def keep(connection: Connection, what: str, count: int, now: datetime) -> None:
    """Write the count down."""
    connection.execute(sa.delete(throttle).where(throttle.c.what == what))
    connection.execute(sa.insert(throttle).values(what=what, tries=count, last_at=now))


def forget(connection: Connection, what: str) -> None:
    """Start again from nothing."""
    connection.execute(sa.delete(throttle).where(throttle.c.what == what))


def sweep(connection: Connection, older_than: datetime) -> int:
    """Delete counters whose last try is older; return how many."""
    return connection.execute(sa.delete(throttle).where(throttle.c.last_at < older_than)).rowcount
