"""Find a patient or a consent again. Whoever finds is in custody; names are opened only with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.engine import Row

from consent.acts import dossier
from consent.acts.actor import Actor
from consent.acts.house import Deed, House
from consent.acts.retrieval import is_own
from consent.records import consents
from consent.rules.access import Act
from consent.rules.expiry import is_good, last_good_day
from consent.rules.identifiers import BadIdentifier, parse_consent_number
from consent.rules.refusal import NotFound, Reason, Refused
from consent.vault.fingerprints import normalised, normalised_name, person_fingerprints, record_number_fingerprints

LATELY = 20


@dataclass(frozen=True)
class Brief:
    """One consent in a list. `name` is empty unless it was opened; `own`: no reason is needed to open it."""

    id: str
    number: str
    form: str
    language: str
    status: str
    made_at: datetime
    copy_given: bool
    own: bool
    name: str = ""


@dataclass(frozen=True)
class Found:
    """One patient, without his name: whoever searched has typed it."""

    patient_id: str
    own: bool
    consents: tuple[Brief, ...]


@dataclass(frozen=True)
class Lists:
    """What lies on this person's desk."""

    drafts: tuple[Brief, ...]
    decided: tuple[Brief, ...]


def lists(house: House, actor: Actor) -> Lists:
    """Return the drafts and the newest decisions of this person's unit; the drafts with names, so that they can
    be resumed. Raises: Refused('role').
    """
    actor.must(Act.SEE_CONSENT)
    with house.writing(actor) as deed:
        drafts = consents.unfinished(deed.connection, actor.id, actor.unit)
        decided = consents.signed_lately(deed.connection, actor.id, actor.unit, LATELY)
        named = tuple(
            _brief(actor, row, house.today, dossier.load_person(house, deed.connection, row.patient_id).name)
            for row in drafts
        )
        if drafts:
            deed.enter("consent.list", {"consent": [row.id for row in drafts]})
        else:
            deed.nothing()
    return Lists(named, tuple(_brief(actor, row, house.today) for row in decided))


def by_record_number(house: House, actor: Actor, record_number: str) -> tuple[Found, ...]:
    """Return the patients with exactly this record number, without names.

    Raises: Refused: role, record-number-missing.
    """
    actor.must(Act.FIND_BY_RECORD_NUMBER)
    if not normalised(record_number):
        raise Refused(Reason("record-number-missing", "record_number"))
    with house.writing(actor) as deed:
        rows = consents.patients_by_record(
            deed.connection, record_number_fingerprints(house.search_keys(), record_number)
        )
        _enter(deed, "patient.find-by-record-number", rows)
        return tuple(_found(deed, actor, row) for row in rows)


def by_name(house: House, actor: Actor, name: str, born_on: date) -> tuple[Found, ...]:
    """Return the patients of this name who were born on that day; nothing of them is opened.

    Case, accents, spaces and punctuation in the name make no difference. Raises: Refused: role, name-missing.
    """
    actor.must(Act.FIND_BY_NAME)
    if not normalised_name(name):
        raise Refused(Reason("name-missing", "name"))
    with house.writing(actor) as deed:
        rows = consents.patients_by_person(deed.connection, person_fingerprints(house.search_keys(), name, born_on))
        _enter(deed, "patient.find-by-name", rows)
        return tuple(_found(deed, actor, row) for row in rows)


def by_number(house: House, actor: Actor, typed: str) -> str:
    """Return the ID of the consent whose short number was typed, with or without hyphens.

    Raises: NotFound; Refused: role, number-format, number-mistyped.
    """
    actor.must(Act.FIND_BY_SHORT_NUMBER)
    try:
        number = parse_consent_number(typed)
    except BadIdentifier as bad:
        code = "number-mistyped" if bad.kind == "check" else "number-format"
        raise Refused(Reason(code, "number")) from None
    with house.writing(actor) as deed:
        row = consents.find_by_number(deed.connection, number)
        if row is None or row.status == "discarded":
            raise NotFound
        deed.enter("consent.find-by-number", {"consent": row.id})
    return str(row.id)


def _enter(deed: Deed, act: str, rows: Sequence[Row[Any]]) -> None:
    deed.enter(act, {"patient": [row.id for row in rows], "found": len(rows)})


def _found(deed: Deed, actor: Actor, row: Row[Any]) -> Found:
    theirs = tuple(_brief(actor, each, deed.today) for each in consents.of_patient(deed.connection, row.id))
    return Found(row.id, is_own(actor, row), theirs)


def state_today(row: Row[Any], today: date) -> str:
    """Return how a consent stands: its status, but 'expired' for a signed one whose last good day is past."""
    if row.status != "signed":
        return str(row.status)
    last = last_good_day(row.expires_on, row.event_confirmed_on)
    return "signed" if last is not None and is_good(last, today) else "expired"


def _brief(actor: Actor, row: Row[Any], today: date, name: str = "") -> Brief:
    return Brief(
        id=row.id,
        number=row.number,
        form=row.form,
        language=row.language,
        status=state_today(row, today),
        made_at=row.made_at,
        copy_given=row.copy_given_at is not None,
        own=is_own(actor, row),
        name=name,
    )
