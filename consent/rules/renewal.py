"""When a time-stamp is renewed: well before its authority's certificate ends, while the old one can vouch for itself.

Source: ETSI EN 319 142-1, 5.5 (B-LTA); RFC 3161, 4 (a stamp is renewed before its certificate ends).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

SOONEST: Final = timedelta(days=1)


def renew_from(stamped_at: datetime, ends_at: datetime, before: timedelta) -> datetime:
    """Return from when on it is renewed: `before` the end, but never in the first half of the stamp's life.

    An authority whose certificate is about to end would otherwise be asked again each night for a stamp that ends as
    soon. Never sooner than a day after the stamp.
    """
    life = ends_at - stamped_at
    return max(ends_at - min(before, life / 2), stamped_at + SOONEST)
