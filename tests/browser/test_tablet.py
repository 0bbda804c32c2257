"""The tablet at the bed: it asks before it closes, it locks when it is left, and it shows nobody to the next one."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, expect
from sqlalchemy import select

from consent.acts import answering, cards, copying, own_phone
from consent.records.tables.consents import signing_session
from tests.browser import bedside
from tests.browser.conftest import chromium_program
from tests.browser.hospital import PIN, Hospital, Person, aside
from tests.browser.reader import Reader, back, sign_in
from tests.browser.test_hand_over import begin, is_no_staff_page
from tests.factory import USUAL

Sit = Callable[[BrowserContext], Reader]
AWAY = 15 * 60
WARNING = 2 * 60
SECRET = "Photos of the burn on the left hand."


@pytest.fixture
def patient(hospital: Hospital, portrait: BrowserContext, read: Sit, nurse: Person) -> Reader:
    """A patient on the second page, with the browser's clock in the test's hand."""
    reader = read(portrait)
    reader.page.clock.install()
    begin(hospital, nurse, reader)
    to_the_first_question(reader)
    return reader


def to_the_first_question(reader: Reader, language: str = "en") -> None:
    """Go on until there is something to answer."""
    say = reader.hospital.house.forms.words(language)
    reader.press(say("buttons.start"))
    while not reader.page.get_by_label(say("labels.yes"), exact=True).count():
        reader.press(say("buttons.next"))


def session_of(hospital: Hospital) -> str:
    with hospital.house.reading() as connection:
        return str(connection.execute(select(signing_session.c.id)).scalar_one())


def given(hospital: Hospital) -> dict[tuple[str, str], bool]:
    return dict(answering.open_session(hospital.house, session_of(hospital)).given.uses)


def pass_(hospital: Hospital, page: Page, seconds: float) -> None:
    """Let time pass at the server and in the page; nobody touches anything."""
    hospital.clock.pass_(seconds=seconds)
    page.clock.fast_forward(int(seconds * 1000))


def leave_alone(hospital: Hospital, page: Page) -> None:
    """Walk away from the tablet, for longer than it waits."""
    pass_(hospital, page, AWAY - WARNING + 1)
    expect(page.get_by_role("dialog")).to_be_visible()
    pass_(hospital, page, WARNING)


def is_locked(page: Page) -> None:
    """A page that shows nobody, in the patient's language."""
    expect(page.locator("h1")).to_have_text("This screen is locked")
    is_no_staff_page(page)
    # It may still be on its way from the emptied page to the server's own: a locator reads whichever stands.
    source = page.locator("html").inner_html()
    assert SECRET not in source
    assert "@testhospital" not in source
    expect(page.locator("form")).to_have_count(0)


def test_rule_18_a_warning_with_a_button_comes_first_and_can_be_answered_again_and_again(
    hospital: Hospital, patient: Reader, fits: Callable[[Page], None], axe: Callable[[Page], None]
) -> None:
    page = patient.page
    asked = page.get_by_role("dialog", name="Are you still there?")
    stay = page.get_by_role("button", name="I am still here")
    # The page's clock runs on by itself, and a busy machine takes its time.
    pass_(hospital, page, AWAY - WARNING - 60)
    expect(asked).to_be_hidden()
    for number in range(12):
        pass_(hospital, page, AWAY - WARNING if number else 61)
        expect(asked).to_be_visible()
        expect(stay).to_be_focused()
        expect(asked).to_contain_text("This page will close in")
        if not number:
            axe(page)
            fits(page)
            patient.shot("tablet-warning")
            pass_(hospital, page, WARNING / 2)
            expect(page.locator("#still-there-said")).to_contain_text(re.compile(r"in \d\d seconds"))
        with page.expect_response("**/sign/here"):
            page.keyboard.press("Escape") if number % 2 else stay.tap()
        expect(asked).to_be_hidden()
    patient.look()
    assert "/sign/page/" in page.url


def test_touching_the_page_is_enough_and_no_warning_comes(hospital: Hospital, patient: Reader) -> None:
    page = patient.page
    for _ in range(6):
        pass_(hospital, page, AWAY / 2)
        with page.expect_response("**/sign/here") as heard:
            page.mouse.wheel(0, 40)
        assert heard.value.json() == {"open": True}
        expect(page.get_by_role("dialog")).to_be_hidden()


@pytest.mark.parametrize("language", ["en", "es"])
def test_an_abandoned_signing_locks_keeps_its_answers_and_goes_on_by_pin(
    hospital: Hospital, portrait: BrowserContext, read: Sit, nurse: Person, language: str
) -> None:
    say = hospital.house.forms.words(language)
    reader = read(portrait)
    page = reader.page
    page.clock.install()
    begin(hospital, nurse, reader, language)
    to_the_first_question(reader, language)
    # He answers, does not press Next, and is called away.
    page.get_by_label(say("labels.yes"), exact=True).first.tap()
    leave_alone(hospital, page)
    expect(page).to_have_url(f"{hospital.address}/sign/locked")
    reader.look()
    reader.heading(say("locked.heading"))
    reader.shot(f"tablet-locked-{language}")
    assert list(given(hospital).values()) == [True]
    for path in ("/sign", "/sign/page/media", "/sign/check", "/sign/decline", "/sign/copy", "/tablet"):
        page.goto(hospital.address + path)
        expect(page).to_have_url(f"{hospital.address}/sign/locked")
    page.reload()
    for _ in range(4):
        back(page)
        reader.heading(say("locked.heading"))
    second = page.context.new_page()
    second.goto(hospital.address + "/sign/page/media")
    expect(second.locator("h1")).to_have_text(say("locked.heading"))
    second.close()

    reader.follow(say("signing.unlock"))
    reader.fill("For staff: enter your PIN", PIN)
    reader.press("Give it back to the patient")
    to_the_first_question(reader, language)
    expect(page.get_by_label(say("labels.yes"), exact=True).first).to_be_checked()


def test_a_locked_tablet_can_be_unlocked_for_the_staff_and_handed_over_again(
    hospital: Hospital, patient: Reader
) -> None:
    page = patient.page
    page.get_by_label("No", exact=True).first.tap()
    leave_alone(hospital, page)
    expect(page).to_have_url(f"{hospital.address}/sign/locked")
    is_locked(page)
    patient.follow("Unlock this tablet")
    patient.fill("For staff: enter your PIN", PIN)
    patient.press("Unlock")
    expect(page.get_by_role("navigation", name="Menu")).to_be_visible()
    with hospital.house.reading() as connection:
        made = connection.execute(select(signing_session.c.consent_id)).scalar_one()
    patient.goto(f"/consents/{made}")
    bedside.hand_over(patient)
    to_the_first_question(patient)
    expect(page.get_by_label("No", exact=True).first).to_be_checked()


def test_it_locks_without_a_connection_too(hospital: Hospital, patient: Reader) -> None:
    page = patient.page
    page.get_by_label("Yes", exact=True).first.tap()
    page.context.set_offline(True)
    leave_alone(hospital, page)
    expect(page.locator("h1")).to_have_text("This screen is locked")
    assert SECRET not in page.locator("html").inner_html()
    assert page.title() == "This screen is locked"
    page.context.set_offline(False)
    pass_(hospital, page, 6)
    expect(page).to_have_url(f"{hospital.address}/sign/locked")
    is_locked(page)
    # What he had answered while there was no connection has been kept as well.
    assert list(given(hospital).values()) == [True]


def test_the_server_locks_by_itself_when_the_browser_went_away(
    hospital: Hospital, portrait: BrowserContext, read: Sit, nurse: Person
) -> None:
    reader = read(portrait)
    begin(hospital, nurse, reader)
    with reader.page.expect_response("**/sign/here"):
        reader.press("Start")
    reader.page.close()
    hospital.clock.pass_(minutes=17.5)
    page = portrait.new_page()
    page.goto(hospital.address + "/sign/page/media")
    is_locked(page)


def test_without_javascript_nothing_typed_is_lost_and_no_limit_is_felt(
    hospital: Hospital, new_context: Callable[..., BrowserContext], nurse: Person
) -> None:
    reader = Reader(new_context(java_script_enabled=False).new_page(), hospital, ())
    page = reader.page
    begin(hospital, nurse, reader)
    to_the_first_question(reader)
    for field in page.get_by_label("Yes", exact=True).all():
        field.check()
    hospital.clock.pass_(hours=7)
    reader.press("Next")
    assert "/sign/page/" in page.url
    for field in page.get_by_label("Yes", exact=True).all():
        field.check()
    hospital.clock.pass_(hours=21)
    before = len(given(hospital))
    reader.press("Next")
    is_locked(page)
    assert len(given(hospital)) > before


def test_an_unfinished_page_of_the_staff_is_kept_when_its_time_is_over(
    hospital: Hospital, desk: BrowserContext, read: Sit, nurse: Person
) -> None:
    reader = read(desk)
    page = reader.page
    page.clock.install()
    sign_in(reader, nurse)
    made = hospital.factory.draft(USUAL, nurse.actor)
    reader.goto(f"/consents/{made}/details/description")
    reader.fill("What will be recorded?", "A film of the first steps.")
    asked = page.get_by_role("dialog", name="Are you still there?")
    for _ in range(11):
        pass_(hospital, page, 12.5 * 60)
        expect(asked).to_be_visible()
        with page.expect_response("**/here"):
            page.get_by_role("button", name="Stay signed in").click()
    pass_(hospital, page, 12.5 * 60)
    expect(asked).to_be_visible()
    pass_(hospital, page, 2 * 60)
    expect(page).to_have_url(f"{hospital.address}/sign-in")
    reader.look()
    reader.sees("You were signed out because nothing was done")
    is_no_staff_page(page)
    sign_in(reader, nurse)
    reader.heading("You were signed out. What you typed is kept")
    reader.press("Send it now")
    reader.goto(f"/consents/{made}/details/description")
    expect(page.get_by_label("What will be recorded?")).to_have_value("A film of the first steps.")


def test_a_restarted_browser_shows_nobody(
    hospital: Hospital, playwright: Playwright, tmp_path: Path, nurse: Person, portrait: BrowserContext
) -> None:
    def open_browser() -> BrowserContext:
        return playwright.chromium.launch_persistent_context(str(tmp_path / "profile"), **chromium_program())

    browser = open_browser()
    reader = Reader(browser.new_page(), hospital, ())
    begin(hospital, nurse, reader)
    reader.press("Start")
    held = [cookie for cookie in browser.cookies() if cookie["name"] == "consent"]
    assert held[0]["expires"] == -1, "kept on the disk"
    browser.close()

    browser = open_browser()
    page = browser.new_page()
    for path in ("/tablet", "/sign", "/sign/page/media", "/sign/check", "/unlock"):
        page.goto(hospital.address + path)
        is_no_staff_page(page)
        assert SECRET not in page.locator("html").inner_html()
        expect(page.locator("main form")).to_have_count(0)
    for path in ("/", "/consents"):
        page.goto(hospital.address + path)
        assert page.url.endswith("/sign-in")
    page.goto(hospital.address + "/tablet")
    is_locked(page)
    browser.close()
    # A browser that brings its session back goes on with this signing, and with nothing else.
    portrait.add_cookies(held)  # type: ignore[arg-type]
    page = portrait.new_page()
    page.goto(hospital.address + "/tablet")
    expect(page).to_have_url(f"{hospital.address}/sign")


KEPT = """async () => ({
  local: {...localStorage}, session: {...sessionStorage}, cookie: document.cookie,
  caches: await caches.keys(), databases: (await indexedDB.databases()).length,
  workers: (await navigator.serviceWorker.getRegistrations()).length, name: window.name})"""


def test_nothing_of_one_patient_is_left_for_the_next(hospital: Hospital, patient: Reader, nurse: Person) -> None:
    page = patient.page
    shown: list[str] = []
    page.expose_function("heard", lambda text: shown.append(text))  # noqa: PLW0108 - Playwright marks what it is given
    page.add_init_script("addEventListener('pageshow', e => { if (e.persisted) heard(document.body.innerText) })")
    seen = [page.url]
    while "/sign/page/" in page.url:
        for group in page.locator("#answers").get_by_role("group").all():
            patient.tap(group.get_by_role("radio").first)
        patient.press("Next")
        seen.append(page.url)
        assert page.evaluate(KEPT) == {
            "local": {}, "session": {}, "cookie": "", "caches": [], "databases": 0, "workers": 0, "name": "",
        }  # fmt: skip
        # A shared browser offers to nobody what another patient typed.
        offered = page.evaluate("[...document.querySelectorAll('input, textarea, select')].map(f => f.autocomplete)")
        assert not [each for each in offered if each not in ("off", "", "one-time-code")]
        assert page.evaluate(
            "[...document.querySelectorAll('main input:not([type=hidden]):not([type=radio]):not([type=checkbox])')]"
            ".every(f => f.autocomplete === 'off')"
        )
    leave_alone(hospital, page)
    expect(page).to_have_url(f"{hospital.address}/sign/locked")
    is_locked(page)
    patient.follow("Unlock this tablet")
    patient.fill("For staff: enter your PIN", PIN)
    patient.press("Unlock")
    other = hospital.factory.draft(USUAL, nurse.actor, description="A film of the left foot.")
    patient.goto(f"/consents/{other}")
    bedside.hand_over(patient)
    to_the_first_question(patient)
    for _ in range(len(seen) + 9):
        back(page)
        assert SECRET not in page.locator("html").inner_html()
        is_no_staff_page(page)
    assert not [each for each in shown if SECRET in each], "Back shows the other patient's page for a moment"
    for checked in page.locator("input:checked").all():
        assert not checked.is_visible()


def paste(page: Page, label: str, text: str) -> None:
    """Put it on the clipboard and paste it, as from a message or a note."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    field = page.get_by_label(label, exact=True)
    assert field.get_attribute("maxlength") is None
    assert field.get_attribute("inputmode") == "numeric"
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    field.fill("")
    field.focus()
    page.keyboard.press("Control+V")
    expect(field).to_have_value(text)


def spaced(code: str) -> str:
    return f" {code[:3]}-{code[3:]} "


def test_every_code_takes_what_is_pasted(
    hospital: Hospital, new_context: Callable[..., BrowserContext], portrait: BrowserContext, read: Sit, nurse: Person
) -> None:
    house, factory = hospital.house, hospital.factory
    signed = aside(lambda: factory.signed_consent(actor=nurse.actor))
    card = aside(lambda: cards.make_card(house, nurse.actor, signed))
    page = new_context().new_page()
    page.goto(card.address)
    paste(page, "Code", f" {card.code[:4]}-{card.code[4:]} ")
    page.get_by_role("button", name="Next").click()
    expect(page).to_have_url(f"{hospital.address}/withdraw/choose")

    # Six digits, for the copy and for signing on one's own phone.
    offered = aside(lambda: copying.offer_to_phone(house, nurse.actor, signed))
    code = aside(lambda: copying.code_for_phone(house, nurse.actor, signed))
    say = house.forms.words("en")
    page = new_context().new_page()
    page.goto(offered.address)
    paste(page, say("copy.code-label"), spaced(code))
    page.get_by_role("button", name="Next").click()
    expect(page.locator("h1")).not_to_have_text(say("copy.code-ask-heading"))

    made = factory.draft(USUAL, nurse.actor)
    aside(lambda: own_phone.send(house, nurse.actor, made, "shown"))
    waiting = aside(lambda: own_phone.to_pass_on(house, nurse.actor, made))
    page = new_context().new_page()
    page.goto(waiting.address)
    for part, typed in (("day", "17"), ("month", "5"), ("year", "1980")):
        page.get_by_label(say(f"remote.{part}"), exact=True).fill(typed)
    paste(page, say("remote.code-label"), spaced(waiting.code))
    page.get_by_role("button", name="Next").click()
    expect(page).to_have_url(f"{hospital.address}/sign")

    # The PIN, on the tablet.
    reader = read(portrait)
    begin(hospital, nurse, reader)
    reader.goto("/unlock")
    paste(reader.page, "For staff: enter your PIN", spaced(PIN))
    reader.press("Unlock")
    expect(reader.page.get_by_role("navigation", name="Menu")).to_be_visible()


def test_rule_18_an_opened_card_warns_and_loses_nothing_that_was_typed(
    hospital: Hospital, portrait: BrowserContext, read: Sit, nurse: Person, axe: Callable[[Page], None]
) -> None:
    signed = aside(lambda: hospital.factory.signed_consent(actor=nurse.actor))
    card = aside(lambda: cards.make_card(hospital.house, nurse.actor, signed))
    reader = read(portrait)
    page = reader.page
    page.clock.install()
    page.goto(card.address)
    reader.fill("Code", card.code)
    reader.press("Next")
    page.goto(f"{hospital.address}/withdraw/check?stop=everything")
    why = page.get_by_label(hospital.house.forms.words("en")("withdrawal.why-label"))
    why.fill("My boss saw it.")
    asked = page.get_by_role("dialog", name="Are you still there?")
    for _ in range(2):
        pass_(hospital, page, 26 * 60 + 1)
        expect(asked).to_be_visible()
        with page.expect_response("**/withdraw/here"):
            page.get_by_role("button", name="I am still here").tap()
        expect(asked).to_be_hidden()
    pass_(hospital, page, 26 * 60 + 1)
    expect(asked).to_be_visible()
    axe(page)
    pass_(hospital, page, 2 * 60)
    expect(page).to_have_url(f"{hospital.address}/withdraw/again")
    expect(page.locator("main")).not_to_contain_text("My boss")
    axe(page)
    reader.fill("Code", card.code)
    reader.press("Next")
    expect(why).to_have_value("My boss saw it.")


def test_it_can_be_installed_under_an_address_that_names_nobody(hospital: Hospital, portrait: BrowserContext) -> None:
    page = portrait.new_page()
    page.goto(hospital.address + "/tablet")
    devtools = portrait.new_cdp_session(page)
    found = devtools.send("Page.getAppManifest")
    assert not found["errors"]
    manifest = json.loads(found["data"])
    assert (manifest["start_url"], manifest["display"]) == ("/tablet", "standalone")
    # Every context of a test is a private window, and that is all that stands in the way.
    lacking = devtools.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert [each["errorId"] for each in lacking] == ["in-incognito"]
    for icon in manifest["icons"]:
        assert page.request.get(f"{hospital.address}/static/{icon['src']}").ok
