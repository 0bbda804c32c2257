"""Record who takes part in a signing: who signs and why he may, who interprets, who sees it, who means to post.

Kept encrypted with the draft; custody says only which part was changed.
Source: 45 CFR 164.508(c)(1)(vi), 164.502(g); domain rules 8-11, 14, 15, 21.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy.engine import Row

from consent.acts import dossier, readiness
from consent.acts.actor import Actor
from consent.acts.dossier import Details, Dossier
from consent.acts.drafts import editing
from consent.acts.house import Deed, House
from consent.records import consents
from consent.records.tables.consents import consent
from consent.rules.calendar import age_on
from consent.rules.parties import Interpreter, Representative, SignerKind, Witness
from consent.rules.refusal import Reason, Refused, refuse_if
from consent.rules.scope import SENSITIVE, Kind, own_form_objections
from consent.rules.signers import (
    ALONE_GROUNDS,
    authority_objections,
    interpreter_apart_objections,
    interpreter_objections,
    representative_objections,
    witness_objections,
)
from consent.rules.signing import poster_objections

NOBODY = "nobody"
"""The answer that nobody who may sign is there."""
SIGNERS = (*(kind.value for kind in SignerKind), NOBODY)
MOST_WITNESSES = 2


@dataclass(frozen=True)
class Authority:
    """The right by which a representative signs, as one page asks for it: fields of `parties.Representative`."""

    ground: str
    proof: str
    concern: str
    patient_cannot_decide: bool = False
    died_on: str = ""


def change_signer(house: House, actor: Actor, consent_id: str, signer: str) -> None:
    """Record who will sign: a SignerKind, or NOBODY. What was known of another representative is forgotten.

    Raises: as `drafts.editing`; Refused('signer-missing').
    """
    if signer not in SIGNERS:
        raise Refused(Reason("signer-missing", "signer"))
    with editing(house, actor, consent_id, "signer") as (deed, row):
        details = dossier.load(house, deed.connection, consent_id).details
        named = details.representative
        if named is not None and named.kind.value != signer:
            named = None
        changed = details.with_(
            representative=named,
            no_signer="yes" if signer == NOBODY else "",
            alone_ground=details.alone_ground if signer == SignerKind.PATIENT else "",
            alone_proof=details.alone_proof if signer == SignerKind.PATIENT else "",
        )
        # Whether he can decide was said of somebody else.
        capacity = row.capacity and row.signer == signer
        signing = None if signer == NOBODY else signer
        deed.ledger.update(consent, row.id, signer=signing, capacity=capacity, **_sealed(deed, row, changed))


def change_representative(  # noqa: PLR0917 - the fields of one page
    house: House, actor: Actor, consent_id: str, name: str, relationship: str, language: str = ""
) -> None:
    """Record who signs for the patient: name, relationship, and the language that he reads best (empty: the patient's).

    What was recorded of another person's right, and that he understands it, is forgotten.
    Raises: as `drafts.editing`; Refused: signer-missing, representative-name-missing,
    representative-relationship-missing, cannot-print.
    """
    refuse_if(readiness.unprintable(house, {"name": name, "relationship": relationship}))
    with editing(house, actor, consent_id, "representative") as (deed, row):
        if row.signer in (None, SignerKind.PATIENT):
            raise Refused(Reason("signer-missing", "signer"))
        opened = dossier.load(house, deed.connection, consent_id)
        before = opened.details.representative
        named = Representative(SignerKind(row.signer), name, relationship, language=language)
        is_same = before is not None and before.name == name
        if before is not None and is_same:
            named = replace(before, relationship=relationship, language=language)
        fields = {"name", "relationship"}
        refuse_if(each for each in _against(deed, opened, named) if each.field in fields)
        # Whether he can decide was said of somebody else.
        capacity = row.capacity and (is_same or before is None)
        changed = opened.details.with_(representative=named)
        deed.ledger.update(consent, row.id, capacity=capacity, **_sealed(deed, row, changed))


def change_authority(house: House, actor: Actor, consent_id: str, authority: Authority) -> None:
    """Record by what right he signs, and that this member of staff saw the proof.

    A concern of abuse is kept: with it nothing is handed over.
    Raises: as `drafts.editing`; Refused: representative-missing, cannot-print, and what
    `rules.signers.authority_objections` says, but for the concern of abuse.
    """
    refuse_if(readiness.unprintable(house, {"proof": authority.proof}))
    with editing(house, actor, consent_id, "authority") as (deed, row):
        opened = dossier.load(house, deed.connection, consent_id)
        named = opened.details.representative
        if named is None:
            raise Refused(Reason("representative-missing"))
        seen = replace(named, **asdict(authority), proof_seen_by=consents.staff_name(deed.connection, actor.id))
        against = authority_objections(seen, opened.person.born_on, deed.today)
        refuse_if(each for each in against if each.code != "abuse-concern")
        deed.ledger.update(consent, row.id, **_sealed(deed, row, opened.details.with_(representative=seen)))


def excuse_assent(house: House, actor: Actor, consent_id: str, reason: str) -> None:
    """Record why a child of the age of assent cannot be asked; empty: he is asked. Raises: as `drafts.editing`."""
    refuse_if(readiness.unprintable(house, {"assent_excused": reason}))
    with editing(house, actor, consent_id, "assent") as (deed, row):
        changed = dossier.load(house, deed.connection, consent_id).details.with_(assent_excused=reason.strip())
        deed.ledger.update(consent, row.id, **_sealed(deed, row, changed))


def change_alone(house: House, actor: Actor, consent_id: str, ground: str, proof: str) -> None:
    """Record why a minor may sign for himself, and what was seen or asked.

    Raises: as `drafts.editing`; Refused: alone-ground-missing, alone-proof-missing, cannot-print.
    """
    refuse_if(readiness.unprintable(house, {"alone_proof": proof}))
    if ground not in ALONE_GROUNDS:
        raise Refused(Reason("alone-ground-missing", "alone_ground"))
    if not proof.strip():
        raise Refused(Reason("alone-proof-missing", "alone_proof"))
    with editing(house, actor, consent_id, "alone") as (deed, row):
        details = dossier.load(house, deed.connection, consent_id).details
        changed = details.with_(alone_ground=ground, alone_proof=proof)
        deed.ledger.update(consent, row.id, **_sealed(deed, row, changed))


def change_interpreter(house: House, actor: Actor, consent_id: str, interpreter: Interpreter | None) -> None:
    """Record who interprets, or (None) that nobody needs to.

    Raises: as `drafts.editing`; Refused: cannot-print, interpreter-signs, and what
    `rules.signers.interpreter_objections` says.
    """
    if interpreter is not None:
        typed = {"name_or_number": interpreter.name_or_number, "interpreter_language": interpreter.language}
        refuse_if(readiness.unprintable(house, {**typed, "family_reason": interpreter.family_reason}))
    with editing(house, actor, consent_id, "interpreter") as (deed, row):
        opened = dossier.load(house, deed.connection, consent_id)
        refuse_if(interpreter_objections(interpreter, readiness.reads(opened), row.language))
        changed = opened.details.with_(interpreter=interpreter)
        refuse_if(interpreter_apart_objections(readiness.parties_of(replace(opened, details=changed))))
        deed.ledger.update(consent, row.id, **_sealed(deed, row, changed))


def change_witnesses(house: House, actor: Actor, consent_id: str, witnesses: tuple[Witness, ...]) -> None:
    """Record who will see the signing, if that is known beforehand; two at most, and none of them takes part.

    Raises: as `drafts.editing`; Refused: witness-unnamed, witness-takes-part, too-many-witnesses, cannot-print.
    """
    if len(witnesses) > MOST_WITNESSES:
        raise Refused(Reason("too-many-witnesses", "witness-1"))
    refuse_if(readiness.unprintable(house, {f"witness-{at}": each.name for at, each in enumerate(witnesses, 1)}))
    with editing(house, actor, consent_id, "witnesses") as (deed, row):
        opened = dossier.load(house, deed.connection, consent_id)
        changed = opened.details.with_(witnesses=witnesses)
        age = age_on(opened.person.born_on, deed.today)
        refuse_if(witness_objections(readiness.parties_of(replace(opened, details=changed), age)))
        deed.ledger.update(consent, row.id, **_sealed(deed, row, changed))


def change_sensitive(house: House, actor: Actor, consent_id: str, topics: tuple[str, ...]) -> None:
    """Pick which sensitive topics are asked about, each as a question of its own; none is the usual case (rule 11).

    Raises: as `drafts.editing`; Refused: own-form-needed (substance use, psychotherapy notes), choice-unknown.
    """
    refuse_if(own_form_objections(topics))
    with editing(house, actor, consent_id, "sensitive") as (deed, row):
        offered = readiness.version_of(house, row).structure.permissions
        if not set(topics) <= set(SENSITIVE) & set(offered):
            raise Refused(Reason("choice-unknown", "sensitive"))
        others = [[kind, code] for kind, code in row.asked if kind != Kind.PERMISSION]
        asked = [*others, *([Kind.PERMISSION.value, code] for code in SENSITIVE if code in topics)]
        deed.ledger.update(consent, row.id, asked=asked)


def change_poster(house: House, actor: Actor, consent_id: str, poster: str, reason: str = "") -> None:
    """Record who is meant to post it: "me", with the reason why the one who asks posts too, or "other" (rule 21).

    Raises: as `drafts.editing`; Refused: poster-missing, poster-reason-missing.
    """
    refuse_if(poster_objections(poster, reason))
    with editing(house, actor, consent_id, "poster") as (deed, row):
        details = dossier.load(house, deed.connection, consent_id).details
        changed = details.with_(poster=poster, poster_reason=reason.strip() if poster == "me" else "")
        deed.ledger.update(consent, row.id, **_sealed(deed, row, changed))


def _sealed(deed: Deed, row: Row[Any], details: Details) -> dict[str, bytes | int]:
    return dossier.encrypt_details(deed, row.key_id, row.id, details, row.facts_version + 1)


def _against(deed: Deed, opened: Dossier, named: Representative) -> Iterator[Reason]:
    return representative_objections(named, opened.person.born_on, deed.today)
