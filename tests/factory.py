"""One factory: a house on real parts, and people and things in it made through the acts."""

from __future__ import annotations

import functools
import itertools
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from consent.documents.certificates import Sealing, make_authority
from consent.documents.sealing import Sealer

from consent.acts.actor import Actor
from consent.acts.house import House, Terms
from consent.documents.printing import Printer
from consent.formbook import FormBook, load_formbook
from consent.images.matcher import Matcher
from consent.mailer import KeptMailer
from consent.records.engine import open_database
from consent.records.schema import upgrade
from consent.records.tables.staff import staff
from consent.rules.access import Role
from consent.rules.identifiers import new_id
from consent.vault.blobs import FolderBlobStore
from consent.vault.keyring import Keyring, fresh_keyring

ROOT = Path(__file__).resolve().parent.parent
START = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)


class Clock:
    """A clock that a test moves by hand. UTC."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **time: float) -> None:
        self.now += timedelta(**time)


@functools.cache
def sealing() -> Sealing:
    """One authority for the whole run: making RSA keys is slow, and no test is about that."""
    made = make_authority("Test Hospital", demo=False, now=START - timedelta(days=1))
    return Sealing.from_pem(made.sealing_key, made.sealing_certificate, made.root_certificate)


@functools.cache
def forms() -> FormBook:
    return load_formbook(ROOT / "forms")


@functools.cache
def keyring() -> Keyring:
    return fresh_keyring()


def make_house(url: str, folder: Path, clock: Clock | None = None, **terms: object) -> House:
    """Return a house on `url` with everything real but the clock; mail is kept in `folder`/mail.jsonl."""
    clock = clock or Clock()
    engine = open_database(url)
    upgrade(engine, ROOT / "migrations")
    settled = {"public_url": "http://127.0.0.1:8000", "zone": ZoneInfo("America/New_York"), **terms}
    return House(
        engine=engine,
        clock=clock,
        keyring=keyring(),
        blobs=FolderBlobStore(folder / "blobs"),
        forms=forms(),
        printer=_printer(),
        sealer=Sealer(sealing()),
        mailer=KeptMailer(folder / "mail.jsonl", clock),
        matcher=Matcher(),
        terms=Terms(**settled),  # type: ignore[arg-type]
    )


@functools.cache
def _printer() -> Printer:
    return Printer(ROOT / "templates", specimen=False)


class Factory:
    """Makes people and things in one house."""

    def __init__(self, house: House, clock: Clock) -> None:
        self.house = house
        self.clock = clock
        self._count = itertools.count(1)

    def staff(self, *roles: Role, unit: str = "Burns") -> Actor:
        """A member of staff who is signed in with a second factor."""
        number = next(self._count)
        row_id = new_id(secrets.token_bytes)
        with self.house.writing(Actor("command", "test")) as deed:
            deed.ledger.insert(
                staff,
                id=row_id,
                email=f"person{number}@hospital.example",
                name=f"Person {number}",
                unit=unit,
                roles=sorted(role.value for role in roles),
                status="active",
                password_hash=None,
                key_id=None,
                totp_secret=None,
                pin_hash=None,
                made_by="command:test",
                made_at=deed.now,
            )
            deed.enter("staff.make", {"staff": row_id})
        return Actor("staff", row_id, frozenset(roles), unit, second_factor=True)
