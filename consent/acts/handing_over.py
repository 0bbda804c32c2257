"""Hand the tablet to the patient: the sign-in ends in that browser, and a signing session begins.

The server decides what the browser may open, not a page: the new token opens this session's pages only.
"""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy.engine import Row

from consent.acts import dossier, drafts, readiness, sessions
from consent.acts.actor import Actor
from consent.acts.house import Deed, House
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
        row = drafts.editable(deed, actor, consent_id)
        opened = dossier.load(house, deed.connection, consent_id)
        refuse_if(readiness.hand_over_objections(house, deed.connection, opened, deed.today))
        session_id = begin_session(deed, row, digest, None)
        deed.ledger.update(consent, row.id, status="handed-over", handed_over_at=deed.now)
        sessions.end_within(deed, staff_session_id, "handed-over")
        deed.enter("consent.hand-over", {"consent": row.id, "patient": row.patient_id, "signing": session_id})
    return token


def begin_session(deed: Deed, row: Row[Any], token_hash: str, link_id: str | None) -> str:
    """Begin the signing session of a consent, or take up the one that was interrupted; return its ID.

    Whatever opened it before opens it no more. `link_id`: the link of the signer's own phone; None on the tablet.
    """
    begun = {
        "token_hash": token_hash,
        "language": row.language,
        "handed_over_by": deed.actor.id,
        "link_id": link_id,
        "state": "open",
        "unlock_tries": 0,
        "made_at": deed.now,
        # Nothing of the patient before, or of this one's last time, says whether anybody is there.
        "seen_at": None,
        "warns_at": None,
        "locked_at": None,
        "claimed_at": None,
        "claim": None,
        "ended_at": None,
    }
    before = consents.session_of(deed.connection, row.id)
    if before is not None:
        consents.change_session(deed.connection, before.id, (before.state,), **begun)
        return str(before.id)
    session_id, key_id = new_id(secrets.token_bytes), deed.new_key()
    answers = deed.encrypt(key_id, "signing_session", session_id, "answers", "{}")
    first = {"key_id": key_id, "answers": answers, "answers_version": 1}
    consents.keep_session(deed.connection, id=session_id, consent_id=row.id, **first, **begun)
    return session_id
