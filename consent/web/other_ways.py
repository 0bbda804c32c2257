"""How a consent stands in the other ways to sign, for the page of one consent: each as a sentence, and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from consent.acts import own_phone
from consent.rules.access import Act, may
from consent.web.desk import Visit
from consent.web.own_phone import STATES, WAYS


@dataclass(frozen=True)
class Said:
    """One thing that is out or was: what, how it stands, since when, and until when."""

    what: str
    state: str
    at: datetime
    until: datetime | None = None


@dataclass(frozen=True)
class OtherWays:
    """What the page shows. `link_open`: whether there is a link to cancel."""

    said: tuple[Said, ...]
    may_send: bool
    link_open: bool


def overview(visit: Visit, consent_id: str) -> OtherWays:
    """Return how the other ways stand. Raises: NotFound; Refused: role, reason-needed."""
    links = own_phone.links(visit.house, visit.actor, consent_id)
    return OtherWays(
        said=tuple(_links(links)),
        may_send=may(visit.actor.roles, Act.SEND_LINK),
        link_open=bool(links) and links[0].state in ("sent", "opened"),
    )


def _links(links: tuple[own_phone.Link, ...]) -> Iterator[Said]:
    for each in links:
        until = each.expires_at if each.state in ("sent", "opened") else None
        yield Said(f"Link to the own phone ({WAYS[each.way].lower()})", STATES[each.state], each.made_at, until)
