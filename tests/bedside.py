"""Whoever may sign at the bedside, made through the acts: who it is, by what right, and everybody's signature."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date

from consent.acts import attending, attesting, creating, signing
from consent.acts.attending import Authority
from consent.acts.dossier import Person
from consent.acts.hands import Hand
from consent.rules.identifiers import ConsentId
from consent.rules.parties import Method, SignerKind
from tests.factory import Asked, Factory, somebody

GROUND = {
    SignerKind.PARENT: "legal-parent",
    SignerKind.GUARDIAN: "appointed-guardian",
    SignerKind.HEALTH_CARE_AGENT: "health-care-poa",
    SignerKind.COURT_GUARDIAN: "court-order",
    SignerKind.ESTATE: "executor",
}
OF_CHILDREN = (SignerKind.PARENT, SignerKind.GUARDIAN, SignerKind.COURT_GUARDIAN)
# Apart from those of the factory: a record number is one patient's.
_NUMBERS = itertools.count(700)
REPRESENTATIVE = "Rosalind Quill"


def child(factory: Factory, years: int = 12) -> Person:
    """A child of this age, whose birthday is today."""
    today = factory.house.today
    return replace(somebody(next(_NUMBERS)), name="Tim Quill", born_on=date(today.year - years, today.month, today.day))


def authority(kind: SignerKind, **changes: object) -> Authority:
    """The usual right and proof of this kind of representative."""
    usual = Authority(
        GROUND[kind],
        "identity card and the paper itself",
        "no",
        patient_cannot_decide=kind is SignerKind.HEALTH_CARE_AGENT,
        died_on="2026-10-01" if kind is SignerKind.ESTATE else "",
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


def drafted_for(
    factory: Factory, kind: SignerKind, person: Person | None = None, asked: Asked | None = None, **changes: object
) -> ConsentId:
    """A draft that a representative of this kind can sign as it is. `changes`: of his authority."""
    person = person or (child(factory) if kind in OF_CHILDREN else somebody(next(_NUMBERS)))
    made = factory.draft(person=person) if asked is None else factory.draft(asked, person=person)
    by = factory.clinician()
    attending.change_signer(factory.house, by, made, kind.value)
    attending.change_representative(factory.house, by, made, REPRESENTATIVE, "mother")
    attending.change_authority(factory.house, by, made, authority(kind, **changes))
    creating.change_identity(factory.house, by, made, ("name", "birth-date"), True, True)
    return made


def signed_by_all(factory: Factory, made: ConsentId, allow: Asked | None = None, term: str = "5-years") -> ConsentId:
    """Hand over, answer, and let everybody sign who has to, each with a typed name."""
    session_id = factory.handed_over(made)
    seen = factory.answer(session_id, allow, term)
    session = attesting.give(
        factory.house, session_id, "signer", Hand(Method.TYPED, REPRESENTATIVE, typed=REPRESENTATIVE), seen
    )
    for who in session.signatories[1:]:
        name = who.name or f"Somebody {who.key}"
        attesting.give(factory.house, session_id, who.key, Hand(Method.TYPED, name, typed=name), seen)
    return factory.sign(session_id, signing.Submission(made, seen))
