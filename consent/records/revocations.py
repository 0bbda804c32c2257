"""Requests to stop, what each touched, and what rests on a consent."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from consent.records.base import lots
from consent.records.posts import OUT
from consent.records.tables.consents import card, consent, consent_answer, document, withdrawn_image
from consent.records.tables.images import image, image_link, image_person
from consent.records.tables.organisation import account
from consent.records.tables.posts import look_up, post, post_consent, release, takedown
from consent.records.tables.revocations import card_opening, revocation, revocation_request


def find_request(connection: Connection, request_id: str) -> Row[Any] | None:
    """Return the request, or None."""
    wanted = sa.select(revocation_request).where(revocation_request.c.id == request_id)
    return connection.execute(wanted).one_or_none()


def find_by_number(connection: Connection, number: str) -> Row[Any] | None:
    """Return the request of this number, or None."""
    wanted = sa.select(revocation_request).where(revocation_request.c.number == number)
    return connection.execute(wanted).one_or_none()


def requests(connection: Connection, limit: int) -> Sequence[Row[Any]]:
    """Return the newest requests, those still open first."""
    is_closed = revocation_request.c.closed_at.is_not(None)
    wanted = sa.select(revocation_request).order_by(
        is_closed, revocation_request.c.made_at.desc(), revocation_request.c.id
    )
    return connection.execute(wanted.limit(limit)).all()


def everything_after(connection: Connection, patient_ids: Collection[str], instant: datetime) -> bool:
    """Say whether one of these patients stopped everything he ever agreed to after this instant."""
    wanted = sa.select(revocation_request.c.id).where(
        revocation_request.c.patient_id.in_(tuple(patient_ids)),
        revocation_request.c.scope == "everything",
        revocation_request.c.made_at > instant,
    )
    return connection.execute(wanted.limit(1)).one_or_none() is not None


def unsettled_requests(connection: Connection) -> Sequence[Row[Any]]:
    """Return the requests of which something is still to be taken down, oldest first."""
    wanted = sa.select(revocation_request).where(revocation_request.c.closed_at.is_(None))
    return connection.execute(wanted.order_by(revocation_request.c.made_at, revocation_request.c.id)).all()


def without_letter(connection: Connection) -> Sequence[str]:
    """Return the IDs of the closed requests whose letter is not written yet, oldest first."""
    wanted = sa.select(revocation_request.c.id).where(
        revocation_request.c.closed_at.is_not(None), revocation_request.c.letter_document_id.is_(None)
    )
    return connection.execute(wanted.order_by(revocation_request.c.closed_at, revocation_request.c.id)).scalars().all()


def requests_on(connection: Connection, consent_ids: Collection[str]) -> Sequence[Row[Any]]:
    """Return the requests that touched any of these consents, newest first."""
    touching = sa.select(revocation.c.request_id).where(revocation.c.consent_id.in_(tuple(consent_ids)))
    wanted = sa.select(revocation_request).where(revocation_request.c.id.in_(touching))
    return connection.execute(wanted.order_by(revocation_request.c.made_at.desc(), revocation_request.c.id)).all()


def revocations_of(connection: Connection, request_id: str) -> Sequence[Row[Any]]:
    """Return what a request withdrew, consent by consent."""
    wanted = sa.select(revocation).where(revocation.c.request_id == request_id).order_by(revocation.c.id)
    return connection.execute(wanted).all()


def find_card(connection: Connection, card_id: str) -> Row[Any] | None:
    """Return the card that still opens, or None."""
    wanted = sa.select(card).where(card.c.id == card_id, card.c.ended_at.is_(None))
    return connection.execute(wanted).one_or_none()


def signed_of(connection: Connection, patient_ids: Collection[str]) -> Sequence[Row[Any]]:
    """Return the consents of these patients that were signed and not revoked or void since, oldest first."""
    wanted = sa.select(consent).where(consent.c.patient_id.in_(tuple(patient_ids)), consent.c.status == "signed")
    return connection.execute(wanted.order_by(consent.c.signed_at, consent.c.id)).all()


def withdrawn_images(connection: Connection, consent_id: str) -> frozenset[str]:
    """Return the single images already withdrawn from a consent."""
    wanted = sa.select(withdrawn_image.c.image_id).where(withdrawn_image.c.consent_id == consent_id)
    return frozenset(connection.execute(wanted).scalars())


def linked_images(connection: Connection, consent_id: str) -> Sequence[Any]:
    """Return the images linked to a consent now."""
    linked = sa.select(image_link.c.image_id).where(
        image_link.c.consent_id == consent_id, image_link.c.unlinked_at.is_(None)
    )
    wanted = sa.select(image.c.id, image.c.medium).where(image.c.id.in_(linked)).order_by(image.c.id)
    return connection.execute(wanted).all()


def recognisable_in(connection: Connection, consent_ids: Collection[str]) -> dict[tuple[str, str], bool]:
    """Return by (consent, image) whether the person can be recognised there."""
    wanted = (
        sa.select(image_link.c.consent_id, image_link.c.image_id, image_person.c.recognisable)
        .join(image_person, image_person.c.id == image_link.c.person_id)
        .where(image_link.c.consent_id.in_(tuple(consent_ids)))
    )
    return {(row.consent_id, row.image_id): bool(row.recognisable) for row in connection.execute(wanted)}


def posts_on(connection: Connection, consent_ids: Collection[str]) -> Sequence[Row[Any]]:
    """Return every post still out that rests on these consents: a row for each consent and image."""
    wanted = (
        sa.select(post, post_consent.c.consent_id, post_consent.c.image_id, image.c.medium)
        .join(post_consent, post_consent.c.post_id == post.c.id)
        .join(image, image.c.id == post_consent.c.image_id)
        .where(post_consent.c.consent_id.in_(tuple(consent_ids)), post.c.state.in_(OUT))
        .order_by(post.c.id, post_consent.c.id)
    )
    return connection.execute(wanted).all()


def releases_on(connection: Connection, consent_ids: Collection[str]) -> Sequence[Row[Any]]:
    """Return the open releases of images linked to these consents, each with the consents that governed it."""
    linked = sa.select(image_link.c.image_id).where(image_link.c.consent_id.in_(tuple(consent_ids)))
    wanted = (
        sa.select(release, image.c.medium, look_up.c.consents)
        .join(image, image.c.id == release.c.image_id)
        .join(look_up, look_up.c.id == release.c.look_up_id)
        .where(release.c.image_id.in_(linked), release.c.closed_at.is_(None))
        .order_by(release.c.id)
    )
    return connection.execute(wanted).all()


def last_takedowns(connection: Connection, post_ids: Collection[str]) -> dict[str, Row[Any]]:
    """Return each post's open takedown, or else its last one."""
    found: dict[str, Row[Any]] = {}
    for some in lots(tuple(post_ids)):
        wanted = sa.select(takedown).where(takedown.c.post_id.in_(some))
        for row in connection.execute(wanted.order_by(takedown.c.flagged_at, takedown.c.id)):
            known = found.get(row.post_id)
            if known is None or known.state != "open":
                found[row.post_id] = row
    return found


def takedowns(connection: Connection, takedown_ids: Collection[str]) -> Sequence[Row[Any]]:
    """Return these takedowns with the posts that they are about."""
    found: list[Row[Any]] = []
    for some in lots(tuple(takedown_ids)):
        wanted = (
            sa.select(takedown, post.c.channel, post.c.account_id, post.c.address, post.c.posted_at)
            .join(post, post.c.id == takedown.c.post_id)
            .where(takedown.c.id.in_(some))
        )
        found += connection.execute(wanted.order_by(takedown.c.flagged_at, takedown.c.id)).all()
    return found


def answer_rows(connection: Connection, consent_id: str) -> Sequence[Row[Any]]:
    """Return the answers that are yes and not withdrawn."""
    wanted = sa.select(consent_answer).where(
        consent_answer.c.consent_id == consent_id, consent_answer.c.answer, consent_answer.c.withdrawn_at.is_(None)
    )
    return connection.execute(wanted.order_by(consent_answer.c.kind, consent_answer.c.code)).all()


def own_accounts(connection: Connection) -> frozenset[str]:
    """Return the IDs of the accounts that are the organisation's own."""
    return frozenset(connection.execute(sa.select(account.c.id).where(account.c.owner == "organisation")).scalars())


def recipient_of(connection: Connection, post_id: str) -> bytes | None:
    """Return the encrypted recipient outside whom the post was given to, if there is one."""
    found = connection.execute(sa.select(post.c.recipient).where(post.c.id == post_id)).scalar_one_or_none()
    return None if found is None else bytes(found)


def find_document(connection: Connection, document_id: str | None) -> Row[Any] | None:
    """Return the letter's document, or None."""
    return connection.execute(sa.select(document).where(document.c.id == document_id)).one_or_none()


def keep_opening(connection: Connection, **values: Any) -> None:
    """Keep that a card was opened in a browser."""
    connection.execute(sa.insert(card_opening).values(**values))


def find_opening(connection: Connection, token_hash: str, now: datetime, lasts: timedelta) -> Row[Any] | None:
    """Return the opening behind this token, if it has not ended and is not older than openings last.

    One that lies further ahead than that was made under a wrong clock, and lasts no longer.
    """
    opened_at = card_opening.c.opened_at
    wanted = sa.select(card_opening).where(
        card_opening.c.token_hash == token_hash,
        opened_at.between(now - lasts, now + lasts),
        card_opening.c.ended_at.is_(None),
    )
    return connection.execute(wanted).one_or_none()


def see_opening(connection: Connection, token_hash: str, now: datetime) -> None:
    """Begin the time of an opening again."""
    change = sa.update(card_opening).where(card_opening.c.token_hash == token_hash, card_opening.c.ended_at.is_(None))
    connection.execute(change.values(opened_at=now))


def end_opening(connection: Connection, token_hash: str, now: datetime) -> None:
    """End an opening."""
    change = sa.update(card_opening).where(card_opening.c.token_hash == token_hash)
    connection.execute(change.values(ended_at=now))


def sweep_openings(connection: Connection, before: datetime) -> None:
    """Delete the openings that are over."""
    connection.execute(sa.delete(card_opening).where(card_opening.c.opened_at < before))
