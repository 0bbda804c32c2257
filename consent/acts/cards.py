"""The withdrawal card: a link, a code and a number with which the patient changes his mind. It opens no document.

The server keeps a hash of the link's token and a slow hash of the code; a new card ends the old one.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from consent.acts import throttle
from consent.acts.actor import Actor
from consent.acts.copying import check_signer_or_staff
from consent.acts.house import House
from consent.records import consents, copies
from consent.records.tables.consents import card
from consent.rules.access import Act
from consent.rules.identifiers import BadIdentifier, new_id, parse_consent_number
from consent.rules.refusal import Reason, Refused
from consent.vault.secrets import hash_code, hash_token, new_code, new_token, verify_code

CODE_DIGITS = 8


@dataclass(frozen=True)
class NewCard:
    """What is printed on the card, once: nobody can read it from the database afterwards."""

    card_id: str
    token: str
    address: str
    code: str
    number: str
    language: str
    replaced: bool = False
    """Another card opened until now, and opens no more."""


@dataclass(frozen=True)
class Card:
    """A card that was recognised: it speaks for its consent's signer."""

    id: str
    consent_id: str
    number: str
    language: str


def make_card(house: House, actor: Actor, consent_id: str) -> NewCard:
    """Make a card and end the one before it. The signer may in his session; staff at any later time.

    Raises: NotFound while nothing is signed; Refused: role, reason-needed.
    """
    token, digest = new_token()
    code = new_code(CODE_DIGITS)
    hashed = hash_code(house.keyring, code)
    with house.writing(actor) as deed:
        row = check_signer_or_staff(house, deed.connection, actor, consent_id, Act.NEW_CARD)
        before = copies.newest_card(deed.connection, consent_id)
        if before is not None:
            deed.ledger.update(card, before.id, ended_at=deed.now)
        card_id = new_id(secrets.token_bytes)
        deed.ledger.insert(
            card,
            id=card_id,
            consent_id=consent_id,
            token_hash=digest,
            code_hash=hashed,
            made_by=actor.name,
            made_at=deed.now,
            ended_at=None,
        )
        deed.enter("card.make", {"consent": row.id, "patient": row.patient_id, "card": card_id})
    return NewCard(card_id, token, card_address(house, token), code, row.number, row.language, before is not None)


def has_card(house: House, consent_id: str) -> bool:
    """Return whether a card opens now, which the next one would end."""
    with house.reading() as connection:
        return copies.newest_card(connection, consent_id) is not None


def card_address(house: House, token: str) -> str:
    """Return the link on the card."""
    return f"{house.terms.public_url}/withdraw/{token}"


def find_card(house: House, token: str) -> Card | None:
    """Return the card behind a link's token; None if there is none or a newer one ended it. It never expires."""
    with house.reading() as connection:
        row = copies.find_card(connection, hash_token(token))
    return None if row is None else Card(row.id, row.consent_id, row.number, row.language)


def check_code(house: House, number: str, code: str, origin: str) -> Card:
    """Return the card of this number if the code is right. `origin`: the network address, to slow down guessing.

    Wrong codes slow this card and this address, for an hour at most and never for good. An unknown number is
    answered as a wrong code, and as slowly.
    Raises: Refused: code-wrong, wait (seconds).
    """
    try:
        known = parse_consent_number(number)
    except BadIdentifier:
        known = None
    link, place = throttle.name(house, "card", known or number), throttle.place_name(house, "card-address", origin)
    throttle.take_tries(house, {place: throttle.ADDRESS_ALLOWANCE, link: 0})
    with house.reading() as connection:
        found = consents.find_by_number(connection, known) if known else None
        row = copies.newest_card(connection, found.id) if found is not None else None
    right = verify_code(house.keyring, code, row.code_hash if row is not None else None)
    if not right or row is None or found is None:
        raise Refused(Reason("code-wrong", "code"))
    with house.scratch() as deed:
        throttle.forget(deed.connection, link, place)
    return Card(row.id, found.id, found.number, found.language)
