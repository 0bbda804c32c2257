"""Who does it."""

from __future__ import annotations

from dataclasses import dataclass

from consent.rules.access import Act, Role, may
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


SYSTEM = Actor("system", "upkeep")
COMMAND = Actor("command", "console")
