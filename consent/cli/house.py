"""Open the house for a command, and say in plain lines what stands in the way."""

from __future__ import annotations

from consent import wiring
from consent.acts import restoring
from consent.acts.house import House


def open_house() -> House:
    """Return the house that the environment describes. Raises: whatever `cannot_start` knows."""
    return wiring.make_house(wiring.settings_from())


def open_checked_house() -> House:
    """Return the house, if it may be worked with.

    Raises: as `open_house`; restoring.NotSound for what was restored and not found sound.
    """
    return restoring.must_be_checked(open_house())


def cannot_start(error: Exception) -> list[str] | None:
    """Return the plain lines for an error that the administrator can mend; None for a fault of ours."""
    kinds = wiring.mendable()
    return str(error).splitlines() if isinstance(error, kinds) else None
