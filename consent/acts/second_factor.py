"""The second factor: set up from a secret, asked for at sign-in, and recovery codes for when it is lost."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection, Row

from consent.acts import held, sessions, throttle
from consent.acts.actor import Actor
from consent.acts.house import Deed, House
from consent.acts.opening import open_text
from consent.records import staff as records
from consent.records.tables.staff import recovery_code, staff
from consent.rules.identifiers import new_id
from consent.rules.refusal import NotFound, Reason, Refused
from consent.vault.second_factor import (
    check_totp,
    hash_recovery_code,
    new_recovery_codes,
    new_totp_secret,
    totp_address,
)

WAITING = "second-factor"
TO_KEEP = "recovery-codes"


def begin_set_up(house: House, actor: Actor, session_id: str) -> str:
    """Return the secret that waits to be confirmed; the same one until it is, or for an hour.

    Another sign-in is shown another secret: whoever has only learned the password cannot read this one along.
    """
    secret = held.waiting_secret(house, actor, _waiting(session_id))
    if secret is None:
        secret = new_totp_secret()
        held.hold_secret(house, actor, _waiting(session_id), secret)
    return secret


def address(house: House, actor: Actor, secret: str, issuer: str) -> str:
    """Return the otpauth address that the QR code shows."""
    with house.reading() as connection:
        row = _person(connection, actor.id)
    return totp_address(secret, row.email, issuer)


def confirm_set_up(house: House, actor: Actor, session_id: str, code: str) -> tuple[str, ...]:
    """Take the waiting secret as this account's second factor and return ten fresh recovery codes.

    Older recovery codes and every other sign-in end. This sign-in counts as made with a second factor.
    Raises: Refused('code-wrong'), Refused('set-up-stale') if no secret waits, Refused('wait').
    """
    counter = throttle.name(house, "second-factor", actor.id)
    throttle.take_try(house, counter)
    secret = held.waiting_secret(house, actor, _waiting(session_id))
    if secret is None:
        raise Refused(Reason("set-up-stale"))
    codes = new_recovery_codes()
    hashes = [hash_recovery_code(house.keyring, actor.id, each) for each in codes]
    with house.writing(actor) as deed:
        row = _person(deed.connection, actor.id)
        step = check_totp(secret, code, deed.now, records.last_step(deed.connection, actor.id))
        if step is None:
            raise Refused(Reason("code-wrong", "code"))
        key_id = row.key_id or deed.new_key()
        version = (row.totp_version or 0) + 1
        token = deed.encrypt(key_id, "staff", actor.id, "totp_secret", secret, version)
        deed.ledger.update(staff, actor.id, key_id=key_id, totp_secret=token, totp_version=version)
        records.keep_step(deed.connection, actor.id, step)
        records.mark_second_factor(deed.connection, session_id, deed.now)
        # Whoever else came in with the password alone must not stay, nor replace what was just set up.
        sessions.end_all(deed, actor.id, "everywhere", but=session_id)
        _replace_codes(deed, actor.id, hashes)
        held.forget_secret(deed, actor.id, _waiting(session_id))
        throttle.forget(deed.connection, counter)
        deed.enter("staff.set-second-factor", {"staff": actor.id})
    held.hold_secret(house, actor, TO_KEEP, " ".join(codes))
    return codes


def new_codes(house: House, actor: Actor) -> tuple[str, ...]:
    """Return ten fresh recovery codes; older ones end. Raises: Refused('second-factor-none')."""
    codes = new_recovery_codes()
    hashes = [hash_recovery_code(house.keyring, actor.id, each) for each in codes]
    with house.writing(actor) as deed:
        if _person(deed.connection, actor.id).totp_secret is None:
            raise Refused(Reason("second-factor-none"))
        _replace_codes(deed, actor.id, hashes)
        deed.enter("staff.new-recovery-codes", {"staff": actor.id})
    held.hold_secret(house, actor, TO_KEEP, " ".join(codes))
    return codes


def codes_to_keep(house: House, actor: Actor) -> tuple[str, ...]:
    """Return the fresh recovery codes that this person has not yet said to have kept; for an hour."""
    return tuple((held.waiting_secret(house, actor, TO_KEEP) or "").split())


def codes_are_kept(house: House, actor: Actor) -> None:
    """Show the recovery codes no more."""
    with house.scratch() as deed:
        held.forget_secret(deed, actor.id, TO_KEEP)


def use_code(house: House, deed: Deed, row: Row[Any], code: str, recovery_hash: str) -> str | None:
    """Take a code inside `deed`: return 'totp' or 'recovery', or None if it opens nothing. A code opens once."""
    connection = deed.connection
    secret = open_text(house, connection, "staff", row.id, "totp_secret", row.totp_secret, row.totp_version)
    step = check_totp(secret, code, deed.now, records.last_step(connection, row.id))
    if step is not None:
        records.keep_step(connection, row.id, step)
        return "totp"
    for kept in records.unused_codes(connection, row.id):
        if secrets.compare_digest(kept.code_hash, recovery_hash):
            deed.ledger.update(recovery_code, kept.id, used_at=deed.now)
            return "recovery"
    return None


def recovery_hash(house: House, staff_id: str, code: str) -> str:
    """Return the slow hash of what may be a recovery code: worked out before the writer's turn begins."""
    return hash_recovery_code(house.keyring, staff_id, code)


def clear(deed: Deed, staff_id: str) -> None:
    """Take the second factor and its recovery codes away, inside `deed`."""
    deed.ledger.update(staff, staff_id, totp_secret=None)
    _end_codes(deed, staff_id, deed.now)


def codes_left(house: House, actor: Actor) -> int:
    """Return how many recovery codes this person still has."""
    with house.reading() as connection:
        return len(records.unused_codes(connection, actor.id))


def _waiting(session_id: str) -> str:
    return f"{WAITING}-{session_id}"


def _replace_codes(deed: Deed, staff_id: str, hashes: list[str]) -> None:
    _end_codes(deed, staff_id, deed.now)
    for each in hashes:
        deed.ledger.insert(
            recovery_code, id=new_id(secrets.token_bytes), staff_id=staff_id, code_hash=each, used_at=None
        )


def _end_codes(deed: Deed, staff_id: str, now: datetime) -> None:
    for kept in records.unused_codes(deed.connection, staff_id):
        deed.ledger.update(recovery_code, kept.id, used_at=now)


def _person(connection: Connection, staff_id: str) -> Row[Any]:
    row = records.find(connection, staff_id)
    if row is None:
        raise NotFound
    return row
