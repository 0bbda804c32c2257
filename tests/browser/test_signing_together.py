"""Whoever signs, and however: a mark with witnesses, a mother and her child, two of the staff; each on a page of his
own, on the tablet held both ways and without JavaScript. What is drawn outlives what happens to a tablet.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date
from typing import Any

from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select

from consent.acts import answering, attending, attesting, creating
from consent.acts.dossier import Person as Patient
from consent.records.tables.consents import signature, signing_session
from consent.rules.access import Role
from consent.rules.parties import Interpreter
from tests.browser import bedside
from tests.browser.hospital import PIN, Hospital, Person
from tests.browser.reader import Reader, sign_in
from tests.factory import USUAL

Sit = Callable[[BrowserContext], Reader]


def handed_over(hospital: Hospital, nurse: Person, reader: Reader, made: str) -> None:
    """The tablet is with the patient, who has chosen and checked everything; he stands before his signature."""
    sign_in(reader, nurse)
    reader.goto(f"/consents/{made}")
    bedside.hand_over(reader)
    with hospital.house.reading() as connection:
        session_id = str(connection.execute(select(signing_session.c.id)).scalar_one())
    hospital.factory.answer(session_id)
    reader.goto("/sign/sign")


def for_an_adult(hospital: Hospital, nurse: Person, reader: Reader) -> None:
    handed_over(hospital, nurse, reader, hospital.factory.draft(USUAL, nurse.actor))


def for_a_child(hospital: Hospital, nurse: Person, reader: Reader) -> None:
    by = nurse.actor
    made = hospital.factory.draft(USUAL, by, person=Patient("Ana Lopez", date(2014, 5, 17)))
    attending.change_signer(hospital.house, by, made, "parent")
    creating.change_identity(hospital.house, by, made, ("name", "birth-date"), True, True)
    attending.change_representative(hospital.house, by, made, "Rosa Lopez", "mother")
    right = attending.Authority("legal-parent", "Birth certificate", concern="no")
    attending.change_authority(hospital.house, by, made, right)
    attending.change_interpreter(hospital.house, by, made, Interpreter("Ines Turner", "Mixteco", "in-person"))
    handed_over(hospital, nurse, reader, made)


def roles(hospital: Hospital) -> list[tuple[str, str]]:
    with hospital.house.reading() as connection:
        rows = connection.execute(select(signature).order_by(signature.c.place)).all()
    return [(row.role, row.method) for row in rows]


def test_rule_15_an_adult_who_marks_with_witnesses(
    hospital: Hospital, tablet: BrowserContext, read: Sit, nurse: Person
) -> None:
    reader = read(tablet)
    for_an_adult(hospital, nurse, reader)
    bedside.other_way(reader, "mark")
    reader.press("Sign")
    expect(reader.page.get_by_role("alert")).to_contain_text("Make your mark in the box")
    bedside.dot(reader.page)
    reader.press("Sign")
    reader.heading("Witness 1, please sign here")
    reader.press("Sign")
    expect(reader.page.get_by_role("alert")).to_be_visible()
    bedside.signs(reader, name="Wanda Seen", marked="Maria Lopez")
    reader.heading("Witness 2, please sign here")
    bedside.signs(reader, typed="Walter Sawit", name="Walter Sawit", marked="Maria Lopez")
    reader.press("Back")
    reader.heading("Witness 2, please sign here")
    reader.press("Sign")
    bedside.finish(reader)
    assert roles(hospital) == [("signer", "mark"), ("witness", "drawn"), ("witness", "typed")]


def test_rules_08_09_and_14_a_mother_her_child_and_an_interpreter(
    hospital: Hospital, tablet: BrowserContext, read: Sit, nurse: Person
) -> None:
    reader = read(tablet)
    for_a_child(hospital, nurse, reader)
    reader.sees("I sign for the patient.")
    bedside.signs(reader)
    reader.heading("Ana Lopez, is this fine with you too?")
    reader.tap(reader.page.locator("summary"))
    reader.sees("We may show it on Instagram.")
    reader.press("No, I do not want this")
    reader.heading("Do you want to say no?")
    reader.press("Go back")
    bedside.signs(reader, typed="ana")
    reader.heading("Interpreter, please sign here")
    bedside.signs(reader)
    bedside.finish(reader)
    assert roles(hospital) == [("signer", "drawn"), ("assent", "typed"), ("interpreter", "drawn")]


def test_unable_to_sign(hospital: Hospital, tablet: BrowserContext, read: Sit, nurse: Person) -> None:
    second = hospital.person("Sam Sutter", Role.CLINICIAN)
    hospital.set_pin(second)
    reader = read(tablet)
    for_an_adult(hospital, nurse, reader)
    bedside.other_way(reader, "unable")
    reader.fill("How do you say yes?", "I blink twice.")
    reader.press("Next")
    for number, person in enumerate((nurse, second), 1):
        reader.heading(f"One of our staff signs here ({number} of 2)")
        reader.fill("Your e-mail address", person.email)
        reader.fill("Your PIN", PIN)
        bedside.signs(reader)
    bedside.finish(reader)
    assert roles(hospital) == [("signer", "unable"), ("staff", "drawn"), ("staff", "drawn")]


def test_without_javascript_everybody_signs_too(hospital: Hospital, plain: BrowserContext, nurse: Person) -> None:
    reader = Reader(plain.new_page(), hospital, (), bedside.SECRETS)
    for_a_child(hospital, nurse, reader)
    bedside.signs(reader, typed="Rosa Lopez")
    bedside.signs(reader, typed="Ana")
    bedside.signs(reader, typed="Ines Turner")
    bedside.finish(reader)


def test_rule_15_without_javascript_a_button_puts_the_mark(
    hospital: Hospital, plain: BrowserContext, nurse: Person
) -> None:
    reader = Reader(plain.new_page(), hospital, (), bedside.SECRETS)
    for_an_adult(hospital, nurse, reader)
    bedside.other_way(reader, "mark")
    reader.press("Put an X for me")
    for name in ("Wanda Seen", "Walter Sawit"):
        bedside.signs(reader, typed=name, name=name, marked="Maria Lopez")
    bedside.finish(reader)
    assert roles(hospital)[0] == ("signer", "mark")


def test_without_javascript_nobody_needs_to_draw_to_be_unable(
    hospital: Hospital, plain: BrowserContext, nurse: Person
) -> None:
    second = hospital.person("Sam Sutter", Role.CLINICIAN)
    hospital.set_pin(second)
    reader = Reader(plain.new_page(), hospital, (), bedside.SECRETS)
    for_an_adult(hospital, nurse, reader)
    bedside.other_way(reader, "unable")
    reader.fill("How do you say yes?", "I nod.")
    reader.press("Next")
    for person in (nurse, second):
        reader.fill("Your e-mail address", person.email)
        reader.fill("Your PIN", PIN)
        bedside.signs(reader, typed=person.name)
    bedside.finish(reader)


def strokes(page: Page) -> Any:
    return json.loads(page.locator("#strokes").input_value() or "[]")


def has_strokes(page: Page, count: int) -> None:
    """So many strokes are held, as soon as the page has taken them."""
    expect(page.locator("#strokes")).to_have_value(re.compile(r"^\[(\[[^\]]*\],?){" + str(count) + r"}\]$"))


def stored(hospital: Hospital) -> Any:
    """What the server holds of a signature that is not given yet."""
    with hospital.house.reading() as connection:
        session_id = str(connection.execute(select(signing_session.c.id)).scalar_one())
    session = answering.open_session(hospital.house, session_id)
    return json.loads(attesting.unfinished(session, "signer").get("strokes") or "[]")


def test_what_is_drawn_outlives_turning_zooming_scrolling_a_locked_screen_and_a_reload(
    hospital: Hospital, portrait: BrowserContext, read: Sit, nurse: Person
) -> None:
    reader = read(portrait)
    for_an_adult(hospital, nurse, reader)
    page = reader.page
    bedside.draw_by_touch(page)
    has_strokes(page, 2)
    first, pad = strokes(page), page.locator("#pad")
    for size in ((1024, 768), (320, 640), (768, 1024)):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        # The box has as many dots across as it has room: it has been drawn anew.
        dots = pad.evaluate("pad => Math.trunc(pad.clientWidth * Math.max(devicePixelRatio, 1))")
        expect(pad).to_have_js_property("width", dots)
        assert strokes(page) == first
    cdp = page.context.new_cdp_session(page)
    cdp.send("Emulation.setPageScaleFactor", {"pageScaleFactor": 2})
    page.evaluate("window.scrollBy(0, 120)")
    bedside.dot(page)
    has_strokes(page, 3)
    assert strokes(page)[:2] == first
    cdp.send("Emulation.setPageScaleFactor", {"pageScaleFactor": 1})
    # In the middle of a stroke the tablet is turned, and then the screen is locked: what the pen had drawn stays.
    box = pad.bounding_box()
    assert box
    x, y = box["x"] + 40, box["y"] + 40
    for kind, at in (("touchStart", (x, y)), ("touchMove", (x + 30, y + 20)), ("touchMove", (x + 60, y + 10))):
        cdp.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": at[0], "y": at[1]}]})
    page.set_viewport_size({"width": 1024, "height": 768})
    has_strokes(page, 4)
    cdp.send("Input.dispatchTouchEvent", {"type": "touchCancel", "touchPoints": []})
    bedside.dot(page)
    has_strokes(page, 5)
    drawn = strokes(page)
    assert drawn[:2] == first
    page.evaluate(
        """() => {
            Object.defineProperty(document, 'hidden', { value: true, configurable: true });
            document.dispatchEvent(new Event('visibilitychange'));
        }"""
    )
    for _ in range(200):
        if len(stored(hospital)) == 5:
            break
        page.wait_for_timeout(50)
    assert stored(hospital) == drawn
    page.reload()
    assert strokes(page) == drawn
    painted = "pad => pad.getContext('2d').getImageData(0, 0, pad.width, pad.height).data.some(each => each)"
    assert pad.evaluate(painted)
    reader.press("Sign")
    reader.heading("Done. Your form is signed and safe.")


def test_rule_15_five_hundred_crosses_and_a_hundred_dots_are_drawn(
    hospital: Hospital, portrait: BrowserContext, read: Sit, nurse: Person
) -> None:
    """As neat as with a ruler, and single touches: the box takes every one of them, and so does the server."""
    reader = read(portrait)
    for_an_adult(hospital, nurse, reader)
    bedside.other_way(reader, "mark")
    page = reader.page
    page.locator("#pad").evaluate(
        """pad => {
            const box = pad.getBoundingClientRect();
            const tell = (kind, [x, y], down) => pad.dispatchEvent(new PointerEvent(kind, {
                pointerId: 7, isPrimary: true, pointerType: 'pen', button: 0, buttons: down ? 1 : 0,
                clientX: box.left + x, clientY: box.top + y, bubbles: true, cancelable: true,
            }));
            const line = (from, to) => {
                tell('pointerdown', from, true);
                if (to) tell('pointermove', to, true);
                tell('pointerup', to || from, false);
            };
            for (let number = 0; number < 600; number += 1) {
                const x = 20 + number % 60 * 10, y = 20 + Math.floor(number / 60) * 18;
                if (number >= 500) { line([x, y]); continue; }
                line([x, y], [x + 8, y + 8]);
                line([x + 8, y], [x, y + 8]);
            }
        }"""
    )
    assert len(strokes(page)) == 1100
    reader.press("Sign")
    reader.heading("Witness 1, please sign here")


def test_the_box_is_seen_whole_without_scrolling(
    hospital: Hospital, tablet: BrowserContext, read: Sit, nurse: Person
) -> None:
    reader = read(tablet)
    for_an_adult(hospital, nurse, reader)
    for way in ("draw", "mark"):
        reader.goto(f"/sign/sign?way={way}")
        box = reader.page.locator("#pad").bounding_box()
        assert box
        assert box["y"] + box["height"] <= reader.page.evaluate("innerHeight")
