"""Say no to the whole form: as easy as yes, without a reason, and nothing is held against anybody (rule 6)."""

from __future__ import annotations

from consent.acts import answering, revocation, tasks
from consent.acts.actor import Actor
from consent.acts.house import House
from consent.acts.signing import close_session
from consent.records import consents
from consent.records.tables.consents import consent
from consent.rules.parties import PartyRole
from consent.rules.refusal import Reason, Refused


def has_earlier(house: House, session_id: str) -> bool:
    """Say whether this patient signed another consent that is still in force. Raises: NotFound."""
    session = answering.open_session(house, session_id)
    with house.reading() as connection:
        return consents.has_signed(connection, session.dossier.row.patient_id, but=session.consent_id)


def decline(house: House, session_id: str, earlier_too: bool, by: PartyRole = PartyRole.SIGNER) -> None:
    """Record the no. `earlier_too`: he also wants what he signed before to be withdrawn; that wish is a task in
    the same instant, and done in the next. `by`: whose no it is; a child's stops it as the signer's does (rule 9).
    Declining again changes nothing.

    Raises: NotFound; Refused: signing-now, signed-already.
    """
    with house.writing(Actor("signer", session_id)) as deed:
        session = answering.load(house, deed.connection, session_id)
        if session.dossier.row.status == "declined":
            deed.nothing()
            return
        answering.must_be_open(session)
        if session.dossier.row.status != "handed-over":
            raise Refused(Reason("signing-over"))
        row = deed.ledger.update(consent, session.consent_id, status="declined", declined_at=deed.now)
        about = {"consent": row.id, "patient": row.patient_id, "signing": session_id}
        about |= {"earlier": earlier_too, "by": by.value}
        if earlier_too:
            about["task"] = tasks.leave(
                deed,
                "withdraw-earlier",
                f"withdraw-earlier:{row.id}",
                queue="privacy-officer",
                about={"consent": row.id, "patient": row.patient_id},
                due_at=deed.now,
            )
        close_session(deed, session_id, "declined")
        deed.enter("consent.decline", about)
    if earlier_too:
        # In a deed of its own: a crash in between leaves the task, which the worker takes up.
        revocation.revoke_earlier(house, Actor("signer", session_id), session.consent_id)
