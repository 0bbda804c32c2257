"""Scope: what a consent can be asked about, and what one use of a picture needs.

Every question on the form is one key, `(kind, code)`; an answer is yes or no. What was not asked is no.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Final

from consent.rules.refusal import Reason


class Kind(StrEnum):
    """The kinds of question."""

    MEDIUM = "medium"
    CHANNEL = "channel"
    PURPOSE = "purpose"
    ACCOUNT = "account"
    PERMISSION = "permission"


class Medium(StrEnum):
    """What may be recorded."""

    PHOTO = "photo"
    FILM = "film"
    VOICE = "voice"
    SCAN = "scan"
    MICROSCOPE = "microscope"
    STORY = "story"


class Purpose(StrEnum):
    """Why a picture is shown. Each is a decision of its own (45 CFR 164.508(c)(1)(iv))."""

    PUBLIC_EDUCATION = "public-education"
    PROFESSIONAL_TEACHING = "professional-teaching"
    PUBLICATION = "publication"
    PROMOTION = "promotion"
    FUNDRAISING = "fundraising"
    NEWS = "news"


class Permission(StrEnum):
    """What else the signer decides: how the person is shown, what is told, what comes first."""

    RECOGNISABLE = "recognisable"
    FIRST_NAME = "first-name"
    TELL_CONDITION = "tell-condition"
    TELL_TREATMENT = "tell-treatment"
    TELL_AGE = "tell-age"
    TELL_REGION = "tell-region"
    SHOW_FIRST = "show-first"
    TRAIN_AI = "train-ai"
    SENSITIVE_HIV = "sensitive-hiv"
    SENSITIVE_MENTAL_HEALTH = "sensitive-mental-health"
    SENSITIVE_GENETIC = "sensitive-genetic"
    SENSITIVE_REPRODUCTIVE = "sensitive-reproductive"


SENSITIVE: Final = tuple(each.value for each in Permission if each.value.startswith("sensitive-"))
"""Topics that are told only where each was asked for and agreed to on its own; usually none is asked (rule 11)."""

OWN_FORM: Final = ("substance-use", "psychotherapy-notes")
"""What a general release does not cover. Source: 42 CFR part 2; 45 CFR 164.508(b)(3)(ii)."""


# Plain texts, taken out of the enumeration once: every verdict makes keys of them.
_CHANNEL, _PURPOSE = Kind.CHANNEL.value, Kind.PURPOSE.value
_ACCOUNT, _MEDIUM = Kind.ACCOUNT.value, Kind.MEDIUM.value

AnswerKey = tuple[str, str]
"""`(kind, code)`, for instance `("channel", "instagram")`."""

ORGANISATION: Final = "organisation"
"""The account code of the organisation's own accounts, and of channels that have no accounts."""

NEEDED_KINDS: Final = (Kind.MEDIUM, Kind.PURPOSE, Kind.CHANNEL, Kind.ACCOUNT)
"""Of each of these at least one is asked, or nothing could ever be shown."""


@dataclass(frozen=True)
class Use:
    """One single use of one picture: all four must be agreed to by the same consent."""

    channel: str
    purpose: str
    account: str
    medium: str

    keys: frozenset[AnswerKey] = field(init=False, repr=False, compare=False)
    """The four questions that a consent must have asked, and that must have been answered yes."""

    def __post_init__(self) -> None:
        """Make the keys once: every verdict asks for them several times."""
        keys = {(_CHANNEL, self.channel), (_PURPOSE, self.purpose), (_ACCOUNT, self.account), (_MEDIUM, self.medium)}
        object.__setattr__(self, "keys", frozenset(keys))


@cache
def permission(which: Permission) -> AnswerKey:
    """Return the key under which a permission is asked."""
    return (Kind.PERMISSION.value, which.value)


def kinds_missing(asked: frozenset[AnswerKey]) -> tuple[Kind, ...]:
    """Return the kinds of which not one question is asked."""
    present = {kind for kind, _ in asked}
    return tuple(kind for kind in NEEDED_KINDS if kind not in present)


def own_form_objections(topics: Iterable[str]) -> tuple[Reason, ...]:
    """Return which of these topics need a form of their own and cannot be asked about in this one."""
    return tuple(Reason("own-form-needed", "sensitive", topic=each) for each in OWN_FORM if each in set(topics))


def handle(name: str) -> str:
    """Return an account's name as it is compared: two that read the same are one account."""
    return name.strip().removeprefix("@").casefold()
