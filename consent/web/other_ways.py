"""How a consent stands in the other ways to sign, for the page of one consent: each as a sentence, and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from consent.acts import on_paper, own_phone, scanning, speaking
from consent.rules.access import Act, may
from consent.web.desk import Visit
from consent.web.own_phone import STATES, WAYS
from consent.web.paper_forms import STATES as PRINTS
from consent.web.telephone import STATES as SPOKEN


@dataclass(frozen=True)
class Said:
    """One thing that is out or was: what, how it stands, since when, and until when."""

    what: str
    state: str
    at: datetime
    until: datetime | None = None
    spoken_id: str = ""
    """Of what was said by telephone: where it can be seen."""


@dataclass(frozen=True)
class OtherWays:
    """What the page shows. `link_open`: whether there is a link to cancel; `scan`: the scan in hand."""

    said: tuple[Said, ...]
    may_send: bool
    link_open: bool
    print_open: bool
    scan: scanning.Scan | None


def overview(visit: Visit, consent_id: str) -> OtherWays:
    """Return how the other ways stand. Raises: NotFound; Refused: role, reason-needed."""
    links = own_phone.links(visit.house, visit.actor, consent_id)
    prints = on_paper.prints(visit.house, visit.actor, consent_id)
    spoken = speaking.of_consent(visit.house, visit.actor, consent_id)
    return OtherWays(
        said=(*_links(links), *_prints(prints), *_spoken(spoken)),
        may_send=may(visit.actor.roles, Act.SEND_LINK),
        link_open=bool(links) and links[0].state in ("sent", "opened"),
        print_open=any(each.state == "open" for each in prints),
        scan=scanning.of_consent(visit.house, visit.actor, consent_id),
    )


def _links(links: tuple[own_phone.Link, ...]) -> Iterator[Said]:
    for each in links:
        until = each.expires_at if each.state in ("sent", "opened") else None
        yield Said(f"Link to the own phone ({WAYS[each.way].lower()})", STATES[each.state], each.made_at, until)


def _prints(prints: tuple[on_paper.Printed, ...]) -> Iterator[Said]:
    for each in prints:
        yield Said(f"Paper form, print code {each.code}", PRINTS[each.state].capitalize(), each.made_at)


def _spoken(spoken: tuple[speaking.Heard, ...]) -> Iterator[Said]:
    for each in spoken:
        yield Said("Said by telephone", SPOKEN[each.state], each.spoken_at, spoken_id=each.id)
