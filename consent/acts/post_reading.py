"""Look at posts: lists open nothing; one post opens its caption and address, and that is an entry."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Row

from consent.acts.actor import Actor
from consent.acts.house import Deed, House
from consent.acts.opening import open_text
from consent.acts.verdicts import Place, place_kept
from consent.records import posts, staff
from consent.records.posting import circumstances
from consent.rules.access import Act
from consent.rules.caption import Finding, scan_caption
from consent.rules.refusal import NotFound

STATES = ("planned", "approved", "live", "flagged", "gone", "cannot-remove", "dropped")
SHOWN_AT_ONCE = 200


@dataclass(frozen=True)
class Listed:
    """One post as a list shows it."""

    id: str
    place: Place
    state: str
    images: tuple[str, ...]
    planned_at: datetime
    posted_at: datetime | None
    planned_by: str


@dataclass(frozen=True)
class OpenTakedown:
    """Why and until when a post must come down."""

    id: str
    why: str
    state: str
    due_at: datetime


@dataclass(frozen=True)
class OnePost:
    """One post with everything opened. People are staff IDs."""

    listed: Listed
    caption: str
    findings: tuple[Finding, ...]
    checklist: Mapping[str, Any]
    approved_by: str | None
    approved_at: datetime | None
    approved_alone: bool
    address: str
    recipient: str
    contact: str
    recorded_at: datetime | None
    takedowns: tuple[OpenTakedown, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    """The names of the staff in it, by ID."""
    needs_second: bool = True
    """Whether somebody else than its planner must approve it: everywhere but in a clinic of one."""


def listed(house: House, actor: Actor, states: tuple[str, ...] = STATES) -> tuple[Listed, ...]:
    """Return the newest posts in these states. Raises: Refused('role')."""
    actor.must(Act.SEE_POSTS)
    with house.reading() as connection:
        rows = posts.page_of_posts(connection, states, SHOWN_AT_ONCE)
        images = posts.images_of_all(connection, [row.id for row in rows])
        return tuple(_listed(row, place_kept(connection, row), images.get(row.id, ())) for row in rows)


def found(house: House, actor: Actor, post_id: str) -> Listed:
    """Return one post as a list shows it; nothing is opened. Raises: Refused('role'), NotFound."""
    actor.must(Act.SEE_POSTS)
    with house.reading() as connection:
        row = posts.find_post(connection, post_id)
        if row is None:
            raise NotFound
        return _listed(row, place_kept(connection, row), posts.images_of(connection, post_id))


def _listed(row: Row[Any], place: Place, images: tuple[str, ...]) -> Listed:
    return Listed(row.id, place, row.state, images, row.planned_at, row.posted_at, row.planned_by)


def opened(house: House, actor: Actor, post_id: str) -> OnePost:
    """Open one post; that somebody looked is an entry. Raises: Refused('role'), NotFound."""
    actor.must(Act.SEE_POSTS)
    with house.writing(actor) as deed:
        row = posts.find_post(deed.connection, post_id)
        if row is None:
            raise NotFound
        caption = _words(house, deed, row, "caption")
        outside = json.loads(_words(house, deed, row, "recipient") or "{}")
        down = posts.takedowns_of(deed.connection, post_id)
        deed.enter("post.open", {"post": post_id})
        return OnePost(
            listed=_listed(row, place_kept(deed.connection, row), posts.images_of(deed.connection, post_id)),
            caption=caption,
            findings=scan_caption(caption),
            checklist=row.checklist,
            approved_by=row.approved_by,
            approved_at=row.approved_at,
            approved_alone=row.approved_alone,
            address=_words(house, deed, row, "address"),
            recipient=outside.get("name", ""),
            contact=outside.get("contact", ""),
            recorded_at=row.recorded_at,
            takedowns=tuple(OpenTakedown(each.id, each.why, each.state, each.due_at) for each in down),
            names=_names(deed, row),
            needs_second=circumstances(deed.connection).policy.get("one_person_clinic") is not True,
        )


def _words(house: House, deed: Deed, row: Row[Any], column: str) -> str:
    token = row._mapping[column]
    return "" if token is None else open_text(house, deed.connection, "post", row.id, column, token)


def _names(deed: Deed, row: Row[Any]) -> dict[str, str]:
    found = {}
    for staff_id in filter(None, {row.planned_by, row.approved_by, row.recorded_by}):
        person = staff.find(deed.connection, staff_id)
        found[staff_id] = person.name if person is not None else ""
    return found
