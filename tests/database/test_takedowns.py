"""A post comes down when somebody has looked; the case closes with the last one; the patient gets his letter."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date, timedelta

import pikepdf
import pytest

from consent.acts import cards, custody, letters, notices, revocation, standing, takedowns, upkeep
from consent.acts.actor import SYSTEM
from consent.acts.change_of_mind import Change, Done, Scope, Way
from consent.acts.dossier import Person
from consent.acts.house import House
from consent.acts.takedowns import Seen
from consent.records.tables.consents import document
from consent.records.tables.owed import notice, task
from consent.records.tables.posts import post, takedown
from consent.records.tables.revocations import revocation_request
from consent.rules.refusal import NotFound, Refused
from consent.rules.takedown import Outcome
from tests.database.out_there import ADDRESS, ALLOWED, Office, only, rows
from tests.factory import Clock, Factory

BORN = date(1970, 1, 2)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


def stop(house: House, factory: Factory, consent_id: str) -> Done:
    change = Change(consent_id, Scope.FORM, Way.TELEPHONE, known_how="his record number")
    return revocation.revoke(house, factory.clinician(), change)


def gone(house: House, note: str = "Signed out and looked: not found.") -> Seen:
    return Seen(Outcome.REMOVED, house.clock() - timedelta(minutes=1), note)


def text_of(pdf: bytes) -> str:
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert opened.Root.Lang == "en"
        return str(opened.docinfo.get("/Title", ""))


def test_rule_42_the_case_closes_when_each_is_gone_or_has_its_reason(
    house: House, factory: Factory, office: Office
) -> None:
    made = factory.signed_consent(allow=ALLOWED)
    first, second = office.live(factory.ready_picture(made)), office.live(factory.ready_picture(made), address="18")
    done = stop(house, factory, made)
    assert done.request_id is not None
    down = {row.post_id: row.id for row in rows(house, takedown)}
    for bad, code in (
        (Seen(Outcome.OPEN), "outcome-missing"),
        (Seen(Outcome.REMOVED), "time-missing"),
        (replace(gone(house), seen_at=house.clock() + timedelta(minutes=5)), "time-in-future"),
        (gone(house, note=""), "evidence-missing"),
        (Seen(Outcome.CANNOT_BE_REMOVED, note="They will not."), "cause-missing"),
        (Seen(Outcome.CANNOT_BE_REMOVED, cause="because"), "cause-missing"),
        (replace(gone(house), screenshot=b"<script>"), "screenshot-kind"),
    ):
        with pytest.raises(Refused, match=code):
            takedowns.settle(house, office.poster, down[first], bad)
    with pytest.raises(Refused, match="role"):
        takedowns.settle(house, factory.clinician(), down[first], gone(house))
    assert takedowns.settle(house, office.poster, down[first], replace(gone(house), screenshot=PNG)) == ()
    assert only(house, revocation_request).state == "open"
    stays = Seen(Outcome.CANNOT_BE_REMOVED, note="They answered on Monday.", cause="refused")
    assert takedowns.settle(house, office.second, down[second], stays) == (done.request_id,)
    with pytest.raises(Refused, match="takedown-settled"):
        takedowns.settle(house, office.second, down[second], stays)
    assert {row.id: row.state for row in rows(house, post)} == {first: "gone", second: "cannot-remove"}
    request = only(house, revocation_request)
    assert (request.state, request.closed_at) == ("closed", house.clock())
    assert takedowns.screenshot(house, office.officer, down[first]) == PNG
    shown = takedowns.one(house, office.officer, down[second])
    assert (shown.cause, shown.note, shown.place.address) == ("refused", "They answered on Monday.", f"{ADDRESS}18")
    with pytest.raises(NotFound):
        takedowns.screenshot(house, office.officer, down[second])
    assert custody.verify(house).sound


def test_rule_45_the_letter_says_what_is_gone_what_is_not_and_why(
    house: House, factory: Factory, office: Office, clock: Clock
) -> None:
    made = factory.signed_consent(allow=ALLOWED)
    office.live(factory.ready_picture(made))
    office.live(factory.ready_picture(made), channel="conference", address="talk")
    done = stop(house, factory, made)
    assert done.request_id is not None
    card = cards.make_card(house, factory.clinician(), made)
    clock.pass_(hours=2)
    by_channel = {each.place.channel: each.id for each in takedowns.listed(house, office.poster)}
    takedowns.settle(house, office.poster, by_channel["Instagram"], gone(house))
    shown = Seen(Outcome.CANNOT_BE_REMOVED, cause="shown")
    takedowns.settle(house, office.poster, by_channel["Conference or lecture"], shown)
    assert letters.write_due(house, SYSTEM) == 1
    assert letters.write_due(house, SYSTEM) == 0
    kept = only(house, document, kind="letter")
    assert only(house, revocation_request).letter_document_id == kept.id
    pdf = letters.closing_letter(house, office.officer, done.request_id)
    assert text_of(pdf) == "What we took down, and what we could not"
    assert text_of(letters.acknowledgement(house, office.officer, done.request_id)) == "We got your wish to stop"
    assert only(house, notice, kind="revocation-letter").state == "by-hand"
    assert len(rows(house, task, kind="print-and-post")) == 2, "the acknowledgement and the letter"
    words = house.forms.words("en")
    seen = standing.of_card(house, card.card_id).earlier[0]
    assert seen.is_closed
    assert sorted(letters.outcome_words(words, each, house) for each in seen.outcomes) == [
        "Gone since November 2, 2026",
        "It was shown in a talk. We cannot undo that.",
    ]
    with pytest.raises(Refused, match="role"):
        letters.closing_letter(house, office.poster, done.request_id)
    assert custody.verify(house).sound


def test_rule_45_the_letter_survives_a_crash_while_it_is_printed(
    house: House, factory: Factory, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = factory.signed_consent(allow=ALLOWED)
    office.live(factory.ready_picture(made))
    stop(house, factory, made)
    down = only(house, takedown)
    takedowns.settle(house, office.poster, down.id, gone(house))
    with monkeypatch.context() as patch:

        def die(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        patch.setattr("consent.acts.filing.record", die)
        with pytest.raises(KeyboardInterrupt):
            letters.write_due(house, SYSTEM)
    assert rows(house, document, kind="letter") == []
    assert upkeep.work_once(house).failed == 0
    assert len(rows(house, document, kind="letter")) == 1


def test_rule_45_where_nothing_was_posted_the_case_closes_at_once_with_one_word_to_the_patient(
    house: House, factory: Factory
) -> None:
    made = factory.signed_consent(allow=ALLOWED, person=Person("Ana Sol", BORN))
    done = stop(house, factory, made)
    assert only(house, revocation_request).state == "closed"
    assert letters.write_due(house, SYSTEM) == 1
    assert done.request_id is not None
    assert letters.closing_letter(house, factory.clinician(), done.request_id).startswith(b"%PDF")
    assert rows(house, notice, kind="revocation-letter") == []


def test_a_letter_by_mail_says_where_to_read_it(house: House, factory: Factory, office: Office) -> None:
    person = Person("Ana Sol", BORN, "M1", email="ana@home.example", electronic_contact=True, language="es")
    made = factory.signed_consent(allow=ALLOWED, person=person, language="es")
    office.live(factory.ready_picture(made))
    stop(house, factory, made)
    takedowns.settle(house, office.poster, only(house, takedown).id, gone(house))
    letters.write_due(house, SYSTEM)
    notices.send_due(house, "w1")
    assert only(house, notice, kind="revocation-letter").state == "sent"
    subjects = [message.subject for message in house.mailer.kept() if message.to == "ana@home.example"]  # type: ignore[attr-defined]
    assert sorted(subjects) == ["Hay algo nuevo para usted", "Nos llegó su mensaje"]


def test_taking_over(house: House, factory: Factory, office: Office) -> None:
    made = factory.signed_consent(allow=ALLOWED)
    office.live(factory.ready_picture(made))
    stop(house, factory, made)
    down = only(house, takedown)
    takedowns.take_over(house, office.second, down.id)
    assert only(house, takedown).owner_id == office.second.id
    entries = custody.verify(house).entries
    takedowns.take_over(house, office.second, down.id)
    assert custody.verify(house).entries == entries
    with pytest.raises(NotFound):
        takedowns.take_over(house, office.second, "no-such")
    assert [each.is_mine for each in takedowns.listed(house, office.second)] == [True]
    assert takedowns.listed(house, office.second, is_open=False) == ()


def test_a_later_request_hears_of_what_could_not_be_removed_before(
    house: House, factory: Factory, office: Office
) -> None:
    made, other = factory.signed_consent(allow=ALLOWED), factory.signed_consent(allow=ALLOWED)
    office.live(factory.ready_picture(made, other))
    stop(house, factory, made)
    down = only(house, takedown)
    takedowns.settle(house, office.poster, down.id, Seen(Outcome.CANNOT_BE_REMOVED, cause="passed-on"))
    done = stop(house, factory, other)
    kept = only(house, revocation_request, id=done.request_id)
    assert (kept.takedowns, kept.state) == ([down.id], "closed")


def test_settling_a_review(house: House, factory: Factory, office: Office, clock: Clock) -> None:
    made = factory.signed_consent(allow=ALLOWED, term="1-year")
    stays, goes = office.live(factory.ready_picture(made)), office.live(factory.ready_picture(made), address="18")
    clock.pass_(days=366)
    upkeep.nightly(house)
    assert {row.state for row in rows(house, post)} == {"review"}
    with pytest.raises(Refused, match="why-missing"):
        takedowns.settle_review(house, office.poster, stays, "", stays=True)
    takedowns.settle_review(house, office.poster, stays, "The patient has signed again.", stays=True)
    takedowns.settle_review(house, office.officer, goes, "Nobody answered.", stays=False)
    assert only(house, post, id=stays).state == "live"
    assert only(house, post, id=goes).state == "flagged"
    assert only(house, takedown).why == "expired"
    with pytest.raises(Refused, match="not-in-review"):
        takedowns.settle_review(house, office.poster, stays, "Again.", stays=True)
    assert {row.state for row in rows(house, task, kind="review-expired")} == {"done"}
    upkeep.nightly(house)
    assert only(house, post, id=stays).state == "live", "what was decided is not asked again"
