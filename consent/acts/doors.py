"""The patient's doors: which signing session, card or copy a browser's token opens, and whether it still does."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.engine import Connection

from consent.acts.house import House
from consent.records import consents, copies, revocations, showings, ways
from consent.vault.secrets import hash_token

CARD_STAYS_OPEN = timedelta(minutes=30)
OPEN_STATES = ("open", "claimed", "signed", "declined")
_MARK = "#"


def opened_card(house: House, card_id: str) -> str:
    """Return the mark to keep in the browser's signed cookie once the card's code was right."""
    return f"{_MARK}{card_id}{_MARK}{int(house.clock().timestamp())}"


def _opened_card(house: House, mark: str) -> str | None:
    """Return the card's ID. The mark is trusted because only the server can have signed the cookie it stands in."""
    start, _, rest = mark.partition(_MARK)
    card_id, _, opened_at = rest.partition(_MARK)
    if start or not opened_at.isdigit():
        return None
    if house.clock().timestamp() - int(opened_at) > CARD_STAYS_OPEN.total_seconds():
        return None
    with house.reading() as connection:
        card = revocations.find_card(connection, card_id)
    return None if card is None else str(card.id)


def find(house: House, door: str, token: str) -> str | None:
    """Return the ID that the token opens, or None. `door`: signing | showing | card | copy.

    A copy opens until its time is over; a signing session until it has ended. A card's own link never expires while
    it is the newest of its consent, but what opens this door is the mark that its code earned, for half an hour.
    """
    if door == "card":
        return _opened_card(house, token)
    digest = hash_token(token)
    with house.reading() as connection:
        if door == "signing":
            return _opened_signing(house, connection, consents.session_behind(connection, digest, OPEN_STATES))
        if door == "showing":
            return showings.tablet_behind(connection, digest)
        if door == "copy":
            return copies.behind(connection, digest, house.clock())
    return None


def _opened_signing(house: House, connection: Connection, session_id: str | None) -> str | None:
    """Return the session if it is still open to this browser: on a signer's own phone, only until its link is over."""
    session = consents.find_session(connection, session_id) if session_id is not None else None
    if session is None or session.link_id is None:
        return session_id
    link = ways.find_link(connection, session.link_id)
    is_open = link is not None and link.state not in ("expired", "cancelled") and link.expires_at > house.clock()
    return session_id if is_open else None
