"""Lay out a consent as the paper that is printed and sealed: everything that was shown, in the language shown."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.engine import Connection

from consent.acts.answering import Session
from consent.acts.house import House
from consent.acts.organisation import current
from consent.acts.readiness import facts_of
from consent.documents.paper import (
    Line,
    Method,
    PageSize,
    Paper,
    Section,
    SignatureBlock,
    Stroke,
    Tone,
)
from consent.formbook import PaperSection, Words
from consent.records import custody
from consent.rules.refusal import Reason, Refused

LABELS = {
    "specimen": "labels.specimen",
    "consent_number": "labels.record",
    "form": "labels.form",
    "form_version": "labels.version-word",
    "form_hash": "labels.hash",
    "custody_head": "labels.custody",
    "printed_name": "labels.name",
    "signer_role": "labels.role",
    "signed_at": "labels.signed-on",
    "meaning": "labels.meaning",
    "drawn_signature": "labels.drawn",
    "typed_signature": "labels.typed",
}


def labels(words: Words) -> dict[str, str]:
    """Return the printed labels of one language."""
    filled = {name: words(key) for name, key in LABELS.items()}
    return {**filled, "page": words("labels.page-of", page="{page}", pages="{pages}")}


def page_size(house: House) -> PageSize:
    """Return the sheet that this installation prints on."""
    return PageSize.A4 if house.terms.paper_size.upper() == "A4" else PageSize.LETTER


def consent_paper(  # noqa: PLR0917 - the session, then what the signing adds to it
    house: House,
    connection: Connection,
    session: Session,
    signed_at: datetime,
    expires_on: date,
    typed: str,
    strokes: tuple[Stroke, ...],
) -> Paper:
    """Return the signed consent as it will be printed, with the custody head of this moment on it.

    Raises: Refused('organisation-incomplete') if there is no organisation to print.
    """
    organisation = current(connection)
    if organisation.missing():
        raise Refused(Reason("organisation-incomplete"))
    words, opened, language = session.words, session.dossier, session.language
    facts = facts_of(connection, opened, until=words.date(expires_on))
    sections = session.version.paper_sections(opened.asked, facts, session.given.answers, language)
    closing = session.version.closing("signature", facts, language)
    accepted = Line(session.version.accept_label(language), words("labels.yes"), Tone.YES)
    number, head = custody.head(connection)
    local = signed_at.astimezone(house.terms.zone)
    return Paper(
        title=session.version.texts[language].title,
        language=language,
        direction=words("language.direction"),
        organisation_name=organisation.legal_name,
        organisation_lines=(
            *organisation.address.splitlines(),
            f"{organisation.privacy_office}: {organisation.privacy_phone}, {organisation.privacy_email}",
        ),
        consent_number=opened.row.number,
        form=opened.row.form,
        form_version=str(opened.row.form_version),
        form_hash=session.version.hash_in(language),
        sections=tuple(
            _section(each, words, accepted if each.key == "electronic" else None)
            for each in sections
            if each.key != "signature"
        ),
        facts=(
            (words("labels.patient"), opened.person.name),
            (words("labels.birth-date"), words.date(opened.person.born_on)),
            (words("labels.clinician"), opened.details.clinician),
            (words("labels.until"), words.date(expires_on)),
        ),
        signature=SignatureBlock(
            heading=words("labels.signature"),
            statement=" ".join(closing.paragraphs),
            signer_name=opened.person.name,
            role_words=words("labels.patient"),
            method=Method.DRAWN if strokes else Method.TYPED,
            strokes=strokes,
            typed=typed,
            signed_at_words=f"{words.date(local.date())}, {local:%H:%M:%S} (UTC{local:%z})",
            meaning=words("labels.meaning-text"),
        ),
        custody_head=f"{number} {head}",
        specimen=house.terms.demo,
        labels=labels(words),
    )


def _section(section: PaperSection, words: Words, accepted: Line | None) -> Section:
    lines = [
        Line(
            each.text,
            words("labels.not-answered")
            if each.said is None
            else words("signing.said-yes" if each.said else "signing.said-no"),
            Tone.PLAIN if each.said is None else Tone.YES if each.said else Tone.NO,
        )
        for each in section.lines
    ]
    bullets = tuple(f"\u2022 {each}" for each in section.bullets)
    return Section(section.heading, (*section.paragraphs, *bullets), (*lines, *((accepted,) if accepted else ())))
