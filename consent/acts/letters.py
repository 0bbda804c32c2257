"""The patient's letters when he changed his mind: that we got it, and what was removed, what not, and why.

The closing letter is printed outside any transaction; whoever comes second finds it written. A crash in between
leaves it to the worker. Source: domain rule 45.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine import Connection, Row

from consent.acts import dossier, filing
from consent.acts.actor import Actor
from consent.acts.house import Deed, House
from consent.acts.owing import Owing
from consent.acts.paperwork import page_size
from consent.acts.retrieval import check_access
from consent.acts.standing import Outcome, outcomes
from consent.documents.paper import Letter
from consent.formbook import Words
from consent.records import consents, notices
from consent.records import organisation as organisation_records
from consent.records import revocations as records
from consent.records.tables.revocations import revocation_request
from consent.rules.access import Act
from consent.rules.refusal import NotFound


def write_due(house: House, actor: Actor) -> int:
    """Write the closing letter of every case that is closed and has none; return how many."""
    with house.reading() as connection:
        waiting = records.without_letter(connection)
    return sum(write(house, actor, each) for each in waiting)


def write(house: House, actor: Actor, request_id: str) -> bool:
    """Print, encrypt and keep the closing letter, and owe the patient word of it. False: there was nothing to do.

    Writes: document, revocation_request, notice. Raises: documents CannotPrint; vault CannotStore.
    """
    with house.reading() as connection:
        request = records.find_request(connection, request_id)
        if request is None or request.closed_at is None or request.letter_document_id is not None:
            return False
        letter = _closing(house, connection, request)
        language = letter.language
    put = filing.put_away(house, house.printer.print_letter(letter, page_size(house)))
    with house.writing(actor) as deed:
        request = records.find_request(deed.connection, request_id)
        if request is None or request.letter_document_id is not None:
            deed.nothing()
            return False
        document_id = filing.record(
            deed, put, request.consent_id, kind="letter", language=language, made_at=deed.now, seal=None
        )
        deed.ledger.update(revocation_request, request.id, letter_document_id=document_id)
        about: dict[str, Any] = {"request": request.id, "consent": request.consent_id, "document": document_id}
        # Where nothing was out there is nothing more to tell than the acknowledgement did.
        if request.takedowns:
            about["notice"] = _owe(Owing(deed, request.id), request, document_id)
        deed.enter("revocation.write-letter", about)
    return True


def acknowledgement(house: House, actor: Actor, request_id: str) -> bytes:
    """Return the acknowledgement as a PDF, to print and post. That it was opened is in custody.

    Raises: NotFound; Refused: role, reason-needed.
    """
    actor.must(Act.OPEN_DOCUMENT)
    with house.writing(actor) as deed:
        request = _request(house, deed, request_id)
        letter = _received(house, deed.connection, request)
        deed.enter("revocation.open-acknowledgement", {"request": request.id, "consent": request.consent_id})
    return house.printer.print_letter(letter, page_size(house))


def closing_letter(house: House, actor: Actor, request_id: str) -> bytes:
    """Return the closing letter as it is kept, to print and post. That it was opened is in custody.

    Raises: NotFound while there is none; Refused: role, reason-needed; filing Altered.
    """
    actor.must(Act.OPEN_DOCUMENT)
    with house.writing(actor) as deed:
        request = _request(house, deed, request_id)
        row = records.find_document(deed.connection, request.letter_document_id)
        if row is None:
            raise NotFound
        pdf = filing.read(house, deed.connection, row)
        about = {"request": request.id, "consent": request.consent_id, "document": row.id}
        deed.enter("revocation.open-letter", about)
    return pdf


def _request(house: House, deed: Deed, request_id: str) -> Row[Any]:
    """Return the request to whoever recorded it or may open its consent: a letter names the patient."""
    request = records.find_request(deed.connection, request_id)
    through = consents.find(deed.connection, request.consent_id) if request is not None else None
    if request is None or through is None:
        raise NotFound
    if request.made_by != deed.actor.name:
        check_access(house, deed.connection, deed.actor, through)
    return request


def outcome_words(words: Words, outcome: Outcome, house: House) -> str:
    """Return what became of one post, as a sentence."""
    if outcome.state == "gone" and outcome.seen_at is not None:
        return words("letter.gone", date=words.date(outcome.seen_at.astimezone(house.terms.zone).date()))
    if outcome.state == "cannot-remove":
        return words(f"letter.why-{outcome.cause}")
    return words("letter.still-open")


def _owe(owing: Owing, request: Row[Any], document_id: str) -> list[str]:
    connection = owing.deed.connection
    person = consents.find_patient(connection, request.patient_id)
    mail = bool(person is not None and person.electronic_contact and person.contact)
    about = {"request": [request.id], "document": [document_id]}
    given = notices.address_given(connection, request.id)
    owing.to_patient("revocation-letter", request.id, about, electronic=mail or given is not None)
    return list(owing.write())


def _letter(house: House, connection: Connection, request: Row[Any], **said: Any) -> Letter:  # noqa: ANN401
    opened = dossier.load(house, connection, request.consent_id)
    words = house.forms.words(opened.row.language)
    organisation = organisation_records.in_force(connection)
    lines = organisation.address.splitlines() if organisation is not None else []
    phone, email = (organisation.privacy_phone, organisation.privacy_email) if organisation is not None else ("", "")
    questions = words("letter.questions", privacy_phone=phone, privacy_email=email)
    return Letter(
        language=words.language,
        direction=words("language.direction"),
        organisation_name=organisation.legal_name if organisation is not None else "",
        organisation_lines=tuple(lines),
        recipient_lines=(opened.person.name, *opened.person.post.splitlines()),
        date_words=words.date(house.today),
        reference=request.number,
        rows_heading=words("letter.rows-heading"),
        specimen=house.terms.demo,
        labels={
            "page": words("labels.page-of", page="{page}", pages="{pages}"),
            "specimen": words("labels.specimen"),
            "reference": words("letter.reference-label"),
        },
        closing=(*said.pop("closing"), questions),
        **said,
    )


def _received(house: House, connection: Connection, request: Row[Any]) -> Letter:
    words = _words(house, connection, request)
    parts = [words("letter.received", date=_day(house, words, request))]
    if request.scope == "parts":
        parts.append(words("letter.received-parts"))
    if request.takedowns:
        parts.append(words("letter.received-next"))
    if request.way == "telephone" or request.doubt:
        parts.append(words("letter.confirm"))
    return _letter(
        house, connection, request, title=words("letter.received-heading"), paragraphs=tuple(parts), rows=(),
        closing=(words("letter.past"), words("letter.again")),
    )  # fmt: skip


def _closing(house: House, connection: Connection, request: Row[Any]) -> Letter:
    words = _words(house, connection, request)
    found = outcomes(house, connection, request, words.language)
    said = [words("letter.closed", date=_day(house, words, request))]
    if not found:
        said.append(words("letter.removed-none"))
    rows = tuple((_where(each), outcome_words(words, each, house)) for each in found)
    return _letter(
        house, connection, request, title=words("letter.closed-heading"), paragraphs=tuple(said), rows=rows,
        closing=(words("letter.past"), words("letter.again")),
    )  # fmt: skip


def _where(outcome: Outcome) -> str:
    return f"{outcome.place.channel}: {outcome.place.address}" if outcome.place.address else outcome.place.channel


def _words(house: House, connection: Connection, request: Row[Any]) -> Words:
    row = consents.find(connection, request.consent_id)
    if row is None:
        raise NotFound
    return house.forms.words(row.language)


def _day(house: House, words: Words, request: Row[Any]) -> str:
    return words.date(request.made_at.astimezone(house.terms.zone).date())
