"""A picture leaves only here: for one named place, after asking again, and what left is written down."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from consent.acts import interest
from consent.acts.actor import Actor
from consent.acts.chasing import settle_chase
from consent.acts.house import House
from consent.acts.pictures import content
from consent.acts.verdicts import Place, about, ask, find_place, objections, place_kept
from consent.records import images, posts
from consent.records.tables.posts import release as release_table
from consent.rules.access import Act
from consent.rules.expiry import is_release_chased
from consent.rules.identifiers import new_id, parse_image_id
from consent.rules.refusal import NotFound, Reason, Refused

SUFFIXES = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}


@dataclass(frozen=True)
class Released:
    """What left. `content` is None for film and sound, of which only the registered SHA-256 is known."""

    id: str
    image: str
    sha256: str
    media_type: str
    filename: str
    content: bytes | None


@dataclass(frozen=True)
class Taken:
    """A release that no post was recorded for yet."""

    id: str
    image: str
    place: Place
    taken_at: datetime
    is_chased: bool
    """True from the seventh day on."""


def release(
    house: House,
    actor: Actor,
    image: str,
    channel: str,
    purpose: str,
    *,
    account: str | None = None,
    interest_reason: str = "",
) -> Released:
    """Let a picture out for this channel, account and purpose. The rule is asked again, and a no keeps it in.

    `interest_reason`: why whoever took the consent takes the picture too, or has it on his account; kept.
    The file is named by its image ID alone. Writes: look_up, and release unless the answer is no; one custody entry.
    Raises: BadIdentifier; Refused: role, channel-unknown, purpose-unknown, interest-reason-missing, verdict-... (the
    question is kept).
    """
    actor.must(Act.RELEASE_IMAGE)
    image_id = parse_image_id(image)
    with house.writing(actor) as deed:
        place = find_place(house, deed.connection, channel, purpose, account)
        asked = ask(deed, place, [image_id], deed.today, "release")
        refused = objections(asked)
        if refused:
            deed.enter("release.refuse", about(place, asked))
        else:
            why = interest.reason_for(deed, place, asked, interest_reason)
            row = images.find(deed.connection, image_id)
            if row is None:
                raise NotFound
            # Opened inside the deed: what cannot be opened has not left. Film and sound are not kept here.
            held = content(house, row) if row.blob is not None else None
            release_id = new_id(secrets.token_bytes)
            deed.ledger.insert(
                release_table,
                id=release_id,
                image_id=image_id,
                look_up_id=asked[0].look_up,
                channel=place.channel,
                account=place.account,
                account_id=place.account_id,
                purpose=place.purpose,
                sha256=row.sha256,
                taken_by=actor.id,
                taken_at=deed.now,
                post_id=None,
                closed_at=None,
                closed_why=None,
            )
            deed.enter("release.take", about(place, asked, release=release_id), why)
            name = f"{image_id}.{SUFFIXES.get(row.media_type, 'bin')}"
            released = Released(release_id, image_id, row.sha256, row.media_type, name, held)
    if refused:
        raise Refused(refused)
    return released


def waiting(house: House, actor: Actor) -> tuple[Taken, ...]:
    """Return every release that no post was recorded for, oldest first. Raises: Refused('role')."""
    actor.must(Act.SEE_POSTS)
    now = house.clock()
    with house.reading() as connection:
        return tuple(
            Taken(
                id=row.id,
                image=row.image_id,
                place=place_kept(connection, row),
                taken_at=row.taken_at,
                is_chased=is_release_chased(row.taken_at, post_recorded=False, now=now),
            )
            for row in posts.unposted_releases(connection)
        )


NOT_POSTED = ("deleted-unused", "posting-cancelled")


def close(house: House, actor: Actor, release_id: str, why: str) -> None:
    """Say that a released picture will not be posted and that the file was deleted. `why`: one of NOT_POSTED.

    Raises: Refused: role, release-settled, why-missing; NotFound.
    """
    actor.must(Act.RELEASE_IMAGE)
    with house.writing(actor) as deed:
        row = posts.find_release(deed.connection, release_id)
        if row is None:
            raise NotFound
        if row.post_id is not None or row.closed_at is not None:
            raise Refused(Reason("release-settled"))
        if why not in NOT_POSTED:
            raise Refused(Reason("why-missing", "why"))
        deed.ledger.update(release_table, release_id, closed_at=deed.now, closed_why=why)
        settle_chase(deed, release_id)
        deed.enter("release.close", {"release": release_id, "image": row.image_id, "why": why})
