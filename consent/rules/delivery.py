"""When a notice is tried again, and when somebody must be told that it does not get through. It is never given up.

Source: domain rule 43.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

WAITS: Final = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
TRIES_BEFORE_HELP: Final = 5
TIME_BEFORE_HELP: Final = timedelta(hours=4)


def wait_after(failed_tries: int) -> timedelta:
    """Return how long to wait after so many failed tries (at least one): longer each time, then daily for ever."""
    return WAITS[min(failed_tries, len(WAITS)) - 1]


def needs_help(failed_tries: int, owed_at: datetime, now: datetime, *, permanent: bool = False) -> bool:
    """Say whether the privacy officer must hear of it: trying again will not do, or has gone on for too long."""
    return permanent or failed_tries >= TRIES_BEFORE_HELP or now - owed_at >= TIME_BEFORE_HELP
