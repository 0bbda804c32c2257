"""One image as every act finds it: whether this person may have it, and whether it may leave quarantine."""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine import Connection, Row

from consent.acts.actor import Actor
from consent.acts.house import Deed
from consent.records import images
from consent.records.tables.images import image
from consent.rules.access import Opening
from consent.rules.clearance import is_complete
from consent.rules.refusal import NotFound, Reason, Refused

OPEN_STATES = ("quarantine", "ready")


def seen(connection: Connection, actor: Actor, image_id: str, reason: str = "") -> Row[Any]:
    """Return an image that this person may have. Raises: NotFound; Refused('reason-needed')."""
    row = images.find(connection, image_id)
    if row is None:
        raise NotFound
    if actor.opening(row.added_by, row.unit, reason) is Opening.REASON_NEEDED:
        raise Refused(Reason("reason-needed", "reason"))
    return row


def in_use(connection: Connection, actor: Actor, image_id: str, reason: str = "") -> Row[Any]:
    """Return an image that may be worked on. Raises: as `seen`; Refused('picture-not-in-use')."""
    row = seen(connection, actor, image_id, reason)
    if row.state not in OPEN_STATES:
        raise Refused(Reason("picture-not-in-use", state=row.state))
    return row


def is_settled(connection: Connection, row: Row[Any]) -> bool:
    """Say whether the image is reviewed and everybody in it is linked, marked as not consenting, or cleared."""
    people = images.people(connection, row.id)
    if row.reviewed_at is None or row.people_count is None or not people:
        return False
    linked = {link.person_id for link in images.links(connection, row.id)}
    cleared = is_cleared(connection, row.id)
    return all(person.no_consent or person.id in linked or (cleared and not person.recognisable) for person in people)


def is_cleared(connection: Connection, image_id: str) -> bool:
    """Say whether the image has a complete 18-identifier check."""
    found = images.find_clearance(connection, image_id)
    return found is not None and is_complete(rare=found.rare, second_reviewed=found.second_reviewed_at is not None)


def settle(deed: Deed, image_id: str) -> None:
    """Move the image out of quarantine, or back into it, as it now stands."""
    row = images.find(deed.connection, image_id)
    if row is None or row.state not in OPEN_STATES:
        return
    state = "ready" if is_settled(deed.connection, row) else "quarantine"
    if state != row.state:
        deed.ledger.update(image, image_id, state=state)
