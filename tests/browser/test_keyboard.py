"""By keyboard alone: prepare, hand over, choose, sign by typing, look up, withdraw. Only drawing needs a hand."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext, expect

from consent.rules.access import Role
from tests.browser import bedside
from tests.browser.hospital import PIN, Hospital
from tests.browser.keys import Keys
from tests.browser.reader import Reader
from tests.staffroom import PASSWORD

Sit = Callable[[BrowserContext], Reader]


def test_everything_but_drawing_by_keyboard(hospital: Hospital, desk: BrowserContext, read: Sit) -> None:
    nurse = hospital.person("Nora Field", Role.CLINICIAN, Role.COMMUNICATIONS)
    hospital.set_pin(nurse)
    reader = read(desk)
    keys, page = Keys(reader), reader.page
    reader.goto("/sign-in")
    keys.type("E-mail address", nurse.email)
    keys.type("Password", PASSWORD)
    keys.press("Continue")
    hospital.clock.pass_(seconds=31)
    keys.type("Enter your code", nurse.phone.at(hospital.clock()))
    keys.press("Sign in")

    keys.press("Consents")
    keys.skip()
    keys.press("New consent")
    keys.choose("Media release")
    keys.choose("English")
    keys.press("Continue")
    keys.type("Full name", bedside.NAME)
    for part, value in (("Month", "5"), ("Day", "17"), ("Year", "1968")):
        keys.type(part, value)
    keys.to("English")
    assert page.evaluate("document.activeElement.checked")
    keys.press("Save and continue")
    keys.choose("The patient")
    keys.press("Save and continue")
    keys.tick("Said his or her full name", "Said the date of birth")
    keys.tick("The patient understands what this is about, can weigh it, and can say what he or she wants")
    keys.tick("I told the patient that this is voluntary and that a no changes nothing about care")
    keys.press("Save and continue")
    for wanted in ("Photo", "Public education", "Instagram"):
        keys.tick(wanted)
        keys.press("Save and continue")
    keys.tick(bedside.OWN)
    keys.choose(bedside.POSTER)
    keys.press("Save and continue")
    keys.type("What will be recorded?", "Photos of the burn on the left hand while it heals.")
    keys.press("Save and continue")
    keys.press("Hand over to the patient")

    keys.press("Start")
    while "/sign/page/" in page.url:
        for group in page.get_by_role("group").all():
            first = group.get_by_role("radio").first
            keys.choose(first.evaluate("field => field.labels[0].innerText.trim()"))
        keys.press("Next")
    while "/sign/understand/" in page.url:
        answers = page.locator("input[name=said]")
        right = next(code for code in bedside.RIGHT if page.locator(f"input[name=said][value={code}]").count())
        said = "field => field.labels[0].innerText.trim()"
        keys.choose(answers.first.evaluate(said), page.locator(f"input[value={right}]").evaluate(said))
        keys.press("Next")
    keys.press("Go on to sign")
    keys.tick("Yes, I can read this screen, and I want to sign on it.")
    keys.press("Next")
    keys.press("Type my name instead")
    keys.type("Type your full name", "José O’Brien-Ñúñez")
    keys.press("Sign")
    reader.heading("Done. Your form is signed and safe.")
    keys.press("Get my copy")
    keys.choose("On paper")
    keys.press("Next")
    keys.press("I have it. You printed it for me at the desk.")
    keys.press("Show my card")
    link, code = page.locator(".card p.isolate").inner_text(), page.locator("#card-code").inner_text()
    keys.press("I have my card")
    keys.press("Unlock this tablet")
    keys.type("For staff: enter your PIN", PIN)
    keys.press("Unlock")

    reader.goto("/ask")
    keys.type("Image ID", "IMG-AAAA-AAAA-A")
    keys.press("Ask")
    expect(page.locator(".nhsuk-error-summary")).to_be_focused()

    reader.goto(link)
    keys.type("Code", code)
    keys.press("Next")
    keys.choose("All that I ever said yes to here")
    keys.press("Next")
    keys.press(page.locator("form button.nhsuk-button--warning").inner_text())
    reader.heading("We have stopped")
