"""May this be handed over, and may it be signed? All objections at once, each beside its field.

Source: 45 CFR 164.508(c); domain rules 1-3, 8-11, 13, 14, 16, 20, 21.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from consent.rules.attesting import Attested, attesting_objections
from consent.rules.calendar import add_years, age_on
from consent.rules.parties import Method, Parties, SigningPolicy
from consent.rules.refusal import Reason
from consent.rules.scope import AnswerKey, kinds_missing
from consent.rules.signers import (
    interpreter_apart_objections,
    interpreter_objections,
    language_of_signer,
    signer_objections,
    witness_objections,
)

__all__ = [
    "Draft",
    "Expiry",
    "FormStanding",
    "Signature",
    "SigningPolicy",
    "expiry_objections",
    "last_day",
    "may_hand_over",
    "may_sign",
    "poster_objections",
]

_OLDEST: Final = 130
POSTERS: Final = ("me", "other")
# An event ends the consent when a named person confirms it, and after five years at the latest.
TERM_YEARS: Final = {"1-year": 1, "2-years": 2, "5-years": 5, "event": 5}


@dataclass(frozen=True)
class FormStanding:
    """Whether this version in this language was approved for signing, and whether it was withdrawn since."""

    language: str
    approved: bool
    withdrawn: bool = False


@dataclass(frozen=True)
class Draft:
    """What the clinician prepared: for whom, how he was identified, what is to be asked."""

    born_on: date
    preferred_language: str
    form: FormStanding
    asked: frozenset[AnswerKey]
    description: str
    """What will be recorded, in the clinician's own words (164.508(c)(1)(i))."""
    organisation_complete: bool
    identified_by: frozenset[str]
    """The two identifiers by which the patient was identified."""
    has_capacity: bool
    told_voluntary: bool
    parties: Parties
    poster: str = "other"
    """Who is meant to post it: "me" (who takes the consent), "other", or "" (not answered)."""
    poster_reason: str = ""


@dataclass(frozen=True)
class Expiry:
    """Until when: a last day, with or without an event before it that a named person confirms."""

    latest_on: date | None
    event: str = ""
    confirmed_by: str = ""


@dataclass(frozen=True)
class Signature:
    """What the patient did: his answers, until when, whether he accepted the electronic form and signed."""

    expiry: Expiry
    disclosure_accepted: bool
    is_present: bool
    """A drawing, a typed name: never refused for being simple."""
    answers: Mapping[AnswerKey, bool]
    reviewed: bool
    """He saw every choice on one page (rule 17)."""
    method: Method = Method.DRAWN
    signatures: Sequence[Attested] = ()
    """Everybody's, in order, the signer's own first: all who have to sign."""


def last_day(term: str | None, signed_on: date) -> date | None:
    """Return the last day of a consent signed on that day for that term; None for no known term."""
    years = TERM_YEARS.get(term or "")
    return None if years is None else add_years(signed_on, years)


def may_hand_over(draft: Draft, policy: SigningPolicy, today: date) -> tuple[Reason, ...]:
    """Return why the draft cannot be handed to the patient; empty if it can."""
    return (*_signer_objections(draft, policy, today), *_draft_objections(draft))


def may_sign(draft: Draft, signature: Signature, policy: SigningPolicy, today: date) -> tuple[Reason, ...]:
    """Return why this cannot be signed today; empty if it can. The draft is asked again: things change."""
    return (
        *may_hand_over(draft, policy, today),
        *_answer_objections(draft.asked, signature.answers),
        *expiry_objections(signature.expiry, policy, today),
        *_signature_objections(signature),
    )


def expiry_objections(expiry: Expiry, policy: SigningPolicy, today: date) -> tuple[Reason, ...]:
    """Return what is wrong with the end of the consent: it has one, not past, at most `longest_years` away."""
    reasons = []
    if expiry.latest_on is None:
        reasons.append(Reason("expiry-missing", "expires_on"))
    elif expiry.latest_on <= today:
        reasons.append(Reason("expiry-past", "expires_on"))
    elif expiry.latest_on > add_years(today, policy.longest_years):
        reasons.append(Reason("expiry-too-far", "expires_on", years=policy.longest_years))
    if expiry.event.strip() and not expiry.confirmed_by.strip():
        reasons.append(Reason("event-without-person", "confirmed_by"))
    return tuple(reasons)


def _signer_objections(draft: Draft, policy: SigningPolicy, today: date) -> Iterator[Reason]:
    age = age_on(draft.born_on, today)
    if not 0 <= age <= _OLDEST:
        yield Reason("birth-date-impossible", "born_on")
        return
    parties = replace(draft.parties, age=age)
    yield from signer_objections(parties, draft.born_on, policy, today, has_capacity=draft.has_capacity)
    reads = language_of_signer(parties, draft.preferred_language)
    yield from interpreter_objections(parties.interpreter, reads, draft.form.language)
    yield from interpreter_apart_objections(parties)
    yield from witness_objections(parties)


def _draft_objections(draft: Draft) -> Iterator[Reason]:
    if not draft.told_voluntary:
        yield Reason("not-told-voluntary", "told_voluntary")
    if len(draft.identified_by) < 2:
        yield Reason("two-identifiers-needed", "identified_by")
    if not draft.description.strip():
        yield Reason("description-missing", "description")
    yield from poster_objections(draft.poster, draft.poster_reason)
    yield from (Reason("nothing-asked", kind.value) for kind in kinds_missing(draft.asked))
    if not draft.organisation_complete:
        yield Reason("organisation-incomplete")
    if not draft.form.approved:
        yield Reason("form-not-approved")
    if draft.form.withdrawn:
        yield Reason("form-withdrawn")


def poster_objections(poster: str, reason: str) -> Iterator[Reason]:
    """Yield what is not said of who will post it: who takes the consent and posts too says why (rule 21).

    Source: AMA opinion 3.1.4 (a disinterested third party asks for consent).
    """
    if poster not in POSTERS:
        yield Reason("poster-missing", "poster")
    elif poster == "me" and not reason.strip():
        yield Reason("poster-reason-missing", "poster_reason")


def _answer_objections(asked: frozenset[AnswerKey], answers: Mapping[AnswerKey, bool]) -> Iterator[Reason]:
    for kind, code in sorted(asked - answers.keys()):
        yield Reason("unanswered", f"{kind}:{code}", kind=kind, choice=code)
    for kind, code in sorted(answers.keys() - asked):
        yield Reason("not-asked", f"{kind}:{code}", kind=kind, choice=code)


def _signature_objections(signature: Signature) -> Iterator[Reason]:
    if not signature.reviewed:
        yield Reason("not-reviewed", "reviewed")
    if not signature.disclosure_accepted:
        yield Reason("disclosure-not-accepted", "disclosure")
    if not signature.is_present:
        yield Reason("signature-missing", "signature")
    else:
        yield from attesting_objections(signature.method, signature.signatures)
