"""The stamped versions of sealed files, which of them owe a time-stamp, and whose turn it is to ask."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from consent.records.tables.consents import consent, document
from consent.records.tables.stamps import stamp, stamp_root, stamp_turn

SEALED, STAMPED = "consent", "stamped"
"""What kinds of document are a version of a sealed file."""
WORDLESS = "wordless/"
"""How the name begins under which it stands that a version's stamp lacks the word of the issuers, and since when."""


def newest(consent_id: str | None = None) -> sa.Select[Any]:
    """Select the newest version of each sealed file, or of one consent's."""
    follower = stamp.alias("follower")
    followed = sa.select(follower.c.id).where(follower.c.follows == document.c.id)
    found = sa.select(document).where(document.c.kind.in_((SEALED, STAMPED)), ~followed.exists())
    return found if consent_id is None else found.where(document.c.consent_id == consent_id)


def owing(connection: Connection, now: datetime, ends_before: datetime, limit: int = 500) -> Sequence[Row[Any]]:
    """Return the newest versions without any stamp, or whose stamp ends before that instant or lacks the issuers' word:
    so many at most.

    With `stamped_at`, `ends_at` and `wordless_since`, and without what is put off to later than `now` or was destroyed.
    """
    wordless = stamp_turn.alias("wordless")
    wanted = (
        newest()
        .join(consent, consent.c.id == document.c.consent_id)
        .outerjoin(stamp, stamp.c.id == document.c.id)
        .outerjoin(stamp_turn, stamp_turn.c.name == document.c.id)
        .outerjoin(wordless, wordless.c.name == sa.literal(WORDLESS) + document.c.id)
        .add_columns(stamp.c.stamped_at, stamp.c.ends_at, wordless.c.since.label("wordless_since"))
        .where(
            consent.c.destroyed_at.is_(None),
            sa.or_(stamp.c.id.is_(None), stamp.c.ends_at < ends_before, wordless.c.name.is_not(None)),
            sa.or_(stamp_turn.c.name.is_(None), stamp_turn.c.next_at <= now),
        )
    )
    # Without a stamp first; of the others those that were stamped first, because theirs ends first.
    wanted = wanted.order_by(stamp.c.stamped_at.nulls_first(), document.c.made_at, document.c.id)
    return connection.execute(wanted.limit(limit)).all()


def unstamped(connection: Connection, sealed_before: datetime, now: datetime) -> Sequence[str]:
    """Return the IDs of the newest versions, sealed before an instant, that have no stamp or one that has ended."""
    wanted = (
        newest()
        .join(consent, consent.c.id == document.c.consent_id)
        .outerjoin(stamp, stamp.c.id == document.c.id)
        .with_only_columns(document.c.id)
        .where(
            consent.c.destroyed_at.is_(None),
            document.c.made_at < sealed_before,
            sa.or_(stamp.c.id.is_(None), stamp.c.ends_at < now),
        )
    )
    return connection.execute(wanted.order_by(document.c.id)).scalars().all()


def wordless(connection: Connection, since_before: datetime) -> Sequence[str]:
    """Return the IDs of the newest versions whose stamp has lacked the issuers' word since before an instant."""
    wanted = (
        newest()
        .join(consent, consent.c.id == document.c.consent_id)
        .join(stamp_turn, stamp_turn.c.name == sa.literal(WORDLESS) + document.c.id)
        .with_only_columns(document.c.id)
        .where(consent.c.destroyed_at.is_(None), stamp_turn.c.since < since_before)
    )
    return connection.execute(wanted.order_by(document.c.id)).scalars().all()


def is_newest(connection: Connection, document_id: str) -> bool:
    """Return whether this version is the newest of a consent that was not destroyed."""
    wanted = newest().join(consent, consent.c.id == document.c.consent_id)
    wanted = wanted.where(document.c.id == document_id, consent.c.destroyed_at.is_(None))
    return connection.execute(wanted).first() is not None


def versions(connection: Connection, consent_id: str) -> Sequence[Row[Any]]:
    """Return every version of one consent's file, the sealed one first: each longer than the one before it."""
    wanted = sa.select(document).where(document.c.consent_id == consent_id, document.c.kind.in_((SEALED, STAMPED)))
    return connection.execute(wanted.order_by(document.c.size)).all()


def roots(connection: Connection) -> Sequence[Row[Any]]:
    """Return every root that a stamp was ever taken under."""
    return connection.execute(sa.select(stamp_root).order_by(stamp_root.c.id)).all()


def turn(connection: Connection, name: str) -> Row[Any] | None:
    """Return how asking stands: of the authority, or of one document."""
    return connection.execute(sa.select(stamp_turn).where(stamp_turn.c.name == name)).one_or_none()


def keep_turn(
    connection: Connection, name: str, *, next_at: datetime, tries: int, since: datetime | None, error: str | None
) -> None:
    """Write down how it stands now."""
    connection.execute(sa.delete(stamp_turn).where(stamp_turn.c.name == name))
    values = {"name": name, "next_at": next_at, "tries": tries, "since": since, "error": error}
    connection.execute(sa.insert(stamp_turn).values(**values))


def end_turn(connection: Connection, name: str) -> None:
    """Forget what stood in the way."""
    connection.execute(sa.delete(stamp_turn).where(stamp_turn.c.name == name))
