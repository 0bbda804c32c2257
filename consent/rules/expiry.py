"""What the nightly run finds about consents that end. Verdicts never depend on its having run.

Source: domain rules 39 and 47.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

WARNING_DAYS: Final = (90, 30, 7)
UNPOSTED_AFTER: Final = timedelta(days=7)


class ReviewCause(StrEnum):
    """Why a live post is to be looked at again."""

    EXPIRED = "expired"
    CAME_OF_AGE = "came-of-age"
    ON_HOLD = "on-hold"
    """Something happened that holds the consent back; what it was, only the privacy officer sees."""


def is_good(expires_on: date, today: date) -> bool:
    """Say whether the consent is good today: through the end of its last day."""
    return expires_on >= today


def last_good_day(expires_on: date | None, event_on: date | None) -> date | None:
    """Return the last day on which the consent is good: the day before its event happened, if that came first.

    Source: 45 CFR 164.508(b)(2)(i) (an expiration event known to have happened ends an authorization).
    """
    if event_on is None or expires_on is None:
        return expires_on
    return min(expires_on, event_on - timedelta(days=1))


def warnings_due(expires_on: date, given: Collection[int], today: date) -> tuple[int, ...]:
    """Return the warning to give now, in days before: at most one, the nearest, and none twice.

    A run that comes late gives the nearest only; those that it overtook are never given.
    """
    left = (expires_on - today).days
    reached = [days for days in WARNING_DAYS if 0 <= left <= days]
    if not reached or any(days <= min(reached) for days in given):
        return ()
    return (min(reached),)


def review_causes(
    expires_on: date, majority_on: date | None, *, by_representative: bool, today: date
) -> tuple[ReviewCause, ...]:
    """Return why live posts on this consent are to be reviewed from today on."""
    causes = []
    if not is_good(expires_on, today):
        causes.append(ReviewCause.EXPIRED)
    if by_representative and majority_on is not None and majority_on <= today:
        causes.append(ReviewCause.CAME_OF_AGE)
    return tuple(causes)


def is_release_chased(released_at: datetime, *, post_recorded: bool, now: datetime) -> bool:
    """Say whether a release is to be asked about: seven days old and no post recorded."""
    return not post_recorded and now - released_at >= UNPOSTED_AFTER
