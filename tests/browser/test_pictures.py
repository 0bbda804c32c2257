"""The pictures' desks in a real browser: axe and size of targets on each page; drawing boxes, and by keyboard alone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask.sessions import SecureCookieSessionInterface
from playwright.sync_api import BrowserContext, Page, expect
from werkzeug.serving import make_server

from consent.acts import sessions, unlinking
from consent.acts.actor import Actor
from consent.acts.house import House
from consent.records import images
from consent.rules.access import Role
from tests.factory import Clock, Factory, make_house, picture_bytes
from tests.staffroom import make_app

Check = Callable[[Page], None]


@dataclass
class Ward:
    address: str
    house: House
    factory: Factory
    cookie: Callable[[Actor], str]

    def enter(self, context: BrowserContext, actor: Actor) -> Page:
        """Open a page in which this person is signed in."""
        context.clear_cookies()
        context.add_cookies([{"name": "consent", "value": self.cookie(actor), "url": self.address}])
        return context.new_page()


def aside(work: Callable[[], str]) -> str:
    """Do it in another thread: sealing runs an event loop, and the browser's runs in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


@pytest.fixture
def ward(sqlite_url: str, tmp_path: Path) -> Iterator[Ward]:
    clock = Clock()
    house = make_house(sqlite_url, tmp_path, clock)
    app = make_app(house)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def cookie(actor: Actor) -> str:
        with house.scratch() as deed:
            token = sessions.begin(deed, actor.id, second_factor=True)
        signer = SecureCookieSessionInterface().get_signing_serializer(app)
        assert signer is not None
        return str(signer.dumps({"_user_id": token}))

    yield Ward(f"http://127.0.0.1:{server.server_port}", house, Factory(house, clock), cookie)
    server.shutdown()
    server.server_close()
    house.engine.dispose()


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_every_page_is_accessible(
    ward: Ward, size: str, request: pytest.FixtureRequest, axe: Check, fits: Check
) -> None:
    context: BrowserContext = request.getfixturevalue(size)
    factory = ward.factory
    linked, asked = (aside(lambda: factory.ready_picture(factory.signed_consent())) for _ in range(2))
    with ward.house.reading() as connection:
        link_id = images.links(connection, linked)[0].id
    with ward.house.reading() as connection:
        asked_id = images.links(connection, asked)[0].id
    unlinking.ask(ward.house, factory.clinician(), asked_id, "It is another man.")
    bare = factory.reviewed_picture(recognisable=0)
    person = factory.people(bare)[0]
    page = ward.enter(context, factory.staff(Role.PRIVACY_OFFICER, Role.CLINICIAN))
    for path in (
        "/pictures",
        "/pictures?show=ready",
        "/pictures/find?id=IMG",
        "/pictures/add",
        "/pictures/add-film",
        f"/pictures/{linked}",
        f"/pictures/{bare}",
        f"/pictures/{bare}/cover",
        f"/pictures/{bare}/review",
        f"/pictures/{bare}/clear",
        f"/pictures/{bare}/discard",
        f"/pictures/{bare}/people/{person}",
        f"/pictures/{bare}/people/{person}/no-consent",
        f"/pictures/{linked}/links/{link_id}/wrong",
        "/pictures/link-changes",
        f"/pictures/link-changes/{asked_id}",
    ):
        page.goto(ward.address + path)
        expect(page.locator("h1")).to_have_count(1)
        axe(page)
        fits(page)
    page.goto(f"{ward.address}/pictures/{bare}/clear")
    with page.expect_navigation():
        page.get_by_role("button", name="Sign the check").click()
    expect(page.get_by_role("alert")).to_contain_text("There is a problem")
    axe(page)


def test_a_picture_is_added_covered_and_reviewed_by_drawing(ward: Ward, desk: BrowserContext, tmp_path: Path) -> None:
    file = tmp_path / "some.jpg"
    file.write_bytes(picture_bytes(41))
    page = ward.enter(desk, ward.factory.clinician())
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.goto(ward.address + "/pictures/add")
    page.get_by_label("Photo").check()
    page.get_by_label("Picture", exact=True).set_input_files(file)
    page.get_by_role("button", name="Add the picture").click()
    page.get_by_role("button", name="Crop or cover it first").click()
    picture = page.locator("[data-covering] img")
    expect(picture).to_have_js_property("complete", value=True)  # until it is there, it has no size to draw on
    box = picture.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + box["height"] * 0.25)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + box["height"] * 0.75, steps=4)
    page.mouse.up()
    assert abs(float(page.locator("#box1_left").input_value()) - 25) < 1
    assert abs(float(page.locator("#box1_width").input_value()) - 50) < 1
    page.get_by_role("button", name="Make the new picture").click()
    expect(page.get_by_text("Made from")).to_be_visible()
    with page.expect_navigation():
        page.get_by_role("button", name="Review it").click()
    for group in page.get_by_role("group").all():
        group.get_by_label("Not in the picture").check()
    page.get_by_label("How many people can be recognized?").fill("0")
    page.get_by_label("How many more are shown").fill("1")
    page.get_by_role("button", name="Save the review").click()
    expect(page.get_by_text("Next: link everybody in it")).to_be_visible()
    assert faults == []


def test_covering_by_keyboard_alone(ward: Ward, desk: BrowserContext) -> None:
    made = ward.factory.picture()
    page = ward.enter(desk, ward.factory.clinician())
    page.goto(f"{ward.address}/pictures/{made}/cover")
    page.locator("#box1_left").focus()
    for value in ("10", "20", "30", "40"):
        page.keyboard.type(value)
        page.keyboard.press("ArrowUp")
        page.keyboard.press("Tab")
    assert page.locator("#box1_left").input_value() == "10.5"
    expect(page.locator(".canvas__box").first).to_have_attribute("height", "40.5")
    page.locator("#box1_left").press("Enter")
    expect(page.get_by_text("Made from")).to_be_visible()
