"""Hand the tablet to a patient who is to look at a planned post, and get it back by PIN: as for signing.

The server decides what that browser may open: the planned posts of this one consent, and nothing else.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Row

from consent.acts import retrieval, sessions
from consent.acts.actor import Actor
from consent.acts.house import Deed, House
from consent.acts.sign_in import Begun
from consent.acts.unlocking import UNLOCKS_WITHIN
from consent.records import showings as records
from consent.records import staff
from consent.rules.access import Act
from consent.rules.backoff import PIN_TRIES, pin_is_spent
from consent.rules.identifiers import new_id
from consent.rules.refusal import NotFound, Reason, Refused
from consent.vault.secrets import new_token, verify_code


def hand_over(house: House, actor: Actor, staff_session_id: str, consent_id: str) -> str:
    """Return the browser's new token; the sign-in of that browser is over.

    Raises: NotFound; Refused: role, reason-needed, nothing-to-show.
    """
    actor.must(Act.SHOW_TO_PATIENT)
    token, digest = new_token()
    with house.writing(actor) as deed:
        row = retrieval.reach(house, deed.connection, actor, consent_id)
        waiting = records.open_of(deed.connection, consent_id)
        if not waiting:
            raise Refused(Reason("nothing-to-show"))
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
    pin_of = _check_pin(house, tablet_id, pin)
    with house.writing(Actor("staff", pin_of.staff_id)) as deed:
        row = pin_of.read_again(deed)
        records.change_tablet(deed.connection, tablet_id, state="ended")
        deed.enter("staff.unlock", {"staff": row.id, "consent": pin_of.consent_id})
        return Begun(sessions.begin(deed, row.id, second_factor=row.totp_secret is not None), row.id)


def resume(house: House, tablet_id: str, pin: str) -> None:
    """Give a locked tablet back to its patient, who looks on where he was; nobody is signed in.

    Raises: as `unlock`.
    """
    pin_of = _check_pin(house, tablet_id, pin)
    with house.writing(Actor("staff", pin_of.staff_id)) as deed:
        row = pin_of.read_again(deed)
        records.change_tablet(
            deed.connection, tablet_id, unlock_tries=0, seen_at=deed.now, warns_at=None, locked_at=None
        )
        deed.enter("staff.resume", {"staff": row.id, "consent": pin_of.consent_id})


def finish(house: House, tablet_id: str) -> None:
    """Staff have the tablet back by a full sign-in: its token opens nothing any more."""
    with house.scratch() as deed:
        records.change_tablet(deed.connection, tablet_id, state="ended")


@dataclass(frozen=True)
class _PinOf:
    """A PIN that was right, whose it is, and what he handed over."""

    consent_id: str
    staff_id: str
    stored: str | None
    left: int

    def read_again(self, deed: Deed) -> Row[Any]:
        """Return the account, if the PIN is still its own. Raises: Refused('pin-wrong')."""
        row = staff.find(deed.connection, self.staff_id)
        if row is None or row.status != "active" or row.pin_hash != self.stored:
            raise Refused(Reason("pin-wrong", "pin", left=self.left))
        return row


def _check_pin(house: House, tablet_id: str, pin: str) -> _PinOf:
    left = PIN_TRIES - _take_try(house, tablet_id)
    with house.reading() as connection:
        tablet = records.find_tablet(connection, tablet_id)
        row = staff.find(connection, tablet.handed_over_by) if tablet is not None else None
    stored = row.pin_hash if row is not None and row.status == "active" else None
    if not verify_code(house.keyring, pin, stored) or row is None or tablet is None:
        raise Refused(Reason("pin-wrong", "pin", left=left))
    return _PinOf(tablet.consent_id, row.id, stored, left)


def _take_try(house: House, tablet_id: str) -> int:
    """Count the try before it is judged, so that many at once are no way around. Returns how many were made."""
    with house.scratch() as deed:
        tablet = records.find_tablet(deed.connection, tablet_id)
        if tablet is None or tablet.state == "ended":
            raise NotFound
        if deed.now - tablet.made_at > UNLOCKS_WITHIN:
            raise Refused(Reason("unlock-too-late"))
        if pin_is_spent(tablet.unlock_tries):
            raise Refused(Reason("pin-spent"))
        tries: int = tablet.unlock_tries + 1
        records.change_tablet(deed.connection, tablet_id, unlock_tries=tries)
        return tries
