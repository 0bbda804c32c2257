"""One word for the machine that watches over the service. It tells nothing else, to nobody."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from consent.acts import health
from consent.web.desk import Desk, Door, Visit

desk = Desk("health")
PLAIN = {"Content-Type": "text/plain; charset=utf-8"}


@desk.page("/healthz", Door.OPEN)
def well(visit: Visit) -> ResponseReturnValue:
    """Answer 200 while the database answers, else 503."""
    if health.is_well(visit.house):
        return "well\n", 200, PLAIN
    return "out of reach\n", 503, PLAIN
