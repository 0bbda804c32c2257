"""Write rows and remember what each looked like, so that custody can tell later whether one was altered.

A row's digest is HMAC-SHA256 under the salt of the row's data key where it has one, else SHA-256, over all
its columns in canonical JSON. Destroying the key destroys the salt: the digest then says nothing about dates
or codes that might be guessed.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from consent.records.base import lots, metadata
from consent.records.prepared import Prepared, insert_into
from consent.records.tables.custody import data_key
from consent.rules.chain import canonical

# Kept out of custody: counters, sign-ins and half-finished input change without being an act.
UNPROTECTED = frozenset(
    {
        "data_key",
        "custody",
        "custody_about",
        "custody_text",
        "custody_head",
        "throttle",
        "held",
        "staff_session",
        "signing_session",
        "showing_tablet",
        "totp_step",
        "card_opening",
        "chore",
        "notice_claim",
        "stamp_turn",
        "image_fingerprint",
        "alembic_version",
    }
)


def _plain(value: object) -> object:
    if isinstance(value, bytes | memoryview):
        return hashlib.sha256(bytes(value)).hexdigest()
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    return value


def as_digested(values: Mapping[str, Any]) -> dict[str, object]:
    """Return a row's values as its digest is made of them: of ciphertext its SHA-256, of times their UTC."""
    # Empty columns are left out: a later schema may add some without changing what was digested before.
    return {
        name: value if value.__class__ is str else _plain(value) for name, value in values.items() if value is not None
    }


def digest_of(values: Mapping[str, Any], salt: bytes | None) -> str:
    """Return the digest (hex, 64 characters) of one whole row's values by column name."""
    written = canonical(as_digested(values))
    return hmac.digest(salt, written, "sha256").hex() if salt else hashlib.sha256(written).hexdigest()


_inserted = cache(insert_into)


@cache
def _kept(table: sa.Table) -> Prepared:
    return insert_into(table, giving=False)


def _never_over(table: sa.Table, values: Mapping[str, Any]) -> Iterator[sa.ColumnElement[bool]]:
    for name, value in values.items():
        column = table.c[name]
        if value is None or not column.info.get("encrypted"):
            continue
        if column.info["version"] is None:
            yield column.is_(None)
        else:
            written = sa.func.coalesce(table.c[column.info["version"]], 0)
            now = values[column.info["version"]]
            yield sa.or_(written < now, sa.and_(column.is_(None), written == now))


class KeyRetired(RuntimeError):
    """The key-encryption key that this process wraps by was retired: it goes on with the present one once restarted."""


class Ledger:
    """Every write to a protected table goes through here; `digests` names each row as table/id."""

    def __init__(self, connection: Connection, holds: Callable[[str], bool]) -> None:
        self._connection = connection
        self._holds = holds
        self._salts: dict[str, bytes | None] = {}
        self.digests: dict[str, str] = {}

    def insert(self, table: sa.Table, **values: Any) -> Row[Any]:
        """Write one new row and return it as the database keeps it."""
        (row,) = _inserted(table).run(self._connection, values)
        self._remember(table, row)
        return cast(Row[Any], row)

    def keep(self, table: sa.Table, **values: Any) -> None:
        """Write one new row without reading it back: every column is given, as the database will give it back.

        For the one row that every question leaves; the row must have no data key of its own.
        """
        if len(values) != len(table.c):
            raise TypeError(f"{table.name}: a row that is not read back is given whole")
        _kept(table).run(self._connection, values)
        self.digests[f"{table.name}/{values['id']}"] = digest_of(values, None)

    def update(self, table: sa.Table, row_id: str, **values: Any) -> Row[Any]:
        """Change one row and return it as it is now.

        Raises: sqlalchemy NoResultFound if there is none, or if ciphertext would be written over ciphertext without a
        new version: whoever put the older one back could not be told.
        """
        is_it = sa.and_(table.c.id == row_id, *_never_over(table, values))
        statement = sa.update(table).where(is_it).values(**values).returning(*table.c)
        row = self._connection.execute(statement).one()
        self._remember(table, row)
        return row

    def insert_many(self, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write many new rows, all with the same columns."""
        if not rows:
            return
        self._remember_all(table, _inserted(table).run_many(self._connection, rows))

    def update_many(self, table: sa.Table, row_ids: Sequence[str], **values: Any) -> None:
        """Change many rows alike. Raises: LookupError if one of them is not there."""
        for some in lots(row_ids):
            statement = sa.update(table).where(table.c.id.in_(some)).values(**values).returning(*table.c)
            changed = self._connection.execute(statement).all()
            if len(changed) != len(some):
                raise LookupError(f"{table.name}: {len(some) - len(changed)} rows are not there")
            self._remember_all(table, changed)

    def _remember_all(self, table: sa.Table, rows: Sequence[Row[Any]]) -> None:
        if "key_id" in table.c:
            wanted = sorted({row.key_id for row in rows if row.key_id and row.key_id not in self._salts})
            for some in lots(wanted):
                found = self._connection.execute(
                    sa.select(data_key.c.id, data_key.c.salt).where(data_key.c.id.in_(some))
                )
                self._salts.update((row.id, bytes(row.salt)) for row in found)
        for row in rows:
            self._remember(table, row)

    def add_key(self, key_id: str, kek_id: str, wrapped: bytes, salt: bytes, made_at: datetime) -> None:
        """Keep a new wrapped data key and its salt. Raises: KeyRetired: whatever it encrypts would be lost."""
        if not self._holds(kek_id):
            raise KeyRetired
        values: Mapping[str, object] = {
            "id": key_id,
            "kek_id": kek_id,
            "wrapped": wrapped,
            "salt": salt,
            "made_at": made_at,
        }
        self._connection.execute(sa.insert(data_key).values(**values))
        self._salts[key_id] = salt

    def part_with(self, key_ids: Collection[str]) -> list[str]:
        """Remember every protected row of these data keys once more, without a salt; return the rows' names.

        For when the keys are deleted: what is left of such a row, its ciphertext among it, stays checked.
        """
        names = []
        for table in metadata.sorted_tables:
            if table.name in UNPROTECTED or "key_id" not in table.c:
                continue
            for some in lots(sorted(key_ids)):
                for row in self._connection.execute(sa.select(table).where(table.c.key_id.in_(some))):
                    name = f"{table.name}/{row.id}"
                    self.digests[name] = digest_of(row._asdict(), None)
                    names.append(name)
        return sorted(names)

    def _salt(self, key_id: str | None) -> bytes | None:
        if key_id is None:
            return None
        if key_id not in self._salts:
            found = self._connection.execute(sa.select(data_key.c.salt).where(data_key.c.id == key_id))
            self._salts[key_id] = found.scalar_one_or_none()
        return self._salts[key_id]

    def _remember(self, table: sa.Table, row: Row[Any]) -> None:
        if table.name not in UNPROTECTED:
            values = row._asdict()
            self.digests[f"{table.name}/{values['id']}"] = digest_of(values, self._salt(values.get("key_id")))


def all_digests(connection: Connection) -> Iterator[tuple[str, str, str | None]]:
    """Give table/id and digest of every protected row as it stands now; and, if that is gone, the id of its data key.

    Without its key's salt a row's digest cannot be worked out again: custody must say that it was destroyed.
    """
    for table in metadata.sorted_tables:
        if table.name in UNPROTECTED:
            continue
        salted = "key_id" in table.c
        columns = [*table.c, data_key.c.salt.label("_salt")] if salted else [*table.c]
        source = table.outerjoin(data_key, data_key.c.id == table.c.key_id) if salted else table
        statement = sa.select(*columns).select_from(source).execution_options(yield_per=1000)
        for row in connection.execute(statement):
            values = dict(row._mapping)
            salt = values.pop("_salt", None)
            lost = values.get("key_id") if salt is None else None
            yield f"{table.name}/{values['id']}", digest_of(values, bytes(salt) if salt else None), lost
