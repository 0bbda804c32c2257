"""Who does it."""

from __future__ import annotations

from dataclasses import dataclass

from consent.rules.access import Act, Opening, Role, may, may_open
from consent.rules.identifiers import StaffId, UnitId
from consent.rules.refusal import Reason, Refused


@dataclass(frozen=True)
class Actor:
    """One person or part of the system, as custody names it."""

    kind: str
    """staff | signer | card | copy | system | command"""
    id: str
    """A random ID: of the staff account, the signing session, the card; or the name of a part of the system."""
    roles: frozenset[Role] = frozenset()
    unit: str = ""
    second_factor: bool = False
    """True when this sign-in was completed with a second factor."""

    @property
    def name(self) -> str:
        """Return how custody writes this actor: kind:id, never a person's name."""
        return f"{self.kind}:{self.id}"

    def must(self, act: Act) -> None:
        """Let through who may do `act`. Raises: Refused('role')."""
        if self.kind in ("system", "command"):
            return
        if self.kind != "staff" or not may(self.roles, act):
            raise Refused((Reason("role"),))

    def opening(self, made_by: str, unit: str, reason: str = "") -> Opening:
        """Say how this person may open a record that `made_by` of `unit` made."""
        return may_open(
            actor=StaffId(self.id),
            actor_unit=UnitId(self.unit) if self.unit else None,
            roles=self.roles,
            created_by=StaffId(made_by),
            record_unit=UnitId(unit) if unit else None,
            reason=reason,
        )


SYSTEM = Actor("system", "upkeep")
COMMAND = Actor("command", "console")
