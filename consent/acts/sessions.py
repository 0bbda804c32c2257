"""A staff sign-in on one browser: made, looked at with every request, ended. Idle time is judged here."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import sqlalchemy as sa

from consent.acts.actor import Actor
from consent.acts.house import Deed, House
from consent.records.tables.staff import staff, staff_session
from consent.rules.access import Role
from consent.rules.identifiers import new_id
from consent.vault.secrets import hash_token, new_token


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
    deed.connection.execute(
        sa.insert(staff_session).values(
            id=new_id(secrets.token_bytes),
            staff_id=staff_id,
            token_hash=digest,
            made_at=deed.now,
            seen_at=deed.now,
            second_factor_at=deed.now if second_factor else None,
        )
    )
    return token


def find(house: House, token: str) -> SignedIn | SignedOut | None:
    """Return the sign-in of this token; ends one that has been idle too long. None: no such sign-in."""
    now = house.clock()
    wanted = (
        sa.select(staff_session, staff.c.roles, staff.c.unit, staff.c.status, staff.c.name)
        .join(staff, staff.c.id == staff_session.c.staff_id)
        .where(staff_session.c.token_hash == hash_token(token))
    )
    with house.reading() as connection:
        row = connection.execute(wanted).one_or_none()
    if row is None:
        return None
    if row.ended_at is not None:
        return SignedOut(row.staff_id, row.ended_why or "signed-out")
    if now - row.seen_at > house.terms.idle:
        end(house, row.id, "idle")
        return SignedOut(row.staff_id, "idle")
    if row.status != "active":
        return SignedOut(row.staff_id, "disabled")
    # Once a minute is exact enough for an idle time of minutes, and spares a write with every page.
    if (now - row.seen_at).total_seconds() > 60:
        with house.scratch() as deed:
            deed.connection.execute(sa.update(staff_session).where(staff_session.c.id == row.id).values(seen_at=now))
    roles = frozenset(Role(role) for role in row.roles)
    actor = Actor("staff", row.staff_id, roles, row.unit, row.second_factor_at is not None)
    return SignedIn(row.id, actor, row.name)


def end(house: House, session_id: str, why: str) -> None:
    """End one sign-in. Ending it again changes nothing."""
    with house.scratch() as deed:
        end_within(deed, session_id, why)


def end_within(deed: Deed, session_id: str, why: str) -> None:
    """End one sign-in inside `deed`."""
    _end(deed, staff_session.c.id == session_id, why)


def end_all(deed: Deed, staff_id: str, why: str, but: str | None = None) -> None:
    """End every sign-in of one account, inside `deed`; `but` is the one that goes on."""
    _end(deed, sa.and_(staff_session.c.staff_id == staff_id, staff_session.c.id != (but or "")), why)


def _end(deed: Deed, which: sa.ColumnElement[bool], why: str) -> None:
    deed.connection.execute(
        sa.update(staff_session)
        .where(which, staff_session.c.ended_at.is_(None))
        .values(ended_at=deed.now, ended_why=why)
    )
