"""Statements that every verdict or act sends: built and compiled once, then only bound and sent.

Core builds, keys and wraps anew at each call, which takes longer than the database does. The text, the binding
and the reading of values are still Core's own, so a statement means the same here as there.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.types import TypeEngine

Turn = Callable[[Any], Any]
Columns = Sequence[sa.ColumnElement[Any]]

MOST_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class _Form:
    """How one dialect writes it, binds its values and reads its columns."""

    sql: str
    binds: tuple[tuple[str, Any, Turn | None], ...]  # name, what stands when no value is given, how it is bound
    names: frozenset[str]
    positional: bool
    reads: tuple[tuple[int, Turn], ...]
    as_given: tuple[str, ...] = ()
    """The names, where this driver takes every value by its place and as it is."""

    def bound(self, values: Mapping[str, Any]) -> Any:
        if not values.keys() <= self.names:
            raise TypeError(f"no such values here: {sorted(values.keys() - self.names)}")
        if self.as_given and len(values) == len(self.names):
            return [values[name] for name in self.as_given]
        bound = [
            otherwise if name not in values else turn(values[name]) if turn else values[name]
            for name, otherwise, turn in self.binds
        ]
        return bound if self.positional else {bind[0]: value for bind, value in zip(self.binds, bound, strict=True)}

    def read(self, row: Sequence[Any]) -> Sequence[Any]:
        cells = list(row)
        for place, turn in self.reads:
            if cells[place] is not None:
                cells[place] = turn(cells[place])
        return cells


class Prepared:
    """One statement without lists among its parameters. `columns`: what it gives back, in order."""

    def __init__(self, statement: sa.ClauseElement, columns: Columns = ()) -> None:
        self._statement = statement
        self._types: tuple[TypeEngine[Any], ...] = tuple(column.type for column in columns)
        row: Any = namedtuple("Row", [column.name for column in columns])  # type: ignore[misc]
        self._make = row._make
        self._forms: dict[str, _Form] = {}

    def run(self, connection: Connection, values: Mapping[str, Any]) -> list[Any]:
        """Send it, and return its rows: named tuples, values as Core would give them. A value not given is NULL.

        Raises: what `connection.execute` would; TypeError for a value that has no place in the statement.
        """
        form = self._forms.get(connection.dialect.name) or self._form(connection.dialect)
        raw = _driver(connection)
        try:
            cursor = raw.execute(form.sql, form.bound(values))
            if not self._types:
                return []
            rows = cursor.fetchall()
        except connection.dialect.loaded_dbapi.Error as error:
            raise _as_core(connection, form.sql, error) from error
        return self._shaped(form, rows)

    def run_many(self, connection: Connection, many: Sequence[Mapping[str, Any]]) -> list[Any]:
        """Send it once for each of the values, without waiting in between where the driver can, and return all rows."""
        form = self._forms.get(connection.dialect.name) or self._form(connection.dialect)
        cursor = _driver(connection).cursor()
        try:
            rows = self._rows(cursor, form, [form.bound(values) for values in many])
        except connection.dialect.loaded_dbapi.Error as error:
            raise _as_core(connection, form.sql, error) from error
        finally:
            cursor.close()
        return self._shaped(form, rows)

    def _shaped(self, form: _Form, rows: list[Any]) -> list[Any]:
        return [self._make(form.read(row) if form.reads else row) for row in rows]

    def _rows(self, cursor: Any, form: _Form, bound: Sequence[Any]) -> list[Any]:
        gives = bool(self._types)
        rows: list[Any] = []
        if len(bound) > 1 and not form.positional:  # psycopg: one pipeline for all
            cursor.executemany(form.sql, bound, returning=gives)
            while gives:
                rows += cursor.fetchall()
                gives = bool(cursor.nextset())
            return rows
        for each in bound:
            cursor.execute(form.sql, each)
            if gives:
                rows += cursor.fetchall()
        return rows

    def _form(self, dialect: Dialect) -> _Form:
        compiled: Any = self._statement.compile(dialect=dialect)
        if compiled.post_compile_params:
            raise TypeError("a prepared statement takes no lists")
        names = compiled.positiontup if compiled.positional else list(compiled.binds)
        binds = tuple((name, *_bind(compiled.binds[name], dialect)) for name in names)
        as_given = compiled.positional and all(turn is None for _, _, turn in binds)
        form = _Form(
            sql=str(compiled),
            binds=binds,
            names=frozenset(names),
            positional=compiled.positional,
            reads=tuple((place, turn) for place, kind in enumerate(self._types) if (turn := _read(kind, dialect))),
            as_given=tuple(names) if as_given else (),
        )
        self._forms[dialect.name] = form
        return form


class PreparedForIds:
    """A statement about some IDs; `build` writes it for so many parameters."""

    def __init__(self, build: Callable[[Sequence[sa.BindParameter[str]]], sa.ClauseElement], columns: Columns) -> None:
        self._build = build
        self._columns = columns
        self._sizes: dict[int, Prepared] = {}

    def run(self, connection: Connection, ids: Iterable[str]) -> list[Any]:
        """Send it for all of these IDs, in as few statements as can be, and return the rows in that order."""
        wanted = list(ids)
        rows: list[Any] = []
        for start in range(0, len(wanted), MOST_AT_ONCE):
            some = wanted[start : start + MOST_AT_ONCE]
            # Filled up with the last ID to a power of two, so that there are few statements to keep.
            size = 1 << (len(some) - 1).bit_length()
            some += some[-1:] * (size - len(some))
            rows += self._of(size).run(connection, {f"id_{place}": each for place, each in enumerate(some)})
        return rows

    def _of(self, size: int) -> Prepared:
        if size not in self._sizes:
            places = [sa.bindparam(f"id_{place}", type_=sa.Text) for place in range(size)]
            self._sizes[size] = Prepared(self._build(places), self._columns)
        return self._sizes[size]


class PreparedRows:
    """An insert of several rows by one statement, nothing given back."""

    def __init__(self, table: sa.Table) -> None:
        self._table = table
        self._sizes: dict[int, Prepared] = {}

    def run(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write the rows, each with every column that cannot be NULL."""
        for start in range(0, len(rows), MOST_AT_ONCE):
            some = rows[start : start + MOST_AT_ONCE]
            values = {f"{name}_{place}": value for place, row in enumerate(some) for name, value in row.items()}
            self._of(len(some)).run(connection, values)

    def _of(self, size: int) -> Prepared:
        if size not in self._sizes:
            columns = self._table.c
            places = [
                {column.name: sa.bindparam(f"{column.name}_{place}", type_=column.type) for column in columns}
                for place in range(size)
            ]
            self._sizes[size] = Prepared(sa.insert(self._table).values(places))
        return self._sizes[size]


def send(connection: Connection, sql: str) -> None:
    """Send one statement that says when a transaction begins, before Core has begun one.

    Raises: what `connection.execute` would.
    """
    try:
        connection.connection.dbapi_connection.execute(sql)  # type: ignore[union-attr]
    except connection.dialect.loaded_dbapi.Error as error:
        raise _as_core(connection, sql, error) from error


def _driver(connection: Connection) -> Any:
    """Return the driver's own connection, within a transaction."""
    if not connection.in_transaction():
        connection.begin()
    return connection.connection.dbapi_connection


def _as_core(connection: Connection, sql: str, error: Exception) -> Exception:
    driver = connection.dialect.loaded_dbapi
    return sa.exc.DBAPIError.instance(sql, None, error, driver.Error, hide_parameters=True, dialect=connection.dialect)


def insert_into(table: sa.Table, *, giving: bool = True) -> Prepared:
    """Return the insert of one row by column name; with `giving` it gives back the row as the database keeps it."""
    places = {column.name: sa.bindparam(column.name, type_=column.type) for column in table.c}
    statement = sa.insert(table).values(places)
    return Prepared(statement.returning(*table.c), list(table.c)) if giving else Prepared(statement)


def _bind(bind: Any, dialect: Dialect) -> tuple[Any, Turn | None]:
    turn = bind.type.dialect_impl(dialect).bind_processor(dialect)
    otherwise = bind.effective_value
    return (otherwise if turn is None or otherwise is None else turn(otherwise)), turn


def _read(kind: TypeEngine[Any], dialect: Dialect) -> Turn | None:
    return kind.dialect_impl(dialect).result_processor(dialect, None)
