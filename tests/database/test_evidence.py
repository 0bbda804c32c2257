"""The last page of a sealed form: who, as what, how known, when each page was shown and on what."""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import replace
from datetime import date
from typing import Any

import pikepdf
import pytest

from consent.acts import answering, attending, attesting, evidence, filing, preparing, signing
from consent.acts.dossier import Person, load_person
from consent.acts.hands import Hand
from consent.acts.house import House
from consent.acts.signing import Submission
from consent.records import consents
from consent.rules.devices import Device
from consent.rules.parties import Interpreter, Method, Witness
from tests.database.test_signing_together import _at
from tests.factory import Clock, Factory
from tests.staffroom import make_app, send

TABLET = "Mozilla/5.0 (Linux; Android 15; SM-X210) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"
INK = (((1.0, 2.0), (30.0, 40.0)),)


def enclosed(house: House, made: str) -> dict[str, bytes]:
    with house.reading() as connection:
        pdf = filing.take_out(house, connection, made)
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        return {name: each.get_file().read_bytes() for name, each in opened.attachments.items()}


def rows(text: str, after: str) -> list[str]:
    return text[text.index(after) :].splitlines()


def test_the_evidence_tells_who_how_when_and_on_what(factory: Factory, house: House, clock: Clock) -> None:
    made = factory.draft()
    session_id = factory.handed_over(made)
    answering.show(house, session_id, "welcome")
    clock.pass_(minutes=3)
    answering.show(house, session_id, "media")
    clock.pass_(minutes=4)
    answering.show(house, session_id, "media")  # again: the first time counts
    seen = factory.answer(session_id)
    answering.show(house, session_id, "sign")
    clock.pass_(minutes=1)
    sent = Submission(made, seen, strokes=INK, device=Device("wide", "Chrome"))
    signing.sign(house, session_id, sent)
    files = enclosed(house, made)
    text = files["evidence.txt"].decode()
    signed = rows(text, "Who signed")
    at = "November 2, 2026, 10:08 (UTC-0500)"
    assert signed[1:3] == ["Signature:", f"{name_of(house, made)} · Patient · Drawn by hand on the screen · {at}"]
    assert signed[3:7] == ["Interpreter:", "None", "Witness:", "None"]
    assert "Full name, Date of birth\nChecked and handed over by:\nPerson 1\n" in text
    assert "Language:\nEnglish\nSigned on:\nA device at the hospital: tablet or computer, Chrome\n" in text
    assert "America/New_York" in text
    assert "A PDF reader may say that it does not know who sealed this file." in text
    assert "This part is for you:\nNovember 2, 2026, 10:00 (UTC-0500)\n" in text
    media = answering.open_session(house, session_id).page("media").heading
    assert f"{media}\nNovember 2, 2026, 10:03 (UTC-0500)\n" in text
    assert "Sign to say that these are your choices:\nNovember 2, 2026, 10:07 (UTC-0500)\n" in text
    with house.reading() as connection:
        row, kept = consents.find(connection, made), consents.find_signature(connection, made)
    assert row
    assert kept
    assert row.form_hash in text
    # What is kept as the hash of what was shown is the hash of that file, and the evidence is not in it.
    assert hashlib.sha256(files["shown-text.txt"]).hexdigest() == kept.shown_hash
    assert "How this form was signed" not in files["shown-text.txt"].decode()
    (event,) = json.loads(files["receipt.json"])["events"]
    assert event["event_time"] == "2026-11-02T15:08+00:00"
    assert event["signatures"] == [{"role": "signer", "method": "drawn", "time": "2026-11-02T15:08+00:00"}]
    assert event["signed_on"] == {"road": "tablet", "device": "wide", "browser": "Chrome"}


def test_a_page_first_shown_in_another_language_says_so(factory: Factory, house: House) -> None:
    made = factory.draft()
    session_id = factory.handed_over(made)
    answering.show(house, session_id, "media")
    answering.switch_language(house, session_id, "es")
    answering.show(house, session_id, "purposes")
    seen = factory.answer(session_id)
    signing.sign(house, session_id, Submission(made, seen, typed="Maria Lopez"))
    text = enclosed(house, made)["evidence.txt"].decode()
    assert "Quién firmó\nFirma:\n" in text
    assert "Un lector de PDF puede decir que no sabe quién selló este archivo." in text
    assert "2 de noviembre de 2026, 10:00 (UTC-0500), en: English\n" in text
    assert "Idioma:\nEspañol\nSe firmó en:\nUn aparato del hospital: no se sabe\n" in text
    assert "No se vio en una hoja aparte" in text


def test_the_interpreter_the_witnesses_and_a_mark_stand_in_it(
    factory: Factory, house: House, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = factory.draft(person=Person("Ana Lopez", date(1980, 5, 17), "MRN-7", language="en"))
    by = factory.clinician()
    attending.change_interpreter(house, by, made, Interpreter("No. 40417", "Mixteco", "in-person"))
    attending.change_witnesses(house, by, made, (Witness("Wanda Seen"), Witness("Walter Sawit")))
    session_id = factory.handed_over(made)
    seen = factory.answer(session_id)
    for key, hand in (
        ("signer", Hand(Method.MARK, "Ana Lopez", strokes=INK)),
        ("interpreter", Hand(Method.TYPED, "No. 40417", typed="40417")),
        ("witness-1", Hand(Method.TYPED, "Wanda Seen", typed="Wanda", note="Ana Lopez")),
        ("witness-2", Hand(Method.TYPED, "Walter Sawit", typed="Walter", note="Ana Lopez")),
    ):
        clock.pass_(minutes=1)
        attesting.give(house, session_id, key, hand, seen)
    assert preparing.prepare(house, session_id, Submission("", seen))
    clock.pass_(minutes=5)
    with monkeypatch.context() as patched:  # what was printed ahead is taken, on either database
        patched.setattr(house.printer, "print_paper", lambda *_: pytest.fail("it was printed twice"))
        signing.sign(house, session_id, Submission(made, seen))
    files = enclosed(house, made)
    told = rows(files["evidence.txt"].decode(), "Who signed")[1:9]
    assert told == [
        "Signature:",
        "Ana Lopez · Patient · The mark of Ana Lopez, made on the screen · November 2, 2026, 10:01 (UTC-0500)",
        "Interpreter:", "No. 40417 · Mixteco · In the room · Typed on the screen · November 2, 2026, 10:02 (UTC-0500)",
        "Witness 1:", "Wanda Seen · Typed on the screen · November 2, 2026, 10:03 (UTC-0500)",
        "Witness 2:", "Walter Sawit · Typed on the screen · November 2, 2026, 10:04 (UTC-0500)",
    ]  # fmt: skip
    (event,) = json.loads(files["receipt.json"])["events"]
    assert [each["role"] for each in event["signatures"]] == ["signer", "interpreter", "witness", "witness"]
    # It was given when the last of them signed; that it was kept five minutes later is in the seal.
    assert event["event_time"] == "2026-11-02T15:04+00:00"


def test_the_pages_note_when_they_were_shown_and_on_what_it_was_signed(factory: Factory, house: House) -> None:
    made = factory.draft()
    session_id = factory.handed_over(made)
    client, _ = _at(make_app(house), house, session_id)
    client.get("/sign")
    client.get("/sign/page/media")
    media = answering.open_session(house, session_id).page("media").heading
    seen = factory.answer(session_id)
    client.get("/sign/sign")
    client.environ_base["HTTP_USER_AGENT"] = TABLET
    sent = {"go": "sign", "seen": seen, "claim": "c", "typed": "Maria Lopez"}
    assert send(client, "/sign/sign", **sent).location == "/sign/done"
    text = enclosed(house, made)["evidence.txt"].decode()
    times = text[text.index("When each page was first shown") : text.index("Number on your card")]
    for title in ("This part is for you:", media, "Sign to say that these are your choices:"):
        assert f"{title}\nNovember 2, 2026, 10:00 (UTC-0500)\n" in times
    assert "tablet or computer, Chrome" in text
    assert "SM-X210" not in text


@pytest.mark.parametrize("language", ["ar", "en", "es", "vi", "zh-Hans"])
def test_every_language_has_its_own_words_for_it(house: House, language: str) -> None:
    words, english = house.forms.words(language), house.forms.words("en")
    for part in ("evidence", "identified", "devices"):
        keys = [key for key in english.phrases if key.startswith(f"{part}.")]
        assert keys
        assert language == "en" or all(words.phrases[key] != english.phrases[key] for key in keys)


def test_a_session_on_the_own_phone_names_that_road(factory: Factory, house: House) -> None:
    made = factory.draft()
    session = answering.open_session(house, factory.handed_over(made))
    hands = [(answering.signer_of(session), Hand(Method.TYPED, "Maria Lopez", typed="M", given_at=START))]
    on_phone: Any = replace(session, on_own_phone=True)
    told = evidence.page(on_phone, hands, house.terms.zone, Device("phone", "Safari"), "Person 1")
    lines = {line.text: line.answer_words for section in told.sections for line in section.lines}
    assert lines["Signed on"] == "The device of the person who signed: phone, Safari"
    assert "six numbers" in lines["What was asked or seen"]
    paper = [(who, replace(hand, method=Method.PAPER)) for who, hand in hands]
    told = evidence.page(session, paper, house.terms.zone, Device(), "Person 1")
    assert told.sections[-1].paragraphs == ("All pages were on one paper form.",)
    assert "Paper, with a pen" in {line.answer_words for line in told.sections[-2].lines}


START = "2026-11-02T15:00:00.000000+00:00"


def name_of(house: House, made: str) -> str:
    with house.reading() as connection:
        row = consents.find(connection, made)
        assert row
        return load_person(house, connection, row.patient_id).name
