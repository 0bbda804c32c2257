"""Patients, their consents, and what a signing needs to know."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from consent.records import stamps
from consent.records.tables.consents import (
    consent,
    consent_answer,
    document,
    patient,
    signature,
    signing_session,
)
from consent.records.tables.staff import staff


def find(connection: Connection, consent_id: str) -> Row[Any] | None:
    """Return the consent, or None."""
    return connection.execute(sa.select(consent).where(consent.c.id == consent_id)).one_or_none()


def find_by_number(connection: Connection, number: str) -> Row[Any] | None:
    """Return the consent with this short number, or None."""
    return connection.execute(sa.select(consent).where(consent.c.number == number)).one_or_none()


def of_patient(connection: Connection, patient_id: str) -> Sequence[Row[Any]]:
    """Return all consents of one patient, newest first."""
    wanted = sa.select(consent).where(consent.c.patient_id == patient_id)
    return connection.execute(wanted.order_by(consent.c.made_at.desc(), consent.c.id)).all()


def unfinished(connection: Connection, staff_id: str, unit: str) -> Sequence[Row[Any]]:
    """Return the drafts that this person or this unit made and nobody has signed, newest first."""
    own = consent.c.made_by == staff_id
    mine = sa.or_(own, consent.c.unit == unit) if unit else own
    wanted = sa.select(consent).where(mine, consent.c.status.in_(("draft", "handed-over")))
    return connection.execute(wanted.order_by(consent.c.made_at.desc(), consent.c.id)).all()


def signed_lately(connection: Connection, staff_id: str, unit: str, limit: int) -> Sequence[Row[Any]]:
    """Return what this person's or unit's patients decided, newest first."""
    own = consent.c.made_by == staff_id
    mine = sa.or_(own, consent.c.unit == unit) if unit else own
    wanted = sa.select(consent).where(mine, consent.c.status.not_in(("draft", "handed-over", "discarded")))
    return connection.execute(wanted.order_by(consent.c.made_at.desc(), consent.c.id).limit(limit)).all()


def find_patient(connection: Connection, patient_id: str) -> Row[Any] | None:
    """Return the patient, or None."""
    return connection.execute(sa.select(patient).where(patient.c.id == patient_id)).one_or_none()


def patients_by_record(connection: Connection, fingerprints: Collection[str]) -> Sequence[Row[Any]]:
    """Return the patients with one of these fingerprints of a record number."""
    wanted = sa.select(patient).where(patient.c.record_fingerprint.in_(tuple(fingerprints)))
    return connection.execute(wanted.order_by(patient.c.made_at, patient.c.id)).all()


def patients_by_person(connection: Connection, fingerprints: Collection[str]) -> Sequence[Row[Any]]:
    """Return the patients with one of these fingerprints of a name with a birth date."""
    wanted = sa.select(patient).where(patient.c.person_fingerprint.in_(tuple(fingerprints)))
    return connection.execute(wanted.order_by(patient.c.made_at, patient.c.id)).all()


def fingerprint_keys(connection: Connection) -> Mapping[str, int]:
    """Return how many patients are found by each search key."""
    found = patient.c.fingerprint_key
    counted = sa.select(found, sa.func.count()).where(found.is_not(None)).group_by(found)
    return {key_id: count for key_id, count in connection.execute(counted)}


def found_by_other_keys(connection: Connection, key_id: str, size: int) -> Sequence[Row[Any]]:
    """Return up to `size` patients whose fingerprints another search key than this one made."""
    wanted = sa.select(patient).where(patient.c.fingerprint_key != key_id).order_by(patient.c.id)
    return connection.execute(wanted.limit(size)).all()


def last_signed_at(connection: Connection, patient_id: str) -> datetime | None:
    """Return when this patient last signed anything, or None."""
    wanted = sa.select(consent.c.signed_at).where(consent.c.patient_id == patient_id, consent.c.signed_at.is_not(None))
    return connection.execute(wanted.order_by(consent.c.signed_at.desc()).limit(1)).scalar_one_or_none()


def has_signed(connection: Connection, patient_id: str, but: str) -> bool:
    """Say whether the patient has another consent in force than `but`."""
    wanted = sa.select(consent.c.id).where(
        consent.c.patient_id == patient_id, consent.c.status == "signed", consent.c.id != but
    )
    return connection.execute(wanted.limit(1)).one_or_none() is not None


def answers(connection: Connection, consent_id: str) -> Sequence[Row[Any]]:
    """Return the signed answers."""
    return connection.execute(sa.select(consent_answer).where(consent_answer.c.consent_id == consent_id)).all()


def sealed_documents(connection: Connection) -> Sequence[Row[Any]]:
    """Return every document that carries our seal and was not destroyed, oldest first."""
    kept = sa.select(document).join(consent, consent.c.id == document.c.consent_id)
    wanted = kept.where(document.c.seal.is_not(None), consent.c.destroyed_at.is_(None))
    return connection.execute(wanted.order_by(document.c.made_at, document.c.id)).all()


def find_document(connection: Connection, consent_id: str) -> Row[Any] | None:
    """Return the sealed consent's document in its newest version, or None while nothing is signed."""
    return connection.execute(stamps.newest(consent_id)).one_or_none()


def find_signature(connection: Connection, consent_id: str) -> Row[Any] | None:
    """Return the signer's own signature, or None."""
    wanted = sa.select(signature).where(signature.c.consent_id == consent_id, signature.c.role == "signer")
    return connection.execute(wanted).one_or_none()


def signatures(connection: Connection, consent_id: str) -> Sequence[Row[Any]]:
    """Return everybody's signature, in the order in which they signed."""
    wanted = sa.select(signature).where(signature.c.consent_id == consent_id)
    return connection.execute(wanted.order_by(signature.c.place)).all()


def find_session(connection: Connection, session_id: str) -> Row[Any] | None:
    """Return the signing session, or None."""
    return connection.execute(sa.select(signing_session).where(signing_session.c.id == session_id)).one_or_none()


def session_of(connection: Connection, consent_id: str) -> Row[Any] | None:
    """Return the consent's one signing session, or None before the first hand-over."""
    wanted = sa.select(signing_session).where(signing_session.c.consent_id == consent_id)
    return connection.execute(wanted).one_or_none()


def keep_session(connection: Connection, **values: Any) -> None:
    """Write a new signing session down."""
    connection.execute(sa.insert(signing_session).values(**values))


def session_behind(connection: Connection, token_hash: str, states: Collection[str]) -> str | None:
    """Return the ID of the signing session behind this token, if it is in one of these states."""
    wanted = sa.select(signing_session.c.id).where(
        signing_session.c.token_hash == token_hash, signing_session.c.state.in_(tuple(states))
    )
    return connection.execute(wanted).scalar_one_or_none()


def change_session(connection: Connection, session_id: str, states: Collection[str] | None, **values: Any) -> bool:
    """Change a session that is in one of these states (None: in any); return whether it was."""
    change = sa.update(signing_session).where(signing_session.c.id == session_id)
    if states is not None:
        change = change.where(signing_session.c.state.in_(tuple(states)))
    return connection.execute(change.values(**values)).rowcount == 1


def claim_session(connection: Connection, session_id: str, claim: str, now: datetime, lasts: timedelta) -> bool:
    """Take the session for one submission, if it is free or its holder has had it for as long as a claim lasts.

    A claim of a time that lies further ahead than that was made under a wrong clock, and lasts no longer.
    """
    claimed_at = signing_session.c.claimed_at
    over = sa.or_(claimed_at <= now - lasts, claimed_at >= now + lasts)
    free = sa.or_(signing_session.c.state == "open", sa.and_(signing_session.c.state == "claimed", over))
    change = sa.update(signing_session).where(signing_session.c.id == session_id, free)
    return connection.execute(change.values(state="claimed", claim=claim, claimed_at=now)).rowcount == 1


def release_session(connection: Connection, session_id: str, claim: str) -> None:
    """Let the session go, if this submission still holds it."""
    held = sa.update(signing_session).where(
        signing_session.c.id == session_id, signing_session.c.state == "claimed", signing_session.c.claim == claim
    )
    connection.execute(held.values(state="open", claim=None, claimed_at=None))


def takers(connection: Connection, consent_ids: Collection[str]) -> Sequence[Any]:
    """Return the staff (id, name) who prepared one of these consents or handed it over."""
    if not consent_ids:
        return ()
    made = sa.select(consent.c.made_by).where(consent.c.id.in_(tuple(consent_ids)))
    handed = sa.select(signing_session.c.handed_over_by).where(signing_session.c.consent_id.in_(tuple(consent_ids)))
    wanted = sa.select(staff.c.id, staff.c.name).where(sa.or_(staff.c.id.in_(made), staff.c.id.in_(handed)))
    return connection.execute(wanted.order_by(staff.c.id)).all()


def staff_name(connection: Connection, staff_id: str) -> str:
    """Return a member of staff's own name; empty if there is no such account."""
    found = connection.execute(sa.select(staff.c.name).where(staff.c.id == staff_id)).scalar_one_or_none()
    return found or ""
