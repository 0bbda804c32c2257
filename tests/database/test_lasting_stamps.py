"""The issuers' word under a stamp (PAdES B-LT, B-LTA): asked by the worker, kept with the form, owed where it lacks."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.dss import DocumentSecurityStore

from consent.acts import audit, certificate_care, custody, filing, lasting, proving, signing, upkeep
from consent.acts.actor import COMMAND
from consent.acts.house import House
from consent.acts.kept_certificates import keep
from consent.acts.lasting import Found, Issuers
from consent.acts.signing import Submission
from consent.acts.stamping import Stamped, stamp_due
from consent.documents.certificates import CannotSeal, Sealing
from consent.documents.sealing import Sealer
from consent.documents.stamping import CannotStamp, Stamper
from consent.documents.verifying import check_seal
from consent.records import stamps
from consent.records.tables.custody import custody as entries
from consent.records.tables.owed import task
from consent.rules.access import Role
from tests import authority as tsa
from tests import responder as answering
from tests.database.out_there import only, rows
from tests.factory import Clock, Factory, make_house
from tests.hospital_ca import Ca, key_pem, make_ca, pem_of, rsa_key
from tests.responder import Responder, revocation_list

DAY = timedelta(days=1)
NONE = Stamped()


@dataclass(frozen=True)
class Outside:
    """The hospital's authority, a certificate by it, the time-stamp authority, and what answers for both."""

    ca: Ca
    leaf: x509.Certificate
    authority: tsa.Authority
    responder: Responder

    def heal(self) -> None:
        """All in good health."""
        self.responder.heal()
        self.responder.lists.clear()
        self.responder.speak_for("root", self.ca.root, self.ca.root_key, self.ca.issuer)
        self.responder.speak_for("issuer", self.ca.issuer, self.ca.key, self.leaf)
        folder = self.authority.folder
        stamps_with = x509.load_pem_x509_certificate((folder / "tsa.pem").read_bytes())
        key: Any = serialization.load_pem_private_key((folder / "root.key").read_bytes(), None)
        self.responder.speak_for("time", self.authority.root.x509, key, stamps_with)
        self.authority.asked, self.authority.status = 0, 200


@pytest.fixture(scope="module")
def everybody(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outside]:
    now = tsa.machine_clock()
    with answering.running(tmp_path_factory.mktemp("ca")) as responder:
        ca = make_ca(begins=now - 365 * DAY, places=responder.places("root"))
        leaf = ca.seal_certificate(rsa_key().public_key(), begins=now - DAY, places=responder.places("issuer"))
        made = tsa.make(tmp_path_factory.mktemp("tsa"), places=responder.places("time"))
        with tsa.running(made) as authority:
            yield Outside(ca, leaf, authority, responder)


@pytest.fixture
def outside(everybody: Outside) -> Outside:
    everybody.heal()
    return everybody


@pytest.fixture
def house(
    outside: Outside, sqlite_url: str, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[House]:
    """On SQLite: what differs between the databases are a few questions, which the audit below asks on both."""
    clock.now = tsa.machine_clock()
    made = make_house(sqlite_url, tmp_path, clock)
    sealing = Sealing.from_pem(key_pem(rsa_key()), pem_of(outside.leaf, *outside.ca.chain))
    monkeypatch.setattr(
        proving,
        "check_limited",
        lambda pdf, ours, *, demo_allowed, versions, **_: check_seal(pdf, ours, demo_allowed, versions),
    )
    yield replace(made, sealer=Sealer(sealing), stamper=outside.authority.stamper())
    made.engine.dispose()


@pytest.fixture
def factory(house: House, clock: Clock) -> Factory:
    return Factory(house, clock)


def files(house: House, consent_id: str) -> list[bytes]:
    with house.reading() as connection:
        return [filing.read(house, connection, row) for row in stamps.versions(connection, consent_id)]


def held(pdf: bytes) -> tuple[int, int, int]:
    """How many certificates, answers and lists lie in a file."""
    reader = PdfFileReader(io.BytesIO(pdf))
    if "/DSS" not in reader.root:
        return (0, 0, 0)
    store = DocumentSecurityStore.read_dss(reader)
    return (len(list(store.load_certs())), len(store.ocsps), len(store.crls))


def said(house: House) -> list[tuple[str, str | None]]:
    """Level and what lacks, of each stamp as custody has it."""
    found = sorted(rows(house, entries, act="document.stamp"), key=lambda row: row.number)
    about = [json.loads(bytes(row.entry))["about"] for row in found]
    return [(each["level"], each.get("without")) for each in about]


def test_the_word_of_every_issuer_lies_under_the_stamp_and_no_patient_waited_for_it(
    house: House, factory: Factory, outside: Outside, clock: Clock
) -> None:
    made = factory.signed_consent()
    assert outside.responder.asked == [], "no patient waits for a network"
    assert stamp_due(house) == Stamped(done=1)
    assert outside.responder.asked == ["/ocsp/root", "/ocsp/issuer", "/ocsp/time"]
    assert said(house) == [("B-LTA", None)]
    sealed, newest = files(house, made)
    assert held(newest) == (5, 3, 0)
    assert proving.check_document(house, newest).genuine
    assert proving.check_document(house, sealed).genuine
    assert custody.verify(house).sound
    # Before the stamp's end it gets another one. The sealing certificate has ended by then: nobody is asked about it,
    # and what was said in its time stays.
    outside.heal()
    clock.pass_(days=1010)
    outside.responder.instead["/ocsp/time"] = b""
    outside.responder.lists["time"] = revocation_list(outside.authority.root.x509, _time_key(outside), clock.now)
    assert stamp_due(house) == Stamped(done=1)
    assert outside.responder.asked == ["/ocsp/time", "/crl/time"]
    assert said(house)[-1] == ("as-before", None)
    _, once, twice = files(house, made)
    assert twice.startswith(once)
    assert held(twice) == (5, 3, 1)
    assert proving.check_document(house, twice).genuine


def test_without_the_word_the_stamp_is_made_and_says_so_and_the_word_is_owed(
    house: House, factory: Factory, outside: Outside, clock: Clock
) -> None:
    outside.responder.instead |= {"/ocsp/issuer": b"broken"}
    made = factory.signed_consent()
    assert stamp_due(house) == Stamped(done=1)
    assert said(house) == [("B-T", "refused")]
    assert proving.check_document(house, files(house, made)[-1]).genuine
    asked = len(outside.responder.asked)
    # It rests; what is signed meanwhile is stamped and asks nobody.
    other = factory.signed_consent()
    clock.pass_(seconds=59)
    with house.scratch() as deed:
        stamps.end_turn(deed.connection, "authority")
    assert stamp_due(house) == Stamped(done=1)
    assert len(outside.responder.asked) == asked
    for _ in range(26):
        clock.pass_(hours=1)
        assert stamp_due(house) == NONE, "no stamp is wasted on what lacks the word still"
    assert only(house, task, kind="issuers-silent").queue == Role.ADMINISTRATOR.value
    assert len([each for each in audit.audit(house, COMMAND).findings if each.kind == "issuers-silent"]) == 2

    outside.heal()
    # What it says is of the machine's time, a day behind the house's by now.
    clock.pass_(days=1)
    now = clock.now
    outside.responder.instead |= dict.fromkeys(("/ocsp/root", "/ocsp/issuer", "/ocsp/time"), b"")
    outside.responder.lists |= {
        "root": revocation_list(outside.ca.root, outside.ca.root_key, now),
        "issuer": revocation_list(outside.ca.issuer, outside.ca.key, now),
        "time": revocation_list(outside.authority.root.x509, _time_key(outside), now),
    }
    assert stamp_due(house) == Stamped(done=2)
    assert [each for each, _ in said(house)[-2:]] == ["B-LTA"] * 2
    assert only(house, task, kind="issuers-silent").state == "done"
    assert "issuers-silent" not in {each.kind for each in audit.audit(house, COMMAND).findings}
    for each in (made, other):
        assert all(proving.check_document(house, version).genuine for version in files(house, each))
        assert held(files(house, each)[-1])[2] == 3
    clock.pass_(minutes=2)
    assert stamp_due(house) == NONE
    assert custody.verify(house).sound


def _time_key(outside: Outside) -> Any:
    return serialization.load_pem_private_key((outside.authority.folder / "root.key").read_bytes(), None)


def test_a_certificate_that_its_issuer_calls_revoked_is_put_on_record_and_seals_no_more(
    house: House, factory: Factory, outside: Outside, clock: Clock
) -> None:
    made = factory.signed_consent()
    clock.pass_(minutes=2)
    since = clock.now - timedelta(minutes=1)
    outside.responder.speak_for("issuer", outside.ca.issuer, outside.ca.key, revoked={outside.leaf: since})
    consent_id = factory.draft()
    session_id = factory.handed_over(consent_id)
    sent = Submission(consent_id, factory.answer(session_id), typed="Maria Lopez")
    assert stamp_due(house) == Stamped(done=1)
    assert said(house) == [("B-T", "revoked")]
    assert certificate_care.known(house, COMMAND)[0].revoked_since == since
    with pytest.raises(CannotSeal, match="revoked"):
        signing.sign(house, session_id, sent)
    # What it sealed before stays genuine; nobody is asked again.
    sealed, newest = files(house, made)
    assert proving.check_document(house, newest).genuine
    assert proving.check_document(house, sealed).genuine
    asked = len(outside.responder.asked)
    clock.pass_(hours=2)
    assert stamp_due(house) == NONE
    assert len(outside.responder.asked) == asked
    assert custody.verify(house).sound


def looked(house: House, *earlier: bytes) -> Found:
    """What would go under a stamp now."""
    assert house.stamper is not None
    return Issuers(house, COMMAND, house.stamper).about(house.sealer.fingerprint, earlier)


def on_record(house: House) -> None:
    with house.writing(COMMAND) as deed:
        keep(deed, house.sealer.certificate)
        deed.enter("keys.import-certificate", {"certificate": house.sealer.fingerprint})


def test_what_goes_under_a_stamp_and_what_is_said_where_something_lacks(
    house: House, outside: Outside, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert looked(house) == Found(), "it never sealed anything"
    on_record(house)
    assert (looked(house).level, looked(house).lacking) == ("B-LTA", None)
    with monkeypatch.context() as small:
        small.setattr(lasting, "LARGEST_LISTS", 10)
        assert looked(house) == Found(lacking="too-large")
    outside.responder.instead |= {"/ocsp/time": b"broken"}
    found = looked(house)
    assert (found.level, found.lacking, found.may_come) == ("B-LT", "refused", True)
    assert found.material is not None
    assert len(found.material.answers) == 2
    outside.heal()

    # An authority that its issuer calls revoked stamps nothing.
    stamps_with = x509.load_pem_x509_certificate((outside.authority.folder / "tsa.pem").read_bytes())
    since = tsa.machine_clock() - DAY
    root = outside.authority.root.x509
    outside.responder.speak_for("time", root, _time_key(outside), revoked={stamps_with: since})
    with pytest.raises(CannotStamp, match="authority-revoked"):
        looked(house)

    # Nobody is asked where the settings say so, or once the certificate has ended.
    outside.heal()
    assert looked(replace(house, terms=replace(house.terms, ask_issuers=False))) == Found(lacking="not-asked")
    clock.pass_(days=400)
    quiet = replace(house, terms=replace(house.terms, ask_issuers=False))
    assert looked(quiet) == Found(level="as-before", lacking="not-asked")
    assert outside.responder.asked == []


def test_the_word_about_whoever_stamped_before_goes_under_the_next_stamp(
    house: House, outside: Outside, clock: Clock, tmp_path: Path
) -> None:
    """Else a change of authority would leave the older stamp without it."""
    on_record(house)
    before = tsa.make(tmp_path / "before", lasts=30 * DAY, places=outside.responder.places("before"))
    stamped_with = x509.load_pem_x509_certificate((before.folder / "tsa.pem").read_bytes())
    key: Any = serialization.load_pem_private_key((before.folder / "root.key").read_bytes(), None)
    outside.responder.speak_for("before", before.root.x509, key, stamped_with)
    chain = (stamped_with.public_bytes(serialization.Encoding.DER), *before.root.ders)
    found = looked(house, *chain)
    assert found.level == "B-LTA"
    assert found.material is not None
    assert (len(found.material.answers), set(chain) <= set(found.material.certificates)) == (4, True)
    outside.responder.instead["/ocsp/before"] = b"broken"
    found = looked(house, *chain)
    assert (found.level, found.lacking, found.may_come) == ("B-LT", "refused", True)
    assert house.stamper is not None
    assert looked(house, *house.stamper.chain()).level == "B-LTA", "the same authority is not asked about twice"


def test_every_hour_the_issuers_are_asked_whether_ours_is_revoked(house: House, outside: Outside, clock: Clock) -> None:
    """Also where no authority is named and nothing is stamped."""
    house = replace(house, stamper=None)
    assert upkeep.nightly(house).certificates == 0
    since = clock.now - timedelta(minutes=1)
    outside.responder.speak_for("issuer", outside.ca.issuer, outside.ca.key, revoked={outside.leaf: since})
    assert upkeep.nightly(house).certificates == 1
    assert certificate_care.known(house, COMMAND)[0].revoked_since == since
    assert upkeep.nightly(house).certificates == 0


def test_a_record_of_what_is_owed_reads_alike_on_both_databases(
    database_url: str, tmp_path: Path, clock: Clock
) -> None:
    made = make_house(database_url, tmp_path, clock)
    try:
        Factory(made, clock).signed_consent()
        with made.reading() as connection:
            (row,) = stamps.owing(connection, clock.now, clock.now)
            assert (row.ends_at, row.wordless_since) == (None, None)
        with made.scratch() as deed:
            stamps.keep_turn(
                deed.connection, stamps.WORDLESS + row.id, next_at=deed.now, tries=0, since=deed.now, error="refused"
            )
        with made.reading() as connection:
            assert stamps.owing(connection, clock.now, clock.now)[0].wordless_since == clock.now
            assert stamps.wordless(connection, clock.now + DAY) == [row.id]
            assert stamps.wordless(connection, clock.now) == []
    finally:
        made.engine.dispose()


def test_the_authority_is_known_by_the_trail_s_own_stamp(outside: Outside) -> None:
    """So that a process that has just begun asks for no stamp over nothing."""
    digest = bytes(32)
    token = outside.authority.stamper().stamp(digest)
    fresh: Stamper = outside.authority.stamper()
    asked = outside.authority.asked
    fresh.recognise(token, bytes([1]) * 32)
    fresh.recognise(token, digest)
    assert len(fresh.chain()) == 2
    assert outside.authority.asked == asked
