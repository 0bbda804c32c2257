"""How long to wait after wrong tries. Nothing locks for good: a pause is an hour at most.

The same for an account that exists and one that does not, so that waiting tells nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

FREE_TRIES: Final = 3
LONGEST_PAUSE: Final = timedelta(hours=1)
PIN_TRIES: Final = 5
"""Wrong PINs after which the password and the second factor are asked for."""


def pause_after(wrong_tries: int) -> timedelta:
    """Return the pause before the next try: none up to two wrong, then 2, 4, 8 ... seconds up to an hour."""
    over = wrong_tries - FREE_TRIES
    if over < 0:
        return timedelta(0)
    # The exponent is capped: a big number of tries must not become a big number of seconds.
    return min(timedelta(seconds=2 ** min(over + 1, 12)), LONGEST_PAUSE)


def may_try_at(wrong_tries: int, last_at: datetime | None) -> datetime | None:
    """Return the instant from which another try is heard; None if at once."""
    pause = pause_after(wrong_tries)
    return None if last_at is None or not pause else last_at + pause


def wait_left(wrong_tries: int, last_at: datetime | None, now: datetime) -> timedelta:
    """Return how long is still to wait; zero if not at all.

    A last try that lies ahead was noted under a wrong clock: nobody waits longer for it than for one of this moment.
    """
    at = may_try_at(wrong_tries, last_at)
    return timedelta(0) if at is None or at <= now else min(at - now, pause_after(wrong_tries))


def pin_is_spent(wrong_tries: int) -> bool:
    """Say whether the PIN no longer opens anything."""
    return wrong_tries >= PIN_TRIES
