"""What waits for somebody, for his start page: numbers only, and nothing that he may not do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from consent.acts import certificate_care, key_care
from consent.acts.actor import Actor
from consent.acts.house import House
from consent.records import posting, waiting
from consent.rules.access import Act, Role, may


@dataclass(frozen=True)
class Waiting:
    """So many of one kind. `due_at`: by when the first of them, where there is such a time."""

    kind: str
    count: int
    due_at: datetime | None = None
    is_overdue: bool = False


def for_staff(house: House, actor: Actor) -> tuple[Waiting, ...]:
    """Return what waits for this person, the most pressing first; kinds of which there are none are left out.

    Raises: Refused('role').
    """
    actor.must(Act.SEE_HOME)
    queues = [role.value for role in actor.roles]
    now = house.clock()
    with house.reading() as connection:
        counts = _counts(connection, actor, now)
        found = [
            _due("takedowns", *waiting.takedowns(connection, actor.id, queues), now)
            if may(actor.roles, Act.SETTLE_TAKEDOWN)
            else Waiting("takedowns", 0),
            *(Waiting(kind, count()) for kind, (act, count) in counts.items() if may(actor.roles, act)),
            Waiting("keys", _keys_owed(house, actor)),
            _certificates(house, actor, now),
            _due("tasks", *waiting.tasks(connection, actor.id, queues), now),
        ]
    return tuple(each for each in found if each.count)


def _keys_owed(house: House, actor: Actor) -> int:
    """Say 1 while the keys are not exported, or not kept elsewhere; a demonstration's are worth nothing."""
    if house.terms.demo or not may(actor.roles, Act.LOOK_AFTER_KEYS):
        return 0
    return int(key_care.is_owed(house, actor))


def _certificates(house: House, actor: Actor, now: datetime) -> Waiting:
    """Say how many certificates that the seal rests on are about to end, and when the first one does."""
    ending = certificate_care.near_end(house, now) if may(actor.roles, Act.LOOK_AFTER_KEYS) else ()
    return _due("certificates", len(ending), ending[0].ends if ending else None, now)


def _due(kind: str, count: int, due_at: datetime | None, now: datetime) -> Waiting:
    return Waiting(kind, count, due_at, due_at is not None and due_at < now)


def _counts(connection: Connection, actor: Actor, now: datetime) -> dict[str, tuple[Act, Callable[[], int]]]:
    # In a clinic of one, whoever planned a post approves it too.
    alone = posting.circumstances(connection).policy.get("one_person_clinic") is True
    every_unit = Role.PRIVACY_OFFICER in actor.roles
    return {
        "takedowns-overdue": (Act.HANDLE_INCIDENT, lambda: waiting.takedowns_overdue(connection, now)),
        "incidents": (Act.HANDLE_INCIDENT, lambda: waiting.incidents(connection)),
        "notices": (Act.RETRY_NOTICE, lambda: waiting.notices_stuck(connection)),
        "reviews": (Act.SETTLE_TAKEDOWN, lambda: waiting.posts_in(connection, "review")),
        "link-changes": (
            Act.CONFIRM_LINK_CHANGE,
            lambda: waiting.link_changes(connection, actor.id, None if every_unit else actor.unit),
        ),
        "approvals": (
            Act.APPROVE_POST,
            lambda: waiting.posts_in(connection, "planned", not_by=None if alone else actor.id),
        ),
        "to-record": (Act.RECORD_POST, lambda: waiting.posts_in(connection, "approved", by=actor.id)),
        "releases": (Act.RELEASE_IMAGE, lambda: waiting.releases(connection, actor.id)),
        "drafts": (Act.EDIT_DRAFT, lambda: waiting.drafts(connection, actor.id, actor.unit)),
        "pictures": (Act.REVIEW_IMAGE, lambda: waiting.pictures(connection, actor.id, actor.unit)),
    }
