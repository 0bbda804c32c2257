"""All desks, in the order in which they are registered."""

from __future__ import annotations

from consent.web.desk import Desk

DESKS: tuple[Desk, ...] = ()
