"""Why a picture may not be posted: every ground, and the few neutral words that communications see of it.

A ground such as "came of age" tells about the patient, so only the privacy officer opens it (rule 31).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Ground(StrEnum):
    """One coded ground of a no."""

    NO_IMAGE = "no-image"
    UNKNOWN_IMAGE = "unknown-image"
    UNKNOWN_ACCOUNT = "unknown-account"
    IN_QUARANTINE = "in-quarantine"
    SUPERSEDED = "superseded"
    IMAGE_HELD = "image-held"
    DESTROYED = "destroyed"
    NOT_REVIEWED = "not-reviewed"
    PEOPLE_NOT_COUNTED = "people-not-counted"
    NOT_LINKED = "not-linked"
    PERSON_NOT_LINKED = "person-not-linked"
    NO_CONSENT = "no-consent"
    CONSENT_MISSING = "consent-missing"
    NOT_SIGNED = "not-signed"
    CONSENTS_TIE = "consents-tie"
    USE_NOT_ASKED = "use-not-asked"
    USE_REFUSED = "use-refused"
    RECOGNISABLE_REFUSED = "recognisable-refused"
    USE_WITHDRAWN = "use-withdrawn"
    IMAGE_WITHDRAWN = "image-withdrawn"
    REVOKED = "revoked"
    EXPIRED = "expired"
    NO_EXPIRY = "no-expiry"
    CAME_OF_AGE = "came-of-age"
    VOID = "void"
    SPOKEN_ONLY = "spoken-only"
    PAPER_UNCHECKED = "paper-unchecked"
    SUSPENDED = "suspended"
    SHOW_FIRST_OPEN = "show-first-open"
    RECONTACT_OPEN = "recontact-open"
    DATABASE_UNAVAILABLE = "database-unavailable"
    CLOCK_ERROR = "clock-error"


class PublicGround(StrEnum):
    """What communications staff may see."""

    NOT_LINKED = "not-linked"
    USE_NOT_AGREED = "use-not-agreed"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    CONDITION_OPEN = "condition-open"
    ON_HOLD = "on-hold"


# What is not named here is on hold: a new ground stays the privacy officer's until decided otherwise.
_PUBLIC: Final[Mapping[Ground, PublicGround]] = {
    Ground.NO_IMAGE: PublicGround.NOT_LINKED,
    Ground.UNKNOWN_IMAGE: PublicGround.NOT_LINKED,
    Ground.NOT_LINKED: PublicGround.NOT_LINKED,
    Ground.PERSON_NOT_LINKED: PublicGround.NOT_LINKED,
    Ground.PEOPLE_NOT_COUNTED: PublicGround.NOT_LINKED,
    Ground.NOT_SIGNED: PublicGround.NOT_LINKED,
    Ground.SPOKEN_ONLY: PublicGround.NOT_LINKED,
    Ground.PAPER_UNCHECKED: PublicGround.CONDITION_OPEN,
    Ground.UNKNOWN_ACCOUNT: PublicGround.USE_NOT_AGREED,
    Ground.NO_CONSENT: PublicGround.USE_NOT_AGREED,
    Ground.USE_NOT_ASKED: PublicGround.USE_NOT_AGREED,
    Ground.USE_REFUSED: PublicGround.USE_NOT_AGREED,
    Ground.RECOGNISABLE_REFUSED: PublicGround.USE_NOT_AGREED,
    Ground.USE_WITHDRAWN: PublicGround.WITHDRAWN,
    Ground.IMAGE_WITHDRAWN: PublicGround.WITHDRAWN,
    Ground.REVOKED: PublicGround.WITHDRAWN,
    Ground.EXPIRED: PublicGround.EXPIRED,
    Ground.NOT_REVIEWED: PublicGround.CONDITION_OPEN,
    Ground.IN_QUARANTINE: PublicGround.CONDITION_OPEN,
    Ground.SHOW_FIRST_OPEN: PublicGround.CONDITION_OPEN,
    Ground.RECONTACT_OPEN: PublicGround.CONDITION_OPEN,
}

TELLS_NOTHING: Final = frozenset(
    {
        Ground.NO_IMAGE,
        Ground.UNKNOWN_IMAGE,
        Ground.UNKNOWN_ACCOUNT,
        Ground.DATABASE_UNAVAILABLE,
        Ground.CLOCK_ERROR,
    }
)
"""Grounds about the question or the machine, not about a picture: anyone who may ask may see them as they are.

What stands between a known picture and a yes has six neutral words; its ground is the privacy officer's to open.
"""


def public_reason(ground: Ground) -> PublicGround:
    """Return the neutral reason for a ground."""
    return _PUBLIC.get(ground, PublicGround.ON_HOLD)
