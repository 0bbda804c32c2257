"""What the nightly run looks for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from consent.records.base import lots
from consent.records.tables.consents import consent, copy, document
from consent.records.tables.images import image
from consent.records.tables.owed import chore, task
from consent.records.tables.posts import post, post_consent, takedown
from consent.records.tables.ways import paper_page


def ending_consents(connection: Connection, until: date) -> Sequence[Row[Any]]:
    """Return the consents in force whose last day is this day or an earlier one."""
    wanted = sa.select(consent).where(consent.c.status == "signed", consent.c.expires_on <= until)
    return connection.execute(wanted.order_by(consent.c.expires_on, consent.c.id)).all()


def live_on_ended(connection: Connection, today: date) -> Sequence[Any]:
    """Return live posts with the dates of a consent that may have ended under them."""
    ended = sa.or_(
        consent.c.expires_on < today,
        consent.c.event_confirmed_on <= today,
        sa.and_(consent.c.signer != "patient", consent.c.majority_on <= today),
    )
    wanted = (
        sa.select(
            post.c.id,
            post.c.recorded_by,
            consent.c.id.label("consent_id"),
            consent.c.signer,
            consent.c.expires_on,
            consent.c.event_confirmed_on,
            consent.c.majority_on,
        )
        .join(post_consent, post_consent.c.post_id == post.c.id)
        .join(consent, consent.c.id == post_consent.c.consent_id)
        .where(post.c.state.in_(("live", "review")), consent.c.status == "signed", ended)
        .distinct()
    )
    return connection.execute(wanted.order_by(post.c.id, consent.c.id)).all()


def came_of_age(connection: Connection, today: date) -> Sequence[Row[Any]]:
    """Return the consents in force that somebody signed for a child who is of age on this day."""
    wanted = sa.select(consent).where(
        consent.c.status == "signed", consent.c.signer != "patient", consent.c.majority_on <= today
    )
    return connection.execute(wanted.order_by(consent.c.majority_on, consent.c.id)).all()


def known_tasks(connection: Connection, onces: Collection[str]) -> frozenset[str]:
    """Return which of these occasions have made their task already."""
    found: set[str] = set()
    for some in lots(tuple(onces)):
        rows = connection.execute(sa.select(task.c.once).where(task.c.once.in_(some)))
        found.update(rows.scalars())
    return frozenset(found)


def open_tasks_of(connection: Connection, kind: str) -> Sequence[Row[Any]]:
    """Return the open tasks of one kind, oldest first."""
    wanted = sa.select(task).where(task.c.kind == kind, task.c.state == "open")
    return connection.execute(wanted.order_by(task.c.made_at, task.c.id)).all()


def copies_over(connection: Connection, now: datetime) -> Sequence[str]:
    """Return the IDs of the copies that were for fetching and whose time is over."""
    wanted = sa.select(copy.c.id).where(copy.c.state == "waiting", copy.c.expires_at <= now)
    return connection.execute(wanted.order_by(copy.c.id)).scalars().all()


def known_blobs(connection: Connection) -> frozenset[str]:
    """Return every blob that a row names."""
    named = (document.c.blob, image.c.blob, image.c.preview_blob, takedown.c.evidence_blob, paper_page.c.blob)
    found: set[str] = set()
    for column in named:
        found.update(connection.execute(sa.select(column).where(column.is_not(None))).scalars())
    return frozenset(found)


def begun_at(connection: Connection, name: str) -> datetime | None:
    """Return when this was last begun by any process; None if never."""
    return connection.execute(sa.select(chore.c.begun_at).where(chore.c.name == name)).scalar_one_or_none()


def keep_begun(connection: Connection, name: str, now: datetime) -> None:
    """Write down that it is begun now."""
    connection.execute(sa.delete(chore).where(chore.c.name == name))
    connection.execute(sa.insert(chore).values(name=name, begun_at=now))


def forget_begun(connection: Connection, name: str) -> None:
    """Afterwards nothing of this name is begun."""
    connection.execute(sa.delete(chore).where(chore.c.name == name))
