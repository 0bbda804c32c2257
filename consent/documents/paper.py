"""What goes on paper: frozen values in the reader's language. Nothing here knows a form, a patient or a database."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

PAPER_LABELS = frozenset(
    {
        "page",  # with {page} and {pages} in it
        "specimen",
        "consent_number",
        "form",
        "form_version",
        "form_hash",
        "custody_head",
        "printed_name",
        "signer_role",
        "signed_at",
        "meaning",
        "drawn_signature",
        "typed_signature",
    }
)
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


class Method(StrEnum):
    """How somebody signed."""

    DRAWN = "drawn"
    TYPED = "typed"


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
    """A heading, the paragraphs below it, then the answers below those. Paragraphs or lines may be empty."""

    heading: str
    paragraphs: tuple[str, ...] = ()
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True)
class SignatureBlock:
    """Who signed, as what, when, and what the signature means. A typed signature has no strokes, a drawn one does.

    Source: 21 CFR 11.50(a): printed name, date and time, meaning, in every form that a person can read.
    """

    heading: str
    statement: str
    signer_name: str
    role_words: str
    method: Method
    strokes: tuple[Stroke, ...]
    typed: str
    signed_at_words: str
    meaning: str

    def __post_init__(self) -> None:
        if not (self.strokes if self.method is Method.DRAWN else self.typed.strip()):
            raise ValueError("a signature needs its ink or its typed name")


@dataclass(frozen=True)
class Paper:
    """One consent as it is printed. `form_hash` is SHA-256 in hex; `custody_head` the trail's number and hash."""

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
    signature: SignatureBlock | None
    custody_head: str
    specimen: bool
    labels: Mapping[str, str]

    def __post_init__(self) -> None:
        _check(self.direction, self.labels, PAPER_LABELS)


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
        _check(self.direction, self.labels, LETTER_LABELS)


def record_rows(paper: Paper) -> tuple[tuple[str, str], ...]:
    """The last table of the paper, as (label, value): which form this was, and where the trail stood."""
    return (
        (paper.labels["consent_number"], paper.consent_number),
        (paper.labels["form"], paper.form),
        (paper.labels["form_version"], paper.form_version),
        (paper.labels["form_hash"], paper.form_hash),
        (paper.labels["custody_head"], paper.custody_head),
    )


def signature_rows(paper: Paper, signature: SignatureBlock) -> tuple[tuple[str, str], ...]:
    """The manifestation beside a signature, as (label, value)."""
    return (
        (paper.labels["printed_name"], signature.signer_name),
        (paper.labels["signer_role"], signature.role_words),
        (paper.labels["signed_at"], signature.signed_at_words),
        (paper.labels["meaning"], signature.meaning),
    )


def shown_text(paper: Paper) -> str:
    """Every word of the paper's body in reading order, one piece to a line: what a person reads, and no more.

    Its SHA-256 is what is kept. What repeats on each page (page number, specimen mark) is not in it, nor is ink.
    """
    return "\n".join(" ".join(piece.split()) for piece in _pieces(paper) if piece.strip()) + "\n"


def letter_text(letter: Letter) -> str:
    """Every word of the letter's body in reading order, one piece to a line."""
    pieces = [
        letter.organisation_name, *letter.organisation_lines, *letter.recipient_lines,
        letter.date_words, letter.labels["reference"], letter.reference, letter.title, *letter.paragraphs,
    ]  # fmt: skip
    if letter.rows:
        pieces += [letter.rows_heading, *(word for row in letter.rows for word in row)]
    return "\n".join(" ".join(piece.split()) for piece in [*pieces, *letter.closing] if piece.strip()) + "\n"


def _pieces(paper: Paper) -> Iterator[str]:
    yield paper.organisation_name
    yield from paper.organisation_lines
    yield paper.title
    for row in paper.facts:
        yield from row
    for section in paper.sections:
        yield section.heading
        yield from section.paragraphs
        for line in section.lines:
            yield from (line.text, line.answer_words)
    if paper.signature is not None:
        yield from (paper.signature.heading, paper.signature.statement)
        if paper.signature.method is Method.TYPED:
            yield from (paper.labels["typed_signature"], paper.signature.typed)
        for row in signature_rows(paper, paper.signature):
            yield from row
    for row in record_rows(paper):
        yield from row


def _check(direction: str, labels: Mapping[str, str], needed: frozenset[str]) -> None:
    if direction not in {"ltr", "rtl"}:
        raise ValueError("direction is ltr or rtl")
    if missing := needed - labels.keys():
        raise ValueError(f"labels are missing: {', '.join(sorted(missing))}")
    if not ("{page}" in labels["page"] and "{pages}" in labels["page"]):
        raise ValueError("the page label needs {page} and {pages}")
