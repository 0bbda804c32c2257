"""A tablet that nobody touches any more: when its pages close. Source: WCAG 2.2, 2.2.1; domain rule 18."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

# A browser that warns counts by itself and says so at most every half minute; a slow line takes time too.
SLACK = timedelta(minutes=2)
# A browser that cannot warn gets no limit that anybody could feel: WCAG exempts what is longer than 20 hours.
UNWARNED = timedelta(hours=20)
LONGEST_WARNING = timedelta(minutes=2)
SHORTEST_WARNING = timedelta(seconds=20)


@dataclass(frozen=True)
class Presence:
    """What is known of somebody's being there since the hand-over, which begins with nothing known.

    None of it is told by comparing times with that of the hand-over: the clock may have been set back since.
    """

    handed_over_at: datetime
    seen_at: datetime | None = None
    warns_at: datetime | None = None
    """Since when his browser is known to warn him."""
    locked_at: datetime | None = None

    @property
    def warns(self) -> bool:
        """Return whether his browser has shown that it can warn him."""
        return self.warns_at is not None

    @property
    def last(self) -> datetime:
        """Return the last sign of him."""
        return self.seen_at or self.handed_over_at

    def is_locked(self, now: datetime, away: timedelta) -> bool:
        """Return whether the pages are closed. `away`: how long nobody needs to touch the tablet."""
        if self.locked_at is not None:
            return True
        unfelt = max(UNWARNED, away + SLACK)
        # A sign of him that lies ahead was noted under a wrong clock. It locks nobody out of a page that he reads,
        # where the next sign is noted rightly; but neither does it keep a page open for days.
        return now > self.last + (away + SLACK if self.warns else unfelt) or self.last > now + unfelt


def warning(limit: timedelta) -> timedelta:
    """Return how long before the end the warning stands: at least 20 seconds."""
    return max(SHORTEST_WARNING, min(LONGEST_WARNING, limit / 5))


def staff_limit(idle: timedelta) -> timedelta:
    """Return after how long a page of the staff's ends by itself: a little before the server ends the sign-in."""
    return max(idle - timedelta(minutes=1), idle * 0.7)
