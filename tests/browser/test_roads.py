"""The other ways to sign, whole: on paper with a second pair of eyes, on the signer's own phone, and by telephone."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from consent.acts import on_paper
from consent.rules.access import Role
from tests.browser import bedside
from tests.browser.hospital import Hospital, Person, aside
from tests.browser.reader import Reader, sign_in
from tests.factory import USUAL, forms

Sit = Callable[[BrowserContext], Reader]
ENGLISH = ("Yes", "No", "Next")
PAPER_NO = ("TikTok", "train computer programs", "first name")


@pytest.fixture
def nurse(hospital: Hospital) -> Person:
    return hospital.person("Nora Field", Role.CLINICIAN)


def printed_form(hospital: Hospital, nurse: Person, made: str, folder: Path) -> Path:
    """The form, as the print dialogue gets it: signed and scanned it looks much the same."""
    pdf = aside(lambda: on_paper.open_print(hospital.house, nurse.actor, made))
    path = folder / "scan.pdf"
    path.write_bytes(pdf)
    return path


def read_off(reader: Reader) -> None:
    """Type what stands on the paper: yes to all but some."""
    for group in reader.page.locator("main fieldset").all():
        asked = group.locator("legend").first.inner_text()
        if group.get_by_label("Yes", exact=True).count():
            said = "No" if any(each in asked for each in PAPER_NO) else "Yes"
            reader.tap(group.get_by_label(said, exact=True))
    reader.tick("For 2 years", "With his or her name")


def test_a_wrong_code_and_a_wrong_file_are_refused_beside_their_fields(
    hospital: Hospital, desk: BrowserContext, read: Sit, nurse: Person
) -> None:
    made = aside(lambda: hospital.factory.draft(USUAL, nurse.actor))
    reader = read(desk)
    sign_in(reader, nurse)
    reader.goto(f"/consents/{made}")
    reader.follow("Print the form to be signed on paper")
    reader.press("Make the form")
    reader.sees("Only then it counts")
    reader.shot("paper-printed")
    reader.follow("take the signed form in")
    reader.fill("Print code", "222-222")
    reader.press("Continue")
    expect(reader.page.get_by_role("alert")).to_contain_text(re.compile("does not belong|One character"))
    code = aside(lambda: on_paper.prints(hospital.house, nurse.actor, made)[0].code)
    reader.fill("Print code", code.lower())
    reader.press("Continue")
    reader.page.get_by_label("Add pages").set_input_files(Path(__file__))
    reader.press("Add")
    expect(reader.page.get_by_role("alert")).to_contain_text("Choose a JPEG or PNG picture, or a PDF.")


def test_paper_from_print_to_seal(
    hospital: Hospital, desk: BrowserContext, portrait: BrowserContext, read: Sit, nurse: Person, tmp_path: Path
) -> None:
    second = hospital.person("Tess Moore", Role.CLINICIAN)
    made = aside(lambda: hospital.factory.draft(USUAL, nurse.actor))
    reader = read(desk)
    sign_in(reader, nurse)
    reader.goto(f"/consents/{made}")
    reader.follow("Print the form to be signed on paper")
    reader.press("Make the form")
    scan = printed_form(hospital, nurse, made, tmp_path)
    code = aside(lambda: on_paper.prints(hospital.house, nurse.actor, made)[0].code)
    reader.follow("take the signed form in")
    reader.fill("Print code", code)
    reader.press("Continue")
    reader.page.get_by_label("Add pages").set_input_files(scan)
    reader.press("Add")
    expect(reader.page.get_by_role("img", name="Page 1 of the scanned form")).to_be_visible()
    reader.shot("paper-pages")
    reader.press("Turn page 1")
    for _ in range(3):
        reader.press("Turn page 1")
    reader.press("All pages are in: type what stands on them")
    reader.press("Done: ask another person to compare it")
    # Nothing typed yet: every open line is named, and nothing is marked.
    expect(reader.page.get_by_role("alert")).to_contain_text("Choose what is ticked on the paper.")
    expect(reader.page.locator("main input[type=radio]:checked")).to_have_count(0)
    read_off(reader)
    reader.fill("Who signed", "Maria Lopez")
    day = hospital.house.today
    for part, value in (("Month", day.month), ("Day", day.day), ("Year", day.year)):
        reader.fill(part, str(value))
    reader.shot("paper-answers")
    reader.press("Done: ask another person to compare it")
    reader.heading("Another person has to compare it")
    # Whoever typed it cannot compare it himself.
    reader.goto(f"/consents/{made}")
    reader.sees("On paper, being checked")
    reader.follow("Compare the scan with what was typed from it")
    reader.heading("Another person has to compare it")

    other = read(portrait)
    sign_in(other, second)
    other.goto("/tasks")
    other.sees("Check a scanned form against what was typed from it")
    other.goto(f"/consents/{made}")
    other.follow("Compare the scan with what was typed from it")
    other.press("All is the same: sign and seal it")
    expect(other.page.get_by_role("alert")).to_contain_text("Say whether this is the same on the scan.")
    for group in other.page.locator("main fieldset").all():
        other.tap(group.get_by_label("Same on the scan"))
    other.shot("paper-check")
    other.press("All is the same: sign and seal it")
    other.sees("Signed")
    other.sees("Scanned and checked")


def test_the_own_phone_called_away_and_back(
    hospital: Hospital, desk: BrowserContext, phone: BrowserContext, read: Sit, nurse: Person,
    new_context: Callable[..., BrowserContext],
) -> None:  # fmt: skip
    made = aside(lambda: hospital.factory.draft(USUAL, nurse.actor))
    staff = read(desk)
    sign_in(staff, nurse)
    staff.goto(f"/consents/{made}")
    staff.follow("Let the signer sign on a phone of his or her own")
    staff.tick("As a QR code")
    staff.press("Make the link")
    address = staff.page.locator("p.isolate").inner_text()
    staff.shot("phone-link")
    staff.press("Next: the six digits")
    code = staff.page.locator("p.code").inner_text()
    staff.press("I have passed them on")
    staff.sees("Sent, not opened yet")

    patient = read(phone)
    patient.goto(address)
    assert address.rpartition("/")[2] not in patient.page.url
    assert "Maria" not in patient.page.content()
    patient.shot("phone-questions")
    patient.press("Next")
    expect(patient.page.get_by_role("alert")).to_be_visible()
    for part, value in (("Month", "5"), ("Day", "17"), ("Year", "1981")):
        patient.fill(part, value)
    patient.fill("Six numbers", code)
    patient.press("Next")
    expect(patient.page.get_by_role("alert")).to_contain_text("The date of birth or the numbers are not right.")
    for part, value in (("Month", "5"), ("Day", "17"), ("Year", "1980")):
        patient.fill(part, value)
    patient.fill("Six numbers", code)
    patient.press("Next")
    expect(patient.page.get_by_role("link", name="Unlock this tablet")).to_have_count(0)
    patient.press("Start")
    patient.press("Next")
    first = patient.page.locator("main fieldset").first
    patient.tap(first.get_by_label("Yes", exact=True))
    patient.press("Next")
    # Called away: the page is closed. Later the link is pressed again, and he is where he was.
    patient.page.close()
    staff.goto(f"/consents/{made}")
    staff.sees("Opened on a phone, not signed yet")
    back = read(phone)
    back.goto(address)
    back.press("Start")
    back.press("Next")
    expect(back.page.locator("main fieldset").first.get_by_label("Yes", exact=True)).to_be_checked()
    # The link opens on no other phone.
    stranger = read(new_context(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True))
    stranger.goto(address)
    stranger.heading("This link does not open")

    bedside.choose_all(back, PAPER_NO, ENGLISH)
    back.shot("phone-check")
    back.press(forms().words("en")("buttons.go-to-sign"))
    bedside.agree_to_the_screen(back, "en")
    back.shot("phone-sign")
    bedside.signs(back, typed="Maria Lopez")
    back.heading(re.compile("Done"))
    back.press("Get my copy")
    back.shot("phone-copy")
    with back.page.expect_download() as taken:
        back.tap(back.page.get_by_role("button", name="Save my copy on this phone"))
    assert Path(taken.value.path()).read_bytes().startswith(b"%PDF")
    back.press("Next: my card")
    back.press("Show my card")
    back.press("I have my card")
    back.press("Close this page")
    back.heading("This page is closed")
    back.page.goto(hospital.address + "/sign")
    expect(back.page.locator("body")).not_to_contain_text("Maria")
    staff.goto(f"/consents/{made}")
    staff.sees("Signed")


def test_by_telephone_two_have_heard_it(
    hospital: Hospital, desk: BrowserContext, portrait: BrowserContext, read: Sit, nurse: Person
) -> None:
    second = hospital.person("Tess Moore", Role.CLINICIAN)
    made = aside(lambda: hospital.factory.draft(USUAL, nurse.actor))
    reader = read(desk)
    sign_in(reader, nurse)
    reader.goto(f"/consents/{made}")
    reader.follow("Record a consent by telephone")
    reader.fill("Who spoke?", "Maria Lopez")
    reader.press("Keep what was said")
    expect(reader.page.get_by_role("alert")).to_contain_text("Enter the number that was called.")
    expect(reader.page.get_by_label("Who spoke?")).to_have_value("Maria Lopez")
    reader.fill("Which number did you call?", "555 0123")
    reader.fill("How do you know that it is the person's number?", "In the record since 2024")
    reader.fill("E-mail address of the colleague who was on the line too", second.email)
    for group in reader.page.locator("main fieldset").all():
        if group.get_by_label("Yes", exact=True).count():
            reader.tap(group.get_by_label("Yes", exact=True))
    reader.tick("For 2 years", "I read all of this out")
    reader.press("Keep what was said")
    reader.sees("Waits until the other who heard it confirms it")

    other = read(portrait)
    sign_in(other, second)
    other.goto("/tasks")
    other.sees("Confirm that you heard a patient consent by telephone")
    other.goto(f"/consents/{made}")
    other.follow("See what was said")
    other.tick("Yes, I heard all of it")
    other.shot("telephone-confirm")
    other.press("Confirm")
    reader.goto(f"/consents/{made}")
    reader.sees("Heard by two. Enough for our own staff where nobody can be recognized, and for nothing else")
