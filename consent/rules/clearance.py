"""The claim that a picture tells nothing about anybody: 18 identifiers looked for, and nothing known beyond.

Source: 45 CFR 164.514(b)(2)(i) and (ii); domain rule 36 and section 3.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from consent.rules.refusal import Reason

IDENTIFIERS: Final = (
    "names",
    "places-smaller-than-a-state",
    "dates-and-ages-over-89",
    "telephone-numbers",
    "fax-numbers",
    "email-addresses",
    "social-security-numbers",
    "medical-record-numbers",
    "health-plan-numbers",
    "account-numbers",
    "certificate-or-licence-numbers",
    "vehicle-identifiers",
    "device-identifiers",
    "web-addresses",
    "ip-addresses",
    "finger-and-voice-prints",
    "full-face-pictures",
    "any-other-unique-mark",
)
"""(A) to (R) of the law, in its order."""

KNOWLEDGE: Final = "actual-knowledge"
"""(b)(2)(ii): whether the organisation knows anything by which what remains could identify the person."""

ABSENT: Final = "absent"
PRESENT: Final = "present"


def objections(answers: Mapping[str, str]) -> tuple[Reason, ...]:
    """Return which of the 18 are not answered or still in the picture, and whether something more is known."""
    reasons = []
    for code in (*IDENTIFIERS, KNOWLEDGE):
        answer = answers.get(code)
        if answer not in (ABSENT, PRESENT):
            reasons.append(Reason("identifier-not-looked-for", code))
        elif answer == PRESENT:
            reasons.append(Reason("identifier-present", code))
    return tuple(reasons)


def is_complete(*, rare: bool, second_reviewed: bool) -> bool:
    """Say whether a clearance without objections counts: a rare case needs a second reviewer (rule 36)."""
    return second_reviewed or not rare
