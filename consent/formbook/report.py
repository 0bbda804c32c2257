"""What an author or an administrator wants to know of a form: how it reads, section by section, and which law it meets.

Only English and Spanish have an established measure here; in the other languages what can be counted is shown,
and nothing is made up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from consent.formbook.book import FormBook
from consent.formbook.checks import SPECIMEN, everything, page_sentences, said_sentences, word_sections
from consent.formbook.reading import SCALES, SHORTEST, Lengths, lengths, measure
from consent.formbook.structure import Sheet
from consent.formbook.version import FormVersion

NAMES = frozenset(word for value in SPECIMEN.values().values() for word in value.split())
"""The specimen's own words, which no author can mend."""


@dataclass(frozen=True)
class SectionReport:
    """One section of one form in one language. `law` pairs each paragraph of law with the passage that meets it.

    `measure` is on `scale`; None where the language has none. `short` says that the section has too few words
    to be judged alone, so that the gate reads it together with its neighbour.
    """

    form: str
    language: str
    section: str
    heading: str
    lengths: Lengths
    scale: str
    measure: float | None
    level: str
    short: bool
    law: tuple[tuple[str, str], ...]


def report(book: FormBook) -> tuple[SectionReport, ...]:
    """Every section of every form in every language, then the words around the forms."""
    found: list[SectionReport] = []
    for version in book.versions():
        for language in version.languages:
            found += report_of(version, language)
    for language, words in book.languages.items():
        for section in word_sections(words):
            found.append(_section("words", language, section.name, "", section.sentences, ()))
    return tuple(found)


def report_of(version: FormVersion, language: str) -> Iterator[SectionReport]:
    """The sections of one form in one language, in the order in which they are read."""
    name, asked = f"{version.form}/{version.number}", everything(version)
    sheets = {sheet.key: sheet for sheet in version.structure.sheets()}
    closing = (version.closing(sheet.key, SPECIMEN, language) for sheet in version.structure.closing)
    for page in (*version.pages(asked, SPECIMEN, language), *closing):
        law = _law(sheets[page.key]) if page.key in sheets else ()
        yield _section(name, language, page.key, page.heading, page_sentences(page), law)
    yield _section(name, language, "answers", "", said_sentences(version, asked, language), ())


def _law(sheet: Sheet) -> tuple[tuple[str, str], ...]:
    passages = [(paragraph, each.key) for each in sheet.passages for paragraph in each.law]
    return (*passages, *((paragraph, each.key) for each in sheet.rows for paragraph in each.law))


def _section(  # noqa: PLR0917 - one line of the report
    form: str, language: str, section: str, heading: str, sentences: tuple[str, ...], law: tuple[tuple[str, str], ...]
) -> SectionReport:
    scale, counted = SCALES.get(language), lengths(sentences, language, NAMES)
    short = counted.unit == "words" and counted.words < SHORTEST
    found = measure(" ".join(sentences), language) if scale is not None and counted.sentences else None
    level = "ok"
    if scale is not None and found is not None and not scale.meets_aim(found):
        level = "fail" if scale.fails(found) and not short else "warn"
    name = scale.name if scale is not None else ""
    return SectionReport(form, language, section, heading, counted, name, found, level, short, law)
