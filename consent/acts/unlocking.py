"""The six-digit PIN: it gives a tablet back to the person who handed it over, and to nobody else."""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine import Row

from consent.acts import sessions
from consent.acts.actor import Actor
from consent.acts.handing_back import check_pin
from consent.acts.house import Deed, House
from consent.acts.sign_in import Begun, check_own_password
from consent.records import consents
from consent.records.tables.staff import staff
from consent.rules.refusal import NotFound, Reason, Refused
from consent.vault.fingerprints import normalised
from consent.vault.secrets import hash_code, new_token

DIGITS = 6
FEWEST_DIFFERENT = 3
FINISHED = ("signed", "declined")


def set_pin(house: House, actor: Actor, password: str, pin: str) -> None:
    """Set this account's PIN; spaces and hyphens in it make no difference.

    Raises: Refused: pin-form (not six digits), pin-easy, password-old-wrong, wait.
    """
    digits = normalised(pin)
    if len(digits) != DIGITS or not digits.isascii() or not digits.isdigit():
        raise Refused(Reason("pin-form", "pin"))
    if len(set(digits)) < FEWEST_DIFFERENT or digits in "01234567890" or digits in "09876543210":
        raise Refused(Reason("pin-easy", "pin"))
    check_own_password(house, actor, password)
    hashed = hash_code(house.keyring, digits)
    with house.writing(actor) as deed:
        deed.ledger.update(staff, actor.id, pin_hash=hashed)
        deed.enter("staff.set-pin", {"staff": actor.id})


def unlock(house: House, signing_id: str, pin: str) -> Begun:
    """Begin a sign-in for the person who handed over this signing session, on the browser that holds it.

    A signing session that is finished ends; the browser's token opens nothing any more. Five wrong PINs, or eight
    hours, and only a full sign-in is left.
    Raises: NotFound; Refused: unlock-too-late, pin-spent, pin-wrong (left=tries left).
    """
    right = check_pin(house, signing_id, pin)
    with house.writing(Actor("staff", right.staff_id)) as deed:
        row, session = right.account(deed), _find(deed, signing_id)
        changed: dict[str, object] = {"unlock_tries": 0, "token_hash": new_token()[1]}
        if session.state in FINISHED:
            # How his pages looked is nobody's business any more.
            changed |= {"state": "ended", "ended_at": deed.now, "comfort": None}
        consents.change_session(deed.connection, signing_id, None, **changed)
        deed.enter("staff.unlock", {"staff": row.id, "signing": signing_id, "consent": session.consent_id})
        return Begun(sessions.begin(deed, row.id, second_factor=row.totp_secret is not None), row.id)


def resume(house: House, signing_id: str, pin: str) -> None:
    """Give a locked tablet back to its patient: the same pages, the same answers. The PIN is that of whoever handed
    it over, under the same terms as for `unlock`; nobody is signed in.

    Raises: NotFound; Refused: unlock-too-late, pin-spent, pin-wrong (left=tries left).
    """
    right = check_pin(house, signing_id, pin)
    with house.writing(Actor("staff", right.staff_id)) as deed:
        row, session = right.account(deed), _find(deed, signing_id)
        consents.change_session(
            deed.connection, signing_id, None, unlock_tries=0, seen_at=deed.now, warns_at=None, locked_at=None
        )
        deed.enter("staff.resume", {"staff": row.id, "signing": signing_id, "consent": session.consent_id})


def finish_signing(house: House, signing_id: str) -> None:
    """Staff have the tablet back by a full sign-in: its token opens nothing any more.

    A finished signing session ends; an unfinished one keeps its answers for the next hand-over.
    """
    with house.scratch() as deed:
        consents.change_session(deed.connection, signing_id, None, token_hash=new_token()[1])
        consents.change_session(deed.connection, signing_id, FINISHED, state="ended", ended_at=deed.now, comfort=None)


def _find(deed: Deed, signing_id: str) -> Row[Any]:
    session = consents.find_session(deed.connection, signing_id)
    if session is None:
        raise NotFound
    return session
