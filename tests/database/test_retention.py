"""Kept for years, held for longer, destroyed by two people; the trail stays sound and says so."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from consent.acts import (
    audit,
    bundling,
    custody,
    dossier,
    filing,
    incidents,
    invitations,
    key_care,
    retention,
    revocation,
    task_list,
    upkeep,
)
from consent.acts.actor import COMMAND, Actor
from consent.acts.change_of_mind import Change, Scope, Way
from consent.acts.house import House
from consent.acts.opening import open_text
from consent.cli.audit import audit as audit_command
from consent.records import consents
from consent.records import retention as records
from consent.records.base import metadata
from consent.records.retention import APART, belongings
from consent.records.tables.consents import consent, patient
from consent.records.tables.custody import custody_text, data_key
from consent.records.tables.images import image_fingerprint
from consent.records.tables.owed import task
from consent.records.tables.posts import incident, post, takedown
from consent.records.tables.revocations import revocation_request
from consent.records.tables.staff import staff
from consent.rules.access import Role
from consent.rules.refusal import NotFound, Refused
from consent.vault.blobs import BlobMissing
from consent.wiring import trail_words
from tests.database.out_there import ALLOWED, Office, only
from tests.database.test_custody import tamper
from tests.factory import Clock, Factory
from tests.staffroom import make_app, send, signed_in

LONG = timedelta(days=9 * 366)


def _grown_old(house: House, factory: Factory, clock: Clock) -> str:
    consent_id = factory.signed_consent(allow=ALLOWED)
    clock.now += LONG
    return consent_id


def test_rule_27_two_people_destroy_what_is_due_and_the_trail_stays_sound(
    house: House, factory: Factory, clock: Clock
) -> None:
    consent_id = factory.signed_consent(allow=ALLOWED)
    image_id = factory.ready_picture(consent_id)
    kept = factory.signed_consent(allow=ALLOWED)
    custody.sign(house)
    officer, other = factory.staff(Role.PRIVACY_OFFICER), factory.staff(Role.ADMINISTRATOR)
    assert retention.overview(house, officer).due == ()
    with pytest.raises(Refused, match="not-due"):
        retention.propose(house, officer, consent_id)
    clock.now += LONG
    due = retention.overview(house, officer).due
    assert {each.consent_id for each in due} == {consent_id, kept}

    proposal = retention.propose(house, officer, consent_id)
    assert retention.propose(house, officer, consent_id) == proposal
    with pytest.raises(Refused, match="same-person"):
        retention.destroy(house, officer, proposal)
    with house.reading() as connection:
        goes = belongings(connection, consent_id)
        name = dossier.load(house, connection, consent_id).person.name
    assert {"consent", "signature", "document", "image", "image_fingerprint", "patient"} <= set(goes.rows)
    retention.destroy(house, other, proposal)

    with house.reading() as connection:
        left = set(connection.execute(sa.select(data_key.c.id)).scalars())
        assert not left & goes.keys
        with pytest.raises(NotFound):
            dossier.load(house, connection, consent_id)
        assert dossier.load(house, connection, kept).person.name
        assert not any(house.blobs.has(blob) for blob in goes.blobs)
        row = only(house, patient, id=goes.rows["patient"][0])
        assert (row.fingerprint_key, row.record_fingerprint, row.person_fingerprint) == (None, None, None)
        assert only(house, image_fingerprint, image_id=image_id).content is None
        document = consents.find_document(connection, consent_id)
        assert document is not None
        with pytest.raises((KeyError, BlobMissing)):
            filing.read(house, connection, document)
    assert name
    found = custody.verify(house)
    assert found.problems == ()
    assert {how.rule for how in found.erased.values()} == {"retention"}
    assert f"consent/{consent_id}" in found.erased
    assert {how.on for how in found.erased.values()} == {house.today.isoformat()}
    opened = key_care.check_everything(house)
    assert opened.sound
    assert opened.destroyed > 0
    with pytest.raises(NotFound):
        retention.destroy(house, other, proposal)


def test_rule_27_one_person_with_two_accounts_destroys_nothing(house: House, factory: Factory, clock: Clock) -> None:
    """An administrator makes himself a privacy officer too; only whoever is asked about it can say who that is."""
    consent_id = factory.signed_consent()
    officer, admin = factory.staff(Role.PRIVACY_OFFICER), factory.staff(Role.ADMINISTRATOR)
    clock.now += LONG
    roles = (Role.PRIVACY_OFFICER,)
    link = invitations.invite(house, admin, email="me.too@hospital.example", name="Me Too", roles=roles)
    invitations.accept(house, link.rsplit("/", 1)[1], email="", name="Me Too", password="a horse in the third corridor")
    account = only(house, staff, email="me.too@hospital.example")
    himself = Actor("staff", account.id, frozenset(roles), "", second_factor=True)
    proposal = retention.propose(house, himself, consent_id)
    with pytest.raises(Refused, match="person-not-known"):
        retention.destroy(house, admin, proposal)
    task_list.close(house, officer, only(house, task, kind=invitations.KNOW_PERSON).id, "I met her: it is Mrs. Too.")
    retention.destroy(house, admin, proposal)
    assert custody.verify(house).sound


def test_what_is_left_of_the_destroyed_stays_checked_and_destruction_excuses_nothing_else(
    house: House, factory: Factory, clock: Clock
) -> None:
    gone, kept = factory.signed_consent(), factory.signed_consent()
    officer, other = factory.staff(Role.PRIVACY_OFFICER), factory.staff(Role.ADMINISTRATOR)
    retention.hold(house, officer, kept, "a case before the court")
    held = custody.page(house, officer, act="consent.hold")[0].number
    clock.now += LONG
    retention.destroy(house, other, retention.propose(house, officer, gone))
    assert custody.verify(house).sound
    lost = only(house, consent, id=gone)
    spared = only(house, consent, id=kept)
    words = f"UPDATE custody_text SET key_id = '{lost.key_id}' WHERE number = {held}"
    back = f"UPDATE custody_text SET key_id = '{only(house, custody_text, number=held).key_id}' WHERE number = {held}"
    for statement, undo, where in (
        # The skeleton is changed; a living record, or words, are passed off as destroyed.
        (f"UPDATE consent SET unit = 'x' WHERE id = '{gone}'", f"UPDATE consent SET unit = '{lost.unit}'", gone),
        (
            f"UPDATE consent SET status = 'void', key_id = '{lost.key_id}' WHERE id = '{kept}'",
            f"UPDATE consent SET status = 'signed', key_id = '{spared.key_id}' WHERE id = '{kept}'",
            kept,
        ),
        (words, back, str(held)),
    ):
        tamper(house, statement)
        assert [problem.where.removeprefix("consent/") for problem in custody.verify(house).problems] == [where]
        tamper(house, undo)
    assert custody.verify(house).sound


def test_a_row_whose_key_vanished_without_an_entry_is_a_problem(house: House, factory: Factory) -> None:
    consent_id = factory.signed_consent()
    with house.engine.begin() as connection:
        row = consents.find(connection, consent_id)
        assert row is not None
        connection.execute(sa.delete(data_key).where(data_key.c.id == row.key_id))
    assert f"consent/{consent_id}" in {problem.where for problem in custody.verify(house).problems}


def test_what_another_consent_needs_stays(house: House, factory: Factory, clock: Clock) -> None:
    first = factory.signed_consent(allow=ALLOWED)
    image_id = factory.ready_picture(first)
    second = factory.signed_consent(allow=ALLOWED)
    clock.now += LONG
    with house.reading() as connection:
        goes = belongings(connection, first)
        assert goes.ids(metadata.tables["image"]) == [image_id]
        assert not belongings(connection, second).ids(metadata.tables["image"])


def test_rule_27_what_a_held_consent_shares_with_a_destroyed_one_stays(
    house: House, factory: Factory, clock: Clock
) -> None:
    """One letter stopped both forms, one reason stands beside both: the one under a hold still needs them."""
    officer, other, nurse = factory.staff(Role.PRIVACY_OFFICER), factory.staff(Role.ADMINISTRATOR), factory.clinician()
    gone = factory.signed_consent()
    image_id = factory.ready_picture(gone)
    kept = factory.signed_consent(patient_id=factory.patient_of(gone))
    letter = Change(gone, Scope.EVERYTHING, Way.LETTER, words="Stop both.", known_how="his letter")
    revocation.revoke(house, nurse, letter)
    words = {}
    for name, about in (("both", [gone, kept]), ("own", [gone])):
        with house.writing(nurse) as deed:
            deed.enter("image.unlink", {"consent": about, "image": image_id}, f"the wrong hand, {name}")
        words[name] = custody.page(house, officer)[0].number
    retention.hold(house, officer, kept, "a case before the court")
    clock.now += LONG
    retention.destroy(house, other, retention.propose(house, officer, gone))

    request = only(house, revocation_request, consent_id=gone)
    with house.reading() as connection:
        said = open_text(house, connection, "revocation_request", request.id, "words", request.words)
    assert said == "Stop both."
    assert custody.read_words(house, officer, words["both"]) == "the wrong hand, both"
    with pytest.raises(NotFound):
        custody.read_words(house, officer, words["own"])
    # A court's expert gets what there is; and all of it goes with the last one.
    assert bundling.bundle(house, officer, kept, "the court", trail_words()).entries > 0
    retention.lift_hold(house, officer, kept, "the case is over")
    retention.destroy(house, other, retention.propose(house, officer, kept))
    with pytest.raises(NotFound):
        custody.read_words(house, officer, words["both"])
    with house.reading() as connection, pytest.raises(KeyError):
        open_text(house, connection, "revocation_request", request.id, "words", request.words)
    assert custody.verify(house).sound


def test_every_table_with_a_key_goes_with_a_consent_or_is_named_as_apart(house: House, factory: Factory) -> None:
    keyed = {table.name for table in metadata.sorted_tables if "key_id" in table.c}
    covered = {
        "consent",
        "signature",
        "document",
        "signing_session",
        "image_link",
        "revocation_request",
        "showing",
        "spoken",
        "paper_scan",
        "paper_page",
        "notice",
        "post",
        "takedown",
        "incident",
        "image",
        "image_fingerprint",
        "patient",
    }
    assert keyed - APART == covered


def test_a_legal_hold_and_a_post_that_is_out_keep_it(house: House, factory: Factory, clock: Clock) -> None:
    office = Office(house, factory)
    consent_id = factory.signed_consent(allow=ALLOWED)
    office.live(factory.ready_picture(consent_id))
    other = factory.signed_consent(allow=ALLOWED)
    clock.now += LONG
    with pytest.raises(Refused, match="posts-out"):
        retention.propose(house, office.officer, consent_id)
    retention.hold(house, office.officer, other, "A court asks for it.")
    with pytest.raises(Refused, match="held-already"):
        retention.hold(house, office.officer, other, "Again.")
    with pytest.raises(Refused, match="legal-hold"):
        retention.propose(house, office.officer, other)
    assert [each.consent_id for each in retention.overview(house, office.officer).holds] == [other]
    retention.lift_hold(house, office.officer, other, "The case is over.")
    proposal = retention.propose(house, office.officer, other)
    retention.drop(house, office.officer, proposal)
    assert other in {each.consent_id for each in retention.overview(house, office.officer).due}
    with pytest.raises(Refused, match="role"):
        retention.propose(house, factory.clinician(), other)


def test_a_hold_set_after_the_proposal_keeps_it_too(house: House, factory: Factory, clock: Clock) -> None:
    officer, other = factory.staff(Role.PRIVACY_OFFICER), factory.staff(Role.ADMINISTRATOR)
    consent_id = _grown_old(house, factory, clock)
    proposal = retention.propose(house, officer, consent_id)
    retention.hold(house, officer, consent_id, "A court asks for it.")
    with pytest.raises(Refused, match="legal-hold"):
        retention.destroy(house, other, proposal)


def test_what_a_crash_left_of_the_blobs_is_deleted_by_upkeep(
    house: House, factory: Factory, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer, other = factory.staff(Role.PRIVACY_OFFICER), factory.staff(Role.ADMINISTRATOR)
    consent_id = _grown_old(house, factory, clock)
    proposal = retention.propose(house, officer, consent_id)
    delete = type(house.blobs).delete

    def crash(_self: object, _key: str) -> None:
        raise OSError("crashed")

    monkeypatch.setattr(type(house.blobs), "delete", crash)
    with pytest.raises(OSError, match="crashed"):
        retention.destroy(house, other, proposal)
    monkeypatch.setattr(type(house.blobs), "delete", delete)
    assert upkeep.nightly(house).destructions_finished == 1
    assert upkeep.nightly(house).destructions_finished == 0
    assert custody.verify(house).sound


def test_the_pages(house: House, factory: Factory, clock: Clock) -> None:
    consent_id = _grown_old(house, factory, clock)
    officer = signed_in(make_app(house), house, factory.staff(Role.PRIVACY_OFFICER))
    assert "propose to destroy it" in officer.get("/retention").text
    assert f"/consents/{consent_id}/hold" in officer.get(f"/consents/{consent_id}").text
    assert send(officer, f"/consents/{consent_id}/hold").status_code == 422
    assert send(officer, f"/consents/{consent_id}/hold", words="A court").status_code == 303
    kept = officer.get(f"/retention/{consent_id}/propose")
    assert kept.status_code == 422
    assert "cannot be destroyed now" in kept.text
    assert "legal hold" in kept.text
    assert "<form" not in kept.text.partition("<main")[2]
    assert send(officer, f"/consents/{consent_id}/hold", words="Over").status_code == 303
    assert send(officer, f"/retention/{consent_id}/propose").status_code == 303
    with house.reading() as connection:
        row = records.proposal_of(connection, consent_id)
    assert row is not None
    path = f"/retention/proposals/{row.id}"
    assert "Another person has to confirm it" in officer.get(path).text
    assert send(officer, path, sure="yes").status_code == 422
    other = signed_in(make_app(house), house, factory.staff(Role.ADMINISTRATOR))
    assert send(other, path).status_code == 422
    assert send(other, path, sure="yes").status_code == 303
    assert other.get(path).status_code == 404
    assert officer.get(f"/consents/{consent_id}").status_code == 404
    assert "Destroyed a consent for good" in officer.get(f"/consents/{consent_id}/timeline").text
    shown = send(officer, "/custody/check", page="/custody").text
    assert "The trail is sound" in shown
    assert "records were destroyed" in shown
    for page in ("/consents", "/pictures", "/tasks", "/custody", "/"):
        assert officer.get(page).status_code in (200, 303), page


def test_rule_48_an_audit_counts_the_posts_that_were_found(house: House, factory: Factory, clock: Clock) -> None:
    office = Office(house, factory)
    consent_id = factory.signed_consent(allow=ALLOWED)
    clock.pass_(minutes=10)
    allowed, unlinked = factory.ready_picture(consent_id), factory.reviewed_picture()

    def found(*images: str) -> str:
        seen = incidents.Found("instagram", "public-education", None, "https://social.example/p/1", "Seen.", images)
        number = incidents.report(house, office.poster, seen)
        return str(only(house, incident, id=number).post_id)

    found(allowed)
    without = {found(unlinked), found(factory.picture()), found()}
    clock.pass_(minutes=1)
    revocation.revoke(house, factory.clinician(), Change(consent_id, Scope.FORM, Way.IN_PERSON, known_how="seen"))
    clock.pass_(minutes=1)
    without.add(found(allowed))
    told = audit.audit(house, office.officer)
    assert told.posts == 5
    assert {each.where for each in told.findings if each.kind == "post-without-consent"} == without


def test_rule_48_an_audit_finds_what_should_worry(
    house: House, factory: Factory, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = Office(house, factory)
    consent_id = factory.signed_consent(allow=ALLOWED)
    clock.pass_(minutes=10)
    post_id = office.live(factory.ready_picture(consent_id))

    def kinds() -> set[tuple[str, str]]:
        return {(each.kind, each.where) for each in audit.audit(house, office.officer).findings}

    first = kinds()
    assert {kind for kind, _ in first} == {"keys-not-kept-apart", "backup-old"}
    revocation.revoke(house, factory.clinician(), Change(consent_id, Scope.FORM, Way.IN_PERSON, known_how="seen"))
    assert kinds() == first
    clock.now += timedelta(days=5)
    overdue = only(house, takedown, post_id=post_id)
    assert kinds() - first == {("takedown-overdue", overdue.id)}
    with house.writing(COMMAND) as deed:
        deed.ledger.update(post, post_id, posted_at=clock.now)
        deed.enter("test.late", {"post": post_id})
    assert ("post-without-consent", post_id) in kinds()
    with house.reading() as connection:
        document = consents.find_document(connection, consent_id)
    assert document is not None
    house.blobs.delete(document.blob)
    found = kinds()
    assert ("cannot-be-opened", f"document/{document.id}/blob") in found
    assert any(kind == "seal-broken" for kind, _ in found)
    clock.now += timedelta(days=4.9 * 365)
    assert "certificate-ends" in {kind for kind, _ in kinds()}
    monkeypatch.setattr("consent.cli.audit.open_house", lambda: house)
    said = CliRunner().invoke(audit_command, ["--json"])
    assert said.exit_code == 1
    assert {each["kind"] for each in json.loads(said.stdout)["findings"]} >= {"takedown-overdue", "seal-broken"}
    page = send(signed_in(make_app(house), house, office.officer), "/audit")
    assert "A takedown is past its deadline" in page.text
