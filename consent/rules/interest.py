"""Does whoever asked the patient also gain from the post? Then a reason is asked for, and kept.

Source: AMA opinion 3.1.4 (a disinterested third party obtains consent); domain rule 21.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from consent.rules.identifiers import StaffId


@dataclass(frozen=True)
class Taker:
    """A member of staff who took a consent: prepared it, or handed it over."""

    id: StaffId
    name: str


def is_interested(poster: StaffId, account_owner: str, takers: Collection[Taker]) -> bool:
    """Say whether the poster, or the person whose account it is, is one of those who took the consent.

    `account_owner`: the name of the clinician whose account it is; empty for the organisation's own.
    """
    owner = " ".join(account_owner.split()).casefold()
    return any(poster == each.id or (owner and owner == " ".join(each.name.split()).casefold()) for each in takers)
