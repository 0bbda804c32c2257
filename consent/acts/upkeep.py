"""What the program does by itself: send what is owed, write what is due, and look after the house every night.

Every step is a deed of its own and looks first whether it was done: run twice it does nothing twice. No verdict
depends on its having run.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta

from sqlalchemy.engine import Connection

from consent.acts import (
    certificate_care,
    chasing,
    custody,
    expiring,
    head_stamps,
    held,
    lasting,
    letters,
    notices,
    own_phone,
    retention,
    revocation,
    stamping,
    throttle,
)
from consent.acts.actor import SYSTEM, Actor
from consent.acts.house import House
from consent.records import upkeep as records
from consent.records.custody import heads
from consent.records.tables.consents import copy
from consent.rules.identifiers import new_id

WORKER = new_id(secrets.token_bytes)
"""This process's name among the workers."""

NIGHTLY_EVERY = timedelta(hours=1)
ORPHAN_AFTER = timedelta(days=1)
NIGHTLY = "nightly"


@dataclass(frozen=True)
class Nightly:
    """How much each step found to do."""

    warnings: int
    reviews: int
    came_of_age: int
    takedowns_escalated: int
    reminders: int
    releases_chased: int
    notices_escalated: int
    letters: int
    stamped: int
    certificates: int
    copies_ended: int
    links_settled: int
    blobs_swept: int
    destructions_finished: int
    held_swept: int
    counters_swept: int
    head_signed: int
    head_stamped: int

    @property
    def counts(self) -> dict[str, int]:
        """Return the steps by name."""
        return asdict(self)


class NightlyFailed(ExceptionGroup[Exception]):
    """Some steps failed; the others were done all the same."""


def work_once(house: House) -> notices.Sent:
    """Do what is due now: send, stamp, finish what a crash or another act left, and the nightly run once an hour."""
    finish_declined(house)
    letters.write_due(house, SYSTEM)
    done = notices.send_due(house, WORKER)
    # Last: whoever waits for a notice does not wait for a time-stamp authority.
    stamping.stamp_due(house)
    if _begin_nightly(house):
        nightly(house)
    return done


def _begin_nightly(house: House) -> bool:
    """Say whether the nightly run is due, and that this process does it: of several workers one does."""
    with house.reading() as connection:
        if _was_begun(house, connection):
            return False
    with house.scratch() as deed:
        if _was_begun(house, deed.connection):
            return False
        records.keep_begun(deed.connection, NIGHTLY, deed.now)
        return True


def _was_begun(house: House, connection: Connection) -> bool:
    last = records.begun_at(connection, NIGHTLY)
    # A time that lies ahead was written under a wrong clock: it must not put the run off.
    return last is not None and timedelta(0) <= house.clock() - last < NIGHTLY_EVERY


def finish_declined(house: House) -> int:
    """Withdraw what patients asked to be withdrawn when they declined a newer form; return how many wished it."""
    with house.reading() as connection:
        waiting = [row.about["consent"] for row in records.open_tasks_of(connection, "withdraw-earlier")]
    for consent_id in waiting:
        revocation.revoke_earlier(house, SYSTEM, consent_id)
    return len(waiting)


def nightly(house: House, actor: Actor = SYSTEM) -> Nightly:
    """Do every step of the nightly run. Raises: NightlyFailed after the last one, if any failed."""
    steps: dict[str, Callable[[], int]] = {
        "warnings": lambda: expiring.warn(house, actor),
        "reviews": lambda: expiring.review(house, actor),
        "came_of_age": lambda: expiring.ask_at_majority(house, actor),
        "takedowns_escalated": lambda: chasing.escalate(house, actor),
        "reminders": lambda: chasing.remind(house, actor),
        "releases_chased": lambda: chasing.chase_releases(house, actor),
        "notices_escalated": lambda: notices.escalate_overdue(house, actor),
        "letters": lambda: letters.write_due(house, actor),
        "stamped": lambda: stamping.stamp_due(house).done,
        "certificates": lambda: certificate_care.watch(house, actor) + lasting.watch(house, actor),
        "copies_ended": lambda: end_copies(house, actor),
        "links_settled": lambda: own_phone.settle(house, actor),
        "blobs_swept": lambda: sweep_blobs(house, actor),
        "destructions_finished": lambda: retention.finish(house),
        "held_swept": lambda: held.sweep(house),
        "counters_swept": lambda: throttle.sweep(house),
        "head_signed": lambda: _sign(house),
        "head_stamped": lambda: head_stamps.stamp_head(house, actor),
    }
    counts: dict[str, int] = {}
    errors: list[Exception] = []
    for name, step in steps.items():
        try:
            counts[name] = step()
        except Exception as error:
            error.add_note(f"nightly: {name}")
            errors.append(error)
    if errors:
        raise NightlyFailed("some of the nightly steps failed", errors)
    return Nightly(**counts)


def end_copies(house: House, actor: Actor) -> int:
    """End the copies that nobody fetched in time; return how many. Writes: copy."""
    with house.writing(actor) as deed:
        over = records.copies_over(deed.connection, deed.now)
        deed.ledger.update_many(copy, over, state="ended")
        if over:
            deed.enter("copy.end", {"copy": list(over)})
        else:
            deed.nothing()
        return len(over)


def sweep_blobs(house: House, actor: Actor) -> int:
    """Delete what lies in the blob store for a day and no row names: left behind by a crash. Returns how many."""
    before = house.clock() - ORPHAN_AFTER
    # Listed first, looked up second: whatever gets its row in between is known by then.
    old = set(house.blobs.keys(before))
    with house.reading() as connection:
        orphans = old - records.known_blobs(connection) if old else set()
    if orphans:
        with house.writing(actor) as deed:
            deed.enter("upkeep.sweep", {"blobs": len(orphans)})
    for key in sorted(orphans):
        house.blobs.delete(key)
    return len(orphans) + house.blobs.sweep_unfinished(before)


def _sign(house: House) -> int:
    before = _heads(house)
    custody.sign(house)
    return _heads(house) - before


def _heads(house: House) -> int:
    with house.reading() as connection:
        return len(heads(connection))
