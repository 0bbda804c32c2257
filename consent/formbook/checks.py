"""Is a form fit to be signed: complete in law, equal in every language, easy to read, unchanged since published.

Source: 45 CFR 164.508(c); 15 USC 7001(c)(1) for signing on a screen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from consent.formbook.book import FormBook
from consent.formbook.reading import SCALES, Section, is_sentence, joined, lengths, measure, pieces, under_stem
from consent.formbook.structure import Sheet
from consent.formbook.texts import placeholders
from consent.formbook.values import Account, Answers, Ask, Facts, Finding, Page
from consent.formbook.version import FormVersion
from consent.formbook.words import REFERENCE, Words

MOST_PAGES = 12
"""One thing on each; what is asked back, the check and the signature follow."""

# Names stand for themselves when the reading level is measured: short words without dots or digits, so that
# they neither end a sentence nor make one look easier than it is.
SPECIMEN = Facts(
    organisation="Lake Hospital",
    address="Lake Hospital in Main Street",
    privacy_phone="five five five",
    privacy_email="privacy at lake",
    clinician="Doctor Ana Ruiz",
    description="the burn on your arm",
    accounts=(Account("organisation", "Lake Hospital"), Account("guest", "Doctor Ana Ruiz")),
    recipients="the city paper",
    event="my care ends",
    event_confirmer="Doctor Ana Ruiz",
    until="May five",
    relationship="the mother",
    proof="a card with a name",
)
FOR_ANOTHER = replace(SPECIMEN, authority="the court chose me")
"""The same where somebody signs for the patient."""
SPECIMEN_WORDS = {
    "organisation": "Lake Hospital",
    "address": "Lake Hospital in Main Street",
    "privacy_phone": "five five five",
    "privacy_email": "privacy at lake",
    "what": "Instagram",
    "form": "release",
}


def check_forms(book: FormBook) -> tuple[Finding, ...]:
    """Everything measured and found, in the order of the forms. No "fail" among it: the forms are fit.

    A list joins its stem, a row its question; sections under 100 words are measured with their neighbour.
    """
    findings: list[Finding] = []
    for version in book.versions():
        findings += completeness(book, version)
        findings += frozen(book, version)
        for language in version.languages:
            name = f"{version.form}/{version.number}"
            findings += levels(name, language, joined(form_sections(version, language)))
            findings += levels(name, language, form_pieces(version, language))
    for language, words in book.languages.items():
        for key in unlike(words.phrases, book.words(REFERENCE).phrases):
            findings.append(Finding("words", language, key, "fail", f"names other facts than words/{REFERENCE}.toml"))
        for key in words.missing:
            findings.append(Finding("words", language, "missing", "fail", f"words/{language}.toml lacks {key}"))
        findings += levels("words", language, pieces("phrases", word_sections(words)))
    for form, number in book.published.keys() - book.forms.keys():
        findings.append(Finding(f"{form}/{number}", "", "published", "fail", "published, but its files are gone"))
    return tuple(findings)


def completeness(book: FormBook, version: FormVersion) -> Iterator[Finding]:
    """One finding for each required paragraph of law that no part of the form meets, and for too many pages."""
    name = f"{version.form}/{version.number}"
    met = version.structure.law()
    for paragraph in book.jurisdictions[version.structure.jurisdiction].required:
        if paragraph not in met:
            yield Finding(name, "", paragraph, "fail", f"nothing in the form meets {paragraph}")
    if len(version.structure.pages) > MOST_PAGES:
        yield Finding(name, "", "pages", "fail", f"{len(version.structure.pages)} pages, at most {MOST_PAGES}")
    yield from likeness(version)


def likeness(version: FormVersion) -> Iterator[Finding]:
    """One finding for each passage that another language has otherwise: its items, or the facts that it names."""
    name = f"{version.form}/{version.number}"
    shapes = {
        language: {sheet.key: skeleton(version, sheet, language) for sheet in version.structure.sheets()}
        for language in version.languages
    }
    reference = dict(texts(version.texts[REFERENCE].text))
    for language in version.languages:
        for key in unlike(dict(texts(version.texts[language].text)), reference):
            yield Finding(name, language, key, "fail", f"names other facts than {REFERENCE}.toml")
    first = shapes[version.languages[0]]
    for language, shape in shapes.items():
        for key in first:
            if shape[key] != first[key]:
                message = f"differs from {version.languages[0]} in its passages"
                yield Finding(name, language, key, "fail", message)


def skeleton(version: FormVersion, sheet: Sheet, language: str) -> list[tuple[str, int]]:
    """Each passage with how many items it lists (0 for a paragraph)."""
    words = version.texts[language].sheet(sheet.key)
    return [
        (passage.key, 0 if isinstance(words[passage.key], str) else len(words[passage.key]["items"]))
        for passage in sheet.passages
    ]


def texts(table: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a nested table under its dotted key."""
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from texts(value, f"{prefix}{key}.")
        elif isinstance(value, str | list):
            yield prefix + key, " ".join([value] if isinstance(value, str) else value)


def unlike(own: Mapping[str, str | tuple[str, ...]], reference: Mapping[str, str | tuple[str, ...]]) -> Iterator[str]:
    """The keys whose translation fills in other facts than the reference does: a lost name, or one too many."""
    for key, text in reference.items():
        told = own.get(key, text)
        if named(told) != named(text):
            yield key


def named(text: str | tuple[str, ...]) -> frozenset[str]:
    """The placeholders of a phrase."""
    return placeholders(text if isinstance(text, str) else " ".join(text), "")


def frozen(book: FormBook, version: FormVersion) -> Iterator[Finding]:
    """A finding when a published version no longer has the words that it was published with."""
    published = book.published.get((version.form, version.number))
    name = f"{version.form}/{version.number}"
    if published is None:
        yield Finding(name, "", "published", "aim", "not published yet; freeze it in published.toml before use")
        return
    for language, own in version.hashes.items():
        frozen_as = published.hashes.get(language)
        if frozen_as is None:
            yield Finding(
                name, language, "published", "aim", "not published yet; freeze it in published.toml before use"
            )
        elif frozen_as != own:
            yield Finding(
                name, language, "published", "fail", "changed since it was published; make a new version instead"
            )
    for language in published.hashes.keys() - version.hashes.keys():
        yield Finding(name, language, "published", "fail", "published, but its file is gone")


def levels(form: str, language: str, sections: Iterable[Section]) -> Iterator[Finding]:
    """The reading level of each section; in a language without an established measure, what can be counted."""
    scale = SCALES.get(language)
    for section in sections:
        if scale is None:
            counted = lengths(section.sentences, language)
            message = f"no established measure; {counted.per_sentence} {counted.unit} per sentence"
            yield Finding(form, language, section.name, "ok", message)
            continue
        found = measure(section.text, language)
        level = "fail" if scale.fails(found) else "ok" if scale.meets_aim(found) else "aim"
        message = f"{scale.name} {found} (limit {scale.limit}, aim {scale.aim}), {section.words} words"
        yield Finding(form, language, section.name, level, message, found)


def everything(version: FormVersion) -> tuple[Ask, ...]:
    """All that the form can ask."""
    return (
        *(("medium", code) for code in version.media),
        *(("purpose", code) for code in version.purposes),
        *(("channel", code) for code in version.channels),
        ("account", "organisation"),
        ("account", "guest"),
        *(
            (rows.kind, code)
            for sheet in version.structure.pages
            for rows in sheet.rows
            if rows.picked
            for code in rows.codes
        ),
    )


def form_sections(version: FormVersion, language: str) -> list[Section]:
    """Each page and closing part as running sentences; the first page also as it reads when somebody is paid."""
    asked = everything(version)
    pages = list(version.pages(asked, SPECIMEN, language))
    sections = [Section(page.key, page_sentences(page)) for page in pages]
    paid = replace(SPECIMEN, paid_by="a firm", paid_to="Lake Hospital", paid_what="ten dollars")
    sensitive = replace(SPECIMEN, sensitive="yes")
    sections += [
        Section(f"{page.key}, sensitive", page_sentences(page))
        for page, usual in zip(version.pages(asked, sensitive, language), pages, strict=True)
        if page != usual
    ]
    sections.append(Section("about, paid", page_sentences(version.pages((), paid, language)[0])))
    sections += [
        Section(sheet.key, page_sentences(version.closing(sheet.key, SPECIMEN, language)))
        for sheet in version.structure.closing
    ]
    sections.append(Section("answers", said_sentences(version, asked, language)))
    others = [*version.pages(asked, FOR_ANOTHER, language), version.closing("signature", FOR_ANOTHER, language)]
    usual = [*pages, version.closing("signature", SPECIMEN, language)]
    sections += [
        Section(f"{page.key}, for another", page_sentences(page))
        for page, own in zip(others, usual, strict=True)
        if page != own
    ]
    sections.append(Section("answers, for another", said_sentences(version, asked, language, FOR_ANOTHER)))
    return sections


def said_sentences(
    version: FormVersion, asked: tuple[Ask, ...], language: str, facts: Facts = SPECIMEN
) -> tuple[str, ...]:
    """Every answer said back, both ways."""
    sentences: list[str] = []
    for said in (True, False):
        answers = Answers(dict.fromkeys(version.questions(asked), said), "5-years" if said else "event")
        for part in version.review(asked, facts, answers, language):
            sentences += [line.text for line in part.lines]
    return tuple(sentences)


def form_pieces(version: FormVersion, language: str) -> tuple[Section, ...]:
    """The same words in pieces of some hundred words, passages apart from rows and from answers.

    Many short rows would make a page look easy that opens with a hard paragraph.
    """
    return _pieces(version, language, SPECIMEN, "") + _pieces(version, language, FOR_ANOTHER, ", for another")


def _pieces(version: FormVersion, language: str, facts: Facts, whom: str) -> tuple[Section, ...]:
    asked = everything(version)
    pages = list(version.pages(asked, facts, language))
    closing = [version.closing(sheet.key, facts, language) for sheet in version.structure.closing]
    passages = [Section(page.key, passage_sentences(page)) for page in (*pages, *closing)]
    rows = [Section(page.key, row_sentences(page)) for page in pages]
    answers = [Section("answers", said_sentences(version, asked, language, facts))]
    return (
        *pieces(f"passages{whom}", passages),
        *pieces(f"rows{whom}", rows),
        *pieces(f"said back{whom}", answers),
    )


def page_sentences(page: Page) -> tuple[str, ...]:
    """A page's heading, paragraphs, list and rows as they are read one after another; labels left out."""
    return passage_sentences(page) + row_sentences(page)


def passage_sentences(page: Page) -> tuple[str, ...]:
    """A page's heading, paragraphs and list."""
    sentences = [page.heading] if is_sentence(page.heading) else []
    sentences += page.paragraphs[:-1] if page.bullets else page.paragraphs
    if page.bullets:
        sentences += under_stem(page.paragraphs[-1], page.bullets)
    return tuple(sentences)


def row_sentences(page: Page) -> tuple[str, ...]:
    """A page's questions with the lines below them."""
    sentences: list[str] = []
    for group in page.groups:
        for row in group.rows:
            sentences += [row.full, *([row.hint] if is_sentence(row.hint) else [])]
    for choice in page.choices:
        sentences += [choice.hint] if is_sentence(choice.hint) else []
    return tuple(sentences)


def word_sections(words: Words) -> list[Section]:
    """The running sentences of each table of phrases; labels and patterns are left out."""
    found: dict[str, list[str]] = {}
    for key, phrase in words.phrases.items():
        name = key.partition(".")[0]
        table = found.setdefault(name, [])
        if key == f"{name}.items" and not isinstance(phrase, str):
            read: tuple[str, ...] = under_stem(table.pop() if table else "", phrase)  # its stem is the text before it
        else:
            read = (phrase,) if isinstance(phrase, str) else phrase
        table += [each.format_map(Filled(SPECIMEN_WORDS)) for each in read if is_sentence(each)]
    return [Section(name, tuple(sentences)) for name, sentences in found.items() if sentences]


class Filled(dict[str, str]):
    """Facts for measuring: a number or date that is not named counts as one short word."""

    def __missing__(self, key: str) -> str:
        return "ten"
