"""What a patient has allowed, where it is shown, what he stopped before and what came of it. For his own eyes, so
without his name and without a picture; staff who record a request for him see the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection, Row

from consent.acts import dossier, readiness, same_person
from consent.acts.actor import Actor
from consent.acts.house import House
from consent.acts.opening import open_text
from consent.acts.revocation import KEPT_WISHES
from consent.formbook import Answers
from consent.records import consents
from consent.records import revocations as records
from consent.rules.access import Act
from consent.rules.expiry import is_good, last_good_day
from consent.rules.identifiers import BadIdentifier, parse_consent_number
from consent.rules.refusal import NotFound

# The desks are in English, whatever the patient reads.
STAFFS_LANGUAGE = "en"
SHOWN_NOW = ("live", "review", "flagged")


@dataclass(frozen=True)
class Allowed:
    """One thing that is allowed now, as a sentence."""

    kind: str
    code: str
    text: str
    can_stop: bool


@dataclass(frozen=True)
class Part:
    """What is allowed now of one page of the form."""

    heading: str
    lines: tuple[Allowed, ...]


@dataclass(frozen=True)
class Place:
    """Where it is shown: the channel's name in the reader's language, the address, since when."""

    post_id: str
    channel: str
    address: str
    posted_at: datetime | None
    images: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What came of taking one post down. `state`: open | gone | cannot-remove; `cause`: a rules.takedown.Cause."""

    place: Place
    state: str
    seen_at: datetime | None
    cause: str | None


@dataclass(frozen=True)
class Earlier:
    """A request made before, under which number, and what came of it."""

    id: str
    number: str
    made_at: datetime
    scope: str
    is_closed: bool
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True)
class Standing:
    """Where one consent stands. `others`: whether the same person has signed others here (which, is not said)."""

    consent_id: str
    number: str
    language: str
    languages: tuple[str, ...]
    is_signed: bool
    is_good: bool
    parts: tuple[Part, ...]
    images: tuple[str, ...]
    places: tuple[Place, ...]
    others: bool
    earlier: tuple[Earlier, ...]

    @property
    def nothing_left(self) -> bool:
        """Say whether there is nothing to stop any more, on this form or another."""
        return not self.is_signed and not self.others

    @property
    def stoppable(self) -> tuple[Allowed, ...]:
        """Return what can be stopped by itself."""
        return tuple(line for part in self.parts for line in part.lines if line.can_stop)


def enter(house: House, card_id: str, consent_id: str) -> None:
    """Write down that the card was opened with its code: its holder may see what stands."""
    with house.writing(Actor("card", card_id)) as deed:
        deed.enter("card.open", {"card": card_id, "consent": consent_id})


def of_card(house: House, card_id: str, language: str | None = None) -> Standing:
    """Return what the holder of an opened card sees, in the consent's language or another of its form's.

    Raises: NotFound.
    """
    with house.reading() as connection:
        card = records.find_card(connection, card_id)
        if card is None:
            raise NotFound
        return _standing(house, connection, card.consent_id, language)


def preview(house: House, actor: Actor, consent_id: str) -> Standing:
    """Return the same for staff who record a request, in their own language; that they looked is in custody.

    Raises: NotFound (or never signed); Refused('role').
    """
    actor.must(Act.REVOKE_FOR_PATIENT)
    with house.writing(actor) as deed:
        found = _standing(house, deed.connection, consent_id, STAFFS_LANGUAGE)
        deed.enter("revocation.preview", {"consent": consent_id})
    return found


def by_number(house: House, actor: Actor, number: str) -> str | None:
    """Return the ID of the consent with the short number that the patient reads out; None if there is none.

    Raises: Refused('role').
    """
    actor.must(Act.REVOKE_FOR_PATIENT)
    try:
        known = parse_consent_number(number)
    except BadIdentifier:
        return None
    with house.reading() as connection:
        row = consents.find_by_number(connection, known)
    return None if row is None else str(row.id)


def outcomes(house: House, connection: Connection, request: Row[Any], language: str) -> tuple[Outcome, ...]:
    """Return what came of each post that the request was about."""
    rows = records.takedowns(connection, request.takedowns)
    return tuple(
        Outcome(
            place(house, connection, row.post_id, row, language),
            row.state,
            row.seen_at or row.closed_at,
            row.cannot_why,
        )
        for row in rows
    )


def place(house: House, connection: Connection, post_id: str, row: Row[Any], language: str) -> Place:
    """Return where a post is. `row` has its channel, address and time."""
    known = house.forms.channels.get(row.channel)
    words = known.words.get(language) if known is not None else None
    address = "" if row.address is None else open_text(house, connection, "post", post_id, "address", row.address)
    return Place(post_id, words.name if words is not None else row.channel, address, row.posted_at)


def _standing(house: House, connection: Connection, consent_id: str, language: str | None = None) -> Standing:
    opened = dossier.load(house, connection, consent_id)
    row = opened.row
    if row.signed_at is None:
        raise NotFound
    spoken = readiness.version_of(house, row).languages
    said = language if language in spoken else row.language
    is_signed = row.status == "signed"
    last = last_good_day(row.expires_on, row.event_confirmed_on)
    good = is_signed and (last is None or is_good(last, house.today))
    own = same_person.patients(house, connection, row.patient_id)
    others = any(each.id != row.id for each in records.signed_of(connection, own))
    gone = records.withdrawn_images(connection, row.id)
    return Standing(
        consent_id=row.id,
        number=row.number,
        language=said,
        languages=spoken,
        is_signed=is_signed,
        is_good=good,
        parts=_parts(house, connection, opened, said) if good else (),
        images=tuple(each.id for each in records.linked_images(connection, row.id) if each.id not in gone),
        places=_places(house, connection, row, said),
        others=others,
        earlier=tuple(_earlier(house, connection, each, said) for each in records.requests_on(connection, [row.id])),
    )


def _parts(house: House, connection: Connection, opened: dossier.Dossier, language: str) -> tuple[Part, ...]:
    row = opened.row
    version = readiness.version_of(house, row)
    facts = readiness.facts_of(connection, opened)
    allowed = {(each.kind, each.code) for each in records.answer_rows(connection, row.id)}
    uses = {(each.kind, each.code): bool(each.answer) for each in consents.answers(connection, row.id)}
    parts = []
    for part in version.review(opened.asked, facts, Answers(uses), language):
        lines = tuple(
            Allowed(line.kind, line.code, line.text, (line.kind, line.code) not in KEPT_WISHES)
            for line in part.lines
            if (line.kind, line.code) in allowed
        )
        if lines:
            parts.append(Part(part.heading, lines))
    return tuple(parts)


def _places(house: House, connection: Connection, row: Row[Any], language: str) -> tuple[Place, ...]:
    found: dict[str, Place] = {}
    for each in records.posts_on(connection, [row.id]):
        if each.state not in SHOWN_NOW:
            continue
        before = found.get(each.id)
        images: Sequence[str] = before.images if before is not None else ()
        shown = before or place(house, connection, each.id, each, language)
        found[each.id] = Place(shown.post_id, shown.channel, shown.address, shown.posted_at, (*images, each.image_id))
    return tuple(found.values())


def _earlier(house: House, connection: Connection, request: Row[Any], language: str) -> Earlier:
    return Earlier(
        request.id,
        request.number,
        request.made_at,
        request.scope,
        request.closed_at is not None,
        outcomes(house, connection, request, language),
    )
