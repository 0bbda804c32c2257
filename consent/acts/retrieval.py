"""Staff look at a patient's consent: their own or their unit's, or for a stated reason. Each look is in custody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.engine import Connection, Row

from consent.acts import dossier, filing, tasks
from consent.acts.actor import Actor
from consent.acts.dossier import Dossier
from consent.acts.house import House
from consent.records import consents, copies, custody
from consent.rules.access import Act, Opening
from consent.rules.refusal import NotFound, Reason, Refused

# A stated reason opens this one record, to this one person, for the length of a task.
REASON_LASTS = timedelta(minutes=30)
REASON_ACT = "consent.state-reason"


def is_own(actor: Actor, row: Row[Any]) -> bool:
    """Say whether this record (consent or patient) needs no reason: his own, his unit's, or he is privacy officer."""
    return actor.opening(row.made_by, row.unit) is Opening.FREELY


def check_access(house: House, connection: Connection, actor: Actor, row: Row[Any]) -> None:
    """Return if this person may see this consent now. Raises: Refused('reason-needed')."""
    if is_own(actor, row):
        return
    since = house.clock() - REASON_LASTS
    stated = (
        each.act == REASON_ACT and each.actor == actor.name and each.at >= since
        for each in custody.about(connection, row.id)
    )
    if not any(stated):
        raise Refused(Reason("reason-needed", "reason"))


def reach(house: House, connection: Connection, actor: Actor, consent_id: str) -> Row[Any]:
    """Return the consent, if there is one and he may see it now. Raises: NotFound; Refused("reason-needed")."""
    row = _find(connection, consent_id)
    check_access(house, connection, actor, row)
    return row


def state_reason(house: House, actor: Actor, consent_id: str, reason: str) -> None:
    """Keep why somebody of another unit looks; the privacy officer is told. Then he may look for half an hour.

    Raises: NotFound; Refused('reason-needed') without one.
    """
    actor.must(Act.SEE_CONSENT)
    if not reason.strip():
        raise Refused(Reason("reason-needed", "reason"))
    with house.writing(actor) as deed:
        row = _find(deed.connection, consent_id)
        once = f"reason-stated:{consent_id}:{actor.id}:{deed.today.isoformat()}"
        about = {"consent": consent_id, "staff": actor.id}
        task_id = tasks.leave(deed, "reason-stated", once, queue="privacy-officer", about=about)
        deed.enter(REASON_ACT, {"consent": row.id, "patient": row.patient_id, "task": task_id}, reason.strip())


@dataclass(frozen=True)
class Answer:
    """One signed answer; `withdrawn` since, in whole or in part."""

    kind: str
    code: str
    yes: bool
    withdrawn: bool


@dataclass(frozen=True)
class Opened:
    """A consent as staff see it. `copies`: how each was given, newest first; `card_at`: since when a card opens."""

    dossier: Dossier
    answers: tuple[Answer, ...]
    method: str
    copies: tuple[tuple[str, datetime], ...]
    card_at: datetime | None


def open_consent(house: House, actor: Actor, consent_id: str) -> Opened:
    """Return the consent with the patient's name, all that was prepared, and what was signed.

    Raises: NotFound; Refused: role, reason-needed.
    """
    actor.must(Act.SEE_CONSENT)
    with house.writing(actor) as deed:
        row = reach(house, deed.connection, actor, consent_id)
        opened = _opened(house, deed.connection, consent_id)
        deed.enter("consent.open", {"consent": row.id, "patient": row.patient_id})
    return opened


def open_document(house: House, actor: Actor, consent_id: str) -> bytes:
    """Return the sealed PDF, byte for byte, checked against what was recorded.

    Raises: NotFound while nothing is signed; Refused: role, reason-needed; filing Altered.
    """
    actor.must(Act.OPEN_DOCUMENT)
    with house.writing(actor) as deed:
        row = reach(house, deed.connection, actor, consent_id)
        found = consents.find_document(deed.connection, consent_id)
        if found is None:
            raise NotFound
        pdf = filing.take_out(house, deed.connection, consent_id)
        deed.enter("document.open", {"consent": row.id, "patient": row.patient_id, "document": found.id})
    return pdf


def _opened(house: House, connection: Connection, consent_id: str) -> Opened:
    signed = consents.find_signature(connection, consent_id)
    card = copies.newest_card(connection, consent_id)
    return Opened(
        dossier=dossier.load(house, connection, consent_id),
        answers=tuple(
            Answer(each.kind, each.code, each.answer, each.withdrawn_at is not None)
            for each in consents.answers(connection, consent_id)
        ),
        method=signed.method if signed is not None else "",
        copies=tuple(
            (each.method, each.given_at)
            for each in copies.of_consent(connection, consent_id)
            if each.given_at is not None
        ),
        card_at=card.made_at if card is not None else None,
    )


def _find(connection: Connection, consent_id: str) -> Row[Any]:
    row = consents.find(connection, consent_id)
    if row is None:
        raise NotFound
    return row
