"""Flag posts that must come down, inside another act's transaction: a takedown each, with a deadline.

Source: domain rules 41, 42, 48.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Row

from consent.acts import tasks
from consent.acts.house import Deed, House
from consent.records import posts
from consent.records.tables.posts import incident, post, takedown
from consent.rules.access import Role
from consent.rules.identifiers import new_id
from consent.rules.revocation import TakedownPolicy, due_at, owner_kind


def flag(
    deed: Deed, row: Row[Any], why: str, *, queue: Role = Role.COMMUNICATIONS, revocation_id: str | None = None
) -> str:
    """Flag one post that can still be seen and return its takedown's ID; one that is under way stays as it is.

    `why`: revoked | expired | unlinked | void | majority | no-consent. Communications' own takedowns go to
    whoever recorded the post; the other role's have no owner yet.
    """
    under_way = posts.open_takedown(deed.connection, row.id)
    if under_way is not None:
        return str(under_way.id)
    if row.state != "flagged":
        deed.ledger.update(post, row.id, state="flagged", flagged_at=deed.now)
    made = deed.ledger.insert(
        takedown,
        id=new_id(secrets.token_bytes),
        post_id=row.id,
        revocation_id=revocation_id,
        why=why,
        owner_id=row.recorded_by if queue is Role.COMMUNICATIONS else None,
        queue=queue.value,
        flagged_at=deed.now,
        due_at=_due_at(deed, row),
        state="open",
    )
    return str(made.id)


def flag_visible(deed: Deed, rows: Iterable[Row[Any]], why: str) -> list[str]:
    """Flag those of these posts that can be taken down and return the takedowns' IDs."""
    return [flag(deed, row, why) for row in rows if row.state != "cannot-remove"]


def open_incident(deed: Deed, kind: str, post_id: str | None, image_id: str | None = None, words: str = "") -> str:
    """Open an incident, with a breach assessment as a task for the privacy officer, and return its ID.

    `kind`: post-without-consent | wrong-link. `words`: what the finder wrote, kept encrypted.
    """
    incident_id = new_id(secrets.token_bytes)
    key_id = deed.new_key() if words.strip() else None
    deed.ledger.insert(
        incident,
        id=incident_id,
        kind=kind,
        post_id=post_id,
        image_id=image_id,
        opened_by=deed.actor.id,
        opened_at=deed.now,
        state="open",
        key_id=key_id,
        note=deed.encrypt(key_id, "incident", incident_id, "note", words.strip()) if key_id else None,
    )
    about = {"incident": incident_id}
    tasks.leave(deed, "breach-assessment", breach_task(incident_id), queue=Role.PRIVACY_OFFICER.value, about=about)
    return incident_id


def breach_task(incident_id: str) -> str:
    """Return the occasion of an incident's breach assessment (rule 48)."""
    return f"breach-assessment:{incident_id}"


def takedown_policy(house: House) -> TakedownPolicy:
    """Return the installation's deadlines and the calendar in which they are counted."""
    terms = house.terms
    hours = int(terms.own_takedown.total_seconds() // 3600)
    return TakedownPolicy(terms.zone, terms.holidays, hours, terms.other_takedown_workdays)


def _due_at(deed: Deed, row: Row[Any]) -> datetime:
    # Whose place it is can be told without opening the recipient's name: there is one, or there is none.
    owner = owner_kind(row.account, "outside" if row.recipient else None)
    return due_at(owner, takedown_policy(deed.house), deed.now)
