"""When a takedown is settled, when its case may be closed, when it is overdue.

Source: domain rules 42 and 45.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from consent.rules.identifiers import TakedownId
from consent.rules.refusal import Reason


class Outcome(StrEnum):
    """What came of it."""

    OPEN = "open"
    REMOVED = "removed"
    CANNOT_BE_REMOVED = "cannot-be-removed"


class Cause(StrEnum):
    """Why a post cannot be taken down, in codes that the patient's letter has words for."""

    PRINTED = "printed"
    PUBLISHED = "published"
    SHOWN = "shown"
    REFUSED = "refused"
    PASSED_ON = "passed-on"
    NO_ANSWER = "no-answer"


@dataclass(frozen=True)
class Takedown:
    """One post's takedown. `evidence` says what was seen: a note, or the digest of a screenshot."""

    id: TakedownId
    due_at: datetime
    outcome: Outcome = Outcome.OPEN
    seen_at: datetime | None = None
    evidence: str = ""
    cause: str = ""
    """Why it cannot be removed."""


def objections_to_settling(takedown: Takedown, now: datetime) -> tuple[Reason, ...]:
    """Return why this outcome cannot be recorded: somebody looked and says what he saw, or why not."""
    reasons = []
    if takedown.outcome is Outcome.OPEN:
        reasons.append(Reason("outcome-missing", "outcome"))
    if takedown.outcome is Outcome.REMOVED:
        if takedown.seen_at is None:
            reasons.append(Reason("time-missing", "seen_at"))
        elif takedown.seen_at > now:
            reasons.append(Reason("time-in-future", "seen_at"))
        if not takedown.evidence.strip():
            reasons.append(Reason("evidence-missing", "evidence"))
    if takedown.outcome is Outcome.CANNOT_BE_REMOVED and not takedown.cause.strip():
        reasons.append(Reason("cause-missing", "cause"))
    return tuple(reasons)


def objections_to_closing(takedowns: Iterable[Takedown], now: datetime) -> tuple[Reason, ...]:
    """Return why the case cannot be closed: each takedown needs its evidence or cause (rule 42)."""
    return tuple(
        Reason("takedown-open", takedown=takedown.id) for takedown in takedowns if objections_to_settling(takedown, now)
    )


def is_overdue(takedown: Takedown, now: datetime) -> bool:
    """Say whether it is still open past its time."""
    return takedown.outcome is Outcome.OPEN and takedown.due_at < now
