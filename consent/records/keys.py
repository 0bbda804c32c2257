"""Wrapped data keys, as the vault made them, and every place where something encrypted is kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from consent.records.base import metadata
from consent.records.tables.custody import data_key


class Kept(NamedTuple):
    """One encrypted value: where it is kept, and either its token or the key of the blob that holds it."""

    table: str
    row: str
    column: str
    token: bytes | None
    blob: str | None
    version: int = 1


def find_key(connection: Connection, key_id: str) -> Row[Any] | None:
    """Return the wrapped key row, or None if it was destroyed."""
    return connection.execute(sa.select(data_key).where(data_key.c.id == key_id)).one_or_none()


def delete_key(connection: Connection, key_id: str) -> None:
    """Delete a key that nothing needs any more: what it encrypted cannot be opened again, by anyone."""
    connection.execute(sa.delete(data_key).where(data_key.c.id == key_id))


def count_by_kek(connection: Connection) -> Mapping[str, int]:
    """Return how many data keys each key-encryption key wraps."""
    counted = sa.select(data_key.c.kek_id, sa.func.count()).group_by(data_key.c.kek_id)
    return {kek_id: count for kek_id, count in connection.execute(counted)}


def wrapped_by_others(connection: Connection, kek_id: str, size: int) -> Sequence[Row[Any]]:
    """Return up to `size` data keys that another key-encryption key than this one wraps."""
    statement = sa.select(data_key).where(data_key.c.kek_id != kek_id).order_by(data_key.c.id).limit(size)
    return connection.execute(statement).all()


def one_of(connection: Connection, kek_id: str) -> Row[Any] | None:
    """Return any one data key that this key-encryption key wraps."""
    return connection.execute(sa.select(data_key).where(data_key.c.kek_id == kek_id).limit(1)).first()


def first_wrapped_at(connection: Connection, kek_id: str) -> datetime | None:
    """Return when the oldest data key was made that this key-encryption key wraps."""
    wanted = sa.select(data_key.c.made_at).where(data_key.c.kek_id == kek_id).order_by(data_key.c.made_at).limit(1)
    return cast("datetime | None", connection.execute(wanted).scalar())


def wrap_anew(connection: Connection, key_id: str, before: str, kek_id: str, wrapped: bytes) -> None:
    """Write how a data key is wrapped now, if it is still there and still wrapped as before."""
    still = (data_key.c.id == key_id) & (data_key.c.kek_id == before)
    connection.execute(sa.update(data_key).where(still).values(kek_id=kek_id, wrapped=wrapped))


def every_key(connection: Connection) -> Iterator[Row[Any]]:
    """Give every wrapped data key without holding them all in memory."""
    yield from connection.execute(sa.select(data_key).execution_options(yield_per=1000))


def everything_encrypted(connection: Connection) -> Iterator[Kept]:
    """Give every encrypted value of every table, and every blob that a row names."""
    for table in metadata.sorted_tables:
        (identity,) = table.primary_key.columns
        columns = [column for column in table.c if column.info.get("encrypted") or _names_blob(column)]
        if not columns:
            continue
        counts = sorted({column.info["version"] for column in columns if column.info.get("version")})
        statement = sa.select(identity, *columns, *(table.c[name] for name in counts))
        for row in connection.execute(statement.execution_options(yield_per=500)):
            versions = dict(zip(counts, row[1 + len(columns) :], strict=True))
            for column, value in zip(columns, row[1 : 1 + len(columns)], strict=True):
                if not value:
                    continue
                if column.info.get("encrypted"):
                    version = versions.get(column.info["version"], 1)
                    yield Kept(table.name, str(row[0]), column.name, bytes(value), None, version)
                else:
                    yield Kept(table.name, str(row[0]), column.name, None, value)


def _names_blob(column: sa.Column[Any]) -> bool:
    return column.name == "blob" or column.name.endswith("_blob")


def key_of_row(connection: Connection, table: str, row: str) -> str | None:
    """Return the id of the data key that a row names."""
    found = metadata.tables[table]
    (identity,) = found.primary_key.columns
    return connection.execute(sa.select(found.c.key_id).where(identity == row)).scalar_one_or_none()
