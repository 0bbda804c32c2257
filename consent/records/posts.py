"""Releases, posts, and what rests on which consent."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from consent.records.tables.organisation import account
from consent.records.tables.posts import incident, post, post_consent, post_image, release, takedown

OUT = ("live", "review", "flagged", "cannot-remove")
"""The states of a post that people can still see."""


def accounts(connection: Connection, channel: str | None = None) -> Sequence[Row[Any]]:
    """Return the accounts in use, of one channel or of all, by channel and name."""
    wanted = sa.select(account).where(account.c.active).order_by(account.c.channel, account.c.name)
    return connection.execute(wanted.where(account.c.channel == channel) if channel else wanted).all()


def find_post(connection: Connection, post_id: str) -> Row[Any] | None:
    """Return the post, or None."""
    return connection.execute(sa.select(post).where(post.c.id == post_id)).one_or_none()


def images_of(connection: Connection, post_id: str) -> tuple[str, ...]:
    """Return the image IDs of a post."""
    wanted = sa.select(post_image.c.image_id).where(post_image.c.post_id == post_id).order_by(post_image.c.image_id)
    return tuple(connection.execute(wanted).scalars())


def images_of_all(connection: Connection, post_ids: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Return the image IDs of several posts by post."""
    wanted = sa.select(post_image.c.post_id, post_image.c.image_id).where(post_image.c.post_id.in_(tuple(post_ids)))
    found: dict[str, tuple[str, ...]] = {}
    for row in connection.execute(wanted.order_by(post_image.c.image_id)):
        found[row.post_id] = (*found.get(row.post_id, ()), row.image_id)
    return found


def page_of_posts(connection: Connection, states: Collection[str], size: int) -> Sequence[Row[Any]]:
    """Return the newest posts in these states."""
    wanted = sa.select(post).where(post.c.state.in_(tuple(states)))
    return connection.execute(wanted.order_by(post.c.planned_at.desc(), post.c.id).limit(size)).all()


def out_on_consent(connection: Connection, consent_id: str) -> Sequence[Row[Any]]:
    """Return the posts that can still be seen and rest on this consent."""
    resting = sa.select(post_consent.c.post_id).where(post_consent.c.consent_id == consent_id)
    return connection.execute(sa.select(post).where(post.c.id.in_(resting), post.c.state.in_(OUT))).all()


def open_releases(
    connection: Connection, image_ids: Collection[str], channel: str, account_code: str, purpose: str
) -> Sequence[Row[Any]]:
    """Return the releases of these images for this place that no post was recorded for."""
    return connection.execute(
        sa.select(release).where(
            release.c.image_id.in_(tuple(image_ids)),
            release.c.channel == channel,
            release.c.account == account_code,
            release.c.purpose == purpose,
            release.c.post_id.is_(None),
            release.c.closed_at.is_(None),
        )
    ).all()


def find_release(connection: Connection, release_id: str) -> Row[Any] | None:
    """Return the release, or None."""
    return connection.execute(sa.select(release).where(release.c.id == release_id)).one_or_none()


def unposted_releases(connection: Connection, before: datetime | None = None) -> Sequence[Row[Any]]:
    """Return the releases that no post was recorded for, taken before an instant if one is named, oldest first."""
    wanted = sa.select(release).where(release.c.post_id.is_(None), release.c.closed_at.is_(None))
    if before is not None:
        wanted = wanted.where(release.c.taken_at <= before)
    return connection.execute(wanted.order_by(release.c.taken_at, release.c.id)).all()


def open_takedown(connection: Connection, post_id: str) -> Row[Any] | None:
    """Return the post's oldest open takedown, or None."""
    wanted = sa.select(takedown).where(takedown.c.post_id == post_id, takedown.c.state == "open")
    return connection.execute(wanted.order_by(takedown.c.flagged_at, takedown.c.id).limit(1)).one_or_none()


def takedowns_of(connection: Connection, post_id: str) -> Sequence[Row[Any]]:
    """Return a post's takedowns, oldest first."""
    wanted = sa.select(takedown).where(takedown.c.post_id == post_id)
    return connection.execute(wanted.order_by(takedown.c.flagged_at, takedown.c.id)).all()


def find_incident(connection: Connection, incident_id: str) -> Row[Any] | None:
    """Return the incident, or None."""
    return connection.execute(sa.select(incident).where(incident.c.id == incident_id)).one_or_none()


def incidents(connection: Connection, size: int) -> Sequence[Row[Any]]:
    """Return the newest incidents, the open ones first."""
    wanted = sa.select(incident).order_by(incident.c.state.desc(), incident.c.opened_at.desc(), incident.c.id)
    return connection.execute(wanted.limit(size)).all()
