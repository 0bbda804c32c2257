"""What somebody with bad intentions does to bytes and to files, for the tests that see it refused."""

from __future__ import annotations

from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name


def flipped(value: bytes, bit: int) -> bytes:
    """The same bytes with one bit turned round."""
    changed = bytearray(value)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def annotation(writer: Any) -> Any:
    """Words that stand on a page and are no part of it, added by this writer."""
    note = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Annot"),
            pdf_name("/Subtype"): pdf_name("/FreeText"),
            pdf_name("/Rect"): generic.ArrayObject([generic.NumberObject(each) for each in (50, 50, 400, 200)]),
            pdf_name("/Contents"): generic.pdf_string("TikTok: yes"),
        }
    )
    return writer.add_object(note)
