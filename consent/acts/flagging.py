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
from consent.acts.house import Deed
from consent.records import takedowns
from consent.records.tables.posts import incident, post, takedown
from consent.rules.calendar import due_in_hours, due_in_working_days
from consent.rules.identifiers import new_id
from consent.rules.revocation import OwnerKind, owner_kind


def flag(deed: Deed, posts: Iterable[Row[Any]], why: str, revocation_id: str | None = None) -> list[str]:
    """Flag these live posts and return their takedowns' IDs; one that is flagged already stays as it is.

    `why`: revoked | expired | unlinked | void | majority | no-consent.
    """
    made = []
    for row in posts:
        if row.state != "live" or takedowns.find_open(deed.connection, row.id) is not None:
            continue
        deed.ledger.update(post, row.id, state="flagged", flagged_at=deed.now)
        kept = deed.ledger.insert(
            takedown,
            id=new_id(secrets.token_bytes),
            post_id=row.id,
            revocation_id=revocation_id,
            why=why,
            owner_id=row.recorded_by,
            queue="communications",
            flagged_at=deed.now,
            due_at=_due_at(deed, row),
            state="open",
        )
        made.append(str(kept.id))
    return made


def open_incident(deed: Deed, kind: str, post_id: str | None, image_id: str | None) -> str:
    """Open an incident, with a task for the privacy officer, and return its ID.

    `kind`: post-without-consent | wrong-link.
    """
    row = deed.ledger.insert(
        incident,
        id=new_id(secrets.token_bytes),
        kind=kind,
        post_id=post_id,
        image_id=image_id,
        opened_by=deed.actor.id,
        opened_at=deed.now,
        state="open",
    )
    tasks.leave(deed, "incident", f"incident:{row.id}", "privacy-officer", {"incident": row.id})
    return str(row.id)


def _due_at(deed: Deed, row: Row[Any]) -> datetime:
    terms = deed.house.terms
    # Whose place it is can be told without opening the recipient's name: there is one, or there is none.
    if owner_kind(row.account, "outside" if row.recipient else None) is OwnerKind.ORGANISATION:
        return due_in_hours(deed.now, round(terms.own_takedown.total_seconds() / 3600))
    return due_in_working_days(deed.now, terms.other_takedown_workdays, terms.zone, terms.holidays)
