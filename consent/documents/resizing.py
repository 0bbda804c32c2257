"""A sealed paper laid onto another sheet, for one print: what comes out is for the printer and carries no seal."""

from __future__ import annotations

import io

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import PdfFileWriter, copy_into_new_writer

from consent.documents.paper import PageSize

POINTS = {PageSize.A4: (595.28, 841.89), PageSize.LETTER: (612.0, 792.0)}
# What ties a file to its seal, and what a printer has no use for.
_LEFT_OUT = ("/AcroForm", "/Perms", "/AF", "/Names")


def size_of(pdf: bytes) -> PageSize:
    """The sheet on which our paper was laid out."""
    width, _ = _sheet(PdfFileReader(io.BytesIO(pdf)).root["/Pages"]["/Kids"][0])
    return min(PageSize, key=lambda size: abs(POINTS[size][0] - width))


def laid_on(pdf: bytes, size: PageSize) -> bytes:
    """The same pages on that sheet, as large as they fit, in its middle. The file given stays as it is."""
    writer = copy_into_new_writer(PdfFileReader(io.BytesIO(pdf)))
    for name in _LEFT_OUT:
        writer.root.pop(name, None)
    for kid in writer.root["/Pages"]["/Kids"]:
        _lay(writer, kid.get_object(), *POINTS[size])
    out = io.BytesIO()
    writer.write(out)  # type: ignore[no-untyped-call]
    return out.getvalue()


def _lay(writer: PdfFileWriter, page: generic.DictionaryObject, width: float, height: float) -> None:
    was_wide, was_high = _sheet(page)
    scale = min(width / was_wide, height / was_high)
    left, below = (width - was_wide * scale) / 2, (height - was_high * scale) / 2
    before = b"q %.5f 0 0 %.5f %.3f %.3f cm\n" % (scale, scale, left, below)
    parts = (generic.StreamObject(stream_data=before), generic.StreamObject(stream_data=b"\nQ"))
    first, last = (writer.add_object(each) for each in parts)
    page[pdf_name("/Contents")] = generic.ArrayObject([first, page.raw_get("/Contents"), last])
    corners = [generic.FloatObject(each) for each in (0, 0, width, height)]  # type: ignore[no-untyped-call]
    page[pdf_name("/MediaBox")] = generic.ArrayObject(corners)
    for name in ("/TrimBox", "/BleedBox", "/CropBox", "/Annots"):
        page.pop(name, None)


def _sheet(page: generic.DictionaryObject) -> tuple[float, float]:
    left, below, right, above = (float(each) for each in page["/MediaBox"])
    return right - left, above - below
