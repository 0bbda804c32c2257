"""How long a consent is kept, and when it may be destroyed.

Source: 45 CFR 164.316(b)(2)(i) and 164.530(j) (six years); domain rules 27 and 46. Many states keep the papers of a
child longer: until it has been of age for some years.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from consent.rules.calendar import add_years
from consent.rules.refusal import Reason


@dataclass(frozen=True)
class RetentionPolicy:
    """The organisation's choices, in years after the last day that counts; `after_majority`: for a child's consent."""

    years: int = 6
    after_majority: int = 6


@dataclass(frozen=True)
class Life:
    """What happened to one consent; None where it did not happen. Dates in the organisation's zone."""

    made_on: date
    signed_on: date | None = None
    expired_on: date | None = None
    withdrawn_on: date | None = None
    last_removed_on: date | None = None
    """On which the last post that rested on it was seen to be gone, or given up."""
    majority_on: date | None = None
    """On which the child comes of age that it is about."""
    is_held: bool = False
    """Under a legal hold."""
    posts_out: int = 0
    tasks_open: int = 0
    """Takedowns and requests that are not closed."""
    is_destroyed: bool = False


def due_on(life: Life, policy: RetentionPolicy) -> date:
    """Return the first day on which it may be destroyed; a hold, a post or an open request keeps it longer."""
    ends = (life.made_on, life.signed_on, life.expired_on, life.withdrawn_on, life.last_removed_on)
    due = add_years(max(day for day in ends if day is not None), policy.years)
    if life.majority_on is not None:
        due = max(due, add_years(life.majority_on, policy.after_majority))
    return due


def may_destroy(life: Life, policy: RetentionPolicy, today: date) -> tuple[Reason, ...]:
    """Return why it may not be destroyed today; empty if it may."""
    return tuple(_objections(life, policy, today))


def _objections(life: Life, policy: RetentionPolicy, today: date) -> Iterator[Reason]:
    if life.is_destroyed:
        yield Reason("destroyed-already")
    due = due_on(life, policy)
    if due > today:
        yield Reason("not-due", due=due)
    if life.is_held:
        yield Reason("legal-hold")
    if life.posts_out:
        yield Reason("posts-out", count=life.posts_out)
    if life.tasks_open:
        yield Reason("still-open", count=life.tasks_open)
