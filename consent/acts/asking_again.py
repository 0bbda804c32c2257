"""A patient is to be asked again before anything new of him is shown; and he was.

Somebody sets it: because he asked for it, because it would be seen far and wide (a billboard, television, paid
advertising), or because something has changed. While it stands, every new use waits, but for a planned post that
he has been shown since then and agreed to. Source: domain section 2.2 (recontact before high-visibility use).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from consent.acts import retrieval, tasks
from consent.acts.actor import Actor
from consent.acts.house import House
from consent.records.tables.consents import consent
from consent.rules.access import Act
from consent.rules.refusal import Reason, Refused

WHYS = ("patient-asked", "seen-widely", "changed")


def begin(house: House, actor: Actor, consent_id: str, why: str, words: str) -> None:
    """From now on every new use of this consent waits until he was asked again; somebody gets the task to ask.

    Writes: consent, task; `words` are kept encrypted beside the custody entry.
    Raises: NotFound; Refused: role, reason-needed, why-missing, missing, not-signed, asking-again-already.
    """
    actor.must(Act.ASK_AGAIN)
    if why not in WHYS:
        raise Refused(Reason("why-missing", "why"))
    if not words.strip():
        raise Refused(Reason("missing", "words"))
    with house.writing(actor) as deed:
        row = retrieval.reach(house, deed.connection, actor, consent_id)
        if row.status != "signed":
            raise Refused(Reason("not-signed"))
        if row.recontact_at is not None:
            raise Refused(Reason("asking-again-already"))
        deed.ledger.update(consent, consent_id, recontact_at=deed.now)
        about = {"consent": consent_id}
        once = _task(consent_id, deed.now)
        task_id = tasks.leave(deed, "ask-again", once, queue="clinician", about=about, owner_id=row.made_by)
        deed.enter("consent.ask-again", {**about, "task": task_id, "why": why}, words.strip())


def end(house: House, actor: Actor, consent_id: str, words: str) -> None:
    """He was asked and still agrees to all of it: new uses wait no more. If he does not, record his change of mind.

    Writes: consent, task; `words` (how he was asked, what he said) are kept encrypted.
    Raises: NotFound; Refused: role, reason-needed, missing, not-asking-again.
    """
    actor.must(Act.ASK_AGAIN)
    if not words.strip():
        raise Refused(Reason("missing", "words"))
    with house.writing(actor) as deed:
        row = retrieval.reach(house, deed.connection, actor, consent_id)
        if row.recontact_at is None:
            raise Refused(Reason("not-asking-again"))
        deed.ledger.update(consent, consent_id, recontact_at=None)
        tasks.settle(deed, _task(consent_id, row.recontact_at), "asked")
        deed.enter("consent.asked-again", {"consent": consent_id}, words.strip())


def _task(consent_id: str, since: datetime) -> str:
    return f"ask-again:{consent_id}:{since.isoformat()}"


@dataclass(frozen=True)
class Standing:
    """What a page must know before it asks."""

    number: str
    is_asking: bool


def standing(house: House, actor: Actor, consent_id: str) -> Standing:
    """Return whether he is to be asked again. Raises: NotFound; Refused: role, reason-needed."""
    actor.must(Act.ASK_AGAIN)
    with house.reading() as connection:
        row = retrieval.reach(house, connection, actor, consent_id)
        return Standing(row.number, row.recontact_at is not None)
