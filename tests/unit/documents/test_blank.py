"""The form to be signed with a pen, as it comes out of the printer."""

from __future__ import annotations

import io

import pikepdf

from consent.documents.blank import BLANK_LABELS, BlankForm, BlankSection
from consent.documents.printing import Printer

POINTS = ("You can say no.", "You can stop it later.")


def test_each_point_of_a_list_bears_its_mark(printer: Printer) -> None:
    labels = dict.fromkeys(BLANK_LABELS, "words") | {"page": "Page {page} of {pages}"}
    form = BlankForm(
        "Permission", "en", "ltr", "Mercy Valley Hospital", (), "K7XQ-3M9", "P-1", "us-media-release", "1", "9f" * 32,
        facts=(), sections=(BlankSection("What this is", ("This means:",), POINTS),), signers=(), closing=(),
        specimen=False, labels=labels,
    )  # fmt: skip
    with pikepdf.open(io.BytesIO(printer.print_blank(form))) as opened:
        kinds = [str(each.get("/S")) for each in opened.objects if isinstance(each, pikepdf.Dictionary)]
    assert kinds.count("/LI") == kinds.count("/Lbl") == len(POINTS)
