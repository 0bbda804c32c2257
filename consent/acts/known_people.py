"""Are two accounts two people? The program cannot tell; a third person, who is asked on the day it matters, can.

Accounts work before he has answered (decision 0012). What cannot be undone waits for him.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy.engine import Connection, Row

from consent.acts.invitations import KNOWN_BY_A_THIRD
from consent.records import staff, tasks
from consent.rules.access import Role


def is_asked_about(connection: Connection, staff_ids: Collection[str]) -> bool:
    """Return whether it is still open who one of these accounts belongs to, and somebody works here who could say."""
    for row in tasks.open_of_kinds(connection, KNOWN_BY_A_THIRD):
        if row.about["staff"] in staff_ids and _is_third(connection, row):
            return True
    return False


def _is_third(connection: Connection, row: Row[Any]) -> bool:
    everybody = {each.id: each for each in staff.everybody(connection)}
    account = everybody.get(row.about["staff"])
    not_he = {row.about["staff"], row.about.get("by", "")}
    if account is not None:
        not_he.add(account.made_by.removeprefix("staff:"))
    return any(
        each.status == "active" and Role.PRIVACY_OFFICER in each.roles
        for each in everybody.values()
        if each.id not in not_he
    )
