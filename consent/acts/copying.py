"""Give the patient his copy: on paper, or on his own phone. The file is the sealed PDF, byte for byte.

Source: 45 CFR 164.508(c)(4); domain rule 22.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.engine import Connection, Row

from consent.acts import filing, tasks, throttle
from consent.acts.actor import Actor
from consent.acts.house import Deed, House
from consent.acts.retrieval import check_access
from consent.documents.paper import PageSize
from consent.documents.resizing import laid_on, size_of
from consent.records import consents, copies
from consent.records.tables.consents import consent, copy
from consent.rules.access import Act
from consent.rules.identifiers import new_id
from consent.rules.refusal import NotFound, Reason, Refused
from consent.vault.secrets import hash_code, hash_token, new_code, new_token, verify_code

OPENS_WITHIN = timedelta(minutes=15)
FETCHED_WITHIN = timedelta(hours=1)
SHOWN_SECONDS = 120
PAPER_WAYS = ("tablet", "desk")


@dataclass(frozen=True)
class Offer:
    """A copy that a phone can fetch: the address goes into the QR code and nowhere else."""

    copy_id: str
    address: str


def read_for_paper(house: House, actor: Actor, consent_id: str, size: PageSize | None = None) -> bytes:
    """Return the sealed PDF for the printer beside the patient. Raises: NotFound; Refused: role, reason-needed.

    `size`: another sheet than the one it was laid out for, for this print alone; such a file carries no seal.
    """
    with house.writing(actor) as deed:
        row = _signed(house, deed.connection, actor, consent_id)
        pdf = filing.take_out(house, deed.connection, consent_id)
        other = size is not None and size is not size_of(pdf)
        about = {"consent": row.id, "patient": row.patient_id}
        deed.enter("copy.print", {**about, "sheet": size.value} if other and size is not None else about)
    return laid_on(pdf, size) if other and size is not None else pdf


def give_paper(house: House, actor: Actor, consent_id: str, way: str) -> None:
    """Record that he holds his copy on paper. `way`: by the tablet's print dialogue or the desk's printer.

    Said twice at once, it is recorded once. Raises: NotFound; Refused: role, reason-needed.
    """
    if way not in PAPER_WAYS:
        raise NotFound
    with house.writing(actor) as deed:
        row = _signed(house, deed.connection, actor, consent_id)
        lately = deed.now - timedelta(minutes=1)
        before = copies.of_consent(deed.connection, consent_id)
        if any(each.method == "paper" and each.given_at >= lately for each in before):
            deed.nothing()
            return
        copy_id = _insert(deed, row.id, "paper", state="given", given_at=deed.now)
        _given(deed, row, f"paper-{way}")
        about = {"consent": row.id, "patient": row.patient_id, "copy": copy_id, "method": "paper", "way": way}
        deed.enter("copy.give", about)


def give_to_own_phone(house: House, actor: Actor, consent_id: str) -> bytes:
    """Return the sealed PDF to the phone on which it was signed; afterwards the copy is given.

    Raises: NotFound (also on the hospital's tablet).
    """
    with house.writing(actor) as deed:
        row = _signed(house, deed.connection, actor, consent_id)
        session = consents.find_session(deed.connection, actor.id) if actor.kind == "signer" else None
        if session is None or session.link_id is None:
            raise NotFound
        pdf = filing.take_out(house, deed.connection, consent_id)
        copy_id = _insert(deed, row.id, "phone", state="given", given_at=deed.now)
        _given(deed, row, "own-phone")
        about = {"consent": row.id, "patient": row.patient_id, "copy": copy_id, "method": "phone"}
        deed.enter("copy.give", about)
    return pdf


def offer_to_phone(house: House, actor: Actor, consent_id: str) -> Offer:
    """Make a link that opens once within 15 minutes; an older one that nobody opened ends.

    Raises: NotFound; Refused: role, reason-needed.
    """
    token, digest = new_token()
    with house.writing(actor) as deed:
        row = _signed(house, deed.connection, actor, consent_id)
        _end_unopened(deed, consent_id)
        # Later than every other, also where two are made at one instant: the code goes to the newest.
        last = max((each.made_at for each in copies.of_consent(deed.connection, consent_id)), default=deed.now)
        made_at = max(deed.now, last + timedelta(microseconds=1)) if last >= deed.now else deed.now
        over = deed.now + OPENS_WITHIN
        copy_id = _insert(deed, row.id, "phone", state="waiting", token_hash=digest, expires_at=over, made_at=made_at)
        deed.enter("copy.offer", {"consent": row.id, "patient": row.patient_id, "copy": copy_id})
    return Offer(copy_id, f"{house.terms.public_url}/copy/{token}")


def code_for_phone(house: House, actor: Actor, consent_id: str) -> str:
    """Return a fresh six-digit code for the newest link, to be shown on another screen than its QR code.

    Raises: NotFound; Refused: role, reason-needed, copy-ended.
    """
    code = new_code(6)
    hashed = hash_code(house.keyring, code)
    with house.writing(actor) as deed:
        row = _signed(house, deed.connection, actor, consent_id)
        offered = [each for each in copies.of_consent(deed.connection, consent_id) if each.method == "phone"]
        if not offered or offered[0].state != "waiting" or offered[0].expires_at <= deed.now:
            raise Refused(Reason("copy-ended"))
        deed.ledger.update(copy, offered[0].id, code_hash=hashed)
        deed.enter("copy.show-code", {"consent": row.id, "patient": row.patient_id, "copy": offered[0].id})
    return code


def withdraw_offer(house: House, actor: Actor, consent_id: str) -> None:
    """End the link if nobody has opened it: its page was left. With nothing to end, nothing happens.

    Raises: NotFound; Refused: role, reason-needed.
    """
    with house.writing(actor) as deed:
        row = _signed(house, deed.connection, actor, consent_id)
        ended = _end_unopened(deed, consent_id)
        if ended:
            deed.enter("copy.end", {"consent": row.id, "patient": row.patient_id, "copy": ended})
        else:
            deed.nothing()


def open_link(house: House, token: str) -> str:
    """Take the link's one opening and return the phone's own token. Raises: NotFound (wrong, old or opened)."""
    fresh, digest = new_token()
    with house.writing(Actor("copy", "link")) as deed:
        row = copies.find_waiting(deed.connection, hash_token(token), deed.now)
        if row is None:
            raise NotFound
        if row.method == "mail":
            # Whatever looks into a mail follows its links; only the right code uses this one up.
            deed.nothing()
            return token
        deed.ledger.update(copy, row.id, token_hash=digest, opened_at=deed.now)
        deed.enter("copy.open", {"consent": row.consent_id, "copy": row.id})
    return fresh


def language_of(house: House, copy_id: str) -> tuple[str, str]:
    """Return the consent's language and the copy's state, for the phone's pages. Raises: NotFound."""
    with house.reading() as connection:
        row = copies.find(connection, copy_id)
        found = consents.find(connection, row.consent_id) if row is not None else None
    if row is None or found is None:
        raise NotFound
    return found.language, row.state


def check_code(house: House, copy_id: str, code: str, origin: str) -> str | None:
    """Let the phone have the file if the code is right. `origin`: its network address, to slow down guessing.

    Of a link that came by mail this is the one use: it opens no more, and the browser's own token is returned.
    Raises: NotFound; Refused: code-wrong, wait (seconds).
    """
    link, place = throttle.name(house, "copy-code", copy_id), throttle.place_name(house, "copy-address", origin)
    throttle.take_tries(house, {place: throttle.ADDRESS_ALLOWANCE, link: 0})
    with house.reading() as connection:
        row = copies.find(connection, copy_id)
    if row is None:
        raise NotFound
    if not verify_code(house.keyring, code, row.code_hash):
        raise Refused(Reason("code-wrong", "code"))
    with house.writing(Actor("copy", copy_id)) as deed:
        again = copies.find(deed.connection, copy_id)
        if again is None or again.code_hash != row.code_hash or again.state not in ("waiting", "unlocked"):
            raise Refused(Reason("code-wrong", "code"))
        throttle.forget(deed.connection, link, place)
        fresh: str | None = None
        changes: dict[str, object] = {"state": "unlocked"}
        if again.method == "mail":
            fresh, digest = new_token()
            until = min(again.expires_at, deed.now + FETCHED_WITHIN)
            changes |= {"token_hash": digest, "opened_at": deed.now, "expires_at": until}
        deed.ledger.update(copy, copy_id, **changes)
        deed.enter("copy.unlock", {"consent": row.consent_id, "copy": copy_id})
    return fresh


def fetch(house: House, copy_id: str) -> bytes:
    """Return the sealed PDF to the phone; afterwards the copy is given. Raises: NotFound before the code."""
    with house.writing(Actor("copy", copy_id)) as deed:
        row = copies.find(deed.connection, copy_id)
        if row is None or row.state not in ("unlocked", "given") or row.expires_at <= deed.now:
            raise NotFound
        found = consents.find(deed.connection, row.consent_id)
        if found is None:
            raise NotFound
        pdf = filing.take_out(house, deed.connection, row.consent_id)
        if row.state != "given":
            deed.ledger.update(copy, copy_id, state="given", given_at=deed.now)
        _given(deed, found, row.method)
        about = {"consent": found.id, "patient": found.patient_id, "copy": copy_id, "method": row.method}
        deed.enter("copy.give", about)
    return pdf


def given(house: House, consent_id: str) -> str:
    """Return how the last copy was given: paper, phone or mail; empty if none was. Raises: NotFound."""
    with house.reading() as connection:
        if consents.find(connection, consent_id) is None:
            raise NotFound
        methods = [each.method for each in copies.of_consent(connection, consent_id) if each.state == "given"]
    return methods[0] if methods else ""


def check_signer_or_staff(house: House, connection: Connection, actor: Actor, consent_id: str, act: Act) -> Row[Any]:
    """Return the signed consent if this person may have its papers: its signer in his session, or staff.

    Raises: NotFound; Refused: role, reason-needed.
    """
    row = consents.find(connection, consent_id)
    if row is None or row.signed_at is None:
        raise NotFound
    if actor.kind == "signer":
        session = consents.find_session(connection, actor.id)
        if session is None or session.consent_id != consent_id or session.state != "signed":
            raise NotFound
        return row
    actor.must(act)
    check_access(house, connection, actor, row)
    return row


def _signed(house: House, connection: Connection, actor: Actor, consent_id: str) -> Row[Any]:
    return check_signer_or_staff(house, connection, actor, consent_id, Act.GIVE_COPY)


def _insert(deed: Deed, consent_id: str, method: str, **values: object) -> str:
    row = deed.ledger.insert(
        copy,
        id=new_id(secrets.token_bytes),
        consent_id=consent_id,
        method=method,
        made_by=deed.actor.name,
        **{"made_at": deed.now, **values},
    )
    return str(row.id)


def _end_unopened(deed: Deed, consent_id: str) -> list[str]:
    rows = copies.unopened(deed.connection, consent_id)
    for row in rows:
        deed.ledger.update(copy, row.id, state="ended")
    return [row.id for row in rows]


def _given(deed: Deed, row: Row[Any], how: str) -> None:
    if row.copy_given_at is None:
        deed.ledger.update(consent, row.id, copy_given_at=deed.now)
    tasks.settle(deed, f"copy-not-given:{row.id}", how)
