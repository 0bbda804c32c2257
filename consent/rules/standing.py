"""How a consent stands today, in one word that tells nothing of the person."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from consent.rules.expiry import is_good


class Standing(StrEnum):
    """What a signed consent is worth today."""

    IN_FORCE = "in-force"
    WITHDRAWN_IN_PART = "withdrawn-in-part"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    ON_HOLD = "on-hold"
    VOID = "void"


def standing(status: str, *, suspended: bool, parts_withdrawn: bool, expires_on: date | None, today: date) -> Standing:
    """Return how a signed consent stands. What cannot be read as in force is not (fails closed)."""
    if status == "revoked":
        return Standing.WITHDRAWN
    if status != "signed":
        return Standing.VOID
    if expires_on is None or not is_good(expires_on, today):
        return Standing.EXPIRED
    if suspended:
        return Standing.ON_HOLD
    return Standing.WITHDRAWN_IN_PART if parts_withdrawn else Standing.IN_FORCE
