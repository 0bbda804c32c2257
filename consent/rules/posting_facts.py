"""The facts that the posting rule is handed: the proposed post, images, the people in them, consents."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from consent.rules.identifiers import ConsentId, ImageId
from consent.rules.scope import AnswerKey


class ImageState(StrEnum):
    """Where a picture stands."""

    UNKNOWN = "unknown"
    QUARANTINE = "quarantine"
    READY = "ready"
    SUPERSEDED = "superseded"
    """A cropped or covered file with an image ID of its own took its place."""
    HELD = "held"
    DESTROYED = "destroyed"


@dataclass(frozen=True)
class ProposedPost:
    """One channel, one purpose, one account; with each image's medium it makes one use per image."""

    channel: str
    purpose: str
    account: str
    caption: str | None = None
    """The mark of the exact words that go with it; None while nobody has said which."""
    internal: bool = False
    """Only people who work or learn here can see it there."""


@dataclass(frozen=True)
class Shown:
    """One planned post that the person has seen and agreed to: this picture and these words, there and nowhere else.

    `asked_again`: whether that was after he was to be asked again.
    """

    image: ImageId
    channel: str
    purpose: str
    account: str
    caption: str
    asked_again: bool = False

    def is_of(self, image: ImageId, post: ProposedPost) -> bool:
        """Say whether it is this picture, there, with these words; before they are known, with any."""
        place = (self.channel, self.purpose, self.account) == (post.channel, post.purpose, post.account)
        return place and self.image == image and post.caption in (None, self.caption)


@dataclass(frozen=True)
class Person:
    """One person in one image, by a key that says nothing, with every consent ever linked for him there."""

    key: str
    recognisable: bool = True
    no_consent: bool = False
    consents: tuple[ConsentId, ...] = ()


@dataclass(frozen=True)
class ImageFacts:
    """One image. `people_counted` is how many can be recognised (None: nobody has counted);
    `cleared` is the privacy reviewer's recorded check of all 18 identifiers (45 CFR 164.514(b)(2))."""

    id: ImageId
    medium: str
    state: ImageState = ImageState.READY
    reviewed: bool = False
    people_counted: int | None = None
    cleared: bool = False
    people: tuple[Person, ...] = ()

    @classmethod
    def unknown(cls, image: ImageId) -> ImageFacts:
        """Stand for an image ID that is not on record; its verdict is no."""
        return cls(image, "", ImageState.UNKNOWN)


@dataclass(frozen=True)
class ConsentFacts:
    """One consent. `expires_on` is its last good day; `majority_on` the day on which the child is of age."""

    id: ConsentId
    signed_at: datetime | None
    asked: frozenset[AnswerKey]
    allowed: frozenset[AnswerKey]
    form: tuple[str, int] = ("", 0)
    """The wording by which it was asked, and its version."""
    apart: frozenset[tuple[str, str]] = frozenset()
    """Each channel and purpose that its form does not let go together, whatever was said to each alone."""
    withdrawn: frozenset[AnswerKey] = frozenset()
    withdrawn_images: frozenset[ImageId] = frozenset()
    revoked: bool = False
    suspended: bool = False
    void: bool = False
    expires_on: date | None = None
    majority_on: date | None = None
    signed_by_representative: bool = False
    spoken_at: datetime | None = None
    """When it was said by telephone and heard by two, on a form that nobody has signed (rule 23)."""
    unchecked_paper: bool = False
    """Signed on paper, as it seems; no second person has compared it with its scan yet (rule 24)."""
    show_first_open: bool = False
    """He wants to see each planned post first. Only an agreed one of exactly that post meets it."""
    recontact_open: bool = False
    """He is to be asked again before anything new. Met as above, by a showing since then."""
    agreed: frozenset[Shown] = frozenset()
    permitted: frozenset[AnswerKey] = field(init=False, repr=False, compare=False)
    """Every question whose answer was yes and still is. Silence is a no."""

    def __post_init__(self) -> None:
        """Work out once what is permitted."""
        object.__setattr__(self, "permitted", self.asked & (self.allowed - self.withdrawn))

    @property
    def spoken_only(self) -> bool:
        """Say whether it was said and never signed: never enough for the public, or where he can be recognised."""
        return self.signed_at is None and self.spoken_at is not None

    def is_expired(self, today: date) -> bool:
        """Say whether its last good day is past."""
        return self.expires_on is not None and self.expires_on < today

    def came_of_age(self, today: date) -> bool:
        """Say whether the child for whom somebody signed is of age: that signature carries no new post."""
        return self.signed_by_representative and self.majority_on is not None and self.majority_on <= today

    @property
    def last_day(self) -> date | None:
        """The last day on which it carries a new post; None if it never can."""
        if self.expires_on is None or not self.signed_by_representative or self.majority_on is None:
            return self.expires_on
        return min(self.expires_on, self.majority_on - timedelta(days=1))


@dataclass(frozen=True)
class PostingPolicy:
    """The organisation's choices. Without `consent_for_unrecognisable` an image of nobody needs no link."""

    consent_for_unrecognisable: bool = True
