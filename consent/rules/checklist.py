"""The checklist before posting, as data, and what must be known of a post before it is recorded.

Source: domain section 6.2, rule 37.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from consent.rules.access import is_second_person
from consent.rules.identifiers import ImageId, StaffId
from consent.rules.refusal import Reason


class Tick(StrEnum):
    """An answer to one item. A no stops the post."""

    YES = "yes"
    NO = "no"
    NOT_APPLICABLE = "not-applicable"


@dataclass(frozen=True)
class Item:
    """One item. The program answers those that nobody is asked, from what it knows."""

    code: str
    asked: bool
    may_not_apply: bool = False


CHECKLIST: Final = (
    Item("verdict-yes", asked=False),
    Item("consent-in-force", asked=False),
    Item("shown-first", asked=False),
    Item("released-file", asked=True),
    Item("nobody-else-and-no-marks", asked=True),
    Item("caption-tells-no-more", asked=True),
    Item("rare-case-reviewed", asked=True, may_not_apply=True),
    Item("claims-fair-and-sponsor-named", asked=True, may_not_apply=True),
    Item("policy-met", asked=True),
    Item("second-approver", asked=False),
    Item("comments-planned", asked=True, may_not_apply=True),
    Item("post-recorded", asked=False),
)
"""In the order of the page."""

ASKED: Final = tuple(item for item in CHECKLIST if item.asked)
"""The items that a person answers."""


def checklist_objections(ticks: Mapping[str, Tick]) -> tuple[Reason, ...]:
    """Return which asked items are unanswered, answered no, or set aside although they always apply."""
    reasons = []
    for item in ASKED:
        tick = ticks.get(item.code)
        if tick is None:
            reasons.append(Reason("item-unanswered", item.code))
        elif tick is Tick.NO:
            reasons.append(Reason("item-not-met", item.code))
        elif tick is Tick.NOT_APPLICABLE and not item.may_not_apply:
            reasons.append(Reason("item-always-applies", item.code))
    return tuple(reasons)


def approval_objections(
    poster: StaffId, approvers: frozenset[StaffId], *, one_person_clinic: bool = False
) -> tuple[Reason, ...]:
    """Return why the post is not approved: the poster is never the only approver, save in a one-person clinic."""
    if any(is_second_person(poster, approver) for approver in approvers):
        return ()
    if approvers and one_person_clinic:
        return ()
    return (Reason("second-approver-needed"),)


@dataclass(frozen=True)
class PostRecord:
    """What is written down of a post. `address` is its URL, or in words where a thing in print can be found."""

    channel: str
    account: str
    address: str
    posted_at: datetime | None
    images: tuple[ImageId, ...]
    is_online: bool = True
    is_ours: bool = True
    recipient: str = ""


def record_objections(post: PostRecord, now: datetime) -> tuple[Reason, ...]:
    """Return what is missing before a post can be recorded (rule 37)."""
    reasons = [
        Reason("missing", name) for name in ("channel", "account", "address", "images") if not getattr(post, name)
    ]
    if post.address and post.is_online and not post.address.lower().startswith(("https://", "http://")):
        reasons.append(Reason("address-not-a-link", "address"))
    if post.posted_at is None:
        reasons.append(Reason("missing", "posted_at"))
    elif post.posted_at > now:
        reasons.append(Reason("time-in-future", "posted_at"))
    if not post.is_ours and not post.recipient.strip():
        reasons.append(Reason("missing", "recipient"))
    return tuple(reasons)
