"""The paper as it comes out of the printer: the words that were shown, legible, tagged, complete on every page."""

from __future__ import annotations

import io
import math
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import paper_samples
import pikepdf
import pytest
from paper_samples import ENGLISH, LETTER, SPANISH

from consent.documents.ink import TALLEST, WIDEST, ink
from consent.documents.lettering import FontsMissing, Lettering
from consent.documents.paper import PageSize, Section, Stroke, evidence_text, letter_text, shown_text
from consent.documents.printing import CannotPrint, Printer, _mark

A4, US_LETTER = (595, 842), (612, 792)


def run(program: str, *arguments: str, given: bytes) -> str:
    return subprocess.run([program, *arguments], input=given, capture_output=True, check=True).stdout.decode("utf-8")


def body_text(pdf: bytes, size: tuple[int, int] = US_LETTER) -> str:
    """What stands between the top and bottom margins."""
    top, bottom = 50, 74
    crop = ["-r", "72", "-x", "0", "-y", str(top), "-W", str(size[0]), "-H", str(size[1] - top - bottom)]
    return run("pdftotext", *crop, "-", "-", given=pdf)


def pages_text(pdf: bytes) -> list[str]:
    return run("pdftotext", "-layout", "-", "-", given=pdf).split("\f")[:-1]


def bare(text: str) -> str:
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize("paper", [ENGLISH, SPANISH], ids=["english", "spanish"])
@pytest.mark.parametrize(("size", "points"), [(PageSize.LETTER, US_LETTER), (PageSize.A4, A4)])
def test_the_printed_text_is_the_shown_text(printer, paper, size, points):
    printed = printer.print_paper(paper, size)
    assert bare(body_text(printed, points)) == bare(shown_text(paper) + evidence_text(paper))


@pytest.mark.parametrize("size", [PageSize.LETTER, PageSize.A4])
def test_the_sheet_is_the_one_asked_for(printer, size):
    with pikepdf.open(io.BytesIO(printer.print_paper(SPANISH, size))) as pdf:
        box = [round(float(number)) for number in pdf.pages[0].MediaBox]
    assert tuple(box[2:]) == (A4 if size is PageSize.A4 else US_LETTER)


def test_every_page_says_which_consent_form_and_version_it_belongs_to(printer):
    pages = pages_text(printer.print_paper(ENGLISH))
    assert len(pages) >= 3
    for number, page in enumerate(pages, start=1):
        foot = " ".join(page.split())
        assert f"Page {number} of {len(pages)}" in foot
        assert "Consent number K7XQ-3M9" in foot
        assert "Form us-media-release · Version 1 · Fingerprint 9f2c4b7a1d5e8f03" in foot


def test_a_specimen_is_marked_on_every_page(printer, demo_printer):
    marked = demo_printer.print_paper(ENGLISH), printer.print_paper(replace(ENGLISH, specimen=True))
    for pdf in marked:
        assert all("SPECIMEN" in page for page in pages_text(pdf))
    assert all("SPECIMEN" not in page for page in pages_text(printer.print_paper(ENGLISH)))
    assert all("SPECIMEN" in page for page in pages_text(demo_printer.print_letter(LETTER)))


@pytest.mark.parametrize(
    ("words", "across"),
    [("نموذج (SPECIMEN)", "SPECIMEN"), ("样张（SPECIMEN）", "SPECIMEN"), ("BẢN MẪU (SPECIMEN)", "BẢN MẪU (SPECIMEN)")],
)
def test_the_mark_across_the_page_is_in_letters_that_a_drawing_can_set(words, across):
    """Set sign by sign, Arabic would stand there in pieces and backwards, and Chinese as empty boxes."""
    drawn = re.sub("<[^>]*>", "", str(_mark(words)))
    assert drawn == across


def test_a_signature_is_manifested_with_name_time_and_meaning(printer):
    last = " ".join(" ".join(pages_text(printer.print_paper(ENGLISH))).split())
    for words in ("Zoë O’Brien-García", "November 22, 2026, 9:41 AM CST", "I give the permissions marked Yes above"):
        assert words in last


def test_a_paper_without_a_signature_prints_too(printer):
    unsigned = replace(ENGLISH, signatures=())
    assert bare(body_text(printer.print_paper(unsigned))) == bare(shown_text(unsigned) + evidence_text(unsigned))


def test_the_ink_is_drawn_as_lines_not_as_a_picture(printer):
    with pikepdf.open(io.BytesIO(printer.print_paper(ENGLISH))) as pdf:
        assert not any(page.get_images() for page in pdf.pages)
        operators = [str(each.operator) for each in pikepdf.parse_content_stream(pdf.pages[-2])]
    assert operators.count("c") >= 15  # the bends of the sample's strokes


def test_ink_fits_and_keeps_its_proportions():
    drawn = ink((Stroke(((0.0, 0.0), (4000.0, 400.0))),))
    assert float(drawn.width) == pytest.approx(WIDEST + 6, abs=0.01)
    assert float(drawn.height) == pytest.approx(WIDEST / 10 + 6, abs=0.01)
    assert float(ink((Stroke(((0.0, 0.0), (0.0, 9000.0))),)).height) == pytest.approx(TALLEST + 6, abs=0.01)
    assert ink((Stroke(((5.0, 5.0),)),)).paths == ("M3.00 3.00 l0.01 0",)


@pytest.mark.parametrize("points", [(), ((math.nan, 1.0),), ((1.0, math.inf),)])
def test_a_stroke_needs_real_points(points):
    with pytest.raises(ValueError, match="stroke"):
        Stroke(points)


def test_a_signature_needs_ink_or_a_typed_name():
    with pytest.raises(ValueError, match="signature"):
        replace(ENGLISH.signatures[0], strokes=())
    with pytest.raises(ValueError, match="signature"):
        replace(ENGLISH.signatures[0], strokes=(), typed="  ")
    with pytest.raises(ValueError, match="signature"):
        replace(ENGLISH.signatures[0], typed="both")


def test_labels_must_all_be_there():
    with pytest.raises(ValueError, match="form_hash"):
        replace(ENGLISH, labels={key: word for key, word in ENGLISH.labels.items() if key != "form_hash"})
    with pytest.raises(ValueError, match="page"):
        replace(ENGLISH, labels={**ENGLISH.labels, "page": "Page"})


def test_what_people_type_is_printed_as_text_and_never_as_markup(printer):
    name = """<b>O'Brien</b> {{ 7*7 }} "&" <img src="file:///etc/passwd">"""
    paper = replace(ENGLISH, facts=(("Patient", name),))
    assert bare(name) in bare(body_text(printer.print_paper(paper)))


@pytest.mark.parametrize(
    "name",
    [
        "محمد الأحمد",
        "王小明",
        "राम कुमार",
        "ขจร",
        "김민준",
        "ሰላም",
        "סול",
        "Łukasz Żółć",
        "Nguyễn Thị Ánh",
        "Ольга",
        "O'Brien",
        "Jose\u0301",
    ],
)
def test_names_in_many_alphabets_print(printer, name):
    assert printer.print_paper(replace(ENGLISH, facts=(("Patient", name),))).startswith(b"%PDF-1.7")


@pytest.mark.parametrize(("name", "missing"), [("𒀀𒀁", ("𒀀", "𒀁")), ("ᚠ x ᛁ", ("ᚠ", "ᛁ")), ("A\x00", ("\x00",))])
def test_characters_that_the_font_cannot_draw_are_refused(printer, name, missing):
    with pytest.raises(CannotPrint) as caught:
        printer.print_paper(replace(ENGLISH, facts=(("Patient", name),)))
    assert caught.value.missing == missing
    with pytest.raises(CannotPrint):
        printer.print_letter(replace(LETTER, recipient_lines=(name,)))
    assert name not in str(caught.value)  # a name does not get into logs


def test_missing_fonts_are_said_at_the_start(tmp_path):
    with pytest.raises(FontsMissing):
        Lettering([tmp_path])


def test_only_the_named_fonts_are_used_and_they_are_embedded(printer):
    for pdf in (printer.print_paper(ENGLISH), printer.print_paper(SPANISH), printer.print_letter(LETTER)):
        fonts = run("pdffonts", "-", given=pdf).splitlines()[2:]
        assert fonts
        assert all(
            re.search(r"\+DejaVu-Sans(-Bold)?\s+CID TrueType\s+Identity-H\s+yes yes yes", font) for font in fonts
        )


def test_a_letter_says_all_its_words(printer):
    said = bare(body_text(printer.print_letter(LETTER)))
    assert said.replace("-", "") == bare(letter_text(LETTER)).replace("-", "")  # pdftotext joins 12345-/AbC


def test_a_letter_without_rows_has_no_table(printer):
    with pikepdf.open(io.BytesIO(printer.print_letter(replace(LETTER, rows=())))) as pdf:
        assert "/Table" not in {str(element.get("/S")) for element in pdf.objects if is_structure(element)}


def test_several_threads_may_print_at_once(printer):
    papers = [replace(ENGLISH, consent_number=f"K7XQ-{n}M9") for n in range(4)]
    with ThreadPoolExecutor(4) as pool:
        printed = list(pool.map(printer.print_paper, papers))
    for paper, pdf in zip(papers, printed, strict=True):
        assert paper.consent_number in " ".join(pages_text(pdf))


def test_printing_opens_no_connection(printer, monkeypatch):
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("a connection was tried"))
    hostile = Section("Look", ('<link rel="stylesheet" href="http://example.org/x.css">',))
    printer.print_paper(replace(ENGLISH, sections=(hostile,)))


def test_a_template_that_fetches_fails_loudly(tmp_path):
    folder = tmp_path / "documents"
    folder.mkdir()
    for name in ("paper.css", "large.css"):
        (folder / name).write_text("")
    (folder / "letter.html").write_text('<html lang="en"><title>x</title><img src="https://example.org/x.png" alt="x">')
    with pytest.raises(RuntimeError, match="fetches nothing"):
        Printer(tmp_path, specimen=False).print_letter(LETTER)


def is_structure(element: pikepdf.Object) -> bool:
    return isinstance(element, pikepdf.Dictionary) and element.get("/Type") == pikepdf.Name.StructElem


def test_both_languages_share_their_labels():
    assert paper_samples.ENGLISH_LABELS.keys() == paper_samples.SPANISH_LABELS.keys()
