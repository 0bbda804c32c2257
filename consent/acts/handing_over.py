"""Hand the tablet to the patient: the sign-in ends in that browser, and a signing session begins.

The server decides what the browser may open, not a page: the new token opens this session's pages only.
"""

from __future__ import annotations

import secrets

from consent.acts import creating, dossier, readiness, sessions
from consent.acts.actor import Actor
from consent.acts.house import House
from consent.formbook import Page
from consent.records import consents
from consent.records.tables.consents import consent
from consent.rules.access import Act
from consent.rules.identifiers import new_id
from consent.rules.refusal import Reason, refuse_if
from consent.vault.secrets import new_token


def objections(house: House, actor: Actor, consent_id: str) -> tuple[Reason, ...]:
    """Return why this draft cannot be handed over today; empty if it can. Raises: NotFound; Refused."""
    actor.must(Act.SEE_CONSENT)
    with house.reading() as connection:
        opened = dossier.load(house, connection, consent_id)
        return readiness.hand_over_objections(house, connection, opened, house.today)


def preview(house: House, actor: Actor, consent_id: str, language: str | None = None) -> tuple[Page, ...]:
    """Return the pages as the patient will see them, to the last before he signs. They name no patient.

    Raises: NotFound; Refused.
    """
    actor.must(Act.SEE_CONSENT)
    with house.reading() as connection:
        opened = dossier.load(house, connection, consent_id)
        facts = readiness.facts_of(connection, opened)
    version, spoken = readiness.version_of(house, opened.row), language or opened.row.language
    closing = (version.closing(key, facts, spoken) for key in ("electronic", "signature"))
    return (*version.pages(opened.asked, facts, spoken), *closing)


def hand_over(house: House, actor: Actor, staff_session_id: str, consent_id: str) -> str:
    """Begin the signing and return the browser's new token; the sign-in of that browser is over.

    Answers of an earlier hand-over of the same draft are kept; its token no longer opens anything.
    Raises: NotFound; Refused with every objection of the rules, other-unit, not-a-draft, signing-now.
    """
    actor.must(Act.HAND_OVER)
    token, digest = new_token()
    with house.writing(actor) as deed:
        row = creating.editable(deed, actor, consent_id)
        opened = dossier.load(house, deed.connection, consent_id)
        refuse_if(readiness.hand_over_objections(house, deed.connection, opened, deed.today))
        before = consents.session_of(deed.connection, consent_id)
        begun = {
            "token_hash": digest,
            "language": row.language,
            "handed_over_by": actor.id,
            "state": "open",
            "unlock_tries": 0,
            "made_at": deed.now,
            "claimed_at": None,
            "claim": None,
            "ended_at": None,
        }
        if before is None:
            session_id, key_id = new_id(secrets.token_bytes), deed.new_key()
            answers = deed.encrypt(key_id, "signing_session", session_id, "answers", "{}")
            consents.keep_session(
                deed.connection,
                id=session_id,
                consent_id=consent_id,
                key_id=key_id,
                answers=answers,
                **begun,
            )
        else:
            session_id = before.id
            consents.change_session(deed.connection, session_id, (before.state,), **begun)
        deed.ledger.update(consent, row.id, status="handed-over", handed_over_at=deed.now)
        sessions.end_within(deed, staff_session_id, "handed-over")
        deed.enter("consent.hand-over", {"consent": row.id, "patient": row.patient_id, "signing": session_id})
    return token
