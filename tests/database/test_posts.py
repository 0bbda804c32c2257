"""Release, plan, approve, record; what is found without a consent; and a revocation that comes in between."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from consent.acts import consent_mistakes, custody, incidents, post_reading, posts, releasing
from consent.acts.actor import COMMAND, Actor
from consent.acts.house import House
from consent.records.tables.consents import consent
from consent.records.tables.organisation import organisation
from consent.records.tables.owed import task
from consent.records.tables.posts import incident, look_up, post, post_consent, release, takedown
from consent.rules.access import Role
from consent.rules.caption import FindingCode
from consent.rules.checklist import ASKED
from consent.rules.refusal import NotFound, Refused
from tests.factory import USUAL, Clock, Factory

ALLOWED = (*USUAL, ("permission", "recognisable"))
TICKS = {item.code: "yes" for item in ASKED}
ADDRESS = "https://social.example/p/17"


@pytest.fixture
def second(factory: Factory) -> Actor:
    return factory.staff(Role.COMMUNICATIONS)


def plan_of(*images: str, channel: str = "instagram", caption: str = "Healed well.") -> posts.Plan:
    return posts.Plan(images, channel, "public-education", None, caption, TICKS)


def planned(house: House, poster: Actor, *images: str, **more: str) -> str:
    return posts.plan(house, poster, plan_of(*images, **more)).id


def approved(house: House, poster: Actor, second: Actor, *images: str, **more: str) -> str:
    post_id = planned(house, poster, *images, **more)
    posts.approve(house, second, post_id)
    return post_id


def written(house: House, **more: str) -> posts.Record:
    return posts.Record(more.pop("address", ADDRESS), house.clock() - timedelta(minutes=5), **more)


def live(house: House, poster: Actor, second: Actor, *images: str) -> str:
    post_id = approved(house, poster, second, *images)
    assert posts.record(house, poster, post_id, written(house)).state == "live"
    return post_id


def take_back(house: House, consent_id: str) -> None:
    """Revoked, as the ledger keeps it."""
    with house.writing(COMMAND) as deed:
        deed.ledger.update(consent, consent_id, status="revoked", revoked_at=deed.now)
        deed.enter("test.revoke", {"consent": consent_id})


def rows(house: House, table: sa.Table) -> Sequence[sa.Row[tuple[object, ...]]]:
    with house.reading() as connection:
        return connection.execute(sa.select(table)).all()


def test_a_picture_leaves_by_release_alone_named_by_its_id(house: House, factory: Factory, poster: Actor) -> None:
    image = factory.ready_picture(factory.signed_consent(allow=ALLOWED))
    out = releasing.release(house, poster, image, "instagram", "public-education")
    assert out.filename.startswith(image)
    assert out.content is not None
    kept = rows(house, release)[0]
    assert (kept.image_id, kept.taken_by, kept.channel, kept.sha256) == (image, poster.id, "instagram", out.sha256)
    with pytest.raises(Refused, match="verdict-use-not-agreed"):
        releasing.release(house, poster, image, "tiktok", "public-education")
    assert len(rows(house, release)) == 1
    asked = {(row.channel, row.how, row.yes) for row in rows(house, look_up)}
    assert asked == {("instagram", "release", True), ("tiktok", "release", False)}
    assert custody.verify(house).sound


def test_a_release_without_a_post_is_chased_from_the_seventh_day_on(
    house: House, factory: Factory, poster: Actor, clock: Clock
) -> None:
    image = factory.ready_picture(factory.signed_consent(allow=ALLOWED))
    out = releasing.release(house, poster, image, "instagram", "public-education")
    clock.pass_(days=6)
    assert [taken.is_chased for taken in releasing.waiting(house, poster)] == [False]
    clock.pass_(days=1)
    assert [taken.is_chased for taken in releasing.waiting(house, poster)] == [True]
    releasing.close(house, poster, out.id, "deleted-unused")
    assert releasing.waiting(house, poster) == ()
    with pytest.raises(Refused, match="release-settled"):
        releasing.close(house, poster, out.id, "deleted-unused")


def test_rule_41_a_revocation_between_look_up_and_release_wins(house: House, factory: Factory, poster: Actor) -> None:
    made = factory.signed_consent(allow=ALLOWED)
    image = factory.ready_picture(made)
    inside, go = threading.Event(), threading.Event()
    seen: list[str] = []

    def revoke_slowly() -> None:
        with house.writing(COMMAND) as deed:
            inside.set()
            go.wait(10)
            deed.ledger.update(consent, made, status="revoked", revoked_at=deed.now)
            deed.enter("test.revoke", {"consent": made})

    def take() -> None:
        try:
            releasing.release(house, poster, image, "instagram", "public-education")
            seen.append("out")
        except Refused as refused:
            seen.extend(refused.codes)

    first = threading.Thread(target=revoke_slowly)
    first.start()
    assert inside.wait(10)
    other = threading.Thread(target=take)
    other.start()
    go.set()
    first.join()
    other.join()
    assert seen == ["verdict-withdrawn"]
    assert rows(house, release) == []


def test_rule_37_the_checklist_is_complete_and_kept_with_who_and_when(
    house: House, factory: Factory, poster: Actor, second: Actor
) -> None:
    made = factory.signed_consent(allow=ALLOWED)
    image = factory.ready_picture(made)
    for code in TICKS:
        with pytest.raises(Refused, match="item-"):
            posts.plan(house, poster, replace(plan_of(image), ticks={**TICKS, code: "no"}))
        unticked = {name: tick for name, tick in TICKS.items() if name != code}
        with pytest.raises(Refused, match="item-unanswered"):
            posts.plan(house, poster, replace(plan_of(image), ticks=unticked))
    with pytest.raises(Refused, match="missing"):
        posts.plan(house, poster, plan_of())
    assert rows(house, post) == []
    releasing.release(house, poster, image, "instagram", "public-education")
    post_id = live(house, poster, second, image)
    kept = rows(house, post)[0]
    assert kept.checklist["policy-met"] == {
        "answer": "yes",
        "by": poster.id,
        "at": house.clock().isoformat(),
    }
    assert kept.checklist["second-approver"]["by"] == second.id
    assert [(row.post_id, row.consent_id, row.image_id) for row in rows(house, post_consent)] == [
        (post_id, made, image)
    ]
    assert rows(house, release)[0].post_id == post_id
    assert releasing.waiting(house, poster) == ()
    shown = post_reading.opened(house, poster, post_id)
    assert (shown.caption, shown.address, shown.listed.images) == ("Healed well.", ADDRESS, (image,))
    assert custody.verify(house).sound


@pytest.mark.parametrize(
    ("record", "code"),
    [
        ({"address": ""}, "missing"),
        ({"address": "on our page"}, "address-not-a-link"),
        ({"posted_at": None}, "missing"),
        ({"posted_at": "later"}, "time-in-future"),
    ],
)
def test_rule_37_a_post_without_address_or_time_is_not_recorded(
    house: House, factory: Factory, poster: Actor, second: Actor, record: dict[str, str], code: str
) -> None:
    post_id = approved(house, poster, second, factory.ready_picture(factory.signed_consent(allow=ALLOWED)))
    if record.get("posted_at") == "later":
        record = {"posted_at": house.clock() + timedelta(minutes=1)}  # type: ignore[dict-item]
    with pytest.raises(Refused, match=code):
        posts.record(house, poster, post_id, replace(written(house), **record))


def test_a_place_that_is_not_ours_needs_its_recipient(
    house: House, factory: Factory, poster: Actor, second: Actor
) -> None:
    asked = (*USUAL, ("channel", "journal"))
    image = factory.ready_picture(factory.signed_consent(asked=asked, allow=(*asked, ("permission", "recognisable"))))
    post_id = approved(house, poster, second, image, channel="journal")
    with pytest.raises(Refused, match="missing"):
        posts.record(house, poster, post_id, written(house, address="Burns 2026; 4: 12"))
    there = written(house, address="Burns 2026; 4: 12", recipient="The editor", contact="editor@burns.example")
    assert posts.record(house, poster, post_id, there).state == "live"
    assert post_reading.opened(house, poster, post_id).contact == "editor@burns.example"


def test_rule_38_caption_warnings_are_kept_and_forbid_nothing(house: House, factory: Factory, poster: Actor) -> None:
    image = factory.ready_picture(factory.signed_consent(allow=ALLOWED))
    made = posts.plan(house, poster, plan_of(image, caption="Burned last Tuesday, aged 93, call 555-010-1234"))
    codes = {finding.code for finding in made.findings}
    assert {FindingCode.RELATIVE_DATE, FindingCode.AGE_OVER_89, FindingCode.TELEPHONE} <= codes
    kept = rows(house, post)[0]
    assert set(kept.checklist["caption-warnings"]) == {code.value for code in codes}
    assert b"Tuesday" not in bytes(kept.caption)


def test_rule_49_the_poster_is_never_the_only_approver(
    house: House, factory: Factory, poster: Actor, second: Actor
) -> None:
    image = factory.ready_picture(factory.signed_consent(allow=ALLOWED))
    post_id = planned(house, poster, image)
    with pytest.raises(Refused, match="second-approver-needed"):
        posts.approve(house, poster, post_id)
    with pytest.raises(Refused, match="post-not-approved"):
        posts.record(house, poster, post_id, written(house))
    posts.approve(house, second, post_id)
    with pytest.raises(Refused, match="second-approver-needed"):
        posts.record(house, second, post_id, written(house))
    assert posts.record(house, poster, post_id, written(house)).state == "live"


def test_a_one_person_clinic_approves_alone_and_custody_says_so(
    house: House, factory: Factory, poster: Actor, officer: Actor
) -> None:
    image = factory.ready_picture(factory.signed_consent(allow=ALLOWED))
    with house.writing(COMMAND) as deed:
        row = deed.connection.execute(sa.select(organisation)).one()
        deed.ledger.update(organisation, row.id, policy={"one_person_clinic": True})
        deed.enter("organisation.save", {})
    post_id = planned(house, poster, image)
    posts.approve(house, poster, post_id)
    assert rows(house, post)[0].approved_alone
    entry = next(entry for entry in custody.page(house, officer) if entry.act == "post.approve")
    assert entry.about == {"post": post_id, "alone": True}
    assert posts.record(house, poster, post_id, written(house)).state == "live"


def test_rule_41_a_revocation_between_approval_and_record_wins_and_the_truth_is_kept(
    house: House, factory: Factory, poster: Actor, second: Actor
) -> None:
    made = factory.signed_consent(allow=ALLOWED)
    image = factory.ready_picture(made)
    post_id = approved(house, poster, second, image)
    take_back(house, made)
    with pytest.raises(Refused, match="verdict-withdrawn"):
        posts.record(house, poster, post_id, written(house))
    assert rows(house, post)[0].state == "approved"
    done = posts.record(house, poster, post_id, written(house), already_out=True)
    assert (done.state, done.incident) == ("flagged", rows(house, incident)[0].id)
    down = rows(house, takedown)[0]
    assert (down.why, down.queue, down.due_at) == (
        "no-consent",
        "privacy-officer",
        house.clock() + timedelta(hours=24),
    )
    assert [row.consent_id for row in rows(house, post_consent)] == [made]
    with pytest.raises(Refused, match="verdict-withdrawn"):
        posts.plan(house, poster, plan_of(image))
    assert custody.verify(house).sound


def test_a_dropped_plan_is_not_recorded(house: House, factory: Factory, poster: Actor, second: Actor) -> None:
    post_id = planned(house, poster, factory.ready_picture(factory.signed_consent(allow=ALLOWED)))
    posts.drop(house, poster, post_id)
    with pytest.raises(Refused, match="post-not-planned"):
        posts.approve(house, second, post_id)
    with pytest.raises(Refused, match="post-settled"):
        posts.record(house, poster, post_id, written(house), already_out=True)
    with pytest.raises(NotFound):
        posts.approve(house, second, "no-such-post")


def test_rule_48_a_post_found_without_consent_opens_an_incident_and_a_breach_assessment(
    house: House, factory: Factory, poster: Actor, officer: Actor
) -> None:
    made = factory.signed_consent(allow=USUAL)
    image = factory.ready_picture(made)
    nurse = factory.staff(Role.CLINICIAN)
    found = incidents.Found("tiktok", "promotion", None, "https://tok.example/9", "My cousin saw it.", (image,))
    incident_id = incidents.report(house, nurse, found)
    down = rows(house, takedown)[0]
    assert (down.queue, down.state, down.owner_id) == ("privacy-officer", "open", None)
    assert [row.consent_id for row in rows(house, post_consent)] == [made]

    def for_officer() -> list[tuple[str, str]]:
        return [(row.kind, row.state) for row in rows(house, task) if row.queue == "privacy-officer"]

    assert for_officer() == [("breach-assessment", "open")]
    shown = incidents.opened(house, officer, incident_id)
    assert (shown.words, shown.address) == ("My cousin saw it.", "https://tok.example/9")
    for actor in (nurse, poster):
        with pytest.raises(Refused, match="role"):
            incidents.opened(house, actor, incident_id)
    with pytest.raises(Refused, match="finding-missing"):
        incidents.close(house, officer, incident_id, "", "looked into it")
    incidents.close(house, officer, incident_id, "breach", "The patient was told.")
    assert for_officer() == [("breach-assessment", "done")]
    assert [(each.state, each.finding) for each in incidents.listed(house, officer)] == [("closed", "breach")]
    assert custody.verify(house).sound


def test_rule_48_a_recorded_post_can_be_reported_too(
    house: House, factory: Factory, poster: Actor, second: Actor, officer: Actor
) -> None:
    post_id = live(house, poster, second, factory.ready_picture(factory.signed_consent(allow=ALLOWED)))
    incidents.report_recorded(house, poster, post_id, "It shows somebody else.")
    assert rows(house, post)[0].state == "flagged"
    assert [each.post for each in incidents.listed(house, officer)] == [post_id]


def test_void_flags_what_is_live_and_is_for_good(
    house: House, factory: Factory, poster: Actor, second: Actor, officer: Actor
) -> None:
    made = factory.signed_consent(allow=ALLOWED)
    image = factory.ready_picture(made)
    post_id = live(house, poster, second, image)
    stranger = factory.staff(Role.CLINICIAN, unit="Eyes")
    with pytest.raises(Refused, match="other-unit"):
        consent_mistakes.void(house, stranger, made, "mine")
    opened = consent_mistakes.void(house, factory.clinician(), made, "signed for the wrong patient")
    assert [row.id for row in rows(house, incident)] == list(opened)
    assert [(row.post_id, row.why) for row in rows(house, takedown)] == [(post_id, "void")]
    with pytest.raises(Refused, match="already-void"):
        consent_mistakes.void(house, officer, made, "again")
    with pytest.raises(Refused, match="verdict-on-hold"):
        releasing.release(house, poster, image, "instagram", "public-education")
    assert custody.verify(house).sound


def test_rule_49_only_the_privacy_officer_suspends_and_lifts(
    house: House, factory: Factory, poster: Actor, second: Actor, officer: Actor
) -> None:
    made = factory.signed_consent(allow=ALLOWED)
    image = factory.ready_picture(made)
    live(house, poster, second, image)
    for actor in (poster, factory.clinician()):
        with pytest.raises(Refused, match="role"):
            consent_mistakes.suspend(house, actor, made, "dispute", "he says it was not he")
    consent_mistakes.suspend(house, officer, made, "dispute", "he says it was not he")
    with pytest.raises(Refused, match="verdict-on-hold"):
        releasing.release(house, poster, image, "instagram", "public-education")
    assert [row.kind for row in rows(house, task) if row.queue == "privacy-officer"] == ["review-posts"]
    take_back(house, made)
    consent_mistakes.lift(house, officer, made, "it was he")
    with pytest.raises(Refused, match="verdict-withdrawn"):
        releasing.release(house, poster, image, "instagram", "public-education")


def test_rule_50_who_takes_consents_does_not_post(house: House, factory: Factory) -> None:
    image = factory.ready_picture(factory.signed_consent(allow=ALLOWED))
    for role in (Role.CLINICIAN, Role.AUDITOR, Role.ADMINISTRATOR):
        actor = factory.staff(role)
        with pytest.raises(Refused, match="role"):
            releasing.release(house, actor, image, "instagram", "public-education")
        with pytest.raises(Refused, match="role"):
            posts.plan(house, actor, plan_of(image))
