"""What happens in a patient's life, and to whoever signed for him, stops new use: rule 47. And rule 21 at the post."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from consent.acts import consent_mistakes, custody, life_events, posts, proving, releasing, upkeep
from consent.acts.actor import Actor
from consent.acts.house import House
from consent.records.tables.consents import consent, document
from consent.records.tables.owed import task
from consent.records.tables.posts import post
from consent.rules.access import Role
from consent.rules.parties import SignerKind
from consent.rules.refusal import NotFound, Refused
from consent.rules.standing import Standing
from tests.asking import look_up
from tests.bedside import child, drafted_for, signed_by_all
from tests.database.out_there import ADDRESS, ALLOWED, TICKS, Office, only, rows
from tests.factory import START, Clock, Factory

HERE = ("instagram", "public-education")


def may_post(house: House, office: Office, image: str) -> bool:
    return look_up(house, office.poster, image, *HERE).allowed


def by_parent(factory: Factory, years: int = 12) -> str:
    return signed_by_all(factory, drafted_for(factory, SignerKind.PARENT, child(factory, years)), ALLOWED)


@pytest.mark.parametrize("event", ["capacity", "death"])
def test_rule_47_death_and_loss_of_capacity_hold_back_all_that_the_patient_has(
    house: House, factory: Factory, office: Office, event: str
) -> None:
    first = factory.signed_consent(allow=ALLOWED)
    second = factory.signed_consent(allow=ALLOWED, patient_id=factory.patient_of(first))
    other = factory.signed_consent(allow=ALLOWED)
    image = factory.ready_picture(second)
    post_id = office.live(image)
    assert may_post(house, office, image)
    held = life_events.record(house, factory.clinician(), first, event, "his daughter called")
    assert set(held) == {first, second}
    assert {row.id for row in rows(house, consent, suspended_why=event)} == {first, second}
    assert only(house, consent, id=other).suspended_at is None
    assert not may_post(house, office, image)
    assert only(house, post, id=post_id).state == "review"
    assert only(house, task, kind="review-on-hold").about == {"post": post_id, "consent": second}
    assert only(house, task, kind="life-event").queue == "privacy-officer"
    with pytest.raises(Refused, match="already-suspended"):
        life_events.record(house, factory.clinician(), second, event, "again")
    assert custody.verify(house).sound


@pytest.mark.parametrize("event", ["abuse", "guardianship"])
def test_rule_47_a_concern_about_who_signed_touches_only_what_he_signed(
    house: House, factory: Factory, office: Office, event: str
) -> None:
    made = by_parent(factory)
    own = factory.signed_consent(allow=ALLOWED)
    assert life_events.offered(house, factory.clinician(), own) == ("capacity", "death")
    with pytest.raises(Refused, match="event-not-here"):
        life_events.record(house, factory.clinician(), own, event, "a call")
    image = factory.ready_picture(made)
    assert may_post(house, office, image)
    assert life_events.record(house, factory.clinician(), made, event, "a call") == (made,)
    assert not may_post(house, office, image)


def test_rule_49_only_the_privacy_officer_lets_it_count_again(house: House, factory: Factory, office: Office) -> None:
    made = factory.signed_consent(allow=ALLOWED)
    image = factory.ready_picture(made)
    life_events.record(house, factory.clinician(), made, "capacity", "confused since Monday")
    with pytest.raises(Refused, match="role"):
        consent_mistakes.lift(house, factory.clinician(), made, "well again")
    consent_mistakes.lift(house, office.officer, made, "well again, he says so himself")
    assert may_post(house, office, image)


def test_what_is_not_said_or_not_signed_is_refused(house: House, factory: Factory, office: Office) -> None:
    draft, signed = factory.draft(), factory.signed_consent(allow=ALLOWED)
    by = factory.clinician()
    for consent_id, event, words, code in (
        (signed, "moved-house", "x", "why-missing"),
        (signed, "death", " ", "missing"),
        (draft, "death", "x", "not-signed"),
    ):
        with pytest.raises(Refused, match=code):
            life_events.record(house, by, consent_id, event, words)
    with pytest.raises(NotFound):
        life_events.record(house, by, "nothing", "death", "x")
    with pytest.raises(Refused, match="role"):
        life_events.record(house, office.poster, signed, "death", "x")
    with pytest.raises(Refused, match="reason-needed"):
        life_events.record(house, factory.staff(Role.CLINICIAN, unit="Eyes"), signed, "death", "x")


def test_rule_47_on_the_day_of_majority_new_posts_stop_at_once_and_the_rest_follows_at_night(
    house: House, factory: Factory, office: Office, clock: Clock
) -> None:
    born = date(START.year - 18, START.month, START.day + 2)
    made = signed_by_all(
        factory, drafted_for(factory, SignerKind.PARENT, replace(child(factory), born_on=born)), ALLOWED
    )
    image = factory.ready_picture(made)
    post_id = office.live(image)
    clock.pass_(days=1)
    assert may_post(house, office, image)
    assert look_up(house, office.poster, image, *HERE).good_through == clock.now.date()
    assert upkeep.nightly(house).came_of_age == 0
    clock.pass_(days=1)
    # No nightly run has been yet.
    assert not may_post(house, office, image)
    sealed = only(house, document, consent_id=made, kind="consent")
    assert proving.check_sum(house, sealed.sha256).standing is Standing.ON_HOLD
    assert only(house, post, id=post_id).state == "live"
    done = upkeep.nightly(house)
    assert (done.reviews, done.came_of_age) == (1, 1)
    assert only(house, post, id=post_id).state == "review"
    left = only(house, task, kind="came-of-age")
    assert (left.about, left.owner_id) == ({"consent": made}, factory.clinician().id)
    again = upkeep.nightly(house)
    assert (again.reviews, again.came_of_age) == (0, 0)


def both(factory: Factory) -> Actor:
    """Somebody who takes consents and posts too."""
    return factory.staff(Role.CLINICIAN, Role.COMMUNICATIONS)


def test_rule_21_whoever_took_the_consent_says_why_he_takes_the_picture_and_posts(
    house: House, factory: Factory, office: Office
) -> None:
    taker = both(factory)
    made = factory.signed_consent(allow=ALLOWED, actor=taker)
    image = factory.ready_picture(made)
    with pytest.raises(Refused, match="interest-reason-missing"):
        releasing.release(house, taker, image, *HERE)
    releasing.release(house, taker, image, *HERE, interest_reason="a clinic of one")
    releasing.release(house, office.poster, image, *HERE)
    plan = posts.Plan((image,), *HERE, None, "Healed.", TICKS)
    with pytest.raises(Refused, match="interest-reason-missing"):
        posts.plan(house, taker, plan)
    planned = posts.plan(house, taker, replace(plan, interest_reason="a clinic of one")).id
    assert only(house, post, id=planned).checklist["interest"] == taker.id
    posts.approve(house, office.second, planned)
    # He said it when he planned it.
    assert posts.record(house, taker, planned, posts.Record(ADDRESS, house.clock())).state == "live"
    by_other = posts.plan(house, office.poster, plan).id
    posts.approve(house, office.second, by_other)
    with pytest.raises(Refused, match="interest-reason-missing"):
        posts.record(house, taker, by_other, posts.Record(ADDRESS, house.clock()))
    said = posts.Record(ADDRESS, house.clock(), interest_reason="nobody else is in today")
    assert posts.record(house, taker, by_other, said).state == "live"
    assert custody.verify(house).sound


def test_rule_21_an_account_of_whoever_took_the_consent_counts_as_his(
    house: House, factory: Factory, office: Office
) -> None:
    factory.ready_organisation()
    taker = both(factory)
    mine = factory.account("instagram", "@dr.mine")
    with house.writing(taker) as deed:
        from consent.records.tables.staff import staff

        deed.ledger.update(staff, taker.id, name="dr.  adams")
        deed.enter("test.name", {"staff": taker.id})
    asked = (*(each for each in ALLOWED if each[0] not in ("account", "permission")), ("account", mine))
    made = factory.signed_consent(allow=(*asked, ("permission", "recognisable")), asked=asked, actor=taker)
    image = factory.ready_picture(made)
    with pytest.raises(Refused, match="interest-reason-missing"):
        releasing.release(house, office.poster, image, *HERE, account="@dr.mine")
    releasing.release(house, office.poster, image, *HERE, account="@dr.mine", interest_reason="he answers comments")
