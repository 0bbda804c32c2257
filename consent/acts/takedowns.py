"""Get posts down: who is at it, what somebody saw, and when a case is closed.

Source: domain rules 42, 45 and 47.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection, Row

from consent.acts import tasks
from consent.acts.actor import Actor
from consent.acts.expiring import review_task
from consent.acts.flagging import flag
from consent.acts.house import Deed, House
from consent.acts.opening import open_bytes, open_text
from consent.acts.standing import Place, place
from consent.records import posts, revocations
from consent.records import takedowns as records
from consent.records.tables.posts import post, takedown
from consent.records.tables.revocations import revocation_request
from consent.rules.access import Act
from consent.rules.expiry import ReviewCause
from consent.rules.identifiers import TakedownId
from consent.rules.refusal import NotFound, Reason, Refused, refuse_if
from consent.rules.takedown import Cause, Outcome, Takedown, objections_to_closing, objections_to_settling
from consent.vault.envelope import Where, WrappedKey, encrypt, new_data_key

PAGE_SIZE = 200
LONGEST_NOTE = 2000
LARGEST_SCREENSHOT = 10 * 1024 * 1024
# What a screenshot begins with: PNG, JPEG, WebP. It is kept as it is and only ever handed back as a download.
PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF")
STATES = {Outcome.REMOVED: "gone", Outcome.CANNOT_BE_REMOVED: "cannot-remove"}
OUTCOMES = {"open": Outcome.OPEN} | {state: outcome for outcome, state in STATES.items()}


@dataclass(frozen=True)
class Listed:
    """One takedown as a page shows it. Names of staff only."""

    id: str
    post_id: str
    place: Place
    why: str
    owner: str
    is_mine: bool
    due_at: datetime
    is_overdue: bool
    state: str
    images: tuple[str, ...] = ()
    seen_at: datetime | None = None
    cause: str | None = None
    note: str = ""
    has_screenshot: bool = False
    closed_at: datetime | None = None


@dataclass(frozen=True)
class Seen:
    """What somebody saw. `seen_at` and `note` for a post that is gone; `cause` and `note` for one that stays."""

    outcome: Outcome
    seen_at: datetime | None = None
    note: str = ""
    cause: str = ""
    screenshot: bytes = b""


def listed(house: House, actor: Actor, *, is_open: bool = True) -> tuple[Listed, ...]:
    """Return up to 200 takedowns: open ones by due time, or settled ones. Raises: Refused('role')."""
    actor.must(Act.SEE_TAKEDOWNS)
    with house.reading() as connection:
        rows = records.page(connection, is_open=is_open, limit=PAGE_SIZE)
        return tuple(_shown(house, connection, actor, row) for row in rows)


@dataclass(frozen=True)
class InReview:
    """A post whose consent has ended."""

    post_id: str
    place: Place
    images: tuple[str, ...]


def in_review(house: House, actor: Actor) -> tuple[InReview, ...]:
    """Return up to 200 posts that somebody has to decide about, oldest first. Raises: Refused('role')."""
    actor.must(Act.SEE_TAKEDOWNS)
    with house.reading() as connection:
        return tuple(
            InReview(row.id, place(house, connection, row.id, row, "en"), posts.images_of(connection, row.id))
            for row in records.in_review(connection, PAGE_SIZE)
        )


def one(house: House, actor: Actor, takedown_id: str) -> Listed:
    """Return one takedown with what was noted. Raises: NotFound; Refused('role')."""
    actor.must(Act.SEE_TAKEDOWNS)
    with house.reading() as connection:
        row = records.find(connection, takedown_id)
        if row is None:
            raise NotFound
        return _shown(house, connection, actor, row, whole=True)


def take_over(house: House, actor: Actor, takedown_id: str) -> None:
    """Make it one's own. Writes: takedown. Raises: NotFound; Refused: role, takedown-settled."""
    actor.must(Act.SETTLE_TAKEDOWN)
    with house.writing(actor) as deed:
        row = _open_one(deed, takedown_id)
        if row.owner_id == actor.id:
            deed.nothing()
            return
        deed.ledger.update(takedown, row.id, owner_id=actor.id)
        deed.enter("takedown.take-over", {"takedown": row.id, "post": row.post_id})


def settle(house: House, actor: Actor, takedown_id: str, seen: Seen) -> tuple[str, ...]:
    """Record that the post is gone, with what was seen and when, or that it cannot be removed, and why.

    Returns the requests whose last takedown this was: their case is closed and their letter due.
    Writes: takedown, post, revocation_request. Raises: NotFound; Refused: role, takedown-settled, screenshot-kind,
    screenshot-large, note-long, and the reasons of rules.takedown.
    """
    actor.must(Act.SETTLE_TAKEDOWN)
    _check(house, takedown_id, seen)
    with house.reading() as connection:
        found = records.find(connection, takedown_id)
    if found is None or found.state != "open":
        # Before a screenshot is kept for nothing.
        raise NotFound if found is None else Refused(Reason("takedown-settled"))
    shot = _keep_screenshot(house, takedown_id, seen.screenshot)
    with house.writing(actor) as deed:
        row = _open_one(deed, takedown_id)
        key_id = shot.key.id if shot else deed.new_key()
        if shot:
            key = shot.key
            deed.ledger.add_key(key.id, key.kek_id, key.wrapped, key.salt, deed.now)
        note = deed.encrypt(key_id, "takedown", row.id, "evidence", json.dumps({"note": seen.note.strip()}))
        state = STATES[seen.outcome]
        deed.ledger.update(
            takedown,
            row.id,
            state=state,
            key_id=key_id,
            evidence=note,
            evidence_blob=shot.blob if shot else None,
            evidence_sha256=shot.sha256 if shot else None,
            cannot_why=seen.cause or None,
            seen_at=seen.seen_at,
            closed_by=actor.id,
            closed_at=deed.now,
        )
        deed.ledger.update(post, row.post_id, state=state)
        closed = close_cases(deed, row.id)
        about = {"takedown": row.id, "post": row.post_id, "request": list(closed), "outcome": state}
        deed.enter("takedown.settle", about)
    return closed


def close_cases(deed: Deed, takedown_id: str) -> tuple[str, ...]:
    """Close, inside `deed`, every case in which this was the last open takedown."""
    closed = []
    for request in revocations.unsettled_requests(deed.connection):
        if takedown_id not in request.takedowns:
            continue
        rows = records.states(deed.connection, request.takedowns)
        if not objections_to_closing([_judged(deed, row) for row in rows.values()], deed.now):
            state = "closed" if request.state == "open" else request.state
            deed.ledger.update(revocation_request, request.id, state=state, closed_at=deed.now)
            closed.append(request.id)
    return tuple(closed)


def screenshot(house: House, actor: Actor, takedown_id: str) -> bytes:
    """Return the screenshot kept as evidence; that it was opened is in custody. Raises: NotFound; Refused('role')."""
    actor.must(Act.SEE_TAKEDOWNS)
    with house.writing(actor) as deed:
        row = records.find(deed.connection, takedown_id)
        if row is None or row.evidence_blob is None:
            raise NotFound
        where = Where("takedown", row.id, "evidence_blob")
        shown = open_bytes(house, deed.connection, where, house.blobs.get(row.evidence_blob))
        deed.enter("takedown.open-screenshot", {"takedown": row.id, "post": row.post_id})
    return shown


def settle_review(house: House, actor: Actor, post_id: str, why: str, *, stays: bool) -> None:
    """Decide about a post whose consent has ended: it stays as it is, or it is to come down.

    Writes: post, takedown; the reason is kept in custody. Raises: NotFound; Refused: role, why-missing, not-in-review.
    """
    actor.must(Act.SETTLE_TAKEDOWN)
    if not why.strip():
        raise Refused(Reason("why-missing", "why"))
    with house.writing(actor) as deed:
        row = posts.find_post(deed.connection, post_id)
        if row is None:
            raise NotFound
        if row.state != "review":
            raise Refused(Reason("not-in-review"))
        for cause in ReviewCause:
            tasks.settle(deed, review_task(post_id, cause), "stays" if stays else "take-down")
        about: dict[str, Any] = {"post": post_id, "stays": stays}
        if stays:
            deed.ledger.update(post, post_id, state="live")
        else:
            about["takedown"] = flag(deed, row, "expired")
        deed.enter("post.settle-review", about, why)


@dataclass(frozen=True)
class _Shot:
    key: WrappedKey
    blob: str
    sha256: str


def _keep_screenshot(house: House, takedown_id: str, data: bytes) -> _Shot | None:
    if not data:
        return None
    key = new_data_key(house.keyring)
    token = encrypt(house.keyring, key, Where("takedown", takedown_id, "evidence_blob"), data)
    return _Shot(key, house.blobs.put(token), hashlib.sha256(data).hexdigest())


def _check(house: House, takedown_id: str, seen: Seen) -> None:
    evidence = seen.note or ("screenshot" if seen.screenshot else "")
    judged = Takedown(
        TakedownId(takedown_id), house.clock(), seen.outcome, seen.seen_at, evidence=evidence, cause=seen.cause
    )
    reasons = list(objections_to_settling(judged, house.clock()))
    if seen.cause and seen.cause not in tuple(Cause):
        reasons.append(Reason("cause-missing", "cause"))
    if len(seen.note) > LONGEST_NOTE:
        reasons.append(Reason("note-long", "evidence", most=LONGEST_NOTE))
    if len(seen.screenshot) > LARGEST_SCREENSHOT:
        reasons.append(Reason("screenshot-large", "screenshot"))
    if seen.screenshot and not seen.screenshot.startswith(PICTURES):
        reasons.append(Reason("screenshot-kind", "screenshot"))
    refuse_if(reasons)


def _open_one(deed: Deed, takedown_id: str) -> Row[Any]:
    row = records.find(deed.connection, takedown_id)
    if row is None:
        raise NotFound
    if row.state != "open":
        raise Refused(Reason("takedown-settled"))
    return row


def _judged(deed: Deed, row: Row[Any]) -> Takedown:
    evidence = "kept" if row.evidence is not None or row.evidence_sha256 else ""
    return Takedown(
        TakedownId(row.id), row.due_at, OUTCOMES[row.state], row.seen_at, evidence=evidence, cause=row.cannot_why or ""
    )


def _shown(house: House, connection: Connection, actor: Actor, row: Row[Any], *, whole: bool = False) -> Listed:
    note = ""
    if whole and row.evidence is not None:
        note = json.loads(open_text(house, connection, "takedown", row.id, "evidence", row.evidence))["note"]
    return Listed(
        id=row.id,
        post_id=row.post_id,
        place=place(house, connection, row.post_id, row, "en"),
        why=row.why,
        owner=row.owner_name or "",
        is_mine=row.owner_id == actor.id,
        due_at=row.due_at,
        is_overdue=row.state == "open" and row.due_at < house.clock(),
        state=row.state,
        images=posts.images_of(connection, row.post_id) if whole else (),
        seen_at=row.seen_at,
        cause=row.cannot_why,
        note=note,
        has_screenshot=row.evidence_blob is not None,
        closed_at=row.closed_at,
    )
