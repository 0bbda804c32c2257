"""Time-stamps on sealed files: owed from the signing on, had when the authority answers, renewed, and all on record."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.dss import DocumentSecurityStore

from consent.acts import audit, backup, custody, filing, lasting, proving, restoring, retention, stamping, upkeep
from consent.acts.actor import COMMAND
from consent.acts.house import House
from consent.acts.receipts import code_of
from consent.acts.stamping import Stamped, stamp_due
from consent.cli import proving as proving_commands
from consent.cli import upkeep as upkeep_commands
from consent.documents.certificates import Certificate, Sealing
from consent.documents.revoked import RevocationList
from consent.documents.sealing import Sealer
from consent.documents.stamped import add_stamp
from consent.documents.verifying import SealCheck, Versions, check_seal
from consent.records import consents, stamps
from consent.records.tables.consents import consent, document
from consent.records.tables.owed import task
from consent.records.tables.stamps import stamp, stamp_root
from consent.rules.access import Role
from consent.rules.identifiers import ConsentId
from consent.vault.blobs import CannotStore
from consent.vault.shelves import FolderShelf
from tests import authority as tsa
from tests.authority import Authority
from tests.database.out_there import only, rows
from tests.factory import START, Clock, Factory, make_house, short_printer
from tests.hospital_ca import key_pem, make_ca, pem_of, rsa_key

NONE = Stamped()


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    with tsa.running(tsa.make(tmp_path_factory.mktemp("tsa"))) as running:
        yield running


@pytest.fixture
def authority(here: Authority) -> Authority:
    """The authority in good health, asked nothing yet."""
    here.asked, here.status, here.answer = 0, 200, here.reply
    return here


@pytest.fixture
def house(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[House]:
    """On SQLite, but where a test asks for both databases: what differs between them are a few questions."""
    url = request.getfixturevalue("database_url" if "database_url" in request.fixturenames else "sqlite_url")
    made = make_house(url, tmp_path, clock)
    yield made
    made.engine.dispose()


@pytest.fixture(autouse=True)
def checked_here(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Check files in this process, which is quicker, but where a test is about the whole way."""
    if "whole_way" in request.fixturenames:
        return

    def check(
        pdf: bytes, ours: Iterable[Certificate], *, demo_allowed: bool, versions: Versions | None, **_: object
    ) -> SealCheck:
        return check_seal(pdf, ours, demo_allowed, versions)

    monkeypatch.setattr(proving, "check_limited", check)


@pytest.fixture
def whole_way() -> None:
    """Check files in a process of its own, as it is done for everybody."""


@pytest.fixture
def stamped_house(house: House, authority: Authority) -> House:
    return replace(house, stamper=authority.stamper())


@pytest.fixture
def stamping_factory(stamped_house: House, clock: Clock) -> Factory:
    return Factory(stamped_house, clock, short_printer())


def file_of(house: House, consent_id: str) -> bytes:
    with house.reading() as connection:
        return filing.take_out(house, connection, consent_id)


def versions_of(house: House, consent_id: str) -> list[bytes]:
    with house.reading() as connection:
        return [filing.read(house, connection, row) for row in stamps.versions(connection, consent_id)]


def answers(house: House, consent_id: str, pdf: bytes) -> set[tuple[object, ...]]:
    """What the page and the command say of one version: by file, by sum, by number and code."""
    number, code = only(house, consent, id=consent_id).number, code_of(house, ConsentId(consent_id))
    found = (
        proving.check_document(house, pdf),
        proving.check_sum(house, hashlib.sha256(pdf).hexdigest()),
        proving.check_printed(house, number, code, "192.0.2.7"),
    )
    return {(each.genuine, each.reason, each.sealed_at, each.standing) for each in found}


@pytest.mark.usefixtures("database_url")
def test_rule_25_a_signed_form_is_stamped_afterwards_and_every_version_stays_genuine(
    stamped_house: House, stamping_factory: Factory, authority: Authority, clock: Clock
) -> None:
    house = stamped_house
    made = stamping_factory.signed_consent()
    assert authority.asked == 0, "no patient waits for a network"
    sealed = file_of(house, made)

    assert stamp_due(house) == Stamped(done=1)
    newest = file_of(house, made)
    assert newest.startswith(sealed)
    assert len(newest) > len(sealed)
    assert versions_of(house, made) == [sealed, newest]
    assert answers(house, made, sealed) == answers(house, made, newest)
    assert len(answers(house, made, newest)) == 1
    proof = proving.check_document(house, newest)
    assert proof.genuine
    assert proof.stamped_at == only(house, stamp, consent_id=made).stamped_at
    assert proving.check_document(house, sealed).stamped_at is None
    # It holds a seal and a stamp, and neither is what is wrong with it.
    assert proving.check_document(house, newest + b"\n").reason == "not-whole-file"

    clock.pass_(minutes=2)
    assert stamp_due(house) == NONE
    assert authority.asked == 1
    assert custody.verify(house).sound
    assert [entry.act for entry in custody.page(house, stamping_factory.staff(Role.AUDITOR), act="document.stamp")] == [
        "document.stamp"
    ]


def test_without_an_authority_nothing_is_owed(house: House, factory: Factory, clock: Clock) -> None:
    made = factory.signed_consent()
    assert stamp_due(house) == NONE
    assert upkeep.nightly(house).stamped == 0
    assert len(versions_of(house, made)) == 1
    clock.pass_(days=2)
    assert "stamp-owed" not in {each.kind for each in audit.audit(house, COMMAND).findings}


def test_the_worker_and_the_nightly_run_and_the_command_stamp(
    stamped_house: House, stamping_factory: Factory, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = stamping_factory.signed_consent()
    upkeep.work_once(stamped_house)
    assert len(versions_of(stamped_house, first)) == 2
    clock.pass_(minutes=2)
    second = stamping_factory.signed_consent()
    assert upkeep.nightly(stamped_house).stamped == 1
    assert len(versions_of(stamped_house, second)) == 2
    clock.pass_(minutes=2)
    stamping_factory.signed_consent()
    monkeypatch.setattr(upkeep_commands, "open_house", lambda: stamped_house)
    said = CliRunner().invoke(upkeep_commands.send_notices, ["--json"])
    assert json.loads(said.output)["stamped"] == 1


def test_an_authority_that_does_not_answer_is_left_alone_and_somebody_is_told(
    stamped_house: House, stamping_factory: Factory, authority: Authority, clock: Clock
) -> None:
    """The signing goes on meanwhile, and what is owed is had when the authority is back."""
    house = stamped_house
    made = [stamping_factory.signed_consent(), stamping_factory.signed_consent()]
    authority.status = 503
    assert stamp_due(house) == Stamped(failed=1)
    assert authority.asked == 1, "the second file would only have waited for the same answer"
    assert stamp_due(house) == NONE
    assert authority.asked == 1
    asked = [authority.asked]
    for _ in range(26):
        clock.pass_(hours=1)
        stamp_due(house)
        asked.append(authority.asked)
    assert 5 <= asked[-1] <= 8, "each pause is longer than the one before it"
    stuck = only(house, task, kind="stamp-stuck")
    assert (stuck.queue, stuck.state) == (Role.ADMINISTRATOR.value, "open")
    owed = [each.where for each in audit.audit(house, COMMAND).findings if each.kind == "stamp-owed"]
    assert len(owed) == 2

    authority.status = 200
    clock.pass_(days=1, minutes=1)
    assert stamp_due(house) == Stamped(done=2)
    assert only(house, task, kind="stamp-stuck").state == "done"
    assert all(len(versions_of(house, each)) == 2 for each in made)
    with house.reading() as connection:
        assert not stamps.unstamped(connection, house.clock(), house.clock())
    assert custody.verify(house).sound
    # Trouble that comes again makes a task again.
    stamping_factory.signed_consent()
    authority.status = 503
    for _ in range(7):
        clock.pass_(hours=1)
        stamp_due(house)
    assert sorted(each.state for each in rows(house, task, kind="stamp-stuck")) == ["done", "open"]


def test_one_file_that_cannot_be_stamped_does_not_hold_up_the_others(
    stamped_house: House, stamping_factory: Factory, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = stamped_house
    broken, sound = stamping_factory.signed_consent(), stamping_factory.signed_consent()
    blob = only(house, document, consent_id=broken).blob
    kept = house.blobs.get(blob)
    house.blobs.delete(blob)
    assert stamp_due(house) == Stamped(done=1, failed=1)
    assert len(versions_of(house, sound)) == 2
    clock.pass_(seconds=61)
    house.blobs.put_back(blob, kept)
    assert stamp_due(house) == Stamped(done=1)
    assert len(versions_of(house, broken)) == 2

    clock.pass_(minutes=2)
    full = stamping_factory.signed_consent()
    with monkeypatch.context() as disk:
        disk.setattr(type(house.blobs), "put", _full)
        assert stamp_due(house) == Stamped(failed=1)
    clock.pass_(minutes=10)
    assert stamp_due(house) == Stamped(done=1)
    assert len(versions_of(house, full)) == 2


def _full(*_: object) -> str:
    raise CannotStore(full=True)


@pytest.mark.usefixtures("database_url")
def test_two_at_the_same_file_finish_it_once(
    stamped_house: House, stamping_factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The turn of one process has run out while it still waits: another takes over, and the first one gives way."""
    house = stamped_house
    made = stamping_factory.signed_consent()
    ran: list[Stamped] = []

    def overtaken(*asked: Any) -> bytes:
        monkeypatch.setattr(stamping, "add_stamp", add_stamp)
        with house.scratch() as deed:
            stamps.end_turn(deed.connection, stamping.AUTHORITY)
        ran.append(stamp_due(house))
        return add_stamp(*asked)

    monkeypatch.setattr(stamping, "add_stamp", overtaken)
    assert stamp_due(house) == NONE
    assert ran == [Stamped(done=1)]
    assert len(versions_of(house, made)) == 2
    with house.reading() as connection:
        known = {row.blob for row in stamps.versions(connection, made)}
    left = set(house.blobs.keys(tsa.machine_clock() + timedelta(days=1)))
    assert left == known, "the file of the one that gave way is gone"
    assert proving.check_document(house, file_of(house, made)).genuine


@pytest.mark.usefixtures("database_url")
def test_a_stamp_is_renewed_before_its_certificate_ends(
    house: House, clock: Clock, tmp_path: Path, authority: Authority
) -> None:
    clock.now = tsa.machine_clock()
    with tsa.running(tsa.make(tmp_path / "one", lasts=timedelta(days=300))) as old:
        first = replace(house, stamper=old.stamper())
        made = Factory(first, clock).signed_consent()
        assert stamp_due(first) == Stamped(done=1)
        clock.pass_(days=209)
        assert stamp_due(first) == NONE
        assert old.asked == 1
    # The hospital has gone over to another authority meanwhile: the old one's root is kept.
    second = replace(house, stamper=authority.stamper())
    clock.pass_(days=2)
    assert upkeep.nightly(second).stamped == 1
    sealed, once, twice = versions_of(second, made)
    assert twice.startswith(once)
    assert once.startswith(sealed)
    (said,) = answers(second, made, sealed)
    assert said[0] is True
    for version in (once, twice):
        assert answers(second, made, version) == {said}
    assert file_of(second, made) == twice
    assert {each.id for each in rows(house, stamp_root)} == {old.root.fingerprint, authority.root.fingerprint}
    clock.pass_(minutes=2)
    assert stamp_due(second) == NONE
    assert restoring.check_seals(second) == (3, ())


def test_rule_25_what_is_not_on_record_is_no_version(
    stamped_house: House, stamping_factory: Factory, authority: Authority
) -> None:
    """Not even with a stamp of the right authority: whoever has a copy can get one."""
    house = stamped_house
    made = stamping_factory.signed_consent()
    sealed = file_of(house, made)
    own = add_stamp(sealed, authority.stamper(), 1)
    assert stamp_due(house) == Stamped(done=1)
    newest = file_of(house, made)
    for forged in (own, newest + b"\n", add_stamp(newest, authority.stamper(), 2), newest[:-1], sealed + newest):
        assert not proving.check_document(house, forged).genuine
        assert not proving.check_sum(house, hashlib.sha256(forged).hexdigest()).genuine
    flipped = bytearray(newest)
    flipped[len(sealed) + 900] ^= 1
    assert not proving.check_document(house, bytes(flipped)).genuine


def test_a_record_that_names_a_foreign_version_does_not_make_it_genuine(
    stamped_house: House, stamping_factory: Factory, authority: Authority, tmp_path: Path
) -> None:
    """Whoever can write rows can name a hash; the file is still read, and only roots on record count."""
    house = stamped_house
    made = stamping_factory.signed_consent()
    sealed = file_of(house, made)
    assert stamp_due(house) == Stamped(done=1)
    with tsa.running(tsa.make(tmp_path / "foreign")) as foreign:
        forged = add_stamp(sealed, foreign.stamper(), 1)
    _name(house, made, forged)
    assert proving.check_document(house, forged).reason == "altered"
    # Another consent's sealed file does not stand in for this one's.
    other = stamping_factory.signed_consent()
    elsewhere = add_stamp(file_of(house, other), authority.stamper(), 1)
    _name(house, made, elsewhere)
    assert proving.check_document(house, elsewhere).reason == "altered"
    assert not custody.verify(house).sound


def _name(house: House, consent_id: str, pdf: bytes) -> None:
    """Write a row as if this were a version of the consent's file."""
    named = only(house, document, consent_id=consent_id, kind="consent")._asdict()
    digest = hashlib.sha256(pdf).hexdigest()
    with house.scratch() as deed:
        row = {**named, "id": digest, "blob": digest, "kind": "stamped", "sha256": digest, "size": len(pdf)}
        deed.connection.execute(sa.insert(document).values(**row))


@pytest.mark.usefixtures("whole_way")
def test_the_command_says_the_same_of_both(
    stamped_house: House, stamping_factory: Factory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = stamping_factory.signed_consent()
    stamp_due(stamped_house)
    monkeypatch.setattr(proving_commands, "open_house", lambda: stamped_house)
    said = []
    for number, pdf in enumerate(versions_of(stamped_house, made)):
        file = tmp_path / f"{number}.pdf"
        file.write_bytes(pdf)
        done = CliRunner().invoke(proving_commands.verify_pdf, [str(file), "--json"])
        assert done.exit_code == 0, done.output
        said.append(json.loads(done.output))
    stamped_at = [each.pop("stamped_at") for each in said]
    assert said[0] == said[1]
    assert stamped_at[0] is None
    assert stamped_at[1] is not None


def test_backup_and_restore_carry_every_version(
    stamped_house: House, stamping_factory: Factory, clock: Clock, tmp_path: Path, sqlite_url: str
) -> None:
    made = stamping_factory.signed_consent()
    stamp_due(stamped_house)
    shelf = FolderShelf(tmp_path / "backups")
    done = backup.back_up(stamped_house, COMMAND, shelf)
    assert done.blobs == 2
    folder = tmp_path / "another"
    folder.mkdir()
    (folder / "consent.sqlite").write_bytes(Path(sqlite_url.removeprefix("sqlite:///")).read_bytes())
    empty = make_house(f"sqlite:///{folder / 'consent.sqlite'}", folder, clock)
    try:
        restored = restoring.restore(empty, COMMAND, shelf)
        assert restored.problems == ()
        assert restored.seals == 2
        assert versions_of(empty, made) == versions_of(stamped_house, made)
        assert answers(empty, made, file_of(empty, made)) == answers(stamped_house, made, file_of(empty, made))
        # A version that rots is found by the same check that says done.
        row = only(empty, document, consent_id=made, kind="stamped")
        empty.blobs.delete(row.blob)
        assert restoring.check_seals(empty) == (2, (f"document/{row.id}: BlobMissing",))
    finally:
        empty.engine.dispose()


@pytest.mark.usefixtures("database_url")
def test_rule_27_destruction_takes_every_version_and_no_stamp_is_owed_then(
    stamped_house: House, stamping_factory: Factory, clock: Clock
) -> None:
    house = stamped_house
    made, kept = stamping_factory.signed_consent(), stamping_factory.signed_consent()
    stamp_due(house)
    blobs = [each.blob for each in rows(house, document, consent_id=made)]
    sealed, newest = versions_of(house, made)
    clock.pass_(days=9 * 366)
    officer, other = stamping_factory.staff(Role.PRIVACY_OFFICER), stamping_factory.staff(Role.ADMINISTRATOR)
    retention.destroy(house, other, retention.propose(house, officer, made))
    assert len(blobs) == 2
    assert not any(house.blobs.has(each) for each in blobs)
    assert custody.verify(house).problems == ()
    assert restoring.check_seals(house)[0] == 2
    # What was destroyed is not asked about again; what is left of the other one is renewed.
    assert stamp_due(house) == Stamped(done=1)
    assert len(versions_of(house, kept)) == 3
    assert len(rows(house, stamp, consent_id=made)) == 1
    # Whoever still has a copy can still prove it.
    assert proving.check_document(house, newest).genuine
    assert proving.check_document(house, sealed).genuine


def test_destroyed_while_the_authority_was_asked(
    stamped_house: House, stamping_factory: Factory, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = stamped_house
    made = stamping_factory.signed_consent()
    clock.pass_(days=9 * 366)
    officer, other = stamping_factory.staff(Role.PRIVACY_OFFICER), stamping_factory.staff(Role.ADMINISTRATOR)
    proposal = retention.propose(house, officer, made)

    def meanwhile(*asked: Any) -> bytes:
        retention.destroy(house, other, proposal)
        return add_stamp(*asked)

    monkeypatch.setattr(stamping, "add_stamp", meanwhile)
    assert stamp_due(house) == NONE
    assert rows(house, stamp) == []
    assert list(house.blobs.keys(clock.now + timedelta(days=1))) == []
    with house.reading() as connection:
        assert consents.find_document(connection, made) is not None


def test_upkeep_does_not_take_a_stamped_version_for_an_orphan(
    stamped_house: House, stamping_factory: Factory, clock: Clock
) -> None:
    made = stamping_factory.signed_consent()
    stamp_due(stamped_house)
    clock.now = tsa.machine_clock() + timedelta(days=3)
    assert upkeep.sweep_blobs(stamped_house, COMMAND) == 0
    assert len(versions_of(stamped_house, made)) == 2


def test_where_the_issuer_lists_what_it_revoked_the_list_goes_with_the_stamp(
    stamped_house: House, clock: Clock, tmp_path: Path
) -> None:
    """PAdES B-LT for the hospital's own chain; and the file is genuine as any other."""
    ca = make_ca(begins=START - timedelta(days=365))
    leaf = ca.seal_certificate(rsa_key().public_key(), begins=START - timedelta(days=1))
    listed = tmp_path / "revoked.pem"
    listed.write_bytes(ca.revoked(since=START, now=START))
    own = Sealer(Sealing.from_pem(key_pem(rsa_key()), pem_of(leaf, *ca.chain)), RevocationList(listed))
    house = replace(stamped_house, sealer=own)
    factory = Factory(house, clock)
    made = factory.signed_consent()
    assert stamp_due(house) == Stamped(done=1)
    newest = file_of(house, made)
    store = DocumentSecurityStore.read_dss(PdfFileReader(io.BytesIO(newest)))
    assert (len(list(store.load_certs())), len(store.crls)) == (3, 1)
    assert len(answers(house, made, newest)) == 1
    assert proving.check_document(house, newest).genuine
    # A list that would weigh more than the form stays out.
    clock.pass_(minutes=2)
    other = factory.signed_consent()
    with pytest.MonkeyPatch.context() as small:
        small.setattr(lasting, "LARGEST_LISTS", 10)
        assert stamp_due(house) == Stamped(done=1)
    assert "/DSS" not in PdfFileReader(io.BytesIO(file_of(house, other))).root
