"""A consent that must not be relied on: void (entered in error, for good), suspended (until it is lifted)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Row

from consent.acts import tasks
from consent.acts.actor import Actor
from consent.acts.flagging import flag, open_incident
from consent.acts.house import Deed, House
from consent.records import consents, posts
from consent.records.tables.consents import consent
from consent.rules.access import Act, Opening, Role
from consent.rules.refusal import NotFound, Reason, Refused

SUSPENSIONS = ("dispute", "capacity", "abuse", "guardianship", "death", "majority", "other")
"""Why the privacy officer holds a consent back. Source: domain rules 47 and 49."""

NEVER_SIGNED = ("draft", "handed-over", "declined", "discarded")


@dataclass(frozen=True)
class Standing:
    """What a page must know before it asks: nothing about the patient."""

    number: str
    is_signed: bool
    is_void: bool
    posts_out: int


def standing(house: House, actor: Actor, consent_id: str) -> Standing:
    """Return how a consent stands, to whoever may void or suspend it. Raises: Refused: role, other-unit; NotFound."""
    actor.must(Act.VOID_CONSENT)
    with house.reading() as connection:
        row = consents.find(connection, consent_id)
        if row is None:
            raise NotFound
        _must_be_near(actor, row)
        return Standing(
            number=row.number,
            is_signed=row.status not in NEVER_SIGNED,
            is_void=row.void_at is not None,
            posts_out=len(posts.out_on_consent(connection, consent_id)),
        )


def void(house: House, actor: Actor, consent_id: str, why: str) -> tuple[str, ...]:
    """Say that a signed consent was entered in error: it is never valid again, and kept.

    Every post that is out on it is flagged and opens an incident; their IDs are returned.
    Writes: consent, post, takedown, incident, task; one custody entry with the reason encrypted beside.
    Raises: Refused: role, other-unit, missing, not-signed, already-void; NotFound.
    """
    actor.must(Act.VOID_CONSENT)
    with house.writing(actor) as deed:
        row = _find(deed, consent_id)
        _must_be_near(actor, row)
        words = _words(why)
        if row.status in NEVER_SIGNED:
            raise Refused(Reason("not-signed"))
        if row.void_at is not None:
            raise Refused(Reason("already-void"))
        deed.ledger.update(consent, consent_id, status="void", void_at=deed.now)
        out = posts.out_on_consent(deed.connection, consent_id)
        # What cannot be removed was looked into once; the incident says that it should never have been posted.
        removable = [each for each in out if each.state != "cannot-remove"]
        takedowns = [flag(deed, each, "void", queue=Role.PRIVACY_OFFICER) for each in removable]
        opened = tuple(open_incident(deed, "post-without-consent", each.id) for each in out)
        about = {"consent": consent_id, "post": [each.id for each in out], "takedown": takedowns, "incident": opened}
        deed.enter("consent.void", about, words)
        return opened


def suspend(house: House, actor: Actor, consent_id: str, why: str, words: str) -> None:
    """Hold a consent back: every verdict that it governs is no until the privacy officer lifts it.

    Posts that are out on it become one task of review. `why`: one of SUSPENSIONS.
    Raises: Refused: role, why-missing, missing, not-signed, already-suspended; NotFound.
    """
    actor.must(Act.SUSPEND_CONSENT)
    if why not in SUSPENSIONS:
        raise Refused(Reason("why-missing", "why"))
    said = _words(words)
    with house.writing(actor) as deed:
        row = _find(deed, consent_id)
        if row.status in NEVER_SIGNED:
            raise Refused(Reason("not-signed"))
        if row.suspended_at is not None:
            raise Refused(Reason("already-suspended"))
        deed.ledger.update(consent, consent_id, suspended_at=deed.now, suspended_why=why)
        out = [each.id for each in posts.out_on_consent(deed.connection, consent_id)]
        if out:
            once = f"suspended:{consent_id}:{deed.now.isoformat()}"
            tasks.leave(deed, "review-posts", once, queue=Role.PRIVACY_OFFICER.value, about={"consent": consent_id})
        deed.enter("consent.suspend", {"consent": consent_id, "why": why, "post": out}, said)


def lift(house: House, actor: Actor, consent_id: str, words: str) -> None:
    """Lift a suspension. It revives nothing that was revoked, void or expired meanwhile.

    Raises: Refused: role, missing, not-suspended; NotFound.
    """
    actor.must(Act.LIFT_SUSPENSION)
    said = _words(words)
    with house.writing(actor) as deed:
        if _find(deed, consent_id).suspended_at is None:
            raise Refused(Reason("not-suspended"))
        deed.ledger.update(consent, consent_id, suspended_at=None, suspended_why=None)
        deed.enter("consent.lift", {"consent": consent_id}, said)


def _words(words: str) -> str:
    if not words.strip():
        raise Refused(Reason("missing", "words"))
    return words.strip()


def _find(deed: Deed, consent_id: str) -> Row[Any]:
    row = consents.find(deed.connection, consent_id)
    if row is None:
        raise NotFound
    return row


def _must_be_near(actor: Actor, row: Row[Any]) -> None:
    """Let through his own or his unit's consent, and the privacy officer. Raises: Refused('other-unit')."""
    if actor.kind == "staff" and actor.opening(row.made_by, row.unit) is not Opening.FREELY:
        raise Refused(Reason("other-unit"))
