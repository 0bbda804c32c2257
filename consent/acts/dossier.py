"""A consent opened for work: who the patient is and what the clinician wrote, for the acts that need it.

Whatever shows this to a person goes through `acts.retrieval` or `acts.finding`, which write who looked to custody.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy.engine import Connection, Row

from consent.acts.house import Deed, House
from consent.acts.opening import open_text
from consent.records import consents
from consent.rules.parties import Interpreter, Representative, SignerKind, Witness
from consent.rules.refusal import NotFound


@dataclass(frozen=True)
class Person:
    """The patient, as typed. `email` and `post` are where he wants to be written to, if anywhere."""

    name: str
    born_on: date
    record_number: str = ""
    email: str = ""
    post: str = ""
    electronic_contact: bool = False
    """He agreed to be written to by e-mail."""
    language: str = "en"


@dataclass(frozen=True)
class Details:
    """What the clinician prepared in his own words; empty where it does not apply."""

    description: str = ""
    clinician: str = ""
    recipients: str = ""
    paid_by: str = ""
    paid_to: str = ""
    paid_what: str = ""
    event: str = ""
    event_confirmer: str = ""
    representative: Representative | None = None
    interpreter: Interpreter | None = None
    witnesses: tuple[Witness, ...] = ()
    no_signer: str = ""
    """"yes": nobody who may sign is there."""
    alone_ground: str = ""
    alone_proof: str = ""
    assent_excused: str = ""
    poster: str = ""
    """Who is meant to post it: "me" (who takes the consent), "other", or not answered yet."""
    poster_reason: str = ""

    def with_(self, **changes: Any) -> Details:  # noqa: ANN401 - as the fields are
        """Return these details with some of them changed."""
        return replace(self, **changes)


@dataclass(frozen=True)
class Dossier:
    """One consent with everything opened."""

    row: Row[Any]
    person: Person
    details: Details

    @property
    def asked(self) -> tuple[tuple[str, str], ...]:
        """What the clinician picked, as (kind, code)."""
        return tuple((kind, code) for kind, code in self.row.asked)


def load(house: House, connection: Connection, consent_id: str) -> Dossier:
    """Return the consent, opened. Raises: NotFound."""
    row = consents.find(connection, consent_id)
    # Of what was destroyed there is nothing left to open; the trail still tells that it was.
    if row is None or row.destroyed_at is not None:
        raise NotFound
    facts = json.loads(open_text(house, connection, "consent", row.id, "facts", row.facts, row.facts_version))
    return Dossier(row, load_person(house, connection, row.patient_id), details_of(facts))


def details_of(facts: dict[str, Any]) -> Details:
    """Return the details as they were kept; what an older row does not have stands at its default."""
    representative, interpreter = facts.pop("representative", None), facts.pop("interpreter", None)
    witnesses = facts.pop("witnesses", ())
    if representative is not None:
        representative["kind"] = SignerKind(representative["kind"])
    return Details(
        **facts,
        representative=Representative(**representative) if representative is not None else None,
        interpreter=Interpreter(**interpreter) if interpreter is not None else None,
        witnesses=tuple(Witness(**each) for each in witnesses),
    )


def load_person(house: House, connection: Connection, patient_id: str) -> Person:
    """Return the patient, opened. Raises: NotFound."""
    row = consents.find_patient(connection, patient_id)
    if row is None:
        raise NotFound

    def opened(column: str) -> str:
        token = row._mapping[column]
        return "" if token is None else open_text(house, connection, "patient", row.id, column, token, row.version)

    contact = json.loads(opened("contact") or "{}")
    name, born_on, record_number = open_who(house, connection, row)
    return Person(
        name=name,
        born_on=born_on,
        record_number=record_number,
        email=contact.get("email", ""),
        post=contact.get("post", ""),
        electronic_contact=row.electronic_contact,
        language=row.language,
    )


def open_who(house: House, connection: Connection, row: Row[Any]) -> tuple[str, date, str]:
    """Return a patient's name, birth date and record number, and nothing else of the row: what finds him."""
    record = row.record_number
    return (
        open_text(house, connection, "patient", row.id, "name", row.name, row.version),
        open_birth_date(house, connection, row),
        "" if record is None else open_text(house, connection, "patient", row.id, "record_number", record, row.version),
    )


def open_birth_date(house: House, connection: Connection, row: Row[Any]) -> date:
    """Return a patient's birth date alone."""
    token = row.birth_date
    return date.fromisoformat(open_text(house, connection, "patient", row.id, "birth_date", token, row.version))


def encrypt_person(
    deed: Deed, key_id: str, patient_id: str, person: Person, version: int
) -> dict[str, bytes | int | None]:
    """Return the encrypted columns of the patient's row, all of them written for the `version`th time."""

    def sealed(column: str, text: str) -> bytes | None:
        return deed.encrypt(key_id, "patient", patient_id, column, text, version) if text else None

    ways = {name: value for name, value in (("email", person.email), ("post", person.post)) if value}
    return {
        "name": deed.encrypt(key_id, "patient", patient_id, "name", person.name, version),
        "birth_date": sealed("birth_date", person.born_on.isoformat()),
        "record_number": sealed("record_number", person.record_number),
        "contact": sealed("contact", json.dumps(ways) if ways else ""),
        "version": version,
    }


def encrypt_details(deed: Deed, key_id: str, consent_id: str, details: Details, version: int) -> dict[str, bytes | int]:
    """Return the encrypted `facts` of the consent's row, written for the `version`th time."""
    facts = deed.encrypt(key_id, "consent", consent_id, "facts", json.dumps(asdict(details)), version)
    return {"facts": facts, "facts_version": version}
