"""Without JavaScript: prepare, choose, sign by typing, look up, release, post, withdraw."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect
from sqlalchemy import select

from consent.records.tables.consents import consent
from consent.rules.access import Role
from tests.browser import bedside
from tests.browser.hospital import PIN, Hospital
from tests.browser.reader import Reader, sign_in
from tests.browser.test_story import ask, posted
from tests.factory import forms

ES = forms().words("es")


@pytest.fixture
def sit(hospital: Hospital) -> Callable[[BrowserContext], Reader]:
    """A reader whom axe does not follow: it is a script itself."""
    return lambda context: Reader(context.new_page(), hospital, (), bedside.SECRETS)


def test_the_main_path_without_javascript(
    hospital: Hospital, new_context: Callable[..., BrowserContext], sit: Callable[[BrowserContext], Reader]
) -> None:
    def device() -> Reader:
        return sit(new_context(viewport={"width": 1024, "height": 768}, java_script_enabled=False))

    nurse = hospital.person("Nora Field", Role.CLINICIAN)
    hospital.set_pin(nurse)
    bed = device()
    sign_in(bed, nurse)
    bedside.prepare(bed)
    bedside.hand_over(bed)
    bed.press(ES("buttons.start"))
    bedside.choose_all(bed, no_to=("computadora", "¿Lo quiere ver usted primero?"))
    bed.press(ES("buttons.go-to-sign"))
    bed.press(ES("buttons.next"))
    bedside.agree_to_the_screen(bed)
    expect(bed.page.locator("#pad")).to_be_hidden()
    bed.press(ES("buttons.sign"))
    bed.fill(ES("signing.type-label"), "José O’Brien-Ñúñez")
    # Enter signs, and is no other button of the page.
    with bed.page.expect_navigation():
        bed.page.keyboard.press("Enter")
    bed.heading(ES("done.heading"))
    bed.press(ES("done.copy-next"))
    bed.page.get_by_label(ES("copy.paper")).check()
    bed.press(ES("buttons.next"))
    bed.press(ES("copy.paper-desk"))
    bed.press(ES("card.make"))
    link, code = bed.page.locator(".card p.isolate").inner_text(), bed.page.locator("#card-code").inner_text()
    bed.press(ES("card.have"))
    bed.follow(ES("signing.unlock"))
    bed.fill("For staff: enter your PIN", PIN)
    bed.press("Unlock")

    with hospital.house.reading() as connection:
        consent_id = connection.execute(select(consent.c.id).where(consent.c.status == "signed")).scalar_one()
    image = hospital.factory.ready_picture(consent_id)
    desk, second = device(), device()
    sign_in(desk, hospital.person("Carla Post", Role.COMMUNICATIONS))
    sign_in(second, hospital.person("Pat Second", Role.COMMUNICATIONS))
    posted(desk, second, image)

    phone = device()
    phone.goto(link)
    phone.page.locator("input[name=code]").fill(code)
    phone.press(ES("buttons.next"))
    phone.page.get_by_label(ES("withdrawal.parts")).check()
    phone.press(ES("buttons.next"))
    phone.page.get_by_label(re.compile("en Instagram")).check()
    phone.press(ES("buttons.next"))
    phone.press(ES("withdrawal.now-button"))
    phone.heading(ES("withdrawal.done-heading"))
    ask(desk, image)
    desk.heading("No")
    ask(desk, image, channel="Conference or lecture")
    desk.heading("Yes")
