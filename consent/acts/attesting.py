"""Sign one after the other: each signature is kept, encrypted, until everybody has signed. None of them counts alone.

Source: 45 CFR 164.508(c)(1)(vi); domain rules 9, 14, 15 and section 4.5.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from consent.acts import answering, readiness, throttle
from consent.acts.answering import Session
from consent.acts.given import Given
from consent.acts.hands import Hand, Signatory
from consent.acts.house import House
from consent.acts.signing import attested, hands_of
from consent.records import staff as records
from consent.rules.attesting import attesting_objections
from consent.rules.parties import Method, PartyRole
from consent.rules.refusal import NotFound, Reason, Refused, refuse_if
from consent.vault.secrets import verify_code

UNFINISHED: Final = ("strokes", "typed", "name", "note", "email")
"""The fields of a signature that are kept before it is given. A PIN is not among them."""
_LONGEST: Final = 500_000


def who_signs(session: Session, key: str) -> Signatory:
    """Return the person with this key. Raises: NotFound if nobody with it has to sign."""
    for who in session.signatories:
        if who.key == key:
            return who
    raise NotFound


def give(house: House, session_id: str, key: str, hand: Hand, seen: str) -> Session:
    """Keep one person's signature, and return the session with it. `seen`: digest of the answers on his page.

    It stands for exactly the answers, words and people of this moment: when one of them changes, he signs again.
    Raises: as `answering.save`; NotFound; Refused: answers-changed, cannot-print, and what `rules.attesting` says
    of this signature.
    """
    refuse_if(readiness.unprintable(house, {"typed": hand.typed, "name": hand.name, "note": hand.note}))

    def keep(session: Session, given: Given, now: str) -> Given:
        if given.digest != seen or not session.is_reviewed:
            raise Refused(Reason("answers-changed"))
        given_now = replace(hand, given_at=now, binds=session.binds)
        # Whoever saw the signer's earlier signature has not seen this one.
        others = {} if key == "signer" else given.hands
        hands = {**({} if key == "signer" else hands_of(session)), key: given_now}
        method = hands["signer"].method if "signer" in hands else Method.DRAWN
        everybody = answering.signatories(session, method)
        if key not in {who.key for who in everybody}:
            raise NotFound
        against = attesting_objections(method, attested(everybody, hands))
        # What others still owe is not this person's to mend.
        refuse_if(reason for reason in against if reason.field == key)
        ink = {name: kept for name, kept in given.ink.items() if name != key}
        return replace(given, hands={**others, key: given_now}, ink=ink)

    answering.change(house, session_id, keep)
    return answering.open_session(house, session_id)


def keep_unfinished(house: House, session_id: str, key: str, typed: Mapping[str, str]) -> None:
    """Keep what somebody has drawn or typed and not given yet, so that a reload or a locked screen loses nothing.

    Raises: as `answering.save`.
    """
    kept = {name: typed[name] for name in UNFINISHED if typed.get(name)}
    text = json.dumps(kept) if kept else ""
    if len(text) <= _LONGEST:
        answering.change(
            house,
            session_id,
            lambda _session, given, _now: replace(
                given, ink={**{name: each for name, each in given.ink.items() if name != key}, **_named(key, text)}
            ),
        )


def unfinished(session: Session, key: str) -> Mapping[str, str]:
    """Return what was kept of a signature that was not given yet, by field; nothing if there is none."""
    kept = json.loads(session.given.ink.get(key) or "{}")
    return {name: str(kept[name]) for name in UNFINISHED if kept.get(name)}


def of_staff(house: House, session_id: str, key: str, email: str, pin: str) -> tuple[str, str]:
    """Return who this member of staff is, as (ID, name), if the PIN of the account is right.

    Whoever has no account, or none with a PIN, is answered as whoever mistyped, and as slowly. Who left one of the
    two empty has tried nothing yet.
    Raises: NotFound (no staff sign here; nobody tries PINs on the signer's own phone); Refused: staff-wrong, wait.
    """
    session = answering.open_session(house, session_id)
    answering.must_be_open(session)
    if who_signs(session, key).role is not PartyRole.STAFF or session.on_own_phone:
        raise NotFound
    if not (email.strip() and pin.strip()):
        raise Refused(Reason("staff-wrong", "pin"))
    counters = throttle.name(house, "staff-sign", email), throttle.name(house, "staff-sign-session", session_id)
    throttle.take_try(house, *counters)
    with house.reading() as connection:
        row = records.find_by_email(connection, email.strip().lower())
    stored = row.pin_hash if row is not None and row.status == "active" else None
    if not verify_code(house.keyring, pin, stored) or row is None:
        raise Refused(Reason("staff-wrong", "pin"))
    with house.scratch() as deed:
        throttle.forget(deed.connection, *counters)
    return row.id, row.name


def _named(key: str, text: str) -> dict[str, str]:
    return {key: text} if text else {}
