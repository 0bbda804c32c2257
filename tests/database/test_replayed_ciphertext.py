"""Ciphertext opens in its own table, row and column, at its own version, and nowhere else.

What is written over carries its version in the associated data: the older one is refused on opening. Whoever puts
the version back as well has altered the row, and custody, which holds every row's last digest, tells.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import NoResultFound

from consent.acts import answering, creating, custody, dossier, key_care, proving, second_factor
from consent.acts.actor import COMMAND
from consent.acts.house import House
from consent.acts.proving import Proof
from consent.records.base import metadata
from consent.records.tables.consents import consent, document, patient, signing_session
from consent.records.tables.staff import staff
from consent.rules.access import Role
from consent.vault.envelope import CannotDecrypt
from tests.database.test_custody import tamper
from tests.factory import START, Clock, Factory, somebody
from tests.staffroom import enter, new_person, with_second_factor


def test_rule_25_a_sum_that_was_put_into_the_database_makes_no_file_genuine(house: House, factory: Factory) -> None:
    """Whoever writes to the database alone has no key to put the file itself beside it, nor may he borrow another's."""
    genuine, other = factory.signed_consent(), factory.signed_consent()
    forged = hashlib.sha256(b"%PDF-1.7 I agree to everything").hexdigest()
    with house.reading() as connection:
        found = {each.consent_id: each for each in connection.execute(sa.select(document))}
    assert proving.check_sum(house, found[genuine].sha256).genuine
    # First with a file of which there is nothing, then with another's.
    tamper(house, f"UPDATE document SET blob = 'elsewhere' WHERE consent_id = '{other}'")
    for blob in ("0" * 32, found[other].blob):
        row = {**found[genuine]._asdict(), "id": blob, "blob": blob, "key_id": found[other].key_id, "sha256": forged}
        with house.engine.begin() as connection:
            connection.execute(sa.insert(document).values(**row))
        assert proving.check_sum(house, forged) == Proof(False, "not-on-record")
        with house.engine.begin() as connection:
            # A destroyed one has no file any more; but none that is in force was destroyed.
            connection.execute(sa.update(consent).values(destroyed_at=START))
        assert not proving.check_sum(house, forged).genuine
        tamper(house, "UPDATE consent SET destroyed_at = NULL", f"DELETE FROM document WHERE id = '{blob}'")
    assert proving.check_sum(house, found[genuine].sha256).genuine


VERSIONED = {
    ("patient", "name"): "version",
    ("patient", "birth_date"): "version",
    ("patient", "record_number"): "version",
    ("patient", "contact"): "version",
    ("consent", "facts"): "facts_version",
    ("signing_session", "answers"): "answers_version",
    ("paper_scan", "transcription"): "version",
    ("paper_scan", "note"): "version",
    ("staff", "totp_secret"): "totp_version",
}


def row_of(house: House, table: sa.Table, row_id: str) -> dict[str, Any]:
    with house.reading() as connection:
        return dict(connection.execute(sa.select(table).where(table.c.id == row_id)).one()._mapping)


def put_back(house: House, table: sa.Table, row_id: str, **values: Any) -> None:
    with house.engine.begin() as connection:
        connection.execute(sa.update(table).where(table.c.id == row_id).values(**values))


def refused(house: House, open_it: Callable[[], object], *places: str) -> None:
    with pytest.raises(CannotDecrypt):
        open_it()
    assert set(places) <= set(key_care.check_everything(house).failed)


def test_the_columns_that_are_written_over_are_these() -> None:
    found = {
        (table.name, column.name): column.info["version"]
        for table in metadata.sorted_tables
        for column in table.c
        if column.info.get("encrypted") and column.info["version"]
    }
    assert found == VERSIONED


def test_an_older_patient_is_refused_and_the_whole_row_put_back_is_told(house: House, factory: Factory) -> None:
    made = factory.draft(person=somebody(1))
    patient_id = factory.patient_of(made)
    older = row_of(house, patient, patient_id)
    creating.change_person(house, factory.clinician(), made, replace(somebody(1), name="Mario Lopez"))
    newer = row_of(house, patient, patient_id)
    assert newer["version"] == older["version"] + 1

    def open_it() -> str:
        with house.reading() as connection:
            return dossier.load_person(house, connection, patient_id).name

    assert open_it() == "Mario Lopez"
    for column in ("name", "birth_date", "record_number"):
        put_back(house, patient, patient_id, **{column: older[column]})
        refused(house, open_it, f"patient/{patient_id}/{column}")
        put_back(house, patient, patient_id, **{column: newer[column]})
    assert custody.verify(house).sound
    put_back(house, patient, patient_id, **older)
    assert open_it() == somebody(1).name
    assert [(each.code, each.where) for each in custody.verify(house).problems] == [
        ("row-altered", f"patient/{patient_id}")
    ]


def test_what_a_clinician_wrote_before_is_refused(house: House, factory: Factory) -> None:
    made = factory.draft()
    older = row_of(house, consent, made)
    creating.change_details(house, factory.clinician(), made, "description", description="Only the left hand.")
    put_back(house, consent, made, facts=older["facts"])

    def open_it() -> None:
        with house.reading() as connection:
            dossier.load(house, connection, made)

    refused(house, open_it, f"consent/{made}/facts")


def test_answers_given_before_are_refused(house: House, factory: Factory) -> None:
    session_id = factory.handed_over(factory.draft())
    older = row_of(house, signing_session, session_id)
    answering.save(house, session_id, {("channel", "instagram"): False})
    assert row_of(house, signing_session, session_id)["answers_version"] > older["answers_version"]
    put_back(house, signing_session, session_id, answers=older["answers"])

    def open_it() -> None:
        with house.reading() as connection:
            answering.load(house, connection, session_id)

    refused(house, open_it, f"signing_session/{session_id}/answers")


def test_ciphertext_is_not_written_over_without_a_new_version(house: House, factory: Factory) -> None:
    made = factory.draft()
    row = row_of(house, consent, made)
    by = factory.clinician()
    token = b"x" * 60
    for values in ({"facts": token, "facts_version": row["facts_version"]}, {"facts": token, "facts_version": 0}):
        with pytest.raises(NoResultFound), house.writing(by) as deed:
            deed.ledger.update(consent, made, **values)
    with pytest.raises(KeyError), house.writing(by) as deed:
        deed.ledger.update(consent, made, facts=token)
    person_id = factory.staff(Role.CLINICIAN).id
    with house.writing(by) as deed:
        deed.ledger.update(staff, person_id, totp_secret=token, totp_version=1)
        with pytest.raises(NoResultFound):
            deed.ledger.update(staff, person_id, totp_secret=token, totp_version=1)
        deed.enter("test.words", {})
    with house.writing(by) as deed:
        task = metadata.tables["task"]
        columns = dict.fromkeys(task.c.keys(), None) | {
            "id": "t", "kind": "k", "once": "o", "queue": "auditor", "about": {}, "state": "open", "made_at": deed.now,
        }  # fmt: skip
        deed.ledger.insert(task, **columns)
        deed.ledger.update(task, "t", note=token)
        with pytest.raises(NoResultFound):
            deed.ledger.update(task, "t", note=token)
        deed.enter("test.words", {})


def test_a_second_factor_that_was_taken_away_is_refused(house: House, factory: Factory, clock: Clock) -> None:
    person = new_person(house, Role.CLINICIAN)
    phone, _ = with_second_factor(house, person)
    older = row_of(house, staff, person.id)
    with house.writing(COMMAND) as deed:
        second_factor.clear(deed, person.id)
        deed.enter("test.words", {})
    clock.pass_(minutes=2)
    with_second_factor(house, person)
    assert row_of(house, staff, person.id)["totp_version"] == older["totp_version"] + 1
    put_back(house, staff, person.id, totp_secret=older["totp_secret"])
    clock.pass_(minutes=2)
    refused(house, lambda: enter(house, "ada@hospital.example", phone), f"staff/{person.id}/totp_secret")
