"""How much waits for somebody, counted; one small query for each kind."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from consent.records.tables.consents import consent
from consent.records.tables.images import image, image_link
from consent.records.tables.owed import notice, task
from consent.records.tables.posts import incident, post, release, takedown


def tasks(connection: Connection, staff_id: str, queues: Collection[str]) -> tuple[int, datetime | None]:
    """Return how many tasks are open for this person or for nobody in these queues, and when the first is due."""
    return _many(connection, task.c.due_at, task.c.state == "open", _whose(task, staff_id, queues))


def takedowns(connection: Connection, staff_id: str, queues: Collection[str]) -> tuple[int, datetime | None]:
    """Return how many posts this person, or nobody in these queues, has to take down, and by when the first."""
    return _many(connection, takedown.c.due_at, takedown.c.state == "open", _whose(takedown, staff_id, queues))


def takedowns_overdue(connection: Connection, now: datetime) -> int:
    """Return how many takedowns are past their time, whoever is at them."""
    return _many(connection, takedown.c.due_at, takedown.c.state == "open", takedown.c.due_at < now)[0]


def posts_in(connection: Connection, state: str, *, by: str | None = None, not_by: str | None = None) -> int:
    """Return how many posts are in this state: all, those that one person planned, or those that he did not."""
    wanted = [post.c.state == state]
    wanted += [] if by is None else [post.c.planned_by == by]
    wanted += [] if not_by is None else [post.c.planned_by != not_by]
    return _many(connection, post.c.planned_at, *wanted)[0]


def releases(connection: Connection, staff_id: str) -> int:
    """Return how many pictures this person took out and recorded no post for."""
    open_one = (release.c.post_id.is_(None), release.c.closed_at.is_(None))
    return _many(connection, release.c.taken_at, release.c.taken_by == staff_id, *open_one)[0]


def drafts(connection: Connection, staff_id: str, unit: str) -> int:
    """Return how many consents of this person or his unit are begun and not decided."""
    unfinished = consent.c.status.in_(("draft", "handed-over"))
    return _many(connection, consent.c.made_at, unfinished, _own(consent.c.made_by, consent.c.unit, staff_id, unit))[0]


def pictures(connection: Connection, staff_id: str, unit: str) -> int:
    """Return how many pictures of this person or his unit are in quarantine."""
    waiting = image.c.state == "quarantine"
    return _many(connection, image.c.added_at, waiting, _own(image.c.added_by, image.c.unit, staff_id, unit))[0]


def link_changes(connection: Connection, staff_id: str, unit: str | None) -> int:
    """Return how many links somebody else calls wrong: in this unit's and his own pictures, or in all (None)."""
    wanted = (
        sa.select(sa.func.count())
        .select_from(image_link)
        .join(image, image.c.id == image_link.c.image_id)
        .where(image_link.c.unlink_asked_by != staff_id, image_link.c.unlinked_at.is_(None))
    )
    if unit is not None:
        wanted = wanted.where(_own(image.c.added_by, image.c.unit, staff_id, unit))
    return int(connection.execute(wanted).scalar_one())


def incidents(connection: Connection) -> int:
    """Return how many incidents are open."""
    return _many(connection, incident.c.opened_at, incident.c.state == "open")[0]


def notices_stuck(connection: Connection) -> int:
    """Return how many notices do not get through by themselves."""
    stuck = sa.or_(notice.c.state == "by-hand", sa.and_(notice.c.state == "owed", notice.c.escalated_at.is_not(None)))
    return _many(connection, notice.c.owed_at, stuck)[0]


def _many(
    connection: Connection, first: sa.Column[Any], *wanted: sa.ColumnElement[bool]
) -> tuple[int, datetime | None]:
    found = connection.execute(sa.select(sa.func.count(), sa.func.min(first)).where(*wanted)).one()
    return found[0], found[1]


def _whose(table: sa.Table, staff_id: str, queues: Collection[str]) -> sa.ColumnElement[bool]:
    nobodys = sa.and_(table.c.owner_id.is_(None), table.c.queue.in_(tuple(queues)))
    return sa.or_(table.c.owner_id == staff_id, nobodys)


def _own(made_by: sa.Column[Any], in_unit: sa.Column[Any], staff_id: str, unit: str) -> sa.ColumnElement[bool]:
    return sa.or_(made_by == staff_id, in_unit == unit) if unit else made_by == staff_id
