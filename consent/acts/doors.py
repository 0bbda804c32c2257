"""The patient's doors: which signing session, card or copy a browser's token opens, and whether it still does."""

from __future__ import annotations

import sqlalchemy as sa

from consent.acts.house import House
from consent.records.tables.consents import card, copy, signing_session
from consent.vault.secrets import hash_token


def find(house: House, door: str, token: str) -> str | None:
    """Return the ID that the token opens, or None. `door`: signing | card | copy.

    A card never expires while it is the newest of its consent; a copy opens until its time is over; a signing
    session opens until it has ended.
    """
    digest = hash_token(token)
    if door == "signing":
        open_states = ("open", "claimed", "signed", "declined")
        wanted = sa.select(signing_session.c.id).where(
            signing_session.c.token_hash == digest, signing_session.c.state.in_(open_states)
        )
    elif door == "card":
        wanted = sa.select(card.c.id).where(card.c.token_hash == digest, card.c.ended_at.is_(None))
    elif door == "copy":
        wanted = sa.select(copy.c.id).where(
            copy.c.token_hash == digest, copy.c.state != "ended", copy.c.expires_at > house.clock()
        )
    else:
        return None
    with house.reading() as connection:
        return connection.execute(wanted).scalar_one_or_none()
