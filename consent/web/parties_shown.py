"""Who takes part in a signing, as rows of the consent's page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from consent.acts import readiness
from consent.acts.dossier import Details, Dossier
from consent.rules.calendar import age_on
from consent.rules.parties import OF_A_CHILD, Interpreter, Representative, SignerKind, is_of_assent_age
from consent.rules.scope import SENSITIVE
from consent.rules.signers import protected_until
from consent.web.desk import Visit
from consent.web.signer_words import ALONE, GROUNDS, MODES, SIGNERS, TOPICS

Row = tuple[str, str, str]
"""What it is, what is known of it, and the endpoint where it is changed ("" for none)."""


def rows(visit: Visit, opened: Dossier) -> tuple[Row, ...]:
    """Return who signs and why, who interprets, who sees it, and what is asked beyond the usual."""
    details, signer = opened.details, opened.row.signer
    known = SIGNERS["nobody"] if details.no_signer else SIGNERS.get(signer or "", "Not answered yet")
    found: list[Row] = [("Who signs", known, "attending.signer")]
    if details.representative is not None:
        found += _representative(details.representative)
    elif signer not in (None, SignerKind.PATIENT):
        found.append(("Signs for the patient", "Not written yet", "attending.representative"))
    found += _child(visit, opened)
    topics = [TOPICS[code] for kind, code in opened.asked if kind == "permission" and code in SENSITIVE]
    return (
        *found,
        ("Interpreter", _interpreter(details.interpreter), "attending.interpreter"),
        ("Witnesses", ", ".join(each.name for each in details.witnesses) or "None named", "attending.witnesses"),
        ("Sensitive topics", ", ".join(topics) or "None asked about", "attending.sensitive"),
        ("Means to post it", _poster(details), ""),
    )


def _representative(named: Representative) -> Iterator[Row]:
    yield "Signs for the patient", f"{named.name} ({named.relationship})", "attending.representative"
    yield "Right to sign", GROUNDS.get(named.ground, "Not written yet"), "attending.authority"
    if named.proof:
        yield "Proof", f"{named.proof} (seen by {named.proof_seen_by})", ""
    if named.concern == "yes":
        yield "Concern about this person", "Yes: this person cannot sign", ""
    if named.died_on:
        yield "Died", _written(date.fromisoformat(named.died_on)), ""
        until = protected_until(named.died_on)
        if until is not None:
            yield "Protected by law until", _written(until), ""


def _child(visit: Visit, opened: Dossier) -> Iterator[Row]:
    details, today = opened.details, visit.house.today
    age, policy = age_on(opened.person.born_on, today), readiness.policy(visit.house)
    if opened.row.signer == SignerKind.PATIENT and details.alone_ground:
        yield (
            "May sign alone",
            f"{ALONE[details.alone_ground]}. Seen or asked: {details.alone_proof}",
            "attending.alone",
        )
    if opened.row.signer not in OF_A_CHILD:
        return
    if is_of_assent_age(age, policy):
        asked = f"No: {details.assent_excused}" if details.assent_excused else "Yes"
        yield "The child is asked too", asked, "attending.assent"
    of_age = opened.row.majority_on or readiness.comes_of_age(visit.house, opened, today)
    if of_age is not None:
        yield "Of age on", f"{_written(of_age)}. From then on nothing new is shown.", ""


def _interpreter(found: Interpreter | None) -> str:
    if found is None:
        return "None"
    family = f", a relative or friend: {found.family_reason}" if found.family else ""
    return f"{found.name_or_number}, {found.language}, {MODES[found.mode].lower()}{family}"


def _poster(details: Details) -> str:
    if details.poster == "me":
        return f"The person who asks. Reason: {details.poster_reason}"
    return "Somebody else" if details.poster else "Not answered yet"


def _written(day: date) -> str:
    return f"{day:%B} {day.day}, {day.year}"
