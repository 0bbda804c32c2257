"""Which patients on record are the same person, so that "everything I ever agreed to here" misses nothing.

The same record number, or the same birth date and the same name as it is compared. Both are compared by their
fingerprints; only while these are being made anew is one person's name opened, for that, and shown to nobody.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine import Connection, Row

from consent.acts.dossier import open_who
from consent.acts.house import House
from consent.records import consents
from consent.rules.refusal import NotFound
from consent.vault.fingerprints import normalised, person_fingerprints, record_number_fingerprints


def patients(house: House, connection: Connection, patient_id: str) -> tuple[str, ...]:
    """Return the IDs of every patient who is this person, himself first. Raises: NotFound."""
    own = consents.find_patient(connection, patient_id)
    if own is None:
        raise NotFound
    found = {own.id: own}
    # Whoever else is found by another key has other fingerprints, though he be the same.
    by_one_key = len(consents.fingerprint_keys(connection)) <= 1
    # Sameness reaches on: the same number as one who has the same name and birth date is the same person too.
    fresh = [own]
    while fresh:
        one = fresh.pop()
        records, persons = _kept(one) if by_one_key else _under_every_key(house, connection, one)
        near = [*consents.patients_by_record(connection, records), *consents.patients_by_person(connection, persons)]
        for row in near:
            if row.id not in found:
                found[row.id] = row
                fresh.append(row)
    return tuple(found)


def _kept(row: Row[Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return _some(row.record_fingerprint), _some(row.person_fingerprint)


def _under_every_key(house: House, connection: Connection, row: Row[Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if row.person_fingerprint is None:
        # Destroyed: nothing is left to open, nor to find it by.
        return (), ()
    name, born_on, record = open_who(house, connection, row)
    keys = house.search_keys()
    records = record_number_fingerprints(keys, record) if normalised(record) else ()
    return records, person_fingerprints(keys, name, born_on)


def _some(fingerprint: str | None) -> tuple[str, ...]:
    return () if fingerprint is None else (fingerprint,)
