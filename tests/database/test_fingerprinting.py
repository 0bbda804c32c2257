"""People are found by keyed fingerprints under a key of their own, which changes while everybody goes on searching."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from consent import wiring
from consent.acts import custody, finding, fingerprinting, same_person
from consent.acts.actor import COMMAND
from consent.acts.dossier import Person
from consent.acts.house import House
from consent.cli.keys import keys as command
from consent.records import custody as trail
from consent.records.tables.consents import patient
from consent.rules.access import Role
from consent.rules.refusal import Refused
from consent.vault.search_keys import SearchKeys, with_new_search_key
from tests.factory import Clock, Factory, search_keys, somebody

BORN = date(1980, 5, 17)
TWICE = Person("José Ñandú", BORN, "", language="en")


class Changing:
    """The search keys of a house whose keys a test changes while it works."""

    def __init__(self) -> None:
        self.now = search_keys()

    def __call__(self) -> SearchKeys:
        return self.now


@pytest.fixture
def changing() -> Changing:
    return Changing()


@pytest.fixture
def house(house: House, changing: Changing) -> House:
    return replace(house, search_keys=changing)


def ids(house: House, factory: Factory, name: str) -> list[str]:
    return [each.patient_id for each in finding.by_name(house, factory.clinician(), name, BORN)]


def test_everybody_is_found_before_between_and_after(
    house: House, factory: Factory, changing: Changing, monkeypatch: pytest.MonkeyPatch
) -> None:
    by = factory.clinician()
    people = [factory.patient_of(factory.draft(person=somebody(n))) for n in range(1, 6)]
    one, other = (factory.patient_of(factory.draft(person=TWICE)) for _ in range(2))
    changing.now = with_new_search_key(changing.now)
    monkeypatch.setattr(fingerprinting, "LOT", 2)

    def interrupt(_done: int, _total: int) -> None:
        everybody_is_found()
        raise KeyboardInterrupt

    def everybody_is_found() -> None:
        for n, wanted in enumerate(people, 1):
            assert ids(house, factory, f"maria lopez {n}") == [wanted]
            assert [each.patient_id for each in finding.by_record_number(house, by, f"mrn {n:06}")] == [wanted]
        assert set(ids(house, factory, "jose nandu")) == {one, other}
        with house.reading() as connection:
            assert set(same_person.patients(house, connection, one)) == {one, other}
            assert set(same_person.patients(house, connection, other)) == {one, other}
        with pytest.raises(Refused, match="patient-known"):
            factory.draft(person=replace(TWICE, record_number="mrn-000003"))

    everybody_is_found()
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            fingerprinting.make_all_anew(house, COMMAND, interrupt)
    stand = fingerprinting.found_by(house, COMMAND)
    assert dict(stand.patients) == {search_keys().current_id: 1, changing.now.current_id: 6}
    assert not stand.is_one
    assert fingerprinting.make_all_anew(house, COMMAND) == 1
    assert fingerprinting.found_by(house, COMMAND).is_one
    assert fingerprinting.make_all_anew(house, COMMAND) == 0
    everybody_is_found()
    # The old key is needed no more: the new one alone finds everybody.
    changing.now = SearchKeys(
        changing.now.current_id, {changing.now.current_id: changing.now.keys[changing.now.current_id]}
    )
    everybody_is_found()
    assert fingerprinting.lost_keys(house) == ()
    assert custody.verify(house).sound

    with house.reading() as connection:
        entries = trail.page(connection, act=fingerprinting.ROTATE, actor=None, ref=None, before=None, size=9)
    about = [json.loads(bytes(each.entry))["about"] for each in entries]
    assert sorted(patient_id for each in about for patient_id in each["patient"]) == sorted([*people, one, other])
    assert all(each["to"] == changing.now.current_id for each in about)


def test_what_is_written_while_keys_change_is_written_under_the_new_one(
    house: House, factory: Factory, changing: Changing
) -> None:
    factory.draft(person=somebody(1))
    changing.now = with_new_search_key(changing.now)
    fresh = factory.patient_of(factory.draft(person=somebody(2)))
    with house.reading() as connection:
        row = connection.execute(sa.select(patient).where(patient.c.id == fresh)).one()
    assert row.fingerprint_key == changing.now.current_id
    assert fingerprinting.make_all_anew(house, COMMAND) == 1


def test_two_who_were_born_on_one_day_share_nothing_that_tells_it(house: House, factory: Factory) -> None:
    for number in (1, 2):
        factory.draft(person=somebody(number))
    with house.reading() as connection:
        one, other = (row._asdict() for row in connection.execute(sa.select(patient)))
    alike = {name for name, value in one.items() if value is not None and value == other[name]}
    assert alike == {"electronic_contact", "language", "fingerprint_key", "unit", "made_by", "made_at", "version"}


def test_only_the_administrator_has_them_made_anew_and_a_key_in_use_stays(house: House, factory: Factory) -> None:
    factory.draft()
    for run in (
        lambda: fingerprinting.make_all_anew(house, factory.staff(Role.PRIVACY_OFFICER)),
        lambda: fingerprinting.note_retired(house, factory.staff(Role.CLINICIAN), "x"),
    ):
        with pytest.raises(Refused, match="role"):
            run()
    with pytest.raises(Refused, match="key-in-use"):
        fingerprinting.note_retired(house, COMMAND, search_keys().current_id)


@pytest.fixture
def installed(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[wiring.Settings]:
    monkeypatch.setenv("CONSENT_INSTANCE", str(tmp_path / "instance"))
    monkeypatch.setenv("CONSENT_KEY_DIR", str(tmp_path / "the-keys"))
    monkeypatch.setenv("CONSENT_DATABASE_URL", sqlite_url)
    opened: list[House] = []

    def open_house() -> House:
        opened.append(wiring.make_house(wiring.settings_from()))
        return opened[-1]

    monkeypatch.setattr("consent.cli.searching.open_house", open_house)
    settings = wiring.settings_from()
    wiring.key_folder(settings).make()
    wiring.search_key_folder(settings).make()
    yield settings
    for house in opened:
        house.engine.dispose()


def with_a_patient(settings: wiring.Settings, clock: Clock) -> str:
    house = wiring.make_house(settings)
    made = Factory(replace(house, clock=clock), clock)
    found = made.patient_of(made.draft(person=somebody(1)))
    house.engine.dispose()
    return found


def test_the_commands_change_the_key_and_a_lost_one_is_told_at_start(installed: wiring.Settings, clock: Clock) -> None:
    run, folder = CliRunner().invoke, wiring.search_key_folder(installed)
    with_a_patient(installed, clock)
    old = folder.load().current_id
    assert run(command, ["retire-fingerprints", old, "--yes"]).exit_code == 2
    done = run(command, ["rotate-fingerprints", "--json"])
    answer = json.loads(done.stdout)
    assert (done.exit_code, answer["patients"]) == (0, 1)
    assert answer["current"] == folder.load().current_id != old
    assert run(command, ["retire-fingerprints", "nothing", "--yes"]).exit_code == 2
    assert run(command, ["retire-fingerprints", old, "--yes"]).exit_code == 0
    assert set(folder.load().keys) == {answer["current"]}

    folder.add()
    (folder.path / f"{answer['current']}.key").unlink()
    with pytest.raises(wiring.CannotStart, match=f"{answer['current']} are missing") as told:
        wiring.make_house(installed)
    assert "\n" not in str(told.value)
    (folder.path / "current").unlink()
    with pytest.raises(wiring.mendable(), match="missing"):
        wiring.make_house(installed)
