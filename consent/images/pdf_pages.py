"""The pages of a scanned PDF, as pictures. A program of its own, for what a hostile file does must stay in it.

Reads the file from its input; writes one line of JSON, `{"pages": [bytes, ...]}` or `{"refused": code}`, then the
pages as JPEG files one after the other. It is started with nothing in its environment, and limited in time and memory.
"""

from __future__ import annotations

import io
import json
import resource
import sys
from collections.abc import Iterator
from typing import Any

import pikepdf
import pypdfium2

MOST_PAGES = 20
SECONDS, MEMORY = 60, 2_000_000_000
# Two hundred dots to the inch: small writing by hand can be read.
DOTS_PER_POINT = 200 / 72
LARGEST_SIDE = 3508
# Longer than any sheet that a person signs, in points: about one meter.
LARGEST_SHEET = 2900
QUALITY = 85

ACTIONS = frozenset(
    {"/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToE", "/GoToR", "/Rendition", "/RichMediaExecute"}
)
KEYS = {
    "/JS": "scan-pdf-script",
    "/JavaScript": "scan-pdf-script",
    "/XFA": "scan-pdf-script",
    "/EmbeddedFiles": "scan-pdf-files",
    "/EF": "scan-pdf-files",
    "/RichMediaContent": "scan-pdf-files",
}


class _RefusedError(Exception):
    """The file is not taken; the code says why."""


def main() -> None:
    """Write the pages, or why there are none."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    data = sys.stdin.buffer.read()
    try:
        _check(data)
        pages = list(_drawn(data))
    except _RefusedError as no:
        sys.stdout.write(json.dumps({"refused": str(no)}) + "\n")
        return
    sys.stdout.write(json.dumps({"pages": [len(page) for page in pages]}) + "\n")
    sys.stdout.flush()
    for page in pages:
        sys.stdout.buffer.write(page)
    sys.stdout.buffer.flush()


def _check(data: bytes) -> None:
    """Refuse what is more than pages. Every object is looked at, whether or not anything points to it."""
    try:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            if pdf.is_encrypted:
                raise _RefusedError("scan-pdf-locked")
            if not 0 < len(pdf.pages) <= MOST_PAGES:
                raise _RefusedError("scan-pages")
            for each in pdf.objects:
                _look(each, 0)
    except pikepdf.PasswordError:
        raise _RefusedError("scan-pdf-locked") from None
    except (pikepdf.PdfError, ValueError, RecursionError, RuntimeError):
        raise _RefusedError("scan-pdf-damaged") from None


def _look(value: Any, depth: int) -> None:  # noqa: ANN401 - whatever stands in a PDF
    if depth > 50:
        raise _RefusedError("scan-pdf-damaged")
    inside: list[Any] = []
    if isinstance(value, pikepdf.Array):
        inside = list(value)
    elif isinstance(value, pikepdf.Dictionary | pikepdf.Stream):
        for key, each in value.items():
            _check_entry(key, each)
            inside.append(each)
    for each in inside:
        # What stands elsewhere in the file is looked at there.
        if not getattr(each, "is_indirect", False):
            _look(each, depth + 1)


def _check_entry(key: str, value: Any) -> None:  # noqa: ANN401 - as above
    if key in KEYS:
        raise _RefusedError(KEYS[key])
    if key == "/S" and isinstance(value, pikepdf.Name) and str(value) in ACTIONS:
        raise _RefusedError("scan-pdf-script")


def _drawn(data: bytes) -> Iterator[bytes]:
    """Give each page as it is seen, upright as the file turns it."""
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError:
        raise _RefusedError("scan-pdf-damaged") from None
    for number in range(len(document)):
        try:
            page = document[number]
            longer = max(page.get_size())
            if not 0 < longer <= LARGEST_SHEET:
                raise _RefusedError("scan-pdf-damaged")
            image = page.render(scale=min(DOTS_PER_POINT, LARGEST_SIDE / longer)).to_pil()
        except pypdfium2.PdfiumError:
            raise _RefusedError("scan-pdf-damaged") from None
        out = io.BytesIO()
        image.convert("RGB").save(out, "JPEG", quality=QUALITY)
        yield out.getvalue()
        page.close()


if __name__ == "__main__":
    main()
