"""A staff sign-in on one browser: made, looked at with every request, ended. Idle time is judged here."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

from consent.acts.actor import Actor
from consent.acts.house import Deed, House
from consent.records import staff as records
from consent.rules.access import Role
from consent.rules.identifiers import new_id
from consent.vault.secrets import hash_token, new_token

NOTED_EVERY = timedelta(seconds=20)


@dataclass(frozen=True)
class SignedIn:
    """One live sign-in."""

    session_id: str
    actor: Actor
    name: str
    """The person's own name, for the page's header; never logged."""


@dataclass(frozen=True)
class SignedOut:
    """A sign-in that is over, and why: so that what was typed can be kept for the same account."""

    staff_id: str
    why: str


def begin(deed: Deed, staff_id: str, second_factor: bool) -> str:
    """Begin a sign-in inside `deed` and return the browser's token (128 bits; only its hash is kept)."""
    token, digest = new_token()
    records.keep_session(
        deed.connection,
        id=new_id(secrets.token_bytes),
        staff_id=staff_id,
        token_hash=digest,
        made_at=deed.now,
        seen_at=deed.now,
        second_factor_at=deed.now if second_factor else None,
    )
    return token


def find(house: House, token: str) -> SignedIn | SignedOut | None:
    """Return the sign-in of this token; ends one that has been idle too long. None: no such sign-in."""
    now = house.clock()
    with house.reading() as connection:
        row = records.find_session(connection, hash_token(token))
    if row is None:
        return None
    if row.ended_at is not None:
        return SignedOut(row.staff_id, row.ended_why or "signed-out")
    # Seen at a time that lies ahead: noted under a wrong clock, which keeps nobody signed in for longer.
    idle = abs(now - row.seen_at)
    if idle > house.terms.idle:
        end(house, row.id, "idle")
        return SignedOut(row.staff_id, "idle")
    if row.status != "active":
        return SignedOut(row.staff_id, "disabled")
    # Exact enough for an idle time of minutes, and spares a write with every page.
    if idle > NOTED_EVERY:
        with house.scratch() as deed:
            records.see_session(deed.connection, row.id, now)
    roles = frozenset(Role(role) for role in row.roles)
    actor = Actor("staff", row.staff_id, roles, row.unit, row.second_factor_at is not None)
    return SignedIn(row.id, actor, row.name)


def end(house: House, session_id: str, why: str) -> None:
    """End one sign-in. Ending it again changes nothing."""
    with house.scratch() as deed:
        end_within(deed, session_id, why)


def end_within(deed: Deed, session_id: str, why: str) -> None:
    """End one sign-in inside `deed`."""
    records.end_session(deed.connection, session_id, deed.now, why)


def end_all(deed: Deed, staff_id: str, why: str, but: str | None = None) -> None:
    """End every sign-in of one account, inside `deed`; `but` is the one that goes on."""
    records.end_sessions(deed.connection, staff_id, deed.now, why, but or "")
