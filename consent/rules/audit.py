"""What an audit asks of a post: did a consent live behind it on its day?

Source: domain rules 32, 37 and 48.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Worry(StrEnum):
    """All that an audit can find."""

    POST_WITHOUT_CONSENT = "post-without-consent"
    TAKEDOWN_OVERDUE = "takedown-overdue"
    TRAIL = "trail"
    CANNOT_BE_OPENED = "cannot-be-opened"
    SEAL_BROKEN = "seal-broken"
    CERTIFICATE_ENDS = "certificate-ends"
    CERTIFICATE_REVOKED = "certificate-revoked"
    CRL_OLD = "crl-old"
    KEYS_NOT_KEPT_APART = "keys-not-kept-apart"
    KEY_OLD = "key-old"
    STAMP_OWED = "stamp-owed"
    ISSUERS_SILENT = "issuers-silent"
    HEAD_NOT_STAMPED = "head-not-stamped"
    BACKUP_OLD = "backup-old"
    CLOCK_IN_DOUBT = "clock-in-doubt"


@dataclass(frozen=True)
class Lifetime:
    """When a consent was in force: from its signature through its last day, or until it was withdrawn."""

    signed_at: datetime | None
    last_day: date | None
    revoked_at: datetime | None
    is_void: bool


def lived(consent: Lifetime, at: datetime, on: date) -> bool:
    """Say whether the consent was in force at this instant, which was this day in the organisation's zone."""
    if consent.is_void or consent.signed_at is None or consent.signed_at > at:
        return False
    if consent.last_day is None or consent.last_day < on:
        return False
    return consent.revoked_at is None or consent.revoked_at > at


def had_consent(consents: Collection[Lifetime], at: datetime, on: date, *, nobody_shown: bool) -> bool:
    """Say whether a post had what it needed on its day: all its consents living, or nobody to be recognised in it."""
    return all(lived(each, at, on) for each in consents) if consents else nobody_shown
