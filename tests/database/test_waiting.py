"""The start page leads to what waits: each role to its own, counted, and by when."""

from __future__ import annotations

import re

from flask import Flask

from consent.acts import incidents, posts, releasing, revocation, unlinking
from consent.acts.actor import Actor
from consent.acts.change_of_mind import Change, Scope, Way
from consent.acts.house import House
from consent.acts.waiting import Waiting, for_staff
from consent.records import images
from consent.rules.access import Role
from consent.rules.checklist import ASKED
from tests.factory import USUAL, Clock, Factory
from tests.staffroom import signed_in

ALLOWED = (*USUAL, ("permission", "recognisable"))
TICKS = {item.code: "yes" for item in ASKED}


def kinds(house: House, actor: Actor) -> dict[str, int]:
    return {each.kind: each.count for each in for_staff(house, actor)}


def test_nothing_waits_for_somebody_new(app: Flask, house: House, factory: Factory) -> None:
    for role in Role:
        # But for whoever runs the installation: its keys are to be kept elsewhere.
        assert kinds(house, factory.staff(role)) == ({"keys": 1} if role is Role.ADMINISTRATOR else {})
    page = signed_in(app, house, factory.staff(Role.COMMUNICATIONS)).get("/").text
    assert "Waiting for you" not in page


def test_a_clinician_is_led_to_drafts_and_pictures_of_his_unit_alone(house: House, factory: Factory) -> None:
    factory.draft()
    factory.picture()
    factory.picture()
    assert kinds(house, factory.staff(Role.CLINICIAN)) == {"drafts": 1, "pictures": 2}
    assert kinds(house, factory.staff(Role.CLINICIAN, unit="Eyes")) == {}


def test_a_wrong_link_waits_for_a_second_person(house: House, factory: Factory) -> None:
    image = factory.ready_picture(factory.signed_consent(allow=ALLOWED))
    with house.reading() as connection:
        link = images.links(connection, image)[0].id
    unlinking.ask(house, factory.clinician(), link, "It is another man.")
    assert "link-changes" not in kinds(house, factory.clinician())
    assert kinds(house, factory.staff(Role.CLINICIAN))["link-changes"] == 1
    assert "link-changes" not in kinds(house, factory.staff(Role.CLINICIAN, unit="Eyes"))


def test_posters_are_led_from_release_to_approval_to_recording(house: House, factory: Factory) -> None:
    image = factory.ready_picture(factory.signed_consent(allow=ALLOWED))
    poster, second = factory.staff(Role.COMMUNICATIONS), factory.staff(Role.COMMUNICATIONS)
    releasing.release(house, poster, image, "instagram", "public-education")
    assert (kinds(house, poster), kinds(house, second)) == ({"releases": 1}, {})
    made = posts.plan(house, poster, posts.Plan([image], "instagram", "public-education", None, "", TICKS))
    assert "approvals" not in kinds(house, poster)
    assert kinds(house, second) == {"approvals": 1}
    posts.approve(house, second, made.id)
    assert kinds(house, poster) == {"releases": 1, "to-record": 1}
    assert kinds(house, second) == {}


def test_a_takedown_is_said_with_its_time_in_the_houses_zone_and_when_it_is_late(
    app: Flask, house: House, factory: Factory, clock: Clock
) -> None:
    made = factory.signed_consent(allow=ALLOWED)
    image = factory.ready_picture(made)
    poster, second = factory.staff(Role.COMMUNICATIONS), factory.staff(Role.COMMUNICATIONS)
    officer = factory.staff(Role.PRIVACY_OFFICER)
    plan = posts.plan(house, poster, posts.Plan([image], "instagram", "public-education", None, "", TICKS))
    posts.approve(house, second, plan.id)
    posts.record(house, poster, plan.id, posts.Record("https://instagram.example/p/1", clock.now))
    change = Change(consent_id=made, scope=Scope.EVERYTHING, way=Way.TELEPHONE, known_how="He gave his number.")
    revocation.revoke(house, factory.clinician(), change)
    (first,) = (each for each in for_staff(house, poster) if each.kind == "takedowns")
    assert (first.count, first.is_overdue) == (1, False)
    assert first.due_at is not None
    page = signed_in(app, house, poster).get("/").text
    said = first.due_at.astimezone(house.terms.zone).strftime("%B %-d, %Y, %H:%M")
    assert re.search(rf'href="/takedowns">1 post must come down</a>, by {said}', page)
    clock.pass_(days=3)
    assert Waiting("takedowns", 1, first.due_at, is_overdue=True) in for_staff(house, poster)
    assert kinds(house, officer)["takedowns-overdue"] == 1
    page = signed_in(app, house, officer).get("/").text
    assert "1 post is out past the time to take it down" in page


def test_the_privacy_officer_is_led_to_incidents(house: House, factory: Factory) -> None:
    image = factory.ready_picture(factory.signed_consent(allow=ALLOWED))
    poster = factory.staff(Role.COMMUNICATIONS)
    found = incidents.Found("tiktok", "promotion", None, "https://elsewhere.example/x", "I saw it.", [image])
    incidents.report(house, poster, found)
    waits = kinds(house, factory.staff(Role.PRIVACY_OFFICER))
    assert waits["incidents"] == 1
    assert waits["tasks"] >= 1
