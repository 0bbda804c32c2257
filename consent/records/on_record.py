"""Whether something is on record at all."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from consent.records.tables.owed import notice
from consent.records.tables.posts import incident, post
from consent.records.tables.revocations import revocation_request

TABLES: Mapping[str, sa.Table] = {
    "incident": incident,
    "notice": notice,
    "post": post,
    "request": revocation_request,
}


def exists(connection: Connection, noun: str, row_id: str) -> bool:
    """Return whether there is one of these with this ID. `noun`: incident | notice | post | request."""
    table = TABLES[noun]
    return connection.execute(sa.select(table.c.id).where(table.c.id == row_id)).first() is not None
