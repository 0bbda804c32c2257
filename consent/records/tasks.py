"""Tasks: what somebody still has to do."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from consent.records.tables.owed import task


def find_once(connection: Connection, once: str) -> Row[Any] | None:
    """Return the task made for this occasion, or None."""
    return connection.execute(sa.select(task).where(task.c.once == once)).one_or_none()
