"""Asking, posting and reporting in a real browser, at a desk and on a phone: axe, size of targets, a dropped file."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask.sessions import SecureCookieSessionInterface
from playwright.sync_api import BrowserContext, Page, expect

from consent.acts import incidents, posts, releasing, sessions
from consent.acts.actor import Actor
from consent.records import images
from consent.rules.access import Role
from consent.rules.checklist import ASKED
from tests.browser.hospital import Hospital, aside
from tests.factory import USUAL
from tests.staffroom import make_app

Check = Callable[[Page], None]
ALLOWED = (*USUAL, ("permission", "recognisable"))
TICKS = {item.code: "yes" for item in ASKED}


def enter(hospital: Hospital, context: BrowserContext, actor: Actor) -> Page:
    """A page in which this person is signed in."""
    with hospital.house.scratch() as deed:
        token = sessions.begin(deed, actor.id, second_factor=True)
    signer = SecureCookieSessionInterface().get_signing_serializer(make_app(hospital.house))
    assert signer is not None
    cookie = signer.dumps({"_user_id": token})
    context.add_cookies([{"name": "consent", "value": cookie, "url": hospital.address}])
    return context.new_page()


@pytest.fixture(params=["desk", "phone"])
def screen(request: pytest.FixtureRequest) -> BrowserContext:
    """1280 and 360 pixels wide."""
    context: BrowserContext = request.getfixturevalue(request.param)
    return context


def ready(hospital: Hospital) -> str:
    return aside(lambda: hospital.factory.ready_picture(hospital.factory.signed_consent(allow=ALLOWED)))


def test_asking_is_answered_in_a_blink(hospital: Hospital, screen: BrowserContext, axe: Check, fits: Check) -> None:
    image = ready(hospital)
    page = enter(hospital, screen, hospital.factory.staff(Role.COMMUNICATIONS))
    for channel, said in (("Instagram", "Yes"), ("TikTok", "No")):
        page.goto(hospital.address + "/ask")
        page.get_by_label("Image ID").fill(image.lower())
        page.get_by_label("Where").select_option(channel)
        page.get_by_label("What for").select_option("public-education")
        axe(page)
        fits(page)
        page.get_by_role("button", name="Ask").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(said)
        expect(page.get_by_role("heading", level=1)).to_be_in_viewport()
        axe(page)
        fits(page)
    page.goto(hospital.address + "/ask/list")
    page.get_by_label("Image IDs").fill(f"{image}\nIMG-7K3Q-9XTF-3\nnonsense")
    page.get_by_label("Where").select_option("Instagram")
    page.get_by_label("What for").select_option("public-education")
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("1 yes, 1 no")
    axe(page)
    fits(page)
    page.goto(hospital.address + "/ask")
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_text("There is a problem")).to_be_visible()
    axe(page)
    fits(page)


def test_a_dropped_file_is_asked_about(hospital: Hospital, desk: BrowserContext, axe: Check, fits: Check) -> None:
    image = ready(hospital)
    actor = hospital.factory.staff(Role.COMMUNICATIONS)
    out = releasing.release(hospital.house, actor, image, "instagram", "public-education")
    assert out.content is not None
    page = enter(hospital, desk, actor)
    page.goto(hospital.address + "/ask/file")
    expect(page.get_by_text("You can also drop the file here.")).to_be_visible()
    axe(page)
    fits(page)
    content = base64.b64encode(out.content).decode()
    dropped = page.evaluate_handle(
        """data => { const all = new DataTransfer();
           const bytes = Uint8Array.from(atob(data), sign => sign.charCodeAt(0));
           all.items.add(new File([bytes], 'holiday.jpg', {type: 'image/jpeg'})); return all; }""",
        content,
    )
    page.dispatch_event("#drop", "drop", {"dataTransfer": dropped})
    expect(page.get_by_text("Chosen: holiday.jpg")).to_be_visible()
    page.get_by_label("Where").select_option("Instagram")
    page.get_by_label("What for").select_option("public-education")
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Yes")


def test_every_page_of_the_desk_fits_and_is_accessible(
    hospital: Hospital, screen: BrowserContext, axe: Check, fits: Check, tmp_path: Path
) -> None:
    house, image = hospital.house, ready(hospital)
    made = hospital.factory.staff(Role.COMMUNICATIONS)
    both = hospital.factory.staff(Role.COMMUNICATIONS, Role.PRIVACY_OFFICER)
    releasing.release(house, made, image, "instagram", "public-education")
    hospital.clock.pass_(days=8)
    plan = posts.Plan((image,), "instagram", "public-education", None, "Seen last Tuesday in Boston.", TICKS)
    planned, other = posts.plan(house, made, plan).id, posts.plan(house, made, plan).id
    posts.approve(house, both, other)
    written = posts.Record("https://social.example/" + "x" * 80, house.clock() - timedelta(hours=1))
    posts.record(house, made, other, written)
    incident = incidents.report_recorded(house, made, other, "It shows somebody else.")
    with house.reading() as connection:
        consent_id = images.links(connection, image)[0].consent_id
    page = enter(hospital, screen, both)
    for path in (
        "/releases",
        "/posts",
        "/posts/plan",
        f"/posts/{planned}",
        f"/posts/{other}",
        f"/posts/{planned}/record",
        f"/posts/{other}/report",
        "/incidents",
        "/incidents/report",
        "/incidents/reported",
        f"/incidents/{incident}",
        f"/incidents/{incident}/close",
        f"/consents/{consent_id}/void",
        f"/consents/{consent_id}/suspend",
    ):
        answer = page.goto(hospital.address + path)
        assert answer is not None
        assert answer.status == 200, path
        axe(page)
        fits(page)
    page.goto(hospital.address + "/posts/plan")
    page.get_by_label("Image IDs").fill(image)
    page.get_by_label("Where").select_option("Instagram")
    page.get_by_label("What for").select_option("public-education")
    page.get_by_label("Caption").fill("Seen last Tuesday in Boston.")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="The caption may tell too much")).to_be_visible()
    axe(page)
    fits(page)
