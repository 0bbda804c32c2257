"""The paper form: printed with a code, scanned, typed by one, compared by another; only then it counts (rule 24)."""

from __future__ import annotations

import hashlib
import io
from datetime import date
from pathlib import Path
from typing import Any

import pikepdf
import pytest
import sqlalchemy as sa
from PIL import Image

from consent.acts import (
    answering,
    creating,
    filing,
    handing_over,
    on_paper,
    revocation,
    scanning,
    second_look,
    signing,
    transcribing,
    upkeep,
)
from consent.acts.actor import SYSTEM, Actor
from consent.acts.change_of_mind import Change, Scope, Way
from consent.acts.house import House
from consent.acts.transcribing import Reading
from consent.documents.verifying import check_seal
from consent.records import consents, tasks, ways
from consent.records.tables.ways import paper_scan
from consent.rules.access import Role
from consent.rules.grounds import Ground
from consent.rules.refusal import NotFound
from consent.vault.envelope import CannotDecrypt
from tests.asking import look_up
from tests.factory import USUAL, Clock, Factory, sealing
from tests.refusals import refused
from tests.staffroom import make_app, signed_in


def sheet(seed: int = 1) -> bytes:
    """A photograph of a sheet of paper."""
    made = Image.new("RGB", (850, 1100), "white")
    made.paste((seed * 40 % 255, 20, 60), (100, 100, 300, 300))
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "CANARY CAMERA"
    made.save(out, "JPEG", exif=exif.tobytes())
    return out.getvalue()


def code_of(factory: Factory, made: str) -> str:
    return on_paper.prints(factory.house, factory.clinician(), made)[0].code


def printed(factory: Factory, **draft: Any) -> tuple[str, str]:
    """A form that is on paper: the consent, and the print code."""
    made = factory.draft(**draft)
    on_paper.print_form(factory.house, factory.clinician(), made, "letter")
    return made, code_of(factory, made)


def scanned(factory: Factory, pages: int = 2, **draft: Any) -> tuple[str, str]:
    """A signed form whose pages are in: the consent, and the scan."""
    made, code = printed(factory, **draft)
    scan_id = scanning.begin(factory.house, factory.clinician(), made, code)
    for number in range(pages):
        scanning.add(factory.house, factory.clinician(), scan_id, sheet(number))
    return made, scan_id


def read(factory: Factory, scan_id: str, allow: Any = None, **more: Any) -> Reading:
    case = transcribing.open_case(factory.house, factory.clinician(), scan_id)
    yes = set(case.session.dossier.asked) if allow is None else set(allow)
    uses = {ask: ask in yes for ask in case.session.version.questions(case.session.dossier.asked)}
    said = {"term": "2-years", "names": {"signer": "Maria Lopez"}, "signed_on": factory.house.today, **more}
    return Reading(uses=uses, **said)


def transcribed(factory: Factory, **more: Any) -> tuple[str, str]:
    made, scan_id = scanned(factory)
    transcribing.transcribe(factory.house, factory.clinician(), scan_id, read(factory, scan_id, **more))
    return made, scan_id


def keys(factory: Factory, scan_id: str) -> list[str]:
    return [
        item.key for item in transcribing.items(transcribing.open_case(factory.house, factory.clinician(), scan_id))
    ]


def confirmed(factory: Factory, second: Actor | None = None, **more: Any) -> tuple[str, str]:
    made, scan_id = transcribed(factory, **more)
    second = second or factory.staff(Role.CLINICIAN)
    second_look.confirm(factory.house, second, scan_id, keys(factory, scan_id))
    return made, scan_id


def row_of(house: House, made: str) -> Any:
    with house.reading() as connection:
        return consents.find(connection, made)


def test_rule_24_a_paper_counts_when_a_second_person_has_compared_it(factory: Factory, house: House) -> None:
    made, scan_id = transcribed(factory)
    assert (row_of(house, made).status, row_of(house, made).signed_at) == ("paper", None)
    second = factory.staff(Role.CLINICIAN)
    assert second_look.confirm(house, second, scan_id, keys(factory, scan_id)) == made
    row = row_of(house, made)
    assert (row.status, row.method, row.signer) == ("signed", "paper", "patient")
    assert row.expires_on == date(2028, house.today.month, house.today.day)
    with house.reading() as connection:
        said = {(each.kind, each.code): each.answer for each in consents.answers(connection, made)}
        found = consents.find_document(connection, made)
        pdf = filing.take_out(house, connection, made)
        pages = ways.pages_of(connection, scan_id)
    assert said["channel", "instagram"] is True
    assert said["permission", "recognisable"] is False
    assert found is not None
    assert hashlib.sha256(pdf).hexdigest() == found.sha256
    assert check_seal(pdf, [sealing().certificate]).genuine
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        pictures = len({each.objgen for page in opened.pages for each in page.get_images().values()})
    assert pictures == len(pages) == 2
    assert b"CANARY" not in pdf
    # Asked again, nothing is done twice.
    assert second_look.confirm(house, second, scan_id, ()) == made


def test_rule_24_the_same_person_never_confirms(factory: Factory, house: House) -> None:
    made, scan_id = transcribed(factory)
    refused(lambda: second_look.confirm(house, factory.clinician(), scan_id, keys(factory, scan_id)), "same-person")
    assert row_of(house, made).status == "paper"


def test_rule_24_everything_is_compared_and_the_same(factory: Factory, house: House) -> None:
    _, scan_id = transcribed(factory)
    second, every = factory.staff(Role.CLINICIAN), keys(factory, scan_id)
    for left_out in every:
        rest = [each for each in every if each != left_out]
        no = refused(lambda r=rest: second_look.confirm(house, second, scan_id, r), "not-compared")  # type: ignore[misc]
        assert [each.field for each in no.reasons] == [left_out]
        refused(lambda r=rest, d=left_out: second_look.confirm(house, second, scan_id, r, [d]), "differs")  # type: ignore[misc]


def test_rule_24_before_that_every_verdict_is_no_and_says_why(factory: Factory, house: House) -> None:
    made, scan_id = scanned(factory)
    image = factory.ready_picture(made)
    officer = factory.staff(Role.PRIVACY_OFFICER)

    def ask() -> Any:
        return look_up(house, officer, image, "conference", "professional-teaching")

    for _ in range(2):
        verdict = ask()
        assert not verdict.allowed
        assert [reason.ground for reason in verdict.reasons] == [Ground.PAPER_UNCHECKED]
        if row_of(house, made).status == "paper" and not ways_transcribed(house, scan_id):
            transcribing.transcribe(
                house, factory.clinician(), scan_id, read(factory, scan_id, [*USUAL, ("permission", "recognisable")])
            )
    second_look.confirm(house, factory.staff(Role.CLINICIAN), scan_id, keys(factory, scan_id))
    assert ask().allowed


def ways_transcribed(house: House, scan_id: str) -> bool:
    with house.reading() as connection:
        found = ways.find_scan(connection, scan_id)
    return found is not None and found.state == "transcribed"


def test_a_reprint_ends_the_older_print(factory: Factory, house: House) -> None:
    made, old = printed(factory)
    on_paper.print_form(house, factory.clinician(), made, "A4")
    new = code_of(factory, made)
    assert new != old
    states = sorted(each.state for each in on_paper.prints(house, factory.clinician(), made))
    assert states == ["open", "void"]
    refused(lambda: scanning.begin(house, factory.clinician(), made, old), "print-void")
    assert scanning.begin(house, factory.clinician(), made, new)


def test_what_is_scanned_is_not_made_void_by_a_reprint(factory: Factory, house: House) -> None:
    made, _ = scanned(factory)
    refused(lambda: on_paper.print_form(house, factory.clinician(), made, "A4"), "scan-in-hand")


def test_a_code_of_another_consent_is_refused(factory: Factory, house: House) -> None:
    one, own = printed(factory)
    _, other = printed(factory)
    refused(lambda: scanning.begin(house, factory.clinician(), one, other), "print-code-other")
    refused(lambda: scanning.begin(house, factory.clinician(), one, "nonsense"), "print-code-format")
    wrong = ("3" if own[0] != "3" else "4") + own[1:]
    refused(lambda: scanning.begin(house, factory.clinician(), one, wrong), "print-code-check")
    number = row_of(house, one).number
    # What a reader of bar codes types from the QR code.
    assert scanning.begin(house, factory.clinician(), one, f"{number} {own.lower()}")


def test_a_draft_changed_since_it_was_printed_is_refused(factory: Factory, house: House) -> None:
    made, code = printed(factory)
    creating.change_details(house, factory.clinician(), made, "description", description="Photos of the face.")
    refused(lambda: scanning.begin(house, factory.clinician(), made, code), "draft-changed")
    refused(lambda: on_paper.open_print(house, factory.clinician(), made), "draft-changed")


def test_while_a_scan_is_in_hand_the_draft_is_closed(factory: Factory, house: House) -> None:
    made, scan_id = scanned(factory)
    refused(lambda: creating.change_details(house, factory.clinician(), made, "description", description="x"))
    refused(lambda: handing_over.hand_over(house, factory.clinician(), "no-browser", made))
    scanning.discard(house, factory.clinician(), scan_id)
    assert row_of(house, made).status == "draft"
    with pytest.raises(NotFound):
        scanning.look(house, factory.clinician(), scan_id)
    scanning.begin(house, factory.clinician(), made, code_of(factory, made))


def test_a_paper_ends_the_hand_over_under_way(factory: Factory, house: House) -> None:
    made, code = printed(factory)
    session_id = factory.handed_over(made)
    seen = factory.answer(session_id)
    scanning.begin(house, factory.clinician(), made, code)
    refused(lambda: signing.sign(house, session_id, signing.Submission("a", seen, True, typed="x")), "signing-over")
    assert answering.open_session(house, session_id).state == "ended"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"names": {}}, "paper-unsigned"),
        ({"signed_on": None}, "paper-date-missing"),
        ({"signed_on": date(2026, 11, 3)}, "paper-date-future"),
        ({"signed_on": date(2026, 11, 1)}, "paper-date-before-print"),
        ({"term": ""}, "expiry-missing"),
        ({"term": "event"}, "expiry-missing"),
        ({"marked": True}, "paper-name-missing"),
        ({"names": {"signer": "Ж" + "\U00013000"}}, "cannot-print"),
    ],
)
def test_a_paper_with_a_gap_is_refused(factory: Factory, house: House, more: dict[str, Any], code: str) -> None:
    _, scan_id = scanned(factory)
    refused(lambda: transcribing.transcribe(house, factory.clinician(), scan_id, read(factory, scan_id, **more)), code)


def test_rule_2_an_open_line_on_paper_is_refused(factory: Factory, house: House) -> None:
    _, scan_id = scanned(factory)
    reading = read(factory, scan_id)
    uses = dict(list(reading.uses.items())[1:])
    gap = Reading(uses, reading.term, reading.names, reading.signed_on)
    refused(lambda: transcribing.transcribe(house, factory.clinician(), scan_id, gap), "unanswered")


def test_a_scan_without_pages_is_refused(factory: Factory, house: House) -> None:
    _, scan_id = scanned(factory, pages=0)
    refused(lambda: transcribing.transcribe(house, factory.clinician(), scan_id, read(factory, scan_id)), "scan-empty")


def test_rule_15_a_mark_on_paper_has_two_witnesses(factory: Factory, house: House) -> None:
    names = {"signer": "Maria Lopez", "witness-1": "Ann Lee", "witness-2": "Bo Ray"}
    made, _ = confirmed(factory, marked=True, names=names)
    with house.reading() as connection:
        rows = [(each.role, each.method) for each in consents.signatures(connection, made)]
    assert rows == [("signer", "paper"), ("witness", "paper"), ("witness", "paper")]


def only_scan(house: House, scan_id: str) -> Any:
    with house.reading() as connection:
        return connection.execute(sa.select(paper_scan).where(paper_scan.c.id == scan_id)).one()


def put_transcription(house: House, scan_id: str, token: bytes) -> None:
    with house.engine.begin() as connection:
        connection.execute(sa.update(paper_scan).where(paper_scan.c.id == scan_id).values(transcription=token))


def test_it_goes_back_with_a_note_and_comes_again(factory: Factory, house: House, clock: Clock) -> None:
    made, scan_id = transcribed(factory)
    second = factory.staff(Role.CLINICIAN)
    refused(lambda: transcribing.send_back(house, second, scan_id, " "), "note-missing")
    transcribing.send_back(house, second, scan_id, "Number 10 is a no.")
    refused(lambda: second_look.confirm(house, second, scan_id, keys(factory, scan_id)), "scan-not-transcribed")
    assert transcribing.open_case(house, factory.clinician(), scan_id).note == "Number 10 is a no."
    desk = signed_in(make_app(house), house, factory.clinician())
    onward = f'<a href="/scans/{scan_id}/answers">It was sent back: see why, and correct it</a>'
    assert onward in desk.get(f"/consents/{made}").text
    assert "Number 10 is a no." in desk.get(f"/scans/{scan_id}/answers").text

    def open_tasks(who: Actor) -> list[str]:
        with house.reading() as connection:
            rows = tasks.open_for(connection, who.id, [role.value for role in who.roles], 50)
        return [each.kind for each in rows if each.about.get("consent") == made]

    assert open_tasks(factory.clinician()) == ["scan-sent-back"]
    clock.pass_(minutes=1)
    first = only_scan(house, scan_id)
    transcribing.transcribe(house, factory.clinician(), scan_id, read(factory, scan_id, [("medium", "photo")]))
    assert open_tasks(second) == ["scan-to-check"]
    # What was sent back does not come again: put back into its own column, it does not open.
    second_reading = only_scan(house, scan_id)
    put_transcription(house, scan_id, first.transcription)
    with pytest.raises(CannotDecrypt):
        transcribing.open_case(house, second, scan_id)
    put_transcription(house, scan_id, second_reading.transcription)
    second_look.confirm(house, second, scan_id, keys(factory, scan_id))
    assert "scan-to-check" not in open_tasks(second)


def test_rule_35_a_paper_is_no_newer_than_it_says(factory: Factory, house: House, clock: Clock) -> None:
    made, scan_id = transcribed(factory)
    clock.pass_(minutes=5)
    later = factory.signed_consent(patient_id=factory.patient_of(made))
    assert row_of(house, later).signed_at is not None
    no = refused(lambda: second_look.confirm(house, factory.staff(Role.CLINICIAN), scan_id, keys(factory, scan_id)))
    assert no.codes == ("clock-wrong",)


def test_a_person_who_stopped_everything_since_is_not_signed_for(factory: Factory, house: House, clock: Clock) -> None:
    before = factory.signed_consent()
    clock.pass_(days=1)
    made = factory.draft(patient_id=factory.patient_of(before))
    on_paper.print_form(house, factory.clinician(), made, "letter")
    scan_id = scanning.begin(house, factory.clinician(), made, code_of(factory, made))
    scanning.add(house, factory.clinician(), scan_id, sheet())
    transcribing.transcribe(house, factory.clinician(), scan_id, read(factory, scan_id))
    clock.pass_(hours=3)
    change = Change(before, Scope.EVERYTHING, Way.IN_PERSON, known_how="He is on my ward.")
    revocation.revoke(house, factory.clinician(), change)
    no = refused(lambda: second_look.confirm(house, factory.staff(Role.CLINICIAN), scan_id, keys(factory, scan_id)))
    assert no.codes == ("withdrawn-meanwhile",)


def test_pages_are_turned_taken_out_and_swept(factory: Factory, house: House, clock: Clock) -> None:
    _, scan_id = scanned(factory)
    scan, shown = scanning.look(house, factory.clinician(), scan_id)
    assert scan.state == "gathering"
    wide = Image.open(io.BytesIO(shown[0].jpeg)).size
    scanning.turn_page(house, factory.clinician(), scan_id, shown[0].id)
    scanning.remove_page(house, factory.clinician(), scan_id, shown[1].id)
    _, again = scanning.look(house, factory.clinician(), scan_id)
    assert [page.id for page in again] == [shown[0].id]
    assert Image.open(io.BytesIO(again[0].jpeg)).size == (wide[1], wide[0])
    with pytest.raises(NotFound):
        scanning.page_file(house, factory.clinician(), scan_id, shown[1].id)
    clock.pass_(days=2)
    upkeep.sweep_blobs(house, SYSTEM)
    assert scanning.page_file(house, factory.clinician(), scan_id, shown[0].id)


def test_once_it_is_typed_its_pages_stay(factory: Factory, house: House) -> None:
    _, scan_id = transcribed(factory)
    _, shown = scanning.look(house, factory.clinician(), scan_id)
    refused(lambda: scanning.add(house, factory.clinician(), scan_id, sheet()), "scan-closed")
    refused(lambda: scanning.remove_page(house, factory.clinician(), scan_id, shown[0].id), "scan-closed")
    refused(lambda: transcribing.transcribe(house, factory.clinician(), scan_id, read(factory, scan_id)), "scan-closed")


def test_more_than_twenty_pages_are_refused(factory: Factory, house: House) -> None:
    _, scan_id = scanned(factory, pages=0)
    made = pikepdf.new()
    for _ in range(15):
        made.add_blank_page(page_size=(200, 200))
    out = io.BytesIO()
    made.save(out)
    assert scanning.add(house, factory.clinician(), scan_id, out.getvalue()) == 15
    refused(lambda: scanning.add(house, factory.clinician(), scan_id, out.getvalue()), "scan-pages")


def test_nothing_of_a_page_is_readable_on_disk(factory: Factory, house: House, tmp_path: Path) -> None:
    scanned(factory)
    for path in (tmp_path / "blobs").rglob("*"):
        if path.is_file():
            assert b"JFIF" not in path.read_bytes()


def test_who_may_not(factory: Factory, house: House) -> None:
    made, scan_id = transcribed(factory)
    every = keys(factory, scan_id)
    for role in (Role.COMMUNICATIONS, Role.AUDITOR, Role.ADMINISTRATOR):
        refused(lambda r=role: second_look.confirm(house, factory.staff(r), scan_id, every), "role")  # type: ignore[misc]
        refused(lambda r=role: on_paper.print_form(house, factory.staff(r), made, "A4"), "role")  # type: ignore[misc]
    other = factory.staff(Role.CLINICIAN, unit="Eyes")
    refused(lambda: second_look.confirm(house, other, scan_id, every), "reason-needed")
    assert second_look.confirm(house, factory.staff(Role.PRIVACY_OFFICER), scan_id, every) == made
