"""One-time links: the first administrator, an invitation, a forgotten password. Only hashes of them are kept."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.engine import Connection, Row

from consent.acts import held, sessions, tasks
from consent.acts.actor import COMMAND, SYSTEM, Actor
from consent.acts.house import Deed, House
from consent.acts.owing import Owing
from consent.records import staff as records
from consent.records.tables.staff import staff, staff_token
from consent.rules.access import Act, Role
from consent.rules.identifiers import new_id
from consent.rules.passwords import password_objections
from consent.rules.refusal import NotFound, Reason, Refused, refuse_if
from consent.vault.secrets import hash_password, hash_token, new_token

GOOD_FOR = timedelta(hours=24)
KNOW_PERSON = "know-person"
"""The task to find out who a new account belongs to."""
KNOW_LINK = "know-link"
"""The task to find out that a link for a new password reached its person, where no second factor proves it."""
KNOW_ROLES = "know-roles"
"""The task to find out who asked that an account be given further roles."""
KNOWN_BY_A_THIRD = (KNOW_PERSON, KNOW_LINK, KNOW_ROLES)
"""What whoever did it must not say of himself: `about` names the account, and by whom."""
_TOLD = {KNOW_PERSON: "person-invited", KNOW_LINK: "link-made", KNOW_ROLES: "roles-given"}
# Stands where an address will stand once the first administrator has typed it; no address looks like it.
NO_ADDRESS_YET = "first-administrator"


@dataclass(frozen=True)
class Invited:
    """Whom a link is for, as its page shows it. `email` is empty while the first administrator has typed none."""

    staff_id: str
    email: str
    name: str
    purpose: str


def first_link(house: House) -> str | None:
    """Return a link for the first administrator, or None once there is an administrator.

    Every start makes a fresh one and ends the one before, so that the newest that was printed is the one that opens.
    """
    with house.writing(SYSTEM) as deed:
        people = records.everybody(deed.connection)
        if any(person.status == "active" and Role.ADMINISTRATOR in person.roles for person in people):
            deed.nothing()
            return None
        waiting = records.find_by_email(deed.connection, NO_ADDRESS_YET)
        row = waiting or _new_person(deed, NO_ADDRESS_YET, "", (Role.ADMINISTRATOR,), "")
        token = _new_link(deed, row.id, "first-admin")
        deed.enter("staff.first-link", {"staff": row.id})
        return _address_of(house, token)


def create_administrator(house: House, email: str) -> str:
    """Return a link for one more administrator, made at the console. Raises: Refused('email-taken')."""
    return _invite(house, COMMAND, _address(email), "", (Role.ADMINISTRATOR,), unit="")


def invite(house: House, actor: Actor, *, email: str, name: str, roles: Iterable[Role], unit: str = "") -> str:
    """Make an account that waits for its person, and return its one-time link (24 hours).

    Raises: Refused: email-wrong, email-taken, roles-none.
    """
    actor.must(Act.INVITE_STAFF)
    return _invite(house, actor, _address(email), name, tuple(roles), unit=unit)


def link_again(house: House, actor: Actor, staff_id: str) -> str:
    """Return a fresh link: to somebody who has not come yet, or who has forgotten his password.

    The links before it end. Whoever has no second factor could be replaced by whoever holds the link, so that a privacy
    officer is asked about it. Raises: NotFound; Refused: staff-disabled, own-account (one's own password is changed
    with the old one).
    """
    actor.must(Act.INVITE_STAFF)
    if actor.id == staff_id:
        raise Refused(Reason("own-account"))
    with house.writing(actor) as deed:
        row = records.find(deed.connection, staff_id)
        if row is None or row.email == NO_ADDRESS_YET:
            raise NotFound
        if row.status == "disabled":
            raise Refused(Reason("staff-disabled"))
        purpose = "invite" if row.status == "invited" else "reset-password"
        token = _new_link(deed, staff_id, purpose)
        if actor.kind == "staff" and row.status == "active" and row.totp_secret is None:
            have_known(deed, KNOW_LINK, staff_id)
        deed.enter("staff.link", {"staff": staff_id, "purpose": purpose})
        return _address_of(house, token)


def hold_link(house: House, actor: Actor, staff_id: str, link: str) -> None:
    """Keep the link for the page that shows it to whoever made it; for an hour, and for no other account."""
    actor.must(Act.INVITE_STAFF)
    held.hold_secret(house, actor, f"link-{staff_id}", link)


def link_to_pass_on(house: House, actor: Actor, staff_id: str) -> str | None:
    """Return the link that this administrator has made and not yet passed on."""
    actor.must(Act.INVITE_STAFF)
    return held.waiting_secret(house, actor, f"link-{staff_id}")


def link_is_passed_on(house: House, actor: Actor, staff_id: str) -> None:
    """Show the link no more."""
    actor.must(Act.INVITE_STAFF)
    with house.scratch() as deed:
        held.forget_secret(deed, actor.id, f"link-{staff_id}")


def find_invited(house: House, token: str) -> Invited | None:
    """Return whom this link is for, or None if it opens nothing (any more)."""
    with house.reading() as connection:
        found = _opens(house, connection, token)
        if found is None:
            return None
        link, row = found
        email = "" if row.email == NO_ADDRESS_YET else row.email
        return Invited(row.id, email, row.name, link.purpose)


def accept(house: House, token: str, *, email: str, name: str, password: str) -> str | None:
    """Take the link: name and password are set, and every older sign-in of the account ends.

    Returns a sign-in's token, or None where the second factor must be shown first. `email` counts only for the
    first administrator. Raises: NotFound (used, too old, unknown); Refused: password-*, email-wrong, email-taken.
    """
    invited = find_invited(house, token)
    if invited is None:
        raise NotFound
    address = _address(invited.email or email)
    refuse_if(password_objections(password, house.terms.common_passwords, (name, address)))
    hashed = hash_password(password)
    with house.writing(Actor("staff", invited.staff_id)) as deed:
        found = _opens(house, deed.connection, token)
        if found is None:
            raise NotFound
        link, row = found
        if row.email != address and records.find_by_email(deed.connection, address) is not None:
            raise Refused(Reason("email-taken", "email"))
        deed.ledger.update(staff_token, link.id, used_at=deed.now)
        deed.ledger.update(staff, row.id, email=address, name=name, password_hash=hashed, status="active")
        sessions.end_all(deed, row.id, "everywhere")
        deed.enter("staff.accept", {"staff": row.id, "purpose": link.purpose})
        return None if row.totp_secret else sessions.begin(deed, row.id, second_factor=False)


def end_links(deed: Deed, staff_id: str) -> None:
    """End every link of an account, inside `deed`."""
    for link in records.open_tokens(deed.connection, staff_id):
        deed.ledger.update(staff_token, link.id, used_at=deed.now)


def _invite(house: House, actor: Actor, address: str, name: str, roles: tuple[Role, ...], *, unit: str) -> str:
    if not roles:
        raise Refused(Reason("roles-none", "roles"))
    with house.writing(actor) as deed:
        if records.find_by_email(deed.connection, address) is not None:
            raise Refused(Reason("email-taken", "email"))
        row = _new_person(deed, address, name, roles, unit)
        token = _new_link(deed, row.id, "invite")
        if actor.kind == "staff":
            have_known(deed, KNOW_PERSON, row.id)
        deed.enter("staff.invite", {"staff": row.id, "roles": sorted(roles)})
        return _address_of(house, token)


def have_known(deed: Deed, kind: str, staff_id: str) -> None:
    """Leave it to a privacy officer to know of this: an administrator could else be his own second person."""
    queue, once = Role.PRIVACY_OFFICER, staff_id if kind == KNOW_PERSON else f"{staff_id}/{deed.now.isoformat()}"
    about = {"staff": staff_id} if kind == KNOW_PERSON else {"staff": staff_id, "by": deed.actor.id}
    tasks.leave(deed, kind, f"{kind}/{once}", queue=queue.value, about=about)
    owing = Owing(deed)
    owing.to_role(_TOLD[kind], once, queue, {"staff": [staff_id]})
    owing.write()


def _address_of(house: House, token: str) -> str:
    return f"{house.terms.public_url}/invitation/{token}"


def _address(email: str) -> str:
    address = email.strip().lower()
    local, _, domain = address.rpartition("@")
    if not local or "." not in domain.strip(".") or any(sign.isspace() for sign in address):
        raise Refused(Reason("email-wrong", "email"))
    return address


def _new_person(deed: Deed, email: str, name: str, roles: tuple[Role, ...], unit: str) -> Row[Any]:
    return deed.ledger.insert(
        staff,
        id=new_id(secrets.token_bytes),
        email=email,
        name=name,
        unit=unit,
        roles=[role.value for role in Role if role in roles],
        status="invited",
        made_by=deed.actor.name,
        made_at=deed.now,
    )


def _new_link(deed: Deed, staff_id: str, purpose: str) -> str:
    end_links(deed, staff_id)
    token, digest = new_token()
    deed.ledger.insert(
        staff_token,
        id=new_id(secrets.token_bytes),
        staff_id=staff_id,
        purpose=purpose,
        token_hash=digest,
        made_by=deed.actor.name,
        made_at=deed.now,
        expires_at=deed.now + GOOD_FOR,
        used_at=None,
    )
    return token


def _opens(house: House, connection: Connection, token: str) -> tuple[Row[Any], Row[Any]] | None:
    link = records.find_token(connection, hash_token(token))
    if link is None or link.used_at is not None or link.expires_at <= house.clock():
        return None
    row = records.find(connection, link.staff_id)
    return None if row is None or row.status == "disabled" else (link, row)
