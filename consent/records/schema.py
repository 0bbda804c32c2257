"""Bring a database to the newest schema, and put the guards on what may only grow."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy.engine import Connection, Engine

from consent.records import tables
from consent.records.base import metadata
from consent.records.engine import writing
from consent.records.rows_only import changing_schema

GUARDED = tables.custody.APPEND_ONLY


def _config(connection: Connection, folder: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", str(folder))
    config.attributes["connection"] = connection
    return config


def is_empty(engine: Engine) -> bool:
    """Return whether nothing was ever written here: there is no table of ours, or no entry in custody."""
    with engine.connect() as connection:
        if not sa.inspect(connection).has_table("custody"):
            return True
        return connection.execute(sa.select(tables.custody.custody.c.number).limit(1)).first() is None


def upgrade(engine: Engine, folder: Path, revision: str = "head") -> None:
    """Migrate up. `folder`: migrations/. Two processes at once: the second waits and finds nothing to do."""
    with writing(engine) as connection, changing_schema(connection):
        command.upgrade(_config(connection, folder), revision)


def downgrade(engine: Engine, folder: Path, revision: str = "base") -> None:
    """Migrate down; for an empty database only."""
    with writing(engine) as connection, changing_schema(connection):
        command.downgrade(_config(connection, folder), revision)


def current_revision(connection: Connection) -> str:
    """Return the name of the schema that this database has; empty if it has none."""
    return MigrationContext.configure(connection).get_current_revision() or ""


def drift(engine: Engine) -> list[object]:
    """Return how the database differs from the tables; empty when it does not."""
    with engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata))


def guards(dialect: str) -> list[str]:
    """Return the statements that make the append-only tables refuse UPDATE and DELETE (and TRUNCATE)."""
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} only grows'); END"
            for table in GUARDED
            for verb in ("UPDATE", "DELETE")
        ]
    function = (
        "CREATE FUNCTION only_grows() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% only grows', TG_TABLE_NAME; END $$"
    )
    return [function] + [
        f"CREATE TRIGGER {table}_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION only_grows()"
        for table in GUARDED
    ]
