"""SQLite has no roles: what one of the program's own connections may do there is said to the library itself.

Rows may be read and written, and nothing else: no trigger or table taken away, no other file attached, no setting
changed under which the guards of the trail would not hold. It holds against statements, whoever words them; against
whoever has the file nothing but the chain does (`rules/chain.py`). On PostgreSQL a role does this (`records/roles.py`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.engine import Connection

_ROWS = frozenset(
    {
        sqlite3.SQLITE_READ, sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE, sqlite3.SQLITE_INSERT,
        sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE, sqlite3.SQLITE_TRANSACTION, sqlite3.SQLITE_SAVEPOINT,
        sqlite3.SQLITE_FUNCTION,
    }
)  # fmt: skip
_WRITES = frozenset({sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE})
# What is asked of a table, with its name; any other setting may be asked and not set.
_OF_A_TABLE = frozenset({"table_info", "table_xinfo", "table_list", "index_list", "index_info", "index_xinfo",
                         "foreign_key_list"})  # fmt: skip


def restrict(connection: sqlite3.Connection) -> None:
    """Afterwards the connection reads and writes rows, and does nothing else."""
    connection.set_authorizer(_judge)


@contextmanager
def changing_schema(connection: Connection) -> Iterator[None]:
    """Let this connection change the schema meanwhile. Nothing on PostgreSQL."""
    raw = connection.connection.dbapi_connection
    if not isinstance(raw, sqlite3.Connection):
        yield
        return
    raw.set_authorizer(None)
    try:
        yield
    finally:
        restrict(raw)


def _judge(action: int, first: str | None, second: str | None, _database: str | None, _within: str | None) -> int:
    if action in _ROWS:
        of_the_file = action in _WRITES and (first or "").startswith("sqlite_")
        return sqlite3.SQLITE_DENY if of_the_file or second == "load_extension" else sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_PRAGMA and (second is None or first in _OF_A_TABLE):
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY
