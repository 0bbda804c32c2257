"""The requests to stop, for those who act on them: what was said, how we knew who it was, what has come of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection, Row

from consent.acts.actor import Actor
from consent.acts.house import House
from consent.acts.opening import open_text
from consent.acts.standing import Outcome, outcomes
from consent.records import consents, notices
from consent.records import revocations as records
from consent.rules.access import Act, may
from consent.rules.identifiers import parse_request_number
from consent.rules.refusal import NotFound

PAGE_SIZE = 200


@dataclass(frozen=True)
class Listed:
    """One request in the list. IDs and codes only."""

    id: str
    number: str
    way: str
    scope: str
    state: str
    doubt: bool
    made_at: datetime
    closed_at: datetime | None
    posts: int


@dataclass(frozen=True)
class Told:
    """One notice of a request: of what kind, to which sort of recipient, whether it has gone out."""

    id: str
    kind: str
    to: str
    state: str
    sent_at: datetime | None


@dataclass(frozen=True)
class Request:
    """One request with everything that came of it."""

    listed: Listed
    words: str
    known_how: str
    withdrawn: tuple[tuple[str, bool, tuple[tuple[str, str], ...]], ...]
    """Consent number, whether whole, else the parts as (kind, code)."""
    outcomes: tuple[Outcome, ...]
    told: tuple[Told, ...]
    has_letter: bool
    may_be_found_mistaken: bool


def listed(house: House, actor: Actor) -> tuple[Listed, ...]:
    """Return the newest requests, open ones first: all of them for the privacy officer, else one's own.

    Raises: Refused('role').
    """
    actor.must(Act.REVOKE_FOR_PATIENT)
    with house.reading() as connection:
        rows: Sequence[Row[Any]] = records.requests(connection, PAGE_SIZE)
        return tuple(_listed(connection, row) for row in rows if _may_see(actor, row))


def by_number(house: House, actor: Actor, typed: str) -> str | None:
    """Return the ID of the request of which the patient reads out this number; None if there is none to be seen.

    Raises: BadIdentifier; Refused('role').
    """
    actor.must(Act.REVOKE_FOR_PATIENT)
    number = parse_request_number(typed)
    with house.reading() as connection:
        row = records.find_by_number(connection, number)
    return None if row is None or not _may_see(actor, row) else str(row.id)


def one(house: House, actor: Actor, request_id: str) -> Request:
    """Return one request; that it was opened is in custody. Raises: NotFound (also another's); Refused('role')."""
    actor.must(Act.REVOKE_FOR_PATIENT)
    with house.writing(actor) as deed:
        row = records.find_request(deed.connection, request_id)
        if row is None or not _may_see(actor, row):
            raise NotFound
        found = _request(house, deed.connection, actor, row)
        deed.enter("revocation.open", {"request": row.id, "consent": row.consent_id})
    return found


def _may_see(actor: Actor, row: Row[Any]) -> bool:
    return bool(may(actor.roles, Act.FIND_REVOCATION_MISTAKEN) or row.made_by == actor.name)


def _listed(connection: Connection, row: Row[Any]) -> Listed:
    through = consents.find(connection, row.consent_id)
    number = through.number if through is not None else ""
    return Listed(
        row.id, number, row.way, row.scope, row.state, row.doubt, row.made_at, row.closed_at, len(row.takedowns)
    )


def _request(house: House, connection: Connection, actor: Actor, row: Row[Any]) -> Request:
    def opened(column: str) -> str:
        token = row._mapping[column]
        return "" if token is None else open_text(house, connection, "revocation_request", row.id, column, token)

    withdrawn = []
    for each in records.revocations_of(connection, row.id):
        through = consents.find(connection, each.consent_id)
        parts = tuple((kind, code) for kind, code in each.parts)
        withdrawn.append((through.number if through is not None else each.consent_id, each.whole, parts))
    officer = may(actor.roles, Act.FIND_REVOCATION_MISTAKEN)
    return Request(
        listed=_listed(connection, row),
        words=opened("words"),
        known_how=opened("known_how"),
        withdrawn=tuple(withdrawn),
        outcomes=outcomes(house, connection, row, "en"),
        told=tuple(
            Told(each.id, each.kind, each.to, each.state, each.sent_at)
            for each in notices.of_request(connection, row.id)
        ),
        has_letter=row.letter_document_id is not None,
        may_be_found_mistaken=officer and row.mistaken_at is None,
    )
