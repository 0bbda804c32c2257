"""A scan or photograph of a signed paper form: JPEG, PNG or PDF in, upright pages without metadata out."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import threading
from pathlib import Path

from PIL import Image

from consent.images.limits import Limits, refusal
from consent.images.pixels import decoded, saved_small, take_apart
from consent.images.reading import Picture, describe, read_picture

MOST_PAGES = 20
LONGER_SIDE = 3508  # A4 at 300 dots to the inch
_PDF = b"%PDF-"
_PROGRAM = Path(__file__).with_name("pdf_pages.py")
_SECONDS = 120
_AT_ONCE = threading.BoundedSemaphore(2)


def read_scan(data: bytes, limits: Limits | None = None) -> tuple[Picture, ...]:
    """Return the pages in order, each made anew as a JPEG of at most 3508 pixels along its longer side.

    A PDF is drawn in a process of its own; whatever it holds besides what is seen is left behind.

    Raises:
        Refused: scan-kind-unknown, scan-pdf-locked, scan-pdf-script, scan-pdf-files, scan-pdf-damaged, scan-pages;
            and as `reading.read_picture`.
    """
    limits = limits or Limits()
    if len(data) > limits.octets:
        raise refusal("picture-too-large", bytes=len(data), limit=limits.octets)
    # Some scanners write a line before it; the standard lets a header stand within the first 1024 bytes.
    if _PDF in data[:1024]:
        return tuple(describe(page) for page in _pages(data))
    if not data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")):
        raise refusal("scan-kind-unknown")
    return (_smaller(read_picture(data, limits).data, limits),)


def turn(data: bytes, quarters: int) -> bytes:
    """Return a page of ours turned to the right by so many quarter turns."""
    turns = {1: Image.Transpose.ROTATE_270, 2: Image.Transpose.ROTATE_180, 3: Image.Transpose.ROTATE_90}
    if quarters % 4 == 0:
        return data
    with decoded(take_apart(data, Limits())) as image:
        return _jpeg(image.transpose(turns[quarters % 4]))


def _smaller(data: bytes, limits: Limits) -> Picture:
    with decoded(take_apart(data, limits)) as image:
        image.thumbnail((LONGER_SIDE, LONGER_SIDE), Image.Resampling.LANCZOS)
        return describe(_jpeg(image))


def _jpeg(image: Image.Image) -> bytes:
    return saved_small(image)


def _pages(data: bytes) -> list[bytes]:
    """Draw the PDF's pages elsewhere. Raises: Refused."""
    with _AT_ONCE:
        try:
            done = subprocess.run(  # noqa: S603 - our own program, nothing of the file in its arguments
                [sys.executable, "-I", str(_PROGRAM)],
                input=data, capture_output=True, timeout=_SECONDS, check=False, env={}, cwd="/",
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise refusal("scan-pdf-damaged") from None
    head, _, rest = done.stdout.partition(b"\n")
    if done.returncode != 0 or not head:
        raise refusal("scan-pdf-damaged")
    said = json.loads(head)
    if "refused" in said:
        raise refusal(said["refused"])
    stream = io.BytesIO(rest)
    return [stream.read(size) for size in said["pages"]]
