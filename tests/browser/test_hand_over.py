"""After the hand-over the tablet is the patient's: no Back, no copied cookie, no address and no second tab leads to
a page of the staff's, until the tablet is unlocked. Chromium's back-forward cache is on."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select

from consent.records.tables.consents import consent, signing_session
from tests.browser import bedside
from tests.browser.hospital import PIN, Hospital, Person
from tests.browser.reader import Reader, back, sign_in
from tests.factory import USUAL

Sit = Callable[[BrowserContext], Reader]
STAFF_PAGES = ("/", "/consents", "/consents/new", "/pictures", "/people", "/custody", "/account", "/kept")


def drafted(hospital: Hospital, nurse: Person, language: str = "en") -> str:
    return hospital.factory.draft(USUAL, nurse.actor, language=language)


def begin(hospital: Hospital, nurse: Person, reader: Reader, language: str = "en") -> str:
    """Sign in, open the draft from the list, hand over; returns the consent's ID."""
    made = drafted(hospital, nurse, language)
    sign_in(reader, nurse)
    reader.goto("/consents")
    reader.goto(f"/consents/{made}")
    bedside.hand_over(reader)
    return made


def is_no_staff_page(page: Page) -> None:
    """Whatever stands here, it is the patient's, or the sign-in, or a refusal; and no patient's name."""
    expect(page.get_by_role("navigation", name="Menu")).to_have_count(0)
    expect(page.get_by_role("button", name="Sign out")).to_have_count(0)
    expect(page.locator("body")).not_to_contain_text("Maria Lopez")


def test_back_never_shows_a_staff_page(hospital: Hospital, tablet: BrowserContext, read: Sit, nurse: Person) -> None:
    reader = read(tablet)
    begin(hospital, nurse, reader)
    page = reader.page
    reader.press("Start")
    for _ in range(9):
        before = page.url
        back(page)
        is_no_staff_page(page)
        if page.url == before:
            break
    page.goto(hospital.address + "/sign")
    expect(page.get_by_role("button", name="Start")).to_be_visible()


def test_a_copied_cookie_an_address_and_a_second_tab_are_refused(
    hospital: Hospital, portrait: BrowserContext, new_context: Callable[..., BrowserContext], read: Sit, nurse: Person
) -> None:
    reader = read(portrait)
    made = drafted(hospital, nurse)
    sign_in(reader, nurse)
    second = portrait.new_page()
    second.goto(f"{hospital.address}/consents/{made}")
    expect(second.locator("main")).to_contain_text("Maria Lopez")
    copied = portrait.cookies()
    reader.goto(f"/consents/{made}")
    bedside.hand_over(reader)
    # What stood in the other tab goes by itself: nobody has to load it anew.
    expect(second).to_have_url(f"{hospital.address}/sign-in")
    is_no_staff_page(second)

    elsewhere = new_context()
    elsewhere.add_cookies(copied)  # type: ignore[arg-type]
    for context in (elsewhere, portrait):
        page = context.new_page()
        for path in (*STAFF_PAGES, f"/consents/{made}", f"/consents/{made}/preview"):
            page.goto(hospital.address + path)
            is_no_staff_page(page)
            assert page.url.endswith("/sign-in"), path


def test_the_pin_gives_the_tablet_back(hospital: Hospital, portrait: BrowserContext, read: Sit, nurse: Person) -> None:
    reader = read(portrait)
    begin(hospital, nurse, reader, "es")
    reader.follow("Abrir esta tableta")
    reader.fill("For staff: enter your PIN", "000000")
    reader.press("Unlock")
    expect(reader.page.get_by_role("alert")).to_contain_text("The PIN is not right.")
    left_open = portrait.new_page()
    left_open.goto(hospital.address + "/sign/page/about")
    reader.fill("For staff: enter your PIN", PIN)
    reader.press("Unlock")
    expect(reader.page.get_by_role("navigation", name="Menu")).to_be_visible()
    # What he had open in another tab is gone before the next patient has the tablet.
    expect(left_open).not_to_have_url(f"{hospital.address}/sign/page/about")
    expect(left_open.locator("form")).to_have_count(0)
    reader.page.goto(hospital.address + "/sign")
    expect(reader.page.locator("h1")).to_have_text("This page is closed")


def test_reload_back_and_language_keep_every_answer(
    hospital: Hospital, tablet: BrowserContext, read: Sit, nurse: Person
) -> None:
    reader = read(tablet)
    begin(hospital, nurse, reader)
    page = reader.page
    reader.press("Start")
    reader.press("Next")
    first = page.get_by_role("group").first
    reader.tap(first.get_by_label("Yes", exact=True))
    reader.press("Back")
    reader.press("Next")
    expect(page.get_by_role("group").first.get_by_label("Yes", exact=True)).to_be_checked()
    # Enter on a choice is Next, and none of the buttons above it.
    page.get_by_role("group").first.get_by_label("Yes", exact=True).focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page).to_have_url(f"{hospital.address}/sign/page/known")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    for group in page.get_by_role("group").all()[:2]:
        reader.tap(group.get_by_label("No", exact=True))
    reader.press("Español")
    expect(page.locator("html")).to_have_attribute("lang", "es")
    for group in page.get_by_role("group").all()[:2]:
        expect(group.get_by_label("No", exact=True)).to_be_checked()
    page.reload()
    reader.look()
    for group in page.get_by_role("group").all()[:2]:
        expect(group.get_by_label("No", exact=True)).to_be_checked()
    reader.press("English")
    reader.press("Next")
    expect(page.get_by_role("alert")).to_contain_text("There is a problem")
    bedside.choose_all(reader, words=("Yes", "No", "Next"))
    reader.heading("Are these your choices?")


def signing_page(hospital: Hospital, nurse: Person, reader: Reader) -> str:
    """Everything chosen and checked by the acts; the reader stands at the signature."""
    made = begin(hospital, nurse, reader)
    with hospital.house.reading() as connection:
        session_id = str(connection.execute(select(signing_session.c.id)).scalar_one())
    hospital.factory.answer(session_id)
    reader.goto("/sign/sign")
    return made


def test_two_taps_on_sign_sign_once_and_back_changes_nothing(
    hospital: Hospital, portrait: BrowserContext, read: Sit, nurse: Person
) -> None:
    reader = read(portrait)
    made = signing_page(hospital, nurse, reader)
    page = reader.page
    bedside.draw_by_touch(page)
    spot = page.get_by_role("button", name="Sign", exact=True).bounding_box()
    assert spot
    with page.expect_navigation(url="**/sign/done"):
        for _ in range(2):
            page.touchscreen.tap(spot["x"] + spot["width"] / 2, spot["y"] + spot["height"] / 2)
    reader.look()
    reader.sees("Your form is signed and safe")
    with hospital.house.reading() as connection:
        signed = connection.execute(select(consent.c.id).where(consent.c.status == "signed")).scalars().all()
        assert list(signed) == [made]
    for _ in range(4):
        back(page)
        is_no_staff_page(page)
        expect(page.get_by_role("button", name="Sign", exact=True)).to_have_count(0)
    page.goto(hospital.address + "/sign/page/media")
    reader.sees("Your form is signed and safe")


def test_after_a_mistake_drawing_stays_and_a_typed_name_replaces_it(
    hospital: Hospital, tablet: BrowserContext, read: Sit, nurse: Person
) -> None:
    reader = read(tablet)
    signing_page(hospital, nurse, reader)
    page = reader.page
    reader.press("Sign")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("Draw your name or type it.")
    expect(page.locator("#pad")).to_be_visible()
    expect(page.locator("#signature .nhsuk-error-message")).to_be_visible()
    bedside.draw_by_touch(page)
    reader.tap(page.get_by_role("button", name="Clear and draw again"))
    reader.press("Type my name instead")
    reader.fill("Type your full name", "X")
    with page.expect_navigation(url="**/sign/done"):
        page.keyboard.press("Enter")
    reader.heading("Done. Your form is signed and safe.")
