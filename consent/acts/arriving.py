"""The signer arrives on his own phone: a link, the patient's date of birth, a code. One phone, and it may come back.

Wrong and unknown are answered alike and as slowly; nothing about the patient is shown before both are right.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.engine import Connection, Row

from consent.acts import dossier, own_phone, throttle
from consent.acts.actor import Actor
from consent.acts.house import House
from consent.records import consents, ways
from consent.records.tables.ways import signing_link
from consent.rules.refusal import NotFound, Reason, Refused
from consent.vault.secrets import hash_code, hash_token, new_token, verify_code


@dataclass(frozen=True)
class Waiting:
    """A link that nobody has opened with its code yet. `for_another`: the signer is not the patient."""

    id: str
    language: str
    for_another: bool


def find_waiting(house: House, token: str) -> Waiting | None:
    """Return what stands behind a link's token, or None if it opens nothing (any more). Opens and writes nothing:
    a mail program that looks at links ahead of its reader spends none.
    """
    with house.reading() as connection:
        row = ways.link_behind(connection, hash_token(token))
        if row is None or own_phone.state_of(house, connection, row) != "sent":
            return None
        found = consents.find(connection, row.consent_id)
    if found is None:
        return None
    return Waiting(row.id, found.language, found.signer not in (None, "patient"))


def is_open_here(house: House, token: str, signing_token: str) -> bool:
    """Say whether this browser is the phone on which the link was opened: it may go on where it was."""
    with house.reading() as connection:
        row = ways.link_behind(connection, hash_token(token))
        if row is None or row.state != "opened" or row.expires_at <= house.clock():
            return False
        held = consents.session_behind(connection, hash_token(signing_token), ("open", "claimed", "signed", "declined"))
        return held is not None and held == row.session_id


def arrive(house: House, token: str, born_on: date | None, code: str, origin: str) -> str:
    """Open the signing on this phone and return its token; from now on the link opens on no other.

    `origin`: the network address, to slow down guessing. Raises: Refused: code-wrong (whatever was wrong, or the
    link is dead), wait (seconds).
    """
    link, place = (
        throttle.name(house, "own-phone", hash_token(token)),
        throttle.place_name(house, "own-phone-from", origin),
    )
    throttle.take_tries(house, {place: throttle.ADDRESS_ALLOWANCE, link: 0})
    with house.reading() as connection:
        row, is_born = _look(house, connection, token, born_on)
    right = verify_code(house.keyring, code, row.code_hash if row is not None else None)
    if not right or not is_born or row is None:
        if row is not None:
            # The birth date was opened to be compared: whoever reads the trail sees that, and that somebody guesses.
            with house.writing(Actor("link", row.id)) as deed:
                deed.enter("consent.refuse-link", {"consent": row.consent_id, "link": row.id})
        raise Refused(Reason("code-wrong", "code"))
    fresh, digest = new_token()
    # Kept no more, so that a second opening finds no code to compare with.
    spent = hash_code(house.keyring, new_token()[0])
    with house.writing(Actor("link", row.id)) as deed:
        again = ways.find_link(deed.connection, row.id)
        if again is None or own_phone.state_of(house, deed.connection, again) != "sent":
            raise Refused(Reason("code-wrong", "code"))
        throttle.forget(deed.connection, link, place)
        deed.ledger.update(signing_link, row.id, state="opened", opened_at=deed.now, code_hash=spent)
        consents.change_session(deed.connection, row.session_id, ("open",), token_hash=digest)
        deed.enter("consent.open-link", {"consent": row.consent_id, "link": row.id, "signing": row.session_id})
    return fresh


def finish(house: House, signing_id: str) -> None:
    """The signer is done: his phone opens nothing any more. Raises: NotFound on the hospital's tablet."""
    with house.scratch() as deed:
        session = consents.find_session(deed.connection, signing_id)
        if session is None or session.link_id is None:
            raise NotFound
        token = new_token()[1]
        consents.change_session(deed.connection, signing_id, ("signed", "declined"), token_hash=token)


def is_own_phone(house: House, signing_id: str) -> bool:
    """Say whether this signing was opened by a link. Raises: NotFound."""
    with house.reading() as connection:
        session = consents.find_session(connection, signing_id)
    if session is None:
        raise NotFound
    return session.link_id is not None


def _look(house: House, connection: Connection, token: str, born_on: date | None) -> tuple[Row[Any] | None, bool]:
    row = ways.link_behind(connection, hash_token(token))
    if row is None or own_phone.state_of(house, connection, row) != "sent":
        return None, False
    found = consents.find(connection, row.consent_id)
    if found is None:
        return None, False
    patient = consents.find_patient(connection, found.patient_id)
    if patient is None or born_on is None:
        return row, False
    return row, dossier.open_birth_date(house, connection, patient) == born_on
