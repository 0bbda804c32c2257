"""Something has happened in a patient's life that takes the ground from under a signature: hold the consents back.

Whoever cares for the patient records it; new use stops at once, live posts go to review, the privacy officer gets a
task and alone lifts the hold. Source: 45 CFR 164.502(g); domain rule 47 and section 5.5.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy.engine import Row

from consent.acts import retrieval, same_person, tasks
from consent.acts.actor import Actor
from consent.acts.expiring import put_to_review
from consent.acts.house import Deed, House
from consent.records import consents
from consent.records.tables.consents import consent
from consent.rules.access import Act, Role
from consent.rules.expiry import ReviewCause
from consent.rules.parties import SignerKind
from consent.rules.refusal import Reason, Refused

EVENTS: Final = ("capacity", "death", "abuse", "guardianship")
ABOUT_THE_SIGNER: Final = frozenset({"abuse", "guardianship"})
"""These touch only what somebody else signed for the patient."""
IN_FORCE: Final = "signed"


def offered(house: House, actor: Actor, consent_id: str) -> tuple[str, ...]:
    """Return which events can be recorded on this consent. Raises: Refused: role, reason-needed; NotFound."""
    actor.must(Act.RECORD_LIFE_EVENT)
    with house.reading() as connection:
        row = retrieval.reach(house, connection, actor, consent_id)
        return tuple(each for each in EVENTS if _touches(each, row))


def record(house: House, actor: Actor, consent_id: str, event: str, words: str) -> tuple[str, ...]:
    """Hold back every consent of this patient that the event touches; return their IDs.

    Death and loss of capacity touch all that the patient has on record here; a concern about whoever signed, and the
    end of his right, what somebody else signed for the patient. `words` are kept encrypted beside the custody entry.
    Writes: consent, post, task. Raises: Refused: role, reason-needed, why-missing, missing, not-signed,
    event-not-here, already-suspended; NotFound.
    """
    actor.must(Act.RECORD_LIFE_EVENT)
    if event not in EVENTS:
        raise Refused(Reason("why-missing", "event"))
    if not words.strip():
        raise Refused(Reason("missing", "words"))
    with house.writing(actor) as deed:
        row = retrieval.reach(house, deed.connection, actor, consent_id)
        if row.status != IN_FORCE:
            raise Refused(Reason("not-signed"))
        if not _touches(event, row):
            raise Refused(Reason("event-not-here", "event"))
        held = hold_back(deed, _touched(house, deed, row, event), event)
        if not held:
            raise Refused(Reason("already-suspended"))
        task_id = tasks.leave(
            deed,
            "life-event",
            f"life-event:{consent_id}:{event}:{deed.now.isoformat()}",
            queue=Role.PRIVACY_OFFICER.value,
            about={"consent": consent_id},
        )
        posts = put_to_review(deed, held, ReviewCause.ON_HOLD)
        about = {"consent": list(held), "patient": row.patient_id, "why": event, "post": list(posts), "task": task_id}
        deed.enter("consent.life-event", about, words.strip())
    return held


def hold_back(deed: Deed, rows: list[Row[Any]], why: str) -> tuple[str, ...]:
    """Suspend those of these consents that are not suspended yet; return their IDs."""
    fresh = [row.id for row in rows if row.suspended_at is None]
    for each in fresh:
        deed.ledger.update(consent, each, suspended_at=deed.now, suspended_why=why)
    return tuple(fresh)


def _touched(house: House, deed: Deed, row: Row[Any], event: str) -> list[Row[Any]]:
    own = same_person.patients(house, deed.connection, row.patient_id)
    every = [each for patient_id in own for each in consents.of_patient(deed.connection, patient_id)]
    return [each for each in every if each.status == IN_FORCE and _touches(event, each)]


def _touches(event: str, row: Row[Any]) -> bool:
    return event not in ABOUT_THE_SIGNER or row.signer not in (None, SignerKind.PATIENT)
