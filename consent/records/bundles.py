"""Everything on record about one consent, and which entries speak of it: for the bundle that leaves the house."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from consent.records.base import lots, metadata
from consent.records.tables.consents import consent, consent_answer, document, patient, signature, withdrawn_image
from consent.records.tables.custody import custody, custody_about
from consent.records.tables.images import image, image_link
from consent.records.tables.owed import notice
from consent.records.tables.posts import look_up, post, post_consent, release, takedown
from consent.records.tables.retention import destruction, legal_hold
from consent.records.tables.revocations import revocation, revocation_request
from consent.records.tables.showings import showing

Rows = dict[str, list[Row[Any]]]
"""By name of the table."""

_OF_CONSENT = (
    consent_answer, signature, document, withdrawn_image, image_link, post_consent, revocation, legal_hold,
    destruction, showing,
)  # fmt: skip


def about(connection: Connection, consent_id: str) -> Rows:
    """Return every row that is about this consent, its pictures and its posts; none that is another consent's own."""
    found: Rows = {"consent": _rows(connection, consent, consent.c.id, [consent_id])}
    for table in _OF_CONSENT:
        found[table.name] = _rows(connection, table, table.c.consent_id, [consent_id])
    images = {row.image_id for row in found["image_link"]}
    posts = {row.post_id for row in found["post_consent"]}
    own = _rows(connection, revocation_request, revocation_request.c.consent_id, [consent_id])
    requests = {row.request_id for row in found["revocation"]} | {row.id for row in own}
    for table, column, wanted in (
        (image, image.c.id, images),
        (release, release.c.image_id, images),
        (look_up, look_up.c.image_id, images),
        (post, post.c.id, posts),
        (takedown, takedown.c.post_id, posts),
        (revocation_request, revocation_request.c.id, requests),
        (notice, notice.c.request_id, requests),
    ):
        found[table.name] = _rows(connection, table, column, wanted)
    return found


def _rows(connection: Connection, table: sa.Table, column: sa.Column[Any], wanted: Collection[str]) -> list[Row[Any]]:
    found: list[Row[Any]] = []
    for some in lots(sorted(wanted)):
        found += connection.execute(sa.select(table).where(column.in_(some)).order_by(table.c.id)).all()
    return found


def names_of(connection: Connection, consent_id: str, found: Rows) -> set[str]:
    """Return every ID that stands for this consent or something of it alone; pictures are not among them."""
    ids = {row.id for name, rows in found.items() if name != "image" for row in rows}
    for table in metadata.sorted_tables:
        if "consent_id" in table.c and "id" in table.c:
            ids.update(connection.execute(sa.select(table.c.id).where(table.c.consent_id == consent_id)).scalars())
    return ids


def strangers(connection: Connection, patient_id: str, refs: Collection[str]) -> set[str]:
    """Return which of these IDs are other patients, or consents of theirs."""
    found: set[str] = set()
    for some in lots(sorted(refs)):
        others = sa.select(consent.c.id).where(consent.c.id.in_(some), consent.c.patient_id != patient_id)
        people = sa.select(patient.c.id).where(patient.c.id.in_(some), patient.c.id != patient_id)
        found.update(connection.execute(others).scalars())
        found.update(connection.execute(people).scalars())
    return found


def shared(connection: Connection, table: sa.Table, column: str, ids: Collection[str], patient_id: str) -> set[str]:
    """Return which pictures (`image_link`) or posts (`post_consent`) another patient's consent is about too, by ID."""
    found: set[str] = set()
    for some in lots(sorted(ids)):
        others = sa.select(table.c[column]).join(consent, consent.c.id == table.c.consent_id)
        wanted = others.where(table.c[column].in_(some), consent.c.patient_id != patient_id)
        found.update(connection.execute(wanted).scalars())
    return found


def own_people(connection: Connection, consent_id: str) -> set[str]:
    """Return whom in pictures this consent speaks for."""
    return set(
        connection.execute(sa.select(image_link.c.person_id).where(image_link.c.consent_id == consent_id)).scalars()
    )


def entries_naming(connection: Connection, refs: Iterable[str]) -> set[int]:
    """Return the numbers of the entries that speak of any of these IDs."""
    found: set[int] = set()
    for some in lots(sorted(refs)):
        found.update(
            connection.execute(sa.select(custody_about.c.number).where(custody_about.c.ref.in_(some))).scalars()
        )
    return found


def refs_of(connection: Connection, numbers: Iterable[int]) -> dict[int, set[str]]:
    """Return of what each of these entries speaks."""
    found: dict[int, set[str]] = {number: set() for number in numbers}
    wanted = sorted(found)
    for start in range(0, len(wanted), 500):
        some = wanted[start : start + 500]
        statement = sa.select(custody_about.c.number, custody_about.c.ref).where(custody_about.c.number.in_(some))
        for row in connection.execute(statement):
            found[row.number].add(row.ref)
    return found


def last_written(connection: Connection, names: Collection[str], until: int) -> dict[str, int]:
    """Return by which entry each of these records (table/id) was last written, up to an entry."""
    found: dict[str, int] = {}
    wanted = set(names)
    statement = sa.select(custody.c.number, custody.c.entry).where(custody.c.number <= until)
    for row in connection.execute(statement.order_by(custody.c.number).execution_options(yield_per=1000)):
        entry = bytes(row.entry)
        if b'"rows":{}' not in entry:
            found.update(dict.fromkeys(wanted & json.loads(entry)["rows"].keys(), row.number))
    return found


def entries(connection: Connection, numbers: Collection[int]) -> Iterator[Row[Any]]:
    """Give these entries in order."""
    wanted = sorted(numbers)
    for start in range(0, len(wanted), 500):
        some = wanted[start : start + 500]
        yield from connection.execute(sa.select(custody).where(custody.c.number.in_(some)).order_by(custody.c.number))
