"""On PostgreSQL the role that owns the tables and the program's role are two: what custody holds is out of reach."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from psycopg import errors

from consent.acts import custody
from consent.cli import with_commands
from consent.records import roles
from consent.records.base import metadata
from consent.records.bringing_up import CannotStart, bring_up, migrate, opened, telling
from consent.records.engine import open_database
from consent.records.tables.custody import APPEND_ONLY
from consent.settings import SettingsError, read_settings
from tests.database.postgres import Cluster
from tests.factory import ROOT, Clock, Factory, make_house

MIGRATIONS = ROOT / "migrations"
OWNER, APP = "consent_owner", 'consent "app"'


@pytest.fixture
def addresses(cluster: Cluster) -> Iterator[tuple[str, str]]:
    """An empty database of the owner's: the owner's address, and the program's."""
    name = cluster.create()
    where = f"host={cluster.folder} dbname={name}"
    with psycopg.connect(f"{where} user=consent", autocommit=True) as administrator:
        for role in (OWNER, APP):
            try:
                administrator.execute(psycopg.sql.SQL("CREATE ROLE {} LOGIN").format(psycopg.sql.Identifier(role)))
            except errors.DuplicateObject:
                continue
        administrator.execute(f"ALTER DATABASE {name} OWNER TO {OWNER}".encode())
        administrator.execute(f"ALTER SCHEMA public OWNER TO {OWNER}".encode())
    base = sa.make_url(cluster.url(name))
    yield tuple(base.set(username=role).render_as_string(hide_password=False) for role in (OWNER, APP))  # type: ignore[misc]
    cluster.drop(name)


def test_rule_26_the_program_s_own_role_cannot_change_the_trail(addresses: tuple[str, str], tmp_path: Path) -> None:
    owner, program = addresses
    assert migrate(program, owner, MIGRATIONS)
    assert migrate(program, owner, MIGRATIONS), "again, it finds nothing to do"
    clock = Clock()
    house = make_house(program, tmp_path, clock)
    Factory(house, clock).signed_consent()
    # Not even with the rights that the program has at hand: it is no owner, so the guards stay.
    refused = [
        statement
        for table in APPEND_ONLY
        for statement in (
            f"UPDATE {table} SET {next(iter(metadata.tables[table].c)).name} = NULL",
            f"DELETE FROM {table}",
            f"TRUNCATE {table}",
            f"DROP TRIGGER {table}_only_grows ON {table}",
            f"ALTER TABLE {table} DISABLE TRIGGER ALL",
            f"DROP TABLE {table}",
        )
    ]
    refused += [
        "DELETE FROM consent",
        "DELETE FROM post",
        "UPDATE alembic_version SET version_num = 'x'",
        "CREATE TABLE mine (x int)",
        "CREATE TEMPORARY TABLE custody (x int)",
        "CREATE OR REPLACE FUNCTION only_grows() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        f"SET ROLE {OWNER}",
        "SET session_replication_role = replica",
    ]
    for statement in refused:
        with house.engine.connect() as connection, pytest.raises(sa.exc.DBAPIError) as told:
            connection.execute(sa.text(statement))
        assert isinstance(told.value.orig, errors.InsufficientPrivilege), statement
    assert custody.verify(house).sound
    house.engine.dispose()


def test_the_guards_hold_against_the_owner_s_own_statements_too(addresses: tuple[str, str]) -> None:
    owner, program = addresses
    assert migrate(program, owner, MIGRATIONS)
    engine = open_database(owner)
    for table in APPEND_ONLY:
        with engine.connect() as connection, pytest.raises(sa.exc.DBAPIError, match="only grows"):
            connection.execute(sa.text(f"DELETE FROM {table}"))
    engine.dispose()


def test_without_the_owner_the_program_says_what_to_do(addresses: tuple[str, str]) -> None:
    _, program = addresses
    with pytest.raises(CannotStart, match="consent migrate"):
        migrate(program, None, MIGRATIONS)
    database = opened(program)
    with pytest.raises(CannotStart, match="consent migrate"), telling(database):
        bring_up(database, None, MIGRATIONS)
    database.dispose()


def test_the_command_says_whether_the_two_are_apart(
    addresses: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, program = addresses
    for name, value in (("INSTANCE", str(tmp_path / "i")), ("DATABASE_URL", program), ("MIGRATION_URL", owner)):
        monkeypatch.setenv(f"CONSENT_{name}", value)
    apart = CliRunner().invoke(with_commands(), ["migrate"])
    assert (apart.exit_code, "can neither change nor delete" in apart.output) == (0, True)
    # What was added since is shared again; and the server itself needs no owner.
    monkeypatch.delenv("CONSENT_MIGRATION_URL")
    assert migrate(program, None, MIGRATIONS)
    monkeypatch.setenv("CONSENT_DATABASE_URL", owner)
    alone = CliRunner().invoke(with_commands(), ["migrate"])
    assert (alone.exit_code, "two roles" in alone.output) == (1, True)


def test_on_sqlite_there_are_triggers_alone(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'x.sqlite'}")
    bring_up(engine, None, MIGRATIONS)
    roles.share(engine, "anybody")
    with engine.connect() as connection:
        assert roles.owns_the_trail(connection)
        for table in APPEND_ONLY:
            first = next(iter(metadata.tables[table].c)).name
            connection.execute(sa.text(f"DELETE FROM {table}"))  # no row: no trigger fires
            assert (
                connection.execute(
                    sa.text("SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :t"), {"t": table}
                ).scalar()
                == 2
            ), first
    engine.dispose()


def test_the_owner_s_address_must_be_postgresql(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="CONSENT_MIGRATION_URL must begin with"):
        read_settings({"CONSENT_MIGRATION_URL": "sqlite:///x"}, tmp_path)
