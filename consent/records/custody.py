"""The chain: append an entry, read it in order, keep its signed heads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from consent.records.prepared import Prepared, PreparedRows, insert_into
from consent.records.tables.custody import custody, custody_about, custody_head, custody_stamp, custody_text
from consent.rules.chain import START, canonical, linked, with_witness

CONFIRM_CLOCK = "clock.confirm"

_HEAD = (custody.c.number, custody.c.hash)
_NEWEST = Prepared(sa.select(*_HEAD).order_by(custody.c.number.desc()).limit(1), _HEAD)
_APPEND = insert_into(custody, giving=False)
_INDEX = PreparedRows(custody_about)


class Head(NamedTuple):
    """The newest entry: its number and hash."""

    number: int
    hash: str


def written_time(moment: datetime) -> str:
    """Return the one way in which an entry writes an instant (UTC, microseconds)."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def head(connection: Connection) -> Head:
    """Return the newest entry's number and hash; (0, zeros) before the first."""
    rows = _NEWEST.run(connection, {})
    return Head(rows[0].number, rows[0].hash) if rows else Head(0, START)


def latest_ahead(connection: Connection, of: datetime) -> datetime | None:
    """Return the latest time in the trail that lies after this instant and that nobody vouched for since, or None.

    Who vouches for the clock vouches for what was written before, not for the time of his own word.
    """
    before = custody.alias("before")
    vouched = sa.select(sa.func.max(before.c.number)).where(before.c.act == CONFIRM_CLOCK).scalar_subquery()
    # Nothing lies ahead as a rule, so its times are asked. Of the bare number SQLite would read the whole trail.
    counts = custody.c.number + 0 >= sa.func.coalesce(vouched, 0)
    latest: datetime | None = connection.execute(
        sa.select(sa.func.max(custody.c.at)).where(custody.c.at > of, counts)
    ).scalar()
    return latest


def append(
    connection: Connection,
    *,
    at: datetime,
    act: str,
    actor: str,
    about: Mapping[str, Any],
    refs: Iterable[str],
    rows: Mapping[str, str],
    commitment: str | None,
    witness: Callable[[bytes], str],
    after: Head | None = None,
) -> tuple[int, str]:
    """Append one entry, chained to the last, and return its number and hash.

    Only inside the one writer's transaction. `about`: IDs and codes; `rows`: digests of the rows written; `witness`
    gives what only our key can give for the entry's bytes; `after`: the head, if it was read in this transaction.
    """
    last, previous = after or head(connection)
    number = last + 1
    named = sorted(set(refs))
    entry = canonical(
        {
            "number": number,
            "at": written_time(at),
            "act": act,
            "actor": actor,
            "about": dict(about),
            "refs": named,
            "rows": dict(rows),
            "text": commitment,
            "previous": previous,
        }
    )
    entry = with_witness(entry, witness(entry))
    digest = linked(previous, entry)
    values = {"number": number, "at": at, "act": act, "actor": actor, "entry": entry, "hash": digest}
    _APPEND.run(connection, values)
    _INDEX.run(connection, [{"id": f"{number}/{ref}", "number": number, "ref": ref} for ref in named])
    return number, digest


def keep_text(connection: Connection, number: int, key_id: str, content: bytes) -> None:
    """Keep the encrypted words that belong to an entry; the entry holds their commitment."""
    connection.execute(sa.insert(custody_text).values(number=number, key_id=key_id, content=content))


def keep_head(connection: Connection, **values: Any) -> None:
    """Keep one signed head."""
    connection.execute(sa.insert(custody_head).values(**values))


def heads(connection: Connection) -> Sequence[Row[Any]]:
    """Return all signed heads, oldest first."""
    return connection.execute(sa.select(custody_head).order_by(custody_head.c.number)).all()


def stamps(connection: Connection) -> Sequence[Row[Any]]:
    """Return the authority's time-stamps of the chain, oldest first."""
    return connection.execute(sa.select(custody_stamp).order_by(custody_stamp.c.number, custody_stamp.c.id)).all()


def newest_stamp(connection: Connection) -> Row[Any] | None:
    """Return the last time-stamp of the chain."""
    newest = custody_stamp.c.number.desc()
    return connection.execute(sa.select(custody_stamp).order_by(newest, custody_stamp.c.id).limit(1)).first()


def entries(connection: Connection, after: int = 0) -> Iterator[Row[Any]]:
    """Give every entry, or those behind one, in order without holding them all in memory."""
    statement = sa.select(custody).where(custody.c.number > after).order_by(custody.c.number)
    # Closed also where somebody has seen enough: on PostgreSQL it is a cursor of the server's.
    with connection.execute(statement.execution_options(yield_per=1000)) as found:
        yield from found


def find(connection: Connection, number: int) -> Row[Any] | None:
    """Return one entry."""
    return connection.execute(sa.select(custody).where(custody.c.number == number)).one_or_none()


def about(connection: Connection, ref: str) -> Sequence[Row[Any]]:
    """Return the entries that speak of one ID, oldest first."""
    statement = (
        sa.select(custody)
        .join(custody_about, custody_about.c.number == custody.c.number)
        .where(custody_about.c.ref == ref)
        .order_by(custody.c.number)
    )
    return connection.execute(statement).all()


def page(
    connection: Connection,
    *,
    act: str | None,
    actor: str | None,
    ref: str | None,
    before: int | None,
    size: int,
) -> Sequence[Row[Any]]:
    """Return up to `size` entries, newest first, older than number `before`."""
    statement = sa.select(custody).order_by(custody.c.number.desc()).limit(size)
    if act:
        statement = statement.where(custody.c.act == act)
    if actor:
        statement = statement.where(custody.c.actor == actor)
    if before:
        statement = statement.where(custody.c.number < before)
    if ref:
        linked = sa.select(custody_about.c.number).where(custody_about.c.ref == ref)
        statement = statement.where(custody.c.number.in_(linked))
    return connection.execute(statement).all()


def references(connection: Connection) -> Iterator[tuple[int, str]]:
    """Give every indexed (entry number, ID)."""
    statement = sa.select(custody_about.c.number, custody_about.c.ref).execution_options(yield_per=1000)
    for row in connection.execute(statement):
        yield row.number, row.ref


def texts(connection: Connection) -> Sequence[Row[Any]]:
    """Return the encrypted words beside every entry that has some, oldest first."""
    return connection.execute(sa.select(custody_text).order_by(custody_text.c.number)).all()


def find_text(connection: Connection, number: int) -> Row[Any] | None:
    """Return the encrypted words beside an entry."""
    return connection.execute(sa.select(custody_text).where(custody_text.c.number == number)).one_or_none()


def acts_seen(connection: Connection) -> Sequence[str]:
    """Return the codes of all acts that ever happened, in alphabetical order."""
    return connection.execute(sa.select(custody.c.act).distinct().order_by(custody.c.act)).scalars().all()
