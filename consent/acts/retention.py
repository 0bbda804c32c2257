"""Keep as long as the law asks, longer under a legal hold, and destroy when due: an act of two people.

Destroyed means that the data keys, with their salts, and the blobs are gone: nobody can open it again. Rows stay
as a skeleton of IDs, codes and dates, and custody says what was destroyed, under which rule and when.
Source: 45 CFR 164.316(b)(2)(i); 164.310(d)(2)(i) (disposal); domain rule 27.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.engine import Connection, Row

from consent.acts.actor import Actor
from consent.acts.house import Deed, House
from consent.acts.known_people import is_asked_about
from consent.records import consents, images
from consent.records import retention as records
from consent.records.retention import Belongings
from consent.records.tables.consents import consent, patient
from consent.records.tables.images import image
from consent.records.tables.retention import destruction, legal_hold
from consent.rules.access import Act
from consent.rules.calendar import add_years, day_in
from consent.rules.chain import DESTROY
from consent.rules.expiry import last_good_day
from consent.rules.identifiers import new_id
from consent.rules.refusal import NotFound, Reason, Refused, refuse_if
from consent.rules.retention import Life, RetentionPolicy, due_on, may_destroy

RULE = "retention"


@dataclass(frozen=True)
class Due:
    """A consent that may be destroyed from this day on: its number and dates, never whose it is."""

    consent_id: str
    number: str
    due_on: date


@dataclass(frozen=True)
class Proposal:
    """What one person proposed to destroy; another has to confirm it."""

    id: str
    consent_id: str
    number: str
    due_on: date
    proposed_by: str
    proposed_at: datetime


@dataclass(frozen=True)
class Hold:
    """A legal hold in force."""

    consent_id: str
    number: str
    set_at: datetime


@dataclass(frozen=True)
class Overview:
    """What is due, what waits for a second person, and what is held."""

    due: tuple[Due, ...]
    proposed: tuple[Proposal, ...]
    holds: tuple[Hold, ...]


def overview(house: House, actor: Actor) -> Overview:
    """Return what may be destroyed today, what waits for a second person, and what is held. Raises: Refused('role')."""
    actor.must(Act.SEE_RETENTION)
    with house.reading() as connection:
        proposed = tuple(
            Proposal(row.id, row.consent_id, row.number, row.due_on, row.proposed_by, row.proposed_at)
            for row in records.proposals(connection)
        )
        waiting = {each.consent_id for each in proposed}
        due = tuple(each for each in _due(house, connection) if each.consent_id not in waiting)
        holds = tuple(Hold(row.consent_id, row.number, row.set_at) for row in records.held(connection))
    return Overview(due, proposed, holds)


def hold(house: House, actor: Actor, consent_id: str, why: str) -> None:
    """Keep a consent whatever its day, until the hold is lifted; `why` is kept beside the entry.

    Raises: Refused: role, missing, held-already, destroyed-already; NotFound.
    """
    actor.must(Act.SET_LEGAL_HOLD)
    words = _words(why)
    with house.writing(actor) as deed:
        row = _find(deed.connection, consent_id)
        if row.destroyed_at is not None:
            raise Refused(Reason("destroyed-already"))
        if records.find_hold(deed.connection, consent_id) is not None:
            raise Refused(Reason("held-already"))
        deed.ledger.insert(
            legal_hold,
            id=new_id(secrets.token_bytes),
            consent_id=consent_id,
            set_by=actor.id,
            set_at=deed.now,
            lifted_by=None,
            lifted_at=None,
        )
        deed.enter("consent.hold", {"consent": consent_id}, words)


def is_held(house: House, actor: Actor, consent_id: str) -> bool:
    """Return whether a legal hold keeps this consent. Raises: Refused('role'); NotFound."""
    actor.must(Act.SET_LEGAL_HOLD)
    with house.reading() as connection:
        _find(connection, consent_id)
        return records.find_hold(connection, consent_id) is not None


def lift_hold(house: House, actor: Actor, consent_id: str, why: str) -> None:
    """Lift a legal hold: the consent may be destroyed when it is due. Raises: Refused: role, missing; NotFound."""
    actor.must(Act.SET_LEGAL_HOLD)
    words = _words(why)
    with house.writing(actor) as deed:
        row = records.find_hold(deed.connection, consent_id)
        if row is None:
            raise NotFound
        deed.ledger.update(legal_hold, row.id, lifted_by=actor.id, lifted_at=deed.now)
        deed.enter("consent.lift-hold", {"consent": consent_id}, words)


def due_now(house: House, actor: Actor, consent_id: str) -> Due:
    """Return what would be proposed. Raises: NotFound; Refused: role, and every objection of `may_destroy`."""
    actor.must(Act.PROPOSE_DESTRUCTION)
    with house.reading() as connection:
        row = _find(connection, consent_id)
        life = _life(house, connection, row)
        refuse_if(may_destroy(life, _policy(house), house.today))
        return Due(row.id, row.number, due_on(life, _policy(house)))


def propose(house: House, actor: Actor, consent_id: str) -> str:
    """Propose to destroy what is due; return the proposal's ID. A repeat proposes once.

    Raises: NotFound; Refused: role, and every objection of `rules.retention.may_destroy`.
    """
    actor.must(Act.PROPOSE_DESTRUCTION)
    with house.writing(actor) as deed:
        row = _find(deed.connection, consent_id)
        before = records.proposal_of(deed.connection, consent_id)
        if before is not None:
            deed.nothing()
            return str(before.id)
        life = _life(house, deed.connection, row)
        refuse_if(may_destroy(life, _policy(house), deed.today))
        destruction_id = new_id(secrets.token_bytes)
        deed.ledger.insert(
            destruction,
            id=destruction_id,
            consent_id=consent_id,
            rule=RULE,
            due_on=due_on(life, _policy(house)),
            state="proposed",
            proposed_by=actor.id,
            proposed_at=deed.now,
            decided_by=None,
            decided_at=None,
        )
        deed.enter("consent.propose-destruction", {"consent": consent_id, "rule": RULE})
        return destruction_id


def drop(house: House, actor: Actor, destruction_id: str) -> None:
    """Give a proposal up: nothing is destroyed. Raises: NotFound; Refused('role')."""
    actor.must(Act.PROPOSE_DESTRUCTION)
    with house.writing(actor) as deed:
        row = _proposal(deed.connection, destruction_id)
        deed.ledger.update(destruction, row.id, state="dropped", decided_by=actor.id, decided_at=deed.now)
        deed.enter("consent.drop-destruction", {"consent": row.consent_id})


def destroy(house: House, actor: Actor, destruction_id: str) -> None:
    """Destroy what another person proposed, for good: keys and salts in one transaction, then the blobs.

    What a crash leaves of the blobs no key opens any more; upkeep deletes it.
    Raises: NotFound; Refused: role, same-person, person-not-known (nobody has said yet who one of the two is), and
    every objection of `rules.retention.may_destroy`.
    """
    actor.must(Act.CONFIRM_DESTRUCTION)
    with house.writing(actor) as deed:
        proposal = _proposal(deed.connection, destruction_id)
        if proposal.proposed_by == actor.id:
            raise Refused(Reason("same-person"))
        if is_asked_about(deed.connection, {proposal.proposed_by, actor.id}):
            raise Refused(Reason("person-not-known"))
        row = _find(deed.connection, proposal.consent_id)
        refuse_if(may_destroy(_life(house, deed.connection, row), _policy(house), deed.today))
        goes = records.belongings(deed.connection, row.id)
        _empty(deed, goes)
        deed.ledger.update(consent, row.id, destroyed_at=deed.now)
        deed.ledger.update(destruction, proposal.id, state="done", decided_by=actor.id, decided_at=deed.now)
        about = {
            "consent": row.id,
            "image": goes.ids(image),
            "rule": proposal.rule,
            "on": deed.today.isoformat(),
            "data_keys": sorted(goes.keys),
            "records": deed.ledger.part_with(goes.keys),
            "words": records.words_of(deed.connection, goes.keys),
        }
        deed.enter(DESTROY, about)
        # Last: until here the salts were needed for the digests of the rows that this changed.
        records.delete_keys(deed.connection, goes.keys)
    for blob in sorted(goes.blobs):
        house.blobs.delete(blob)


def finish(house: House) -> int:
    """Delete the blobs that a crash after a destruction left; return how many. No entry: the destruction has one."""
    with house.reading() as connection:
        left = [blob for blob in records.blobs_without_key(connection) if house.blobs.has(blob)]
    for blob in left:
        house.blobs.delete(blob)
    return len(left)


def _empty(deed: Deed, goes: Belongings) -> None:
    """Take from the rows what would still point to a person, and the fingerprints of pictures."""
    for patient_id in goes.ids(patient):
        deed.ledger.update(patient, patient_id, fingerprint_key=None, record_fingerprint=None, person_fingerprint=None)
    for image_id in goes.ids(image):
        deed.ledger.update(image, image_id, state="discarded")
        images.drop_fingerprint(deed.connection, image_id)


def _due(house: House, connection: Connection) -> list[Due]:
    policy, today = _policy(house), house.today
    # Nothing younger than this can be due, so that the others are not looked at.
    before = datetime.combine(add_years(today, -policy.years), datetime.min.time(), house.terms.zone)
    found = []
    for row in records.old_consents(connection, before):
        life = _life(house, connection, row)
        if not may_destroy(life, policy, today):
            found.append(Due(row.id, row.number, due_on(life, policy)))
    return found


def _life(house: House, connection: Connection, row: Row[Any]) -> Life:
    def day(instant: datetime | None) -> date | None:
        return None if instant is None else day_in(house.terms.zone, instant)

    return Life(
        made_on=day_in(house.terms.zone, row.made_at),
        signed_on=day(row.signed_at),
        expired_on=last_good_day(row.expires_on, row.event_confirmed_on),
        withdrawn_on=day(row.revoked_at),
        last_removed_on=day(records.last_removed_at(connection, row.id)),
        majority_on=row.majority_on,
        is_held=records.find_hold(connection, row.id) is not None,
        posts_out=records.posts_out(connection, row.id),
        tasks_open=records.still_open(connection, row.id),
        is_destroyed=row.destroyed_at is not None,
    )


def _policy(house: House) -> RetentionPolicy:
    return RetentionPolicy(house.terms.keep_years, house.terms.keep_years_after_majority)


def _find(connection: Connection, consent_id: str) -> Row[Any]:
    row = consents.find(connection, consent_id)
    if row is None:
        raise NotFound
    return row


def _proposal(connection: Connection, destruction_id: str) -> Row[Any]:
    row = records.find_proposal(connection, destruction_id)
    if row is None or row.state != "proposed":
        raise NotFound
    return row


def _words(words: str) -> str:
    if not words.strip():
        raise Refused(Reason("missing", "words"))
    return words.strip()
