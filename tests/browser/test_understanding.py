"""Understanding: pages that can be made easier to read, a voice of the device's own, and what is asked back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.sessions import SecureCookieSessionInterface
from playwright.sync_api import BrowserContext, Page, expect

from consent.acts import answering, handing_over
from consent.acts.organisation import Policy, save_policy
from consent.records.tables.consents import signing_session
from consent.rules.access import Role
from consent.rules.jurisdiction import Jurisdiction
from tests.browser import bedside
from tests.browser.hospital import PIN, Hospital, Person, aside
from tests.browser.reader import Reader
from tests.factory import USUAL, forms
from tests.staffroom import make_app

Sit = Callable[[BrowserContext], Reader]
EN, ES = forms().words("en"), forms().words("es")
MODES = ("large", "contrast", "calm")
# What is said, in which voice, and when it was stopped, instead of a sound. `local`: whether it is on the device.
VOICE = """
window.said = []; window.cancelled = 0;
const speech = new EventTarget();
let now = null;
Object.assign(speech, {
  getVoices: () => [
    {name: 'Far', lang: 'LANG', localService: false, default: true},
    {name: 'Near', lang: 'LANG', localService: LOCAL, default: false},
    {name: 'Other', lang: 'de-DE', localService: true, default: false}],
  speak: words => { window.said.push([words.text, words.voice.name, words.lang]); now = words;
    setTimeout(() => { if (now === words && window.going) { now = null; words.onend && words.onend(); } }, 5); },
  cancel: () => { window.cancelled += 1; now = null; },
  pause() {}, resume() {}, speaking: false, paused: false, pending: false});
Object.defineProperty(window, 'speechSynthesis', {value: speech});
window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
"""
# Every piece of text against the colour that is really behind it; axe leaves out what it is not sure of.
PALE = """least => {
  const channel = v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const read = c => (c.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const behind = e => { for (; e; e = e.parentElement) { const c = read(getComputedStyle(e).backgroundColor);
    if (c.length === 3 || c[3] > 0) return c; } return [255, 255, 255]; };
  const found = [], words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (words.nextNode()) {
    const e = words.currentNode.parentElement;
    if (!words.currentNode.data.trim() || !e.checkVisibility() || e.closest('script, .nhsuk-skip-link, svg')) continue;
    const [a, b] = [light(read(getComputedStyle(e).color)), light(behind(e))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < least) found.push(`${ratio.toFixed(1)} ${words.currentNode.data.trim().slice(0, 60)}`);
  }
  return found;
}"""


def begin(hospital: Hospital, nurse: Person, reader: Reader, language: str = "en") -> str:
    """Prepare and hand over by the acts; the reader is the patient, who has not begun yet."""
    made = hospital.factory.draft(USUAL, nurse.actor, language=language)
    token = handing_over.hand_over(hospital.house, nurse.actor, "no-browser", made)
    cookie = SecureCookieSessionInterface().get_signing_serializer(make_app(hospital.house))
    assert cookie
    held = {"name": "consent", "value": str(cookie.dumps({"signing": token})), "url": hospital.address}
    reader.page.context.add_cookies([held])  # type: ignore[list-item]
    reader.goto("/sign")
    return made


def session_of(hospital: Hospital) -> str:
    with hospital.house.reading() as connection:
        return str(connection.execute(signing_session.select()).one().id)


def switch(page: Page, mode: str) -> None:
    """Press a mode and see the page change without leaving it."""
    with page.expect_response("**/sign/comfort"):
        page.locator(f"button[name=comfort][value={mode}]").click()
    expect(page.locator(f"button[name=comfort][value={mode}]")).to_have_attribute("aria-pressed", "true")


def looks(page: Page) -> set[str]:
    return set((page.locator("html").get_attribute("class") or "").split())


def is_calm(page: Page) -> None:
    """No picture, nothing that shows how far it still is, and one question at a time, unless one was left out."""
    expect(page.locator("img:visible, progress:visible")).to_have_count(0)
    if not page.locator(".nhsuk-error-message").count():
        assert page.locator(".question:visible").count() <= 1, page.url


@pytest.mark.parametrize("mode", MODES)
def test_every_page_in_every_mode(
    hospital: Hospital,
    tablet: BrowserContext,
    nurse: Person,
    axe: Callable[[Page], None],
    fits: Callable[[Page], None],
    mode: str,
) -> None:
    reader = Reader(tablet.new_page(), hospital, (), bedside.SECRETS)
    begin(hospital, nurse, reader)
    page = reader.page
    switch(page, mode)
    seen: list[str] = []
    # What axe looks for does not hang on how the tablet is held; it takes a second a page.
    upright = page.evaluate("innerWidth < innerHeight")

    def look() -> None:
        page.wait_for_load_state()
        assert looks(page) == {mode}
        if upright:
            axe(page)
        fits(page)
        pale = page.evaluate(PALE, 7 if mode == "contrast" else 4.5)
        assert not pale, f"{page.url}: {pale}"
        if mode == "calm":
            is_calm(page)
        seen.append(page.url)

    look()
    reader.press("Start")
    while "/sign/check" not in page.url:
        look()
        if page.url.endswith(("/media", "/understand/what")):
            reader.press("Next")  # with what is missing said
            look()
        if page.url.endswith("/understand/change"):
            reader.tap(page.locator("input[value=never]"))
            reader.press("Next")
            look()
            reader.press(EN("teach.again-button"))
        for field in page.locator("main fieldset").all():
            right = field.locator(", ".join(f"input[value={code}]" for code in bedside.RIGHT))
            reader.tap(right.first if right.count() else field.get_by_role("radio").first)
        reader.press("Next")
    look()
    reader.press(EN("buttons.go-to-sign"))
    look()
    bedside.agree_to_the_screen(reader, "en")
    look()
    reader.press("I do not want this")
    look()
    reader.press(EN("decline.confirm"))
    look()
    assert len(seen) > 20


def test_modes_are_kept_with_this_signing_and_end_with_it(
    hospital: Hospital, tablet: BrowserContext, read: Sit, nurse: Person
) -> None:
    reader = read(tablet)
    made = begin(hospital, nurse, reader)
    page = reader.page
    for mode in MODES:
        switch(page, mode)
    reader.press("Start")
    assert looks(page) == set(MODES)
    reader.press("Español")
    assert looks(page) == set(MODES)
    # Handed back unfinished and out again: the same patient, the same looks.
    page.goto(hospital.address + "/unlock")
    reader.fill("For staff: enter your PIN", PIN)
    reader.press("Unlock")
    assert looks(page) == set()
    reader.goto(f"/consents/{made}")
    bedside.hand_over(reader)
    assert looks(page) == set(MODES)
    page.locator("button[name=comfort][value=calm]").click()
    expect(page.locator("button[name=comfort][value=calm]")).to_have_attribute("aria-pressed", "false")
    assert answering.open_session(hospital.house, session_of(hospital)).comfort == ("large", "contrast")
    reader.press("Start")
    reader.press("I do not want this")
    reader.press(EN("decline.confirm"))
    assert looks(page) == {"large", "contrast"}
    page.goto(hospital.address + "/unlock")
    reader.fill("For staff: enter your PIN", PIN)
    reader.press("Unlock")
    assert answering.open_session(hospital.house, session_of(hospital)).comfort == ()


def test_a_mode_loses_nothing_that_was_ticked(
    hospital: Hospital, portrait: BrowserContext, read: Sit, nurse: Person
) -> None:
    reader = read(portrait)
    begin(hospital, nurse, reader)
    page = reader.page
    reader.press("Start")
    reader.press("Next")
    reader.tap(page.locator("main fieldset").first.get_by_label("Yes", exact=True))
    switch(page, "large")
    expect(page.locator("main fieldset").first.get_by_label("Yes", exact=True)).to_be_checked()
    assert float(page.evaluate("parseFloat(getComputedStyle(document.querySelector('main p')).fontSize)")) >= 27


SMALL = {"phone-360": (360, 740, 2), "tablet-at-200": (384, 512, 4)}


@pytest.mark.parametrize("size", SMALL)
@pytest.mark.parametrize("language", ["en", "es"])
def test_small_screens_in_all_modes_at_once(
    hospital: Hospital,
    new_context: Callable[..., BrowserContext],
    read: Sit,
    nurse: Person,
    fits: Callable[[Page], None],
    axe: Callable[[Page], None],
    size: str,
    language: str,
) -> None:
    width, height, scale = SMALL[size]
    reader = read(new_context(viewport={"width": width, "height": height}, device_scale_factor=scale))
    begin(hospital, nurse, reader, language)
    page, words = reader.page, forms().words(language)
    hospital.factory.answer(session_of(hospital))
    for mode in ("large", "contrast"):
        switch(page, mode)
    everything = (
        *(f"page/{key}" for key in ("about", "channels", "train-ai")),
        *("understand/where", "understand/care/again", "check", "sign", "decline"),
    )
    for path in everything:
        reader.goto(f"/sign/{path}")
        assert looks(page) == {"large", "contrast"}
        fits(page)
        axe(page)
        assert not page.evaluate(PALE, 7)
    expect(page.locator("h1")).to_have_text(words("decline.heading"))


def test_without_javascript_everything_but_the_voice_works(
    hospital: Hospital, new_context: Callable[..., BrowserContext], nurse: Person
) -> None:
    context = new_context(viewport={"width": 768, "height": 1024}, java_script_enabled=False)
    reader = Reader(context.new_page(), hospital, (), bedside.SECRETS)
    begin(hospital, nurse, reader, "es")
    page = reader.page
    expect(page.locator("#reading")).to_be_hidden()
    reader.press(ES("comfort.large"))
    reader.press(ES("comfort.contrast"))
    assert looks(page) == {"large", "contrast"}
    reader.press(ES("buttons.start"))
    reader.press(ES("buttons.next"))
    page.locator("main fieldset").first.get_by_label("Sí", exact=True).check()
    reader.press(ES("comfort.contrast"))
    assert looks(page) == {"large"}
    expect(page.locator("main fieldset").first.get_by_label("Sí", exact=True)).to_be_checked()
    for field in page.locator("main fieldset").all():
        field.get_by_role("radio").first.check()
    while "/sign/page/" in page.url:
        for field in page.locator("main fieldset").all():
            field.get_by_role("radio").first.check()
        reader.press(ES("buttons.next"))
    page.locator("input[value=all]").check()
    reader.press(ES("buttons.next"))
    reader.heading(ES("teach.again-heading"))
    reader.press(ES("comfort.calm"))
    reader.heading(ES("teach.again-heading"))
    reader.press(ES("teach.again-button"))
    bedside.teach_back(reader)
    reader.heading(ES("signing.check-heading"))
    assert looks(page) == {"large", "calm"}
    hospital.factory.answer(session_of(hospital))
    page.goto(hospital.address + "/sign/sign")
    page.get_by_label(ES("signing.type-label")).fill("José O’Brien-Ñúñez")
    reader.press(ES("buttons.sign"))
    reader.heading(ES("done.heading"))
    reader.press(ES("comfort.contrast"))
    reader.heading(ES("done.heading"))
    assert looks(page) == {"large", "contrast", "calm"}


# ------------------------------------------------------------------ the voice


def with_voice(context: BrowserContext, tag: str, local: bool) -> None:
    context.add_init_script(VOICE.replace("LANG", tag).replace("LOCAL", "true" if local else "false"))


@pytest.mark.parametrize(("tag", "local"), [("en-US", False), ("fr-FR", True)], ids=["far away", "another language"])
def test_without_a_voice_on_the_device_nothing_offers_to_read(
    hospital: Hospital, portrait: BrowserContext, read: Sit, nurse: Person, tag: str, local: bool
) -> None:
    with_voice(portrait, tag, local)
    reader = read(portrait)
    begin(hospital, nurse, reader)
    reader.press("Start")
    expect(reader.page.get_by_role("button", name=EN("reading.start"))).to_have_count(0)
    expect(reader.page.locator("#reading")).to_be_hidden()
    assert reader.page.evaluate("said") == []


def test_a_browser_without_speech_offers_nothing(
    hospital: Hospital, portrait: BrowserContext, read: Sit, nurse: Person
) -> None:
    portrait.add_init_script("Object.defineProperty(window, 'speechSynthesis', {value: undefined})")
    reader = read(portrait)
    begin(hospital, nurse, reader)
    expect(reader.page.locator("#reading")).to_be_hidden()


@pytest.mark.parametrize(("language", "tag"), [("en", "en_US"), ("es", "es-MX")])
def test_a_voice_of_the_device_reads_the_page_pauses_and_stops(
    hospital: Hospital, portrait: BrowserContext, read: Sit, nurse: Person, language: str, tag: str
) -> None:
    with_voice(portrait, tag, True)
    words = forms().words(language)
    reader = read(portrait)
    begin(hospital, nurse, reader, language)
    page = reader.page
    reader.press(words("buttons.start"))
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_role("button", name=words("reading.start")).tap()
    pause = page.get_by_role("button", name=words("reading.pause"))
    expect(pause).to_be_focused()
    heading = page.locator("h1").inner_text()
    assert page.evaluate("said") == [[heading, "Near", tag]]
    expect(page.locator(".read-now")).to_have_text(heading)
    pause.tap()
    expect(page.get_by_role("button", name=words("reading.resume"))).to_be_visible()
    page.get_by_role("button", name=words("reading.resume")).tap()
    assert [each[0] for each in page.evaluate("said")] == [heading, heading]
    page.get_by_role("button", name=words("reading.stop")).tap()
    expect(page.get_by_role("button", name=words("reading.start"))).to_be_focused()
    expect(page.locator(".read-now")).to_have_count(0)
    page.evaluate("said.length = 0; window.going = true")
    page.get_by_role("button", name=words("reading.start")).tap()
    expect(page.get_by_role("button", name=words("reading.start"))).to_be_visible()
    spoken = [each[0] for each in page.evaluate("said")]
    shown = page.locator("main h1, main p, main li").all_inner_texts()
    assert spoken == [each for each in shown if each in spoken]
    assert len(spoken) > 8
    assert words("buttons.next") not in spoken
    # Only the page's own sign that somebody is there may have been sent, and it says nothing.
    assert not [each for each in asked if not each.endswith("/sign/here")]
    page.evaluate("window.going = false")
    page.get_by_role("button", name=words("reading.start")).tap()
    before = page.evaluate("cancelled")
    page.evaluate("window.dispatchEvent(new Event('pagehide'))")
    assert page.evaluate("cancelled") > before


# ------------------------------------------------------------- what is asked back


@pytest.mark.parametrize("language", ["en", "es"])
def test_rule_20_a_wrong_answer_leads_to_the_passage_and_nobody_is_stopped_for_good(
    hospital: Hospital, portrait: BrowserContext, read: Sit, nurse: Person, language: str
) -> None:
    reader = read(portrait)
    begin(hospital, nurse, reader, language)
    words, page = forms().words(language), reader.page
    onward = words("buttons.next")
    reader.press(words("buttons.start"))
    while "/sign/page/" in page.url:
        for field in page.locator("main fieldset").all():
            reader.tap(field.get_by_role("radio").first)
        reader.press(onward)
    reader.heading(words("teach.what"))
    reader.press(onward)
    expect(page.get_by_role("alert")).to_contain_text(words("teach.missing"))
    for turn in range(2):
        expect(page.locator("input[name=said]:checked")).to_have_count(0)
        reader.tap(page.locator("input[value=all]"))
        reader.press(onward)
        reader.heading(words("teach.again-heading"))
        reader.sees(
            hospital.factory.house.forms.version("us-media-release", 1).texts[language].sheet("media")["heading"]
        )
        expect(page.get_by_label(words("teach.help-label"))).to_have_count(turn)
        if not turn:
            reader.press(words("teach.again-button"))
    reader.press(words("teach.help-button"))
    expect(page.get_by_role("alert")).to_contain_text(words("errors.name-missing"))
    page.get_by_label(words("teach.help-label")).fill("Nora Field")
    reader.press(words("teach.help-button"))
    reader.heading(words("teach.where"))
    bedside.teach_back(reader, onward)
    reader.heading(words("signing.check-heading"))
    taught = answering.open_session(hospital.house, session_of(hospital)).given.taught
    assert (taught["what"].helped_by, len(taught["what"].said), taught["what"].right) == ("Nora Field", 2, False)
    assert all(taught[code].right for code in ("where", "change", "care"))


def test_a_changed_choice_is_asked_back_again(
    hospital: Hospital, portrait: BrowserContext, read: Sit, nurse: Person
) -> None:
    reader = read(portrait)
    begin(hospital, nurse, reader)
    page = reader.page
    reader.press("Start")
    bedside.choose_all(reader, words=("Yes", "No", "Next"))
    reader.heading(EN("signing.check-heading"))
    reader.follow("Change your choice: Where may we show it?")
    for field in page.locator("main fieldset").all():
        reader.tap(field.get_by_label("No", exact=True))
    reader.press("Next")
    reader.heading(EN("teach.where"))
    reader.tap(page.locator("input[value=none]"))
    reader.press("Next")
    reader.heading(EN("signing.check-heading"))
    reader.press(EN("buttons.go-to-sign"))
    reader.heading("Is it fine with you to sign on a screen?")


def test_what_cannot_be_undone_comes_before_the_first_public_place(
    hospital: Hospital, portrait: BrowserContext, read: Sit, nurse: Person
) -> None:
    reader = read(portrait)
    begin(hospital, nurse, reader)
    page = reader.page
    reader.press("Start")
    headings = []
    while not page.url.endswith("/page/channels"):
        headings.append(page.locator("h1").inner_text())
        for field in page.locator("main fieldset").all():
            reader.tap(field.get_by_role("radio").first)
        reader.press("Next")
    assert headings[-1] == "What can no one take back?"
    hints = page.locator(".question .nhsuk-hint").all_inner_texts()
    assert len(hints) == 3
    assert hints[0] == "Anyone can see it. We can take our post down. Copies may stay out there."
    assert hints[1] == "The people in the room can see it. Once it is out, we cannot take it back."


# ------------------------------------------------------------------ California


def test_rule_12_the_screen_under_california(
    hospital: Hospital, portrait: BrowserContext, read: Sit, nurse: Person
) -> None:
    head = hospital.factory.staff(Role.ADMINISTRATOR)
    save_policy(hospital.house, head, Policy(jurisdiction=Jurisdiction.CALIFORNIA))
    reader = read(portrait)
    begin(hospital, nurse, reader)
    page = reader.page
    smallest = """() => Math.min(...[...document.querySelectorAll('main *')]
        .filter(e => e.checkVisibility() && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
        .map(e => parseFloat(getComputedStyle(e).fontSize)))"""
    reader.press("Start")
    while "/sign/page/" in page.url:
        assert page.evaluate(smallest) * 0.75 >= 14, page.url
        if page.url.endswith("/until"):
            reader.sees("In California, one year is the longest time, unless you wish for more.")
            options = page.get_by_role("radio")
            expect(page.locator("input:checked")).to_have_count(0)
            assert options.first.get_attribute("value") == "1-year"
        for field in page.locator("main fieldset").all():
            reader.tap(field.get_by_role("radio").first)
        reader.press("Next")
    bedside.teach_back(reader, "Next")
    assert page.evaluate(smallest) * 0.75 >= 14
    reader.press(EN("buttons.go-to-sign"))
    # The words about signing on a screen are a page of their own, and the signature is given for the form alone.
    electronic = page.locator("main").inner_text()
    assert "sign on a screen" in electronic
    bedside.agree_to_the_screen(reader, "en")
    assert page.evaluate(smallest) * 0.75 >= 14
    expect(page.get_by_role("checkbox")).to_have_count(0)
    assert aside(lambda: answering.open_session(hospital.house, session_of(hospital)).facts.jurisdiction) == "US-CA"
