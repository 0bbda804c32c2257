"""Sign in with a password and a second factor; sign out here or everywhere.

Whoever has no account is answered as whoever mistyped, and as slowly.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from consent.acts import second_factor, sessions, throttle
from consent.acts.actor import Actor
from consent.acts.house import House
from consent.records import staff as records
from consent.records.tables.staff import staff
from consent.rules.passwords import password_objections
from consent.rules.refusal import NotFound, Reason, Refused, refuse_if
from consent.vault.secrets import hash_password, needs_rehash, verify_password

CODE_WITHIN = timedelta(minutes=10)


@dataclass(frozen=True)
class PasswordShown:
    """Somebody showed the right password and owes the second factor. Kept by the browser, signed, for minutes."""

    staff_id: str
    at: datetime
    proof: str
    """Of the password's hash: when the password is changed meanwhile, this is worth nothing."""


@dataclass(frozen=True)
class Begun:
    """A sign-in: the browser's token and whose it is."""

    token: str
    staff_id: str


@dataclass(frozen=True)
class OwnAccount:
    """One's own account, as its page shows it."""

    email: str
    name: str
    unit: str
    second_factor: bool
    pin: bool


def show_password(house: House, email: str, password: str, origin: str) -> PasswordShown | Begun:
    """Begin a sign-in, or say that the second factor is owed.

    `origin`: the network address that asks. Raises: Refused('sign-in-wrong') whatever was wrong; Refused('wait').
    """
    account, place = throttle.name(house, "password", email), throttle.place_name(house, "address", origin)
    here = throttle.name(house, "password-from", f"{email}\n{place}")
    throttle.take_tries(house, {place: throttle.ADDRESS_ALLOWANCE, here: 0, account: throttle.ACCOUNT_ALLOWANCE})
    with house.reading() as connection:
        row = records.find_by_email(connection, email.strip().lower())
    stored = row.password_hash if row is not None and row.status == "active" else None
    if not verify_password(password, stored) or row is None or stored is None:
        raise Refused(Reason("sign-in-wrong"))
    if row.totp_secret is not None:
        with house.scratch() as deed:
            throttle.forget(deed.connection, account, place, here)
        return PasswordShown(row.id, house.clock(), _proof(stored))
    fresh = hash_password(password) if needs_rehash(stored) else None
    with house.writing(Actor("staff", row.id)) as deed:
        now_stored = records.find(deed.connection, row.id)
        if now_stored is None or now_stored.status != "active" or now_stored.password_hash != stored:
            raise Refused(Reason("sign-in-wrong"))
        if fresh:
            deed.ledger.update(staff, row.id, password_hash=fresh)
        throttle.forget(deed.connection, account, place, here)
        deed.enter("staff.sign-in", {"staff": row.id, "second-factor": "none"})
        return Begun(sessions.begin(deed, row.id, second_factor=False), row.id)


def show_code(house: House, shown: PasswordShown, code: str) -> Begun:
    """Begin the sign-in with a code from the phone, or a recovery code, which opens once.

    Raises: Refused('code-wrong'); Refused('wait'); Refused('sign-in-stale') after ten minutes.
    """
    if abs(house.clock() - shown.at) > CODE_WITHIN:
        raise Refused(Reason("sign-in-stale"))
    counter = throttle.name(house, "second-factor", shown.staff_id)
    throttle.take_try(house, counter)
    recovery = second_factor.recovery_hash(house, shown.staff_id, code)
    with house.writing(Actor("staff", shown.staff_id)) as deed:
        row = records.find(deed.connection, shown.staff_id)
        if row is None or row.status != "active" or row.totp_secret is None:
            raise Refused(Reason("sign-in-stale"))
        if not secrets.compare_digest(_proof(row.password_hash or ""), shown.proof):
            raise Refused(Reason("sign-in-stale"))
        used = second_factor.use_code(house, deed, row, code, recovery)
        if used is None:
            raise Refused(Reason("code-wrong", "code"))
        throttle.forget(deed.connection, counter)
        deed.enter("staff.sign-in", {"staff": row.id, "second-factor": used})
        return Begun(sessions.begin(deed, row.id, second_factor=True), row.id)


def sign_out(house: House, actor: Actor, session_id: str) -> None:
    """End this sign-in."""
    with house.writing(actor) as deed:
        sessions.end_within(deed, session_id, "signed-out")
        deed.enter("staff.sign-out", {"staff": actor.id})


def sign_out_everywhere(house: House, actor: Actor) -> None:
    """End every sign-in of this account, this one too."""
    with house.writing(actor) as deed:
        sessions.end_all(deed, actor.id, "everywhere")
        deed.enter("staff.sign-out-everywhere", {"staff": actor.id})


def own_account(house: House, actor: Actor) -> OwnAccount:
    """Return one's own account. Raises: NotFound."""
    with house.reading() as connection:
        row = records.find(connection, actor.id)
    if row is None:
        raise NotFound
    return OwnAccount(row.email, row.name, row.unit, row.totp_secret is not None, row.pin_hash is not None)


def check_own_password(house: House, actor: Actor, password: str) -> None:
    """Return if this is the account's own password: asked again before a secret is changed.

    Raises: Refused('password-old-wrong') beside old_password; Refused('wait').
    """
    throttle.take_try(house, counter := throttle.name(house, "own-password", actor.id))
    with house.reading() as connection:
        row = records.find(connection, actor.id)
    if row is None or not verify_password(password, row.password_hash):
        raise Refused(Reason("password-old-wrong", "old_password"))
    with house.scratch() as deed:
        throttle.forget(deed.connection, counter)


def change_password(house: House, actor: Actor, session_id: str, old: str, new: str) -> None:
    """Set a new password; every other sign-in of the account ends.

    Raises: Refused('password-old-wrong' beside old_password, or why the new one is refused beside password).
    """
    check_own_password(house, actor, old)
    with house.reading() as connection:
        row = records.find(connection, actor.id)
    if row is None:
        raise NotFound
    refuse_if(password_objections(new, house.terms.common_passwords, (row.name, row.email)))
    fresh = hash_password(new)
    with house.writing(actor) as deed:
        deed.ledger.update(staff, actor.id, password_hash=fresh)
        sessions.end_all(deed, actor.id, "everywhere", but=session_id)
        deed.enter("staff.change-password", {"staff": actor.id})


def _proof(password_hash: str) -> str:
    return hashlib.sha256(password_hash.encode()).hexdigest()[:32]
