"""Which words of a form count here: the form book's, with the organisation's own paragraphs; and may they be signed.

Source: domain rules 4 (approved, versioned, hashed) and 52 (old consents keep the words under which they were signed).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Connection, Row

from consent.acts import organisation
from consent.acts.house import House
from consent.documents.lettering import CannotPrint
from consent.formbook import Extra, FormVersion
from consent.records import organisation as records
from consent.rules.refusal import NotFound, Reason

Pages = Mapping[str, Extra]
Decisions = Sequence[Row[Any]]

REFERENCE = "en"
"""A revision of the organisation's own paragraphs comes into force with the decision about its English words."""

_printable: dict[tuple[int, str], bool] = {}


def read_pages(kept: object) -> dict[str, Extra]:
    """Return the organisation's own pages by language, from their column; empty if there are none."""
    pages = kept if isinstance(kept, dict) else {}
    return {language: Extra(page["heading"], tuple(page["paragraphs"])) for language, page in pages.items()}


def written(pages: Pages) -> dict[str, object]:
    """Return the same as it is kept, without empty ones."""
    return {
        language: {"heading": page.heading, "paragraphs": list(page.paragraphs)}
        for language, page in sorted(pages.items())
        if page.paragraphs
    }


def revisions(connection: Connection, form: str) -> dict[int, Pages]:
    """Return every revision of the organisation's own paragraphs, newest first; the last is 0, with none."""
    return {**{row.revision: read_pages(row.pages) for row in records.extras(connection, form)}, 0: {}}


def book_version(house: House, form: str, number: int, language: str = REFERENCE) -> FormVersion:
    """Return the form version as the form book has it. Raises: NotFound, also for a language it does not speak."""
    found = house.forms.forms.get((form, number))
    if found is None or language not in found.languages:
        raise NotFound
    return found


def in_force(house: House, connection: Connection, form: str, number: int) -> tuple[int, FormVersion]:
    """Return the revision in force, and the version with its paragraphs: the newest whose English was decided about.

    Raises: NotFound.
    """
    version, decided = book_version(house, form, number), records.decisions(connection)
    for revision, pages in revisions(connection, form).items():
        own = version.with_extra(pages)
        if revision == 0 or last_decision(house, own, REFERENCE, decided) is not None:
            return revision, own
    raise NotFound


def pinned(house: House, connection: Connection, form: str, language: str) -> dict[str, object]:
    """Return what a consent keeps of the words that are in force when it is prepared, as its row has it.

    Raises: NotFound.
    """
    _, version = in_force(house, connection, form, house.forms.newest(form).number)
    return {
        "form": form,
        "form_version": version.number,
        "form_hash": version.hash_in(language),
        "extra": written(version.extra) or None,
        "language": language,
    }


def name_of(house: House, version: FormVersion, language: str) -> str:
    """Return the hash that a decision is about.

    Of a translation that nobody qualified has checked, it covers the words around the form too: they were
    translated by the same hand.
    """
    words = house.forms.words(language)
    own = version.hash_in(language)
    return hashlib.sha256(f"{own}{words.hash}".encode()).hexdigest() if words.unreviewed else own


def last_decision(house: House, version: FormVersion, language: str, decided: Decisions) -> Row[Any] | None:
    """Return the last decision about exactly these words; None before the first."""
    sought = (version.form, version.number, language, name_of(house, version, language))
    about = [row for row in decided if (row.form, row.version, row.language, row.form_hash) == sought]
    return about[-1] if about else None


def not_whole(house: House, version: FormVersion, language: str) -> tuple[Reason, ...]:
    """Return what this language still lacks before anybody can decide about it.

    Codes: translation-incomplete (phrases around the form), extra-untranslated (the organisation's own paragraphs
    are not as many as in English), language-cannot-print (no font here draws it).
    """
    own, reference = (version.extra.get(each) for each in (language, REFERENCE))
    reasons = []
    if house.forms.words(language).missing:
        reasons.append(Reason("translation-incomplete"))
    if (len(own.paragraphs) if own else 0) != (len(reference.paragraphs) if reference else 0):
        reasons.append(Reason("extra-untranslated"))
    if not _can_print(house, version, language):
        reasons.append(Reason("language-cannot-print"))
    return tuple(reasons)


@dataclass(frozen=True)
class Known:
    """What the organisation has entered and decided, read once for several languages."""

    complete: bool
    has_accounts: bool
    decided: Decisions


def known(connection: Connection) -> Known:
    """Return it as it is now."""
    has_accounts = any(account.active for account in records.every_account(connection))
    return Known(not organisation.current(connection).missing(), has_accounts, records.decisions(connection))


def against(
    house: House, connection: Connection, version: FormVersion, language: str, entered: Known | None = None
) -> tuple[Reason, ...]:
    """Return what stands in the way of signing exactly these words; empty if nothing does.

    Codes: organisation-incomplete, accounts-none, those of `not_whole`, form-not-approved, translation-not-reviewed,
    form-withdrawn.
    """
    entered, reasons = entered or known(connection), []
    if not entered.complete:
        reasons.append(Reason("organisation-incomplete"))
    if not entered.has_accounts:
        reasons.append(Reason("accounts-none"))
    reasons += not_whole(house, version, language)
    last = last_decision(house, version, language, entered.decided)
    if last is None or (last.fictitious and not house.terms.demo):
        unreviewed = house.forms.words(language).unreviewed
        reasons.append(Reason("translation-not-reviewed" if unreviewed else "form-not-approved"))
    elif last.decision == "withdrawn":
        reasons.append(Reason("form-withdrawn"))
    return tuple(reasons)


def signing_open(house: House, connection: Connection, form: str, number: int, language: str) -> tuple[Reason, ...]:
    """Return what stands in the way of signing a form here, in the words in force; codes as in `against`."""
    if language not in getattr(house.forms.forms.get((form, number)), "languages", ()):
        return (Reason("form-not-approved"),)
    _, version = in_force(house, connection, form, number)
    return against(house, connection, version, language)


def open_wordings(house: House) -> dict[str, tuple[str, ...]]:
    """Return the languages in which the newest version of each form can be signed here, by form."""
    with house.reading() as connection:
        found = {}
        for form in dict.fromkeys(version.form for version in house.forms.versions()):
            version = house.forms.newest(form)
            spoken = tuple(
                language
                for language in version.languages
                if not signing_open(house, connection, form, version.number, language)
            )
            if spoken:
                found[form] = spoken
    return found


def usual_form(house: House) -> str:
    """Return the form to begin with: one for the organisation's own jurisdiction, and open if any is."""
    opened = open_wordings(house)
    forms = dict.fromkeys(version.form for version in house.forms.versions())
    ours = organisation.in_force(house).policy.jurisdiction.partition("-")[0]
    here = [form for form in forms if house.forms.newest(form).structure.jurisdiction == ours]
    best = [form for form in here if form in opened] or list(opened) or here or list(forms)
    return best[0]


def spoken(house: House) -> tuple[str, ...]:
    """Return the languages of the patient's pages that may be offered: not those whose review is still missing."""
    opened = {language for languages in open_wordings(house).values() for language in languages}
    return tuple(code for code, words in house.forms.languages.items() if code in opened or not words.unreviewed)


def ready(house: House) -> bool:
    """Say whether at least one wording can be signed here."""
    return bool(open_wordings(house))


def _can_print(house: House, version: FormVersion, language: str) -> bool:
    """Whether the installed fonts draw every letter of this language's words; found out once for each wording."""
    words = house.forms.words(language)
    key = (id(house.printer), version.hash_in(language) + words.hash)
    if key not in _printable:
        try:
            house.printer.check("\n".join((*version.every_text(language), *words.every_text())))
            _printable[key] = True
        except CannotPrint:
            _printable[key] = False
    return _printable[key]
