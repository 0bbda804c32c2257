"""Tasks: what somebody still has to do."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from consent.records.tables.owed import task


def find_once(connection: Connection, once: str) -> Row[Any] | None:
    """Return the task made for this occasion, or None."""
    return connection.execute(sa.select(task).where(task.c.once == once)).one_or_none()


def find(connection: Connection, task_id: str) -> Row[Any] | None:
    """Return the task, or None."""
    return connection.execute(sa.select(task).where(task.c.id == task_id)).one_or_none()


def open_of_kinds(connection: Connection, kinds: Collection[str]) -> Sequence[Row[Any]]:
    """Return every open task of these kinds."""
    return connection.execute(sa.select(task).where(task.c.state == "open", task.c.kind.in_(tuple(kinds)))).all()


def open_for(connection: Connection, staff_id: str, queues: Collection[str], limit: int) -> Sequence[Row[Any]]:
    """Return the open tasks that this person owns, and those in these queues that nobody does, oldest first."""
    in_queue = sa.and_(task.c.owner_id.is_(None), task.c.queue.in_(tuple(queues)))
    wanted = sa.select(task).where(task.c.state == "open", sa.or_(task.c.owner_id == staff_id, in_queue))
    return connection.execute(wanted.order_by(task.c.made_at, task.c.id).limit(limit)).all()
