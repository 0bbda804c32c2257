"""Keep what somebody typed or chose for an hour, encrypted, for the same account only.

Nothing of it is in custody: it is not on our record until it is sent again and an act takes it.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.engine import Connection

from consent.acts.actor import Actor
from consent.acts.house import Deed, House
from consent.acts.opening import open_bytes
from consent.records import held
from consent.rules.identifiers import new_id
from consent.rules.refusal import NotFound
from consent.vault.envelope import CannotDecrypt, Where

KEPT_FOR = timedelta(hours=1)
MOST_KEPT = 20


@dataclass(frozen=True)
class HeldFile:
    """A chosen file."""

    id: str
    name: str
    data: bytes


@dataclass(frozen=True)
class HeldForm:
    """What was typed: where it was going, and every field with its value, in order."""

    id: str
    path: str
    fields: tuple[tuple[str, str], ...]


def hold_file(house: House, actor: Actor, data: bytes, name: str = "") -> str:
    """Keep the file and return the ID under which `take_file` gives it back."""
    header = json.dumps({"name": name}).encode()
    return _hold(house, actor.id, "file", header + b"\n" + data)


def take_file(house: House, actor: Actor, held_id: str) -> HeldFile:
    """Return the file; it stays until it is forgotten or its hour is over. Raises: NotFound."""
    header, _, data = _open(house, actor.id, "file", held_id).partition(b"\n")
    return HeldFile(held_id, str(json.loads(header)["name"]), data)


def forget_file(house: House, actor: Actor, held_id: str) -> None:
    """Delete the file; that it is not there is no error."""
    _forget(house, actor.id, "file", held_id)


def hold_form(house: House, staff_id: str, path: str, fields: Sequence[tuple[str, str]]) -> str:
    """Keep what was typed by an account whose sign-in has ended meanwhile."""
    return _hold(house, staff_id, "form", json.dumps({"path": path, "fields": list(fields)}).encode())


def waiting_form(house: House, actor: Actor) -> HeldForm | None:
    """Return the newest form kept for this account."""
    with house.reading() as connection:
        row = held.newest(connection, actor.id, "form", house.clock())
        if row is None:
            return None
        content = open_bytes(house, connection, Where("held", row.id, "content"), bytes(row.content))
    kept = json.loads(content)
    return HeldForm(row.id, kept["path"], tuple((name, value) for name, value in kept["fields"]))


def forget_form(house: House, actor: Actor, held_id: str) -> None:
    """Delete the form; that it is not there is no error."""
    _forget(house, actor.id, "form", held_id)


def hold_secret(house: House, actor: Actor, kind: str, secret: str) -> str:
    """Keep a secret that is shown but not yet confirmed; the newest of a kind counts."""
    return _hold(house, actor.id, kind, secret.encode())


def waiting_secret(house: House, actor: Actor, kind: str) -> str | None:
    """Return the newest secret of this kind that waits for its confirmation."""
    with house.reading() as connection:
        row = held.newest(connection, actor.id, kind, house.clock())
        if row is None:
            return None
        return open_bytes(house, connection, Where("held", row.id, "content"), bytes(row.content)).decode()


def forget_secret(deed: Deed, staff_id: str, kind: str) -> None:
    """Delete every secret of this kind that the account has."""
    while (row := held.newest(deed.connection, staff_id, kind, deed.now)) is not None:
        held.forget(deed.connection, [row])


def sweep(house: House) -> int:
    """Delete everything whose hour is over; return how many."""
    with house.scratch() as deed:
        rows = held.over(deed.connection, deed.now)
        held.forget(deed.connection, rows)
        return len(rows)


def _hold(house: House, staff_id: str, kind: str, content: bytes) -> str:
    with house.scratch() as deed:
        held.forget(deed.connection, held.over(deed.connection, deed.now))
        held.forget(deed.connection, held.beyond(deed.connection, staff_id, MOST_KEPT - 1))
        return keep_within(deed, staff_id, kind, content, KEPT_FOR)


def _open(house: House, staff_id: str, kind: str, held_id: str) -> bytes:
    with house.reading() as connection:
        row = held.find(connection, staff_id, held_id, kind, house.clock())
        if row is None:
            raise NotFound
        return open_bytes(house, connection, Where("held", held_id, "content"), bytes(row.content))


def _forget(house: House, staff_id: str, kind: str, held_id: str) -> None:
    with house.scratch() as deed:
        row = held.find(deed.connection, staff_id, held_id, kind, deed.now)
        if row is not None:
            held.forget(deed.connection, [row])


def keep_within(deed: Deed, staff_id: str, kind: str, content: bytes, lasts: timedelta) -> str:
    """Keep something of a kind for this account within a deed of the caller's, and return its ID."""
    row_id, key_id = new_id(secrets.token_bytes), deed.new_key()
    held.keep(
        deed.connection,
        id=row_id,
        staff_id=staff_id,
        kind=kind,
        key_id=key_id,
        content=deed.encrypt(key_id, "held", row_id, "content", content),
        made_at=deed.now,
        expires_at=deed.now + lasts,
    )
    return row_id


def newest_within(house: House, connection: Connection, staff_id: str, kind: str) -> bytes | None:
    """Return the newest of a kind that is kept for this account, unless its time is over.

    None also for what does not open: altered, exchanged, or swept by another process at this moment. Nobody typed it,
    so that whoever needs it makes it anew.
    """
    row = held.newest(connection, staff_id, kind, house.clock())
    if row is None:
        return None
    try:
        return open_bytes(house, connection, Where("held", row.id, "content"), bytes(row.content))
    except (CannotDecrypt, KeyError):
        return None


def forget_kind(connection: Connection, kind: str) -> None:
    """Delete everything of a kind, whoever it was kept for."""
    held.forget(connection, held.of_kind(connection, kind))
