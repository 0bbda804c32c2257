"""The last page: on a sheet of its own, outside what was shown, and as legible to machines as the rest."""

from __future__ import annotations

import hashlib
import io
import subprocess
from dataclasses import replace

import pikepdf
import pytest
from paper_samples import ENGLISH, ENGLISH_EVIDENCE, SPANISH

from consent.documents.paper import Paper, Section, evidence_text, shown_text, stem
from consent.documents.printing import Printer

APART = Section("Is it fine to sign on a screen?", ("Paper is free.",))


def pages_of(pdf: bytes) -> list[str]:
    done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    return [" ".join(page.split()) for page in done.stdout.decode().split("\f")[:-1]]


@pytest.mark.parametrize("paper", [ENGLISH, SPANISH, replace(ENGLISH, annex=(APART,), stands_alone=True)])
def test_the_evidence_begins_on_a_page_of_its_own_and_comes_last(printer: Printer, paper: Paper) -> None:
    pages = pages_of(printer.print_paper(paper))
    assert paper.evidence is not None
    begins = [number for number, page in enumerate(pages) if page.startswith(paper.evidence.heading)]
    assert len(begins) == 1
    before = " ".join(pages[: begins[0]])
    assert paper.signatures[-1].heading in before
    assert paper.labels["custody_head"] not in before
    assert paper.custody_head.split()[0] in " ".join(pages[begins[0] :])
    signed = max(number for number, page in enumerate(pages) if paper.signatures[-1].statement[:20] in page)
    screens = [number for number, page in enumerate(pages) if APART.heading in page]
    assert all(signed < number < begins[0] for number in screens)


@pytest.mark.parametrize(
    ("label", "before"),
    [("Language", "Language:"), ("What may we use?", "What may we use?"), ("大家都签好了。", "大家都签好了。")],
)
def test_a_label_that_is_a_sentence_has_its_own_mark(label: str, before: str) -> None:
    assert stem(label) == before


def test_the_evidence_is_no_part_of_what_was_shown() -> None:
    other = replace(ENGLISH, custody_head="99 ffff", evidence=replace(ENGLISH_EVIDENCE, heading="Something else"))
    assert shown_text(other) == shown_text(ENGLISH)
    assert evidence_text(other) != evidence_text(ENGLISH)
    for words in (ENGLISH_EVIDENCE.heading, ENGLISH.custody_head, ENGLISH_EVIDENCE.sections[0].lines[0].answer_words):
        assert words in evidence_text(ENGLISH)
        assert words not in shown_text(ENGLISH)


def test_both_texts_lie_in_the_sealed_file_and_the_first_ones_hash_is_the_one_that_is_kept(sealed: bytes) -> None:
    with pikepdf.open(io.BytesIO(sealed)) as opened:
        files = {name: each.get_file().read_bytes() for name, each in opened.attachments.items()}
        kinds = {str(each.UF): str(each.AFRelationship) for each in opened.Root.AF}
    assert kinds == {"evidence.txt": "/Alternative", "shown-text.txt": "/Alternative"}
    assert hashlib.sha256(files["shown-text.txt"]).digest() == hashlib.sha256(shown_text(ENGLISH).encode()).digest()
    assert files["evidence.txt"].decode() == evidence_text(ENGLISH)


def test_the_same_paper_prints_the_same_bytes(printer: Printer) -> None:
    """What is printed ahead is what would be printed at the end."""
    assert printer.print_paper(ENGLISH) == printer.print_paper(replace(ENGLISH))


def test_a_paper_without_evidence_keeps_its_record_with_the_annex(printer: Printer) -> None:
    last = pages_of(printer.print_paper(replace(ENGLISH, evidence=None)))[-1]
    assert ENGLISH.labels["custody_head"] in last
