"""All that an act needs, and the one way to write something down.

`with house.writing(actor) as deed:` is one transaction and one custody entry. Whoever leaves it without having
called `deed.enter` has written nothing: the transaction is rolled back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Connection, Engine

from consent.acts.actor import Actor
from consent.acts.press import Press
from consent.documents.printing import Printer
from consent.documents.sealing import Sealer
from consent.documents.stamping import Stamper
from consent.formbook import FormBook
from consent.images.matcher import Matcher
from consent.mailer import Mailer
from consent.records import custody, keys
from consent.records import engine as database
from consent.records.ledger import Ledger
from consent.vault.blobs import BlobStore
from consent.vault.commitments import commit, witness
from consent.vault.envelope import Where, WrappedKey, encrypt, new_data_key
from consent.vault.keys import Keyring
from consent.vault.search_keys import SearchKeys

# The keys of `about` whose values are IDs; everything else in it is a code or a number.
REFS = frozenset(
    "account approval card clearance consent copy document image incident link look_up notice organisation page "
    "patient person post print release request reset revocation scan showing signing spoken staff takedown task "
    "token".split()
)


@dataclass(frozen=True)
class Terms:
    """The terms on which this installation works. Hours, minutes and days as named; dates in `zone`."""

    public_url: str
    zone: ZoneInfo
    demo: bool = False
    second_factor_required: bool = True
    idle: timedelta = timedelta(minutes=15)
    away: timedelta = timedelta(minutes=15)
    own_takedown: timedelta = timedelta(hours=24)
    other_takedown_workdays: int = 2
    holidays: frozenset[date] = frozenset()
    age_of_majority: int = 18
    assent_age: int = 7
    mark_witnesses: int = 2
    keep_stroke_times: bool = False
    paper_size: str = "Letter"
    renew_stamps: timedelta = timedelta(days=90)
    ask_issuers: bool = True
    keep_years: int = 6
    keep_years_after_majority: int = 6
    common_passwords: frozenset[str] = field(default=frozenset(), repr=False)


class NotEntered(RuntimeError):
    """A deed ended without its custody entry: a fault of ours, so nothing of it is kept."""


class Deed:
    """One act's transaction. `connection` reads and writes unprotected tables; `ledger` writes all others."""

    def __init__(self, house: House, connection: Connection, actor: Actor) -> None:
        self.house = house
        self.connection = connection
        self.ledger = Ledger(connection, house.keyring.holds)
        self.actor = actor
        self.now: datetime = house.clock()
        self._keys: dict[str, WrappedKey] = {}
        self._entry: tuple[str, Mapping[str, Any], str | None] | None = None
        self._nothing = False
        self.head: custody.Head | None = None
        """Custody's newest entry, for an act that has read it anyway: within a deed it does not change."""

    @property
    def today(self) -> date:
        """Return the date in the organisation's zone."""
        return self.now.astimezone(self.house.terms.zone).date()

    def enter(self, act: str, about: Mapping[str, Any], text: str | None = None) -> None:
        """Say what was done: written into custody, once, when the deed ends. `text` is kept encrypted.

        `about` holds IDs (under the keys in REFS), codes and numbers only. Raises: NotEntered on a second entry.
        """
        if self._entry is not None:
            raise NotEntered(f"{act}: a deed has one custody entry")
        self._entry = (act, about, text)

    def nothing(self) -> None:
        """Say that there was nothing to do (a repeat): the deed may end without an entry if it wrote no row."""
        self._nothing = True

    def new_key(self) -> str:
        """Make and keep a fresh data key; return its id."""
        wrapped = new_data_key(self.house.keyring)
        self.ledger.add_key(wrapped.id, wrapped.kek_id, wrapped.wrapped, wrapped.salt, self.now)
        self._keys[wrapped.id] = wrapped
        return wrapped.id

    def encrypt(  # noqa: PLR0917 - key, place, then content
        self, key_id: str, table: str, row: str, column: str, content: str | bytes, version: int = 1
    ) -> bytes:
        """Encrypt one value for exactly this place, where it is the `version`th.

        Raises: KeyError if the data key was destroyed.
        """
        plain = content.encode() if isinstance(content, str) else content
        return encrypt(self.house.keyring, self._key(key_id), Where(table, row, column, version), plain)

    def _key(self, key_id: str) -> WrappedKey:
        if key_id not in self._keys:
            self._keys[key_id] = find_wrapped(self.connection, key_id)
        return self._keys[key_id]

    def close(self) -> None:
        """Write the custody entry. Raises: NotEntered."""
        if self._entry is None:
            if self._nothing and not self.ledger.digests:
                return
            raise NotEntered("a deed ended without its custody entry")
        act, about, text = self._entry
        key_id = self.new_key() if text else None
        commitment = commit(self._keys[key_id].salt, text) if key_id and text else None
        number, _ = custody.append(
            self.connection,
            at=self.now,
            act=act,
            actor=self.actor.name,
            about=about,
            refs=list(_refs(about)),
            rows=self.ledger.digests,
            commitment=commitment,
            witness=partial(witness, self.house.keyring),
            after=self.head,
        )
        if key_id and text:
            content = self.encrypt(key_id, "custody_text", str(number), "content", text)
            custody.keep_text(self.connection, number, key_id, content)


def _refs(about: Mapping[str, Any]) -> Iterator[str]:
    for name, value in about.items():
        if name not in REFS or value is None:
            continue
        if isinstance(value, str):
            yield value
        else:
            yield from value


def find_wrapped(connection: Connection, key_id: str) -> WrappedKey:
    """Return a wrapped data key. Raises: KeyError if it was destroyed."""
    row = keys.find_key(connection, key_id)
    if row is None:
        raise KeyError(key_id)
    return WrappedKey(row.id, row.kek_id, bytes(row.wrapped), bytes(row.salt))


@dataclass(frozen=True)
class House:
    """Everything that acts need, made once by the wiring."""

    engine: Engine
    clock: Callable[[], datetime]
    keyring: Keyring
    blobs: BlobStore
    forms: FormBook
    printer: Printer
    sealer: Sealer
    mailer: Mailer
    matcher: Matcher
    terms: Terms
    search_keys: Callable[[], SearchKeys] = field(repr=False)
    """Gives the keys that people are found by, as they are at this moment."""
    stamper: Stamper | None = None
    """The time-stamp authority; None where none is configured."""
    press: Press | None = None
    """What prints ahead, in a process that serves pages; None elsewhere: then all is printed when it is signed."""

    @property
    def today(self) -> date:
        """Return the date in the organisation's zone."""
        return self.clock().astimezone(self.terms.zone).date()

    @contextmanager
    def reading(self, snapshot: bool = False) -> Iterator[Connection]:
        """Give a connection for reading; with `snapshot` everything read is as of one instant."""
        with database.reading(self.engine, snapshot) as connection:
            yield connection

    @contextmanager
    def writing(self, actor: Actor) -> Iterator[Deed]:
        """Give one act's transaction: the only writer while it lasts, so what it has read is final."""
        with database.writing(self.engine) as connection:
            deed = Deed(self, connection, actor)
            yield deed
            deed.close()

    @contextmanager
    def scratch(self) -> Iterator[Deed]:
        """Give a transaction for unprotected tables (sign-ins, counters, half-finished input): no custody entry."""
        with database.writing(self.engine) as connection:
            deed = Deed(self, connection, Actor("system", "scratch"))
            yield deed
            if deed.ledger.digests:
                raise NotEntered("a protected row was written without a custody entry")
