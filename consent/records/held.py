"""What is kept for an hour, encrypted, for the account that typed or chose it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from consent.records.tables.custody import data_key
from consent.records.tables.staff import held


def keep(connection: Connection, **values: Any) -> None:
    """Keep one thing."""
    connection.execute(sa.insert(held).values(**values))


def find(connection: Connection, staff_id: str, held_id: str, kind: str, now: datetime) -> Row[Any] | None:
    """Return what this account has under this ID, unless its time is over."""
    wanted = sa.select(held).where(
        held.c.id == held_id, held.c.staff_id == staff_id, held.c.kind == kind, held.c.expires_at > now
    )
    return connection.execute(wanted).one_or_none()


def newest(connection: Connection, staff_id: str, kind: str, now: datetime) -> Row[Any] | None:
    """Return the newest of this kind that the account has, unless its time is over."""
    wanted = (
        sa.select(held)
        .where(held.c.staff_id == staff_id, held.c.kind == kind, held.c.expires_at > now)
        .order_by(held.c.made_at.desc(), held.c.id)
        .limit(1)
    )
    return connection.execute(wanted).one_or_none()


def of_kind(connection: Connection, kind: str) -> Sequence[Any]:
    """Return everything of a kind."""
    return connection.execute(sa.select(held.c.id, held.c.key_id).where(held.c.kind == kind)).all()


def forget(connection: Connection, rows: Sequence[Any]) -> None:
    """Delete these and their data keys: what was in them cannot be opened again."""
    connection.execute(sa.delete(held).where(held.c.id.in_([row.id for row in rows])))
    connection.execute(sa.delete(data_key).where(data_key.c.id.in_([row.key_id for row in rows])))


def over(connection: Connection, now: datetime) -> Sequence[Any]:
    """Return what nobody may have any more."""
    return connection.execute(sa.select(held.c.id, held.c.key_id).where(held.c.expires_at <= now)).all()


def beyond(connection: Connection, staff_id: str, most: int) -> Sequence[Any]:
    """Return the oldest of what the account has beyond so many."""
    wanted = sa.select(held.c.id, held.c.key_id).where(held.c.staff_id == staff_id)
    return connection.execute(wanted.order_by(held.c.made_at.desc(), held.c.id).offset(most)).all()
