"""The profiles under which an organisation works: what a state asks of the form beyond federal law.

Source: domain rules 12 and 51; California Civil Code 56.11.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Jurisdiction(StrEnum):
    """Whose law the forms keep: a place, or a place and one of its states."""

    US = "US"
    CALIFORNIA = "US-CA"
    UNITED_KINGDOM = "UK"


@dataclass(frozen=True)
class Profile:
    """What the form has to look like. `points`: the smallest type in which any word of it may stand, in points.

    `stands_alone`: nothing but the authorization on its pages, and its signature for nothing else.
    `usual_term`: the term that is offered first; a longer one is the signer's own wish. "" where there is none.
    """

    points: float = 12
    stands_alone: bool = False
    usual_term: str = ""


PROFILES: Final = {
    Jurisdiction.US: Profile(),
    Jurisdiction.CALIFORNIA: Profile(points=14, stands_alone=True, usual_term="1-year"),
    Jurisdiction.UNITED_KINGDOM: Profile(),
}
