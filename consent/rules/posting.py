"""May this be posted? One pure question, asked at look-up, at release and when a post is recorded.

The facts are as they are now; `today` is the day asked about, in the organisation's zone. Everything that is
missing, unknown or in doubt is a no.
Source: 45 CFR 164.508(a)(1), (b)(2); domain rules 31-35, 44, 46, 47.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from consent.rules.grounds import Ground, PublicGround, public_reason
from consent.rules.identifiers import ConsentId, ImageId
from consent.rules.posting_facts import (
    ConsentFacts,
    ImageFacts,
    ImageState,
    Person,
    PostingPolicy,
    ProposedPost,
)
from consent.rules.scope import AnswerKey, Kind, Permission, Use, permission

__all__ = [
    "Condition",
    "ConsentFacts",
    "Ground",
    "ImageFacts",
    "ImageState",
    "Person",
    "PostingPolicy",
    "PostingReason",
    "ProposedPost",
    "PublicGround",
    "Verdict",
    "governing_consent",
    "may_post",
    "no",
    "public_reason",
]


@dataclass(frozen=True)
class PostingReason:
    """One objection: its code, and the image and the person in it (by key) that it is about."""

    code: Ground
    image: ImageId | None = None
    person: str | None = None

    @property
    def public(self) -> PublicGround:
        """What communications staff may see of it."""
        return public_reason(self.code)


class Condition(StrEnum):
    """What a yes does not cover."""

    NO_FIRST_NAME = "no-first-name"
    NO_CONDITION = "no-condition"
    NO_TREATMENT = "no-treatment"
    NO_AGE = "no-age"
    NO_REGION = "no-region"
    NO_AI_TRAINING = "no-ai-training"
    NOT_RECOGNISABLE = "not-recognisable"
    NO_SENSITIVE = "no-sensitive"
    """No sensitive topic at all: the usual case, in one sentence."""
    NO_HIV = "no-hiv"
    NO_MENTAL_HEALTH = "no-mental-health"
    NO_GENETIC = "no-genetic"
    NO_REPRODUCTIVE = "no-reproductive"
    NO_SUBSTANCE_USE = "no-substance-use"
    AS_SHOWN = "as-shown"
    """Only with the very words that the person has seen beside it."""


_CONDITION_UNLESS: Final[Mapping[AnswerKey, Condition]] = {
    permission(Permission.FIRST_NAME): Condition.NO_FIRST_NAME,
    permission(Permission.TELL_CONDITION): Condition.NO_CONDITION,
    permission(Permission.TELL_TREATMENT): Condition.NO_TREATMENT,
    permission(Permission.TELL_AGE): Condition.NO_AGE,
    permission(Permission.TELL_REGION): Condition.NO_REGION,
    permission(Permission.TRAIN_AI): Condition.NO_AI_TRAINING,
    permission(Permission.RECOGNISABLE): Condition.NOT_RECOGNISABLE,
}
_SENSITIVE_UNLESS: Final[Mapping[AnswerKey, Condition]] = {
    permission(Permission.SENSITIVE_HIV): Condition.NO_HIV,
    permission(Permission.SENSITIVE_MENTAL_HEALTH): Condition.NO_MENTAL_HEALTH,
    permission(Permission.SENSITIVE_GENETIC): Condition.NO_GENETIC,
    permission(Permission.SENSITIVE_REPRODUCTIVE): Condition.NO_REPRODUCTIVE,
}


@dataclass(frozen=True)
class Verdict:
    """The answer. A no has reasons; a yes has conditions and the last day on which it can still be yes."""

    allowed: bool
    reasons: tuple[PostingReason, ...] = ()
    conditions: tuple[Condition, ...] = ()
    good_through: date | None = None

    @property
    def public_reasons(self) -> tuple[PublicGround, ...]:
        """The few neutral reasons that communications staff see, each once."""
        return tuple(dict.fromkeys(reason.public for reason in self.reasons))


def no(ground: Ground, image: ImageId | None = None) -> Verdict:
    """Return a no for a caller that could not ask: unknown image, database away, clock in doubt (rule 33)."""
    return Verdict(False, (PostingReason(ground, image),))


def may_post(
    proposed_post: ProposedPost,
    images: Sequence[ImageFacts],
    consents: Iterable[ConsentFacts],
    policy: PostingPolicy,
    today: date,
) -> Verdict:
    """Say whether these images may be posted together on `today`, and every reason why not.

    `consents` is every consent ever linked, not only living ones: a dead one can still govern.
    For each person and use exactly one consent governs: the newest signed one that asked about that use.
    """
    by_id = {consent.id: consent for consent in consents}
    reasons: list[PostingReason] = [] if images else [PostingReason(Ground.NO_IMAGE)]
    governing: list[ConsentFacts] = []
    for image in images:
        use = Use(proposed_post.channel, proposed_post.purpose, proposed_post.account, image.medium)
        reasons += (PostingReason(ground, image.id) for ground in _image_objections(image, policy))
        for person in image.people:
            if not _needs_consent(person, image, policy):
                continue
            found = _grounds_for(person, image, use, proposed_post, by_id, today)
            if isinstance(found, ConsentFacts):
                governing.append(found)
            else:
                reasons += (PostingReason(ground, image.id, person.key) for ground in found)
    if reasons:
        return Verdict(False, tuple(dict.fromkeys(reasons)))
    last_days = [consent.last_day for consent in governing if consent.last_day]
    return Verdict(True, (), _conditions(governing), min(last_days, default=None))


def governing_consent(
    linked: Collection[ConsentId], use: Use, by_id: Mapping[ConsentId, ConsentFacts]
) -> ConsentFacts | Ground:
    """Return the one consent that governs, alive or dead, or the ground why none does (rule 35).

    Two that were signed at the same instant leave it open which is newer, so neither carries the use.
    """
    if not linked:
        return Ground.PERSON_NOT_LINKED
    if any(consent not in by_id for consent in linked):
        return Ground.CONSENT_MISSING
    facts = [by_id[consent] for consent in dict.fromkeys(linked)]
    signed = [(each.signed_at, each) for each in facts if each.signed_at is not None]
    asked = [(signed_at, each) for signed_at, each in signed if use.keys <= each.asked]
    if not asked:
        return _unsigned(facts, use, Ground.USE_NOT_ASKED if signed else Ground.NOT_SIGNED)
    newest = max(signed_at for signed_at, _ in asked)
    governing = [each for signed_at, each in asked if signed_at == newest]
    return governing[0] if len(governing) == 1 else Ground.CONSENTS_TIE


def _unsigned(facts: Sequence[ConsentFacts], use: Use, otherwise: Ground) -> ConsentFacts | Ground:
    """Return what stands in where nothing that was signed asked about this use: the last word by telephone."""
    said = [(each.spoken_at, each) for each in facts if each.spoken_only and each.spoken_at and use.keys <= each.asked]
    if said:
        return max(said, key=lambda each: (each[0], each[1].id))[1]
    return Ground.PAPER_UNCHECKED if any(each.unchecked_paper for each in facts) else otherwise


def _needs_consent(person: Person, image: ImageFacts, policy: PostingPolicy) -> bool:
    # Whoever was linked, or marked as not consenting, is asked even where policy would let the image go out.
    if person.recognisable or person.no_consent or person.consents:
        return True
    return policy.consent_for_unrecognisable and not image.cleared


def _grounds_for(  # noqa: PLR0917 - who, in what, for what, by which consents, when
    person: Person,
    image: ImageFacts,
    use: Use,
    post: ProposedPost,
    by_id: Mapping[ConsentId, ConsentFacts],
    today: date,
) -> ConsentFacts | tuple[Ground, ...]:
    if person.no_consent:
        return (Ground.NO_CONSENT,)
    governing = governing_consent(person.consents, use, by_id)
    if isinstance(governing, Ground):
        return (governing,)
    objections = (
        *_consent_objections(governing, person, image, use, today),
        *_spoken_objections(governing, person, use, post, by_id),
        *_conditions_open(governing, image, post),
    )
    return tuple(dict.fromkeys(objections)) or governing


_STATE_GROUNDS: Final[Mapping[ImageState, Ground]] = {
    ImageState.UNKNOWN: Ground.UNKNOWN_IMAGE,
    ImageState.QUARANTINE: Ground.IN_QUARANTINE,
    ImageState.SUPERSEDED: Ground.SUPERSEDED,
    ImageState.HELD: Ground.IMAGE_HELD,
    ImageState.DESTROYED: Ground.DESTROYED,
}


def _image_objections(image: ImageFacts, policy: PostingPolicy) -> Iterator[Ground]:
    if image.state is not ImageState.READY:
        yield _STATE_GROUNDS[image.state]
    if image.state is ImageState.UNKNOWN or image.state is ImageState.DESTROYED:
        return
    if not image.reviewed:
        yield Ground.NOT_REVIEWED
    if image.people_counted is None:
        yield Ground.PEOPLE_NOT_COUNTED
    elif image.people_counted > sum(person.recognisable for person in image.people):
        yield Ground.PERSON_NOT_LINKED
    elif not image.people and policy.consent_for_unrecognisable and not image.cleared:
        yield Ground.NOT_LINKED


def _consent_objections(
    consent: ConsentFacts, person: Person, image: ImageFacts, use: Use, today: date
) -> Iterator[Ground]:
    standing = (
        (Ground.VOID, consent.void),
        (Ground.REVOKED, consent.revoked),
        (Ground.SUSPENDED, consent.suspended),
        (Ground.NO_EXPIRY, consent.expires_on is None),
        (Ground.EXPIRED, consent.is_expired(today)),
        (Ground.CAME_OF_AGE, consent.came_of_age(today)),
        (Ground.IMAGE_WITHDRAWN, image.id in consent.withdrawn_images),
    )
    yield from (ground for ground, holds in standing if holds)
    needed = set(use.keys)
    if person.recognisable:
        needed.add(permission(Permission.RECOGNISABLE))
    for key in sorted(needed - consent.permitted):
        if key in consent.withdrawn:
            yield Ground.USE_WITHDRAWN
        else:
            yield Ground.RECOGNISABLE_REFUSED if key[0] == Kind.PERMISSION else Ground.USE_REFUSED
    if (use.channel, use.purpose) in consent.apart:
        yield Ground.USE_REFUSED


def _spoken_objections(
    consent: ConsentFacts, person: Person, use: Use, post: ProposedPost, by_id: Mapping[ConsentId, ConsentFacts]
) -> Iterator[Ground]:
    """What was only spoken is never enough in public or where somebody can be recognised (rule 23); a spoken no is."""
    if consent.spoken_only and (person.recognisable or not post.internal):
        yield Ground.SPOKEN_ONLY
    since = (by_id[each] for each in person.consents)
    for each in since:
        if each.spoken_only and each.spoken_at and consent.signed_at and each.spoken_at > consent.signed_at:
            refused = (use.keys & each.asked) - each.permitted
            if refused:
                yield Ground.USE_REFUSED


def _conditions_open(consent: ConsentFacts, image: ImageFacts, post: ProposedPost) -> Iterator[Ground]:
    seen = [each for each in consent.agreed if each.is_of(image.id, post)]
    if consent.show_first_open and not seen:
        yield Ground.SHOW_FIRST_OPEN
    if consent.recontact_open and not any(each.asked_again for each in seen):
        yield Ground.RECONTACT_OPEN


def _conditions(governing: Collection[ConsentFacts]) -> tuple[Condition, ...]:
    # Where nobody was asked (an image cleared of all identifiers) nothing may be told either.
    told = frozenset.intersection(*(consent.permitted for consent in governing)) if governing else frozenset()
    found = [condition for key, condition in _CONDITION_UNLESS.items() if key not in told]
    if _SENSITIVE_UNLESS.keys().isdisjoint(told):
        found.append(Condition.NO_SENSITIVE)
    else:
        # Substance use needs a form of its own, so no answer here covers it (42 CFR part 2; rule 11).
        found += [condition for key, condition in _SENSITIVE_UNLESS.items() if key not in told]
        found.append(Condition.NO_SUBSTANCE_USE)
    if any(consent.show_first_open or consent.recontact_open for consent in governing):
        found.append(Condition.AS_SHOWN)
    return tuple(found)
