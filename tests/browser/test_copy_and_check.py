"""Shown first, on the tablet and by card at home; the copy by mail; and the public check, with and without a script."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from consent.acts import cards, filing, handing_over, posting, showings
from consent.acts.actor import Actor
from consent.acts.posting import Question
from consent.acts.receipts import code_of, grouped
from consent.records import consents
from consent.rules.access import Role
from consent.rules.identifiers import ConsentId, parse_image_id
from tests.browser.hospital import PIN, Hospital, aside
from tests.browser.reader import Reader, sign_in
from tests.database.out_there import ALLOWED
from tests.factory import forms, somebody
from tests.staffroom import PASSWORD

ES, EN = forms().words("es"), forms().words("en")
CAPTION = "Eight weeks after the burn.\nIt healed well."
FIRST = ("permission", "show-first")


def shot(page: Page, name: str) -> None:
    """Keep a picture of the page, if a folder for that is named."""
    folder = os.environ.get("LOOKED_AT")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


@pytest.fixture
def nurse(hospital: Hospital):
    person = hospital.person("Nora Field", Role.CLINICIAN)
    hospital.set_pin(person)
    return person


@pytest.fixture
def poster(hospital: Hospital) -> Actor:
    return hospital.factory.staff(Role.COMMUNICATIONS)


@pytest.fixture
def signed(hospital: Hospital, nurse) -> str:
    """A Spanish speaker who wants to see it first, with an e-mail address that he agreed to."""
    person = replace(somebody(7), language="es", email="maria@patient.example", electronic_contact=True)
    return aside(
        lambda: hospital.factory.signed_consent(
            allow=(*ALLOWED, FIRST), person=person, language="es", actor=nurse.actor
        )
    )


def planned(hospital: Hospital, poster: Actor, consent_id: str) -> str:
    image = hospital.factory.ready_picture(consent_id)
    proposed = showings.Proposed((image,), "instagram", "public-education", None, CAPTION)
    showings.plan(hospital.house, poster, proposed)
    return image


def may_go_out(hospital: Hospital, poster: Actor, image: str) -> bool:
    question = Question("instagram", "public-education")
    return posting.ask_one(hospital.house, poster, parse_image_id(image), question).allowed


def test_on_the_tablet_the_patient_sees_exactly_that_and_says_yes(
    hospital: Hospital, nurse, poster: Actor, signed: str, portrait: BrowserContext, read: Callable[..., Reader]
) -> None:
    image = planned(hospital, poster, signed)
    assert not may_go_out(hospital, poster, image)
    bed = read(portrait)
    sign_in(bed, nurse)
    bed.goto(f"/consents/{signed}")
    bed.sees("A planned post waits")
    bed.press("Hand over to look at it")
    bed.heading(ES("showing.heading"))
    expect(bed.page.locator(".caption")).to_have_text(re.compile("Eight weeks after the burn"))
    bed.sees("Instagram")
    picture = bed.page.get_by_role("img", name=ES("showing.picture"))
    expect(picture).to_have_js_property("complete", value=True)
    assert picture.evaluate("image => image.naturalWidth > 0")
    shot(bed.page, "tablet-look-es")
    bed.follow("English")
    bed.heading(EN("showing.heading"))
    shot(bed.page, "tablet-look-en")
    # Nothing else opens in this browser, whichever way it is tried.
    for path in ("/", f"/consents/{signed}", "/showings"):
        bed.page.goto(hospital.address + path)
        expect(bed.page).to_have_url(re.compile("/sign-in$"))
    bed.goto("/look")
    bed.press(EN("showing.yes"))
    bed.heading(EN("showing.thanks-heading"))
    shot(bed.page, "tablet-thanks-en")
    assert may_go_out(hospital, poster, image)
    bed.follow(EN("signing.unlock"))
    bed.fill("For staff: enter your PIN", PIN)
    bed.press("Unlock")
    assert bed.page.goto(hospital.address + "/look").status == 404


def test_by_card_at_home_on_a_small_phone_he_says_no(
    hospital: Hospital, nurse, poster: Actor, signed: str, phone: BrowserContext, read: Callable[..., Reader]
) -> None:
    card = cards.make_card(hospital.house, nurse.actor, signed)
    image = planned(hospital, poster, signed)
    home = read(phone)
    home.goto("/show")
    home.heading(EN("showing.code-heading"))
    home.fill(EN("card.number-label"), card.number)
    home.fill(EN("withdrawal.code-label"), card.code)
    home.press(EN("buttons.next"))
    home.heading(ES("showing.heading"))
    shot(home.page, "phone-look-es")
    home.follow("English")
    home.heading(EN("showing.heading"))
    shot(home.page, "phone-look-en")
    home.follow("Español")
    home.press(ES("showing.no"))
    home.sees(ES("showing.said-no"))
    shot(home.page, "phone-thanks-es")
    assert not may_go_out(hospital, poster, image)
    home.press(ES("withdrawal.close"))


def test_by_keyboard_and_without_a_script_both_answers_are_as_near(
    hospital: Hospital, nurse, poster: Actor, signed: str, plain: BrowserContext
) -> None:
    card = cards.make_card(hospital.house, nurse.actor, signed)
    image = planned(hospital, poster, signed)
    page = plain.new_page()
    page.goto(hospital.address + "/show")
    page.get_by_label(EN("card.number-label")).fill(card.number)
    page.get_by_label(EN("withdrawal.code-label")).fill(card.code)
    page.keyboard.press("Enter")
    yes, no = (page.get_by_role("button", name=ES(f"showing.{each}")) for each in ("yes", "no"))
    assert yes.evaluate("e => getComputedStyle(e).backgroundColor") == no.evaluate(
        "e => getComputedStyle(e).backgroundColor"
    )
    yes.focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(ES("showing.thanks-heading"))
    assert may_go_out(hospital, poster, image)


def test_the_poster_plans_a_showing_and_reads_the_answer(
    hospital: Hospital, signed: str, desk: BrowserContext, read: Callable[..., Reader]
) -> None:
    image = hospital.factory.ready_picture(signed)
    office = hospital.person("Max Post", Role.COMMUNICATIONS)
    table = read(desk)
    sign_in(table, office)
    table.goto("/ask")
    table.fill("Image ID", image)
    table.page.get_by_label("Where", exact=True).select_option(label="Instagram")
    table.page.get_by_label("What for", exact=True).select_option(label="Public education")
    table.press("Ask")
    table.follow("Plan the post to be shown first")
    table.fill("Caption", CAPTION)
    shot(table.page, "desk-plan")
    table.press("Have it shown")
    table.sees("Waits for the person to look at it")
    shot(table.page, "desk-listed")
    table.follow(image)
    shot(table.page, "desk-one")


def test_the_copy_goes_by_mail_and_its_code_does_not(
    hospital: Hospital,
    nurse,
    portrait: BrowserContext,
    phone: BrowserContext,
    read: Callable[..., Reader],
    tmp_path: Path,
) -> None:
    person = replace(somebody(8), email="maria@patient.example", electronic_contact=True)
    token = aside(lambda: signed_on_a_tablet(hospital, nurse.actor, person))
    give_cookie(portrait, hospital, {"signing": token})
    bed = read(portrait)
    bed.goto("/sign/copy")
    bed.tick(EN("copy.mail"))
    shot(bed.page, "copy-choose")
    bed.press(EN("buttons.next"))
    bed.sees("maria@patient.example")
    shot(bed.page, "copy-mail")
    bed.press(EN("copy.mail-send"))
    code = bed.page.locator("p.code").inner_text()
    shot(bed.page, "copy-mail-sent")
    mail = (tmp_path / "mail.jsonl").read_text()
    assert code not in mail
    assert code.replace(" ", "") not in mail
    (link,) = re.findall(rf"{hospital.address}/copy/[\w-]+", mail)
    home = read(phone)
    home.goto(link)
    home.fill(EN("copy.code-label"), code)
    home.press(EN("buttons.next"))
    home.heading(EN("copy.ready-heading"))
    file = home.page.request.get(hospital.address + "/copy/file")
    assert file.body().startswith(b"%PDF-1.7")


def signed_on_a_tablet(hospital: Hospital, nurse: Actor, person) -> str:
    from consent.acts import doors, signing

    made = hospital.factory.draft(actor=nurse, person=person)
    token = handing_over.hand_over(hospital.house, nurse, "no-browser", made)
    session_id = doors.find(hospital.house, "signing", token)
    assert session_id
    seen = hospital.factory.answer(session_id)
    signing.sign(hospital.house, session_id, signing.Submission(made, seen, True, typed="Maria Lopez"))
    return token


def give_cookie(context: BrowserContext, hospital: Hospital, content: dict[str, str]) -> None:
    """Put into the browser what the server would have signed into its cookie."""
    from flask.sessions import SecureCookieSessionInterface

    from tests.staffroom import make_app

    app = make_app(hospital.house)
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert signer
    name = app.config["SESSION_COOKIE_NAME"]
    context.add_cookies([{"name": name, "value": signer.dumps(content), "url": hospital.address}])


def sealed(hospital: Hospital, consent_id: str) -> tuple[bytes, str, str]:
    with hospital.house.reading() as connection:
        row = consents.find(connection, consent_id)
        assert row is not None
        pdf = filing.take_out(hospital.house, connection, consent_id)
    return pdf, row.number, grouped(code_of(hospital.house, ConsentId(consent_id)))


def choose_file(page: Page, pdf: bytes) -> None:
    page.set_input_files("#file", {"name": "copy.pdf", "mimeType": "application/pdf", "buffer": pdf})


def test_with_a_script_only_the_check_sum_of_the_file_is_sent(
    hospital: Hospital, signed: str, phone: BrowserContext, read: Callable[..., Reader]
) -> None:
    pdf, number, code = sealed(hospital, signed)
    sent: list[bytes] = []
    anyone = read(phone)
    anyone.page.on(
        "request", lambda request: sent.append(request.post_data_buffer or b"") if request.method == "POST" else None
    )
    anyone.goto("/check")
    shot(anyone.page, "check-ask")
    anyone.sees(EN("check.file-stays"))
    expect(anyone.page.locator("#file-goes")).to_be_hidden()
    choose_file(anyone.page, pdf)
    anyone.press(EN("check.file-button"))
    anyone.heading(EN("check.real-heading"))
    anyone.sees(EN("check.in-force"))
    shot(anyone.page, "check-real")
    assert len(sent) == 1
    assert b"sha256" in sent[0]
    assert b"%PDF" not in sent[0]
    anyone.follow(EN("check.again"))
    choose_file(anyone.page, pdf + b"\n")
    anyone.press(EN("check.file-button"))
    anyone.heading(EN("check.false-heading"))
    anyone.sees(EN("check.not-on-record"))
    assert b"%PDF" not in sent[1]
    shot(anyone.page, "check-false")
    # Only on this page, when it is asked for, does the file itself go.
    choose_file(anyone.page, pdf + b"\n")
    anyone.press(EN("check.full-button"))
    anyone.sees(EN("check.not-whole-file"))
    assert b"sha256" not in sent[2]
    anyone.follow(EN("check.again"))
    anyone.fill(EN("check.number-label"), number.lower())
    anyone.fill(EN("check.code-label"), code)
    anyone.press(EN("check.paper-button"))
    anyone.heading(EN("check.paper-real-heading"))
    shot(anyone.page, "check-paper")
    anyone.follow("Español")
    anyone.heading(ES("check.heading"))
    anyone.press(ES("check.paper-button"))
    expect(anyone.page.locator("#number-error")).to_contain_text(ES("check.number-missing"))
    shot(anyone.page, "check-ask-es")


def test_without_a_script_the_file_is_uploaded(hospital: Hospital, signed: str, plain: BrowserContext) -> None:
    pdf, number, _ = sealed(hospital, signed)
    page = plain.new_page()
    page.goto(hospital.address + "/check")
    expect(page.locator("#file-goes")).to_be_visible()
    expect(page.locator("#file-stays")).to_be_hidden()
    choose_file(page, pdf)
    page.get_by_role("button", name=EN("check.file-button")).click()
    expect(page.locator("h1")).to_have_text(EN("check.real-heading"))
    page.get_by_role("link", name=EN("check.again")).click()
    page.get_by_label(EN("check.number-label")).fill(number)
    page.get_by_label(EN("check.code-label")).fill("22222-22222")
    page.get_by_role("button", name=EN("check.paper-button")).click()
    expect(page.locator("h1")).to_have_text(EN("check.paper-false-heading"))
    shot(page, "check-plain")
    assert PASSWORD not in page.content()
