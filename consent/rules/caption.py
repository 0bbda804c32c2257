"""A caption may tell what the picture does not: dates, ages, places, names, numbers, topics. It warns, never forbids.

English and Spanish. It finds what is written in the usual ways and misses the rest: a person still reads it.
Source: 45 CFR 164.514(b)(2)(i); domain rules 11 and 38.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from consent.rules.caption_words import (
    AGE_AFTER,
    AGE_BEFORE,
    DAY_NAMES,
    MONTHS,
    NOT_A_NAME,
    PLACE_KINDS,
    PLACE_PREPOSITIONS,
    PLACES,
    RELATIVE_DATES,
    SENSITIVE_TOPICS,
    TITLES,
)


class FindingCode(StrEnum):
    """What was found."""

    DATE = "date"
    RELATIVE_DATE = "relative-date"
    AGE_OVER_89 = "age-over-89"
    PLACE = "place"
    NAME = "name"
    INITIALS = "initials"
    RECORD_NUMBER = "record-number"
    TELEPHONE = "telephone"
    EMAIL = "e-mail"
    HASHTAG_PLACE = "hashtag-place"
    SENSITIVE = "sensitive"


@dataclass(frozen=True)
class Finding:
    """One passage, by its characters `[start:end]`, and what it looks like."""

    code: FindingCode
    start: int
    end: int
    text: str


def _pattern(expression: str, *, cased: bool = False) -> re.Pattern[str]:
    return re.compile(expression, re.UNICODE if cased else re.UNICODE | re.IGNORECASE)


_MONTH: Final = rf"(?:{MONTHS})\.?"
_NUMBER_BEFORE: Final = r"(?<![\w/.-])"
# Every repetition has an end, or is over blanks only: whatever is pasted, the work grows with its length alone.
_UPPER_WORD: Final = r"[A-ZÀ-ÖØ-Þ][\w'’-]{0,40}[a-zß-öø-ÿ]"
_MORE_WORDS: Final = rf"(?:\s+{_UPPER_WORD}){{0,4}}"
_NAMES: Final = rf"{_UPPER_WORD}(?:(?:\s+(?:de|del|la|los|van|von|al|bin)){{0,2}}\s+|-){_UPPER_WORD}"

_PATTERNS: Final[tuple[tuple[FindingCode, re.Pattern[str]], ...]] = (
    (FindingCode.EMAIL, _pattern(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")),
    (
        FindingCode.DATE,
        _pattern(
            rf"{_NUMBER_BEFORE}\d{{1,4}}[/.-]\d{{1,2}}[/.-]\d{{1,4}}(?![\w/])"
            rf"|\b\d{{1,2}}(?:st|nd|rd|th|º|°)?\s+(?:of\s+|de\s+)?{_MONTH}(?:,?\s+(?:de\s+|del\s+)?\d{{4}})?(?!\w)"
            rf"|\b{_MONTH}\s+(?:de\s+|del\s+)?\d{{1,4}}(?:st|nd|rd|th)?(?:,?\s+\d{{4}})?(?!\w)"
            rf"|\b(?:in|since|until|en|desde|hasta)\s+{_MONTH}(?!\w)"
            r"|\b(?:19|20)\d\d\b"
        ),
    ),
    (FindingCode.SENSITIVE, _pattern(rf"(?<!\w)#?(?:{SENSITIVE_TOPICS})(?!\w)")),
    (FindingCode.RELATIVE_DATE, _pattern(rf"\b(?:{RELATIVE_DATES})\b|\b(?:{DAY_NAMES})\b")),
    (
        FindingCode.RECORD_NUMBER,
        _pattern(
            r"\b(?:MRN|NHC|record|chart|patient|case|historia(?: cl[ií]nica)?|expediente|paciente|caso)"
            r"(?:\s+(?:no\.?|number|id|n[uú]mero|n\.?º))?\s*+(?:[:#º]\s*+)?[A-Z]{0,3}-?\d[\d-]{2,40}(?!\w)"
            r"|(?<![\w.,+-])[A-Z]{0,3}\d{6,10}(?![\w-])"
        ),
    ),
    (
        FindingCode.TELEPHONE,
        _pattern(
            r"(?<![\w-])(?:\+\d{1,3}[ .-]?)?(?:\(\d{2,4}\)[ .-]?|\d{2,4}[ .-])\d{3,4}[ .-]?\d{3,4}(?![\w-])"
            r"|(?<!\w)\+\d{8,15}(?!\w)"
        ),
    ),
    (
        FindingCode.PLACE,
        _pattern(
            rf"\b(?:{PLACE_PREPOSITIONS})\s+{_UPPER_WORD}{_MORE_WORDS}"
            rf"|\b{_UPPER_WORD}{_MORE_WORDS}\s+(?:{PLACE_KINDS})\b"
            rf"|\b(?:{PLACES})\b",
            cased=True,
        ),
    ),
    (FindingCode.NAME, _pattern(rf"\b(?:{TITLES})\s+{_UPPER_WORD}{_MORE_WORDS}", cased=True)),
    (FindingCode.NAME, _pattern(rf"\b{_NAMES}", cased=True)),
    (FindingCode.INITIALS, _pattern(r"(?<![\w.])(?:[A-ZÀ-Þ]\.\s?){2,4}(?!\w)", cased=True)),
)

# "Ana Ruiz, 94, went home": a number between commas after a word is an age more often than not.
_AGE: Final = _pattern(
    rf"\b(?:{AGE_BEFORE})\s+(\d{{2,3}})\b|\b(\d{{2,3}})[\s-]*(?:{AGE_AFTER})\b|(?<=[^\W\d],\s)(9\d|1[01]\d)(?=\s*[,;.)]|\s*$)"
)
_HASHTAG: Final = _pattern(r"#\w{1,100}")
_TAGGED_PLACES: Final = tuple(
    place for place in (each.replace(" ", "").casefold() for each in PLACES.split("|")) if len(place) >= 4
)
_TAGGED_KINDS: Final = tuple(kind.casefold() for kind in PLACE_KINDS.split("|"))
_OLDEST_TOLD: Final = 89


def scan_caption(text: str) -> tuple[Finding, ...]:
    """Return what a reader should look at again, in the order of the text; nothing is reported twice."""
    found: list[Finding] = []
    taken = bytearray(len(text))
    for search in (_hashtags, _ages, _passages):
        for finding in search(text):
            # An earlier pattern knows better: the digits of a date are not a record number as well.
            if not any(taken[finding.start : finding.end]):
                found.append(finding)
                taken[finding.start : finding.end] = b"\x01" * (finding.end - finding.start)
    return tuple(sorted(found, key=lambda finding: finding.start))


def _passages(text: str) -> Iterator[Finding]:
    for code, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            if code is FindingCode.NAME and not _is_name(match.group()):
                continue
            yield Finding(code, match.start(), match.end(), match.group())


def _is_name(words: str) -> bool:
    capitals = [word for word in re.split(r"[\s-]+", words) if word[:1].isupper()]
    return not any(word.casefold() in NOT_A_NAME for word in capitals)


def _ages(text: str) -> Iterator[Finding]:
    for match in _AGE.finditer(text):
        if int(next(filter(None, match.groups()))) > _OLDEST_TOLD:
            yield Finding(FindingCode.AGE_OVER_89, match.start(), match.end(), match.group())


def _hashtags(text: str) -> Iterator[Finding]:
    for match in _HASHTAG.finditer(text):
        if _names_a_place(match.group()[1:]):
            yield Finding(FindingCode.HASHTAG_PLACE, match.start(), match.end(), match.group())


def _names_a_place(tag: str) -> bool:
    # The words of a tag run together: StMaryHospital, visit_boston, losangeles.
    flat = tag.replace("_", "").casefold()
    return flat.endswith(_TAGGED_KINDS) or any(place in flat for place in _TAGGED_PLACES)
