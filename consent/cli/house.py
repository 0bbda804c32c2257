"""Open the house for a command, and say in plain lines what stands in the way."""

from __future__ import annotations

import errno

from consent import wiring
from consent.acts import restoring
from consent.acts.house import House
from consent.acts.posting import OUT_OF_REACH

UNWRITABLE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})
ONLY_READ = "25006"
"""PostgreSQL's own word for a database that may only be read for now: a standby, or a disk that went bad."""


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
    driver = getattr(error, "orig", None)
    if getattr(driver, "sqlite_errorname", "") == "SQLITE_ERROR":
        return None  # a statement of ours that SQLite does not understand
    if isinstance(error, OUT_OF_REACH) or getattr(driver, "sqlstate", None) == ONLY_READ:
        # The database's own words: "disk is full", "readonly", "closed the connection"; never a value of a statement.
        said = str(driver or type(error).__name__).strip().partition("\n")[0]
        return [f"The database cannot be used: {said}. See that it runs, and that its disk can be written to."]
    if isinstance(error, OSError) and error.errno in UNWRITABLE:
        return [f"{error.filename or 'The disk'} cannot be written: {error.strerror}."]
    return str(error).splitlines() if isinstance(error, kinds) else None
