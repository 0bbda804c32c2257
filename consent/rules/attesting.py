"""Has everybody signed who has to, and is everybody somebody else? Asked of all signatures together.

A signature is never judged by its looks: whether there is one is all that counts.
Source: Cal. Civ. Code 14 (a mark, and the witness who writes the name); domain rule 15 and section 4.5.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from consent.rules.parties import Method, PartyRole, named_alike
from consent.rules.refusal import Reason


@dataclass(frozen=True)
class Attested:
    """What is known of one person's signature. `field` is where he signs."""

    field: str
    role: PartyRole
    is_present: bool
    name: str = ""
    note: str = ""
    """Of a witness to a mark: whose mark it is, in his own writing."""
    staff_id: str = ""


def attesting_objections(method: Method, everybody: Sequence[Attested]) -> Iterator[Reason]:
    """Yield what is missing or wrong about the signatures. `method`: how the signer signs."""
    before: list[Attested] = []
    for each in everybody:
        if not each.is_present:
            yield Reason("signature-missing", each.field)
        elif not each.name.strip():
            yield Reason("name-missing", each.field)
        elif each.role is PartyRole.WITNESS:
            yield from _witness_objections(method, each, before)
        elif each.role is PartyRole.STAFF:
            yield from _staff_objections(each, before)
        before.append(each)


def _witness_objections(method: Method, witness: Attested, before: Sequence[Attested]) -> Iterator[Reason]:
    if named_alike(witness.name) in {named_alike(each.name) for each in before}:
        yield Reason("witness-takes-part", witness.field)
    if method is Method.MARK and not witness.note.strip():
        yield Reason("marked-name-missing", witness.field)


def _staff_objections(staff: Attested, before: Sequence[Attested]) -> Iterator[Reason]:
    if not staff.staff_id:
        yield Reason("staff-unknown", staff.field)
    elif staff.staff_id in {each.staff_id for each in before}:
        yield Reason("staff-twice", staff.field)
