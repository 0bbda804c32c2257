"""What is owed, sent and stuck, for whoever watches; and help for what does not get through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection, Row

from consent.acts import tasks
from consent.acts.actor import Actor
from consent.acts.house import House
from consent.acts.notices import help_task
from consent.records import notices as records
from consent.records import staff
from consent.records.tables.owed import notice
from consent.rules.access import Act
from consent.rules.refusal import NotFound, Reason, Refused

PAGE_SIZE = 100
LISTS = {"owed": ("owed",), "by-hand": ("by-hand",), "sent": ("sent", "done")}


@dataclass(frozen=True)
class Owed:
    """One notice as a page shows it. `whom`: the person's own name for staff, else patient, outside or a role."""

    id: str
    kind: str
    to: str
    whom: str
    state: str
    request_id: str | None
    tries: int
    owed_at: datetime
    next_at: datetime
    sent_at: datetime | None
    error: str | None
    escalated_at: datetime | None


def listed(house: House, actor: Actor, which: str = "owed") -> tuple[Owed, ...]:
    """Return the newest hundred. `which`: owed | by-hand | sent | stuck. Raises: Refused('role')."""
    actor.must(Act.SEE_NOTICES)
    with house.reading() as connection:
        rows: Sequence[Row[Any]] = records.page(connection, LISTS.get(which, ("owed",)), PAGE_SIZE)
        shown = tuple(_shown(connection, row) for row in rows)
    return tuple(each for each in shown if each.error) if which == "stuck" else shown


def retry(house: House, actor: Actor, notice_id: str) -> None:
    """Make the worker try it now. Writes: notice. Raises: NotFound; Refused: role, not-owed."""
    actor.must(Act.RETRY_NOTICE)
    with house.writing(actor) as deed:
        row = records.find(deed.connection, notice_id)
        if row is None:
            raise NotFound
        if row.state != "owed":
            raise Refused(Reason("not-owed"))
        deed.ledger.update(notice, row.id, next_at=deed.now)
        deed.enter("notice.retry", {"notice": row.id, "request": row.request_id})


def tell_by_hand(house: House, actor: Actor, notice_id: str, how: str) -> None:
    """Record that the person was told by hand: by telephone, by letter. Writes: notice; `how` stays in custody.

    Raises: NotFound; Refused: role, not-owed, how-missing.
    """
    actor.must(Act.RETRY_NOTICE)
    if not how.strip():
        raise Refused(Reason("how-missing", "how"))
    with house.writing(actor) as deed:
        row = records.find(deed.connection, notice_id)
        if row is None:
            raise NotFound
        if row.state not in ("owed", "by-hand"):
            raise Refused(Reason("not-owed"))
        deed.ledger.update(notice, row.id, state="done", sent_at=deed.now)
        for once in (help_task(row.id), f"print-and-post/{row.id}", f"tell-recipient/{row.id}"):
            tasks.settle(deed, once, "by-hand")
        deed.enter("notice.tell-by-hand", {"notice": row.id, "request": row.request_id}, how)


def _shown(connection: Connection, row: Row[Any]) -> Owed:
    person = staff.find(connection, row.to_staff) if row.to_staff else None
    whom = person.name if person is not None else row.to_role or row.to
    return Owed(
        row.id, row.kind, row.to, whom, row.state, row.request_id, row.tries, row.owed_at,
        row.next_at, row.sent_at, row.error, row.escalated_at,
    )  # fmt: skip


def count_owed(house: House) -> int:
    """Return how many notices are still owed."""
    with house.reading() as connection:
        return records.count_owed(connection)
