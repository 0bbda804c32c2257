"""What an audit reads of the posts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from consent.records.tables.consents import consent
from consent.records.tables.images import image, image_clearance, image_person
from consent.records.tables.posts import post, post_consent, post_image, takedown


def posts_with_consents(connection: Connection) -> Sequence[Any]:
    """Return every post that went out, once for each consent that it rests on, or once without any.

    Of a post that nobody recorded only the day is known on which it was found: it was out on that day (`out_at`).
    """
    out_at = sa.func.coalesce(post.c.posted_at, post.c.flagged_at)
    wanted = (
        sa.select(
            post.c.id,
            out_at.label("out_at"),
            consent.c.id.label("consent_id"),
            consent.c.signed_at,
            consent.c.expires_on,
            consent.c.event_confirmed_on,
            consent.c.revoked_at,
            consent.c.void_at,
        )
        .outerjoin(post_consent, post_consent.c.post_id == post.c.id)
        .outerjoin(consent, consent.c.id == post_consent.c.consent_id)
        .where(out_at.is_not(None))
    )
    return connection.execute(wanted.order_by(out_at, post.c.id)).all()


def showing_somebody(connection: Connection) -> frozenset[str]:
    """Return the posts with a picture in which somebody can be recognised and that nobody cleared.

    And those of which nobody can say that they show no one: a picture that nobody reviewed, or, of a post that was
    found, none that is known.
    """
    person = sa.select(image_person.c.image_id).where(
        image_person.c.recognisable.is_(sa.true()), image_person.c.dropped_at.is_(None)
    )
    unseen = sa.select(image.c.id).where(image.c.reviewed_at.is_(None))
    cleared = sa.select(image_clearance.c.image_id)
    showing = sa.select(post_image.c.post_id).where(
        sa.or_(post_image.c.image_id.in_(person), post_image.c.image_id.in_(unseen)),
        post_image.c.image_id.not_in(cleared),
    )
    unknown = sa.select(post.c.id).where(post.c.posted_at.is_(None), post.c.id.not_in(sa.select(post_image.c.post_id)))
    return frozenset(connection.execute(showing.union(unknown)).scalars())


def overdue_takedowns(connection: Connection, now: datetime) -> Sequence[str]:
    """Return the open takedowns whose time is over, oldest first."""
    wanted = sa.select(takedown.c.id).where(takedown.c.state == "open", takedown.c.due_at < now)
    return connection.execute(wanted.order_by(takedown.c.due_at)).scalars().all()
