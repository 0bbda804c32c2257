"""A backup made while it runs is restored into an empty machine, on either database, and opens a consent."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import boto3
import pytest
from click.testing import CliRunner
from moto.server import ThreadedMotoServer

from consent import wiring
from consent.acts import backup, custody, dossier, filing, restoring, revocation, task_list
from consent.acts.actor import COMMAND
from consent.acts.change_of_mind import Change, Scope, Way
from consent.acts.house import House
from consent.cli import backup as commands
from consent.records import consents
from consent.records.tables.owed import notice
from consent.rules.access import Role
from consent.rules.refusal import Refused
from consent.vault.blobs import FolderBlobStore
from consent.vault.buckets import BucketShelf
from consent.vault.keyring import fresh_keyring
from consent.vault.shelves import FolderShelf, Shelf, ShelfTrouble
from tests.database.out_there import only
from tests.factory import Factory, make_house


@pytest.fixture
def shelf(tmp_path: Path) -> FolderShelf:
    return FolderShelf(tmp_path / "backups")


@pytest.fixture
def empty(sqlite_url: str, tmp_path: Path, factory: Factory, house: House) -> Iterator[House]:
    """Another machine, with the same keys: empty, and always on SQLite."""
    folder = tmp_path / "another"
    folder.mkdir()
    url = f"sqlite:///{folder / 'consent.sqlite'}"
    Path(folder / "consent.sqlite").write_bytes(Path(sqlite_url.removeprefix("sqlite:///")).read_bytes())
    made = replace(make_house(url, folder, factory.clock), keyring=house.keyring, sealer=house.sealer)
    yield made
    made.engine.dispose()


def test_what_was_backed_up_is_restored_and_opens(
    house: House, factory: Factory, shelf: FolderShelf, empty: House
) -> None:
    consent_id = factory.signed_consent()
    factory.ready_picture(consent_id)
    made = backup.back_up(house, COMMAND, shelf)
    assert (made.gone, restoring.backups(shelf)) == (0, (made.name,))
    done = restoring.restore(empty, COMMAND, shelf)
    assert done.problems == ()
    assert (done.rows, done.blobs, done.seals) == (made.rows, made.blobs, 1)
    with house.reading() as before, empty.reading() as after:
        assert dossier.load(empty, after, consent_id).person == dossier.load(house, before, consent_id).person
        assert filing.take_out(empty, after, consent_id) == filing.take_out(house, before, consent_id)
        assert consents.find(after, consent_id).facts == consents.find(before, consent_id).facts  # type: ignore[union-attr]
    assert custody.verify(empty).sound
    with empty.writing(COMMAND) as deed:
        deed.enter("test.goes-on", {})
    assert custody.verify(empty).sound


def test_nothing_in_a_backup_can_be_read_and_no_key_is_in_it(
    house: House, factory: Factory, shelf: FolderShelf
) -> None:
    consent_id = factory.signed_consent()
    backup.back_up(house, COMMAND, shelf)
    with house.reading() as connection:
        name = dossier.load(house, connection, consent_id).person.name
    kept = [path.read_bytes() for path in shelf.path.rglob("*") if path.is_file()]
    assert len(kept) > 10
    for key in house.keyring.key_encryption_keys.values():
        assert not any(key in content or key.hex().encode() in content for content in kept)
    tables = [path.read_bytes() for path in shelf.path.rglob("tables/*")]
    assert not any(word in content for content in tables for word in (name.encode(), consent_id.encode()))


def test_a_backup_that_was_interrupted_is_none(house: House, factory: Factory, shelf: FolderShelf) -> None:
    factory.signed_consent()

    class Full(FolderShelf):
        def put(self, name: str, content: bytes) -> None:
            if "/blobs/" in name:
                raise ShelfTrouble("The disk is full.")
            super().put(name, content)

    with pytest.raises(ShelfTrouble):
        backup.back_up(house, COMMAND, Full(shelf.path))
    assert restoring.backups(shelf) == ()
    assert backup.newest(house) is None


@pytest.mark.parametrize("part", ["tables/consent.0", "tables/custody.0", "blobs"])
def test_a_changed_part_is_refused_and_nothing_stands_in_the_database(
    house: House, factory: Factory, shelf: FolderShelf, empty: House, part: str
) -> None:
    factory.signed_consent()
    made = backup.back_up(house, COMMAND, shelf)
    path = shelf.path / made.name / part
    if path.is_dir():
        path = next(path.iterdir())
    changed = bytearray(path.read_bytes())
    changed[-1] ^= 1
    path.write_bytes(changed)
    with pytest.raises(restoring.BadBackup, match="not what the manifest says"):
        restoring.restore(empty, COMMAND, shelf)
    assert custody.verify(empty).entries == 0


def test_a_manifest_of_somebody_else_is_refused(
    house: House, factory: Factory, shelf: FolderShelf, empty: House
) -> None:
    factory.signed_consent()
    made = backup.back_up(house, COMMAND, shelf)
    with pytest.raises(restoring.BadBackup, match="right keys"):
        restoring.restore(replace(empty, keyring=fresh_keyring()), COMMAND, shelf)
    path = shelf.path / made.name / "manifest.json"
    signed = json.loads(path.read_bytes())
    signed["manifest"]["blobs"] = {}
    path.write_text(json.dumps(signed))
    with pytest.raises(restoring.BadBackup, match="not signed"):
        restoring.restore(empty, COMMAND, shelf)
    with pytest.raises(restoring.BadBackup, match="no finished backup"):
        restoring.restore(empty, COMMAND, shelf, "20200101t000000z")


def test_a_backup_is_restored_into_an_empty_installation_only(
    house: House, factory: Factory, shelf: FolderShelf
) -> None:
    factory.signed_consent()
    backup.back_up(house, COMMAND, shelf)
    with pytest.raises(Refused, match="not-empty"):
        restoring.restore(house, COMMAND, shelf)
    with pytest.raises(Refused, match="role"):
        backup.back_up(house, factory.staff(Role.CLINICIAN), shelf)


def test_rule_46_an_old_backup_says_how_old_it_is_and_who_must_enter_withdrawals_again(
    house: House, factory: Factory, shelf: FolderShelf, empty: House
) -> None:
    consent_id = factory.signed_consent()
    officer = factory.staff(Role.PRIVACY_OFFICER)
    made_at = factory.clock()
    backup.back_up(house, COMMAND, shelf)
    factory.clock.pass_(days=20)
    change = Change(consent_id, Scope.FORM, Way.IN_PERSON, known_how="He is on my ward.")
    revocation.revoke(house, factory.clinician(), change)
    done = restoring.restore(empty, COMMAND, shelf)
    assert (done.made_at, done.age.days) == (made_at, 20)
    assert {each.kind for each in task_list.listed(empty, officer)} == {"restored"}
    assert only(empty, notice, kind="backup-restored").to_staff == officer.id
    (entry,) = custody.page(empty, COMMAND, act="backup.restore")
    assert entry.about["made"] == made_at.isoformat()


def test_an_old_backup_under_the_name_of_a_new_one_is_refused(
    house: House, factory: Factory, shelf: FolderShelf, empty: House
) -> None:
    made = backup.back_up(house, COMMAND, shelf)
    (shelf.path / made.name).rename(shelf.path / "20301231t235959z")
    with pytest.raises(restoring.BadBackup, match="renamed"):
        restoring.restore(empty, COMMAND, shelf)
    assert custody.verify(empty).entries == 0


def test_a_missing_blob_is_told_and_the_restoring_is_not_done(
    house: House, factory: Factory, shelf: FolderShelf, empty: House
) -> None:
    consent_id = factory.signed_consent()
    backup.back_up(house, COMMAND, shelf)

    class Forgetful(FolderBlobStore):
        def put_back(self, key: str, ciphertext: bytes) -> None:
            """Lose it."""

    done = restoring.restore(replace(empty, blobs=Forgetful(empty.blobs.path)), COMMAND, shelf)  # type: ignore[attr-defined]
    with house.reading() as connection:
        row = consents.find_document(connection, consent_id)
    assert row is not None
    assert f"cannot be opened: document/{row.id}/blob" in done.problems
    # What is not sound is not served, until it is mended or somebody answers for it.
    assert restoring.finish(empty, COMMAND) == done.problems
    with pytest.raises(restoring.NotSound, match="not found sound"):
        restoring.must_be_checked(empty)
    restoring.finish(empty, COMMAND, accept="One paper is lost; the privacy office has it in print.")
    assert restoring.must_be_checked(empty) is empty
    (entry,) = custody.page(empty, COMMAND, act="backup.accept-unsound")
    assert (entry.about["problems"], entry.has_text) == (len(done.problems), True)


def test_what_was_restored_and_not_checked_to_the_end_is_checked_before_it_is_served(
    house: House, factory: Factory, shelf: FolderShelf, empty: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    factory.signed_consent()
    factory.staff(Role.PRIVACY_OFFICER)
    backup.back_up(house, COMMAND, shelf)

    def dies(_house: House) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as interrupted, pytest.raises(KeyboardInterrupt):
        interrupted.setattr(restoring, "check", dies)
        restoring.restore(empty, COMMAND, shelf)
    with pytest.raises(restoring.NotSound):
        restoring.must_be_checked(empty)
    assert restoring.finish(empty, COMMAND) == ()
    assert restoring.must_be_checked(empty) is empty
    assert only(empty, notice, kind="backup-restored")
    with pytest.raises(Refused, match="not-restored"):
        restoring.finish(empty, COMMAND)


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in {
        "AWS_ENDPOINT_URL_S3": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "somebody",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    # Its memory outlives one server: a bucket of this test's own.
    bucket = f"backups-{secrets.token_hex(4)}"
    boto3.client("s3").create_bucket(Bucket=bucket)
    yield bucket
    server.stop()


def test_backups_lie_in_a_bucket_as_well(house: House, factory: Factory, bucket: str, empty: House) -> None:
    factory.ready_picture(factory.signed_consent())
    shelf: Shelf = BucketShelf(bucket, "hospital/")
    made = backup.back_up(house, COMMAND, shelf)
    assert restoring.backups(shelf) == (made.name,)
    with pytest.raises(ShelfTrouble, match="already"):
        shelf.put(f"{made.name}/manifest.json", b"another")
    with pytest.raises(ShelfTrouble, match="NoSuchKey"):
        shelf.get("nothing")
    with pytest.raises(ShelfTrouble, match="NoSuchBucket"):
        BucketShelf("elsewhere", "").put("a", b"")
    done = restoring.restore(empty, COMMAND, shelf)
    assert done.problems == ()


@pytest.fixture
def closed_again(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close what a command would leave to the end of its process."""
    opened: list[House] = []

    def open_house() -> House:
        opened.append(wiring.make_house(wiring.settings_from()))
        return opened[-1]

    monkeypatch.setattr("consent.cli.backup.open_house", open_house)
    yield
    for house in opened:
        house.engine.dispose()


@pytest.mark.usefixtures("closed_again")
def test_the_commands(empty_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSENT_INSTANCE", str(tmp_path / "instance"))
    monkeypatch.setenv("CONSENT_KEY_DIR", str(tmp_path / "keys"))
    monkeypatch.setenv("CONSENT_DATABASE_URL", empty_database_url)
    house = wiring.make_house(wiring.settings_from())
    with house.writing(COMMAND) as deed:
        deed.enter("test.words", {}, "words that are kept")
    house.engine.dispose()
    run = CliRunner().invoke
    assert run(commands.back_up, [str(tmp_path / "instance" / "b")]).exit_code == 2
    assert run(commands.back_up, [str(tmp_path / "keys" / "b")]).exit_code == 2
    made = run(commands.back_up, [str(tmp_path / "backups"), "--json"])
    assert made.exit_code == 0
    assert run(commands.restore, [str(tmp_path / "backups")]).exit_code == 1

    monkeypatch.setenv("CONSENT_INSTANCE", str(tmp_path / "fresh"))
    monkeypatch.setenv("CONSENT_DATABASE_URL", f"sqlite:///{tmp_path / 'fresh.sqlite'}")
    done = run(commands.restore, [str(tmp_path / "backups"), "--json"])
    assert (done.exit_code, json.loads(done.stdout)["rows"]) == (0, json.loads(made.stdout)["rows"])
    assert 0 <= json.loads(done.stdout)["age_seconds"] < 600
