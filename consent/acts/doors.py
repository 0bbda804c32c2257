"""The patient's doors: which signing session, card or copy a browser's token opens, and whether it still does."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.engine import Connection

from consent.acts.house import House
from consent.records import consents, copies, revocations, showings, ways
from consent.rules.identifiers import new_id
from consent.vault.secrets import hash_token, new_token

CARD_STAYS_OPEN = timedelta(minutes=30)
NOTED_EVERY = timedelta(minutes=1)
OPEN_STATES = ("open", "claimed", "signed", "declined")


@dataclass(frozen=True)
class Opened:
    """A card that is open in one browser: what stands in the browser's session, and in a cookie of its own."""

    token: str
    browser: str


def open_card(house: House, card_id: str) -> Opened:
    """Open a card to the browser that showed its code, until nobody has read there for half an hour."""
    (token, token_hash), (browser, browser_hash) = new_token(), new_token()
    with house.scratch() as deed:
        records = {"token_hash": token_hash, "browser_hash": browser_hash, "opened_at": deed.now}
        revocations.keep_opening(deed.connection, id=new_id(secrets.token_bytes), card_id=card_id, **records)
        revocations.sweep_openings(deed.connection, deed.now - CARD_STAYS_OPEN)
    return Opened(token, browser)


def see_card(house: House, token: str) -> None:
    """Begin the half hour of an open card again: its holder reads on."""
    now = house.clock()
    with house.reading() as connection:
        opening = revocations.find_opening(connection, hash_token(token), now, CARD_STAYS_OPEN)
    if opening is not None and abs(now - opening.opened_at) > NOTED_EVERY:
        with house.scratch() as deed:
            revocations.see_opening(deed.connection, hash_token(token), deed.now)


def close_card(house: House, token: str) -> None:
    """End the opening, wherever its cookies were copied to."""
    with house.scratch() as deed:
        revocations.end_opening(deed.connection, hash_token(token), deed.now)


def _opened_card(house: House, token: str, browser: str) -> str | None:
    with house.reading() as connection:
        opening = revocations.find_opening(connection, hash_token(token), house.clock(), CARD_STAYS_OPEN)
        if opening is None or not secrets.compare_digest(opening.browser_hash, hash_token(browser)):
            return None
        card = revocations.find_card(connection, opening.card_id)
    return None if card is None else str(card.id)


def find(house: House, door: str, token: str, browser: str = "") -> str | None:
    """Return the ID that the token opens, or None. `door`: signing | showing | card | copy.

    A copy opens until its time is over; a signing session until it has ended. A card's own link never expires while
    it is the newest of its consent, but what opens this door is what its code earned: for half an hour after each
    page, and together with `browser`, the second secret of the browser in which it was entered.
    """
    if door == "card":
        return _opened_card(house, token, browser)
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
