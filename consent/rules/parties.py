"""Who takes part in a signing: who signs for whom, who else signs beside, and what is known of each.

Source: 45 CFR 164.502(g) and 164.508(c)(1)(vi); domain rules 8-10, 14, 15 and section 4.5.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class SignerKind(StrEnum):
    """In which capacity somebody signs."""

    PATIENT = "patient"
    PARENT = "parent"
    GUARDIAN = "guardian"
    """Of a minor: a guardian who was not appointed by a court for an adult."""
    HEALTH_CARE_AGENT = "health-care-agent"
    COURT_GUARDIAN = "court-guardian"
    ESTATE = "estate"


class PartyRole(StrEnum):
    """What somebody's signature on the form is there for."""

    SIGNER = "signer"
    ASSENT = "assent"
    INTERPRETER = "interpreter"
    WITNESS = "witness"
    STAFF = "staff"


class Method(StrEnum):
    """How a signature was given."""

    DRAWN = "drawn"
    TYPED = "typed"
    MARK = "mark"
    UNABLE = "unable"
    PAPER = "paper"
    SPOKEN = "spoken"


MODES: Final = ("in-person", "phone", "video")
"""How an interpreter takes part."""

OF_A_CHILD: Final = frozenset({SignerKind.PARENT, SignerKind.GUARDIAN, SignerKind.COURT_GUARDIAN})
"""Who may sign for a minor; on the day on which the child is of age that ends."""


@dataclass(frozen=True)
class SigningPolicy:
    """The organisation's choices. Ages and the longest term in years.

    Majority is 18 in most US states, 19 in Alabama and Nebraska, 21 in Mississippi.
    """

    majority_age: int = 18
    longest_years: int = 5
    assent_age: int = 7
    """From this age on the child says yes too."""
    mark_witnesses: int = 2


@dataclass(frozen=True)
class Representative:
    """Who signs for the patient, and why he may. `ground` is a code of `signers.GROUNDS`; the rest is as typed."""

    kind: SignerKind
    name: str
    relationship: str
    ground: str = ""
    proof: str = ""
    """The paper or entry that was seen."""
    proof_seen_by: str = ""
    language: str = ""
    """The language that he reads best; empty: the patient's."""
    concern: str = ""
    """Is there a concern that he abuses, neglects or endangers the patient: yes, no, or empty (not answered)."""
    patient_cannot_decide: bool = False
    """The clinician says so; an agent decides only while the patient cannot."""
    died_on: str = ""
    """The day of the patient's death as an ISO date, where somebody signs for the estate."""


@dataclass(frozen=True)
class Interpreter:
    """Who interprets. `mode`: one of MODES. A relative only for a reason that is written down; never a minor."""

    name_or_number: str
    language: str
    mode: str
    family: bool = False
    family_reason: str = ""
    adult: bool = True


@dataclass(frozen=True)
class Witness:
    """Who sees the signing. `staff_id` where the witness is one of the staff."""

    name: str
    staff_id: str | None = None


@dataclass(frozen=True)
class Parties:
    """Everybody who takes part, as far as it was prepared. `signer` is None until it was answered."""

    signer: SignerKind | None = None
    representative: Representative | None = None
    interpreter: Interpreter | None = None
    witnesses: tuple[Witness, ...] = ()
    age: int = 0
    """The patient's, in whole years, today."""
    alone_ground: str = ""
    """Why a minor may sign for himself: a code of `signers.ALONE_GROUNDS`."""
    alone_proof: str = ""
    assent_excused: str = ""
    """Why a child of the age of assent cannot be asked, for instance because he cannot understand or answer."""
    nobody: bool = False
    """Nobody who may sign is there; the picture may wait for the record only."""
    patient: str = ""
    """The patient's name, by which it is known that nobody else here is he."""


def named_alike(name: str) -> str:
    """Return a name as it is compared: however it was composed, with or without accents, capitals and signs."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", name).casefold())
    return "".join(sign for sign in plain if sign.isalnum()) or plain.strip()


def is_of_assent_age(age: int, policy: SigningPolicy) -> bool:
    """Say whether a child of this age is asked too."""
    return policy.assent_age <= age < policy.majority_age


def asks_assent(parties: Parties, policy: SigningPolicy) -> bool:
    """Say whether the child himself is to say yes too (rule 9)."""
    asked = is_of_assent_age(parties.age, policy) and not parties.assent_excused.strip()
    return parties.signer in OF_A_CHILD and asked


def needed(parties: Parties, method_of_signer: Method, policy: SigningPolicy) -> tuple[PartyRole, ...]:
    """Return who signs besides the signer, in order; a role stands there as often as it is needed.

    A mark is seen by witnesses; where nobody can sign, or only speak, two of the staff sign that they saw or heard
    it. A witness whose name was taken down beforehand signs in any case.
    """
    roles = [PartyRole.ASSENT] if asks_assent(parties, policy) else []
    roles += [PartyRole.INTERPRETER] if parties.interpreter is not None else []
    marked = policy.mark_witnesses if method_of_signer is Method.MARK else 0
    roles += [PartyRole.WITNESS] * max(marked, len(parties.witnesses))
    roles += [PartyRole.STAFF, PartyRole.STAFF] if method_of_signer in {Method.UNABLE, Method.SPOKEN} else []
    return tuple(roles)
