"""Open the house for a command, and say in plain lines what stands in the way."""

from __future__ import annotations

from consent import wiring
from consent.acts.house import House


def open_house() -> House:
    """Return the house that the environment describes. Raises: whatever `cannot_start` knows."""
    return wiring.make_house(wiring.settings_from())


def cannot_start(error: Exception) -> list[str] | None:
    """Return the plain lines for an error that the administrator can mend; None for a fault of ours."""
    kinds = wiring.mendable()
    return str(error).splitlines() if isinstance(error, kinds) else None
