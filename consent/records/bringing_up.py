"""Open the database and bring it up to date, as the role that may; what stands in the way is said in plain words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic.util import CommandError
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError, ProgrammingError, SQLAlchemyError

from consent.records import roles
from consent.records.engine import open_database
from consent.records.schema import upgrade


class CannotStart(Exception):
    """What stands in the way of starting, as one plain line that holds no password."""


def opened(address: str, setting: str = "CONSENT_DATABASE_URL") -> Engine:
    """Return the engine for an address. `setting`: where the address stands. Raises: CannotStart."""
    try:
        return open_database(address)
    except (SQLAlchemyError, ValueError) as error:
        raise CannotStart(f"{setting} cannot be read: it is no database's address.") from error


@contextmanager
def telling(database: Engine) -> Iterator[None]:
    """Turn what the database refuses while it is opened into CannotStart."""
    try:
        yield
    except CommandError as error:
        database.dispose()
        raise CannotStart(
            "This database was made by another version of the program, which this one cannot bring up to date: "
            "use the version that made it, or name a new folder in CONSENT_INSTANCE."
        ) from error
    except OperationalError as error:
        shown = database.url.render_as_string(hide_password=True)
        raise CannotStart(f"The database does not answer: {shown}") from error
    except ProgrammingError as error:
        raise CannotStart(
            "The database is not up to date, and may not be changed by this role: run `consent migrate` with "
            "CONSENT_MIGRATION_URL, the address of the role that owns the tables. Both roles must exist."
        ) from error


def bring_up(database: Engine, owner_address: str | None, folder: Path) -> None:
    """Bring the schema up to date. `folder`: migrations/.

    With the owner's address it is done as the owner, and the role of `database` is let use the tables.
    """
    if owner_address is None:
        upgrade(database, folder)
        return
    owner = opened(owner_address, "CONSENT_MIGRATION_URL")
    try:
        upgrade(owner, folder)
        if database.url.username and database.url.username != owner.url.username:
            roles.share(owner, database.url.username)
    finally:
        owner.dispose()


def migrate(address: str, owner_address: str | None, folder: Path) -> bool:
    """Bring the schema up to date; return whether custody is out of reach of the program's own role.

    Raises: CannotStart.
    """
    database = opened(address)
    try:
        with telling(database):
            bring_up(database, owner_address, folder)
            with database.connect() as connection:
                return not roles.owns_the_trail(connection)
    finally:
        database.dispose()
