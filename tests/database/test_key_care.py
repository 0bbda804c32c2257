"""Keys wrap anew, open everything, are exported and kept elsewhere; a lost one is told at the start."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from consent import wiring
from consent.acts import custody, dossier, key_care
from consent.acts.actor import COMMAND
from consent.acts.audit import audit
from consent.acts.house import House
from consent.acts.waiting import for_staff
from consent.cli import keys as commands
from consent.records.base import metadata
from consent.records.keys import everything_encrypted
from consent.records.ledger import KeyRetired
from consent.records.tables.custody import data_key
from consent.rules.access import Role
from consent.rules.audit import Worry
from consent.rules.refusal import Refused
from consent.vault import key_export
from consent.vault.keyring import with_new_current_key
from consent.vault.keys import KeyFolder
from consent.vault.search_keys import with_new_search_key
from tests.factory import Clock, Factory
from tests.staffroom import make_app, send, signed_in

PASSPHRASE = "five plain words in a row"


def _rotated(house: House) -> House:
    return replace(house, keyring=with_new_current_key(house.keyring))


def test_everything_is_wrapped_anew_and_opens_still(house: House, factory: Factory) -> None:
    consent_id = factory.signed_consent()
    factory.ready_picture(consent_id)
    house = _rotated(house)
    seen: list[tuple[int, int]] = []
    done = key_care.wrap_all_anew(house, COMMAND, lambda now, total: seen.append((now, total)))
    assert done > 5
    assert seen[-1] == (done, done)
    wrapped = key_care.standing(house, COMMAND).wrapped
    assert set(wrapped) == {house.keyring.current_kek_id}
    assert key_care.check_everything(house).sound
    with house.reading() as connection:
        assert dossier.load(house, connection, consent_id).person.name
    assert custody.verify(house).sound
    assert key_care.wrap_all_anew(house, COMMAND) == 0


def test_the_audit_asks_for_another_key_after_two_years_until_there_is_one(
    house: House, factory: Factory, clock: Clock
) -> None:
    def is_asked(now: House) -> bool:
        return Worry.KEY_OLD in {each.kind for each in audit(now, COMMAND).findings}

    factory.picture()
    clock.pass_(days=2 * 365)
    assert not is_asked(house)
    clock.pass_(days=1)
    assert is_asked(house)
    house = _rotated(house)
    key_care.wrap_all_anew(house, COMMAND)
    # The data keys are as old as before; what wraps them is not.
    assert not is_asked(house)
    clock.pass_(days=2 * 365 + 1)
    assert is_asked(house)


def test_an_interrupted_rotation_goes_on(house: House, factory: Factory, monkeypatch: pytest.MonkeyPatch) -> None:
    factory.signed_consent()
    house = _rotated(house)
    monkeypatch.setattr(key_care, "LOT", 2)

    def interrupt(done: int, _total: int) -> None:
        if done >= 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        key_care.wrap_all_anew(house, COMMAND, interrupt)
    assert len(key_care.standing(house, COMMAND).wrapped) == 2
    assert key_care.check_everything(house).sound
    assert key_care.wrap_all_anew(house, COMMAND) > 0
    assert len(key_care.standing(house, COMMAND).wrapped) == 1


def test_a_process_with_the_older_keys_opens_what_was_wrapped_anew(
    house: House, factory: Factory, tmp_path: Path
) -> None:
    folder = KeyFolder(tmp_path / "a-folder")
    house = replace(house, keyring=folder.load_or_make())
    consent_id = Factory(house, factory.clock).signed_consent()
    rotated = replace(house, keyring=folder.add_key_encryption_key())
    key_care.wrap_all_anew(rotated, COMMAND)
    with house.reading() as connection:
        assert dossier.load(house, connection, consent_id).person.name


def test_the_check_covers_every_encrypted_column_and_blob(house: House, factory: Factory) -> None:
    factory.ready_picture(factory.signed_consent())
    with house.reading() as connection:
        places = {(kept.table, kept.column) for kept in everything_encrypted(connection)}
    assert {
        ("patient", "name"),
        ("consent", "facts"),
        ("signature", "content"),
        ("document", "blob"),
        ("image", "blob"),
        ("image", "preview_blob"),
        ("image_fingerprint", "content"),
    } <= places
    binary = {
        (table.name, column.name)
        for table in metadata.sorted_tables
        for column in table.c
        if isinstance(column.type, sa.LargeBinary) and not column.info.get("encrypted")
    }
    in_the_clear = {
        ("data_key", "wrapped"),
        ("data_key", "salt"),
        ("custody", "entry"),
        ("custody_head", "signature"),
        ("custody_stamp", "token"),
    }
    assert binary <= in_the_clear


def test_a_damaged_value_a_lost_blob_and_a_destroyed_key_are_told_apart(house: House, factory: Factory) -> None:
    first, second = factory.signed_consent(), factory.signed_consent()
    tables = metadata.tables
    with house.engine.begin() as connection:
        row = connection.execute(sa.select(tables["document"]).where(tables["document"].c.consent_id == first)).one()
        house.blobs.delete(row.blob)
        facts = connection.execute(
            sa.select(tables["consent"].c.facts).where(tables["consent"].c.id == second)
        ).scalar_one()
        damaged = bytes(facts[:-1]) + bytes([facts[-1] ^ 1])
        connection.execute(sa.update(tables["consent"]).where(tables["consent"].c.id == second).values(facts=damaged))
    found = key_care.check_everything(house)
    assert sorted(found.failed) == sorted([f"document/{row.id}/blob", f"consent/{second}/facts"])
    with house.engine.begin() as connection:
        connection.execute(sa.delete(data_key).where(data_key.c.id == row.key_id))
    found = key_care.check_everything(house)
    assert found.failed == (f"consent/{second}/facts",)
    assert found.destroyed == 1


def test_a_lost_or_wrong_key_is_told(house: House, factory: Factory) -> None:
    factory.signed_consent()
    assert key_care.lost_keys(house) == ()
    other = with_new_current_key(house.keyring)
    wrong = replace(other, key_encryption_keys={other.current_kek_id: bytes(32)})
    assert key_care.lost_keys(replace(house, keyring=wrong)) == (house.keyring.current_kek_id,)
    swapped = replace(house.keyring, key_encryption_keys={house.keyring.current_kek_id: bytes(32)})
    assert key_care.lost_keys(replace(house, keyring=swapped)) == (house.keyring.current_kek_id,)


def test_whoever_still_wraps_by_a_retired_key_writes_nothing_that_would_be_lost(
    house: House, clock: Clock, tmp_path: Path
) -> None:
    """A process that missed the rotation has the old key in its memory: what it wrapped by it, nobody could open."""
    folder = KeyFolder(tmp_path / "rotated")
    missed = replace(house, keyring=folder.load_or_make())
    late = Factory(missed, clock)
    kept = late.signed_consent()
    old = folder.current_kek_id()
    folder.add_key_encryption_key()
    now = replace(house, keyring=folder.load())
    key_care.wrap_all_anew(now, COMMAND)
    # It goes on with the old key as long as that is there; then a key in use is not retired.
    late.signed_consent()
    with pytest.raises(Refused, match="key-in-use"):
        key_care.retire(now, COMMAND, folder, old)
    key_care.wrap_all_anew(now, COMMAND)
    key_care.retire(now, COMMAND, folder, old)
    with pytest.raises(KeyRetired):
        late.signed_consent()
    with pytest.raises(KeyRetired):
        key_care.wrap_all_anew(missed, COMMAND)
    again = replace(house, keyring=folder.load())
    assert key_care.lost_keys(again) == ()
    assert key_care.check_everything(again).sound
    with again.reading() as connection:
        assert dossier.load(again, connection, kept).person.name
    assert custody.verify(again).sound
    assert custody.page(again, COMMAND, act="keys.retire")[0].about == {"kek": old}


def test_a_key_in_use_is_not_retired_and_only_administrators_look_after_keys(
    house: House, factory: Factory, tmp_path: Path
) -> None:
    factory.signed_consent()
    with pytest.raises(Refused, match="key-in-use"):
        key_care.retire(house, COMMAND, KeyFolder(tmp_path / "none"), house.keyring.current_kek_id)
    with pytest.raises(Refused, match="role"):
        key_care.standing(house, factory.staff(Role.PRIVACY_OFFICER))
    with pytest.raises(Refused, match="keys-not-exported"):
        key_care.confirm_kept_apart(house, factory.staff(Role.ADMINISTRATOR))


@pytest.fixture
def closed_again(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close what a command would leave to the end of its process."""
    opened: list[House] = []

    def open_house() -> House:
        opened.append(wiring.make_house(wiring.settings_from()))
        return opened[-1]

    monkeypatch.setattr("consent.cli.keys.open_house", open_house)
    yield
    for house in opened:
        house.engine.dispose()


@pytest.fixture
def settings(closed_again: None, tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> wiring.Settings:
    monkeypatch.setattr(key_export, "MEMORY_KIB", 64)
    monkeypatch.setenv("CONSENT_INSTANCE", str(tmp_path / "instance"))
    monkeypatch.setenv("CONSENT_KEY_DIR", str(tmp_path / "the-keys"))
    monkeypatch.setenv("CONSENT_DATABASE_URL", database_url)
    made = wiring.settings_from()
    wiring.key_folder(made).make()
    wiring.make_house(made).engine.dispose()
    (tmp_path / "passphrase").write_text(PASSPHRASE + "\n")
    return made


def test_the_commands(settings: wiring.Settings, tmp_path: Path) -> None:
    run = CliRunner().invoke
    before = wiring.key_folder(settings).current_kek_id()
    house = wiring.make_house(settings)
    with house.writing(COMMAND) as deed:
        deed.enter("test.words", {}, "words that are kept")
    house.engine.dispose()

    done = run(commands.rotate_keys, ["--json"])
    answer = json.loads(done.stdout)
    assert (done.exit_code, answer["wrapped"]) == (0, 1)
    assert answer["current"] == wiring.key_folder(settings).current_kek_id() != before

    found = run(commands.keys, ["check", "--json"])
    assert (found.exit_code, json.loads(found.stdout)["sound"]) == (0, True)

    export, words = str(tmp_path / "keys.export"), ["--passphrase-file", str(tmp_path / "passphrase")]
    assert run(commands.keys, ["export", str(settings.instance / "x"), *words]).exit_code == 2
    assert run(commands.keys, ["export", export, *words]).exit_code == 0
    assert run(commands.keys, ["export", export, *words]).exit_code == 2
    assert run(commands.keys, ["import", export, *words]).exit_code != 0

    assert run(commands.keys, ["retire", answer["current"], "--yes"]).exit_code == 2
    assert run(commands.keys, ["retire", before, "--yes"]).exit_code == 0

    (tmp_path / "the-keys").rename(tmp_path / "lost-keys")
    with pytest.raises(wiring.mendable(), match="no keys"):
        wiring.make_house(settings)
    assert run(commands.keys, ["import", export, *words]).exit_code == 0
    assert "cannot be retired" not in run(commands.keys, ["check"]).stdout


def test_two_rotations_at_once_would_undo_each_other(settings: wiring.Settings) -> None:
    folder = wiring.key_folder(settings)
    before = folder.current_kek_id()
    with folder.rotating():
        refused = CliRunner().invoke(commands.rotate_keys)
        assert isinstance(refused.exception, wiring.mendable())
        assert str(refused.exception).startswith("Somebody else is changing the keys now")
        assert folder.current_kek_id() == before
    assert CliRunner().invoke(commands.rotate_keys).exit_code == 0
    assert folder.current_kek_id() != before


def test_the_start_says_in_one_line_which_key_is_missing(settings: wiring.Settings) -> None:
    house = wiring.make_house(settings)
    with house.writing(COMMAND) as deed:
        deed.enter("test.words", {}, "words that are kept")
    house.engine.dispose()
    folder = wiring.key_folder(settings)
    old = folder.current_kek_id()
    folder.add_key_encryption_key()
    folder.retire(old)
    with pytest.raises(wiring.CannotStart, match=f"{old} are missing") as told:
        wiring.make_house(settings)
    assert "\n" not in str(told.value)


def exported(house: House, tmp_path: Path, name: str) -> None:
    """Export as the command does; the house's own keys are in no folder, so another folder's stand in the file."""
    folder = KeyFolder(tmp_path / "stand-in")
    folder.make()
    key_care.export(house, COMMAND, folder, PASSPHRASE, tmp_path / name)


def test_the_administrator_is_asked_until_the_keys_are_kept_elsewhere_and_again_when_one_was_made(
    house: House, factory: Factory, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_export, "MEMORY_KIB", 64)
    administrator = factory.staff(Role.ADMINISTRATOR)

    def asked(now: House) -> bool:
        client = signed_in(make_app(now), now, administrator)
        waits = {each.kind for each in for_staff(now, administrator)} == {"keys"}
        assert ("The keys are not kept elsewhere yet" in client.get("/").text) is waits
        return waits

    assert asked(house)
    client = signed_in(make_app(house), house, administrator)
    assert "Nobody has exported the keys yet" in client.get("/keys").text
    exported(house, tmp_path, "first")
    assert asked(house)
    assert "Not yet" in client.get("/keys").text
    assert send(client, "/keys").status_code == 422
    clock.pass_(minutes=1)
    assert send(client, "/keys", apart="yes").status_code == 303
    assert "Not yet" not in client.get("/keys").text
    assert not asked(house)

    search = with_new_search_key(house.search_keys())
    for later in (_rotated(house), replace(house, search_keys=lambda: search)):
        assert asked(later)
        page = signed_in(make_app(later), later, administrator).get("/keys").text
        assert "A key was made after the last export" in page
        assert 'name="apart"' not in page
        with pytest.raises(Refused, match="keys-changed"):
            key_care.confirm_kept_apart(later, administrator)
    clock.pass_(minutes=1)
    for act in key_care.SEALS_ANEW:
        exported(house, tmp_path, act)
        key_care.confirm_kept_apart(house, administrator)
        assert not asked(house)
        clock.pass_(minutes=1)
        with house.writing(COMMAND) as deed:
            deed.enter(act, {})
        assert asked(house)
        clock.pass_(minutes=1)
