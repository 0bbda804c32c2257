"""Staff accounts, their one-time links, recovery codes and resets."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from consent.records.base import lots
from consent.records.tables.owed import task
from consent.records.tables.posts import takedown
from consent.records.tables.staff import (
    recovery_code,
    second_factor_reset,
    staff,
    staff_session,
    staff_token,
    totp_step,
)


def find(connection: Connection, staff_id: str) -> Row[Any] | None:
    """Return the account, or None."""
    return connection.execute(sa.select(staff).where(staff.c.id == staff_id)).one_or_none()


def find_by_email(connection: Connection, email: str) -> Row[Any] | None:
    """Return the account with this address (already in lower case), or None."""
    return connection.execute(sa.select(staff).where(staff.c.email == email)).one_or_none()


def everybody(connection: Connection) -> Sequence[Row[Any]]:
    """Return every account by name."""
    return connection.execute(sa.select(staff).order_by(staff.c.name, staff.c.email)).all()


def names(connection: Connection, staff_ids: Collection[str]) -> dict[str, str]:
    """Return the names of those of these who are on the staff, by ID."""
    found: dict[str, str] = {}
    for some in lots(sorted(staff_ids)):
        rows = connection.execute(sa.select(staff.c.id, staff.c.name).where(staff.c.id.in_(some)))
        found.update((row.id, row.name) for row in rows)
    return found


def find_token(connection: Connection, token_hash: str) -> Row[Any] | None:
    """Return the one-time link with this hash, used or not, or None."""
    return connection.execute(sa.select(staff_token).where(staff_token.c.token_hash == token_hash)).one_or_none()


def open_tokens(connection: Connection, staff_id: str) -> Sequence[Row[Any]]:
    """Return the account's links that nobody has used yet."""
    wanted = sa.select(staff_token).where(staff_token.c.staff_id == staff_id, staff_token.c.used_at.is_(None))
    return connection.execute(wanted).all()


def unused_codes(connection: Connection, staff_id: str) -> Sequence[Row[Any]]:
    """Return the account's recovery codes that still open it."""
    wanted = sa.select(recovery_code).where(recovery_code.c.staff_id == staff_id, recovery_code.c.used_at.is_(None))
    return connection.execute(wanted).all()


def find_reset(connection: Connection, reset_id: str) -> Row[Any] | None:
    """Return the second-factor reset, or None."""
    return connection.execute(sa.select(second_factor_reset).where(second_factor_reset.c.id == reset_id)).one_or_none()


def open_resets(connection: Connection) -> Sequence[Row[Any]]:
    """Return the resets that wait for a second person, oldest first."""
    wanted = sa.select(second_factor_reset).where(second_factor_reset.c.confirmed_at.is_(None))
    return connection.execute(wanted.order_by(second_factor_reset.c.asked_at)).all()


def last_step(connection: Connection, staff_id: str) -> int | None:
    """Return the last TOTP step that opened this account."""
    return connection.execute(sa.select(totp_step.c.step).where(totp_step.c.staff_id == staff_id)).scalar_one_or_none()


def keep_step(connection: Connection, staff_id: str, step: int) -> None:
    """Remember the step: it, and every older one, opens nothing any more."""
    connection.execute(sa.delete(totp_step).where(totp_step.c.staff_id == staff_id))
    connection.execute(sa.insert(totp_step).values(staff_id=staff_id, step=step))


def keep_session(connection: Connection, **values: Any) -> None:
    """Write a new sign-in down."""
    connection.execute(sa.insert(staff_session).values(**values))


def find_session(connection: Connection, token_hash: str) -> Row[Any] | None:
    """Return the sign-in behind this token with its person's roles, unit, status and name, or None."""
    wanted = (
        sa.select(staff_session, staff.c.roles, staff.c.unit, staff.c.status, staff.c.name)
        .join(staff, staff.c.id == staff_session.c.staff_id)
        .where(staff_session.c.token_hash == token_hash)
    )
    return connection.execute(wanted).one_or_none()


def see_session(connection: Connection, session_id: str, now: datetime) -> None:
    """Note that a sign-in was used at this instant."""
    connection.execute(sa.update(staff_session).where(staff_session.c.id == session_id).values(seen_at=now))


def end_session(connection: Connection, session_id: str, now: datetime, why: str) -> None:
    """End one sign-in, if it has not ended."""
    _end_sessions(connection, staff_session.c.id == session_id, now, why)


def end_sessions(connection: Connection, staff_id: str, now: datetime, why: str, but: str) -> None:
    """End every sign-in of one account except `but`."""
    others = sa.and_(staff_session.c.staff_id == staff_id, staff_session.c.id != but)
    _end_sessions(connection, others, now, why)


def _end_sessions(connection: Connection, which: sa.ColumnElement[bool], now: datetime, why: str) -> None:
    change = sa.update(staff_session).where(which, staff_session.c.ended_at.is_(None))
    connection.execute(change.values(ended_at=now, ended_why=why))


def mark_second_factor(connection: Connection, session_id: str, now: datetime) -> None:
    """Note on a sign-in that a second factor was shown."""
    connection.execute(sa.update(staff_session).where(staff_session.c.id == session_id).values(second_factor_at=now))


def open_tasks(connection: Connection, staff_id: str, but: Collection[str] = ()) -> Sequence[str]:
    """Return the IDs of the tasks that this person owns and has not done, save those of these roles' queues."""
    wanted = sa.select(task.c.id).where(
        task.c.owner_id == staff_id, task.c.state == "open", task.c.queue.not_in(tuple(but))
    )
    return connection.execute(wanted).scalars().all()


def open_takedowns(connection: Connection, staff_id: str) -> Sequence[str]:
    """Return the IDs of the takedowns that this person owns and has not closed."""
    wanted = sa.select(takedown.c.id).where(takedown.c.owner_id == staff_id, takedown.c.state == "open")
    return connection.execute(wanted).scalars().all()
