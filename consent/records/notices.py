"""The outbox: what is owed, who is at it, what came of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from consent.records.tables.owed import notice, notice_claim
from consent.records.tables.staff import staff
from consent.rules.delivery import WAITS

SKEW = timedelta(minutes=1)
"""By so much the clocks of two machines may differ without one taking what the other is at."""


def find(connection: Connection, notice_id: str) -> Row[Any] | None:
    """Return the notice, or None."""
    return connection.execute(sa.select(notice).where(notice.c.id == notice_id)).one_or_none()


def once_known(connection: Connection, onces: Collection[str]) -> frozenset[str]:
    """Return which of these occasions are owed already."""
    wanted = sa.select(notice.c.once).where(notice.c.once.in_(tuple(onces)))
    return frozenset(connection.execute(wanted).scalars())


def of_request(connection: Connection, request_id: str) -> Sequence[Row[Any]]:
    """Return the notices of one request, in the order in which they were owed."""
    wanted = sa.select(notice).where(notice.c.request_id == request_id)
    return connection.execute(wanted.order_by(notice.c.owed_at, notice.c.id)).all()


def address_given(connection: Connection, request_id: str) -> Row[Any] | None:
    """Return the notice that keeps the address which the patient gave with this request, if he gave one."""
    wanted = sa.select(notice).where(notice.c.request_id == request_id, notice.c.address.is_not(None))
    return connection.execute(wanted.order_by(notice.c.owed_at).limit(1)).one_or_none()


def page(connection: Connection, states: Collection[str], limit: int) -> Sequence[Row[Any]]:
    """Return the notices in these states, newest first."""
    wanted = sa.select(notice).where(notice.c.state.in_(tuple(states)))
    return connection.execute(wanted.order_by(notice.c.owed_at.desc(), notice.c.id).limit(limit)).all()


def is_any_due(connection: Connection, now: datetime, until: datetime) -> bool:
    """Say whether a worker has something to do. `until`: when a claim made now would end."""
    return connection.execute(_due(now, until).limit(1)).first() is not None


def claim_next(connection: Connection, worker: str, now: datetime, until: datetime) -> tuple[Row[Any], bool] | None:
    """Take the notice that has been due for longest and that nobody is at; None if there is none.

    The second tells whether another worker had taken it and never said what came of it.
    """
    wanted = (
        _due(now, until).order_by(notice.c.next_at, notice.c.id).limit(1).with_for_update(of=notice, skip_locked=True)
    )
    row = connection.execute(wanted).one_or_none()
    if row is None:
        return None
    left = connection.execute(sa.delete(notice_claim).where(notice_claim.c.notice_id == row.id))
    connection.execute(sa.insert(notice_claim).values(notice_id=row.id, worker=worker, until_at=until))
    return row, left.rowcount > 0


def end_claim(connection: Connection, notice_id: str, worker: str) -> None:
    """Let the notice go, if this worker holds it."""
    mine = sa.and_(notice_claim.c.notice_id == notice_id, notice_claim.c.worker == worker)
    connection.execute(sa.delete(notice_claim).where(mine))


def unescalated(connection: Connection, owed_before: datetime) -> Sequence[Row[Any]]:
    """Return what has been owed since before this instant and nobody was told of."""
    wanted = sa.select(notice).where(
        notice.c.state == "owed", notice.c.owed_at <= owed_before, notice.c.escalated_at.is_(None)
    )
    return connection.execute(wanted.order_by(notice.c.owed_at, notice.c.id)).all()


def active_staff(connection: Connection) -> Sequence[Any]:
    """Return everybody who can sign in: ID, roles, address."""
    wanted = sa.select(staff.c.id, staff.c.roles, staff.c.email).where(staff.c.status == "active")
    return connection.execute(wanted.order_by(staff.c.id)).all()


def _due(now: datetime, until: datetime) -> sa.Select[Any]:
    """What is to be sent and nobody is at. Times that no right clock can have written hold nothing up: a claim that
    ends after one made now, a notice that was owed in the future and never tried, a try later than the longest wait.
    """
    claimed = notice_claim.c.until_at > now, notice_claim.c.until_at <= until + SKEW
    held = sa.exists().where(notice_claim.c.notice_id == notice.c.id, *claimed)
    never_tried = sa.and_(notice.c.tries == 0, notice.c.owed_at > now)
    due = sa.or_(notice.c.next_at <= now, never_tried, notice.c.next_at > now + WAITS[-1])
    return sa.select(notice).where(notice.c.state == "owed", due, sa.not_(held))


def count_owed(connection: Connection) -> int:
    """Return how many notices are still to be sent."""
    return connection.execute(sa.select(sa.func.count()).where(notice.c.state == "owed")).scalar_one()
