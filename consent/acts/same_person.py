"""Which patients on record are the same person, so that "everything I ever agreed to here" misses nothing.

The same record number, or the same birth date and the same name as it is compared. Names are opened for that
and shown to nobody.
"""

from __future__ import annotations

from sqlalchemy.engine import Connection

from consent.acts.house import House
from consent.acts.opening import open_text
from consent.records import consents
from consent.rules.refusal import NotFound
from consent.vault.fingerprints import normalised


def patients(house: House, connection: Connection, patient_id: str) -> tuple[str, ...]:
    """Return the IDs of every patient who is this person, himself first. Raises: NotFound."""
    own = consents.find_patient(connection, patient_id)
    if own is None:
        raise NotFound
    found = [own.id]
    if own.record_fingerprint:
        found += [row.id for row in consents.patients_by_record(connection, own.record_fingerprint)]
    namesakes = [row for row in consents.patients_by_birth(connection, own.birth_fingerprint) if row.id not in found]
    if namesakes:
        name = normalised(open_text(house, connection, "patient", own.id, "name", own.name))
        found += [
            row.id
            for row in namesakes
            if normalised(open_text(house, connection, "patient", row.id, "name", row.name)) == name
        ]
    return tuple(dict.fromkeys(found))
