"""What happens at the bed, page by page: a nurse prepares, hands over; a patient reads, chooses, signs."""

from __future__ import annotations

import math
from collections.abc import Collection

from playwright.sync_api import Page, expect

from tests.browser.reader import Reader
from tests.factory import forms

NAME = "José O’Brien-Ñúñez"
RECORD = "MRN-77-2041"
SECRETS = (NAME, "Ñúñez", "O%E2%80%99Brien", RECORD)
OWN = "Accounts of Test Hospital"
POSTER = "Somebody else"
POST = "12 Palm Street\nMiami, FL 33101"


def prepare(
    nurse: Reader,
    language: str = "Español",
    media: Collection[str] = ("Photo",),
    purposes: Collection[str] = ("Public education", "Professional teaching"),
    channels: Collection[str] = ("Instagram", "Conference or lecture"),
) -> None:
    """Prepare a consent through every page, up to its overview."""
    nurse.goto("/consents")
    nurse.press("New consent")
    nurse.tick(language)
    nurse.page.get_by_role("group", name="Which form?").get_by_label("Media release", exact=True).check()
    nurse.press("Continue")
    nurse.fill("Full name", NAME)
    for part, value in (("Month", "5"), ("Day", "17"), ("Year", "1968")):
        nurse.fill(part, value)
    nurse.fill("Record number", RECORD)
    nurse.tick(language)
    nurse.fill("Postal address", POST)
    nurse.press("Save and continue")
    nurse.tick("The patient")
    nurse.press("Save and continue")
    nurse.tick("Said his or her full name", "Said the date of birth")
    nurse.tick("The patient understands what this is about, can weigh it, and can say what he or she wants")
    nurse.tick("I told the patient that this is voluntary and that a no changes nothing about care")
    nurse.press("Save and continue")
    for wanted in (media, purposes, channels, (OWN, POSTER)):
        nurse.tick(*wanted)
        nurse.press("Save and continue")
    what = {"Español": "Fotos de la quemadura en la mano izquierda, durante la curación."}
    nurse.fill("What will be recorded?", what.get(language, "Photos of the burn on the left hand while it heals."))
    nurse.press("Save and continue")
    expect(nurse.page.get_by_role("button", name="Hand over to the patient")).to_be_visible()


def hand_over(nurse: Reader) -> None:
    """Hand the tablet over: from here on the reader is the patient."""
    nurse.press("Hand over to the patient")


def choose_all(
    patient: Reader, no_to: Collection[str] = (), words: tuple[str, str, str] = ("Sí", "No", "Siguiente")
) -> None:
    """Go through every page of the form, say yes to all but what is named, and answer rightly what is asked back."""
    yes, no, onward = words
    page = patient.page
    while "/sign/page/" in page.url:
        for group in page.locator("main fieldset").all():
            if not group.get_by_label(yes, exact=True).count():
                patient.tap(group.get_by_role("radio").nth(1))  # for how long: two years
                continue
            asked = group.locator("legend").inner_text()
            patient.tap(group.get_by_label(no if any(each in asked for each in no_to) else yes, exact=True))
        if page.url.endswith("/channels"):
            page.locator(".question").first.evaluate("question => question.parentElement.scrollIntoView()")
            patient.shot("choose")
        patient.press(onward)
    teach_back(patient, onward)


RIGHT = ("some", "any-time", "same")
"""The right answers to what is asked back, if something was allowed."""


def teach_back(patient: Reader, onward: str = "Siguiente") -> None:
    """Give the right answer to every question that is asked back."""
    page = patient.page
    while "/sign/understand/" in page.url:
        for code in RIGHT:
            field = page.locator(f"input[name=said][value={code}]")
            if field.count():
                patient.tap(field)
        patient.shot("teach-back")
        patient.press(onward)


def agree_to_the_screen(patient: Reader, language: str = "es") -> None:
    """Read the words about signing on a screen, and agree to them."""
    words = forms().words(language)
    patient.tap(patient.page.get_by_role("checkbox"))
    patient.press(words("buttons.next"))
    patient.heading(words("signing.sign-heading"))


def draw_by_touch(page: Page) -> None:
    """Draw two strokes with a finger, as the browser's own input hears them."""
    canvas = page.locator("#pad")
    canvas.evaluate("pad => pad.scrollIntoView({block: 'center'})")
    box = canvas.bounding_box()
    assert box
    cdp = page.context.new_cdp_session(page)
    for stroke in range(2):
        points = []
        for step in range(40):
            turn = step / 2.6 + stroke
            x = box["x"] + box["width"] * (0.14 + 0.38 * stroke + 0.3 * step / 39 - 0.045 * math.cos(turn))
            y = box["y"] + box["height"] * (0.52 - (0.3 - 0.005 * step) * math.sin(turn))
            points.append({"x": x, "y": y})
        cdp.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": points[:1]})
        for point in points[1:]:
            # At the pace of a hand: after a flick too fast for one, a browser takes the next tap for the end of it.
            page.wait_for_timeout(4)
            cdp.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
        page.wait_for_timeout(150)
        cdp.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    cdp.detach()


def dot(page: Page) -> None:
    """Touch the box once: a mark as simple as a mark can be."""
    canvas = page.locator("#pad")
    canvas.evaluate("pad => pad.scrollIntoView({block: 'center'})")
    box = canvas.bounding_box()
    assert box
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def other_way(reader: Reader, way: str, language: str = "en") -> None:
    """Pick another way to sign: "draw", "type", "mark" or "unable"."""
    reader.press(forms().words(language)(f"signing.way-{way}"))


def signs(reader: Reader, typed: str = "", name: str = "", marked: str = "", language: str = "en") -> None:
    """Sign the page that is shown: by typing, or by drawing if nothing is to be typed; with a name where one is asked.

    `marked`: whose mark it is, as a witness writes it.
    """
    say = forms().words(language)
    if marked:
        reader.fill(say("signing.marked-label"), marked)
    if name:
        reader.fill(say("signing.name-label"), name)
    if typed:
        if reader.page.locator("#pad").count() and reader.page.locator("#drawing").is_visible():
            other_way(reader, "type", language)
            if marked:
                reader.fill(say("signing.marked-label"), marked)
            if name:
                reader.fill(say("signing.name-label"), name)
        reader.fill(say("signing.type-label"), typed)
    else:
        draw_by_touch(reader.page)
    yes = reader.page.locator("button[value=sign]")
    reader.press(yes.inner_text())


def finish(reader: Reader, language: str = "en") -> None:
    """Everybody has signed: make it count."""
    say = forms().words(language)
    reader.heading(say("signing.finish-heading"))
    reader.press(say("buttons.finish"))
    reader.heading(say("done.heading"))
