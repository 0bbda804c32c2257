"""The server's clock: what speaks against it, and somebody's word that it is right.

An entry of the trail that lies ahead was written under a wrong clock, or this one is wrong now. Which of the two, no
program can tell; until a person has looked, a question about a picture is answered no. Source: domain rule 33.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from consent.acts.actor import Actor
from consent.acts.house import House
from consent.records import custody
from consent.records.custody import CONFIRM_CLOCK
from consent.rules.access import Act

CLOCK_SLACK = timedelta(seconds=60)
"""Two machines' clocks may differ by so much."""
LOOKED_WITHIN = timedelta(minutes=10)


def doubt(house: House) -> datetime | None:
    """Return the latest time in the trail that lies ahead of the clock and that nobody vouched for since (UTC)."""
    with house.reading() as connection:
        return custody.latest_ahead(connection, house.clock() + CLOCK_SLACK)


def confirm(house: House, actor: Actor, shown: datetime) -> bool:
    """Afterwards what lies ahead of the clock speaks against it no more; return whether that was to be said.

    Not if the clock has moved since the time that the person was `shown`. Raises: Refused('role').
    """
    actor.must(Act.CONFIRM_CLOCK)
    with house.writing(actor) as deed:
        latest = custody.latest_ahead(deed.connection, deed.now + CLOCK_SLACK)
        if latest is None or abs(deed.now - shown) > LOOKED_WITHIN:
            deed.nothing()
            return False
        deed.enter(CONFIRM_CLOCK, {"ahead": custody.written_time(latest)})
        return True
