"""Pictures to look through, and one picture with all that is known about it: without anybody's name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection, Row

from consent.acts import matching, pictures, shelf
from consent.acts.actor import Actor
from consent.acts.house import House
from consent.records import images
from consent.rules.access import Act, Opening, Role
from consent.rules.identifiers import ImageId
from consent.rules.refusal import Refused

PAGE_SIZE = 12
SHOWN = {"waiting": ("quarantine",), "ready": ("ready",), "replaced": ("replaced",)}


@dataclass(frozen=True)
class Tile:
    """One picture in a list. `next`: review | people | second-review | nothing. `preview`: a small JPEG, if any."""

    id: str
    kind: str
    medium: str
    added_at: datetime
    next: str
    preview: bytes | None


@dataclass(frozen=True)
class LinkView:
    """One link, by its consent's short number."""

    id: str
    number: str
    status: str
    is_questioned: bool


@dataclass(frozen=True)
class PersonView:
    """One person in a picture."""

    id: str
    position: int
    recognisable: bool
    no_consent: bool
    links: tuple[LinkView, ...]


@dataclass(frozen=True)
class PictureView:
    """One picture. `is_free`: this person needs no reason, so he may work on it."""

    id: str
    kind: str
    medium: str
    state: str
    media_type: str
    width: int | None
    height: int | None
    size: int
    sha256: str
    added_at: datetime
    has_file: bool
    reviewed_at: datetime | None
    review: Mapping[str, str]
    recognisable: int | None
    people: tuple[PersonView, ...]
    parent_id: str | None
    made_from_it: tuple[str, ...]
    is_free: bool
    is_cleared: bool
    needs_second: bool
    cleared_by: str | None
    next: str

    @property
    def others(self) -> int:
        """How many people in it cannot be recognised."""
        return sum(not person.recognisable for person in self.people)


def tiles(house: House, actor: Actor, show: str = "waiting", page: int = 1) -> tuple[tuple[Tile, ...], bool]:
    """Return one page of this person's and his unit's pictures (all for the privacy officer), and whether more follow.

    One custody entry says which small pictures were opened.
    Raises: Refused('role').
    """
    actor.must(Act.SEE_IMAGE)
    owner = None if Role.PRIVACY_OFFICER in actor.roles else actor.id
    with house.writing(actor) as deed:
        start = (max(page, 1) - 1) * PAGE_SIZE
        states = SHOWN.get(show, SHOWN["waiting"])
        found = images.on_shelf(deed.connection, states, owner, actor.unit, size=PAGE_SIZE + 1, start=start)
        rows = found[:PAGE_SIZE]
        steps = {row.id: _next(deed.connection, row) for row in rows}
        shown = [row.id for row in rows if row.preview_blob is not None]
        if shown:
            deed.enter("image.list", {"image": shown})
        else:
            deed.nothing()
    made = tuple(
        Tile(
            id=row.id,
            kind=row.kind,
            medium=row.medium,
            added_at=row.added_at,
            next=steps[row.id],
            preview=pictures.content(house, row, "preview_blob") if row.preview_blob is not None else None,
        )
        for row in rows
    )
    return made, len(found) > PAGE_SIZE


def view(house: House, actor: Actor, image_id: str, reason: str = "") -> PictureView:
    """Return one picture's record. With a reason, custody keeps it. Raises: NotFound; Refused: role, reason-needed."""
    actor.must(Act.SEE_IMAGE)
    if reason.strip():
        with house.writing(actor) as deed:
            row = shelf.seen(deed.connection, actor, image_id, reason)
            deed.enter("image.see", {"image": row.id}, reason.strip())
    with house.reading() as connection:
        return _view(connection, actor, shelf.seen(connection, actor, image_id, reason))


def look_alikes(house: House, actor: Actor, image_id: str) -> tuple[ImageId, ...]:
    """Return other pictures that look like this one and were not made from it, for who is about to review it.

    Raises: NotFound; Refused: role, reason-needed.
    """
    actor.must(Act.REVIEW_IMAGE)
    with house.reading() as connection:
        row = shelf.seen(connection, actor, image_id)
        family = {row.parent_id, *images.made_from(connection, row.id)}
        if row.parent_id is not None:
            family |= set(images.made_from(connection, row.parent_id))
    if row.blob is None:
        return ()
    try:
        found = matching.alike(house, pictures.content(house, row), but=row.id)
    except Refused:
        return ()
    return tuple(each.image for each in found if each.image not in family)


def _next(connection: Connection, row: Row[Any]) -> str:
    if row.state not in shelf.OPEN_STATES:
        return "nothing"
    if row.reviewed_at is None:
        return "review"
    if shelf.is_settled(connection, row):
        return "nothing"
    check = images.find_clearance(connection, row.id)
    return "second-review" if check is not None and check.second_reviewed_at is None and check.rare else "people"


def _view(connection: Connection, actor: Actor, row: Row[Any]) -> PictureView:
    links = images.links(connection, row.id)
    check = images.find_clearance(connection, row.id)
    is_cleared = shelf.is_cleared(connection, row.id)
    people = images.people(connection, row.id)
    return PictureView(
        id=row.id,
        kind=row.kind,
        medium=row.medium,
        state=row.state,
        media_type=row.media_type,
        width=row.width,
        height=row.height,
        size=row.size,
        sha256=row.sha256,
        added_at=row.added_at,
        has_file=row.blob is not None,
        reviewed_at=row.reviewed_at,
        review=row.review or {},
        recognisable=row.people_count,
        people=tuple(_person(number, each, links) for number, each in enumerate(people, start=1)),
        parent_id=row.parent_id,
        made_from_it=tuple(images.made_from(connection, row.id)),
        is_free=actor.opening(row.added_by, row.unit) is Opening.FREELY,
        is_cleared=is_cleared,
        needs_second=check is not None and not is_cleared,
        cleared_by=check.reviewed_by if check is not None else None,
        next=_next(connection, row),
    )


def _person(number: int, row: Row[Any], links: Sequence[Row[Any]]) -> PersonView:
    own = tuple(
        LinkView(link.id, link.number, link.status, link.unlink_asked_at is not None)
        for link in links
        if link.person_id == row.id
    )
    return PersonView(row.id, number, row.recognisable, row.no_consent, own)
