"""The whole job, once, as people do it: a tablet at the bed, two phones, desks; from a nurse's sign-in to the trail."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect
from sqlalchemy import select

from consent.acts import retrieval
from consent.cli.demo.drawing import healed_hand
from consent.records.tables.consents import consent
from consent.rules.access import Role
from consent.web import own_papers
from tests.browser import bedside
from tests.browser.hospital import PIN, Hospital, Person
from tests.browser.reader import Reader, sign_in
from tests.factory import forms

ES = forms().words("es")
Sit = Callable[[BrowserContext], Reader]
SMALL = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
WIDE = {"viewport": {"width": 1280, "height": 900}}
IMAGE = re.compile(r"IMG-\w{4}-\w{4}-\w")
ADDRESS = "https://instagram.example/p/healed-hand"


@pytest.fixture
def said_by_qr(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What each QR code on the tablet says, in order, as a phone's camera would read it."""
    said: list[str] = []
    draw = own_papers.qr_svg

    def heard(content: str, label: str) -> object:
        said.append(content)
        return draw(content, label)

    monkeypatch.setattr(own_papers, "qr_svg", heard)
    return said


def test_the_whole_story(
    hospital: Hospital,
    tablet: BrowserContext,
    new_context: Callable[..., BrowserContext],
    read: Sit,
    said_by_qr: list[str],
    tmp_path: Path,
) -> None:
    nurse = hospital.person("Nora Field", Role.CLINICIAN)
    hospital.set_pin(nurse)
    bed = read(tablet)
    signed_at_the_bed(hospital, bed, nurse)
    copied_to_his_phone(hospital, bed, read(new_context(**SMALL)), said_by_qr, nurse)
    link, code = takes_his_card(bed)
    unlocked(bed)

    surgeon = read(new_context(**WIDE))
    sign_in(surgeon, hospital.person("Sam Sutter", Role.CLINICIAN))
    image = pictured(surgeon, tmp_path)

    posters = [hospital.person(name, Role.COMMUNICATIONS) for name in ("Carla Post", "Pat Second")]
    looked_up(hospital, read(new_context(**SMALL)), posters[0], image)
    desk, second = read(new_context(**WIDE)), read(new_context(**WIDE))
    sign_in(desk, posters[0])
    sign_in(second, posters[1])
    post = posted(desk, second, image)

    his_phone = read(new_context(**SMALL))
    withdrawn(his_phone, link, code)
    looked_up_again(desk, image, post)
    officer = read(new_context(**WIDE))
    sign_in(officer, hospital.person("Olga Privacy", Role.PRIVACY_OFFICER))
    taken_down(officer)
    letter_read(his_phone)
    auditor = read(new_context(**WIDE))
    sign_in(auditor, hospital.person("Abel Audit", Role.AUDITOR))
    trail_verified(auditor)


def signed_at_the_bed(hospital: Hospital, bed: Reader, nurse: Person) -> None:
    sign_in(bed, nurse)
    bedside.prepare(bed)
    bed.press("See it as the patient will")
    bed.sees("¿Podemos mostrar sus imágenes o su historia?")
    bed.follow("Back")
    bedside.hand_over(bed)
    page = bed.page
    expect(page.locator("html")).to_have_attribute("lang", "es")
    bed.press(ES("buttons.start"))
    bed.press(ES("buttons.next"))
    bed.tap(page.get_by_label("Sí", exact=True).first)
    bed.press(ES("buttons.back"))
    bed.press("English")
    bed.press("Next")
    expect(page.get_by_label("Yes", exact=True).first).to_be_checked()
    bed.press("Español")
    expect(page.get_by_label("Sí", exact=True).first).to_be_checked()
    bed.press(ES("buttons.next"))
    bed.tap(page.get_by_label("Sí", exact=True).first)
    bedside.choose_all(bed, no_to=("computadora", "¿Lo quiere ver usted primero?"))
    bed.heading(ES("signing.check-heading"))
    bed.shot("check")
    bed.press(ES("buttons.go-to-sign"))
    bedside.agree_to_the_screen(bed)
    bedside.draw_by_touch(page)
    bed.shot("sign")
    bed.press(ES("buttons.sign"))
    bed.heading(ES("done.heading"))


def copied_to_his_phone(hospital: Hospital, bed: Reader, phone: Reader, said: list[str], nurse: Person) -> None:
    bed.press(ES("done.copy-next"))
    bed.tap(bed.page.get_by_label(ES("copy.phone")))
    bed.press(ES("buttons.next"))
    bed.press(ES("buttons.continue"))
    bed.shot("copy")
    expect(bed.page.locator(".code")).to_have_count(0)
    phone.goto(said[-1])
    assert phone.page.url == hospital.address + "/copy"
    bed.press(ES("buttons.next"))
    expect(bed.page.locator("svg.qr")).to_have_count(0)
    six = bed.page.locator(".code").inner_text()
    phone.fill(ES("copy.code-label"), "111 111" if six != "111 111" else "222 222")
    phone.press(ES("buttons.next"))
    expect(phone.page.get_by_role("alert")).to_be_visible()
    hospital.clock.pass_(seconds=10)
    phone.fill(ES("copy.code-label"), six)
    phone.press(ES("buttons.next"))
    with phone.page.expect_download() as fetched:
        phone.tap(phone.page.get_by_role("button").first)
    copy = Path(fetched.value.path()).read_bytes()
    with hospital.house.reading() as connection:
        row = connection.execute(select(consent).where(consent.c.status == "signed")).one()
    sealed = retrieval.open_document(hospital.house, nurse.actor, row.id)
    assert hashlib.sha256(copy).digest() == hashlib.sha256(sealed).digest()
    assert sealed.startswith(b"%PDF")


def takes_his_card(bed: Reader) -> tuple[str, str]:
    bed.press(ES("copy.phone-done"))
    bed.sees(ES("copy.have-phone"))
    bed.press(ES("card.make"))
    page = bed.page
    bed.shot("card")
    link, code = page.locator(".card p.isolate").inner_text(), page.locator("#card-code").inner_text()
    bed.press(ES("card.have"))
    return link, code


def unlocked(bed: Reader) -> None:
    bed.follow(ES("signing.unlock"))
    bed.fill("For staff: enter your PIN", PIN)
    bed.press("Unlock")
    expect(bed.page.get_by_role("navigation", name="Menu")).to_be_visible()


def pictured(surgeon: Reader, folder: Path) -> str:
    file = folder / "hand.jpg"
    file.write_bytes(healed_hand())
    page = surgeon.page
    surgeon.goto("/pictures/add")
    surgeon.tick("Photo")
    page.get_by_label("Picture", exact=True).set_input_files(file)
    surgeon.press("Add the picture")
    surgeon.press("Crop or cover it first")
    picture = page.locator("[data-covering] img")
    expect(picture).to_have_js_property("complete", value=True)  # until it is there, it has no size to draw on
    box = picture.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.1, box["y"] + box["height"] * 0.7)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.9, steps=3)
    page.mouse.up()
    page.locator("[data-covering]").evaluate("canvas => canvas.scrollIntoView({block: 'end'})")
    surgeon.shot("cover")
    surgeon.press("Make the new picture")
    surgeon.press("Review it")
    for group in page.get_by_role("group").all():
        group.get_by_label("Not in the picture").check()
    surgeon.fill("How many people can be recognized?", "0")
    surgeon.fill("How many more are shown who cannot be recognized?", "1")
    surgeon.press("Save the review")
    surgeon.follow("Link a consent to person 1")
    page.locator("summary").click()
    page.get_by_role("group", name="Signed lately").get_by_role("radio").check()
    surgeon.press("Continue")
    surgeon.sees(bedside.NAME)
    surgeon.press("Yes, link them")
    surgeon.sees("Ready")
    found = IMAGE.search(page.url)
    assert found
    return found.group(0)


def ask(reader: Reader, image: str, channel: str = "Instagram", purpose: str = "Public education") -> None:
    reader.goto("/ask")
    reader.fill("Image ID", image)
    reader.page.get_by_label("Where", exact=True).select_option(label=channel)
    reader.page.get_by_label("What for", exact=True).select_option(label=purpose)
    reader.press("Ask")


def looked_up(hospital: Hospital, phone: Reader, poster: Person, image: str) -> None:
    """On a narrow screen: a mistyped ID is caught, a use that was not asked about is no, the right one is yes."""
    sign_in(phone, poster)
    ask(phone, image[:-1] + ("A" if image[-1] != "A" else "C"))
    expect(phone.page.get_by_role("alert")).to_contain_text("One of the characters is wrong")
    ask(phone, image, channel="TikTok")
    phone.heading("No")
    ask(phone, image.lower().replace("-", " "))
    phone.heading("Yes")
    expect(phone.page.locator("body")).not_to_contain_text(bedside.NAME)


def posted(desk: Reader, second: Reader, image: str) -> str:
    page = desk.page
    ask(desk, image)
    desk.heading("Yes")
    desk.shot("yes")
    with page.expect_download() as fetched:
        page.get_by_role("button", name="Release the picture").click()
    assert fetched.value.suggested_filename.startswith(image)
    desk.follow("Plan the post")
    desk.fill("Caption", "A hand, healed since last Tuesday. Ask your doctor about burns.")
    desk.press("Continue to the checklist")
    desk.shot("checklist")
    desk.press("Send for approval")
    expect(page.get_by_role("alert")).to_contain_text("The file: choose an answer.")
    for group in page.get_by_role("group").all():
        group.get_by_label("Yes", exact=True).check()
    desk.press("Send for approval")
    post = page.url
    desk.sees("whoever posts is never the only one")
    expect(page.get_by_role("button", name="Approve", exact=True)).to_have_count(0)
    second.goto(post)
    second.press("Approve")
    desk.goto(post)
    desk.press("It is posted: record it")
    desk.fill("Address of the post", ADDRESS)
    desk.press("Record it")
    desk.sees("Out")
    return post


def withdrawn(phone: Reader, link: str, code: str) -> None:
    phone.goto(link)
    assert link.rpartition("/")[2] not in phone.page.url
    phone.page.locator("input[name=code]").fill("0000 0000" if code != "0000 0000" else "1111 1111")
    phone.press(ES("buttons.next"))
    expect(phone.page.get_by_role("alert")).to_be_visible()
    phone.hospital.clock.pass_(seconds=30)
    phone.page.locator("input[name=code]").fill(code)
    phone.press(ES("buttons.next"))
    phone.sees(ADDRESS)
    expect(phone.page.locator("body")).not_to_contain_text(bedside.NAME)
    phone.shot("withdraw")
    phone.tap(phone.page.get_by_label(ES("withdrawal.all")))
    phone.press(ES("buttons.next"))
    with phone.page.expect_navigation():
        phone.tap(phone.page.locator("form button.nhsuk-button--warning"))
    phone.look()
    phone.heading(ES("withdrawal.done-heading"))


def looked_up_again(desk: Reader, image: str, post: str) -> None:
    ask(desk, image)
    desk.heading("No")
    desk.sees("withdrawn")
    desk.shot("no")
    desk.goto(post)
    desk.sees("It must come down")


def taken_down(officer: Reader) -> None:
    officer.goto("/takedowns")
    officer.shot("takedowns")
    officer.follow(f"Instagram: {ADDRESS}")
    officer.press("Record what you found")
    officer.press("Record it")
    expect(officer.page.get_by_role("alert")).to_contain_text("Choose what you found.")
    officer.tick("I looked, and it is gone")
    officer.fill("What you saw or heard", "Looked while signed out: the address says that the page is not there.")
    officer.press("Record it")
    officer.heading("Gone")
    officer.goto("/takedowns")
    officer.sees("There are none.")


def letter_read(phone: Reader) -> None:
    """What came of it stands behind the card's link, where the patient has just been."""
    phone.press(ES("withdrawal.see"))
    phone.sees(ADDRESS)
    phone.sees("Ya no está desde")


def trail_verified(auditor: Reader) -> None:
    auditor.goto("/custody")
    auditor.shot("trail")
    auditor.press("Check the whole trail now")
    auditor.heading("The trail is sound")
