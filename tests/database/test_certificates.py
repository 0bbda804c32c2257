"""The hospital's own sealing certificate, a new one, a revoked one, one that ends, and a key in a hardware module."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from consent.acts import certificate_care, custody, doors, handing_over, proving, restoring, signing, upkeep
from consent.acts.actor import COMMAND
from consent.acts.audit import audit
from consent.acts.filing import take_out
from consent.acts.house import House
from consent.acts.signing import Submission
from consent.documents.certificates import CannotSeal, Sealing
from consent.documents.revoked import RevocationList
from consent.documents.sealing import Sealer
from consent.records import consents
from consent.records.tables.owed import notice
from consent.rules.access import Role
from consent.rules.refusal import NotFound, Refused
from consent.vault.keys import KeyFolder
from tests.database.out_there import rows
from tests.factory import START, Clock, Factory, authority
from tests.hospital_ca import Ca, key_pem, make_ca, pem_of, rsa_key
from tests.staffroom import browser, make_app, send, signed_in

# The library of the hardware module grumbles when a search that could not begin is cleared away.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

# What does not depend on the kind of database is tried on one.
on_one = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture(scope="module")
def ca() -> Ca:
    return make_ca(begins=START - timedelta(days=400))


def own(ca: Ca, **made: object) -> Sealing:
    leaf = ca.seal_certificate(rsa_key().public_key(), **{"begins": START - timedelta(days=1), **made})  # type: ignore[arg-type]
    return Sealing.from_pem(key_pem(rsa_key()), pem_of(leaf, *ca.chain))


def begun(factory: Factory) -> Callable[[], object]:
    """A signing of which only the end is left."""
    consent_id = factory.draft()
    session_id = factory.handed_over(consent_id)
    sent = Submission(consent_id, factory.answer(session_id), typed="Maria Lopez")
    return lambda: signing.sign(factory.house, session_id, sent)


def sealed(house: House, factory: Factory) -> tuple[str, bytes]:
    factory.house = house
    consent_id = factory.signed_consent()
    with house.reading() as connection:
        return consent_id, take_out(house, connection, consent_id)


@on_one
def test_a_change_of_certificate_breaks_no_old_seal(
    house: House, factory: Factory, ca: Ca, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, before = sealed(house, factory)
    house = replace(house, sealer=Sealer(own(ca)))
    _, after = sealed(house, factory)
    assert proving.check_document(house, before).genuine
    assert proving.check_document(house, after).genuine
    # An audit looks at thousands: what is kept here is not sent through a process of its own each.
    monkeypatch.setattr(proving, "check_limited", None)
    assert restoring.check_seals(house) == (2, ())
    known = certificate_care.known(house, COMMAND)
    assert [each.current for each in known] == [True, False]
    assert known[0].name == "Mercy Valley seal"


@on_one
def test_whoever_signs_when_the_seal_dies_is_told_that_all_is_kept_and_signs_under_the_next(
    house: House, factory: Factory, ca: Ca
) -> None:
    made = factory.draft()
    token = handing_over.hand_over(house, factory.clinician(), "no-browser", made)
    seen = factory.answer(doors.find(house, "signing", token) or "")

    def press(at: House) -> Any:
        tablet = browser(make_app(at))
        with tablet.session_transaction() as session:
            session["signing"] = token
        return send(tablet, "/sign/sign?way=type", seen=seen, claim="c", go="sign", typed="Maria Lopez")

    certificate_care.revoke(house, COMMAND, house.sealer.fingerprint, house.clock())
    told = press(house)
    assert told.status_code == 409  # not a fault, which the page would try again and again
    assert "What you chose is kept, and nothing was signed." in told.text
    assert "Unlock this tablet" in told.text
    assert press(replace(house, sealer=Sealer(own(ca)))).location == "/sign/done"


def test_nothing_is_sealed_from_the_revocation_on_and_earlier_seals_stay_genuine(
    house: House, factory: Factory, clock: Clock
) -> None:
    first, before = sealed(house, factory)
    clock.pass_(days=1)
    since = clock.now
    clock.pass_(hours=1)
    _, after = sealed(house, factory)
    fingerprint = house.sealer.fingerprint
    with pytest.raises(Refused, match="since-ahead"):
        certificate_care.revoke(house, COMMAND, fingerprint, clock.now + timedelta(hours=1))
    with pytest.raises(NotFound):
        certificate_care.revoke(house, COMMAND, "0" * 64, since)
    finish, draft = begun(factory), factory.draft()
    certificate_care.revoke(house, COMMAND, fingerprint, since)
    with pytest.raises(CannotSeal, match="revoked"):
        finish()
    with pytest.raises(Refused, match="cannot-seal"):
        factory.handed_over(draft)
    assert proving.check_document(house, before).genuine
    assert proving.check_document(house, after).reason == "wrong-time"
    assert proving.check_sum(house, sha256(before).hexdigest()).genuine
    assert proving.check_sum(house, sha256(after).hexdigest()).reason == "wrong-time"
    for later in (since, since + timedelta(minutes=1)):
        with pytest.raises(Refused, match="revoked-earlier"):
            certificate_care.revoke(house, COMMAND, fingerprint, later)
    assert "certificate-revoked" in {each.kind for each in audit(house, COMMAND).findings}
    # The key was stolen earlier than it was thought at first.
    with house.reading() as connection:
        signed_at = consents.find(connection, first).signed_at
    certificate_care.revoke(house, COMMAND, fingerprint, signed_at)
    assert proving.check_document(house, before).reason == "wrong-time"
    assert custody.verify(house).sound


@on_one
def test_what_the_issuer_lists_is_refused_and_put_on_record(
    house: House, factory: Factory, ca: Ca, clock: Clock, tmp_path: Path
) -> None:
    file, sealing = tmp_path / "revoked.pem", own(ca)
    file.write_bytes(ca.revoked(since=START, now=START))
    house = replace(house, sealer=Sealer(sealing, RevocationList(file)))
    _, before = sealed(house, factory)
    assert certificate_care.watch(house, COMMAND) == 0
    assert certificate_care.troubles(house) == ()
    clock.pass_(hours=2)
    since = clock.now.replace(microsecond=0) - timedelta(hours=1)
    finish = begun(factory)
    file.write_bytes(ca.revoked(sealing.certificate.x509, since=since, now=clock.now))
    with pytest.raises(CannotSeal, match="revoked"):
        finish()
    assert upkeep.nightly(house).certificates == 1
    assert certificate_care.watch(house, COMMAND) == 0
    assert certificate_care.known(house, COMMAND)[0].revoked_since == since
    assert proving.check_document(house, before).genuine
    # Without the list it stays revoked.
    factory.house = replace(house, sealer=Sealer(sealing))
    with pytest.raises(CannotSeal, match="revoked"):
        finish()
    clock.pass_(days=8)
    assert "crl-old" in certificate_care.troubles(house)


@on_one
def test_an_expired_or_later_certificate_seals_nothing(house: House, factory: Factory, ca: Ca) -> None:
    draft, finish = factory.draft(), begun(factory)
    for code, made in (
        ("expired", {"begins": START - timedelta(days=30), "lasts": timedelta(days=29)}),
        ("not-yet-valid", {"begins": START + timedelta(days=1)}),
    ):
        factory.house = replace(house, sealer=Sealer(own(ca, **made)))
        # Known before anybody begins, and refused to whoever is at it.
        with pytest.raises(Refused, match="cannot-seal"):
            factory.handed_over(draft)
        with pytest.raises(CannotSeal, match=code):
            finish()


@on_one
def test_administrators_are_warned_90_30_and_7_days_before_once_each(
    house: House, factory: Factory, ca: Ca, clock: Clock
) -> None:
    administrator = factory.staff(Role.ADMINISTRATOR)
    sealing = own(ca, lasts=timedelta(days=200))
    house = replace(house, sealer=Sealer(sealing))
    ends = sealing.certificate.valid_until
    assert certificate_care.watch(house, COMMAND) == 0
    for days, new in ((91, 0), (90, 1), (60, 0), (30, 1), (29, 0), (7, 1), (3, 0)):
        clock.now = ends - timedelta(days=days)
        assert certificate_care.watch(house, COMMAND) == new, days
        assert certificate_care.watch(house, COMMAND) == 0
    told = rows(house, notice, kind="certificate-ending")
    assert [row.to_staff for row in told] == [administrator.id] * 3
    assert ("certificate-ends", f"Mercy Valley seal, {ends.date().isoformat()}") in {
        (each.kind, each.where) for each in audit(house, COMMAND).findings
    }
    on_the_day = (ends, -1), (ends - timedelta(seconds=1), 0)
    assert all(certificate_care.near_end(house, now)[0].days == left for now, left in on_the_day)
    # The root ends too: with our own root the two are warned of apart.
    clock.now = root_ends() - timedelta(days=20)
    rooted = replace(house, sealer=Sealer(Sealing.from_pem(*own_parts())))
    assert certificate_care.watch(rooted, COMMAND) == 1
    assert [each.seals for each in certificate_care.near_end(rooted, clock.now)] == [True, False]


def own_parts() -> tuple[bytes, bytes, bytes]:
    made = authority()
    return made.sealing_key, made.sealing_certificate, made.root_certificate


def root_ends() -> datetime:
    return Sealing.from_pem(*own_parts()).certificate.chain[0].not_valid_after_utc


@on_one
def test_the_page_shows_what_seals_and_what_ends(house: House, factory: Factory, ca: Ca, clock: Clock) -> None:
    administrator = factory.staff(Role.ADMINISTRATOR)
    house = replace(house, sealer=Sealer(own(ca, lasts=timedelta(days=60))))
    client = signed_in(make_app(house), house, administrator)
    page = client.get("/keys").text
    assert "Mercy Valley seal" in page
    assert house.sealer.fingerprint in page
    assert "ends in 59 days" in page
    assert "&lt;" not in page
    assert "A certificate of the seal is to be renewed, or nobody can sign" in client.get("/").text
    certificate_care.revoke(house, COMMAND, house.sealer.fingerprint, clock.now)
    assert "Nobody can sign" in client.get("/keys").text


@on_one
def test_only_administrators_look_after_certificates(house: House, factory: Factory) -> None:
    for role in (Role.PRIVACY_OFFICER, Role.AUDITOR, Role.CLINICIAN):
        for act in (
            lambda actor: certificate_care.known(house, actor),
            lambda actor: certificate_care.revoke(house, actor, house.sealer.fingerprint, START),
            lambda actor: certificate_care.renew(house, actor, KeyFolder(Path("nowhere")), None),
            lambda actor: certificate_care.import_certificate(house, actor, KeyFolder(Path("nowhere")), b""),
        ):
            with pytest.raises(Refused, match="role"):
                act(factory.staff(role))


@on_one
def test_a_demonstration_takes_in_no_certificate(house: House, ca: Ca, tmp_path: Path) -> None:
    key = rsa_key()
    leaf = ca.seal_certificate(key.public_key(), begins=START - timedelta(days=1))
    demo = replace(house, terms=replace(house.terms, demo=True))
    with pytest.raises(certificate_care.BadSealing, match="real installation"):
        certificate_care.import_certificate(
            demo, COMMAND, KeyFolder(tmp_path / "own"), key_pem(key) + pem_of(leaf, *ca.chain)
        )
    assert not (tmp_path / "own").exists()
