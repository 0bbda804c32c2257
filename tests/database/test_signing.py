"""The moment of signing, on real parts: it happens once, whole, or not at all."""

from __future__ import annotations

import hashlib
import json
import subprocess
import threading
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from consent.acts import answering, creating, declining, doors, dossier, filing, handing_over, retrieval, signing
from consent.acts.dossier import Person
from consent.acts.given import Given
from consent.acts.house import House
from consent.acts.opening import open_text
from consent.acts.signing import Submission
from consent.documents.verifying import check_seal
from consent.records import consents, custody, tasks
from consent.records.tables.consents import consent, consent_answer, document, patient, signature
from consent.rules.refusal import NotFound, Refused
from consent.vault.blobs import CannotStore
from tests.factory import USUAL, Asked, Clock, Factory, sealing
from tests.refusals import refused

INK = (((1.0, 2.0), (3.5, 4.0)), ((9.0, 9.0),))


def ready(factory: Factory, asked: Asked = USUAL, **draft: Any) -> tuple[str, str, str]:
    """A consent that only lacks its signature: consent, session, digest of the answers."""
    made = factory.draft(asked, **draft)
    session_id = factory.handed_over(made)
    return made, session_id, factory.answer(session_id)


def typed(seen: str, claim: str = "once", **more: Any) -> Submission:
    return Submission(claim, seen, more.pop("disclosure_accepted", True), typed="Maria Lopez", **more)


def row_of(house: House, consent_id: str) -> Any:
    with house.reading() as connection:
        return consents.find(connection, consent_id)


def count(house: House, table: sa.Table) -> int:
    with house.reading() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def blobs(house: House) -> int:
    folder: Path = house.blobs.path  # type: ignore[attr-defined]
    return sum(1 for each in folder.glob("??/??/*"))


def pdf_of(house: House, consent_id: str) -> bytes:
    with house.reading() as connection:
        return filing.take_out(house, connection, consent_id)


def test_what_is_written_when_it_is_signed(factory: Factory, house: House) -> None:
    made, session_id, seen = ready(factory)
    assert signing.sign(house, session_id, typed(seen)) == made
    row = row_of(house, made)
    assert (row.status, row.signer, row.until) == ("signed", "patient", "2-years")
    assert row.expires_on == date(house.today.year + 2, house.today.month, house.today.day)
    with house.reading() as connection:
        answers = {(each.kind, each.code): each.answer for each in consents.answers(connection, made)}
        task = tasks.find_once(connection, f"copy-not-given:{made}")
        entry = custody.about(connection, made)[-1]
    assert {ask for ask, said in answers.items() if said} == set(USUAL)
    assert answers["permission", "recognisable"] is False
    assert task is not None
    assert (task.state, task.owner_id) == ("open", factory.clinician().id)
    assert (entry.act, entry.actor) == ("consent.sign", f"signer:{session_id}")
    assert f"consent/{made}" in json.loads(entry.entry)["rows"]


def test_the_answers_leave_the_session_when_it_is_signed(factory: Factory, house: House) -> None:
    _, session_id, seen = ready(factory)
    signing.sign(house, session_id, typed(seen))
    assert answering.open_session(house, session_id).given == Given()
    refused(lambda: answering.save(house, session_id, {("medium", "photo"): False}), "signed-already")


def test_rule_01_a_form_that_names_what_nobody_entered_is_not_signed(factory: Factory, house: House) -> None:
    made, session_id, seen = ready(factory)
    with house.writing(factory.clinician()) as deed:
        opened = dossier.load(house, deed.connection, made)
        blank = opened.details.with_(clinician=" ")
        sealed = dossier.encrypt_details(deed, opened.row.key_id, made, blank, opened.row.facts_version + 1)
        deed.ledger.update(consent, made, **sealed)
        deed.enter("consent.edit", {"consent": made})
    refused(lambda: signing.sign(house, session_id, typed(seen)), "form-incomplete")
    refused(lambda: handing_over.hand_over(house, factory.clinician(), "no-browser", made), "form-incomplete")
    assert row_of(house, made).status != "signed"


def test_rule_02_an_unanswered_question_cannot_be_signed(factory: Factory, house: House) -> None:
    made = factory.draft()
    session_id = factory.handed_over(made)
    session = answering.open_session(house, session_id)
    assert session.given.uses == {}
    assert session.given.term is None
    every = {ask: False for ask in session.version.questions(session.dossier.asked)}
    for left_out in every:
        some = {ask: said for ask, said in every.items() if ask != left_out}
        with house.scratch() as deed:
            row = consents.find_session(deed.connection, session_id)
            assert row
            blank = deed.encrypt(row.key_id, "signing_session", session_id, "answers", "{}", row.answers_version)
            consents.change_session(deed.connection, session_id, ("open",), answers=blank)
        answering.save(house, session_id, some, "1-year")
        seen = answering.open_session(house, session_id).given.digest
        answering.review(house, session_id, seen)
        refused(lambda seen=seen: signing.sign(house, session_id, typed(seen)), "unanswered")
    assert row_of(house, made).status == "handed-over"


@pytest.mark.parametrize("term", [None, "forever", "event"])
def test_rule_03_an_end_is_needed(factory: Factory, house: House, term: str | None) -> None:
    made = factory.draft()
    session_id = factory.handed_over(made)
    session = answering.open_session(house, session_id)
    questions = session.version.questions(session.dossier.asked)
    answering.save(house, session_id, dict.fromkeys(questions, True), term)
    seen = answering.open_session(house, session_id).given.digest
    answering.review(house, session_id, seen)
    # There is no event in this draft, so that it cannot be chosen.
    refused(lambda: signing.sign(house, session_id, typed(seen)), "expiry-missing")


def test_rule_03_an_event_ends_after_five_years_at_the_latest(factory: Factory, house: House) -> None:
    made = factory.signed_consent(term="event", event="my last visit", event_confirmer="Dr. Adams")
    today = house.today
    assert row_of(house, made).expires_on == date(today.year + 5, today.month, today.day)


def test_rule_06_saying_no_is_one_step_and_leaves_no_mark(factory: Factory, house: House) -> None:
    made, session_id, _ = ready(factory)
    assert declining.has_earlier(house, session_id) is False
    declining.decline(house, session_id, earlier_too=False)
    declining.decline(house, session_id, earlier_too=False)
    assert row_of(house, made).status == "declined"
    assert count(house, consent_answer) == count(house, document) == count(house, signature) == 0
    # He may still be asked another time, and nothing remembers this no against him.
    again = factory.draft(patient_id=factory.patient_of(made))
    assert factory.handed_over(again)
    refused(lambda: signing.sign(house, session_id, typed("")), "signing-over")


def test_declining_asks_about_earlier_ones_only_if_there_are_any(factory: Factory, house: House) -> None:
    first = factory.signed_consent()
    second = factory.draft(patient_id=factory.patient_of(first))
    session_id = factory.handed_over(second)
    assert declining.has_earlier(house, session_id) is True
    declining.decline(house, session_id, earlier_too=True)
    with house.reading() as connection:
        assert tasks.find_once(connection, f"withdraw-earlier:{second}") is not None
    assert row_of(house, first).status == "revoked"


@pytest.mark.parametrize(
    ("change", "code"),
    [({"capacity": False}, "capacity-missing"), ({"told_voluntary": False}, "not-told-voluntary")],
)
def test_rules_08_and_13_the_draft_is_judged_again_at_the_signature(
    factory: Factory, house: House, change: dict[str, bool], code: str
) -> None:
    made, session_id, seen = ready(factory)
    with house.writing(factory.clinician()) as deed:
        deed.ledger.update(consent, made, **change)
        deed.enter("consent.edit", {"consent": made})
    refused(lambda: signing.sign(house, session_id, typed(seen)), code)


def test_rule_09_a_corrected_birth_date_stops_a_minor_at_the_signature(factory: Factory, house: House) -> None:
    made, session_id, seen = ready(factory)
    with house.writing(factory.clinician()) as deed:
        row = consents.find_patient(deed.connection, factory.patient_of(made))
        assert row
        young = Person("Maria Lopez", house.today - timedelta(days=3650))
        deed.ledger.update(patient, row.id, **dossier.encrypt_person(deed, row.key_id, row.id, young, row.version + 1))
        deed.enter("consent.edit", {"consent": made})
    refused(lambda: signing.sign(house, session_id, typed(seen)), "under-age")


def test_rule_16_the_words_about_signing_on_a_screen_are_accepted_and_kept(factory: Factory, house: House) -> None:
    made = factory.draft()
    session_id = factory.handed_over(made)
    seen = factory.answer(session_id, on_screen=False)
    refused(lambda: signing.sign(house, session_id, typed(seen, disclosure_accepted=False)), "disclosure-not-accepted")
    answering.accept(house, session_id, answering.open_session(house, session_id).disclosure_hash)
    answering.switch_language(house, session_id, "es")
    # These words he has not seen.
    refused(lambda: signing.sign(house, session_id, typed(seen, disclosure_accepted=False)), "disclosure-not-accepted")
    answering.switch_language(house, session_id, "en")
    signing.sign(house, session_id, typed(seen, disclosure_accepted=False))
    with house.reading() as connection:
        row = consents.find_signature(connection, made)
    assert row
    assert len(row.disclosure_hash) == 64


def test_rule_17_every_choice_is_checked_on_one_page_first(factory: Factory, house: House) -> None:
    _, session_id, seen = ready(factory)
    answering.save(house, session_id, {("channel", "instagram"): False})
    changed = answering.open_session(house, session_id).given.digest
    # He checked other answers than these.
    refused(lambda: signing.sign(house, session_id, typed(changed)), "not-reviewed")
    # A page in another tab that still shows the old ones.
    refused(lambda: signing.sign(house, session_id, typed(seen)), "answers-changed")
    refused(lambda: answering.review(house, session_id, seen), "answers-changed")
    factory.teach_back(session_id)
    answering.review(house, session_id, changed)
    signing.sign(house, session_id, typed(changed))


def test_a_signature_is_never_refused_for_being_simple(factory: Factory, house: House) -> None:
    made, session_id, seen = ready(factory)
    refused(lambda: signing.sign(house, session_id, Submission("a", seen, True, typed="  ")), "signature-missing")
    dot = Submission("b", seen, True, strokes=(((5.0, 5.0),),))
    assert signing.sign(house, session_id, dot) == made
    _, session_id, seen = ready(factory)
    assert signing.sign(house, session_id, Submission("c", seen, True, typed="x"))


@pytest.mark.parametrize("keep", [False, True])
def test_strokes_are_kept_encrypted_and_their_times_only_if_a_setting_says_so(
    factory: Factory, house: House, keep: bool
) -> None:
    object.__setattr__(house.terms, "keep_stroke_times", keep)
    made, session_id, seen = ready(factory)
    signing.sign(house, session_id, Submission("a", seen, True, strokes=INK, times=((0, 16), (400,))))
    with house.reading() as connection:
        row = consents.find_signature(connection, made)
        assert row
        kept = json.loads(open_text(house, connection, "signature", row.id, "content", row.content))
    assert row.method == "drawn"
    assert kept["strokes"] == [[[1.0, 2.0], [3.5, 4.0]], [[9.0, 9.0]]]
    assert ("times" in kept) is keep
    assert {"sign", "check"}.isdisjoint(kept["shown"])


def test_rule_25_the_file_is_sealed_and_its_hashes_are_kept(factory: Factory, house: House) -> None:
    made = factory.signed_consent()
    pdf = pdf_of(house, made)
    seal = check_seal(pdf, (sealing().certificate,))
    assert seal.genuine
    assert seal.sealed_at == row_of(house, made).signed_at.replace(microsecond=0)
    with house.reading() as connection:
        kept, signed = consents.find_document(connection, made), consents.find_signature(connection, made)
    assert kept
    assert signed
    assert kept.sha256 == signed.document_sha256 == hashlib.sha256(pdf).hexdigest()
    assert kept.seal == house.sealer.fingerprint
    assert len(signed.shown_hash) == 64


def test_rule_25_an_altered_document_is_not_handed_out(factory: Factory, house: House) -> None:
    made = factory.signed_consent()
    with house.reading() as connection:
        row = consents.find_document(connection, made)
        assert row
    file: Path = next(house.blobs.path.glob(f"??/??/{row.blob}"))  # type: ignore[attr-defined]
    altered = bytearray(file.read_bytes())
    altered[-20] ^= 1
    file.write_bytes(altered)
    with pytest.raises(Exception, match="cannot be decrypted"):
        retrieval.open_document(house, factory.clinician(), made)


def test_the_custody_head_is_printed_in_the_sealed_file(factory: Factory, house: House, tmp_path: Path) -> None:
    made, session_id, seen = ready(factory)
    with house.reading() as connection:
        number, head = custody.head(connection)
    signing.sign(house, session_id, typed(seen))
    words = text_of(pdf_of(house, made))
    assert f"{number}{head}" in words
    assert row_of(house, made).form_hash in words
    assert row_of(house, made).number in words


def test_a_double_tap_or_a_lost_reply_signs_once(factory: Factory, house: House) -> None:
    made, session_id, seen = ready(factory)
    results, failures = [], []

    def submit() -> None:
        try:
            results.append(signing.sign(house, session_id, typed(seen)))
        except Refused as now:
            failures.append(now.codes)

    taps = [threading.Thread(target=submit) for _ in range(3)]
    for tap in taps:
        tap.start()
    for tap in taps:
        tap.join()
    assert results
    assert set(results) == {made}
    assert all(codes == ("signing-now",) for codes in failures)
    assert signing.sign(house, session_id, typed(seen)) == made
    assert signing.sign(house, session_id, typed(seen, claim="another tab")) == made
    assert count(house, signature) == count(house, document) == 1
    assert signing.result(house, session_id) == "signed"


def test_refused_when_the_form_was_withdrawn_while_it_was_printed(
    factory: Factory, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, session_id, seen = ready(factory)
    real = filing.put_away

    def meanwhile(*args: Any) -> Any:
        put = real(*args)
        factory.withdraw_form()
        return put

    monkeypatch.setattr(filing, "put_away", meanwhile)
    refused(lambda: signing.sign(house, session_id, typed(seen)), "form-withdrawn")
    assert row_of(house, made).status == "handed-over"
    assert count(house, signature) == count(house, document) == count(house, consent_answer) == 0
    assert signing.result(house, session_id) == "open"


def test_refused_when_staff_took_the_tablet_back_meanwhile(
    factory: Factory, house: House, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, session_id, seen = ready(factory)
    real = filing.put_away

    def meanwhile(*args: Any) -> Any:
        by = factory.clinician()
        refused(lambda: creating.change_asked(house, by, made, "channel", ("tiktok",)), "signing-now")
        clock.pass_(minutes=3)
        creating.change_asked(house, by, made, "channel", ("tiktok",))
        return real(*args)

    monkeypatch.setattr(filing, "put_away", meanwhile)
    refused(lambda: signing.sign(house, session_id, typed(seen)), "signing-now")
    assert row_of(house, made).status == "draft"
    assert count(house, signature) == 0


class Crash(BaseException):
    """The process dies: nothing after it runs that would not run after a power cut."""


def test_a_crash_after_the_blob_leaves_an_orphan_only(
    factory: Factory, house: House, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, session_id, seen = ready(factory)

    def dies(*_: Any) -> None:
        raise Crash

    monkeypatch.setattr(signing, "_record", dies)
    monkeypatch.setattr(consents, "release_session", lambda *_: None)
    with pytest.raises(Crash):
        signing.sign(house, session_id, typed(seen))
    monkeypatch.undo()
    assert blobs(house) == 1
    assert count(house, document) == count(house, signature) == 0
    assert row_of(house, made).status == "handed-over"
    # The claim of the dead submission holds for two minutes; then the same one may be sent again.
    refused(lambda: signing.sign(house, session_id, typed(seen)), "signing-now")
    assert signing.result(house, session_id) == "claimed"
    clock.pass_(minutes=2)
    assert signing.result(house, session_id) == "open"
    assert signing.sign(house, session_id, typed(seen)) == made
    assert (blobs(house), count(house, document)) == (2, 1)


def test_a_full_disk_signs_nothing_and_frees_the_session(
    factory: Factory, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, session_id, seen = ready(factory)

    def full(*_: Any) -> str:
        raise CannotStore(full=True)

    monkeypatch.setattr(type(house.blobs), "put", full)
    with pytest.raises(CannotStore):
        signing.sign(house, session_id, typed(seen))
    monkeypatch.undo()
    assert row_of(house, made).status == "handed-over"
    assert signing.sign(house, session_id, typed(seen)) == made


def test_whoever_was_overtaken_signs_nothing(
    factory: Factory, house: House, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, session_id, seen = ready(factory)
    real = filing.put_away

    def slow(*args: Any) -> Any:
        monkeypatch.setattr(filing, "put_away", real)
        clock.pass_(minutes=2)
        assert signing.sign(house, session_id, typed(seen, claim="second")) == made
        return real(*args)

    monkeypatch.setattr(filing, "put_away", slow)
    refused(lambda: signing.sign(house, session_id, typed(seen, claim="first")), "signing-now")
    assert count(house, signature) == count(house, document) == 1


def test_the_language_shown_is_signed_and_switching_keeps_the_answers(factory: Factory, house: House) -> None:
    made, session_id, seen = ready(factory)
    answering.switch_language(house, session_id, "es")
    session = answering.open_session(house, session_id)
    assert session.given.digest == seen
    assert session.words("labels.yes") == "Sí"
    # What he allows is checked in the language in which he signs (rule 17).
    refused(lambda: signing.sign(house, session_id, typed(seen)), "not-reviewed")
    answering.review(house, session_id, seen)
    signing.sign(house, session_id, typed(seen))
    assert row_of(house, made).language == "es"
    assert "Paciente" in text_of(pdf_of(house, made))


def test_no_switch_to_a_language_that_nobody_approved(factory: Factory, house: House) -> None:
    made = factory.draft()
    factory.withdraw_form(language="es")
    session_id = factory.handed_over(made)
    languages = answering.open_session(house, session_id).languages
    assert "en" in languages
    assert "es" not in languages
    with pytest.raises(NotFound):
        answering.switch_language(house, session_id, "es")


def test_an_arabic_name_is_printed(factory: Factory, house: House) -> None:
    name = "عائشة محمد"
    made, session_id, seen = ready(factory, person=Person(name, date(1980, 1, 1)))
    signing.sign(house, session_id, Submission("a", seen, True, typed=name))
    assert "عائشة" in text_of(pdf_of(house, made)) or "ﺔﺸﺋﺎﻋ" in text_of(pdf_of(house, made))


def test_a_typed_name_that_cannot_be_printed_is_refused_before_anything_is_lost(factory: Factory, house: House) -> None:
    made, session_id, seen = ready(factory)
    refused(lambda: signing.sign(house, session_id, Submission("a", seen, True, typed="ᚠᛁ")), "cannot-print")
    assert answering.open_session(house, session_id).given.digest == seen
    assert signing.sign(house, session_id, typed(seen)) == made


def test_a_finished_session_still_opens_its_last_pages_and_then_no_more(factory: Factory, house: House) -> None:
    made = factory.draft()
    token = handing_over.hand_over(house, factory.clinician(), "no-browser", made)
    session_id = doors.find(house, "signing", token)
    assert session_id
    signing.sign(house, session_id, typed(factory.answer(session_id)))
    assert doors.find(house, "signing", token) == session_id
    refused(lambda: handing_over.hand_over(house, factory.clinician(), "no-browser", made), "not-a-draft")


def text_of(pdf: bytes) -> str:
    """The words of a PDF, without the spaces between them."""
    found = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True)
    return "".join(found.stdout.decode().split())
