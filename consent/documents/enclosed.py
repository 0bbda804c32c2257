"""Take a file out of a sealed paper that encloses it."""

from __future__ import annotations

import io

import pikepdf


def enclosed(pdf: bytes, name: str) -> bytes | None:
    """Return the enclosed file of this name, byte for byte; None if there is none. Only for papers of our own."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        if name not in opened.attachments:
            return None
        return opened.attachments[name].get_file().read_bytes()
