"""Open the database: SQLite for one machine, PostgreSQL for a hospital. One writer at a time on both.

Decision 0003 says why: custody is one chain, so writes are one queue; what a writer has read is then final.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine, make_url

from consent.records.prepared import Prepared, send
from consent.records.rows_only import restrict

# The name of the one lock that every writer takes on PostgreSQL ("PMC1" as a number).
WRITER_LOCK = 0x504D4331
BUSY_SECONDS = 20
# So many statements stay prepared in each connection to SQLite: more than the program has, and each is judged once.
PREPARED = 500
# So long an idle connection to PostgreSQL is taken to be alive.
TRUSTED_SECONDS = 2

_LOCK = Prepared(sa.select(sa.func.pg_advisory_xact_lock(WRITER_LOCK)))


def open_database(url: str | URL) -> Engine:
    """Return an engine for `url` (sqlite:///file or postgresql+psycopg://...). Its errors and logs quote no values.

    SQLite: WAL, synchronous=FULL (a commit is on the disk), foreign keys on, rows only (`records/rows_only.py`).
    PostgreSQL: UTC, lock and statement time-outs, so that nobody waits for ever.
    """
    address = make_url(url)
    if address.drivername == "postgresql":
        address = address.set(drivername="postgresql+psycopg")
    if address.get_backend_name() == "sqlite":
        engine = sa.create_engine(
            address, hide_parameters=True, connect_args={"timeout": BUSY_SECONDS, "cached_statements": PREPARED}
        )
        sa.event.listen(engine, "connect", _set_up_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
        return engine
    options = f"-c timezone=UTC -c lock_timeout={BUSY_SECONDS}s -c statement_timeout=60s"
    engine = sa.create_engine(
        address,
        hide_parameters=True,
        pool_size=8,
        max_overflow=8,
        connect_args={"options": options, "prepare_threshold": 2},
    )
    sa.event.listen(engine, "checkin", _left_alone)
    sa.event.listen(engine, "checkout", _still_there)
    return engine


def _left_alone(_connection: object, record: Any) -> None:
    record.info["left_at"] = time.monotonic()


def _still_there(connection: Any, record: Any, _proxy: object) -> None:
    """A connection that lay idle may lead nowhere by now: ask, and have it replaced; one just used is not asked."""
    if time.monotonic() - record.info.get("left_at", time.monotonic()) < TRUSTED_SECONDS:
        return
    import psycopg

    try:
        connection.execute("SELECT 1")
        connection.rollback()
    except psycopg.Error as error:
        raise sa.exc.DisconnectionError from error


def _set_up_sqlite(connection: Any, _record: object) -> None:
    # The driver must not begin transactions by itself: `_begin_sqlite` says which kind.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",
        # Without it a row that is replaced is deleted unseen by the triggers that keep the trail growing.
        "recursive_triggers=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
    restrict(connection)


def _begin_sqlite(connection: Connection) -> None:
    # A writer's has begun by then: see `writing`.
    if not connection.connection.dbapi_connection.in_transaction:  # type: ignore[union-attr]
        send(connection, "BEGIN")


@contextmanager
def reading(engine: Engine, snapshot: bool = False) -> Iterator[Connection]:
    """Give a connection for reading; nothing done with it is kept. `snapshot`: all of it as of one instant."""
    with engine.connect() as connection:
        # SQLite reads one snapshot in every transaction; PostgreSQL only when it is asked to.
        if snapshot and connection.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ")
        yield connection
        connection.rollback()


def ask(connection: Connection) -> None:
    """Return if the database answers. Raises: sqlalchemy SQLAlchemyError."""
    connection.execute(sa.text("SELECT 1"))


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Give the one writer's connection; commits at the end, rolls back on any error."""
    with engine.connect() as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        if is_sqlite:
            # Now, not at the first write: what is read from here on is final.
            send(connection, "BEGIN IMMEDIATE")
        with connection.begin():
            if not is_sqlite:
                _LOCK.run(connection, {})
            yield connection
