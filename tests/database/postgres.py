"""A throwaway PostgreSQL from the binaries that are installed, for as long as the tests run.

It listens on a Unix socket in a folder that only its owner can open, never on a network address. PostgreSQL
refuses to run as root: then it runs as `postgres`, or as `nobody` where there is none.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import psycopg

START_WITHIN = 60  # seconds
QUICK = (
    "fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200", "shared_buffers=64MB",
    "autovacuum=off",
)  # fmt: skip
DURABLE = ("fsync=on", "synchronous_commit=on", "shared_buffers=512MB", "max_wal_size=4GB", "autovacuum=off")


class NoPostgreSQL(Exception):
    """PostgreSQL's server programs are not installed."""


def binaries() -> Path:
    """The folder that holds initdb and postgres, the newest version first."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if found:
        return max(found, key=lambda folder: int(folder.parent.name))
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    raise NoPostgreSQL("PostgreSQL is not installed: apt-get install postgresql-15")


def _owner() -> pwd.struct_passwd | None:
    """Who runs the server when these tests run as root; None when nobody else is needed."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise NoPostgreSQL("PostgreSQL does not run as root, and there is neither a user postgres nor nobody")


class Cluster:
    """One running server. `url(name)` is the address of a database in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = 0

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://consent@/{database}?host={self.folder}"

    def _administer(self, statement: str) -> None:
        with psycopg.connect(f"user=consent dbname=postgres host={self.folder}", autocommit=True) as connection:
            connection.execute(statement.encode())

    def create(self, template: str = "template0") -> str:
        """Make a database, by default an empty one, and return its name."""
        self.count += 1
        name = f"test_{self.count}"
        self._administer(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def make(self, name: str) -> None:
        """Make an empty database of this name."""
        self._administer(f"CREATE DATABASE {name} TEMPLATE template0")

    def rename(self, name: str, to: str) -> None:
        self._administer(f"ALTER DATABASE {name} RENAME TO {to}")

    def databases(self) -> list[str]:
        """The names of all databases that were made here."""
        with psycopg.connect(f"user=consent dbname=postgres host={self.folder}") as connection:
            found = connection.execute("SELECT datname FROM pg_database WHERE NOT datistemplate").fetchall()
        return [name for (name,) in found if name != "postgres"]

    def drop(self, name: str) -> None:
        self._administer(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[Self]:
        """Start a server that is quick and keeps nothing; stop it and delete everything at the end."""
        with sockets() as folder, serving(folder, folder / "data", QUICK, signal.SIGQUIT):
            yield cls(folder)

    @classmethod
    @contextmanager
    def kept(cls, home: Path) -> Iterator[Self]:
        """Start a server whose commits are durable, on data in `home` that stay for the next time."""
        home.mkdir(parents=True, exist_ok=True)
        owner = _owner()
        if owner is not None:
            os.chown(home, owner.pw_uid, owner.pw_gid)
        with sockets() as folder, serving(folder, home / "data", DURABLE, signal.SIGINT):
            yield cls(folder)


@contextmanager
def sockets() -> Iterator[Path]:
    """A folder for a server's socket, which only its owner can open."""
    folder, owner = Path(tempfile.mkdtemp(prefix="consent-pg-")), _owner()
    if owner is not None:
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def serving(folder: Path, data: Path, options: tuple[str, ...], stop: signal.Signals) -> Iterator[None]:
    """A server on these data, made if there are none; stopped by this signal."""
    programs, owner = binaries(), _owner()
    become: list[str] = []
    if owner is not None:
        become = [
            "setpriv", f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups",
            # Should the tests be killed, the server must not live on.
            "--pdeathsig", "QUIT", "--",
        ]  # fmt: skip
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "UTC"}
    if not data.exists():
        subprocess.run(
            [*become, programs / "initdb", "-D", data, "-U", "consent", "-A", "trust", "-E", "UTF8",
             "--locale=C.UTF-8", "--no-sync"],
            check=True, stdout=subprocess.DEVNULL, env=environment, cwd=folder,
        )  # fmt: skip
    log = folder / "log"
    chosen = [argument for option in options for argument in ("-c", option)]
    with log.open("wb") as written:
        server = subprocess.Popen(
            [*become, programs / "postgres", "-D", data, "-k", folder, "-c", "listen_addresses=", *chosen],
            stdout=written, stderr=subprocess.STDOUT, env=environment, cwd=folder,
        )  # fmt: skip
    try:
        _wait(server, folder, log)
        yield
    finally:
        server.send_signal(stop)
        server.wait(60)


def _wait(server: subprocess.Popen[bytes], folder: Path, log: Path) -> None:
    until = time.monotonic() + START_WITHIN
    while True:
        try:
            psycopg.connect(f"user=consent dbname=postgres host={folder}", connect_timeout=2).close()
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > until:
                raise NoPostgreSQL("PostgreSQL did not start:\n" + log.read_text(errors="replace")) from None
            time.sleep(0.05)
        else:
            return
