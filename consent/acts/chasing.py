"""Ask again about what somebody should have done: takedowns, and pictures that were taken out and never posted.

Source: domain rules 42 and 43.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.engine import Row

from consent.acts import tasks
from consent.acts.actor import Actor
from consent.acts.house import Deed, House
from consent.acts.owing import Owing
from consent.records import posts, takedowns
from consent.records import upkeep as records
from consent.records.tables.posts import takedown
from consent.rules.access import Role
from consent.rules.calendar import day_in
from consent.rules.expiry import UNPOSTED_AFTER

UNPOSTED = "release-unposted"


def escalate(house: House, actor: Actor) -> int:
    """Tell the privacy officers of every takedown that is newly overdue; return how many. Writes: takedown, notice."""
    with house.writing(actor) as deed:
        late = takedowns.newly_overdue(deed.connection, deed.now)
        if not late:
            deed.nothing()
            return 0
        ids = [row.id for row in late]
        deed.ledger.update_many(takedown, ids, escalated_at=deed.now)
        owing = Owing(deed)
        owing.to_role("takedown-overdue", ids[0], Role.PRIVACY_OFFICER, _about(late))
        deed.enter("upkeep.escalate", {"takedown": ids, "notice": list(owing.write())})
        return len(late)


def remind(house: House, actor: Actor) -> int:
    """Remind everybody who has open takedowns from before today, one notice a day; return how many. Writes: notice."""
    with house.writing(actor) as deed:
        zone = house.terms.zone
        rows = [row for row in takedowns.open_ones(deed.connection) if day_in(zone, row.flagged_at) < deed.today]
        owing, today = Owing(deed), deed.today.isoformat()
        for owner, theirs in _grouped(rows, owing).items():
            kind, who = owner
            if kind == "staff":
                owing.to_staff("takedown-chase", today, who, _about(theirs))
            else:
                owing.to_role("takedown-chase", f"{today}/{who}", Role(who), _about(theirs))
        made = owing.write()
        if made:
            deed.enter("upkeep.remind", {"takedown": [row.id for row in rows], "notice": list(made)})
        else:
            deed.nothing()
        return len(made)


def chase_releases(house: House, actor: Actor) -> int:
    """Ask whoever took a picture out a week ago and recorded no post; return how many are new. Writes: task, notice.

    A task whose release has been recorded or closed meanwhile is settled.
    """
    with house.writing(actor) as deed:
        waiting = posts.unposted_releases(deed.connection, before=deed.now - UNPOSTED_AFTER)
        onces = {row.id: f"{UNPOSTED}/{row.id}" for row in waiting}
        known = records.known_tasks(deed.connection, onces.values())
        fresh = [row for row in waiting if onces[row.id] not in known]
        owing = Owing(deed)
        active = owing.staff()
        for row in fresh:
            owner = row.taken_by if row.taken_by in active else None
            about = {"release": row.id, "image": row.image_id}
            queue = Role.COMMUNICATIONS.value
            tasks.leave(deed, UNPOSTED, onces[row.id], queue=queue, about=about, owner_id=owner)
            owing.to_staff(UNPOSTED, row.id, row.taken_by, {"release": [row.id], "image": [row.image_id]})
        settled = [
            task.about["release"]
            for task in records.open_tasks_of(deed.connection, UNPOSTED)
            if _is_over(posts.find_release(deed.connection, task.about["release"]))
        ]
        for release_id in settled:
            settle_chase(deed, release_id)
        about_all = {"release": [*(row.id for row in fresh), *settled], "notice": list(owing.write())}
        if fresh or settled:
            deed.enter("upkeep.chase-releases", about_all)
        else:
            deed.nothing()
        return len(fresh)


def settle_chase(deed: Deed, release_id: str) -> None:
    """End the task of a release that was chased, now that it is recorded or settled."""
    tasks.settle(deed, f"{UNPOSTED}/{release_id}", "recorded")


def _is_over(row: Row[Any] | None) -> bool:
    return row is None or row.post_id is not None or row.closed_at is not None


def _grouped(rows: Sequence[Row[Any]], owing: Owing) -> dict[tuple[str, str], list[Row[Any]]]:
    groups: dict[tuple[str, str], list[Row[Any]]] = {}
    for row in rows:
        mine = row.owner_id is not None and row.owner_id in owing.staff()
        key = ("staff", row.owner_id) if mine else ("role", row.queue)
        groups.setdefault(key, []).append(row)
    return groups


def _about(rows: Sequence[Row[Any]]) -> dict[str, list[str]]:
    return {"takedown": [row.id for row in rows], "post": [row.post_id for row in rows]}
