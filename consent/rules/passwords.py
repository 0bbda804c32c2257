"""Which passwords are refused: short, common, one's own name, or all one pattern. No composition rules.

Source: NIST SP 800-63B section 5.1.1.2.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from itertools import pairwise
from typing import Final

from consent.rules.refusal import Reason

SHORTEST: Final = 12
LONGEST: Final = 128
# What is left of a password without one's own words must still be worth guessing at.
_LEFT_OVER: Final = 8
_TELLING: Final = 4
_FEWEST_DIFFERENT: Final = 5


def normalised(password: str) -> str:
    """Return the password as it is hashed: NFKC, so that two keyboards write the same one."""
    return unicodedata.normalize("NFKC", password)


def password_objections(password: str, common: Collection[str], own_words: Iterable[str] = ()) -> tuple[Reason, ...]:
    """Return why this password is refused.

    `common` holds lower-case passwords; hand in a frozenset. `own_words` are name, e-mail, the organisation's name.
    """
    plain = normalised(password)
    lower = plain.casefold()
    if len(plain) < SHORTEST:
        return (Reason("password-short", "password", shortest=SHORTEST),)
    if len(plain) > LONGEST:
        return (Reason("password-long", "password", longest=LONGEST),)
    if lower in common or lower.strip("0123456789!?.#*$ ") in common:
        return (Reason("password-common", "password"),)
    if _is_repeated(lower) or _is_one_pattern(lower):
        return (Reason("password-pattern", "password"),)
    if len(_without(lower, own_words)) < _LEFT_OVER:
        return (Reason("password-own-name", "password"),)
    return ()


def _is_repeated(lower: str) -> bool:
    """Return whether it is a piece again and again that alone would be too short, as "lanternlantern" is."""
    piece = (lower + lower).find(lower, 1)
    return piece < len(lower) and piece < SHORTEST


def _is_one_pattern(lower: str) -> bool:
    steps = {ord(after) - ord(before) for before, after in pairwise(lower)}
    return len(set(lower)) < _FEWEST_DIFFERENT or steps in ({1}, {-1})


def _without(lower: str, own_words: Iterable[str]) -> str:
    parts = {part for words in own_words for part in re.split(r"[\W_]+", normalised(words).casefold())}
    left = lower
    for part in sorted(parts, key=len, reverse=True):
        if len(part) >= _TELLING:
            left = left.replace(part, "")
    return re.sub(r"[\W_]+", "", left) if left != lower else left
