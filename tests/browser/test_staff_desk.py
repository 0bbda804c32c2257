"""The staff's own pages in a real browser: without JavaScript, on a desk and on a phone, and axe on each."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect
from werkzeug.serving import make_server

from consent.acts import form_approvals, invitations, staffing
from consent.acts.actor import Actor
from consent.acts.house import House
from consent.rules.access import Role
from tests.factory import Clock, Factory, make_house
from tests.listening import kept_port
from tests.staffroom import PASSWORD, make_app, new_person, with_second_factor

Check = Callable[[Page], None]


@dataclass
class Served:
    address: str
    house: House
    clock: Clock
    factory: Factory


@pytest.fixture
def served(sqlite_url: str, tmp_path: Path) -> Iterator[Served]:
    with kept_port() as port:
        clock = Clock()
        house = make_house(sqlite_url, tmp_path, clock, public_url=f"http://127.0.0.1:{port}")
        server = make_server("127.0.0.1", port, make_app(house), threaded=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield Served(f"http://127.0.0.1:{port}", house, clock, Factory(house, clock))
        server.shutdown()
        thread.join()
        server.server_close()
        house.engine.dispose()


def press(target: Locator) -> None:
    """Press what leads to another page, and be there."""
    with target.page.expect_navigation():
        target.click()


def test_from_the_first_link_to_everything_entered(served: Served, plain: BrowserContext) -> None:
    link = invitations.first_link(served.house)
    assert link
    page = plain.new_page()
    page.goto(link)
    assert "/invitation" in page.url
    assert link.rpartition("/")[2] not in page.url
    page.get_by_label("E-mail address").fill("head@hospital.example")
    page.get_by_label("Your name").fill("Head")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("The same password again").fill(PASSWORD)
    press(page.get_by_role("button", name="Save and continue"))
    key = re.sub(r"\s", "", page.locator(".code").inner_text())
    page.get_by_label("Six digits from the app").fill(pyotp.TOTP(key).at(served.clock()))
    press(page.get_by_role("button", name="Continue"))
    expect(page.locator("li .code")).to_have_count(10)
    press(page.get_by_role("button", name="I have kept them"))
    press(page.get_by_role("main").get_by_role("link", name="Organization", exact=True))
    press(page.get_by_role("link", name="enter the organization's details"))
    page.get_by_label("Legal name").fill("St. Anne's Hospital, Inc.")
    page.get_by_label("Postal address").fill("1 Main Street")
    page.get_by_label("Privacy office", exact=True).fill("Privacy Office")
    page.get_by_label("Telephone").fill("+1 555 0100")
    page.get_by_label("E-mail address of the privacy office").fill("privacy@hospital.example")
    press(page.get_by_role("button", name="Save"))
    press(page.get_by_role("link", name="enter its accounts on each channel"))
    page.get_by_label("Channel").select_option("instagram")
    page.get_by_label("Name of the account").fill("@stannes")
    press(page.get_by_role("button", name="Add the account"))
    press(page.get_by_role("link", name="Forms"))
    press(page.get_by_role("link", name=re.compile(r"Record an approval \(Media release.*English")))
    page.get_by_label("Who approved it").fill("Ruth Law")
    page.get_by_label("In which role").fill("General counsel")
    for part, value in (("Month", "11"), ("Day", "1"), ("Year", "2026")):
        page.get_by_label(part).fill(value)
    page.get_by_label("This person has read").check()
    press(page.get_by_role("button", name="Record the approval"))
    expect(page.get_by_text("Approved by Ruth Law, General counsel")).to_be_visible()
    with served.house.reading() as connection:
        assert form_approvals.signing_open(served.house, connection, "us-media-release", 1, "en") == ()
    press(page.get_by_role("button", name="Sign out"))
    expect(page.get_by_text("You are signed out.")).to_be_visible()


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_axe_finds_nothing_on_any_staff_page(
    served: Served, size: str, request: pytest.FixtureRequest, axe: Check, fits: Check
) -> None:
    house = served.house
    head = new_person(house, Role.ADMINISTRATOR, Role.PRIVACY_OFFICER, email="head@hospital.example")
    other = served.factory.staff(Role.ADMINISTRATOR)
    phone, _ = with_second_factor(house, head)
    nurse = new_person(house, Role.CLINICIAN)
    with_second_factor(house, nurse)
    staffing.ask_reset(house, other, nurse.id)
    invitations.hold_link(house, head, nurse.id, served.address + "/invitation/" + "x" * 22)
    served.factory.ready_organisation()
    served.clock.pass_(minutes=1)
    page: Page = request.getfixturevalue(size).new_page()

    faults: list[str] = []

    def look(path: str) -> None:
        page.goto(served.address + path)
        for check in (axe, fits):
            try:
                check(page)
            except AssertionError as fault:
                faults.append(f"{path} {fault}")

    look("/sign-in")
    press(page.get_by_role("button", name="Continue"))
    axe(page)
    page.get_by_label("E-mail address").fill("head@hospital.example")
    page.get_by_label("Password").fill(PASSWORD)
    press(page.get_by_role("button", name="Continue"))
    axe(page)
    page.get_by_label("Enter your code").fill(phone.at(served.clock()))
    press(page.get_by_role("button", name="Sign in"))
    own = ("", "/password", "/second-factor", "/recovery-codes", "/pin")
    person = f"/people/{nurse.id}"
    people = ("/people", "/people/invite", person, person + "/roles", person + "/disable", person + "/link")
    organisation = ("", "/details", "/policy", "/accounts")
    forms = ("/forms", "/forms/us-media-release/1/en", "/forms/us-media-release/1/es/approve")
    for path in (
        "/",
        *("/account" + each for each in own),
        *people,
        *("/organisation" + each for each in organisation),
        *forms,
        "/nothing/here",
        "/invitation/gone",
    ):
        look(path)
    assert faults == []


def test_axe_finds_nothing_where_a_role_is_missing_or_something_is_kept(
    served: Served, desk: BrowserContext, axe: Check
) -> None:
    from consent.acts import held

    nurse: Actor = new_person(served.house, Role.CLINICIAN)
    phone, _ = with_second_factor(served.house, nurse)
    held.hold_form(served.house, nurse.id, "/account/pin", [("note", "typed")])
    served.clock.pass_(minutes=1)
    page = desk.new_page()
    page.goto(served.address + "/sign-in")
    page.get_by_label("E-mail address").fill("ada@hospital.example")
    page.get_by_label("Password").fill(PASSWORD)
    press(page.get_by_role("button", name="Continue"))
    page.get_by_label("Enter your code").fill(phone.at(served.clock()))
    press(page.get_by_role("button", name="Sign in"))
    expect(page.get_by_role("heading", name="What you typed is kept")).to_be_visible()
    axe(page)
    page.goto(served.address + "/organisation")
    expect(page.get_by_role("heading", name="You cannot do this")).to_be_visible()
    axe(page)
    served.clock.pass_(minutes=16)
    page.goto(served.address + "/account")
    expect(page.get_by_text("You were signed out because nothing was done")).to_be_visible()
    axe(page)
