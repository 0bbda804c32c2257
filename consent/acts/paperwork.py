"""Lay out a consent as the paper that is printed and sealed: everything that was shown, in the language shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.engine import Connection

from consent.acts import evidence, receipts, signature_blocks, teaching
from consent.acts.answering import Session
from consent.acts.hands import Hand, Signatory
from consent.acts.house import House
from consent.acts.organisation import Organisation, current
from consent.acts.readiness import facts_of
from consent.documents.paper import (
    Line,
    PageSize,
    Paper,
    Section,
    Tone,
)
from consent.formbook import PaperSection, Words
from consent.records import consents, custody
from consent.rules.devices import Device
from consent.rules.direction import isolated
from consent.rules.parties import Method
from consent.rules.refusal import Reason, Refused
from consent.rules.signing import last_day

UNKNOWN = Device()
LABELS = {
    "specimen": "labels.specimen",
    "consent_number": "labels.record",
    "form": "labels.form",
    "form_version": "labels.version-word",
    "form_hash": "labels.hash",
    "custody_head": "labels.custody",
}


def labels(words: Words) -> dict[str, str]:
    """Return the printed labels of one language."""
    filled = {name: words(key) for name, key in LABELS.items()}
    return {**filled, "page": words("labels.page-of", page="{page}", pages="{pages}")}


PAGE_SIZES: Mapping[str, PageSize] = {each.value: each for each in PageSize}
"""The sheets there are, by name: what a page may ask for."""


def page_size(house: House) -> PageSize:
    """Return the sheet that this installation prints on."""
    return PageSize.A4 if house.terms.paper_size.upper() == "A4" else PageSize.LETTER


def consent_paper(
    house: House,
    connection: Connection,
    session: Session,
    signed_at: datetime,
    hands: Sequence[tuple[Signatory, Hand]],
    *,
    device: Device = UNKNOWN,
) -> Paper:
    """Return the signed consent as it will be printed, with the custody head of this moment on it. `hands`:
    everybody's signature, in order. `device`: what its browser says of the one that it was signed on.

    Raises: Refused: organisation-incomplete (there is none to print), expiry-missing.
    """
    organisation = current(connection)
    if organisation.missing():
        raise Refused(Reason("organisation-incomplete"))
    words, opened, language = session.words, session.dossier, session.language
    expires_on = last_day(session.given.term, signed_at.astimezone(house.terms.zone).date())
    if expires_on is None:
        raise Refused(Reason("expiry-missing", "expires_on"))
    facts = facts_of(connection, opened, until=words.date(expires_on))
    shown = session.version.paper_sections(opened.asked, facts, session.given.answers, language)
    accepted = Line(session.version.accept_label(language), words("labels.yes"), Tone.YES)
    # The words about screens are not on the paper form, so nobody has read them there.
    left_out = {"signature", "electronic"} if hands and hands[0][1].method is Method.PAPER else {"signature"}
    sections = {
        each.key: _section(each, words, accepted if each.key == "electronic" else None)
        for each in shown
        if each.key not in left_out
    }
    # Where the authorization has to stand alone, the words about signing on a screen follow on a page of their own.
    alone = organisation.policy.profile.stands_alone
    apart = (sections.pop("electronic"),) if alone and "electronic" in sections else ()
    number, head = custody.head(connection)
    return Paper(
        title=session.version.texts[language].title_for(session.facts),
        language=language,
        direction=words("language.direction"),
        organisation_name=organisation.legal_name,
        organisation_lines=(
            *organisation.address.splitlines(),
            _contact(organisation, words("language.direction")),
        ),
        consent_number=opened.row.number,
        form=opened.row.form,
        form_version=str(opened.row.form_version),
        form_hash=session.version.hash_in(language),
        sections=tuple(sections.values()),
        facts=(
            (words("labels.patient"), opened.person.name),
            (words("labels.birth-date"), words.date(opened.person.born_on)),
            (words("labels.clinician"), opened.details.clinician),
            (words("labels.until"), words.date(expires_on)),
        ),
        signatures=signature_blocks.blocks(session, hands, facts, house.terms.zone),
        custody_head=f"{number} {head}",
        specimen=house.terms.demo,
        labels=labels(words),
        annex=(*apart, *teaching.told_back(session)),
        stands_alone=alone,
        checks=receipts.printed_checks(house, session),
        files=(receipts.receipt(house, session, organisation, expires_on, signed=hands, device=device),),
        evidence=evidence.page(
            session, hands, house.terms.zone, device, consents.staff_name(connection, session.handed_over_by)
        ),
    )


def _contact(organisation: Organisation, direction: str) -> str:
    """The privacy office on one line; in a line from right to left its number and address keep their own way."""
    office = isolated(organisation.privacy_office, direction)
    phone, mail = (
        isolated(each, direction, left_to_right=True)
        for each in (organisation.privacy_phone, organisation.privacy_email)
    )
    return f"{office}: {phone}, {mail}"


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
    return Section(section.heading, section.paragraphs, (*lines, *((accepted,) if accepted else ())), bullets)
