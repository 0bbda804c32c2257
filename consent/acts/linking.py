"""Tie a person in a picture to his consent. A person has one patient, and maybe several of his consents.

Source: domain rules 29, 34, 35.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.engine import Connection, Row

from consent.acts import dossier, drafts, shelf
from consent.acts.actor import Actor
from consent.acts.house import Deed, House
from consent.acts.reviewing import find_person
from consent.records import consents, images
from consent.records.tables.images import image_link, image_person
from consent.rules.access import Act, Opening
from consent.rules.identifiers import BadIdentifier, betrays, new_id, parse_consent_number
from consent.rules.refusal import NotFound, Reason, Refused


@dataclass(frozen=True)
class Proposed:
    """A link before it is made, opened for a last look: is this the person in the picture?"""

    consent_id: str
    number: str
    name: str
    born_on: date
    signed_at: datetime | None
    """None while a paper form waits for its check, or where it was only said by telephone."""


@dataclass(frozen=True)
class Linkable:
    """A signed consent that could be linked, without a name."""

    number: str
    form: str
    signed_at: datetime


def linkable(house: House, actor: Actor) -> tuple[Linkable, ...]:
    """Return the newest signed consents of this person and his unit, to pick from. Raises: Refused('role')."""
    actor.must(Act.LINK_IMAGE)
    with house.reading() as connection:
        rows = consents.signed_lately(connection, actor.id, actor.unit, 50)
    return tuple(Linkable(row.number, row.form, row.signed_at) for row in rows if row.status == "signed")


def propose(  # noqa: PLR0917 - who, where, which, why
    house: House, actor: Actor, image_id: str, person_id: str, number: str, reason: str = ""
) -> Proposed:
    """Return whose consent it is, for the person who is about to link it; custody says who looked.

    Raises: as `link`.
    """
    actor.must(Act.LINK_IMAGE)
    with house.writing(actor) as deed:
        row = shelf.in_use(deed.connection, actor, image_id, reason)
        person = find_person(deed, row.id, person_id)
        found = find_consent(deed.connection, actor, number, reason)
        check(deed, row, person, found)
        patient = dossier.load_person(house, deed.connection, found.patient_id)
        deed.enter("consent.open-name", {"consent": found.id, "image": row.id}, reason.strip() or None)
        return Proposed(found.id, found.number, patient.name, patient.born_on, found.signed_at)


def link(  # noqa: PLR0917 - who, where, which, why
    house: House, actor: Actor, image_id: str, person_id: str, number: str, reason: str = ""
) -> str:
    """Link a person in a picture to a signed consent, named by its short number; return the link's ID.

    Raises: NotFound; Refused: role, reason-needed, picture-not-in-use, number-unreadable, consent-unknown,
        consent-not-signed, other-patient, same-patient-twice, image-id-tells.
    """
    actor.must(Act.LINK_IMAGE)
    with house.writing(actor) as deed:
        row = shelf.in_use(deed.connection, actor, image_id, reason)
        person = find_person(deed, row.id, person_id)
        found = find_consent(deed.connection, actor, number, reason)
        link_id = place(deed, row, person, found)
        if link_id is None:
            deed.nothing()
            links = images.links(deed.connection, row.id)
            return str(next(each.id for each in links if (each.person_id, each.consent_id) == (person.id, found.id)))
        shelf.settle(deed, row.id)
        about = {"image": row.id, "person": person.id, "consent": found.id, "link": link_id}
        deed.enter("image.link", about, reason.strip() or None)
        return link_id


def find_consent(connection: Connection, actor: Actor, number: str, reason: str = "") -> Row[Any]:
    """Return a consent by its short number, if this person may open it.

    Raises: Refused: number-unreadable, consent-unknown, reason-needed.
    """
    try:
        wanted = parse_consent_number(number)
    except BadIdentifier as bad:
        raise Refused(Reason("number-unreadable", "number", kind=bad.kind)) from None
    found = consents.find_by_number(connection, wanted)
    if found is None:
        raise Refused(Reason("consent-unknown", "number"))
    if actor.opening(found.made_by, found.unit, reason) is Opening.REASON_NEEDED:
        raise Refused(Reason("reason-needed", "reason"))
    return found


def check(deed: Deed, row: Row[Any], person: Row[Any], found: Row[Any]) -> None:
    """Say why this consent cannot be linked to this person in the picture.

    Raises: Refused: consent-not-signed, other-patient, same-patient-twice, image-id-tells.
    """
    if not (found.status in ("signed", "paper") or (found.status in drafts.UNSIGNED and found.spoken_at)):
        raise Refused(Reason("consent-not-signed", "number"))
    if person.patient_id not in (None, found.patient_id):
        raise Refused(Reason("other-patient", "number"))
    people = images.people(deed.connection, row.id)
    if any(each.patient_id == found.patient_id and each.id != person.id for each in people):
        raise Refused(Reason("same-patient-twice", "number"))
    if betrays(row.id, _telling(deed, found.patient_id)):
        raise Refused(Reason("image-id-tells"))


def place(deed: Deed, row: Row[Any], person: Row[Any], found: Row[Any]) -> str | None:
    """Write a link inside `deed` and return its ID; None if it is there already. Raises: as `check`."""
    check(deed, row, person, found)
    present = [each for each in images.links(deed.connection, row.id) if each.person_id == person.id]
    if any(each.consent_id == found.id for each in present):
        return None
    made = deed.ledger.insert(
        image_link,
        id=new_id(secrets.token_bytes),
        image_id=row.id,
        person_id=person.id,
        consent_id=found.id,
        linked_by=deed.actor.id,
        linked_at=deed.now,
    )
    if person.patient_id is None or person.no_consent:
        deed.ledger.update(
            image_person,
            person.id,
            patient_id=found.patient_id,
            no_consent=False,
            marked_by=deed.actor.id,
            marked_at=deed.now,
        )
    return str(made.id)


def _telling(deed: Deed, patient_id: str) -> list[str]:
    """Return what an image ID must not contain: shown to nobody, so opened without an entry of its own."""
    try:
        person = dossier.load_person(deed.house, deed.connection, patient_id)
    except KeyError:
        raise NotFound from None
    born = person.born_on
    days = [born.isoformat(), born.strftime("%d%m%Y"), born.strftime("%m%d%Y"), born.strftime("%y%m%d")]
    return [*person.name.split(), person.name, person.record_number, *days]
