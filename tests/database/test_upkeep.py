"""The nightly run: warns, reviews, chases, escalates, sweeps, signs. Twice does nothing twice; verdicts never wait."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

from consent.acts import custody, held, notices, releasing, revocation, task_list, upkeep
from consent.acts.change_of_mind import Change, Scope, Way
from consent.acts.house import House
from consent.records.tables.consents import consent, copy
from consent.records.tables.owed import notice, task
from consent.records.tables.posts import post, takedown
from consent.rules.calendar import add_years
from consent.rules.refusal import Refused
from tests.asking import look_up
from tests.database.out_there import ALLOWED, Office, only, rows
from tests.factory import START, Clock, Factory


def nothing_more(house: House) -> None:
    """Run it again: no entry, no row, no count."""
    custody.sign(house)
    before = custody.verify(house)
    assert set(upkeep.nightly(house).counts.values()) == {0}
    after = custody.verify(house)
    assert (after.entries, after.rows, after.heads) == (before.entries, before.rows, before.heads)
    assert after.sound


def test_rule_39_a_consent_that_ends_is_warned_of_at_90_30_and_7_days(
    house: House, factory: Factory, office: Office, clock: Clock
) -> None:
    made = factory.signed_consent(allow=ALLOWED, term="1-year")
    last = only(house, consent, id=made).expires_on
    upkeep.nightly(house)
    assert rows(house, notice) == []
    for days, kind in ((91, None), (90, "expiring-90"), (60, None), (30, "expiring-30"), (7, "expiring-7"), (3, None)):
        clock.now = START + (last - timedelta(days=days) - START.date())
        before = len(rows(house, task))
        assert upkeep.nightly(house).warnings == (1 if kind else 0), days
        notices.send_due(house, "w1")
        assert len(rows(house, task)) == before + bool(kind)
        assert kind is None or only(house, task, kind=kind).about == {"consent": made}
        nothing_more(house)
    told = rows(house, notice, kind="consent-expiring")
    assert {row.to_staff for row in told} == {factory.clinician().id, office.officer.id}
    assert len(told) == 6
    warned = [row for row in rows(house, task) if row.kind.startswith("expiring")]
    assert {row.owner_id for row in warned} == {factory.clinician().id}


def test_rule_39_on_expiry_live_posts_are_reviewed_and_verdicts_did_not_wait_for_it(
    house: House, factory: Factory, office: Office, clock: Clock
) -> None:
    made = factory.signed_consent(allow=ALLOWED, term="1-year")
    image = factory.ready_picture(made)
    post_id = office.live(image)
    last = only(house, consent, id=made).expires_on
    clock.now = START + (last - START.date())
    assert upkeep.nightly(house).reviews == 0
    assert look_up(house, office.poster, image, "instagram", "public-education").allowed, "its last day"
    clock.pass_(days=1)
    assert not look_up(house, office.poster, image, "instagram", "public-education").allowed
    assert only(house, post, id=post_id).state == "live"
    assert upkeep.nightly(house).reviews == 1
    assert only(house, post, id=post_id).state == "review"
    assert only(house, task, kind="review-expired").owner_id == office.poster.id
    nothing_more(house)


def test_rule_47_on_the_day_of_majority_posts_are_reviewed(
    house: House, factory: Factory, office: Office, clock: Clock
) -> None:
    made = factory.signed_consent(allow=ALLOWED, term="5-years")
    post_id = office.live(factory.ready_picture(made))
    comes_of_age = add_years(START.date(), 1)
    with house.writing(factory.clinician()) as deed:
        # Representatives do not sign yet; the dates are theirs already.
        deed.ledger.update(consent, made, signer="parent", majority_on=comes_of_age)
        deed.enter("test.parent", {"consent": made})
    clock.now = START + (comes_of_age - timedelta(days=1) - START.date())
    assert upkeep.nightly(house).reviews == 0
    clock.pass_(days=1)
    assert upkeep.nightly(house).reviews == 1
    assert only(house, post, id=post_id).state == "review"
    assert len(rows(house, task, kind="review-came-of-age")) == 1
    nothing_more(house)


def test_rule_42_overdue_takedowns_are_escalated_and_open_ones_chased_every_day(
    house: House, factory: Factory, office: Office, clock: Clock
) -> None:
    made = factory.signed_consent(allow=ALLOWED)
    for address in ("1", "2"):
        office.live(factory.ready_picture(made), address=address)
    change = Change(made, Scope.FORM, Way.IN_PERSON, known_how="seen")
    revocation.revoke(house, factory.clinician(), change)
    first = upkeep.nightly(house)
    assert (first.takedowns_escalated, first.reminders) == (0, 0), "it is a minute old"
    nothing_more(house)
    clock.pass_(hours=25)
    late = upkeep.nightly(house)
    assert (late.takedowns_escalated, late.reminders) == (2, 1)
    told = only(house, notice, kind="takedown-overdue")
    assert told.to_staff == office.officer.id
    assert set(told.about["takedown"]) == {row.id for row in rows(house, takedown)}
    assert only(house, notice, kind="takedown-chase").to_staff == office.poster.id
    nothing_more(house)
    clock.pass_(days=1)
    notices.send_due(house, "w1")
    assert (upkeep.nightly(house).takedowns_escalated, len(rows(house, notice, kind="takedown-chase"))) == (0, 2)


def test_a_release_without_a_post_is_chased_and_the_task_ends_when_it_is_closed(
    house: House, factory: Factory, office: Office, clock: Clock
) -> None:
    image = factory.ready_picture(factory.signed_consent(allow=ALLOWED))
    out = releasing.release(house, office.poster, image, "instagram", "public-education")
    clock.pass_(days=6, hours=23)
    assert upkeep.nightly(house).releases_chased == 0
    clock.pass_(hours=1)
    assert upkeep.nightly(house).releases_chased == 1
    nothing_more(house)
    assert only(house, notice, kind="release-unposted").to_staff == office.poster.id
    chase = only(house, task, kind="release-unposted")
    with pytest.raises(Refused, match="done-by-doing"):
        task_list.close(house, office.poster, chase.id, "Later.")
    releasing.close(house, office.poster, out.id, "deleted-unused")
    assert only(house, task, kind="release-unposted").state == "done"


def test_a_chased_release_is_settled_by_recording_its_post(
    house: House, factory: Factory, office: Office, clock: Clock
) -> None:
    image = factory.ready_picture(factory.signed_consent(allow=ALLOWED))
    releasing.release(house, office.poster, image, "instagram", "public-education")
    clock.pass_(days=8)
    assert upkeep.nightly(house).releases_chased == 1
    office.live(image)
    assert only(house, task, kind="release-unposted").state == "done"
    assert custody.verify(house).sound


def test_orphans_copies_and_held_input_are_swept(
    house: House, factory: Factory, office: Office, clock: Clock, tmp_path: Path
) -> None:
    from consent.acts import copying

    made = factory.signed_consent(allow=ALLOWED)
    image = factory.ready_picture(made)
    copying.offer_to_phone(house, factory.clinician(), made)
    held.hold_form(house, office.poster.id, "/x", [("a", "b")])
    orphan, fresh = house.blobs.put(b"left by a crash"), house.blobs.put(b"just now")
    clock.pass_(days=3)
    long_ago = (clock.now - timedelta(days=2)).timestamp()
    for path in (tmp_path / "blobs").glob("??/??/*"):
        just_now = path.name == fresh
        os.utime(path, (clock.now.timestamp(),) * 2 if just_now else (long_ago,) * 2)
    done = upkeep.nightly(house)
    assert (done.blobs_swept, done.copies_ended, done.held_swept) == (1, 1, 1)
    assert only(house, copy).state == "ended"
    kept = set(house.blobs.keys(clock.now + timedelta(days=1)))
    assert orphan not in kept
    assert fresh in kept
    assert releasing.release(house, office.poster, image, "instagram", "public-education").content
    nothing_more(house)


def test_a_step_that_fails_does_not_stop_the_others(
    house: House, factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    factory.staff()

    def fail(*_: object) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr("consent.acts.chasing.escalate", fail)
    with pytest.raises(upkeep.NightlyFailed) as failed:
        upkeep.nightly(house)
    assert [error.__notes__ for error in failed.value.exceptions] == [["nightly: takedowns_escalated"]]
    assert custody.verify(house).heads == 1, "the last step was done"


def test_the_worker_does_the_nightly_run_once_an_hour(
    house: House, factory: Factory, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[object] = []
    monkeypatch.setattr(upkeep, "nightly", runs.append)
    # Kept in the database, so that a restart or a second worker does not do it again.
    for minutes in (0, 30, 29, 1, 30):
        clock.pass_(minutes=minutes)
        assert upkeep.work_once(house) == notices.Sent()
    assert len(runs) == 2
    clock.pass_(days=-3)
    upkeep.work_once(house)
    assert len(runs) == 3, "a clock that was fast puts nothing off"
