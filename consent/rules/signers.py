"""May this person sign, in this capacity, for this patient? What is not answered is a no.

Source: 45 CFR 164.502(g); domain rules 8, 9, 10, 13, 14 and sections 1.7 and 4.5.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final

from consent.rules.calendar import add_years, birthday
from consent.rules.parties import (
    MODES,
    OF_A_CHILD,
    Interpreter,
    Parties,
    Representative,
    SignerKind,
    SigningPolicy,
    named_alike,
)
from consent.rules.refusal import Reason

_KINSHIP: Final = ("legal-parent", "in-loco-parentis")

GROUNDS: Final[Mapping[SignerKind, tuple[str, ...]]] = {
    SignerKind.PARENT: _KINSHIP,
    SignerKind.GUARDIAN: ("appointed-guardian", "in-loco-parentis", "agency"),
    SignerKind.HEALTH_CARE_AGENT: ("health-care-poa", "health-care-proxy", "surrogate-by-law"),
    SignerKind.COURT_GUARDIAN: ("court-order",),
    SignerKind.ESTATE: ("executor", "administrator", "other-estate-authority"),
}
"""By what right each kind of representative signs."""

TOO_WEAK: Final[Mapping[str, str]] = {
    # HHS took the bare power of attorney out of the rule: it must cover health care.
    "power-of-attorney": "bare-power-of-attorney",
    # Who took part in the care may be told some things; it gives no power to authorize publicity.
    "family": "estate-authority-missing",
}
"""Grounds that people name and that are not enough, with the reason said then."""

ALONE_GROUNDS: Final = (
    "emancipated",
    "married",
    "military",
    "own-service",
    "court-permission",
    "parent-agreed",
    "competent",
)
"""Why a minor may sign for himself. `competent`: judged able to decide, where that is the law (as in the UK)."""

ESTATE_PROTECTED_YEARS: Final = 50


def signer_objections(
    parties: Parties, born_on: date, policy: SigningPolicy, today: date, *, has_capacity: bool
) -> Iterator[Reason]:
    """Yield why this signer may not sign for this patient, each beside its field."""
    if parties.nobody:
        yield Reason("nobody-to-sign", "signer")
    elif parties.signer is None:
        yield Reason("signer-missing", "signer")
    elif parties.signer is SignerKind.PATIENT:
        if parties.age < policy.majority_age:
            yield from _alone_objections(parties, policy)
        if not has_capacity:
            yield Reason("capacity-missing", "has_capacity")
    else:
        yield from _age_objections(parties.signer, parties.age, policy)
        named = parties.representative
        if named is None or named.kind is not parties.signer:
            yield Reason("representative-missing", "representative")
        else:
            yield from representative_objections(named, born_on, today)
        if not has_capacity:
            yield Reason("signer-cannot-decide", "has_capacity")


def representative_objections(named: Representative, born_on: date, today: date) -> Iterator[Reason]:
    """Yield what is missing or wrong about a representative: who, by what right, what was seen (rule 8)."""
    for field in ("name", "relationship"):
        if not getattr(named, field).strip():
            yield Reason(f"representative-{field}-missing", field)
    yield from authority_objections(named, born_on, today)


def authority_objections(named: Representative, born_on: date, today: date) -> Iterator[Reason]:
    """Yield what is missing or wrong about the right by which a representative signs, and the proof of it."""
    if not named.proof.strip():
        yield Reason("representative-proof-missing", "proof")
    if named.ground in TOO_WEAK:
        yield Reason(TOO_WEAK[named.ground], "ground")
    elif named.ground not in GROUNDS.get(named.kind, ()):
        yield Reason("ground-missing", "ground")
    if named.concern != "no":
        yield Reason("abuse-concern" if named.concern == "yes" else "concern-unanswered", "concern")
    if named.kind is SignerKind.HEALTH_CARE_AGENT and not named.patient_cannot_decide:
        yield Reason("agent-while-capable", "patient_cannot_decide")
    if named.kind is SignerKind.ESTATE:
        yield from _death_objections(named.died_on, born_on, today)


def _age_objections(signer: SignerKind, age: int, policy: SigningPolicy) -> Iterator[Reason]:
    is_minor = age < policy.majority_age
    if is_minor and signer is SignerKind.HEALTH_CARE_AGENT:
        yield Reason("agent-not-for-minor", "signer")
    elif not is_minor and signer in {SignerKind.PARENT, SignerKind.GUARDIAN}:
        yield Reason("signer-not-for-adult", "signer", majority_age=policy.majority_age)


def _death_objections(died_on: str, born_on: date, today: date) -> Iterator[Reason]:
    died = _day(died_on)
    if died is None:
        yield Reason("death-date-missing", "died_on")
    elif not born_on <= died <= today:
        yield Reason("death-date-impossible", "died_on")


def _alone_objections(parties: Parties, policy: SigningPolicy) -> Iterator[Reason]:
    if parties.alone_ground not in ALONE_GROUNDS:
        yield Reason("under-age", "signer", majority_age=policy.majority_age)
    elif not parties.alone_proof.strip():
        yield Reason("alone-proof-missing", "alone_proof")


def language_of_signer(parties: Parties, patients: str) -> str:
    """Return the language that whoever signs reads best; `patients` is the patient's own."""
    named = parties.representative
    if parties.signer in (None, SignerKind.PATIENT) or named is None or not named.language:
        return patients
    return named.language


def interpreter_objections(interpreter: Interpreter | None, reads: str, form_language: str) -> Iterator[Reason]:
    """Yield why the talk would not be understood (rule 14): nobody interprets, or somebody who should not."""
    if interpreter is None:
        if reads != form_language:
            yield Reason("interpreter-needed", "needed", language=form_language)
        return
    if not interpreter.name_or_number.strip():
        yield Reason("interpreter-unnamed", "name_or_number")
    if not interpreter.language.strip():
        yield Reason("interpreter-language-missing", "interpreter_language")
    if interpreter.mode not in MODES:
        yield Reason("interpreter-mode-missing", "mode")
    if not interpreter.adult:
        yield Reason("interpreter-minor", "adult")
    if interpreter.family and not interpreter.family_reason.strip():
        yield Reason("interpreter-family", "family_reason")


def interpreter_apart_objections(parties: Parties) -> Iterator[Reason]:
    """Yield that whoever signs, or the patient, is named as interpreter: then nobody interprets (rule 14)."""
    interpreter = parties.interpreter
    if interpreter is not None and named_alike(interpreter.name_or_number) in _both_sides(parties):
        yield Reason("interpreter-signs", "name_or_number")


def _both_sides(parties: Parties) -> set[str]:
    """Return the names of the patient and of whoever signs for him, as they are compared."""
    # A patient who has died is not there: who bears his name is somebody else.
    patient = "" if parties.signer is SignerKind.ESTATE else parties.patient
    signer = "" if parties.representative is None else parties.representative.name
    return {named_alike(name) for name in (patient, signer) if name.strip()}


def witness_objections(parties: Parties) -> Iterator[Reason]:
    """Yield which witness takes part in another way already, or has no name: a witness stands apart."""
    taken = _both_sides(parties)
    if parties.interpreter is not None:
        taken.add(named_alike(parties.interpreter.name_or_number))
    for place, witness in enumerate(parties.witnesses, 1):
        name = named_alike(witness.name)
        if not name:
            yield Reason("witness-unnamed", f"witness-{place}")
        elif name in taken:
            yield Reason("witness-takes-part", f"witness-{place}")
        taken.add(name)


def majority_day(parties: Parties, born_on: date, policy: SigningPolicy, signed_on: date) -> date | None:
    """Return the day on which the child is of age, for whom somebody signs on `signed_on`; None for anybody else.

    From that day on the signature carries no new post (rule 9 and rule 47).
    """
    of_age = birthday(born_on, policy.majority_age)
    return of_age if parties.signer in OF_A_CHILD and signed_on < of_age else None


def protected_until(died_on: str) -> date | None:
    """Return the day from which on the law no longer protects the health data of the dead; None if not known.

    Source: 45 CFR 164.502(f) (fifty years).
    """
    died = _day(died_on)
    return None if died is None else add_years(died, ESTATE_PROTECTED_YEARS)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
