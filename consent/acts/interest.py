"""Ask for a reason where whoever took the consent is the one who posts, or whose account it is (rule 21)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from consent.acts.house import Deed
from consent.acts.verdicts import Asked, Place
from consent.records import consents
from consent.records.organisation import find_account
from consent.rules.identifiers import StaffId
from consent.rules.interest import Taker, is_interested
from consent.rules.refusal import Reason, Refused
from consent.rules.scope import ORGANISATION

SAID = "interest"
"""Under this key a post's checklist names who has given a reason; the reason itself stands beside the entry."""


def reason_for(
    deed: Deed, place: Place, asked: Sequence[Asked], reason: str, checklist: Mapping[str, Any] | None = None
) -> str | None:
    """Return the reason to keep beside the entry; None where nobody who took the consent posts.

    `checklist`: of the post, where the same person may have said it already.
    Raises: Refused('interest-reason-missing').
    """
    ids = list(dict.fromkeys(each for one in asked for each in one.governing))
    takers = [Taker(StaffId(row.id), row.name) for row in consents.takers(deed.connection, ids)]
    account = find_account(deed.connection, place.account_id) if place.account_id else None
    owner = "" if account is None or account.owner == ORGANISATION else account.owner_name or ""
    if not is_interested(StaffId(deed.actor.id), owner, takers):
        return None
    if checklist is not None and checklist.get(SAID) == deed.actor.id:
        return None
    if not reason.strip():
        raise Refused(Reason("interest-reason-missing", "interest_reason"))
    return reason.strip()
