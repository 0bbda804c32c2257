"""A picture was linked to the wrong consent: one person says so, another confirms, verdicts change at commit.

Source: domain rules 34, 48; the second person is always another account.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection, Row

from consent.acts import flagging, linking, shelf, tasks
from consent.acts.actor import Actor
from consent.acts.house import Deed, House
from consent.acts.opening import open_text
from consent.records import consents, images, keys
from consent.records.tables.images import image_link, image_person
from consent.rules.access import Act, Opening, Role, is_second_person
from consent.rules.identifiers import StaffId
from consent.rules.refusal import NotFound, Reason, Refused


@dataclass(frozen=True)
class Asked:
    """A link that somebody calls wrong, for the second person to look at."""

    link_id: str
    image_id: str
    number: str
    asked_at: datetime
    relink_number: str | None
    is_own: bool
    """This very person asked: somebody else must confirm."""
    why: str = ""


@dataclass(frozen=True)
class Unlinked:
    """What followed: how many live posts were flagged, and how many incidents opened."""

    flagged: int
    incidents: int


def ask(  # noqa: PLR0917 - which, why, what instead
    house: House, actor: Actor, link_id: str, why: str, relink_number: str = "", reason: str = ""
) -> None:
    """Ask to unlink; `relink_number`: the short number of the consent that was meant, if any.

    Raises: NotFound; Refused: role, reason-needed, why-needed, already-asked, and as `linking.find_consent`.
    """
    actor.must(Act.RELINK_IMAGE if relink_number.strip() else Act.UNLINK_IMAGE)
    if not why.strip():
        raise Refused(Reason("why-needed", "why"))
    with house.writing(actor) as deed:
        row = _link(deed, link_id)
        shelf.seen(deed.connection, actor, row.image_id, reason)
        if row.unlink_asked_at is not None:
            raise Refused(Reason("already-asked"))
        meant = linking.find_consent(deed.connection, actor, relink_number, reason) if relink_number.strip() else None
        if meant is not None and (meant.status != "signed" or meant.id == row.consent_id):
            raise Refused(Reason("consent-not-signed" if meant.status != "signed" else "same-consent", "number"))
        key_id = deed.new_key()
        deed.ledger.update(
            image_link,
            row.id,
            key_id=key_id,
            why=deed.encrypt(key_id, "image_link", row.id, "why", why.strip()),
            unlink_asked_by=actor.id,
            unlink_asked_at=deed.now,
            relink_to=meant.id if meant is not None else None,
        )
        occasion = _occasion(row.id, deed.now)
        tasks.leave(deed, "link-change", occasion, queue=Role.CLINICIAN.value, about={"link": row.id})
        consents_named = [row.consent_id, *([meant.id] if meant is not None else [])]
        deed.enter("image.unlink-ask", {"image": row.image_id, "link": row.id, "consent": consents_named}, why)


def asked(house: House, actor: Actor) -> tuple[Asked, ...]:
    """Return the link changes that wait for a second person, of this person's and his unit's pictures."""
    actor.must(Act.CONFIRM_LINK_CHANGE)
    with house.reading() as connection:
        rows = images.asked_to_unlink(connection)
        mine = [row for row in rows if actor.opening(row.added_by, row.unit) is Opening.FREELY]
        return tuple(_asked(actor, row, _number(connection, row.relink_to)) for row in mine)


def look(house: House, actor: Actor, link_id: str, reason: str = "") -> Asked:
    """Return one link change with the words of whoever asked. Raises: NotFound; Refused: role, reason-needed."""
    actor.must(Act.CONFIRM_LINK_CHANGE)
    with house.reading() as connection:
        row = images.find_link(connection, link_id)
        if row is None or row.unlink_asked_at is None:
            raise NotFound
        shelf.seen(connection, actor, row.image_id, reason)
        why = open_text(house, connection, "image_link", row.id, "why", row.why)
        return _asked(actor, row, _number(connection, row.relink_to), why)


def confirm(house: House, actor: Actor, link_id: str, reason: str = "") -> Unlinked:
    """Confirm, as the second person: the link no longer counts, the one that was meant does.

    Posts that rest on it are flagged, and each opens an incident.
    Raises: NotFound; Refused: role, reason-needed, not-asked, second-person-needed, and as `linking.check`.
    """
    actor.must(Act.CONFIRM_LINK_CHANGE)
    with house.writing(actor) as deed:
        row = _link(deed, link_id)
        picture = shelf.seen(deed.connection, actor, row.image_id, reason)
        if row.unlink_asked_at is None:
            raise Refused(Reason("not-asked"))
        if not is_second_person(StaffId(row.unlink_asked_by), StaffId(actor.id)):
            raise Refused(Reason("second-person-needed"))
        deed.ledger.update(image_link, row.id, unlinked_by=actor.id, unlinked_at=deed.now)
        new_link = _relink(deed, picture, row)
        posts = images.posts_resting_on(deed.connection, row.image_id, row.consent_id)
        flagged = flagging.flag_visible(deed, posts, "unlinked")
        incidents = [flagging.open_incident(deed, "wrong-link", each.id, row.image_id) for each in posts]
        tasks.settle(deed, _occasion(row.id, row.unlink_asked_at), "confirmed")
        shelf.settle(deed, row.image_id)
        about = {
            "image": row.image_id,
            "consent": [row.consent_id, *([row.relink_to] if new_link else [])],
            "link": [row.id, *([new_link] if new_link else [])],
            "post": [each.id for each in posts],
            "takedown": flagged,
            "incident": incidents,
        }
        deed.enter("image.relink" if new_link else "image.unlink", about, reason.strip() or None)
        return Unlinked(len(flagged), len(incidents))


def decline(house: House, actor: Actor, link_id: str) -> None:
    """Leave the link as it is: the request was a mistake. Whoever asked may take it back himself.

    Raises: NotFound; Refused: role, reason-needed, not-asked.
    """
    actor.must(Act.CONFIRM_LINK_CHANGE)
    with house.writing(actor) as deed:
        row = _link(deed, link_id)
        shelf.seen(deed.connection, actor, row.image_id)
        if row.unlink_asked_at is None:
            raise Refused(Reason("not-asked"))
        nothing = {"key_id": None, "why": None, "unlink_asked_by": None, "unlink_asked_at": None, "relink_to": None}
        deed.ledger.update(image_link, row.id, **nothing)
        keys.delete_key(deed.connection, row.key_id)
        tasks.settle(deed, _occasion(row.id, row.unlink_asked_at), "declined")
        deed.enter("image.unlink-decline", {"image": row.image_id, "link": row.id, "consent": row.consent_id})


def _link(deed: Deed, link_id: str) -> Row[Any]:
    row = images.find_link(deed.connection, link_id)
    if row is None:
        raise NotFound
    return row


def _relink(deed: Deed, picture: Row[Any], row: Row[Any]) -> str | None:
    """Give the person in the picture back his freedom, and link the consent that was meant, if one was."""
    others = [each for each in images.links(deed.connection, picture.id) if each.person_id == row.person_id]
    if not others:
        deed.ledger.update(image_person, row.person_id, patient_id=None, marked_by=deed.actor.id, marked_at=deed.now)
    if row.relink_to is None:
        return None
    meant = consents.find(deed.connection, row.relink_to)
    people = [each for each in images.people(deed.connection, picture.id) if each.id == row.person_id]
    if meant is None or not people:
        raise NotFound
    return linking.place(deed, picture, people[0], meant)


def _number(connection: Connection, consent_id: str | None) -> str | None:
    found = consents.find(connection, consent_id) if consent_id else None
    return found.number if found is not None else None


def _asked(actor: Actor, row: Row[Any], relink_number: str | None, why: str = "") -> Asked:
    own = row.unlink_asked_by == actor.id
    return Asked(row.id, row.image_id, row.number, row.unlink_asked_at, relink_number, own, why)


def _occasion(link_id: str, asked_at: datetime) -> str:
    return f"link-change:{link_id}:{asked_at.isoformat()}"
