"""Every row of every table as lines of JSON, and back: the same on both databases, so that one restores the other."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from consent.records.base import UtcDateTime, metadata

ROWS_AT_ONCE = 500


def table_names() -> tuple[str, ...]:
    """Return the tables in the order in which their rows can be written: what is pointed to comes first."""
    return tuple(table.name for table in metadata.sorted_tables)


def lines(connection: Connection, table: str) -> Iterator[bytes]:
    """Give up to 500 rows of a table at a time, each row one line. Ciphertext stays ciphertext."""
    found = metadata.tables[table]
    (identity,) = found.primary_key.columns
    statement = sa.select(found).order_by(identity).execution_options(yield_per=ROWS_AT_ONCE)
    for rows in connection.execute(statement).mappings().partitions(ROWS_AT_ONCE):
        yield b"".join(_line(found, row) for row in rows)


def write(connection: Connection, table: str, some: bytes) -> int:
    """Write rows as `lines` gave them; return how many. Raises: ValueError if a line is no row of this table."""
    found = metadata.tables[table]
    rows = [_row(found, json.loads(line)) for line in some.splitlines()]
    if rows:
        connection.execute(sa.insert(found), rows)
    return len(rows)


def is_untouched(connection: Connection) -> bool:
    """Return whether no table holds a row: only then may a backup be restored here."""
    return all(
        connection.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first() is None
        for table in metadata.sorted_tables
    )


def _line(table: sa.Table, row: RowMapping) -> bytes:
    plain = {column.name: _plain(column, row[column.name]) for column in table.c}
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _plain(column: sa.Column[Any], value: Any) -> Any:
    if value is None or isinstance(column.type, sa.JSON):
        return value
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(bytes(value)).decode("ascii")
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value


def _row(table: sa.Table, plain: Mapping[str, Any]) -> dict[str, Any]:
    if set(plain) != {column.name for column in table.c}:
        raise ValueError(f"a line of the backup is no row of {table.name}")
    return {column.name: _value(column, plain[column.name]) for column in table.c}


def _value(column: sa.Column[Any], plain: Any) -> Any:
    if plain is None or isinstance(column.type, sa.JSON):
        return plain
    if isinstance(column.type, sa.LargeBinary):
        return base64.b64decode(plain)
    if isinstance(column.type, UtcDateTime):
        return datetime.fromisoformat(plain)
    if isinstance(column.type, sa.Date):
        return date.fromisoformat(plain)
    return plain
