"""A paper form counts when a second person has compared every answer with the scan; what was spoken, when both who
heard it say so.

Source: domain rules 23 and 24, sections 4.1 (a true copy) and 4.5.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from consent.rules.access import is_second_person
from consent.rules.identifiers import StaffId
from consent.rules.refusal import Reason

OLDEST_PAPER_DAYS: Final = 365
"""A paper that lay about for longer is asked for again: who signed may think otherwise by now."""


@dataclass(frozen=True)
class Transcribed:
    """What was read from the paper, as far as the rule needs it. Dates in the organisation's zone."""

    signed_on: date | None
    signer_name: str
    """As written on the paper."""
    printed_on: date
    others: tuple[tuple[str, str], ...] = ()
    """Everybody else who has to sign, as (field, name as written)."""
    pages: int = 0


def transcription_objections(read: Transcribed, today: date) -> Iterator[Reason]:
    """Yield what is wrong with what was read from a paper, besides its answers."""
    if read.pages < 1:
        yield Reason("scan-empty", "file")
    if not read.signer_name.strip():
        yield Reason("paper-unsigned", "signer_name")
    for field, name in read.others:
        if not name.strip():
            yield Reason("paper-name-missing", field)
    yield from _date_objections(read, today)


def _date_objections(read: Transcribed, today: date) -> Iterator[Reason]:
    if read.signed_on is None:
        yield Reason("paper-date-missing", "signed_on")
    elif read.signed_on > today:
        yield Reason("paper-date-future", "signed_on")
    elif read.signed_on < read.printed_on:
        yield Reason("paper-date-before-print", "signed_on")
    elif (today - read.signed_on).days > OLDEST_PAPER_DAYS:
        yield Reason("paper-too-old", "signed_on", days=OLDEST_PAPER_DAYS)


def check_objections(
    *, first: StaffId, second: StaffId, items: Collection[str], same: Collection[str], different: Collection[str]
) -> tuple[Reason, ...]:
    """Return why the second person cannot confirm; empty if he can (rule 24).

    `items`: everything that was read from the paper; `same` and `different`: what he says of each, compared with
    the scan.
    """
    reasons = []
    if not is_second_person(first, second):
        reasons.append(Reason("same-person"))
    reasons += [Reason("not-compared", item) for item in items if item not in same and item not in different]
    reasons += [Reason("differs", item) for item in items if item in different]
    return tuple(reasons)


def heard_objections(*, first: StaffId, second: StaffId) -> tuple[Reason, ...]:
    """Return why these two do not count as two who heard it (section 4.5)."""
    return () if is_second_person(first, second) else (Reason("same-person"),)
