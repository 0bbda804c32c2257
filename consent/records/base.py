"""What every table shares: one metadata, names for constraints, and times that are always UTC."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcDateTime(TypeDecorator[datetime]):
    """An instant. Refuses a naive time, stores UTC, gives back an aware UTC time on both databases."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware time into UTC. Raises: ValueError for a naive one."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be written down")
        moment = value.astimezone(UTC)
        # SQLite keeps text without a zone: the zone is ours to promise, and it is always UTC.
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give back an aware UTC time."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# How many IDs one statement names: below what either database takes as parameters.
IDS_AT_ONCE = 500


def lots(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """Give the IDs in lots that one statement can name."""
    for start in range(0, len(ids), IDS_AT_ONCE):
        yield ids[start : start + IDS_AT_ONCE]


def key(name: str = "id") -> sa.Column[str]:
    """Return a primary key column of text."""
    return sa.Column(name, sa.Text, primary_key=True)


def text(name: str, *, null: bool = False, unique: bool = False, index: bool = False) -> sa.Column[Any]:
    """Return a text column."""
    return sa.Column(name, sa.Text, nullable=null, unique=unique or None, index=index or None)


def ref(name: str, target: str, *, null: bool = False, index: bool = True) -> sa.Column[Any]:
    """Return a column that points to another table's row."""
    return sa.Column(name, sa.Text, sa.ForeignKey(target), nullable=null, index=index or None)


def at(name: str, *, null: bool = False, index: bool = False) -> sa.Column[Any]:
    """Return a column that holds an instant (UTC)."""
    return sa.Column(name, UtcDateTime, nullable=null, index=index or None)


def on(name: str, *, null: bool = False) -> sa.Column[Any]:
    """Return a column that holds a date in the organisation's zone."""
    return sa.Column(name, sa.Date, nullable=null)


def flag(name: str) -> sa.Column[Any]:
    """Return a yes or no column without a default: silence is never a yes."""
    return sa.Column(name, sa.Boolean, nullable=False)


def number(name: str, *, null: bool = False) -> sa.Column[Any]:
    """Return a whole-number column."""
    return sa.Column(name, sa.Integer, nullable=null)


def encrypted(name: str, *, null: bool = False, version: str | None = None) -> sa.Column[Any]:
    """Return a column of ciphertext (vault.envelope tokens).

    `version`: the column that counts how often this one was written. Its number is bound into the ciphertext, so that
    an older one put back is refused. Without it the column is written once and never over (`ledger` sees to that).
    """
    return sa.Column(name, sa.LargeBinary, nullable=null, info={"encrypted": True, "version": version})


def data(name: str, *, null: bool = False) -> sa.Column[Any]:
    """Return a column of codes and IDs as JSON; never words about a person."""
    return sa.Column(name, sa.JSON, nullable=null)
