"""Images, the people in them, and the links to their consents. Few queries, all by index."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from consent.records.posts import OUT
from consent.records.prepared import PreparedForIds
from consent.records.tables.consents import consent, withdrawn_image
from consent.records.tables.custody import data_key
from consent.records.tables.images import image, image_clearance, image_fingerprint, image_link, image_person
from consent.records.tables.posts import post, post_consent, post_image, release
from consent.rules.identifiers import ConsentId, ImageId
from consent.rules.posting_facts import ImageFacts, ImageState, Person

_STATES = {
    "quarantine": ImageState.QUARANTINE,
    "ready": ImageState.READY,
    "replaced": ImageState.SUPERSEDED,
    "discarded": ImageState.DESTROYED,
}
_THERE = image_person.c.dropped_at.is_(None)
_LINKED = image_link.c.unlinked_at.is_(None)
# The 18-identifier check of a rare case counts only with its second reviewer (rule 36).
_CLEARED = sa.exists().where(
    image_clearance.c.image_id == image.c.id,
    sa.or_(sa.not_(image_clearance.c.rare), image_clearance.c.second_reviewed_at.is_not(None)),
)


_FACT_COLUMNS = (
    image.c.id,
    image.c.medium,
    image.c.state,
    sa.type_coerce(image.c.reviewed_at.is_not(None), sa.Integer).label("reviewed"),
    image.c.people_count,
    _CLEARED.label("cleared"),
    image_person.c.id.label("person_id"),
    image_person.c.recognisable,
    image_person.c.no_consent,
    image_link.c.consent_id,
)
_FACTS = PreparedForIds(
    lambda ids: (
        sa.select(*_FACT_COLUMNS)
        .outerjoin(image_person, sa.and_(image_person.c.image_id == image.c.id, _THERE))
        .outerjoin(image_link, sa.and_(image_link.c.person_id == image_person.c.id, _LINKED))
        .where(image.c.id.in_(ids))
        .order_by(image.c.id, image_person.c.position, image_link.c.linked_at, image_link.c.id)
    ),
    _FACT_COLUMNS,
)


def find(connection: Connection, image_id: str) -> Row[Any] | None:
    """Return the image, or None."""
    return connection.execute(sa.select(image).where(image.c.id == image_id)).one_or_none()


def find_all(connection: Connection, image_ids: Collection[str]) -> Sequence[Row[Any]]:
    """Return those of these images that there are."""
    return connection.execute(sa.select(image).where(image.c.id.in_(tuple(image_ids)))).all()


def image_facts(connection: Connection, image_ids: Collection[str]) -> dict[ImageId, ImageFacts]:
    """Return what the posting rule needs of each image, in one query; an unknown ID stands as unknown."""
    rows: dict[str, list[Row[Any]]] = {}
    for row in _FACTS.run(connection, image_ids):
        rows.setdefault(row.id, []).append(row)
    return {
        ImageId(each): _facts(rows[each]) if each in rows else ImageFacts.unknown(ImageId(each)) for each in image_ids
    }


def _facts(rows: Sequence[Row[Any]]) -> ImageFacts:
    first = rows[0]
    people: dict[str, list[Row[Any]]] = {}
    for row in rows:
        if row.person_id is not None:
            people.setdefault(row.person_id, []).append(row)
    return ImageFacts(
        id=ImageId(first.id),
        medium=first.medium,
        state=_STATES.get(first.state, ImageState.HELD),
        reviewed=bool(first.reviewed),
        people_counted=first.people_count,
        cleared=bool(first.cleared),
        people=tuple(_person(key, links) for key, links in people.items()),
    )


def _person(key: str, links: Sequence[Row[Any]]) -> Person:
    linked = tuple(ConsentId(row.consent_id) for row in links if row.consent_id is not None)
    return Person(key, links[0].recognisable, links[0].no_consent, linked)


def on_shelf(
    connection: Connection, states: Collection[str], staff_id: str | None, unit: str, *, size: int, start: int
) -> Sequence[Row[Any]]:
    """Return images in these states, newest first: one person's and his unit's, or everybody's (None)."""
    wanted = sa.select(image).where(image.c.state.in_(tuple(states)))
    if staff_id is not None:
        own = image.c.added_by == staff_id
        wanted = wanted.where(sa.or_(own, image.c.unit == unit) if unit else own)
    wanted = wanted.order_by(image.c.added_at.desc(), image.c.id).limit(size).offset(start)
    return connection.execute(wanted).all()


def with_sha256(connection: Connection, sha256: str) -> Sequence[str]:
    """Return the IDs of the images that are, or were released as, exactly this file; discarded ones are not."""
    kept = sa.select(image.c.id).where(image.c.sha256 == sha256, image.c.state != "discarded")
    released = (
        sa.select(image.c.id)
        .join(release, release.c.image_id == image.c.id)
        .where(release.c.sha256 == sha256, image.c.state != "discarded")
    )
    return sorted(connection.execute(sa.union(kept, released)).scalars())


def made_from(connection: Connection, image_id: str) -> Sequence[str]:
    """Return the IDs of the images that were cropped or covered from this one, oldest first."""
    wanted = sa.select(image.c.id).where(image.c.parent_id == image_id)
    return connection.execute(wanted.order_by(image.c.added_at, image.c.id)).scalars().all()


def people(connection: Connection, image_id: str) -> Sequence[Row[Any]]:
    """Return the people in an image, in order."""
    wanted = sa.select(image_person).where(image_person.c.image_id == image_id, _THERE)
    return connection.execute(wanted.order_by(image_person.c.position)).all()


def links(connection: Connection, image_id: str) -> Sequence[Row[Any]]:
    """Return the links that count, each with its consent's number, status and patient, oldest first."""
    wanted = (
        sa.select(image_link, consent.c.number, consent.c.status, consent.c.signed_at, consent.c.patient_id)
        .join(consent, consent.c.id == image_link.c.consent_id)
        .where(image_link.c.image_id == image_id, _LINKED)
        .order_by(image_link.c.linked_at, image_link.c.id)
    )
    return connection.execute(wanted).all()


def find_link(connection: Connection, link_id: str) -> Row[Any] | None:
    """Return a link that counts, with its consent's number, or None."""
    wanted = (
        sa.select(image_link, consent.c.number)
        .join(consent, consent.c.id == image_link.c.consent_id)
        .where(image_link.c.id == link_id, _LINKED)
    )
    return connection.execute(wanted).one_or_none()


def asked_to_unlink(connection: Connection) -> Sequence[Row[Any]]:
    """Return the links that somebody calls wrong and nobody has confirmed yet, with their image's unit."""
    wanted = (
        sa.select(image_link, image.c.unit, image.c.added_by, consent.c.number)
        .join(image, image.c.id == image_link.c.image_id)
        .join(consent, consent.c.id == image_link.c.consent_id)
        .where(image_link.c.unlink_asked_at.is_not(None), _LINKED)
        .order_by(image_link.c.unlink_asked_at)
    )
    return connection.execute(wanted).all()


def family(connection: Connection, image_ids: Collection[str]) -> frozenset[str]:
    """Return these images, those that they were cropped or covered from, and all that was made from any of those."""
    found, fresh = set(image_ids), set(image_ids)
    while fresh:
        near = sa.or_(image.c.id.in_(tuple(fresh)), image.c.parent_id.in_(tuple(fresh)))
        rows = connection.execute(sa.select(image.c.id, image.c.parent_id).where(near)).all()
        fresh = {each for row in rows for each in row if each is not None} - found
        found |= fresh
    return frozenset(found)


def withdrawn_from(connection: Connection, image_id: str) -> Sequence[Row[Any]]:
    """Return from which consents this single image was withdrawn, and by what."""
    return connection.execute(sa.select(withdrawn_image).where(withdrawn_image.c.image_id == image_id)).all()


def find_clearance(connection: Connection, image_id: str) -> Row[Any] | None:
    """Return the newest 18-identifier check of an image, or None."""
    wanted = sa.select(image_clearance).where(image_clearance.c.image_id == image_id)
    return connection.execute(wanted.order_by(image_clearance.c.reviewed_at.desc()).limit(1)).one_or_none()


def is_out(connection: Connection, image_id: str) -> bool:
    """Say whether the image was ever released or stands in a post."""
    released = sa.select(release.c.id).where(release.c.image_id == image_id)
    posted = sa.select(post_image.c.id).where(post_image.c.image_id == image_id)
    return connection.execute(sa.union_all(released, posted).limit(1)).first() is not None


def posts_with(connection: Connection, image_id: str) -> Sequence[Row[Any]]:
    """Return the posts in which the image can be seen now."""
    wanted = sa.select(post).join(post_image, post_image.c.post_id == post.c.id)
    wanted = wanted.where(post_image.c.image_id == image_id, post.c.state.in_(OUT))
    return connection.execute(wanted.order_by(post.c.id)).all()


def posts_resting_on(connection: Connection, image_id: str, consent_id: str) -> Sequence[Row[Any]]:
    """Return the posts that can be seen now because this consent was linked to this image."""
    resting = sa.select(post_consent.c.post_id).where(
        post_consent.c.image_id == image_id, post_consent.c.consent_id == consent_id
    )
    wanted = sa.select(post).where(post.c.id.in_(resting), post.c.state.in_(OUT))
    return connection.execute(wanted.order_by(post.c.id)).all()


def keep_fingerprint(connection: Connection, image_id: str, key_id: str, content: bytes) -> None:
    """Keep an image's encrypted fingerprints under the next number. Only inside the one writer's transaction."""
    row = {"image_id": image_id, "number": _next_number(connection), "key_id": key_id, "content": content}
    connection.execute(sa.insert(image_fingerprint).values(**row))


def drop_fingerprint(connection: Connection, image_id: str) -> None:
    """Delete an image's fingerprints; the row stays, renumbered, so that every process forgets them."""
    change = sa.update(image_fingerprint).where(image_fingerprint.c.image_id == image_id)
    connection.execute(change.values(number=_next_number(connection), key_id=None, content=None))


def _next_number(connection: Connection) -> int:
    highest = connection.execute(sa.select(sa.func.max(image_fingerprint.c.number))).scalar()
    return int(highest or 0) + 1


def fingerprints_since(connection: Connection, number: int) -> Sequence[Row[Any]]:
    """Return what changed after this number, in order, each with its wrapped data key (None: it is gone)."""
    wanted: sa.Select[Any] = (
        sa.select(
            image_fingerprint.c.image_id,
            image_fingerprint.c.number,
            image_fingerprint.c.content,
            data_key.c.id.label("key_id"),
            data_key.c.kek_id,
            data_key.c.wrapped,
            data_key.c.salt,
        )
        .outerjoin(data_key, data_key.c.id == image_fingerprint.c.key_id)
        .where(image_fingerprint.c.number > number)
        .order_by(image_fingerprint.c.number)
    )
    return connection.execute(wanted).all()
