"""A QR code as an image inside the page: drawn here, asked of nobody."""

from __future__ import annotations

import segno
from markupsafe import Markup


def qr_svg(content: str, label: str) -> Markup:
    """Return the QR code of `content`; `label` says what it is to whoever does not see it."""
    drawing = segno.make(content, error="m", micro=False).svg_inline(
        scale=5, border=4, svgclass="qr", title=label, omitsize=True
    )
    # segno escapes the title; a role makes it an image with that name.
    return Markup(drawing.replace("<svg ", '<svg role="img" ', 1))  # noqa: S704 - made of numbers and an escaped title
