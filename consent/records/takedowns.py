"""Takedowns: what must come down, by when, and what was seen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from consent.records.base import lots
from consent.records.tables.posts import post, takedown
from consent.records.tables.staff import staff


def find(connection: Connection, takedown_id: str) -> Row[Any] | None:
    """Return the takedown with its post's place, or None."""
    return connection.execute(_with_post().where(takedown.c.id == takedown_id)).one_or_none()


def page(connection: Connection, *, is_open: bool, limit: int) -> Sequence[Row[Any]]:
    """Return takedowns with their posts' places: the open ones by due time, or the settled ones, newest first."""
    wanted = _with_post().where(takedown.c.state == "open" if is_open else takedown.c.state != "open")
    order = (takedown.c.due_at,) if is_open else (takedown.c.closed_at.desc(),)
    return connection.execute(wanted.order_by(*order, takedown.c.id).limit(limit)).all()


def open_ones(connection: Connection) -> Sequence[Row[Any]]:
    """Return every open takedown by due time."""
    wanted = sa.select(takedown).where(takedown.c.state == "open")
    return connection.execute(wanted.order_by(takedown.c.due_at, takedown.c.id)).all()


def newly_overdue(connection: Connection, now: datetime) -> Sequence[Row[Any]]:
    """Return the open takedowns past their time that nobody was told of."""
    wanted = sa.select(takedown).where(
        takedown.c.state == "open", takedown.c.due_at < now, takedown.c.escalated_at.is_(None)
    )
    return connection.execute(wanted.order_by(takedown.c.due_at, takedown.c.id)).all()


def states(connection: Connection, takedown_ids: Sequence[str]) -> dict[str, Row[Any]]:
    """Return these takedowns by ID."""
    found: dict[str, Row[Any]] = {}
    for some in lots(takedown_ids):
        wanted = sa.select(takedown).where(takedown.c.id.in_(some))
        found.update((row.id, row) for row in connection.execute(wanted))
    return found


def in_review(connection: Connection, limit: int) -> Sequence[Row[Any]]:
    """Return the posts that wait for somebody to look at them again, oldest first."""
    wanted = sa.select(post).where(post.c.state == "review")
    return connection.execute(wanted.order_by(post.c.posted_at, post.c.id).limit(limit)).all()


def _with_post() -> sa.Select[Any]:
    return (
        sa.select(
            takedown,
            post.c.channel,
            post.c.purpose,
            post.c.account,
            post.c.account_id,
            post.c.address,
            post.c.recipient,
            post.c.posted_at,
            staff.c.name.label("owner_name"),
        )
        .join(post, post.c.id == takedown.c.post_id)
        .outerjoin(staff, staff.c.id == takedown.c.owner_id)
    )
