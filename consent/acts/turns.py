"""Whoever outside does not answer is left alone for longer and longer, and somebody is told when it lasts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Row

from consent.acts import tasks
from consent.acts.actor import Actor
from consent.acts.house import House
from consent.records import stamps
from consent.rules.access import Role
from consent.rules.delivery import needs_help, wait_after


@dataclass(frozen=True)
class Trouble:
    """Trouble with somebody outside, or with one document: the task's kind, the act under which custody has its end,
    the name of its turn, and what the task is about."""

    kind: str
    over: str
    name: str
    about: Mapping[str, str] = field(default_factory=dict)

    def occasion(self, since: datetime) -> str:
        """Name the one task of this trouble."""
        return f"{self.kind}/{self.name}/{since.isoformat()}"


AUTHORITY = Trouble("stamp-stuck", "document.stamp-again", "authority")
ISSUERS = Trouble("issuers-silent", "document.issuers-again", "issuers")


def with_document(document_id: str) -> Trouble:
    """Name the trouble of one file that cannot be stamped."""
    return replace(AUTHORITY, name=document_id, about={"document": document_id})


def is_resting(house: House, turn: Row[Any] | None) -> bool:
    """Say whether it is to be left alone now."""
    # A time that lies far ahead was written under a wrong clock: it must not put the work off for good.
    return turn is not None and bool(house.clock() < turn.next_at <= house.clock() + wait_after(99))


def keep_trouble(house: House, actor: Actor, trouble: Trouble, error: str) -> None:
    """Leave it alone for a while, and have somebody told when it has lasted. Writes: stamp_turn, task, custody."""
    name = trouble.name
    with house.writing(actor) as deed:
        before = stamps.turn(deed.connection, name)
        tries = (before.tries if before else 0) + 1
        since = before.since if before and before.since else deed.now
        stamps.keep_turn(
            deed.connection, name, next_at=deed.now + wait_after(tries), tries=tries, since=since, error=error
        )
        if needs_help(tries, since, deed.now):
            occasion = trouble.occasion(since)
            tasks.leave(deed, trouble.kind, occasion, queue=Role.ADMINISTRATOR.value, about=trouble.about)
        if deed.ledger.digests:
            deed.enter(f"document.{trouble.kind}", {**trouble.about, "error": error, "tries": tries})
        else:
            deed.nothing()


def end_trouble(house: House, actor: Actor, trouble: Trouble, how: str, next_at: datetime) -> None:
    """Afterwards it can be asked again from then on; the task is settled if there was trouble."""
    name = trouble.name
    with house.writing(actor) as deed:
        before = stamps.turn(deed.connection, name)
        stamps.keep_turn(deed.connection, name, next_at=next_at, tries=0, since=None, error=None)
        if before is not None and before.since is not None:
            tasks.settle(deed, trouble.occasion(before.since), how)
        if deed.ledger.digests:
            deed.enter(trouble.over, {})
        else:
            deed.nothing()
