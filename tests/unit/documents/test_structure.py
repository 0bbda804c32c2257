"""What a screen reader meets: ISO 14289-1 (PDF/UA-1), before and after the seal."""

from __future__ import annotations

import io

import paper_samples
import pikepdf
import pytest
from pikepdf import Name


@pytest.fixture(params=["english", "sealed", "stamped"])
def pdf(request):
    """The file as printed, with its seal, and with a time-stamp after that."""
    with pikepdf.open(io.BytesIO(request.getfixturevalue(request.param))) as opened:
        yield opened


def tree(element):
    for kid in element.get("/K", []) if isinstance(element.get("/K"), pikepdf.Array) else []:
        if isinstance(kid, pikepdf.Dictionary):
            yield kid
            yield from tree(kid)


def kinds(pdf):
    return [str(element.S) for element in tree(pdf.Root.StructTreeRoot)]


def test_the_file_says_its_language_title_and_that_it_is_tagged(pdf):
    assert pdf.Root.Lang == "en"
    assert bool(pdf.Root.MarkInfo.Marked) is True
    assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle) is True
    with pdf.open_metadata() as metadata:
        assert metadata["dc:title"] == paper_samples.ENGLISH.title
        assert metadata["{http://www.aiim.org/pdfua/ns/id/}part"] == "1"
    assert pdf.pdf_version == "1.7"
    assert "/Version" not in pdf.Root
    assert all(page.Tabs == Name.S for page in pdf.pages)


def test_headings_lists_tables_and_the_signature_are_tagged(pdf):
    found = kinds(pdf)
    assert found.count("/H1") == 1
    assert found.count("/H2") == len(paper_samples.ENGLISH.sections) + 2  # the signature, the evidence
    assert found.count("/H3") == len(paper_samples.ENGLISH_EVIDENCE.sections)
    assert found.count("/TH") == found.count("/TD") > 25
    lists = [element for element in tree(pdf.Root.StructTreeRoot) if element.S == Name.L]
    assert [[str(kid.S) for kid in tree(each)] for each in lists] == [["/LI", "/LBody", "/Span"] * 2]
    figures = [element for element in tree(pdf.Root.StructTreeRoot) if element.S == Name.Figure]
    assert [str(figure.Alt) for figure in figures] == ["Signature drawn by Zoë O’Brien-García"]


def test_every_answer_is_tied_to_its_question(pdf):
    headings = {bytes(each.ID): each for each in tree(pdf.Root.StructTreeRoot) if each.S == Name.TH}
    assert all(each.A.Scope == Name.Row for each in headings.values())
    answers = [each for each in tree(pdf.Root.StructTreeRoot) if each.S == Name.TD]
    assert all([bytes(header) in headings for header in each.A.Headers] == [True] for each in answers)
    names = pdf.Root.StructTreeRoot.IDTree.Kids[0].Names
    listed = {bytes(names[place]): names[place + 1] for place in range(0, len(names), 2)}
    assert list(listed) == sorted(listed)
    assert {key: each.objgen for key, each in listed.items()} == {key: each.objgen for key, each in headings.items()}


def test_all_content_is_in_the_tree_or_is_an_artifact(pdf):
    reached = {element.objgen for element in tree(pdf.Root.StructTreeRoot)}
    owners = {int(number): array for number, array in pairs(pdf.Root.StructTreeRoot.ParentTree.Nums)}
    for page in pdf.pages:
        open_marks: list[str] = []
        for instruction in pikepdf.parse_content_stream(page):
            operator, operands = str(instruction.operator), instruction.operands
            if operator in {"BDC", "BMC"}:
                open_marks.append(str(operands[0]))
                if operator == "BDC" and "/MCID" in operands[1]:
                    owner = owners[int(page.StructParents)][int(operands[1].MCID)]
                    assert owner.objgen in reached
            elif operator == "EMC":
                open_marks.pop()
            elif operator in {"Tj", "TJ", "S", "f", "f*", "B", "Do", "sh"}:
                assert open_marks, f"unmarked {operator}"
        assert open_marks == []


def pairs(numbers):
    return [(numbers[place], numbers[place + 1]) for place in range(0, len(numbers), 2)]


def test_what_repeats_on_each_page_is_not_read_out(pdf):
    for page in pdf.pages:
        artifacts = [
            each for each in pikepdf.parse_content_stream(page)
            if str(each.operator) == "BDC" and str(each.operands[0]) == "/Artifact"
        ]  # fmt: skip
        assert len(artifacts) >= 2  # the foot, at its start and at its end
        assert all(each.operands[1].Type == Name.Pagination for each in artifacts)


def test_the_seal_is_hidden_and_named(sealed):
    with pikepdf.open(io.BytesIO(sealed)) as pdf:
        (widget,) = [annotation for page in pdf.pages for annotation in page.get("/Annots", [])]
        assert int(widget.F) & 2  # hidden: ISO 14289-1, 7.18.1 asks no tag of it
        assert not int(widget.F) & 4
        assert str(widget.T) == "OrganisationSeal"
        assert str(widget.TU) == "Sealed by Mercy Valley Hospital"
