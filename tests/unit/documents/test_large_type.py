"""The paper under California's rules: large type everywhere, and the authorization alone on its pages."""

from __future__ import annotations

import io
import math
import subprocess
from collections.abc import Iterator
from dataclasses import replace

import pikepdf
import pytest
from paper_samples import ENGLISH, SPANISH

from consent.documents.paper import Line, PageSize, Paper, Section, Tone, shown_text
from consent.documents.printing import Printer
from consent.rules.jurisdiction import PROFILES, Jurisdiction

LEAST = PROFILES[Jurisdiction.CALIFORNIA].points
SCREEN = Section("Is it fine to sign on a screen?", ("Paper is free.",), (Line("I agree.", "Yes", Tone.YES),))
BACK = Section("What was asked back", ("Dr. Ruiz explained it.",), (Line("Where?", "Said this at once: nowhere"),))


def alone(paper: Paper) -> Paper:
    return replace(paper, annex=(SCREEN, BACK), stands_alone=True)


class Pen:
    """What the drawing operators leave behind: the page's own measure, the line's, and the size of the type."""

    def __init__(self) -> None:
        self.whole, self.line, self.size = pikepdf.Matrix(), pikepdf.Matrix(), 0.0
        self.kept: list[pikepdf.Matrix] = []

    def obey(self, operator: str, operands: list[float]) -> None:
        if operator == "q":
            self.kept.append(self.whole)
        elif operator == "Q":
            self.whole = self.kept.pop()
        elif operator == "cm":
            self.whole = pikepdf.Matrix(*operands) @ self.whole
        elif operator in ("BT", "Tm"):
            self.line = pikepdf.Matrix(*operands)
        elif operator == "Tf":
            self.size = operands[-1]

    @property
    def points(self) -> float:
        both = self.line @ self.whole
        return self.size * math.hypot(both.c, both.d)


def type_sizes(pdf: bytes) -> Iterator[float]:
    """The size of every piece of text, in points: what its font asks for times what the page makes of it."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        for page in opened.pages:
            pen = Pen()
            for operands, operator in pikepdf.parse_content_stream(page):
                if str(operator) in ("Tj", "TJ"):
                    yield pen.points
                elif str(operator) in ("q", "Q", "cm", "BT", "Tm", "Tf"):
                    pen.obey(str(operator), [float(each) for each in operands if not isinstance(each, pikepdf.Name)])


def words_of(pdf: bytes) -> list[str]:
    done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    return [" ".join(page.split()) for page in done.stdout.decode().split("\f")[:-1]]


@pytest.mark.parametrize("size", [PageSize.LETTER, PageSize.A4])
@pytest.mark.parametrize("paper", [ENGLISH, SPANISH], ids=["english", "spanish"])
def test_rule_12_every_word_stands_in_fourteen_points_or_more(printer: Printer, paper: Paper, size: PageSize) -> None:
    sizes = list(type_sizes(printer.print_paper(alone(paper), size)))
    assert len(sizes) > 50
    assert min(sizes) >= LEAST - 0.01, sorted(set(sizes))


def test_rule_12_the_measure_sees_small_type(printer: Printer) -> None:
    assert min(type_sizes(printer.print_paper(ENGLISH))) == pytest.approx(8.5, abs=0.05)


def test_rule_12_a_specimen_is_as_large(printer: Printer) -> None:
    pdf = printer.print_paper(replace(alone(SPANISH), specimen=True))
    assert min(type_sizes(pdf)) >= LEAST - 0.01


@pytest.mark.parametrize("paper", [ENGLISH, SPANISH], ids=["english", "spanish"])
def test_rule_12_the_authorization_stands_alone_on_its_pages(printer: Printer, paper: Paper) -> None:
    pages = words_of(printer.print_paper(alone(paper)))
    signed = max(number for number, page in enumerate(pages) if paper.signatures[-1].statement[:20] in page)
    begins = min(number for number, page in enumerate(pages) if SCREEN.heading in page)
    assert begins > signed
    for page in pages[:begins]:
        for other in (SCREEN.paragraphs[0], BACK.heading, paper.labels["custody_head"]):
            assert other not in page
    # The signature is on a page of the authorization, and on no other.
    assert all(paper.signatures[-1].statement[:20] not in page for page in pages[begins:])


def test_what_is_annexed_is_among_the_words_shown(printer: Printer) -> None:
    text = shown_text(replace(ENGLISH, annex=(BACK,)))
    assert text.index(ENGLISH.signatures[-1].heading) < text.index(BACK.heading)
    pages = words_of(printer.print_paper(replace(ENGLISH, annex=(BACK,))))
    assert any(BACK.heading in page for page in pages)
