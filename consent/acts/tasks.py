"""Things to do that an act leaves behind, and their being done. Inside the act's own transaction."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime

from consent.acts.house import Deed
from consent.records import tasks
from consent.records.tables.owed import task
from consent.rules.identifiers import new_id


def leave(
    deed: Deed,
    kind: str,
    once: str,
    *,
    queue: str,
    about: Mapping[str, str],
    owner_id: str | None = None,
    due_at: datetime | None = None,
) -> str:
    """Leave an open task and return its ID; the same occasion (`once`) leaves one, however often it comes.

    `queue`: the role that sees it while it has no owner. `about`: IDs only.
    """
    found = tasks.find_once(deed.connection, once)
    if found is not None:
        return str(found.id)
    row = deed.ledger.insert(
        task,
        id=new_id(secrets.token_bytes),
        kind=kind,
        once=once,
        queue=queue,
        owner_id=owner_id,
        about=dict(about),
        state="open",
        made_at=deed.now,
        due_at=due_at,
        done_by=None,
        done_at=None,
        done_how=None,
        key_id=None,
        note=None,
    )
    return str(row.id)


def settle(deed: Deed, once: str, how: str) -> None:
    """Close the task of this occasion, if one is open. `how`: a code."""
    found = tasks.find_once(deed.connection, once)
    if found is None or found.state != "open":
        return
    done_by = deed.actor.id if deed.actor.kind == "staff" else None
    deed.ledger.update(task, found.id, state="done", done_by=done_by, done_at=deed.now, done_how=how)
