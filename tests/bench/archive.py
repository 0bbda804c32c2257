"""An archive of any size, written at once: every image linked to a signed consent under which a post is allowed.

Rows are what the acts would write, as far as the rule and the tables can tell; custody has as many entries as
an archive would have, but their bytes are filler. IDs follow from their number, so nothing needs to be looked up.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa

from consent.acts.actor import Actor
from consent.records import tables
from consent.records.engine import open_database
from consent.rules.access import Role
from consent.rules.identifiers import SAFE_ALPHABET, ImageId, check_character
from consent.rules.scope import Permission
from tests.factory import Clock, Factory, make_house

PER_CONSENT = 5  # images linked to one consent
ENTRIES = 4  # images for one custody entry; each entry names four of them
WHEN = "2026-10-01 12:00:00.000000"
ASKED = [
    ("medium", "photo"),
    ("purpose", "public-education"),
    ("purpose", "professional-teaching"),
    ("channel", "instagram"),
    ("channel", "conference"),
    ("account", "organisation"),
    ("permission", Permission.RECOGNISABLE.value),
    ("permission", Permission.SHOW_FIRST.value),
]
NOT_ALLOWED = Permission.SHOW_FIRST.value
SEALED = b"\0" * 60
BODIES = len(SAFE_ALPHABET) ** 8

Values = Iterable[tuple[Any, ...]]


def row_id(kind: str, number: int) -> str:
    """The ID of the row with this number."""
    return hashlib.blake2b(f"{kind}{number}".encode(), digest_size=13).hexdigest()


def image_id(number: int) -> ImageId:
    """The ID of the image with this number: scattered over all that there can be."""
    left, body = number * 380_204_032_979 % BODIES, ""
    for _ in range(8):
        left, digit = divmod(left, len(SAFE_ALPHABET))
        body += SAFE_ALPHABET[digit]
    return ImageId(f"IMG-{body[:4]}-{body[4:]}-{check_character(body)}")


@dataclass(frozen=True)
class Load:
    """One table's rows, for some of its columns."""

    table: sa.Table
    columns: tuple[str, ...]
    rows: Callable[[], Values]


@dataclass(frozen=True)
class Filling:
    """Everything to write for an archive of so many images, as rows by table."""

    images: int
    staff: str
    first_entry: int

    @property
    def consents(self) -> range:
        return range(max(1, self.images // PER_CONSENT))

    def patients(self) -> Values:
        for n in self.consents:
            fingerprint = row_id("f", n)
            yield row_id("p", n), row_id("k", n), SEALED, SEALED, 1, False, "en", fingerprint, "Burns", self.staff, WHEN

    def signed(self) -> Values:
        facts = b"\0" * 300
        for n in self.consents:
            yield (
                row_id("c", n), f"N{n}", row_id("k", n), row_id("p", n), "us-media-release", 1, "0" * 64, "en",
                "signed", json.dumps(ASKED), facts, 1, '["name", "birth-date"]', True, True, "Burns", self.staff, WHEN,
                WHEN, "patient", "2028-10-01", "2-years",
            )  # fmt: skip

    def answers(self) -> Values:
        for n in self.consents:
            for place, (kind, code) in enumerate(ASKED):
                yield row_id(f"a{place}.", n), row_id("c", n), kind, code, code != NOT_ALLOWED

    def pictures(self) -> Values:
        for n in range(self.images):
            name = row_id("b", n)
            yield (
                image_id(n), "photo", "picture", "ready", row_id("s", n) * 2, "image/jpeg", 3000, 2000, 900_000,
                row_id("ik", n), name, name, 1, '{"face-and-eyes": "shown"}', self.staff, WHEN, "Burns",
                self.staff, WHEN,
            )  # fmt: skip

    def people(self) -> Values:
        for n in range(self.images):
            yield (
                row_id("q", n),
                image_id(n),
                1,
                True,
                False,
                row_id("p", n // PER_CONSENT),
                f"staff:{self.staff}",
                WHEN,
            )

    def links(self) -> Values:
        for n in range(self.images):
            consent = row_id("c", n // PER_CONSENT % len(self.consents))
            yield row_id("l", n), image_id(n), row_id("q", n), consent, self.staff, WHEN

    def entries(self) -> Values:
        filler = b"{" + b" " * 498 + b"}"
        for n in range(self.images // ENTRIES):
            yield self.first_entry + n, WHEN, "image.link", f"staff:{self.staff}", filler, row_id("h", n) * 2

    def about(self) -> Values:
        for n in range(self.images):
            number, ref = self.first_entry + n // ENTRIES, image_id(n)
            yield f"{number}/{ref}", number, ref

    def loads(self) -> tuple[Load, ...]:
        return (
            Load(tables.consents.patient, (
                "id", "key_id", "name", "birth_date", "version", "electronic_contact", "language", "person_fingerprint",
                "unit", "made_by", "made_at",
            ), self.patients),
            Load(tables.consents.consent, (
                "id", "number", "key_id", "patient_id", "form", "form_version", "form_hash", "language", "status",
                "asked", "facts", "facts_version", "identified_by", "capacity", "told_voluntary", "unit", "made_by",
                "made_at", "signed_at", "signer", "expires_on", "until",
            ), self.signed),
            Load(tables.consents.consent_answer, ("id", "consent_id", "kind", "code", "answer"), self.answers),
            Load(tables.images.image, (
                "id", "medium", "kind", "state", "sha256", "media_type", "width", "height", "size", "key_id", "blob",
                "preview_blob", "people_count", "review", "reviewed_by", "reviewed_at", "unit", "added_by", "added_at",
            ), self.pictures),
            Load(tables.images.image_person, (
                "id", "image_id", "position", "recognisable", "no_consent", "patient_id", "marked_by", "marked_at",
            ), self.people),
            Load(tables.images.image_link, (
                "id", "image_id", "person_id", "consent_id", "linked_by", "linked_at",
            ), self.links),
            Load(tables.custody.custody, ("number", "at", "act", "actor", "entry", "hash"), self.entries),
            Load(tables.custody.custody_about, ("id", "number", "ref"), self.about),
        )  # fmt: skip


def prepare(url: str, images: int, folder: Path) -> Actor:
    """Fill an empty database with an archive of so many images; returns who may ask about them."""
    clock = Clock()
    house = make_house(url, folder, clock)
    factory = Factory(house, clock)
    factory.ready_organisation()
    actor = factory.staff(Role.COMMUNICATIONS)
    with house.reading() as connection:
        newest = connection.execute(sa.select(sa.func.max(tables.custody.custody.c.number))).scalar()
    house.engine.dispose()
    _write(url, Filling(images, actor.id, int(newest or 0) + 1).loads())
    return actor


def _write(url: str, everything: tuple[Load, ...]) -> None:
    engine = open_database(url)
    if engine.dialect.name == "postgresql":
        # Filling takes longer than any act may.
        sa.event.listen(engine, "connect", _take_your_time)
    else:
        # Indexes are taken away and put back: more than the program itself may do.
        sa.event.listen(engine, "connect", lambda raw, _record: raw.set_authorizer(None))
    indexes = [index for load in everything for index in load.table.indexes if not index.unique]
    with engine.begin() as connection:
        for index in indexes:
            index.drop(connection)
    pooled = engine.raw_connection()
    raw = pooled.driver_connection
    if isinstance(raw, psycopg.Connection):
        _copy(raw, everything)
    else:
        _insert(raw, everything)
    pooled.invalidate()
    with engine.begin() as connection:
        for index in indexes:
            index.create(connection)
    pooled = engine.raw_connection()
    raw = pooled.driver_connection
    if isinstance(raw, psycopg.Connection):
        raw.rollback()
        raw.autocommit = True
        raw.execute("VACUUM ANALYZE")
    elif raw is not None:
        raw.execute("ANALYZE")
    pooled.invalidate()
    engine.dispose()


def _take_your_time(raw: psycopg.Connection[Any], _record: object) -> None:
    raw.execute("SET statement_timeout = 0")
    raw.commit()


def _copy(raw: psycopg.Connection[Any], everything: tuple[Load, ...]) -> None:
    # The rows are consistent by construction: foreign keys need not be looked up one by one.
    raw.execute("SET session_replication_role = replica")
    raw.execute("SET maintenance_work_mem = '512MB'")
    for load in everything:
        statement = f"COPY {load.table.name} ({', '.join(load.columns)}) FROM STDIN"
        with raw.cursor().copy(statement.encode()) as copy:
            for row in load.rows():
                copy.write_row(row)
    raw.commit()


def _insert(raw: Any, everything: tuple[Load, ...]) -> None:
    for pragma in ("foreign_keys=OFF", "journal_mode=MEMORY", "synchronous=OFF", "cache_size=-1500000"):
        raw.execute(f"PRAGMA {pragma}")
    raw.execute("BEGIN")
    for load in everything:
        marks = ", ".join("?" * len(load.columns))
        raw.executemany(f"INSERT INTO {load.table.name} ({', '.join(load.columns)}) VALUES ({marks})", load.rows())
    raw.execute("COMMIT")
    raw.execute("PRAGMA journal_mode=WAL")


def spread(images: int, count: int) -> Iterator[ImageId]:
    """Some images from all over the archive."""
    for n in range(count):
        yield image_id(n * 7919 % images)
