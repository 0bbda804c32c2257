"""The PIN with which whoever handed a tablet over gets it back, whatever it was lent for. Nobody else's will do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.engine import Row

from consent.acts import lending
from consent.acts.house import Deed, House
from consent.records import staff
from consent.rules.backoff import PIN_TRIES, pin_is_spent
from consent.rules.refusal import NotFound, Reason, Refused
from consent.vault.secrets import verify_code

UNLOCKS_WITHIN = timedelta(hours=8)


@dataclass(frozen=True)
class RightPin:
    """A PIN that was right, and whose it is."""

    staff_id: str
    stored: str | None
    left: int

    def account(self, deed: Deed) -> Row[Any]:
        """Return the account as it is within this deed, if the PIN is still its own. Raises: Refused('pin-wrong')."""
        row = staff.find(deed.connection, self.staff_id)
        if row is None or row.status != "active" or row.pin_hash != self.stored:
            raise Refused(Reason("pin-wrong", "pin", left=self.left))
        return row


def check_pin(house: House, held: str, pin: str, door: str = lending.SIGNING) -> RightPin:
    """Return whose PIN it is, if it belongs to the person who handed over what this browser holds.

    Raises: NotFound; Refused: unlock-too-late, pin-spent, pin-wrong (left=tries left).
    """
    left = PIN_TRIES - _take_try(house, held, door)
    with house.reading() as connection:
        lent = lending.KEPT[door].find(connection, held)
        row = staff.find(connection, lent.handed_over_by) if lent is not None else None
    stored = row.pin_hash if row is not None and row.status == "active" else None
    if not verify_code(house.keyring, pin, stored) or row is None:
        raise Refused(Reason("pin-wrong", "pin", left=left))
    return RightPin(row.id, stored, left)


def _take_try(house: House, held: str, door: str) -> int:
    """Count the try before it is judged, so that many at once are no way around. Returns how many were made."""
    with house.scratch() as deed:
        lent = lending.KEPT[door].find(deed.connection, held)
        if lent is None or lent.state == "ended" or lending.is_own(lent, door):
            # On the signer's own phone nobody is to try out the PINs of staff.
            raise NotFound
        if abs(deed.now - lent.made_at) > UNLOCKS_WITHIN:
            raise Refused(Reason("unlock-too-late"))
        if pin_is_spent(lent.unlock_tries):
            raise Refused(Reason("pin-spent"))
        tries: int = lent.unlock_tries + 1
        lending.KEPT[door].change(deed.connection, held, unlock_tries=tries)
        return tries
