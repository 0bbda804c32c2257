"""Which way a language is written, and how a piece of the other direction keeps its own inside a line.

Source: Unicode Standard Annex 9, 2.4 and 3.1.
"""

from __future__ import annotations

import unicodedata

RIGHT_TO_LEFT = frozenset({"ar", "ckb", "dv", "fa", "he", "ps", "sd", "syr", "ur", "yi"})
"""Languages that are written from right to left, whatever region or script follows in the code."""

LEFT_TO_RIGHT_PIECE, FIRST_STRONG_PIECE, END_OF_PIECE = "\u2066", "\u2068", "\u2069"


def direction_of(language: str) -> str:
    """Return "rtl" or "ltr" for a language code."""
    return "rtl" if language.partition("-")[0] in RIGHT_TO_LEFT else "ltr"


def isolated(text: str, direction: str, *, left_to_right: bool = False) -> str:
    """Return the text so that what is around it moves none of its signs; unchanged where nothing could.

    `left_to_right`: for IDs, numbers and addresses, which are read so in every language.
    """
    if not text or (direction == "ltr" and not _runs_left(text)):
        return text
    return f"{LEFT_TO_RIGHT_PIECE if left_to_right else FIRST_STRONG_PIECE}{text}{END_OF_PIECE}"


def _runs_left(text: str) -> bool:
    return not text.isascii() and any(unicodedata.bidirectional(each) in ("R", "AL") for each in text)
