"""The form to be signed with a pen: boxes to tick, lines to write on, and on every sheet the code of this printing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import segno
from markupsafe import Markup

from consent.documents.paper import check_labels

BLANK_LABELS = frozenset(
    {
        "page", "specimen", "consent_number", "form", "form_version", "form_hash", "print_code", "yes", "no", "how",
        "name", "signature", "date", "for_staff",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One question that is answered by ticking yes or no. `number`: the same on paper and on the screen."""

    number: str
    text: str


@dataclass(frozen=True)
class BlankSection:
    """What is read, then what is ticked. `choices`: of these one is ticked, under `choices_number`."""

    heading: str
    paragraphs: tuple[str, ...] = ()
    bullets: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    choices: tuple[str, ...] = ()
    choices_number: str = ""
    choices_hint: str = ""


@dataclass(frozen=True)
class SignHere:
    """Where one person signs: what he confirms, his name if it is known, further facts as (label, value)."""

    heading: str
    statement: str
    name: str = ""
    rows: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class BlankForm:
    """The prefilled form before anybody has answered. `form_hash` is SHA-256 in hex; `code` names this printing."""

    title: str
    language: str
    direction: str
    organisation_name: str
    organisation_lines: tuple[str, ...]
    consent_number: str
    code: str
    form: str
    form_version: str
    form_hash: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[BlankSection, ...]
    signers: tuple[SignHere, ...]
    closing: tuple[str, ...]
    specimen: bool
    labels: Mapping[str, str]
    stands_alone: bool = False
    """As of a `Paper`: every word in type of 14 points or more."""

    def __post_init__(self) -> None:
        check_labels(self.direction, self.labels, BLANK_LABELS)


def blank_text(form: BlankForm) -> str:
    """Every word of the form's body in reading order, one piece to a line; not the printing's own code.

    Its SHA-256 tells whether a later draft would print the same words.
    """
    return "\n".join(" ".join(piece.split()) for piece in _pieces(form) if piece.strip()) + "\n"


def code_qr(form: BlankForm) -> Markup:
    """The QR code of consent number and printing, as a drawing: a reader of bar codes types it."""
    drawing = segno.make(f"{form.consent_number} {form.code}", error="m", micro=False).svg_inline(
        scale=1, border=2, title=form.labels["print_code"], omitsize=True
    )
    return Markup(drawing)  # noqa: S704 - made of numbers and an escaped title


def _pieces(form: BlankForm) -> Iterator[str]:
    yield form.organisation_name
    yield from form.organisation_lines
    yield from (form.title, form.consent_number, form.form, form.form_version, form.form_hash)
    for fact in form.facts:
        yield from fact
    yield form.labels["how"]
    for section in form.sections:
        yield section.heading
        yield from (*section.paragraphs, *section.bullets)
        for row in section.rows:
            yield from (row.number, row.text)
        if section.choices:
            yield from (section.choices_number, section.choices_hint, *section.choices)
    for signer in form.signers:
        yield from (signer.heading, signer.statement, signer.name)
        for fact in signer.rows:
            yield from fact
    yield from form.closing
