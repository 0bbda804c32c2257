"""The public check: by the file's sum, by the file itself, by number and code; and never whose it is."""

from __future__ import annotations

import hashlib
import io
import json
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from flask import Flask
from flask.testing import FlaskClient

from consent.acts import cards, filing, proving
from consent.acts.change_of_mind import Change, Scope, Way
from consent.acts.consent_mistakes import suspend
from consent.acts.house import House
from consent.acts.receipts import code_of
from consent.acts.revocation import revoke
from consent.documents.certificates import Sealing
from consent.documents.issuing import make_sealing
from consent.documents.sealing import Sealer
from consent.records import consents
from consent.records.tables.organisation import seal_certificate
from consent.rules.access import Role
from consent.rules.identifiers import ConsentId
from consent.rules.refusal import Refused
from consent.rules.standing import Standing
from consent.web import strangers
from tests.database.out_there import ALLOWED, rows
from tests.factory import START, Clock, Factory, authority, forms, sealing
from tests.staffroom import browser, send


@pytest.fixture
def made(factory: Factory) -> str:
    return factory.signed_consent(allow=ALLOWED)


def copy_of(house: House, consent_id: str) -> bytes:
    with house.reading() as connection:
        return filing.take_out(house, connection, consent_id)


def number_of(house: House, consent_id: str) -> str:
    with house.reading() as connection:
        row = consents.find(connection, consent_id)
    assert row is not None
    return str(row.number)


def sum_of(pdf: bytes) -> str:
    return hashlib.sha256(pdf).hexdigest()


def three_ways(house: House, consent_id: str) -> set[tuple[bool, Standing | None]]:
    pdf = copy_of(house, consent_id)
    number, code = number_of(house, consent_id), code_of(house, ConsentId(consent_id))
    found = (
        proving.check_document(house, pdf),
        proving.check_sum(house, sum_of(pdf)),
        proving.check_printed(house, number, code, "192.0.2.7"),
    )
    return {(each.genuine, each.standing) for each in found}


def test_a_copy_is_genuine_by_file_by_sum_and_on_paper(house: House, made: str) -> None:
    assert three_ways(house, made) == {(True, Standing.IN_FORCE)}


@pytest.mark.parametrize(
    ("change", "standing"),
    [
        ("part", Standing.WITHDRAWN_IN_PART),
        ("whole", Standing.WITHDRAWN),
        ("time", Standing.EXPIRED),
        ("hold", Standing.ON_HOLD),
    ],
)
def test_it_says_how_the_consent_stands_today(
    house: House, factory: Factory, clock: Clock, made: str, change: str, standing: Standing
) -> None:
    said: dict[str, Any] = {"words": "Stop.", "known_how": "By her voice."}
    if change == "part":
        parts = frozenset({("channel", "instagram")})
        revoke(house, factory.clinician(), Change(made, Scope.PARTS, Way.TELEPHONE, parts=parts, **said))
    elif change == "whole":
        revoke(house, factory.clinician(), Change(made, Scope.FORM, Way.TELEPHONE, **said))
    elif change == "time":
        clock.pass_(days=3 * 366)
    else:
        suspend(house, factory.staff(Role.PRIVACY_OFFICER), made, "dispute", "Somebody disputes it.")
    assert three_ways(house, made) == {(True, standing)}


def test_rule_25_a_change_of_one_byte_is_found_by_sum_and_by_file(house: House, made: str) -> None:
    pdf = bytearray(copy_of(house, made))
    pdf[len(pdf) // 2] ^= 1
    assert proving.check_sum(house, sum_of(bytes(pdf))) == proving.Proof(False, "not-on-record")
    assert proving.check_document(house, bytes(pdf)).reason == "altered"
    assert proving.check_document(house, bytes(pdf) + b"\n").reason == "not-whole-file"


def test_what_was_sealed_and_never_recorded_proves_nothing(house: House, made: str) -> None:
    stray = house.sealer.seal(unsealed(copy_of(house, made)), "Sealed by Test Hospital", house.clock())
    assert proving.check_document(house, stray).reason == "not-on-record"


def unsealed(pdf: bytes) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        del opened.Root.Perms, opened.Root.AcroForm
        for page in opened.pages:
            if "/Annots" in page:
                del page.Annots
        opened.save(out)
    return out.getvalue()


def test_a_change_of_key_breaks_no_old_seal(house: House, factory: Factory, made: str) -> None:
    old = copy_of(house, made)
    first = authority()
    key, certificate = make_sealing(first.root_key, first.root_certificate, "Test Hospital", False, START)
    newer = Sealing.from_pem(key, certificate, first.root_certificate)
    later = replace(house, sealer=Sealer(newer))
    factory.house = later
    fresh = factory.signed_consent(allow=ALLOWED)
    assert {row.id for row in rows(house, seal_certificate)} == {
        sealing().certificate.fingerprint,
        newer.certificate.fingerprint,
    }
    for here in (house, later):
        for pdf in (old, copy_of(later, fresh)):
            assert proving.check_document(here, pdf).genuine
            assert proving.check_sum(here, sum_of(pdf)).genuine
    # A certificate of the same names that never sealed anything of ours is not ours.
    key, certificate = make_sealing(first.root_key, first.root_certificate, "Test Hospital", False, START)
    stranger = Sealer(Sealing.from_pem(key, certificate, first.root_certificate))
    theirs = stranger.seal(unsealed(old), "Sealed by Test Hospital", house.clock())
    assert proving.check_document(house, theirs).reason == "not-our-certificate"


def test_a_wrong_code_and_an_unknown_number_are_one_answer_and_slow_down(house: House, made: str) -> None:
    number, right = number_of(house, made), code_of(house, ConsentId(made))
    other = "2222-2222" if number != "2222-2222" else "3333-3333"

    def answer(number: str, code: str) -> tuple[str, ...]:
        with pytest.raises(Refused) as no:
            proving.check_printed(house, number, code, "192.0.2.8")
        return no.value.codes

    assert answer(number, "22222-22222") == answer(other, right) == ("code-wrong",)
    assert proving.check_printed(house, number.lower(), f" {right[:5].lower()} {right[5:]} ", "192.0.2.8").genuine
    for _ in range(8):
        codes = answer(number, "22222-22222")
    assert codes == ("wait",)


def test_the_code_is_random_and_each_consent_has_its_own(house: House, factory: Factory, made: str) -> None:
    other = factory.signed_consent(allow=ALLOWED)
    assert code_of(house, ConsentId(made)) != code_of(house, ConsentId(other))
    with pytest.raises(Refused):
        proving.check_printed(house, number_of(house, made), code_of(house, ConsentId(other)), "192.0.2.9")
    # A card's code opens no check, and the check's code opens no card.
    card = cards.make_card(house, factory.clinician(), made)
    with pytest.raises(Refused):
        cards.check_code(house, card.number, code_of(house, ConsentId(made)), "192.0.2.9")


# ------------------------------------------------------------------ pages


@pytest.fixture
def anyone(app: Flask) -> FlaskClient:
    return browser(app)


def test_anybody_checks_without_signing_in_and_learns_no_name(house: House, anyone: FlaskClient, made: str) -> None:
    pdf = copy_of(house, made)
    by_file = send(anyone, "/check", what="file", file=(io.BytesIO(pdf), "copy.pdf")).text
    by_sum = send(anyone, "/check", what="file", sha256=sum_of(pdf)).text
    number, code = number_of(house, made), code_of(house, ConsentId(made))
    on_paper = send(anyone, "/check", what="paper", number=number, code=code).text
    for page in (by_file, by_sum, on_paper):
        assert "It counts now." in page
        for told in ("Lopez", "1980", "burn", "Photo", "Instagram", made):
            assert told not in page
    assert "This form is real" in by_file
    assert "We cannot see your paper" in on_paper


def test_the_pages_say_no_and_why(
    house: House, anyone: FlaskClient, made: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pdf = copy_of(house, made) + b"\n"
    first = send(anyone, "/check", what="file", sha256=sum_of(pdf)).text
    assert "not a real form of ours" in first
    assert "Send the whole file" in first
    full = send(anyone, "/check", what="file", file=(io.BytesIO(pdf), "copy.pdf")).text
    assert "Something was put in or taken out after it was sealed." in full
    paper = send(anyone, "/check", what="paper", number="nonsense", code="nonsense").text
    assert "do not go together" in paper
    assert send(anyone, "/check", what="file").status_code == 422
    assert send(anyone, "/check", what="paper").status_code == 422
    # What is sent in a test is kept in memory up to half a megabyte.
    monkeypatch.setattr(proving, "LARGEST", 100_000)
    large = (io.BytesIO(b"%PDF-1.7" + bytes(200_000)), "large.pdf")
    assert send(anyone, "/check", what="file", file=large).status_code == 413
    assert "¿Este formulario es real" in anyone.get("/check?language=es").text


def test_every_reason_has_its_words() -> None:
    reasons = "not-on-record unreadable not-sealed several-signatures not-whole-file not-our-form altered wrong-time "
    reasons += "not-our-certificate demo took-too-long"
    for language in forms().languages.values():
        for reason in (*reasons.split(), *(each.value for each in Standing)):
            assert language(f"check.{reason}")


def test_the_paper_tells_where_and_with_what_it_is_checked(house: House, made: str) -> None:
    with pikepdf.open(io.BytesIO(copy_of(house, made))) as opened:
        shown = opened.attachments["evidence.txt"].get_file().read_bytes().decode()
    code = code_of(house, ConsentId(made))
    assert f"{code[:5]}-{code[5:]}" in shown
    assert "http://127.0.0.1:8000/check" in shown


def test_rule_22_the_copy_holds_a_receipt_for_machines_that_keeps_to_ids(house: House, made: str) -> None:
    with pikepdf.open(io.BytesIO(copy_of(house, made))) as opened:
        text = opened.attachments["receipt.json"].get_file().read_bytes().decode()
        kinds = {str(each.UF): str(each.AFRelationship) for each in opened.Root.AF}
    assert kinds == {"receipt.json": "/Data", "shown-text.txt": "/Alternative", "evidence.txt": "/Alternative"}
    told = json.loads(text)
    number = number_of(house, made)
    processing, (event,) = told["pii_processing"], told["events"]
    assert told["schema_version"] == "ISO/IEC TS 27560:2023"
    assert told["pii_principal_id"] == number
    assert {each["code"]: each["allowed"] for each in processing["purposes"]} == {
        "public-education": True,
        "professional-teaching": True,
    }
    allowed = {each["code"]: each["allowed"] for each in processing["recipient_third_parties"]}
    assert allowed == {"instagram": True, "conference": True, "organisation": True}
    assert processing["lawful_basis"].startswith("45 CFR 164.508")
    assert processing["privacy_notice"]["sha256"]
    assert processing["withdrawal_method"]["address"].endswith("/withdraw")
    assert told["party_identification"][0]["party_name"] == "Test Hospital"
    assert event["validity_until"] == (START + timedelta(days=731)).date().isoformat()
    for name in ("Maria", "Lopez", "1980", "burn", "hand"):
        assert name not in text


def test_the_command_answers_the_same(house: House, made: str, tmp_path: Path, monkeypatch: Any) -> None:
    from click.testing import CliRunner

    from consent.cli import proving as command

    monkeypatch.setattr(command, "open_house", lambda: house)
    file = tmp_path / "copy.pdf"
    file.write_bytes(copy_of(house, made))
    good = CliRunner().invoke(command.verify_pdf, [str(file), "--json"])
    assert (good.exit_code, json.loads(good.output)["standing"]) == (0, "in-force")
    file.write_bytes(copy_of(house, made) + b" ")
    bad = CliRunner().invoke(command.verify_pdf, [str(file), "--json"])
    assert bad.exit_code != 0
    assert json.loads(bad.output)["reason"] == "not-whole-file"


def test_very_many_checks_from_one_place_are_slowed_down(house: House) -> None:
    for _ in range(proving.CHECKS_ALLOWED):
        proving.take_check(house, "192.0.2.10")
    with pytest.raises(Refused) as no:
        for _ in range(20):
            proving.take_check(house, "192.0.2.10")
    assert no.value.codes == ("wait",)
    proving.take_check(house, "192.0.2.11")


def test_many_large_files_at_once_leave_threads_for_everybody_else(
    anyone: FlaskClient, made: str, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two strangers' files keep two threads of a process busy; a third is sent away, and small things go on."""
    monkeypatch.setattr(strangers, "LARGE", 200_000)
    large = copy_of(house, made) + bytes(strangers.LARGE)
    monkeypatch.setattr(strangers, "_places", threading.BoundedSemaphore(strangers.AT_ONCE))
    for _ in range(strangers.AT_ONCE):
        assert strangers._places.acquire(blocking=False)
    assert send(anyone, "/check", file=(io.BytesIO(large), "form.pdf")).status_code == 429
    assert send(anyone, "/check", sha256=sum_of(copy_of(house, made))).status_code == 200
    assert send(anyone, "/check", file=(io.BytesIO(copy_of(house, made)), "form.pdf")).status_code == 200
    # Each gives its place back, whatever came of it.
    strangers._places.release()
    for _ in range(3):
        with send(anyone, "/check", file=(io.BytesIO(large), "form.pdf")) as answer:
            assert "This is not a real form of ours" in answer.text
