"""Which patients on record are the same person, so that "everything I ever agreed to here" misses nothing.

The same record number, or the same birth date and the same name as it is compared. Names are opened for that
and shown to nobody.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine import Connection, Row

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
    found = {own.id: own}
    names: dict[str, str] = {}

    def name(row: Row[Any]) -> str:
        if row.id not in names:
            names[row.id] = normalised(open_text(house, connection, "patient", row.id, "name", row.name))
        return names[row.id]

    # Sameness reaches on: the same number as one who has the same name and birth date is the same person too.
    fresh = [own]
    while fresh:
        one = fresh.pop()
        near = [*consents.patients_by_record(connection, one.record_fingerprint)] if one.record_fingerprint else []
        namesakes = [row for row in consents.patients_by_birth(connection, one.birth_fingerprint) if row.id != one.id]
        near += [row for row in namesakes if row.id not in found and name(row) == name(one)]
        for row in near:
            if row.id not in found:
                found[row.id] = row
                fresh.append(row)
    return tuple(found)
