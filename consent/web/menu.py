"""The staff's menu: one line per place. A place shows for whoever may go there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import g, request, url_for

from consent.acts.actor import Actor
from consent.rules.access import Act, may
from consent.web.desk import Door, Registry


@dataclass(frozen=True)
class Item:
    """One place: its endpoint, its name in the menu, and what one does there, for the start page."""

    endpoint: str
    text: str
    about: str


ITEMS = (
    Item("home.start", "Home", ""),
    Item("consents.listed", "Consents", "Prepare a consent, hand it over, find one again."),
    Item("pictures.shelf", "Pictures", "Add pictures, review them, say who is in them."),
    Item("posting.ask", "Ask", "May this picture be posted? Yes or no, and why."),
    Item("posts.listed", "Posts", "Plan, approve and record posts; pictures that were released."),
    Item("tasks.listed", "Tasks", "What is still to be done."),
    Item("revocations.listed", "Changes of mind", "Record that a patient wants it stopped; what came of it."),
    Item("takedowns.listed", "Takedowns", "Posts that must come down, and posts to decide about."),
    Item("notices.listed", "Notices", "Who is owed word, who was told, what does not get through."),
    Item("incidents.listed", "Incidents", "Posts found without a valid consent."),
    Item("custody.trail", "Trail", "What happened, in order, and whether it is sound."),
    Item("retention.overview", "Keeping", "What is kept, held and destroyed; an audit of everything."),
    Item("staffing.listed", "People", "Invite people, give roles, disable accounts."),
    Item("organisation.overview", "Organization", "Legal name, privacy office, accounts, rules."),
    Item("organisation.forms", "Forms", "Which wording may be signed, and who approved it."),
    Item("keys.overview", "Keys", "What the keys protect, and whether they are kept elsewhere too."),
    Item("account.overview", "My account", "Password, second factor, PIN."),
)


def reachable(actor: Actor, items: Sequence[Item] = ITEMS) -> list[Item]:
    """Return the places that this person may go to."""
    registry: Registry = g.registry
    return [item for item in items if _open_to(actor, registry.entry(item.endpoint))]


def nav() -> list[dict[str, object]]:
    """Return the menu of whoever is signed in; nobody has none."""
    actor = g.visit.actor if "visit" in g else None
    if actor is None or actor.kind != "staff":
        return []
    desk = (request.endpoint or "").partition(".")[0]
    return [
        {"text": item.text, "href": url_for(item.endpoint), "current": _is_here(item.endpoint, desk)}
        for item in reachable(actor)
    ]


def _open_to(actor: Actor, entry: Act | Door | None) -> bool:
    return entry is Door.STAFF or (isinstance(entry, Act) and may(actor.roles, entry))


def _is_here(endpoint: str, desk: str) -> bool:
    # Two places may share a desk; then only the exact page counts.
    shared = sum(item.endpoint.partition(".")[0] == desk for item in ITEMS) > 1
    return endpoint == request.endpoint if shared else endpoint.partition(".")[0] == desk
