"""Who works here: roles given and taken, accounts disabled, a lost second factor reset by two people."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection, Row

from consent.acts import invitations, second_factor, sessions
from consent.acts.actor import Actor
from consent.acts.house import Deed, House
from consent.records import staff as records
from consent.records.tables.owed import task
from consent.records.tables.posts import takedown
from consent.records.tables.staff import second_factor_reset, staff
from consent.rules.access import Act, Role, is_second_person, may
from consent.rules.identifiers import StaffId, new_id
from consent.rules.refusal import NotFound, Reason, Refused


@dataclass(frozen=True)
class Person:
    """One account, as the people's page shows it."""

    id: str
    email: str
    name: str
    unit: str
    roles: frozenset[Role]
    status: str
    second_factor: bool
    made_at: datetime


@dataclass(frozen=True)
class AskedReset:
    """A second-factor reset that waits for a second person."""

    id: str
    staff_id: str
    name: str
    asked_by: str
    asked_by_name: str
    asked_at: datetime


def people(house: House, actor: Actor) -> tuple[Person, ...]:
    """Return every account by name."""
    actor.must(Act.SEE_STAFF)
    with house.reading() as connection:
        rows = records.everybody(connection)
    return tuple(_as_person(row) for row in rows if row.email != invitations.NO_ADDRESS_YET)


def person(house: House, actor: Actor, staff_id: str) -> Person:
    """Return one account. Raises: NotFound."""
    actor.must(Act.SEE_STAFF)
    with house.reading() as connection:
        return _as_person(_row(connection, staff_id))


def change_roles(house: House, actor: Actor, staff_id: str, roles: Iterable[Role], unit: str) -> None:
    """Give and take roles, and set the unit. It counts from the person's next request.

    Open tasks and takedowns of roles that were taken go back to the role's queue. Of roles that were given a privacy
    officer is told, if anybody works here but who gives and who gets them.

    Raises: Refused: roles-none, last-administrator; NotFound.
    """
    actor.must(Act.CHANGE_ROLES)
    wanted = [role.value for role in Role if role in set(roles)]
    if not wanted:
        raise Refused(Reason("roles-none", "roles"))
    with house.writing(actor) as deed:
        before = _row(deed.connection, staff_id)
        if Role.ADMINISTRATOR not in wanted:
            _keep_an_administrator(deed.connection, staff_id)
        deed.ledger.update(staff, staff_id, roles=wanted, unit=unit)
        tasks = records.open_tasks(deed.connection, staff_id, but=wanted)
        keeps = may([Role(role) for role in wanted], Act.SETTLE_TAKEDOWN)
        takedowns = () if keeps else records.open_takedowns(deed.connection, staff_id)
        _give_back(deed, tasks, takedowns)
        if not set(wanted) <= set(before.roles) and _is_anybody_else(deed, staff_id):
            invitations.have_known(deed, invitations.KNOW_ROLES, staff_id)
        about = {"staff": staff_id, "roles": wanted, "task": list(tasks), "takedown": list(takedowns)}
        deed.enter("staff.change-roles", about)


def disable(house: House, actor: Actor, staff_id: str) -> None:
    """Disable the account: its sign-ins and links end, what it owned and has not done goes to the role's queue.

    Raises: Refused: own-account, last-administrator; NotFound.
    """
    actor.must(Act.DISABLE_STAFF)
    if actor.id == staff_id:
        raise Refused(Reason("own-account"))
    with house.writing(actor) as deed:
        if _row(deed.connection, staff_id).status == "disabled":
            return deed.nothing()
        _keep_an_administrator(deed.connection, staff_id)
        deed.ledger.update(staff, staff_id, status="disabled")
        sessions.end_all(deed, staff_id, "disabled")
        invitations.end_links(deed, staff_id)
        tasks = records.open_tasks(deed.connection, staff_id)
        takedowns = records.open_takedowns(deed.connection, staff_id)
        _give_back(deed, tasks, takedowns)
        deed.enter("staff.disable", {"staff": staff_id, "task": list(tasks), "takedown": list(takedowns)})


def enable(house: House, actor: Actor, staff_id: str) -> None:
    """Let a disabled account in again, with the password and second factor that it had. Raises: NotFound."""
    actor.must(Act.DISABLE_STAFF)
    with house.writing(actor) as deed:
        row = _row(deed.connection, staff_id)
        if row.status != "disabled":
            return deed.nothing()
        deed.ledger.update(staff, staff_id, status="active" if row.password_hash else "invited")
        deed.enter("staff.enable", {"staff": staff_id})


def ask_reset(house: House, actor: Actor, staff_id: str) -> None:
    """Ask that a lost second factor be taken away; nothing changes until a second person confirms.

    Raises: Refused: own-account, second-factor-none; NotFound.
    """
    actor.must(Act.RESET_SECOND_FACTOR)
    if actor.id == staff_id:
        raise Refused(Reason("own-account"))
    with house.writing(actor) as deed:
        if _row(deed.connection, staff_id).totp_secret is None:
            raise Refused(Reason("second-factor-none"))
        if any(reset.staff_id == staff_id for reset in records.open_resets(deed.connection)):
            return deed.nothing()
        reset_id = new_id(secrets.token_bytes)
        deed.ledger.insert(second_factor_reset, id=reset_id, staff_id=staff_id, asked_by=actor.id, asked_at=deed.now)
        deed.enter("staff.ask-second-factor-reset", {"staff": staff_id, "reset": reset_id})


def asked_resets(house: House, actor: Actor) -> tuple[AskedReset, ...]:
    """Return the resets that wait for a second person."""
    actor.must(Act.SEE_STAFF)
    with house.reading() as connection:
        names = {row.id: row.name for row in records.everybody(connection)}
        resets = records.open_resets(connection)
    return tuple(
        AskedReset(row.id, row.staff_id, names[row.staff_id], row.asked_by, names[row.asked_by], row.asked_at)
        for row in resets
    )


def confirm_reset(house: House, actor: Actor, reset_id: str) -> None:
    """Take the second factor away: the person signs in with the password and must set up a new one at once.

    Raises: Refused('second-person') for whoever asked, and for the person himself; NotFound.
    """
    actor.must(Act.CONFIRM_SECOND_FACTOR_RESET)
    with house.writing(actor) as deed:
        reset = records.find_reset(deed.connection, reset_id)
        if reset is None:
            raise NotFound
        if reset.confirmed_at is not None:
            return deed.nothing()
        asker, target, confirmer = StaffId(reset.asked_by), StaffId(reset.staff_id), StaffId(actor.id)
        if not is_second_person(asker, confirmer) or not is_second_person(target, confirmer):
            raise Refused(Reason("second-person"))
        deed.ledger.update(second_factor_reset, reset_id, confirmed_by=actor.id, confirmed_at=deed.now)
        second_factor.clear(deed, reset.staff_id)
        sessions.end_all(deed, reset.staff_id, "everywhere")
        deed.enter("staff.confirm-second-factor-reset", {"staff": reset.staff_id, "reset": reset_id})


def _give_back(deed: Deed, task_ids: Sequence[str], takedown_ids: Sequence[str]) -> None:
    """Take the owner off, so that everybody in the queue's role sees it."""
    for task_id in task_ids:
        deed.ledger.update(task, task_id, owner_id=None)
    for takedown_id in takedown_ids:
        deed.ledger.update(takedown, takedown_id, owner_id=None)


def _is_anybody_else(deed: Deed, staff_id: str) -> bool:
    active = (row.id for row in records.everybody(deed.connection) if row.status == "active")
    return bool(set(active) - {staff_id, deed.actor.id})


def _keep_an_administrator(connection: Connection, without: str) -> None:
    for row in records.everybody(connection):
        if row.id != without and row.status == "active" and Role.ADMINISTRATOR in row.roles:
            return
    raise Refused(Reason("last-administrator"))


def _row(connection: Connection, staff_id: str) -> Row[Any]:
    row = records.find(connection, staff_id)
    if row is None:
        raise NotFound
    return row


def _as_person(row: Row[Any]) -> Person:
    roles = frozenset(Role(role) for role in row.roles)
    second = row.totp_secret is not None
    return Person(row.id, row.email, row.name, row.unit, roles, row.status, second, row.made_at)
