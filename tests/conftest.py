"""What every test may ask for: an address of a database, on each kind; and nothing leaves the machine."""

from __future__ import annotations

import ipaddress
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import argon2
import pytest
from hypothesis import HealthCheck, settings

from consent.vault import secrets
from tests.database.postgres import Cluster

# No test is about time: a busy machine is not a failure.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

ROOT = Path(__file__).resolve().parent.parent
KINDS = [
    pytest.param("sqlite", id="sqlite"),
    pytest.param("postgresql", id="postgresql", marks=pytest.mark.postgresql),
]


def _is_here(address: Any) -> bool:
    if not isinstance(address, tuple):
        return True  # a Unix socket
    host = str(address[0])
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True)
def nothing_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that connects to another machine fails."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if not _is_here(address):
            raise AssertionError(f"a test reached out to {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


QUICK = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture(autouse=True)
def quick_hashes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash passwords and codes with the least work: slowness is looked at in tests/unit, where it stays."""
    if ROOT / "tests" / "unit" not in request.path.parents:
        monkeypatch.setattr(secrets, "_HASHER", QUICK)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """The PostgreSQL of this test process; started when the first test asks for it."""
    with Cluster.running() as running:
        yield running


def _migrate(url: str) -> None:
    from consent.records.engine import open_database
    from consent.records.schema import upgrade

    engine = open_database(url)
    try:
        upgrade(engine, ROOT / "migrations")
    finally:
        engine.dispose()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file at the newest schema, to copy."""
    file = tmp_path_factory.mktemp("migrated") / "consent.sqlite"
    _migrate(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def migrated_template(cluster: Cluster) -> str:
    """A PostgreSQL database at the newest schema, to copy."""
    name = cluster.create()
    _migrate(cluster.url(name))
    return name


@pytest.fixture
def sqlite_url(tmp_path: Path, migrated_file: Path) -> str:
    """A fresh SQLite database at the newest schema."""
    file = tmp_path / "consent.sqlite"
    shutil.copyfile(migrated_file, file)
    return f"sqlite:///{file}"


@pytest.fixture
def postgresql_url(cluster: Cluster, migrated_template: str) -> Iterator[str]:
    """A fresh PostgreSQL database at the newest schema."""
    name = cluster.create(migrated_template)
    yield cluster.url(name)
    cluster.drop(name)


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh database at the newest schema, once on SQLite and once on PostgreSQL."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(params=KINDS)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without any table, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite'}"
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    name = cluster.create()
    yield cluster.url(name)
    cluster.drop(name)
