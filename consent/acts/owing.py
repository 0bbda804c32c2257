"""Owe somebody word, inside the transaction that gives cause for it. What is owed is sent by `acts.notices`.

A notice to a role is one row for each of its active members, so that one absent person hides nothing from the
others; a role without members keeps one row, which escalates.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from consent.acts import tasks
from consent.acts.house import Deed
from consent.records import notices as records
from consent.records.tables.owed import notice
from consent.rules.access import Act, Role, may
from consent.rules.identifiers import new_id

About = Mapping[str, Sequence[str]]


@dataclass
class Owing:
    """Gathers what one deed owes, and writes it down at once. Staff are read once."""

    deed: Deed
    request_id: str | None = None
    _rows: list[dict[str, Any]] = field(default_factory=list)
    _staff: dict[str, frozenset[str]] | None = None

    def staff(self) -> dict[str, frozenset[str]]:
        """Return the roles of everybody who can sign in, by ID."""
        if self._staff is None:
            self._staff = {row.id: frozenset(row.roles) for row in records.active_staff(self.deed.connection)}
        return self._staff

    def can(self, staff_id: str | None, act: Act) -> bool:
        """Say whether this account is active and may do the act."""
        roles = self.staff().get(staff_id or "", frozenset())
        return may([Role(role) for role in roles], act)

    def to_staff(self, kind: str, once: str, staff_id: str, about: About) -> None:
        """Owe it to one person; to the privacy officers in the place of somebody who has left."""
        if staff_id in self.staff():
            self._add(kind, f"{once}/{staff_id}", about, to="staff", to_staff=staff_id)
        else:
            self.to_role(kind, f"{once}/{staff_id}", Role.PRIVACY_OFFICER, about)

    def to_role(self, kind: str, once: str, role: Role, about: About) -> None:
        """Owe it to everybody in the role, or to the role while nobody is in it."""
        members = [staff_id for staff_id, roles in self.staff().items() if role.value in roles]
        for staff_id in members:
            self._add(kind, f"{once}/{staff_id}", about, to="staff", to_staff=staff_id)
        if not members:
            self._add(kind, f"{once}/{role.value}", about, to="role", to_role=role.value)

    def to_outside(self, kind: str, once: str, about: About) -> None:
        """Owe it to the recipient named in the first of `about["post"]`; his address is opened when it is sent."""
        self._add(kind, f"{once}/{about['post'][0]}", about, to="outside")

    def to_patient(self, kind: str, once: str, about: About, *, electronic: bool, address: str = "") -> str:
        """Owe it to the patient: by mail, or on paper where there is no address or no agreement to mail.

        `address`: an e-mail address that he gave with his request; else his contact is opened when it is sent.
        """
        by_mail = electronic or bool(address)
        row_id = self._add(kind, once, about, to="patient", state="owed" if by_mail else "by-hand")
        if address:
            key_id = self.deed.new_key()
            sealed = self.deed.encrypt(key_id, "notice", row_id, "address", address)
            self._rows[-1] |= {"key_id": key_id, "address": sealed}
        if not by_mail:
            leave_to_print(self.deed, row_id, about)
        return row_id

    def write(self) -> tuple[str, ...]:
        """Write all of it down, each occasion once ever, and return the IDs."""
        onces = [row["once"] for row in self._rows]
        known = records.once_known(self.deed.connection, onces)
        fresh = {row["once"]: row for row in self._rows if row["once"] not in known}
        self.deed.ledger.insert_many(notice, list(fresh.values()))
        self._rows.clear()
        return tuple(row["id"] for row in fresh.values())

    def _add(self, kind: str, once: str, about: About, **to: Any) -> str:  # noqa: ANN401 - columns
        row_id = new_id(secrets.token_bytes)
        blank = dict.fromkeys(("to_staff", "to_role", "key_id", "address", "sent_at", "error", "escalated_at"))
        self._rows.append(
            {
                **blank,
                "id": row_id,
                "kind": kind,
                "once": f"{kind}/{once}",
                "request_id": self.request_id,
                "about": {name: list(ids) for name, ids in about.items() if ids},
                "state": "owed",
                "tries": 0,
                "owed_at": self.deed.now,
                "next_at": self.deed.now,
                **to,
            }
        )
        return row_id


def leave_to_print(deed: Deed, notice_id: str, about: About) -> None:
    """Leave the task to print the letter and post it; closing it is what delivers the notice."""
    request = about.get("request", [""])[0]
    tasks.leave(
        deed,
        "print-and-post",
        f"print-and-post/{notice_id}",
        queue=Role.PRIVACY_OFFICER.value,
        about={"notice": notice_id, "request": request},
    )
