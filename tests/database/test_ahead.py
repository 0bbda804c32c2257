"""Printed while the patient reviews: used at Finish for exactly the same paper, and for no other."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pikepdf
import pytest
import sqlalchemy as sa

from consent.acts import ahead, answering, attending, attesting, declining, dossier, filing, held, preparing, signing
from consent.acts.actor import Actor
from consent.acts.hands import Hand
from consent.acts.house import House
from consent.acts.press import Press
from consent.acts.signing import Submission
from consent.documents.printing import Printer
from consent.documents.verifying import check_seal
from consent.records import custody
from consent.records.tables.consents import consent
from consent.records.tables.staff import held as table
from consent.rules.devices import Device
from consent.rules.parties import Method, Witness
from consent.rules.refusal import Refused
from tests.database.test_signing_together import _at
from tests.factory import ROOT, Clock, Factory, make_house, sealing
from tests.staffroom import make_app, send, token_on

INK = (((10.0, 20.0), (60.0, 90.0), (200.0, 40.0)),)
OTHER_INK = (((10.0, 20.0), (60.0, 91.0), (200.0, 40.0)),)


@pytest.fixture
def house(sqlite_url: str, tmp_path: Path, clock: Clock) -> Iterator[House]:
    """On SQLite alone: every test here prints twice. PostgreSQL keeps what is printed ahead in `test_evidence`."""
    made = make_house(sqlite_url, tmp_path, clock)
    yield made
    made.engine.dispose()


@pytest.fixture
def printed(house: House, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The consent number of each paper that was really printed, in order."""
    numbers: list[str] = []
    real = house.printer.print_paper

    def counting(paper: Any, *more: Any) -> bytes:
        numbers.append(paper.consent_number)
        return real(paper, *more)

    monkeypatch.setattr(house.printer, "print_paper", counting)
    return numbers


def ready(factory: Factory) -> tuple[str, str, Submission]:
    """Everything but the press on the button: consent, session, what it will send."""
    made = factory.draft()
    session_id = factory.handed_over(made)
    seen = factory.answer(session_id)
    return made, session_id, Submission(made, seen, strokes=INK, device=Device("wide", "Chrome"))


def pdf_of(house: House, made: str) -> bytes:
    with house.reading() as connection:
        return filing.take_out(house, connection, made)


def text_of(house: House, made: str) -> str:
    done = subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=pdf_of(house, made), capture_output=True, check=True
    )
    return " ".join(done.stdout.decode().split())


def papers_held(house: House) -> int:
    with house.reading() as connection:
        wanted = sa.select(sa.func.count()).select_from(table).where(table.c.kind.startswith("paper/"))
        return int(connection.execute(wanted).scalar_one())


def test_what_was_printed_ahead_is_sealed_at_finish(
    factory: Factory, house: House, clock: Clock, printed: list[str]
) -> None:
    made, session_id, sent = ready(factory)
    with house.reading() as connection:
        before = custody.head(connection)
    assert preparing.prepare(house, session_id, sent)
    assert preparing.prepare(house, session_id, sent)  # a second keep of the same page
    assert len(printed) == papers_held(house) == 1
    factory.staff()  # the trail goes on meanwhile
    clock.pass_(seconds=40)
    assert signing.sign(house, session_id, sent) == made
    assert len(printed) == 1
    assert papers_held(house) == 0
    pdf = pdf_of(house, made)
    seal = check_seal(pdf, (sealing().certificate,))
    assert seal.genuine
    assert seal.sealed_at == clock.now
    # The head on it is one that was there before the signature, and still is in the trail.
    words = text_of(house, made)
    assert f"{before[0]} {before[1]}"[:40] in words
    assert "November 2, 2026, 10:00 (UTC-0500)" in words
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert bool(opened.Root.MarkInfo.Marked) is True
        assert opened.Root.Lang == "en"
        assert {str(each.UF) for each in opened.Root.AF} == {"receipt.json", "shown-text.txt", "evidence.txt"}


def other_ink(_house: House, _session: str, sent: Submission, _clock: Clock) -> Submission:
    return replace(sent, strokes=OTHER_INK)


def typed(_house: House, _session: str, sent: Submission, _clock: Clock) -> Submission:
    return replace(sent, strokes=(), typed="Maria Lopez")


def other_device(_house: House, _session: str, sent: Submission, _clock: Clock) -> Submission:
    return replace(sent, device=Device("phone", "Safari"))


def another_minute(_house: House, _session: str, sent: Submission, clock: Clock) -> Submission:
    clock.pass_(minutes=1)
    return sent


def another_page_shown(house: House, session: str, sent: Submission, _clock: Clock) -> Submission:
    answering.show(house, session, "check")
    return sent


def another_name(house: House, session: str, sent: Submission, _clock: Clock) -> Submission:
    opened = answering.open_session(house, session)
    with house.writing(Actor("command", "test")) as deed:
        loaded = dossier.load(house, deed.connection, opened.consent_id)
        changed = loaded.details.with_(clinician="Dr. Somebody Else")
        version = loaded.row.facts_version + 1
        facts = dossier.encrypt_details(deed, loaded.row.key_id, opened.consent_id, changed, version)
        deed.ledger.update(consent, opened.consent_id, **facts)
        deed.enter("consent.edit", {"consent": opened.consent_id})
    # What he checked named somebody else: he has to check it again (rule 17).
    with pytest.raises(Refused, match="not-reviewed"):
        signing.sign(house, session, sent)
    answering.review(house, session, opened.given.digest)
    return sent


@pytest.mark.parametrize(
    "change",
    [other_ink, typed, other_device, another_minute, another_page_shown, another_name],
    ids=lambda f: f.__name__,
)
def test_whatever_changes_meanwhile_it_is_printed_anew(
    factory: Factory, house: House, clock: Clock, printed: list[str], change: Callable[..., Submission]
) -> None:
    made, session_id, sent = ready(factory)
    assert preparing.prepare(house, session_id, sent)
    sent = change(house, session_id, sent, clock)
    signing.sign(house, session_id, sent)
    assert len(printed) == 2
    told = {
        typed: "Typed on the screen", other_device: "phone, Safari", another_minute: "10:01 (UTC-0500)",
        another_name: "Dr. Somebody Else",
    }  # fmt: skip
    assert told.get(change, "How this form was signed") in text_of(house, made)


def test_an_answer_that_changes_after_it_was_printed_is_on_the_paper(
    factory: Factory, house: House, printed: list[str]
) -> None:
    made, session_id, sent = ready(factory)
    preparing.prepare(house, session_id, sent)
    factory.answer(session_id, allow=(("medium", "photo"),))
    seen = answering.open_session(house, session_id).given.digest
    signing.sign(house, session_id, replace(sent, seen=seen))
    assert len(printed) == 2
    # What is still held would be the paper with the other answers.
    with pikepdf.open(io.BytesIO(pdf_of(house, made))) as opened:
        shown = opened.attachments["shown-text.txt"].get_file().read_bytes().decode()
    assert "You said no" in shown[: shown.index("Signature")]


def test_what_lies_too_long_is_printed_anew_and_swept(
    factory: Factory, house: House, clock: Clock, printed: list[str]
) -> None:
    _, session_id, sent = ready(factory)
    preparing.prepare(house, session_id, sent)
    with house.scratch() as deed:  # the paper would still be the very same
        over = deed.now - timedelta(seconds=1)
        deed.connection.execute(sa.update(table).where(table.c.kind.startswith("paper/")).values(expires_at=over))
    signing.sign(house, session_id, sent)
    assert len(printed) == 2
    _, session_id, sent = ready(factory)
    preparing.prepare(house, session_id, sent)
    clock.pass_(minutes=11)
    assert held.sweep(house) == 1
    assert papers_held(house) == 0


def test_two_sessions_never_mix(factory: Factory, house: House, printed: list[str]) -> None:
    first, session_id, sent = ready(factory)
    preparing.prepare(house, session_id, sent)
    second, other_id, other = ready(factory)
    with house.scratch() as deed:  # even if one's paper lay where the other's is looked for
        deed.connection.execute(sa.update(table).values(kind=ahead.kind_of(other_id)))
    signing.sign(house, other_id, other)
    assert len(printed) == 2
    number = answering.open_session(house, other_id).dossier.row.number
    assert printed[1] == number
    assert number in text_of(house, second)
    assert answering.open_session(house, session_id).dossier.row.number not in text_of(house, second)
    assert first != second


def test_what_is_held_and_does_not_open_keeps_nobody_from_signing(
    factory: Factory, house: House, printed: list[str]
) -> None:
    """Damaged, or another's content put there: it is printed anew, as if nothing had been held."""
    made, session_id, sent = ready(factory)
    assert preparing.prepare(house, session_id, sent)
    with house.engine.begin() as connection:
        (row,) = connection.execute(sa.select(table)).all()
        flipped = bytes(row.content[:-1]) + bytes([row.content[-1] ^ 1])
        connection.execute(sa.update(table).values(content=flipped))
    assert signing.sign(house, session_id, sent) == made
    assert len(printed) == 2
    assert papers_held(house) == 0


def test_a_specimen_stays_one(factory: Factory, house: House, printed: list[str]) -> None:
    made, session_id, sent = ready(factory)
    preparing.prepare(house, session_id, sent)
    demo = replace(house, printer=Printer(ROOT / "templates", specimen=True))
    assert demo.printer.name != house.printer.name
    signing.sign(demo, session_id, sent)
    assert "SPECIMEN" in text_of(house, made)


def test_nothing_of_it_lies_in_the_clear(factory: Factory, house: House, tmp_path: Path) -> None:
    made, session_id, sent = ready(factory)
    preparing.prepare(house, session_id, sent)
    name = answering.open_session(house, session_id).dossier.person.name.encode()
    for file in (path for path in tmp_path.rglob("*") if path.is_file()):
        content = file.read_bytes()
        assert b"%PDF" not in content, file
        assert name not in content, file
    with house.reading() as connection:
        kept = bytes(connection.execute(sa.select(table.c.content)).scalar_one())
    assert b"%PDF" not in kept
    assert made


def test_a_no_keeps_nothing_and_nothing_comes_after_it(factory: Factory, house: House) -> None:
    _, session_id, sent = ready(factory)
    preparing.prepare(house, session_id, sent)
    session = answering.open_session(house, session_id)
    declining.decline(house, session_id, earlier_too=False)
    assert papers_held(house) == 0
    assert not preparing.prepare(house, session_id, sent)
    with house.reading() as connection:
        late = ahead.find(house, connection, session, object(), object())  # type: ignore[arg-type]
    assert late is None


def test_what_the_rules_refuse_is_not_printed(factory: Factory, house: House, printed: list[str]) -> None:
    made = factory.draft()
    session_id = factory.handed_over(made)
    assert not preparing.prepare(house, session_id, Submission("", "", strokes=INK))
    seen = factory.answer(session_id)
    assert not preparing.prepare(house, session_id, Submission("", seen))  # no signature
    assert printed == []


def test_the_finish_page_has_it_printed_and_it_lasts_while_they_read(
    factory: Factory, house: House, clock: Clock, printed: list[str]
) -> None:
    made = factory.draft()
    attending.change_witnesses(house, factory.clinician(), made, (Witness("Wanda Seen"),))
    session_id = factory.handed_over(made)
    seen = factory.answer(session_id)
    attesting.give(house, session_id, "signer", Hand(Method.TYPED, "Maria Lopez", typed="Maria Lopez"), seen)
    attesting.give(house, session_id, "witness-1", Hand(Method.TYPED, "Wanda Seen", typed="Wanda"), seen)
    house = replace(house, press=Press())
    client, _ = _at(make_app(house), house, session_id)
    page = client.get("/sign/finish").text
    clock.pass_(minutes=4)
    sent = {"csrf_token": token_on(page), "go": "sign", "seen": seen, "claim": "c"}
    assert client.post("/sign/finish", data=sent).location == "/sign/done"
    assert len(printed) == 1
    assert check_seal(pdf_of(house, made), (sealing().certificate,)).genuine


def test_ink_that_is_kept_while_it_is_drawn_is_printed_ahead(
    factory: Factory, house: House, printed: list[str]
) -> None:
    made, session_id, sent = ready(factory)
    house = replace(house, press=Press())
    client, _ = _at(make_app(house), house, session_id)
    fields = {"seen": sent.seen, "claim": "c", "strokes": '[[{"x":1,"y":2},{"x":30,"y":40}]]'}
    client.get("/sign/sign")
    token = token_on(client.get("/sign/sign").text)
    asks = {"X-Asks-Where": "1"}
    client.post("/sign/sign", data={**fields, "csrf_token": token, "go": "back", "strokes": ""}, headers=asks)
    client.post("/sign/sign", data={**fields, "csrf_token": token, "go": "back"}, headers=asks)
    assert send(client, "/sign/sign", **fields, go="sign").location == "/sign/done"
    assert len(printed) == 1
    assert made
