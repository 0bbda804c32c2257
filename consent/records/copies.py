"""Copies given to the patient, and withdrawal cards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from consent.records.tables.consents import card, consent, copy


def find(connection: Connection, copy_id: str) -> Row[Any] | None:
    """Return the copy, or None."""
    return connection.execute(sa.select(copy).where(copy.c.id == copy_id)).one_or_none()


def find_waiting(connection: Connection, token_hash: str, now: datetime) -> Row[Any] | None:
    """Return the copy that nobody has fetched yet behind this token, unless its time is over."""
    wanted = sa.select(copy).where(
        copy.c.token_hash == token_hash,
        copy.c.state == "waiting",
        copy.c.opened_at.is_(None),
        copy.c.expires_at > now,
    )
    return connection.execute(wanted).one_or_none()


def behind(connection: Connection, token_hash: str, now: datetime) -> str | None:
    """Return the ID of the copy behind this token, unless it ended or its time is over."""
    wanted = sa.select(copy.c.id).where(
        copy.c.token_hash == token_hash, copy.c.state != "ended", copy.c.expires_at > now
    )
    return connection.execute(wanted).scalar_one_or_none()


def unopened(connection: Connection, consent_id: str, method: str = "phone") -> Sequence[Row[Any]]:
    """Return the copies of a consent that wait for their first hit. `method`: phone | mail."""
    wanted = sa.select(copy).where(
        copy.c.consent_id == consent_id, copy.c.method == method, copy.c.state == "waiting", copy.c.opened_at.is_(None)
    )
    return connection.execute(wanted).all()


def of_consent(connection: Connection, consent_id: str) -> Sequence[Row[Any]]:
    """Return the consent's copies, newest first."""
    wanted = sa.select(copy).where(copy.c.consent_id == consent_id)
    return connection.execute(wanted.order_by(copy.c.made_at.desc(), copy.c.id)).all()


def newest_card(connection: Connection, consent_id: str) -> Row[Any] | None:
    """Return the card that still opens, or None."""
    wanted = sa.select(card).where(card.c.consent_id == consent_id, card.c.ended_at.is_(None))
    return connection.execute(wanted).one_or_none()


def find_card(connection: Connection, token_hash: str) -> Row[Any] | None:
    """Return the card behind this token with its consent's number, unless a newer one ended it."""
    wanted = (
        sa.select(card, consent.c.number, consent.c.language)
        .join(consent, consent.c.id == card.c.consent_id)
        .where(card.c.token_hash == token_hash, card.c.ended_at.is_(None))
    )
    return connection.execute(wanted).one_or_none()
