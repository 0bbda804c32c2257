"""The organisation's saved versions, its accounts, and the decisions about its forms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from consent.records.tables.organisation import account, form_approval, form_extra, organisation


def in_force(connection: Connection) -> Row[Any] | None:
    """Return the organisation as last saved, or None before the first time."""
    return connection.execute(sa.select(organisation).order_by(organisation.c.version.desc()).limit(1)).one_or_none()


def every_account(connection: Connection) -> Sequence[Row[Any]]:
    """Return every account, in use or not, by channel and name."""
    return connection.execute(sa.select(account).order_by(account.c.channel, account.c.name)).all()


def find_account(connection: Connection, account_id: str) -> Row[Any] | None:
    """Return one account, or None."""
    return connection.execute(sa.select(account).where(account.c.id == account_id)).one_or_none()


def decisions(connection: Connection) -> Sequence[Row[Any]]:
    """Return every decision about a form, oldest first."""
    return connection.execute(sa.select(form_approval).order_by(form_approval.c.recorded_at, form_approval.c.id)).all()


def extras(connection: Connection, form: str) -> Sequence[Row[Any]]:
    """Return every revision of the organisation's own paragraphs on a form, newest first."""
    found = sa.select(form_extra).where(form_extra.c.form == form).order_by(form_extra.c.revision.desc())
    return connection.execute(found).all()
