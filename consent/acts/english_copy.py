"""What was signed, in the signed language and beside it in English, for staff: a reading aid, never sealed.

The words of both stand in the same version of the form; the answers are those on record. What the clinician typed
stands as he typed it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from consent.acts import dossier, readiness
from consent.acts.actor import Actor
from consent.acts.house import House
from consent.acts.retrieval import reach
from consent.formbook import Answers, PaperSection
from consent.records import consents
from consent.rules.access import Act
from consent.rules.refusal import NotFound

ENGLISH = "en"


@dataclass(frozen=True)
class Signed:
    """One signature, as its row says: codes of the role and of how it was given."""

    role: str
    method: str


@dataclass(frozen=True)
class EnglishCopy:
    """The signed form in two languages, part by part: (as it was signed, in English)."""

    consent_id: str
    number: str
    language: str
    parts: tuple[tuple[PaperSection, PaperSection], ...]
    signed: tuple[Signed, ...]


def read(house: House, actor: Actor, consent_id: str) -> EnglishCopy:
    """Return the signed form with its English beside it. Who looks is in custody, as for the sealed document.

    Raises: NotFound while nothing is signed, or when the form has no English; Refused: role, reason-needed.
    """
    actor.must(Act.OPEN_DOCUMENT)
    with house.writing(actor) as deed:
        row = reach(house, deed.connection, actor, consent_id)
        found = consents.find_document(deed.connection, consent_id)
        version = readiness.version_of(house, row)
        if found is None or row.expires_on is None or ENGLISH not in version.languages:
            raise NotFound
        opened = dossier.load(house, deed.connection, consent_id)
        said = {(each.kind, each.code): each.answer for each in consents.answers(deed.connection, consent_id)}
        facts = readiness.facts_of(deed.connection, opened)

        def in_language(language: str) -> tuple[PaperSection, ...]:
            until = house.forms.words(language).date(row.expires_on)
            answers = Answers(said, row.until)
            return version.paper_sections(opened.asked, replace(facts, until=until), answers, language)

        everybody = consents.signatures(deed.connection, consent_id)
        about = {"consent": row.id, "patient": row.patient_id, "document": found.id, "beside": ENGLISH}
        deed.enter("document.open", about)
    return EnglishCopy(
        consent_id=row.id,
        number=row.number,
        language=row.language,
        parts=tuple(zip(in_language(row.language), in_language(ENGLISH), strict=True)),
        signed=tuple(Signed(each.role, each.method) for each in everybody),
    )
