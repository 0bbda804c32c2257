"""The patient's part of the job in each language that is not English or Spanish, one of them from right to left."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import pytest
from flask.sessions import SecureCookieSessionInterface
from playwright.sync_api import BrowserContext, Page, expect

from consent.acts import cards, handing_over
from consent.rules.access import Role
from tests.browser import bedside
from tests.browser.hospital import Hospital, aside
from tests.browser.reader import Reader
from tests.factory import USUAL, forms
from tests.staffroom import make_app

NAMES = {"ar": "محمد الأحمد", "vi": "Nguyễn Thị Ánh", "zh-Hans": "王小明"}
LANGUAGES = pytest.mark.parametrize("language", ["ar", "vi", "zh-Hans"])
# Where a thing stands between the left and the right edge of the page's column, 0 to 1.
MIDDLE = """element => { const box = element.getBoundingClientRect(), page = document.querySelector('main')
  .getBoundingClientRect(); return ((box.left + box.right) / 2 - page.left) / page.width; }"""


def begin(hospital: Hospital, reader: Reader, language: str) -> str:
    """Prepare and hand over by the acts; the reader is the patient, who has not begun yet."""
    nurse = hospital.person("Nora Field", Role.CLINICIAN)
    hospital.set_pin(nurse)
    made = hospital.factory.draft(USUAL, nurse.actor, language=language)
    token = handing_over.hand_over(hospital.house, nurse.actor, "no-browser", made)
    cookie = SecureCookieSessionInterface().get_signing_serializer(make_app(hospital.house))
    assert cookie
    held = {"name": "consent", "value": str(cookie.dumps({"signing": token})), "url": hospital.address}
    reader.page.context.add_cookies([held])  # type: ignore[list-item]
    reader.goto("/sign")
    return made


def stands(page: Page, language: str) -> None:
    """The page says which language it is in and which way that runs, and is laid out so."""
    root = page.locator("html")
    expect(root).to_have_attribute("lang", language)
    expect(root).to_have_attribute("dir", "rtl" if language == "ar" else "ltr")
    start = page.evaluate("getComputedStyle(document.querySelector('h1')).textAlign")
    assert start == "start"
    mirrored = page.evaluate("getComputedStyle(document.querySelector('h1')).direction")
    assert mirrored == ("rtl" if language == "ar" else "ltr")


@LANGUAGES
def test_a_patient_reads_chooses_and_signs(
    hospital: Hospital, portrait: BrowserContext, read: Callable[[BrowserContext], Reader], language: str
) -> None:
    say = forms().words(language)
    reader = read(portrait)
    begin(hospital, reader, language)
    page = reader.page

    def shot(name: str) -> None:
        stands(page, language)
        reader.shot(f"{language}-{name}", whole=True)

    shot("1-welcome")
    reader.press(say("buttons.start"))
    shot("2-about")
    radio = page.locator("main input[type=radio]").first
    while not radio.count():
        reader.press(say("buttons.next"))
    shot("3-media")
    side = radio.evaluate(MIDDLE)
    assert (side > 0.5) == (language == "ar"), "the boxes stand where the line begins"
    bedside.choose_all(reader, words=(say("labels.yes"), say("labels.no"), say("buttons.next")))
    reader.heading(say("signing.check-heading"))
    shot("4-check")
    reader.press(say("buttons.go-to-sign"))
    bedside.agree_to_the_screen(reader, language)
    shot("5-sign")
    bedside.signs(reader, typed=NAMES[language], language=language)
    reader.heading(say("done.heading"))
    shot("6-done")
    reader.press(say("done.copy-next"))
    shot("7-copy")
    text = page.locator("body").inner_text()
    assert not any(phrase in text for phrase in ("How would you like", "Next", "Back", "Page 1"))


@LANGUAGES
def test_a_patient_changes_his_mind_on_his_phone(
    hospital: Hospital, phone: BrowserContext, read: Callable[[BrowserContext], Reader], language: str
) -> None:
    say = forms().words(language)
    nurse = hospital.person("Nora Field", Role.CLINICIAN)
    made = aside(lambda: hospital.factory.signed_consent(language=language, actor=nurse.actor))
    card = cards.make_card(hospital.house, nurse.actor, made)
    reader = read(phone)
    page = reader.page
    reader.goto(f"/withdraw?language={language}")
    stands(page, language)
    reader.shot(f"{language}-8-code")
    assert unicodedata.normalize("NFC", page.locator("h1").inner_text()) == say("withdrawal.heading")
    reader.fill(say("card.number-label"), card.number)
    reader.fill(say("withdrawal.code-label"), card.code)
    reader.press(say("buttons.next"))
    stands(page, language)
    reader.shot(f"{language}-9-choose", whole=True)
    reader.tap(page.get_by_label(say("withdrawal.all"), exact=True))
    reader.press(say("buttons.next"))
    reader.press(say("withdrawal.now-button"))
    reader.heading(say("withdrawal.done-heading"))
    stands(page, language)
    reader.shot(f"{language}-9-stopped", whole=True)
