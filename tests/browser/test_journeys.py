"""Whole journeys from the staff's desk to the staff's desk: an executor signs for somebody who died; a patient says
no, with an earlier yes and without; an interpreter on the telephone; and what a screen reader is told on the way.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from datetime import date

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select

from consent.acts import filing
from consent.acts.dossier import Person as Patient
from consent.records.tables.consents import signing_session
from tests.browser import bedside
from tests.browser.hospital import PIN, Hospital, Person, aside
from tests.browser.reader import Reader, sign_in
from tests.browser.tree import TEXT, is_sound, nodes, outline
from tests.factory import USUAL, forms

Sit = Callable[[BrowserContext], Reader]
EN, ES = forms().words("en"), forms().words("es")
EXECUTOR = "Rosalind Quill"
PROOF = "Letters testamentary and identity card"
LINE = "Línea 40217"
LOOKS = ["button Large print", "button High contrast", "button Calm, no pictures"]
WAYS = """
    button Next
    button Back
    button I do not want this
"""
YES_NO = """
      radio Yes
      radio No
"""


def to_the_bed(reader: Reader, nurse: Person, made: str) -> None:
    """The nurse opens what she prepared and hands the tablet over."""
    sign_in(reader, nurse)
    reader.goto(f"/consents/{made}")
    bedside.hand_over(reader)


def back_to_the_desk(reader: Reader, made: str, language: str = "en") -> None:
    """The tablet is handed back; the nurse unlocks it with her PIN and looks at the consent."""
    reader.follow(forms().words(language)("signing.unlock"))
    reader.fill("For staff: enter your PIN", PIN)
    reader.press("Unlock")
    reader.goto(f"/consents/{made}")


def row(reader: Reader, what: str, value: str | re.Pattern[str]) -> None:
    """A line of the consent's page."""
    line = reader.page.locator(".nhsuk-summary-list__row").filter(has=reader.page.get_by_text(what, exact=True))
    expect(line.locator("dd").first).to_have_text(value)


def paper_of(hospital: Hospital, made: str) -> str:
    """The words of the sealed paper, without the spaces between them."""
    with hospital.house.reading() as connection:
        pdf = filing.take_out(hospital.house, connection, made)
    read = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True)
    return bare(read.stdout.decode())


def bare(text: str) -> str:
    return "".join(text.split())


# ------------------------------------------------------------- for somebody who died


def test_rules_08_and_13_an_executor_signs_for_somebody_who_died(
    hospital: Hospital, portrait: BrowserContext, read: Sit, nurse: Person
) -> None:
    person = Patient(bedside.NAME, date(1968, 5, 17), bedside.RECORD, language="en")
    made = hospital.factory.draft(USUAL, nurse.actor, person=person)
    reader = read(portrait)
    sign_in(reader, nurse)
    reader.goto(f"/consents/{made}")
    reader.follow("Change who signs")
    reader.tick("Somebody with authority for the estate of a patient who has died")
    reader.press("Save and continue")
    reader.fill("Full name of the person who signs", EXECUTOR)
    reader.fill("What is this person to the patient?", "daughter")
    reader.tick("English")
    reader.press("Save and continue")
    reader.heading("Why may this person sign?")
    reader.tick("Is a relative, with no such authority")
    for part, value in (("Month", "10"), ("Day", "1"), ("Year", "2026")):
        reader.fill(part, value)
    reader.answer("Is there a concern that this person abuses, neglects or endangers the patient?", "No")
    reader.press("Save and continue")
    expect(reader.page.get_by_role("alert")).to_contain_text("Say what you saw as proof.")
    reader.fill("What did you see as proof?", PROOF)
    reader.press("Save and continue")
    expect(reader.page.get_by_role("alert")).to_contain_text("Being a relative is not enough.")
    reader.tick("Executor of the will")
    reader.press("Save and continue")
    # Whether the patient could decide says nothing about the daughter.
    reader.tick("The person who signs understands what this is about, can weigh it, and can say what he or she wants")
    reader.press("Save and continue")
    bedside.hand_over(reader)

    reader.press(EN("buttons.start"))
    bedside.choose_all(reader, words=("Yes", "No", "Next"))
    reader.press(EN("buttons.go-to-sign"))
    bedside.agree_to_the_screen(reader, "en")
    reader.sees("I sign for the patient. To the patient, I am: daughter.")
    reader.sees(PROOF)
    bedside.signs(reader, typed=EXECUTOR)
    reader.heading(EN("done.heading"))

    back_to_the_desk(reader, made)
    row(reader, "Patient", bedside.NAME)
    row(reader, "Signs for the patient", f"{EXECUTOR} (daughter)")
    row(reader, "Right to sign", "Executor of the will")
    row(reader, "Proof", f"{PROOF} (seen by Nora Field)")
    row(reader, "Died", "October 1, 2026")
    row(reader, "Signed", re.compile("typed$"))
    paper = paper_of(hospital, made)
    for line in (
        *(bedside.NAME, "I sign for the patient. To the patient, I am: daughter."),
        *(f"{EN('labels.name')} {EXECUTOR}", f"{EN('labels.role')} {EN('kinds.estate')}"),
        *(EN("grounds.executor"), f"{EN('labels.proof')} {PROOF}", f"{EN('labels.proof-seen-by')} Nora Field"),
    ):
        assert bare(line) in paper, line


# ------------------------------------------------------------- no


def says_no(patient: Reader) -> int:
    """Say no to all of it where he stands; returns how many presses that takes. Nobody asks him why."""
    patient.press(EN("buttons.decline"))
    patient.heading(EN("decline.heading"))
    expect(patient.page.locator("main").get_by_role("textbox")).to_have_count(0)
    patient.press(EN("decline.confirm"))
    return 2


def presses_of_a_yes(page: Page) -> int:
    """How many pages there are from this one to the last, each of which takes one press at least."""
    here, last = page.locator("progress").evaluate("bar => [bar.value, bar.max]")
    return int(last - here + 1)


@pytest.mark.parametrize("where", ["welcome", "first", "check"])
def test_rule_06_a_patient_who_declines(
    hospital: Hospital, portrait: BrowserContext, read: Sit, nurse: Person, where: str
) -> None:
    made = hospital.factory.draft(USUAL, nurse.actor)
    reader = read(portrait)
    to_the_bed(reader, nurse, made)
    if where != "welcome":
        reader.press(EN("buttons.start"))
    if where == "check":
        bedside.choose_all(reader, words=("Yes", "No", "Next"))
        reader.heading(EN("signing.check-heading"))
    yes = presses_of_a_yes(reader.page) if where != "welcome" else 3
    assert says_no(reader) <= yes
    reader.heading(EN("decline.done-heading"))
    assert outline(reader.page) == ["h1 You said no", TEXT, "link Unlock this tablet"]
    reader.sees(EN("decline.done"))
    expect(reader.page.locator("main")).not_to_contain_text(EN("decline.done-earlier"))
    reader.goto("/sign/check")
    reader.heading(EN("decline.done-heading"))
    back_to_the_desk(reader, made)
    expect(reader.page.locator("main .nhsuk-tag")).to_have_text("Declined")
    expect(reader.page.get_by_role("button", name="Hand over to the patient")).to_have_count(0)
    reader.goto("/consents")
    expect(reader.page.locator("tr").filter(has=reader.page.locator(f"a[href$='{made}']"))).to_contain_text("Declined")


@pytest.mark.parametrize("stops", [True, False], ids=["stops", "keeps"])
def test_rule_06_a_patient_who_declines_is_asked_about_what_he_signed_before(
    hospital: Hospital, portrait: BrowserContext, read: Sit, nurse: Person, stops: bool
) -> None:
    before = aside(lambda: hospital.factory.signed_consent(actor=nurse.actor))
    made = hospital.factory.draft(USUAL, nurse.actor, patient_id=hospital.factory.patient_of(before))
    reader = read(portrait)
    to_the_bed(reader, nurse, made)
    reader.press(EN("buttons.start"))
    says_no(reader)
    reader.heading(EN("decline.earlier"))
    is_sound(reader.page)
    reader.press(EN("decline.confirm"))
    expect(reader.page.get_by_role("alert")).to_contain_text(EN("decline.earlier"))
    is_sound(reader.page)
    reader.tick(EN("decline.earlier-yes" if stops else "decline.earlier-no"))
    reader.press(EN("decline.confirm"))
    reader.heading(EN("decline.done-heading"))
    reader.sees(EN("decline.done"))
    expect(reader.page.get_by_text(EN("decline.done-earlier"))).to_have_count(int(stops))
    back_to_the_desk(reader, made)
    expect(reader.page.locator("main .nhsuk-tag")).to_have_text("Declined")
    reader.goto(f"/consents/{before}")
    expect(reader.page.locator("main .nhsuk-tag").first).to_have_text("Withdrawn" if stops else "Signed")


# ------------------------------------------------------------- in another language


def test_rule_14_a_form_in_another_language_than_the_patients_and_an_interpreter_on_the_telephone(
    hospital: Hospital, portrait: BrowserContext, read: Sit, nurse: Person
) -> None:
    person = Patient(bedside.NAME, date(1968, 5, 17), bedside.RECORD, language="vi")
    what = "Fotos de la quemadura en la mano izquierda."
    made = hospital.factory.draft(USUAL, nurse.actor, person=person, language="es", description=what)
    reader = read(portrait)
    page = reader.page
    sign_in(reader, nurse)
    reader.goto(f"/consents/{made}")
    reader.sees("Whoever signs reads another language best than the one of the form.")
    expect(page.get_by_role("button", name="Hand over to the patient")).to_have_count(0)
    reader.follow("Change interpreter")
    reader.sees("The form is in Español. Whoever signs reads Tiếng Việt best.")
    reader.answer("Does somebody interpret?", "No")
    reader.press("Save and continue")
    expect(page.get_by_role("alert")).to_contain_text("record an interpreter")
    reader.answer("Does somebody interpret?", "Yes")
    reader.press("Save and continue")
    expect(page.get_by_role("alert")).to_contain_text("Enter the interpreter's name, or the number")
    reader.fill("Name, or the number that the service gave", LINE)
    reader.fill("Into which language?", "vietnamita")
    reader.tick("By telephone")
    reader.answer("Is the interpreter of age?", "Yes")
    reader.answer("Is the interpreter a relative or friend of the patient?", "No")
    reader.press("Save and continue")
    row(reader, "Interpreter", f"{LINE}, vietnamita, by telephone")
    bedside.hand_over(reader)

    reader.press(ES("buttons.start"))
    bedside.choose_all(reader)
    reader.press(ES("buttons.go-to-sign"))
    bedside.agree_to_the_screen(reader)
    bedside.signs(reader, typed=bedside.NAME, language="es")
    reader.heading(ES("who.interpreter"))
    reader.sees(ES("who.interpreter-far"))
    says = ES("attest.interpreter", language="vietnamita")
    reader.sees(says)
    is_sound(page)
    expect(page.locator("#pad")).to_have_count(0)
    field = page.get_by_label(ES("signing.far-label"), exact=True)
    expect(field).to_have_value(LINE)
    field.fill("")
    reader.press(ES("buttons.sign"))
    expect(page.get_by_role("alert")).to_be_visible()
    is_sound(page)
    field.fill(LINE)
    reader.press(ES("buttons.sign"))
    bedside.finish(reader, "es")
    paper = paper_of(hospital, made)
    for line in (
        *(ES("parties.interpreter"), says, f"{ES('labels.name')} {LINE}"),
        *(f"{ES('labels.interprets')} vietnamita", f"{ES('labels.mode')} {ES('modes.phone')}"),
    ):
        assert bare(line) in paper, line


# ------------------------------------------------------------- by ear


def hears(page: Page, told: str, step: bool = True) -> None:
    """The page is told in this order, its heading first; every line has its name. Above: the looks, how far."""
    is_sound(page)
    heard = outline(page)
    assert heard == [line.removeprefix("    ") for line in told.splitlines() if line.strip()], "\n".join(heard)
    above = [str(node) for node in nodes(page.get_by_role("banner")) if str(node) != TEXT]
    progress = [f"progressbar {page.locator('#progress').inner_text()}"] if step else []
    assert above[-len([*LOOKS, *progress]) :] == [*LOOKS, *progress], above


def test_what_a_screen_reader_is_told(hospital: Hospital, portrait: BrowserContext, read: Sit, nurse: Person) -> None:
    reader = read(portrait)
    page = reader.page
    to_the_bed(reader, nurse, hospital.factory.draft(USUAL, nurse.actor))
    is_sound(page)
    banner = page.get_by_role("banner")
    expect(banner.locator("[aria-current=true]")).to_have_text("English")
    for code, name in (("ar", "العربية"), ("es", "Español"), ("vi", "Tiếng Việt"), ("zh-Hans", "简体中文")):
        button = banner.get_by_role("button", name=name, exact=True)
        assert button.evaluate("button => button.closest('[lang]').lang") == code
    hears(
        page,
        """
    h1 This part is for you
    …
    button Start
    button I do not want this
    …
    link Unlock this tablet
    """,
        step=False,
    )
    reader.press("Start")
    reader.press("Next")
    media = f"""
    h1 What may we record or use?
    img A camera, a film camera and a page with lines of text.
    …
    h2 What we would like to record or use
    group Photos of you{YES_NO}{WAYS}"""
    hears(page, media)
    reader.press("Next")
    wrong = "Say yes or no to this: May we use photos of you?"
    hears(page, f"\n    alert\n    h2 There is a problem\n    …\n    link {wrong}{media}")
    expect(page.locator(".nhsuk-error-summary")).to_be_focused()
    expect(page.get_by_role("group", name="Photos of you")).to_have_accessible_description(re.compile(re.escape(wrong)))
    reader.tap(page.get_by_role("link", name=wrong))
    expect(page.get_by_role("group", name="Photos of you").get_by_label("Yes")).to_be_focused()

    heard: dict[str, str] = {}
    while "/sign/page/" in page.url:
        is_sound(page)
        for group in page.get_by_role("group").all():
            assert group.locator("legend").inner_text()
            reader.tap(group.get_by_role("radio").first)
        heard[page.url.rpartition("/")[2]] = "\n".join(outline(page))
        reader.press("Next")
    assert bare(heard["undo"]) == bare(
        f"""
    h1 What can no one take back?
    img One picture turns into many, and they fly off in all directions.
    …{WAYS}"""
    )
    assert bare(heard["channels"]).endswith(
        bare(
            f"""
    h2 Anyone in the world can see these
    group On Instagram{YES_NO}
    h2 Only people in health care can see these
    group In a talk to doctors and nurses{YES_NO}
    h2 Whose account may show it?
    group The accounts of Test Hospital{YES_NO}{WAYS}"""
        )
    )
    assert "\ngroup Until when may we use it?\n  radio For 1 year\n" in heard["until"]

    question, *answers = outline(page)[:-3]
    is_sound(page)
    assert question == "group What did you let us use?"
    assert answers[0] == "  h1 What did you let us use?"
    assert sorted(answers[1:]) == [
        "  radio All that the hospital has",
        "  radio None of it",
        "  radio Only this: photos of you",
    ]
    reader.press("Next")
    assert outline(page)[:4] == ["alert", "h2 There is a problem", TEXT, "link Pick one of the answers."]
    bedside.teach_back(reader, "Next")

    parts = page.locator("main h2").all_inner_texts()
    told = "".join(f"\n    h2 {part}\n    …\n    link Change your choice: {part}" for part in parts)
    hears(page, f"\n    h1 Are these your choices?\n    …{told}{WAYS.replace('Next', 'Go on to sign')}")
    reader.press("Go on to sign")
    hears(
        page,
        f"""
    h1 Is it fine with you to sign on a screen?
    …
    checkbox Yes, I can read this screen, and I want to sign on it.
    …{WAYS}""",
    )
    bedside.agree_to_the_screen(reader, "en")


SIGNING = {
    "draw": "…\nimg Draw your name in the box\n…\nbutton Clear and draw again",
    "type": "…\ntextbox Type your full name",
    "mark": "…\nimg Make your mark in the box\n…\nbutton Clear and draw again\n…\nbutton Put an X for me",
    "unable": "…\ntextbox How do you say yes?",
}
OTHERS = {
    "draw": "Draw my name",
    "type": "Type my name instead",
    "mark": "I make a mark",
    "unable": "I cannot sign",
}


def test_what_a_screen_reader_is_told_at_the_signature_and_after_it(
    hospital: Hospital, portrait: BrowserContext, read: Sit, nurse: Person
) -> None:
    reader = read(portrait)
    page = reader.page
    to_the_bed(reader, nurse, hospital.factory.draft(USUAL, nurse.actor))
    with hospital.house.reading() as connection:
        session_id = str(connection.execute(select(signing_session.c.id)).scalar_one())
    hospital.factory.answer(session_id)
    heading = "h1 Sign to say that these are your choices"
    for way, box in SIGNING.items():
        reader.goto(f"/sign/sign?way={way}")
        others = "".join(f"\n…\nbutton {words}" for code, words in OTHERS.items() if code != way)
        # Whoever cannot sign does not press "Sign".
        told = f"{heading}\n{box}{WAYS if way == 'unable' else WAYS.replace('Next', 'Sign')}{others}"
        hears(page, told)
        if way != "draw":
            continue
        reader.press("Sign")
        hears(page, f"alert\nh2 There is a problem\n…\nlink Draw your name or type it.\n{told}")
        reader.tap(page.get_by_role("link", name="Draw your name or type it."))
        expect(page.locator("#signature")).to_be_focused()
    reader.goto("/sign/decline")
    hears(
        page,
        "h1 Do you want to say no to all of this?\n…\nbutton Yes, I say no to all of this\nbutton Go back to the form",
        step=False,
    )
    reader.goto("/sign/sign?way=type")
    bedside.signs(reader, typed="Maria Lopez")
    done = "h1 Done. Your form is signed and safe.\n…\n"
    hears(page, f"{done}button Get my copy\n…\nlink Unlock this tablet", step=False)
    reader.press("Get my copy")
    ways = "  radio On paper\n  radio On my phone\nbutton Next\n…\nlink Next: my card"
    question = "How would you like your copy?"
    hears(page, f"h1 {question}\n…\ngroup {question}\n{ways}", step=False)
    reader.tick("On paper")
    reader.press("Next")
    is_sound(page)
    reader.press("I have it. You printed it for me at the desk.")
    is_sound(page)
    reader.press("Show my card")
    card = "h1 Your card: how to change your mind\n…\nh2 Ways to tell us\n…\n"
    code = "img Code that opens the page to change your mind\n…\n"
    hears(page, f"{card}{code}button Print my card\n…\nbutton I have my card", step=False)
    reader.press("I have my card")
    hears(page, f"{done}link Unlock this tablet", step=False)
    hospital.clock.pass_(minutes=18)
    reader.goto("/sign")
    is_sound(page)
    assert outline(page) == ["h1 This screen is locked", TEXT, "link Unlock this tablet"]
