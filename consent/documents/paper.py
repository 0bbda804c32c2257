"""What goes on paper: frozen values in the reader's language. Nothing here knows a form, a patient or a database."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from consent.documents.enclosures import AssociatedFile

PAPER_LABELS = frozenset(
    {
        "page",  # with {page} and {pages} in it
        "specimen",
        "consent_number",
        "form",
        "form_version",
        "form_hash",
        "custody_head",
    }
)
_MARKS = tuple(".?!:\u061f\u3002\uff01\uff1a\uff1f")  # ASCII, Arabic, and full width
LETTER_LABELS = frozenset({"page", "specimen", "reference"})


class PageSize(StrEnum):
    """The sheet. Letter in the United States, A4 nearly everywhere else."""

    A4 = "A4"
    LETTER = "letter"


class Tone(StrEnum):
    """How an answer is set, so that a yes and a no can be told apart at a glance and without colour."""

    YES = "yes"
    NO = "no"
    PLAIN = "plain"


@dataclass(frozen=True)
class Stroke:
    """One line of ink, from pen down to pen up: points in order, x to the right and y down, in CSS pixels."""

    points: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        if not self.points or not all(math.isfinite(number) for point in self.points for number in point):
            raise ValueError("a stroke needs at least one point, and every point two finite numbers")


@dataclass(frozen=True)
class Line:
    """One thing that was asked, and the answer in the words that were shown."""

    text: str
    answer_words: str
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True)
class Section:
    """A heading, the paragraphs below it, a list led by the last of them, then the answers. Each but the heading may
    be empty. The bullets bear their dots, so that they stand in the exact text as they do on the page."""

    heading: str
    paragraphs: tuple[str, ...] = ()
    lines: tuple[Line, ...] = ()
    bullets: tuple[str, ...] = ()


@dataclass(frozen=True)
class SignatureBlock:
    """One person's signature: what he confirms with it, the signature itself, and who, as what, how and when.

    Of ink, a typed name and `said` (what stands where nobody could sign) there is exactly one. `method_words` say how
    it was given; they are the ink's alternative text. `rows`: as (label, value).
    Source: 21 CFR 11.50(a): printed name, date and time, meaning, in every form that a person can read.
    """

    heading: str
    statement: str
    method_words: str
    strokes: tuple[Stroke, ...] = ()
    typed: str = ""
    said: str = ""
    rows: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if sum(map(bool, (self.strokes, self.typed.strip(), self.said.strip()))) != 1:
            raise ValueError("a signature needs its ink, its typed name, or what was said instead: one of them")


@dataclass(frozen=True)
class ScanPage:
    """One page that was signed on paper, as a picture of it. `words`: what it is, to who does not see it."""

    heading: str
    words: str
    sha256: str
    media_type: str
    data: bytes


@dataclass(frozen=True)
class Evidence:
    """How it came to be signed, up to the signature: written then, so that nobody who signed has read it.

    The lines of its sections are (what, what is known of it).
    """

    heading: str
    paragraphs: tuple[str, ...]
    sections: tuple[Section, ...]


@dataclass(frozen=True)
class Paper:
    """One consent as it is printed. `form_hash` is SHA-256 in hex; `custody_head` the trail's number and hash.

    `annex` is what is no part of what was signed: it follows the signatures. With `stands_alone` it begins on a page
    of its own, and every word is set in 14 points or more. `evidence` comes last, always on a page of its own, with the
    technical record; without it the record follows the annex.
    Source: California Civil Code 56.11(b); domain rule 12.
    """

    title: str
    language: str  # BCP 47
    direction: str  # ltr or rtl
    organisation_name: str
    organisation_lines: tuple[str, ...]
    consent_number: str
    form: str
    form_version: str
    form_hash: str
    sections: tuple[Section, ...]
    facts: tuple[tuple[str, str], ...]
    signatures: tuple[SignatureBlock, ...]
    custody_head: str
    specimen: bool
    labels: Mapping[str, str]
    scans: tuple[ScanPage, ...] = ()
    annex: tuple[Section, ...] = ()
    stands_alone: bool = False
    checks: tuple[tuple[str, str], ...] = ()
    """Where and with which code somebody who holds it on paper can check it, as (label, value)."""
    files: tuple[AssociatedFile, ...] = ()
    """What is enclosed for machines, besides the exact text shown, which always is."""
    evidence: Evidence | None = None

    def __post_init__(self) -> None:
        check_labels(self.direction, self.labels, PAPER_LABELS)


@dataclass(frozen=True)
class Letter:
    """A plain letter: paragraphs, then rows of (what, what became of it) under a heading, then the closing."""

    title: str
    language: str
    direction: str
    organisation_name: str
    organisation_lines: tuple[str, ...]
    recipient_lines: tuple[str, ...]
    date_words: str
    reference: str
    paragraphs: tuple[str, ...]
    rows_heading: str
    rows: tuple[tuple[str, str], ...]
    closing: tuple[str, ...]
    specimen: bool
    labels: Mapping[str, str]

    def __post_init__(self) -> None:
        check_labels(self.direction, self.labels, LETTER_LABELS)


def stem(label: str) -> str:
    """The label as it stands before what it is about, on one line with it: a sentence has its own mark."""
    return label if label.endswith(_MARKS) else f"{label}:"


def record_rows(paper: Paper) -> tuple[tuple[str, str], ...]:
    """The last lines of the paper, as (label, value): which form this was, and where the trail stood."""
    return (
        (paper.labels["consent_number"], paper.consent_number),
        (paper.labels["form"], paper.form),
        (paper.labels["form_version"], paper.form_version),
        (paper.labels["form_hash"], paper.form_hash),
        (paper.labels["custody_head"], paper.custody_head),
        *paper.checks,
    )


def shown_text(paper: Paper) -> str:
    """Every word of the paper that was shown, in reading order, one piece to a line, with what was signed to it.

    Its SHA-256 is what is kept. What the program itself adds is not in it: the evidence, the technical record, and what
    repeats on each page (page number, specimen mark); nor is ink.
    """
    return _lines(_pieces(paper))


def evidence_text(paper: Paper) -> str:
    """Every word of the evidence and of the technical record in reading order, one piece to a line."""
    return _lines(_evidence_pieces(paper))


def _lines(pieces: Iterable[str]) -> str:
    return "\n".join(" ".join(piece.split()) for piece in pieces if piece.strip()) + "\n"


def letter_text(letter: Letter) -> str:
    """Every word of the letter's body in reading order, one piece to a line."""
    pieces = [
        letter.organisation_name, *letter.organisation_lines, *letter.recipient_lines,
        letter.date_words, letter.labels["reference"], letter.reference, letter.title, *letter.paragraphs,
    ]  # fmt: skip
    if letter.rows:
        pieces += [letter.rows_heading, *(word for row in letter.rows for word in row)]
    return _lines([*pieces, *letter.closing])


def _pieces(paper: Paper) -> Iterator[str]:
    yield paper.organisation_name
    yield from paper.organisation_lines
    yield paper.title
    for row in paper.facts:
        yield from row
    for section in paper.sections:
        yield from _section_pieces(section)
    for signature in paper.signatures:
        yield from _signature_pieces(signature)
    for section in paper.annex:
        yield from _section_pieces(section)
    for scan in paper.scans:
        yield from (scan.heading, scan.sha256)


def _evidence_pieces(paper: Paper) -> Iterator[str]:
    if paper.evidence is not None:
        yield paper.evidence.heading
        yield from paper.evidence.paragraphs
        for section in paper.evidence.sections:
            yield from (section.heading, *section.paragraphs)
            for line in section.lines:
                yield from (stem(line.text), line.answer_words)
    for label, value in record_rows(paper):
        yield from (stem(label), value)


def _section_pieces(section: Section) -> Iterator[str]:
    yield section.heading
    yield from (*section.paragraphs, *section.bullets)
    for line in section.lines:
        yield from (line.text, line.answer_words)


def _signature_pieces(signature: SignatureBlock) -> Iterator[str]:
    yield from (signature.heading, signature.statement)
    if signature.typed:
        yield from (signature.method_words, signature.typed)
    yield signature.said
    for row in signature.rows:
        yield from row


def check_labels(direction: str, labels: Mapping[str, str], needed: frozenset[str]) -> None:
    """Return if nothing is missing that every sheet needs. Raises: ValueError."""
    if direction not in {"ltr", "rtl"}:
        raise ValueError("direction is ltr or rtl")
    if missing := needed - labels.keys():
        raise ValueError(f"labels are missing: {', '.join(sorted(missing))}")
    if not ("{page}" in labels["page"] and "{pages}" in labels["page"]):
        raise ValueError("the page label needs {page} and {pages}")
