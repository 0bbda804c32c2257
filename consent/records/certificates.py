"""Every certificate that ever sealed a form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from consent.records.tables.organisation import seal_certificate


def every(connection: Connection) -> Sequence[Row[Any]]:
    """Return all of them, the oldest first."""
    return connection.execute(sa.select(seal_certificate).order_by(seal_certificate.c.kept_at)).all()


def is_kept(connection: Connection, fingerprint: str) -> bool:
    """Say whether this one is on record."""
    wanted = sa.select(seal_certificate.c.id).where(seal_certificate.c.id == fingerprint)
    return connection.execute(wanted).one_or_none() is not None
