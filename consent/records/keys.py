"""Wrapped data keys, as the vault made them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from consent.records.tables.custody import data_key


def find_key(connection: Connection, key_id: str) -> Row[Any] | None:
    """Return the wrapped key row, or None if it was destroyed."""
    return connection.execute(sa.select(data_key).where(data_key.c.id == key_id)).one_or_none()


def delete_key(connection: Connection, key_id: str) -> None:
    """Delete a key that nothing needs any more: what it encrypted cannot be opened again, by anyone."""
    connection.execute(sa.delete(data_key).where(data_key.c.id == key_id))
