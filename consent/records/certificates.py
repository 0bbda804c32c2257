"""Every certificate that ever sealed a form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
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


def pem_of(connection: Connection, fingerprint: str) -> str | None:
    """Return one of them as PEM text, with its chain; None if it is not on record."""
    return connection.execute(
        sa.select(seal_certificate.c.pem).where(seal_certificate.c.id == fingerprint)
    ).scalar_one_or_none()


def revoked_since(connection: Connection) -> Mapping[str, datetime]:
    """Return since when each revoked one is revoked, by fingerprint."""
    wanted = sa.select(seal_certificate.c.id, seal_certificate.c.revoked_since)
    found = connection.execute(wanted.where(seal_certificate.c.revoked_since.is_not(None)))
    return {row.id: row.revoked_since for row in found}
