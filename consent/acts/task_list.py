"""Open tasks, for whoever owns them or whose role's queue they are in; closed by hand, with a note.

Tasks that only an act can settle (a breach assessment, a print-and-post) are closed by doing it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection, Row

from consent.acts.actor import Actor
from consent.acts.house import Deed, House
from consent.acts.invitations import KNOWN_BY_A_THIRD
from consent.records import notices, staff, tasks
from consent.records.tables.owed import notice, task
from consent.rules.access import Act
from consent.rules.refusal import NotFound, Reason, Refused

PAGE_SIZE = 200
LONGEST_NOTE = 2000
DONE_BY_DOING = frozenset(
    {
        "breach-assessment",
        "withdraw-earlier",
        "review-expired",
        "review-came-of-age",
        "review-on-hold",
        "link-change",
        "release-unposted",
        "show-first",
        "ask-again",
    }
)
"""Kinds with an act of their own: a tick in a list would hide that it was never done."""
DELIVERS = frozenset({"print-and-post", "tell-recipient"})
"""Kinds whose closing is the delivery of a notice."""


@dataclass(frozen=True)
class Listed:
    """One task as a page shows it: its kind and the IDs that it is about."""

    id: str
    kind: str
    queue: str
    is_mine: bool
    about: tuple[tuple[str, str], ...]
    made_at: datetime
    due_at: datetime | None
    is_overdue: bool
    by_hand: bool
    """Whether closing it here is what settles it."""
    delivers: str = ""
    """The kind of the notice that its closing delivers, if it is that sort of task."""


def listed(house: House, actor: Actor) -> tuple[Listed, ...]:
    """Return the open tasks that this person owns, and those without an owner in his roles' queues, oldest first.

    Raises: Refused('role').
    """
    actor.must(Act.SEE_TASKS)
    with house.reading() as connection:
        rows = tasks.open_for(connection, actor.id, [role.value for role in actor.roles], PAGE_SIZE)
        return tuple(_shown(house, connection, actor, row) for row in rows)


def one(house: House, actor: Actor, task_id: str) -> Listed:
    """Return one of this person's open tasks. Raises: NotFound; Refused('role')."""
    actor.must(Act.SEE_TASKS)
    with house.reading() as connection:
        row = tasks.find(connection, task_id)
        if row is None or row.state != "open" or not _is_his(actor, row):
            raise NotFound
        return _shown(house, connection, actor, row)


def close(house: House, actor: Actor, task_id: str, note: str) -> None:
    """Close a task by hand; the note says what was done and is kept encrypted. Closing it again changes nothing.

    Writes: task; the notice that it delivers. Raises: NotFound; Refused: role, note-missing, note-long, done-by-doing,
    third-person.
    """
    actor.must(Act.CLOSE_TASK)
    if not note.strip():
        raise Refused(Reason("note-missing", "note"))
    if len(note) > LONGEST_NOTE:
        raise Refused(Reason("note-long", "note", most=LONGEST_NOTE))
    with house.writing(actor) as deed:
        row = tasks.find(deed.connection, task_id)
        if row is None or not _is_his(actor, row):
            raise NotFound
        if row.state != "open":
            deed.nothing()
            return
        if row.kind in DONE_BY_DOING:
            raise Refused(Reason("done-by-doing"))
        if row.kind in KNOWN_BY_A_THIRD:
            _check_third(deed, row.about)
        key_id = deed.new_key()
        sealed = deed.encrypt(key_id, "task", row.id, "note", note.strip())
        deed.ledger.update(
            task,
            row.id,
            state="done",
            done_by=actor.id,
            done_at=deed.now,
            done_how="by-hand",
            key_id=key_id,
            note=sealed,
        )
        about: dict[str, Any] = {"task": row.id, "kind": row.kind}
        if row.kind in DELIVERS:
            about["notice"] = _delivered(deed, row.about["notice"])
        deed.enter("task.close", about)


def _check_third(deed: Deed, about: Mapping[str, str]) -> None:
    """Refuse whoever did it or made the account, and whoever uses it: neither can say that they are two."""
    account = staff.find(deed.connection, about["staff"])
    by = f"staff:{about['by']}" if "by" in about else ""
    if account is not None and deed.actor.name in {f"staff:{account.id}", account.made_by, by}:
        raise Refused(Reason("third-person"))


def _delivered(deed: Deed, notice_id: str) -> str | None:
    row = notices.find(deed.connection, notice_id)
    if row is None or row.state not in ("owed", "by-hand"):
        return None
    deed.ledger.update(notice, row.id, state="done", sent_at=deed.now)
    return notice_id


def _is_his(actor: Actor, row: Row[Any]) -> bool:
    if row.owner_id is not None:
        return bool(row.owner_id == actor.id)
    return row.queue in {role.value for role in actor.roles}


def _shown(house: House, connection: Connection, actor: Actor, row: Row[Any]) -> Listed:
    owed = notices.find(connection, row.about["notice"]) if row.kind in DELIVERS else None
    return Listed(
        id=row.id,
        kind=row.kind,
        queue=row.queue,
        is_mine=row.owner_id == actor.id,
        about=tuple((name, str(value)) for name, value in row.about.items()),
        made_at=row.made_at,
        due_at=row.due_at,
        is_overdue=row.due_at is not None and row.due_at < house.clock(),
        by_hand=row.kind not in DONE_BY_DOING,
        delivers=owed.kind if owed is not None else "",
    )
