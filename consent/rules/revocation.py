"""What follows when somebody changes his mind: which posts come down by when, and who must be told.

Source: 45 CFR 164.508(b)(5); domain rules 40-45 and section 5.3 (24 hours, two working days).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from enum import StrEnum
from typing import Final

from consent.rules.calendar import due_in_hours, due_in_working_days
from consent.rules.identifiers import ConsentId, ImageId, PostId, ReleaseId, StaffId
from consent.rules.scope import ORGANISATION, AnswerKey, Kind, Permission, Use, permission


@dataclass(frozen=True)
class Withdrawal:
    """What is withdrawn from these consents: the whole, or parts (answers, single images)."""

    consents: frozenset[ConsentId]
    whole: bool = False
    parts: frozenset[AnswerKey] = frozenset()
    images: frozenset[ImageId] = frozenset()

    @property
    def is_empty(self) -> bool:
        """Say whether it withdraws nothing."""
        return not self.consents or not (self.whole or self.parts or self.images)


@dataclass(frozen=True)
class Rest:
    """One image that was posted or released because one consent governed its use."""

    consent: ConsentId
    image: ImageId
    medium: str
    recognisable: bool = True


@dataclass(frozen=True)
class PostFacts:
    """One post. `recipient` is the outside recipient's id where the place is not the organisation's own."""

    id: PostId
    channel: str
    purpose: str
    account: str
    poster: StaffId
    rests_on: tuple[Rest, ...]
    recipient: str | None = None
    live: bool = True


@dataclass(frozen=True)
class ReleaseFacts:
    """One picture that left for a channel. `recipient` is whoever outside was given it."""

    id: ReleaseId
    channel: str
    purpose: str
    account: str
    holder: StaffId
    rests_on: tuple[Rest, ...]
    recipient: str | None = None


@dataclass(frozen=True)
class TakedownPolicy:
    """Deadlines, and the calendar in which they are counted."""

    zone: tzinfo
    holidays: frozenset[date] = frozenset()
    own_hours: int = 24
    others_working_days: int = 2


class OwnerKind(StrEnum):
    """Whose place a post is in; it decides the deadline."""

    ORGANISATION = "organisation"
    OTHER = "other"


@dataclass(frozen=True)
class Flag:
    """A post that must come down, and by when (UTC)."""

    post: PostId
    owner: OwnerKind
    due_at: datetime


class NoticeKind(StrEnum):
    """Who is owed word, and why."""

    POSTER = "revocation-poster"
    RELEASE_HOLDER = "revocation-release-holder"
    RECIPIENT = "revocation-recipient"
    COMMUNICATIONS = "revocation-communications"
    PRIVACY_OFFICER = "revocation-privacy-officer"
    ACKNOWLEDGEMENT = "revocation-acknowledgement"


@dataclass(frozen=True)
class OwedNotice:
    """One notice, to one person, recipient, role or (for the acknowledgement: `to` is empty) the signer."""

    kind: NoticeKind
    to: str
    posts: tuple[PostId, ...] = ()
    releases: tuple[ReleaseId, ...] = ()


@dataclass(frozen=True)
class Consequences:
    """All that a revocation brings with it, to be committed together with it."""

    flags: tuple[Flag, ...]
    releases: tuple[ReleaseId, ...]
    notices: tuple[OwedNotice, ...]


# Withdrawing these leaves what is already out as it is: they are about before it and after it.
_NOT_VISIBLE: Final = frozenset({permission(Permission.SHOW_FIRST), permission(Permission.TRAIN_AI)})


def touches(withdrawal: Withdrawal, thing: PostFacts | ReleaseFacts) -> bool:
    """Say whether a post or a release rests on what is withdrawn."""
    return any(_rest_is_touched(withdrawal, thing, rest) for rest in thing.rests_on)


def owner_kind(account: str, recipient: str | None) -> OwnerKind:
    """Say whose place it is: the organisation's own account with no outside recipient, or another's."""
    return OwnerKind.ORGANISATION if account == ORGANISATION and not recipient else OwnerKind.OTHER


def due_at(owner: OwnerKind, policy: TakedownPolicy, now: datetime) -> datetime:
    """Return by when (UTC) a post that is flagged now must be down."""
    if owner is OwnerKind.ORGANISATION:
        return due_in_hours(now, policy.own_hours)
    return due_in_working_days(now, policy.others_working_days, policy.zone, policy.holidays)


def consequences(
    withdrawal: Withdrawal,
    posts: Iterable[PostFacts],
    releases: Iterable[ReleaseFacts],
    policy: TakedownPolicy,
    now: datetime,
) -> Consequences:
    """Return the live posts to flag, each with its deadline, the releases that end, and every notice owed.

    Notices are one per addressee, however many posts they are about. The office, the privacy officer and the
    signer are told even when nothing was posted.
    """
    due = {owner: due_at(owner, policy, now) for owner in OwnerKind}
    touched_posts = [post for post in posts if post.live and touches(withdrawal, post)]
    touched_releases = [release for release in releases if touches(withdrawal, release)]
    flags = []
    for post in touched_posts:
        owner = owner_kind(post.account, post.recipient)
        flags.append(Flag(post.id, owner, due[owner]))
    return Consequences(
        flags=tuple(flags),
        releases=tuple(release.id for release in touched_releases),
        notices=tuple(_notices(touched_posts, touched_releases)),
    )


def _rest_is_touched(withdrawal: Withdrawal, thing: PostFacts | ReleaseFacts, rest: Rest) -> bool:
    if rest.consent not in withdrawal.consents:
        return False
    if withdrawal.whole or rest.image in withdrawal.images:
        return True
    if Use(thing.channel, thing.purpose, thing.account, rest.medium).keys & withdrawal.parts:
        return True
    # What a caption tells cannot be known here, so a name or a fact withdrawn flags every post for a look.
    permissions = {key for key in withdrawal.parts if key[0] == Kind.PERMISSION} - _NOT_VISIBLE
    if not rest.recognisable:
        permissions.discard(permission(Permission.RECOGNISABLE))
    return bool(permissions)


def _notices(posts: list[PostFacts], releases: list[ReleaseFacts]) -> Iterator[OwedNotice]:
    by_poster: dict[str, list[PostId]] = {}
    by_holder: dict[str, list[ReleaseId]] = {}
    posts_with: dict[str, list[PostId]] = {}
    releases_with: dict[str, list[ReleaseId]] = {}
    for post in posts:
        by_poster.setdefault(post.poster, []).append(post.id)
        if post.recipient:
            posts_with.setdefault(post.recipient, []).append(post.id)
    for release in releases:
        by_holder.setdefault(release.holder, []).append(release.id)
        if release.recipient:
            releases_with.setdefault(release.recipient, []).append(release.id)
    yield from (OwedNotice(NoticeKind.POSTER, to, posts=tuple(ids)) for to, ids in by_poster.items())
    yield from (OwedNotice(NoticeKind.RELEASE_HOLDER, to, releases=tuple(r)) for to, r in by_holder.items())
    for to in dict.fromkeys([*posts_with, *releases_with]):
        yield OwedNotice(NoticeKind.RECIPIENT, to, tuple(posts_with.get(to, ())), tuple(releases_with.get(to, ())))
    everything = tuple(post.id for post in posts), tuple(release.id for release in releases)
    yield OwedNotice(NoticeKind.COMMUNICATIONS, "communications", *everything)
    yield OwedNotice(NoticeKind.PRIVACY_OFFICER, "privacy-officer", *everything)
    yield OwedNotice(NoticeKind.ACKNOWLEDGEMENT, "", *everything)
