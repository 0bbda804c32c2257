"""How the patient wants his pages to look. Kept on the server with his signing session, and gone with it."""

from __future__ import annotations

from consent.acts.house import House
from consent.records import consents
from consent.rules.comfort import Comfort
from consent.rules.refusal import NotFound


def switch(house: House, session_id: str, mode: str) -> None:
    """Turn one of the modes on, or off if it was on. Raises: NotFound."""
    if mode not in tuple(Comfort):
        raise NotFound
    with house.scratch() as deed:
        row = consents.find_session(deed.connection, session_id)
        if row is None:
            raise NotFound
        modes = set((row.comfort or "").split()) ^ {mode}
        consents.change_session(deed.connection, session_id, None, comfort=" ".join(sorted(modes)) or None)
