"""Migrations: up on both databases, no drift from the tables, down again on an empty one."""

from __future__ import annotations

import sqlalchemy as sa

from consent.records.engine import open_database
from consent.records.schema import downgrade, drift, is_empty, upgrade
from tests.factory import ROOT

MIGRATIONS = ROOT / "migrations"


def test_up_leaves_no_drift_and_down_leaves_nothing(empty_database_url: str) -> None:
    engine = open_database(empty_database_url)
    assert is_empty(engine)
    upgrade(engine, MIGRATIONS)
    assert drift(engine) == []
    upgrade(engine, MIGRATIONS)
    assert is_empty(engine)
    downgrade(engine, MIGRATIONS)
    with engine.connect() as connection:
        assert set(sa.inspect(connection).get_table_names()) <= {"alembic_version"}
    upgrade(engine, MIGRATIONS)
    assert drift(engine) == []
    engine.dispose()
