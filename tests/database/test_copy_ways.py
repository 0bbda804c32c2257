"""The copy, each way: by mail with a code that goes another way, on paper of either sheet. Rule 22."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest
from flask import Flask

from consent.acts import copy_by_mail, copying, proving
from consent.acts.actor import Actor
from consent.acts.house import House
from consent.acts.paperwork import page_size
from consent.documents.paper import PageSize
from consent.mailer import AbsentMailer
from consent.records.tables.consents import consent, copy
from consent.rules.refusal import Refused
from tests.database.out_there import only, rows
from tests.factory import Clock, Factory, somebody
from tests.staffroom import browser, path_of, send, signed_in


@pytest.fixture
def nurse(factory: Factory) -> Actor:
    return factory.clinician()


@pytest.fixture
def made(factory: Factory) -> str:
    person = replace(somebody(3), email="maria.lopez@patient.example", electronic_contact=True)
    return factory.signed_consent(person=person)


def link_in(mail: Path) -> str:
    found = re.findall(r"http://127\.0\.0\.1:8000/copy/[\w-]+", mail.read_text())
    return str(found[-1])


def test_rule_22_by_mail_it_is_given_only_when_it_was_opened_with_its_code(
    house: House, app: Flask, nurse: Actor, made: str, tmp_path: Path
) -> None:
    code = copy_by_mail.send(house, nurse, made)
    mail = (tmp_path / "mail.jsonl").read_text()
    assert code not in mail
    written = json.loads(mail.splitlines()[-1])
    said = " ".join(str(value) for name, value in written.items() if name != "to")
    assert not re.search(r"Maria|Lopez|burn|picture|1980|health", said)
    assert copying.given(house, made) == ""
    assert only(house, consent).copy_given_at is None
    # Whatever scans mails follows the link, and does not use it up.
    for _ in range(3):
        assert browser(app).get(path_of(link_in(tmp_path / "mail.jsonl"))).location == "/copy"
    phone = browser(app)
    phone.get(path_of(link_in(tmp_path / "mail.jsonl")))
    assert phone.get("/copy/file").status_code == 404
    assert send(phone, "/copy", code="000000" if code != "000000" else "111111").status_code == 422
    assert send(phone, "/copy", code=code).status_code == 303
    file = phone.get("/copy/file")
    assert proving.check_document(house, file.data).genuine
    assert copying.given(house, made) == "mail"
    assert only(house, copy).given_at is not None
    assert browser(app).get(path_of(link_in(tmp_path / "mail.jsonl"))).status_code == 410


def test_the_link_ends_after_three_days_and_with_the_next(
    house: House, app: Flask, nurse: Actor, made: str, clock: Clock, tmp_path: Path
) -> None:
    copy_by_mail.send(house, nurse, made)
    first = link_in(tmp_path / "mail.jsonl")
    copy_by_mail.send(house, nurse, made)
    assert browser(app).get(path_of(first)).status_code == 410
    assert copy_by_mail.waits(house, made)
    clock.pass_(days=3, seconds=1)
    assert browser(app).get(path_of(link_in(tmp_path / "mail.jsonl"))).status_code == 410
    assert not copy_by_mail.waits(house, made)


def test_only_an_address_that_he_agreed_to(house: House, factory: Factory, nurse: Actor) -> None:
    person = replace(somebody(4), email="maria@patient.example", electronic_contact=False)
    made = factory.signed_consent(person=person)
    with pytest.raises(Refused) as no:
        copy_by_mail.send(house, nurse, made)
    assert no.value.codes == ("mail-no-address",)
    assert rows(house, copy) == []


def test_a_mail_that_cannot_go_leaves_no_open_link(house: House, nurse: Actor, made: str) -> None:
    with pytest.raises(Refused) as no:
        copy_by_mail.send(replace(house, mailer=AbsentMailer()), nurse, made)
    assert no.value.codes == ("mail-failed",)
    assert only(house, copy).state == "ended"


@pytest.mark.parametrize(("setting", "size"), [("A4", PageSize.A4), ("Letter", PageSize.LETTER)])
def test_the_setting_decides_the_sheet_and_staff_may_take_the_other_for_one_print(
    house: House, nurse: Actor, factory: Factory, setting: str, size: PageSize
) -> None:
    factory.house = replace(house, terms=replace(house.terms, paper_size=setting))
    assert page_size(factory.house) is size
    made = factory.signed_consent()
    sealed = copying.read_for_paper(house, nurse, made)
    assert sheet(sealed) == size
    assert copying.read_for_paper(house, nurse, made, size) == sealed
    (other,) = set(PageSize) - {size}
    printed = copying.read_for_paper(house, nurse, made, other)
    assert sheet(printed) == other
    assert not proving.check_document(house, printed).genuine
    assert copying.read_for_paper(house, nurse, made) == sealed


def sheet(pdf: bytes) -> PageSize:
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        widths = {round(float(page.MediaBox[2])) for page in opened.pages}
    return {595: PageSize.A4, 612: PageSize.LETTER}[widths.pop()] if len(widths) == 1 else PageSize.A4


def test_letter_is_what_an_installation_prints_on_until_it_is_told(house: House) -> None:
    assert page_size(house) is PageSize.LETTER


def test_the_desk_s_page_offers_each_way(house: House, app: Flask, nurse: Actor, made: str) -> None:
    client = signed_in(app, house, nurse)
    page = client.get(f"/consents/{made}/copy").text
    assert "By e-mail" in page
    sent = send(client, f"/consents/{made}/copy/mail", f"/consents/{made}/copy").text
    assert re.search(r"\d{3} \d{3}", sent)
    printed = client.get(f"/consents/{made}/copy/print?sheet=A4")
    assert sheet(printed.data) is PageSize.A4
    assert "maria.lopez" not in page
