"""The event that a consent was to end with has happened: somebody who was named in it says so."""

from __future__ import annotations

from datetime import date

from consent.acts import dossier, retrieval
from consent.acts.actor import Actor
from consent.acts.house import House
from consent.records.tables.consents import consent
from consent.rules.access import Act
from consent.rules.calendar import day_in
from consent.rules.refusal import Reason, Refused


def confirm_event(house: House, actor: Actor, consent_id: str, happened_on: date | None, words: str) -> None:
    """Record the day on which the event happened: from that day on the consent carries no new post.

    Said once; `words` (who said so) are kept encrypted beside the custody entry. Live posts are put up for review by
    the next upkeep. Writes: consent. Source: 45 CFR 164.508(b)(2)(i).
    Raises: Refused: role, reason-needed, no-event, event-known, day-missing, day-impossible, missing; NotFound.
    """
    actor.must(Act.CONFIRM_EVENT)
    with house.writing(actor) as deed:
        row = retrieval.reach(house, deed.connection, actor, consent_id)
        if row.status != "signed" or row.until != "event":
            raise Refused(Reason("no-event"))
        if row.event_confirmed_on is not None:
            raise Refused(Reason("event-known"))
        reasons = []
        if happened_on is None:
            reasons.append(Reason("day-missing", "happened_on"))
        elif not day_in(house.terms.zone, row.signed_at) <= happened_on <= deed.today:
            reasons.append(Reason("day-impossible", "happened_on"))
        if not words.strip():
            reasons.append(Reason("missing", "words"))
        if reasons:
            raise Refused(reasons)
        deed.ledger.update(consent, consent_id, event_confirmed_on=happened_on)
        deed.enter("consent.confirm-event", {"consent": consent_id}, words.strip())


def event_of(house: House, actor: Actor, consent_id: str) -> tuple[str, str]:
    """Return the event's words and who confirms it. Raises: Refused: role, reason-needed, no-event; NotFound."""
    actor.must(Act.CONFIRM_EVENT)
    with house.reading() as connection:
        row = retrieval.reach(house, connection, actor, consent_id)
        if row.until != "event":
            raise Refused(Reason("no-event"))
        details = dossier.load(house, connection, consent_id).details
    return details.event, details.event_confirmer
