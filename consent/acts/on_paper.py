"""The paper form: prefilled, printed with a code of its own, to be signed with a pen. A reprint ends the one before.

Source: 45 CFR 164.508(c); domain rules 4, 16 (paper is always offered) and 24.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection, Row

from consent.acts import answering, dossier, drafts, readiness, signature_blocks
from consent.acts.actor import Actor
from consent.acts.answering import Session
from consent.acts.dossier import Dossier
from consent.acts.given import Given
from consent.acts.hands import Signatory
from consent.acts.house import House
from consent.acts.organisation import current
from consent.acts.paperwork import labels
from consent.acts.retrieval import check_access, reach
from consent.documents.blank import BlankForm, BlankSection, SignHere, blank_text
from consent.documents.blank import Row as Question
from consent.documents.paper import PageSize
from consent.formbook import Page
from consent.records import consents, ways
from consent.records.tables.ways import paper_print
from consent.rules.access import Act, Opening
from consent.rules.identifiers import new_id, new_print_code
from consent.rules.parties import Method, PartyRole
from consent.rules.refusal import NotFound, Reason, Refused, refuse_if

SIZES = tuple(size.value for size in PageSize)


@dataclass(frozen=True)
class Printed:
    """One printing. `state`: open | void | used."""

    id: str
    code: str
    state: str
    size: str
    made_at: datetime


def objections(house: House, actor: Actor, consent_id: str) -> tuple[Reason, ...]:
    """Return why this form cannot be printed for signing today; empty if it can. Raises: NotFound; Refused."""
    actor.must(Act.PRINT_FORM)
    with house.reading() as connection:
        opened = dossier.load(house, connection, consent_id)
        check_access(house, connection, actor, opened.row)
        return readiness.hand_over_objections(house, connection, opened, house.today)


def print_form(house: House, actor: Actor, consent_id: str, size: str) -> str:
    """Make a printing with a code of its own and return its ID; the one before is void unless it was scanned.

    Raises: NotFound; Refused: every objection of the rules, other-unit, not-a-draft, scan-in-hand, cannot-print.
    """
    actor.must(Act.PRINT_FORM)
    if size not in SIZES:
        raise NotFound
    with house.writing(actor) as deed:
        row = _draft(deed.connection, actor, consent_id)
        opened = dossier.load(house, deed.connection, consent_id)
        refuse_if(readiness.hand_over_objections(house, deed.connection, opened, deed.today))
        if ways.scan_of(deed.connection, consent_id) is not None:
            raise Refused(Reason("scan-in-hand"))
        void = [each.id for each in ways.prints_of(deed.connection, consent_id) if each.state == "open"]
        for each in void:
            deed.ledger.update(paper_print, each, state="void", ended_at=deed.now)
        print_id, code = new_id(secrets.token_bytes), _free_code(deed.connection)
        deed.ledger.insert(
            paper_print,
            id=print_id,
            consent_id=row.id,
            code=code,
            language=row.language,
            size=size,
            state="open",
            shown_hash=shown_hash(blank_form(house, deed.connection, opened, code)),
            made_by=actor.id,
            made_at=deed.now,
            ended_at=None,
        )
        about = {"consent": row.id, "patient": row.patient_id, "print": print_id, "void": void, "size": size}
        deed.enter("paper.print", about)
    return print_id


def open_print(house: House, actor: Actor, consent_id: str) -> bytes:
    """Return the newest printing as a PDF, to put on paper. That it was opened is in custody.

    Raises: NotFound without one; Refused: role, other-unit, not-a-draft, draft-changed (other words would be printed).
    """
    actor.must(Act.PRINT_FORM)
    with house.writing(actor) as deed:
        row = _draft(deed.connection, actor, consent_id)
        found = next((each for each in ways.prints_of(deed.connection, consent_id) if each.state == "open"), None)
        if found is None:
            raise NotFound
        form = blank_form(house, deed.connection, dossier.load(house, deed.connection, consent_id), found.code)
        if shown_hash(form) != found.shown_hash:
            raise Refused(Reason("draft-changed"))
        deed.enter("paper.open", {"consent": row.id, "patient": row.patient_id, "print": found.id})
    return house.printer.print_blank(form, PageSize(found.size))


def prints(house: House, actor: Actor, consent_id: str) -> tuple[Printed, ...]:
    """Return the consent's printings, newest first. Raises: NotFound; Refused: role, reason-needed."""
    actor.must(Act.SEE_CONSENT)
    with house.reading() as connection:
        reach(house, connection, actor, consent_id)
        rows = ways.prints_of(connection, consent_id)
    return tuple(Printed(each.id, each.code, each.state, each.size, each.made_at) for each in rows)


def paper_session(house: House, connection: Connection, opened: Dossier, given: Given) -> Session:
    """Return what stands for the signing session where there is none: the same facts, words and people."""
    row = opened.row
    return Session(
        id="",
        consent_id=row.id,
        state="open",
        language=row.language,
        languages=(row.language,),
        handed_over_by=row.made_by,
        dossier=opened,
        version=readiness.version_of(house, row),
        facts=readiness.facts_of(connection, opened),
        words=house.forms.words(row.language),
        all_words=house.forms.languages,
        given=given,
        others=lambda method: readiness.also_sign(house, opened, method, house.today),
    )


def shown_hash(form: BlankForm) -> str:
    """Return the SHA-256 of every word that is before the signer; the printing's own code is not among them."""
    return hashlib.sha256(blank_text(form).encode()).hexdigest()


def question_numbers(session: Session) -> dict[tuple[str, str], str]:
    """Return the number of each question as it stands on paper, and of the term as ("term", "")."""
    numbers: dict[tuple[str, str], str] = {}
    for page in session.version.pages(session.dossier.asked, session.facts, session.language):
        for group in page.groups:
            for row in group.rows:
                numbers[row.kind, row.code] = str(len(numbers) + 1)
        if page.choices:
            numbers["term", ""] = str(len(numbers) + 1)
    return numbers


def blank_form(house: House, connection: Connection, opened: Dossier, code: str) -> BlankForm:
    """Return the form as it is printed for this draft. Raises: Refused('organisation-incomplete')."""
    organisation = current(connection)
    if organisation.missing():
        raise Refused(Reason("organisation-incomplete"))
    session = paper_session(house, connection, opened, Given())
    words, row = session.words, opened.row
    facts = session.facts
    numbers = question_numbers(session)
    pages = session.version.pages(opened.asked, facts, session.language)
    more = {
        "print_code": "paper.print-code", "yes": "labels.yes", "no": "labels.no", "how": "paper.how",
        "name": "labels.name", "signature": "paper.sign-here", "date": "paper.date", "for_staff": "paper.for-staff",
    }  # fmt: skip
    return BlankForm(
        title=session.version.texts[session.language].title_for(session.facts),
        language=session.language,
        direction=words("language.direction"),
        organisation_name=organisation.legal_name,
        organisation_lines=(
            *organisation.address.splitlines(),
            f"{organisation.privacy_office}: {organisation.privacy_phone}, {organisation.privacy_email}",
        ),
        consent_number=row.number,
        code=code,
        form=row.form,
        form_version=str(row.form_version),
        form_hash=session.version.hash_in(session.language),
        facts=(
            (words("labels.patient"), opened.person.name),
            (words("labels.birth-date"), words.date(opened.person.born_on)),
            (words("labels.clinician"), opened.details.clinician),
        ),
        sections=tuple(section for page in pages for section in _sections(page, numbers, words("signing.until-hint"))),
        signers=tuple(_signers(session, replace(facts, until=""))),
        closing=(words("paper.mark"), words("signing.ask-us")),
        specimen=house.terms.demo,
        labels={**labels(words), **{name: words(key) for name, key in more.items()}},
        stands_alone=organisation.policy.profile.stands_alone,
    )


def _draft(connection: Connection, actor: Actor, consent_id: str) -> Row[Any]:
    row = consents.find(connection, consent_id)
    if row is None:
        raise NotFound
    if drafts.opening(actor, row) is not Opening.FREELY:
        raise Refused(Reason("other-unit"))
    if row.status == "paper":
        raise Refused(Reason("scan-in-hand"))
    if row.status not in drafts.UNSIGNED:
        raise Refused(Reason("not-a-draft"))
    return row


def _sections(page: Page, numbers: dict[tuple[str, str], str], hint: str) -> Iterator[BlankSection]:
    choices = tuple(f"{each.text} {each.hint}".strip() for each in page.choices)
    groups = [tuple(Question(numbers[row.kind, row.code], row.full) for row in group.rows) for group in page.groups]
    yield BlankSection(
        page.heading, page.paragraphs, page.bullets, choices=choices,
        choices_number=numbers["term", ""] if choices else "", choices_hint=hint if choices else "",
        rows=tuple(row for rows in groups for row in rows),
    )  # fmt: skip


def _signers(session: Session, facts: Any) -> Iterator[SignHere]:  # noqa: ANN401 - the form book's Facts
    words = session.words
    everybody = answering.signatories(session, Method.PAPER)
    signer = everybody[0].name
    for who in everybody:
        yield SignHere(
            signature_blocks.heading(words, who), _statement(session, who, signer, facts), who.name, _rows(session, who)
        )
    have = sum(who.role is PartyRole.WITNESS for who in everybody)
    marked = sum(role is PartyRole.WITNESS for role in session.others(Method.MARK))
    for number in range(have + 1, marked + 1):
        who = Signatory(f"witness-{number}", PartyRole.WITNESS, number)
        yield SignHere(
            f"{signature_blocks.heading(words, who)} ({words('paper.only-for-mark')})",
            words("attest.mark", name=signer),
        )


def _statement(session: Session, who: Signatory, signer: str, facts: Any) -> str:  # noqa: ANN401 - as above
    if who.role in (PartyRole.SIGNER, PartyRole.INTERPRETER):
        return " ".join(signature_blocks.statement(session, who, facts))
    return session.words(f"attest.{who.role.value}", name=signer)


def _rows(session: Session, who: Signatory) -> tuple[tuple[str, str], ...]:
    words, named = session.words, session.dossier.details.representative
    if who.role is not PartyRole.SIGNER or named is None:
        return ()
    return (
        (words("labels.role"), words(f"kinds.{named.kind.value}")),
        (words("labels.relationship"), named.relationship),
        (words("labels.ground"), words(f"grounds.{named.ground}")),
        (words("labels.proof"), named.proof),
    )


def _free_code(connection: Connection) -> str:
    while True:
        code = new_print_code(secrets.token_bytes)
        if ways.print_by_code(connection, code) is None:
            return code
