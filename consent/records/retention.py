"""What a consent's life was, everything that is encrypted about it, and the keys that destruction deletes."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from consent.records.base import lots, metadata
from consent.records.tables.consents import consent, document, patient, signature, signing_session
from consent.records.tables.custody import custody, custody_about, custody_text, data_key
from consent.records.tables.images import image, image_fingerprint, image_link
from consent.records.tables.owed import notice
from consent.records.tables.posts import incident, post, post_consent, takedown
from consent.records.tables.retention import destruction, legal_hold
from consent.records.tables.revocations import revocation, revocation_request
from consent.records.tables.showings import showing
from consent.records.tables.ways import paper_page, paper_scan, spoken

OUT = ("live", "review", "flagged", "approved", "planned")

# Tables with a key that destroying a consent never touches: they are about staff, or about the trail itself.
APART = frozenset({"custody_head", "custody_text", "staff", "held", "task"})


@dataclass
class Belongings:
    """Everything that goes with one consent: rows by table, their data keys, and their blobs."""

    rows: dict[str, list[str]] = field(default_factory=dict)
    keys: set[str] = field(default_factory=set)
    blobs: set[str] = field(default_factory=set)

    def ids(self, table: sa.Table) -> list[str]:
        """Return the IDs of the rows of one table."""
        return self.rows.get(table.name, [])


def old_consents(connection: Connection, made_before: datetime) -> Sequence[Row[Any]]:
    """Return consents made before an instant and not destroyed, oldest first."""
    wanted = sa.select(consent).where(consent.c.made_at < made_before, consent.c.destroyed_at.is_(None))
    return connection.execute(wanted.order_by(consent.c.made_at, consent.c.id)).all()


def last_removed_at(connection: Connection, consent_id: str) -> datetime | None:
    """Return when the last takedown of a post that rested on this consent was closed."""
    wanted = (
        sa.select(sa.func.max(takedown.c.closed_at))
        .join(post_consent, post_consent.c.post_id == takedown.c.post_id)
        .where(post_consent.c.consent_id == consent_id)
    )
    return cast("datetime | None", connection.execute(wanted).scalar_one())


def posts_out(connection: Connection, consent_id: str) -> int:
    """Return how many posts that rest on this consent are planned or out."""
    wanted = (
        sa.select(sa.func.count(sa.distinct(post.c.id)))
        .join(post_consent, post_consent.c.post_id == post.c.id)
        .where(post_consent.c.consent_id == consent_id, post.c.state.in_(OUT))
    )
    return int(connection.execute(wanted).scalar_one())


def still_open(connection: Connection, consent_id: str) -> int:
    """Return how many takedowns and requests about this consent are not closed."""
    takedowns = (
        sa.select(sa.func.count(sa.distinct(takedown.c.id)))
        .join(post_consent, post_consent.c.post_id == takedown.c.post_id)
        .where(post_consent.c.consent_id == consent_id, takedown.c.state == "open")
    )
    requests = sa.select(sa.func.count()).where(
        revocation_request.c.consent_id == consent_id, revocation_request.c.state == "open"
    )
    return int(connection.execute(takedowns).scalar_one()) + int(connection.execute(requests).scalar_one())


def find_hold(connection: Connection, consent_id: str) -> Row[Any] | None:
    """Return the legal hold that keeps this consent, if there is one."""
    wanted = sa.select(legal_hold).where(legal_hold.c.consent_id == consent_id, legal_hold.c.lifted_at.is_(None))
    return connection.execute(wanted).first()


def held(connection: Connection) -> Sequence[Row[Any]]:
    """Return the holds that are in force, oldest first."""
    wanted = sa.select(legal_hold, consent.c.number).join(consent, consent.c.id == legal_hold.c.consent_id)
    return connection.execute(wanted.where(legal_hold.c.lifted_at.is_(None)).order_by(legal_hold.c.set_at)).all()


def proposals(connection: Connection) -> Sequence[Row[Any]]:
    """Return what one person proposed to destroy and nobody has decided, oldest first."""
    wanted = sa.select(destruction, consent.c.number).join(consent, consent.c.id == destruction.c.consent_id)
    return connection.execute(wanted.where(destruction.c.state == "proposed").order_by(destruction.c.proposed_at)).all()


def find_proposal(connection: Connection, destruction_id: str) -> Row[Any] | None:
    """Return one proposal."""
    return connection.execute(sa.select(destruction).where(destruction.c.id == destruction_id)).one_or_none()


def proposal_of(connection: Connection, consent_id: str) -> Row[Any] | None:
    """Return the proposal about this consent that nobody has decided."""
    wanted = sa.select(destruction).where(destruction.c.consent_id == consent_id, destruction.c.state == "proposed")
    return connection.execute(wanted).first()


def belongings(connection: Connection, consent_id: str) -> Belongings:
    """Return everything encrypted that goes when this consent goes.

    A picture, a post, a request, words or the patient go with the last consent that they are about: what another one
    still needs stays.
    """
    found = Belongings()

    def take(table: sa.Table, condition: sa.ColumnElement[bool]) -> None:
        blobs = [column for column in table.c if column.name == "blob" or column.name.endswith("_blob")]
        (identity,) = table.primary_key.columns
        for row in connection.execute(sa.select(identity, table.c.key_id, *blobs).where(condition)):
            found.rows.setdefault(table.name, []).append(row[0])
            found.keys.update({row.key_id} - {None})
            found.blobs.update(set(row[2:]) - {None})

    for table in (consent, signature, document, signing_session, image_link, showing, spoken):
        column = table.c.id if table is consent else table.c.consent_id
        take(table, column == consent_id)
    take(revocation_request, revocation_request.c.id.in_(_only_requests(consent_id)))
    take(paper_scan, paper_scan.c.consent_id == consent_id)
    take(paper_page, paper_page.c.scan_id.in_(found.ids(paper_scan)))
    take(notice, notice.c.request_id.in_(found.ids(revocation_request)))
    take(post, post.c.id.in_(_only_of(post_consent.c.post_id, post_consent.c.consent_id, consent_id)))
    take(takedown, takedown.c.post_id.in_(found.ids(post)))
    take(incident, incident.c.post_id.in_(found.ids(post)))
    take(image, image.c.id.in_(_only_of(image_link.c.image_id, image_link.c.consent_id, consent_id)))
    take(image_fingerprint, image_fingerprint.c.image_id.in_(found.ids(image)))
    take(patient, patient.c.id.in_(_only_patient(consent_id)))
    _take_words(connection, found, consent_id)
    return found


def words_of(connection: Connection, key_ids: Collection[str]) -> list[int]:
    """Return the numbers of the entries whose words are encrypted under one of these data keys."""
    found: set[int] = set()
    for some in lots(sorted(key_ids)):
        wanted = sa.select(custody_text.c.number).where(custody_text.c.key_id.in_(some))
        found.update(connection.execute(wanted).scalars())
    return sorted(found)


def delete_keys(connection: Connection, key_ids: Collection[str]) -> None:
    """Delete wrapped data keys and their salts: what they encrypted cannot be opened again, by anyone."""
    for some in lots(sorted(key_ids)):
        connection.execute(sa.delete(data_key).where(data_key.c.id.in_(some)))


def blobs_without_key(connection: Connection) -> Iterable[str]:
    """Give the blobs of rows whose data key was destroyed."""
    for table in metadata.sorted_tables:
        if "key_id" not in table.c:
            continue
        for column in table.c:
            if column.name == "blob" or column.name.endswith("_blob"):
                lost = sa.select(column).outerjoin(data_key, data_key.c.id == table.c.key_id)
                wanted = lost.where(column.is_not(None), table.c.key_id.is_not(None), data_key.c.id.is_(None))
                yield from connection.execute(wanted).scalars()


def _only_of(thing: sa.Column[Any], of_consent: sa.Column[Any], consent_id: str) -> sa.Select[Any]:
    """Select the things that this consent is about and no other one that is not destroyed."""
    others = (
        sa.select(thing)
        .join(consent, consent.c.id == of_consent)
        .where(of_consent != consent_id, consent.c.destroyed_at.is_(None))
    )
    return sa.select(thing).where(of_consent == consent_id, thing.not_in(others))


def _only_patient(consent_id: str) -> sa.Select[Any]:
    others = sa.select(consent.c.patient_id).where(consent.c.id != consent_id, consent.c.destroyed_at.is_(None))
    return sa.select(consent.c.patient_id).where(consent.c.id == consent_id, consent.c.patient_id.not_in(others))


def _only_requests(consent_id: str) -> sa.Select[Any]:
    """Select the requests that touched this consent and no other one that is not destroyed."""

    def touching(condition: sa.ColumnElement[bool]) -> sa.CompoundSelect[Any]:
        came_by = sa.select(revocation_request.c.id).join(consent, consent.c.id == revocation_request.c.consent_id)
        stopped = sa.select(revocation.c.request_id).join(consent, consent.c.id == revocation.c.consent_id)
        return sa.union(came_by.where(condition), stopped.where(condition))

    others = touching(sa.and_(consent.c.id != consent_id, consent.c.destroyed_at.is_(None)))
    return sa.select(revocation_request.c.id).where(
        revocation_request.c.id.in_(touching(consent.c.id == consent_id)), revocation_request.c.id.not_in(others)
    )


def _take_words(connection: Connection, found: Belongings, consent_id: str) -> None:
    """Take the words beside the entries that speak of what goes, and of no other consent that stays."""
    refs = sorted({ref for ids in found.rows.values() for ref in ids})
    words: dict[str, set[str]] = {}
    for some in lots(refs):
        numbers = sa.select(custody_about.c.number).where(custody_about.c.ref.in_(some))
        wanted = sa.select(custody_text.c.key_id, custody.c.entry).join(
            custody, custody.c.number == custody_text.c.number
        )
        for row in connection.execute(wanted.where(custody_text.c.number.in_(numbers))):
            words[row.key_id] = set(json.loads(bytes(row.entry))["refs"])
    staying: set[str] = set()
    for some in lots(sorted({ref for named in words.values() for ref in named} - {consent_id})):
        living = sa.select(consent.c.id).where(consent.c.id.in_(some), consent.c.destroyed_at.is_(None))
        staying.update(connection.execute(living).scalars())
    found.keys.update(key_id for key_id, named in words.items() if not named & staying)
