"""Two roles on PostgreSQL: one owns the tables and changes the schema, the other is the program's and only uses them.

Triggers keep the append-only tables from everybody who does not own them. Whoever owns a table can drop its
triggers, so the program's role must not: what it may do is granted here, table by table, and nothing else.
SQLite has no roles: there the program's own connections may only read and write rows (`records/rows_only.py`), and the
triggers hold against its statements, not against whoever has the file.
"""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from consent.records.base import metadata
from consent.records.engine import writing
from consent.records.ledger import UNPROTECTED
from consent.records.tables.custody import APPEND_ONLY

SCHEMA_VERSION = "alembic_version"


def grants(role: str) -> Iterator[str]:
    """Give the statements that let `role` (quoted already) use the tables, and take back whatever else it had.

    Append-only tables: read and add. What custody protects: change too. Counters, sign-ins, half-finished input
    and data keys: delete as well. The schema's version: read.
    """
    yield "REVOKE CREATE ON SCHEMA public FROM PUBLIC"
    yield f"GRANT USAGE ON SCHEMA public TO {role}"
    for table in (*metadata.tables, SCHEMA_VERSION):
        yield f"REVOKE ALL ON {table} FROM PUBLIC, {role}"
        yield f"GRANT {', '.join(_verbs(table))} ON {table} TO {role}"


def _verbs(table: str) -> tuple[str, ...]:
    if table == SCHEMA_VERSION:
        return ("SELECT",)
    if table in APPEND_ONLY:
        return ("SELECT", "INSERT")
    return ("SELECT", "INSERT", "UPDATE", *(("DELETE",) if table in UNPROTECTED else ()))


def share(owner: Engine, role: str) -> None:
    """Let `role` use what the owner's schema holds, and no more. Nothing on SQLite.

    Raises: sqlalchemy ProgrammingError if there is no such role, or the tables are somebody else's.
    """
    if owner.dialect.name != "postgresql":
        return
    with writing(owner) as connection:
        quote = connection.dialect.identifier_preparer.quote
        # Anybody may make temporary tables in a new database, and one named custody is read in place of ours.
        database = quote(connection.execute(sa.select(sa.func.current_database())).scalar_one())
        connection.execute(sa.text(f"REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC, {quote(role)}"))
        for statement in grants(quote(role)):
            connection.execute(sa.text(statement))


def owns_the_trail(connection: Connection) -> bool:
    """Say whether the role that is connected could take the guards off custody: it owns the table, or is superuser.

    On SQLite always true: whoever has the file has everything.
    """
    if connection.dialect.name != "postgresql":
        return True
    owner = sa.text("SELECT pg_has_role(current_user, tableowner, 'MEMBER') FROM pg_tables WHERE tablename = 'custody'")
    return bool(connection.execute(owner).scalar())
