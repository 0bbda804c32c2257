"""Hand the tablet to a patient who is to look at a planned post, and get it back by PIN: as for signing.

The server decides what that browser may open: the planned posts of this one consent, and nothing else.
"""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy.engine import Row

from consent.acts import lending, retrieval, sessions
from consent.acts.actor import Actor
from consent.acts.handing_back import check_pin
from consent.acts.house import Deed, House
from consent.acts.sign_in import Begun
from consent.records import showings as records
from consent.rules.access import Act
from consent.rules.identifiers import new_id
from consent.rules.refusal import NotFound, Reason, Refused
from consent.vault.secrets import new_token


def hand_over(house: House, actor: Actor, staff_session_id: str, consent_id: str) -> str:
    """Return the browser's new token; the sign-in of that browser is over, and a tablet lent before opens no more.

    Raises: NotFound; Refused: role, reason-needed, nothing-to-show.
    """
    actor.must(Act.SHOW_TO_PATIENT)
    token, digest = new_token()
    with house.writing(actor) as deed:
        row = retrieval.reach(house, deed.connection, actor, consent_id)
        waiting = records.open_of(deed.connection, consent_id)
        if not waiting:
            raise Refused(Reason("nothing-to-show"))
        records.end_tablets(deed.connection, consent_id)
        records.keep_tablet(
            deed.connection,
            id=new_id(secrets.token_bytes),
            consent_id=consent_id,
            token_hash=digest,
            handed_over_by=actor.id,
            state="open",
            language=row.language,
            unlock_tries=0,
            made_at=deed.now,
        )
        sessions.end_within(deed, staff_session_id, "handed-over")
        about = {"consent": row.id, "patient": row.patient_id, "showing": [each.id for each in waiting]}
        deed.enter("showing.hand-over", about)
    return token


def waiting(house: House, actor: Actor, consent_id: str) -> int:
    """Return how many planned posts wait for this patient to look at. Raises: Refused('role')."""
    actor.must(Act.SEE_CONSENT)
    with house.reading() as connection:
        return len(records.open_of(connection, consent_id))


def switch_language(house: House, tablet_id: str, language: str) -> None:
    """Show everything in another language from now on."""
    with house.scratch() as deed:
        records.change_tablet(deed.connection, tablet_id, language=language)


def language_of(house: House, tablet_id: str) -> str:
    """Return the language in which this tablet is read. Raises: NotFound."""
    with house.reading() as connection:
        row = records.find_tablet(connection, tablet_id)
    if row is None:
        raise NotFound
    return str(row.language)


def unlock(house: House, tablet_id: str, pin: str) -> Begun:
    """Begin a sign-in for the person who handed over this tablet; its token opens nothing any more.

    Five wrong PINs, or eight hours, and only a full sign-in is left.
    Raises: NotFound; Refused: unlock-too-late, pin-spent, pin-wrong (left=tries left).
    """
    right = check_pin(house, tablet_id, pin, lending.SHOWING)
    with house.writing(Actor("staff", right.staff_id)) as deed:
        row, tablet = right.account(deed), _find(deed, tablet_id)
        records.change_tablet(deed.connection, tablet_id, state="ended")
        deed.enter("staff.unlock", {"staff": row.id, "consent": tablet.consent_id})
        return Begun(sessions.begin(deed, row.id, second_factor=row.totp_secret is not None), row.id)


def resume(house: House, tablet_id: str, pin: str) -> None:
    """Give a locked tablet back to its patient, who looks on where he was; nobody is signed in.

    Raises: as `unlock`.
    """
    right = check_pin(house, tablet_id, pin, lending.SHOWING)
    with house.writing(Actor("staff", right.staff_id)) as deed:
        row, tablet = right.account(deed), _find(deed, tablet_id)
        records.change_tablet(
            deed.connection, tablet_id, unlock_tries=0, seen_at=deed.now, warns_at=None, locked_at=None
        )
        deed.enter("staff.resume", {"staff": row.id, "consent": tablet.consent_id})


def finish(house: House, tablet_id: str) -> None:
    """Staff have the tablet back by a full sign-in: its token opens nothing any more."""
    with house.scratch() as deed:
        records.change_tablet(deed.connection, tablet_id, state="ended")


def _find(deed: Deed, tablet_id: str) -> Row[Any]:
    tablet = records.find_tablet(deed.connection, tablet_id)
    if tablet is None:
        raise NotFound
    return tablet
