"""Write a signed consent down: its document, everybody's signature, every answer, what is owed. The one transaction.

On the tablet, on the signer's own phone or on paper: a consent becomes signed here and nowhere else.
Source: 45 CFR 164.508(c); domain rules 2, 15, 16, 25, 35.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from consent.acts import filing, readiness, same_person, tasks
from consent.acts.dossier import Dossier
from consent.acts.filing import PutAway
from consent.acts.hands import Hand, Signatory
from consent.acts.house import Deed
from consent.formbook import Ask
from consent.records import consents, revocations
from consent.records.tables.consents import consent, consent_answer, signature
from consent.rules.identifiers import new_id
from consent.rules.parties import Method
from consent.rules.refusal import Reason, Refused
from consent.rules.signing import last_day

COPY_DUE = timedelta(days=1)


@dataclass(frozen=True)
class Outcome:
    """A consent that is to become signed: what was answered, who signed and how, and the finished document.

    `hands`: everybody's signature in the order in which they signed, the signer's first. `put`: the document, sealed
    and put away. `shown_hash`: SHA-256 of the text that was before the signer; `disclosure_hash`: of the words about
    signing on a screen, empty on paper. `kept`: more about the signer's signature, encrypted with it. `owner_id`:
    who of the staff owes the copy.
    """

    dossier: Dossier
    language: str
    answers: Mapping[Ask, bool]
    term: str
    signed_at: datetime
    hands: Sequence[tuple[Signatory, Hand]]
    put: PutAway
    shown_hash: str
    owner_id: str
    disclosure_hash: str = ""
    kept: Mapping[str, Any] = field(default_factory=dict)

    @property
    def method(self) -> Method:
        """Return how the signer signed."""
        return self.hands[0][1].method


def record(deed: Deed, outcome: Outcome) -> dict[str, Any]:
    """Write everything down. The caller has asked the rules within this same deed, and enters the returned
    references into custody (act `consent.sign`).

    Raises: Refused: signing-over (it is no draft any more), clock-wrong, withdrawn-meanwhile.
    """
    row = consents.find(deed.connection, outcome.dossier.row.id)
    if row is None or row.signed_at is not None or row.status in ("declined", "discarded"):
        raise Refused(Reason("signing-over"))
    _check_moment(deed, row.patient_id, outcome.signed_at)
    document_id = filing.record(
        deed,
        outcome.put,
        row.id,
        kind="consent",
        language=outcome.language,
        made_at=outcome.signed_at,
        seal=deed.house.sealer.fingerprint,
    )
    for place, (who, hand) in enumerate(outcome.hands, 1):
        _write_hand(deed, outcome, place, who, hand)
    for (kind, code), said in outcome.answers.items():
        deed.ledger.insert(
            consent_answer,
            id=new_id(secrets.token_bytes),
            consent_id=row.id,
            kind=kind,
            code=code,
            answer=said,
            withdrawn_by=None,
            withdrawn_at=None,
        )
    signed_on = outcome.signed_at.astimezone(deed.house.terms.zone).date()
    deed.ledger.update(
        consent,
        row.id,
        status="signed",
        language=outcome.language,
        form_hash=readiness.version_of(deed.house, row).hash_in(outcome.language),
        signed_at=outcome.signed_at,
        signer=row.signer or "patient",
        method=outcome.method.value,
        majority_on=readiness.comes_of_age(deed.house, outcome.dossier, signed_on),
        expires_on=last_day(outcome.term, signed_on),
        until=outcome.term,
    )
    task_id = tasks.leave(
        deed,
        "copy-not-given",
        f"copy-not-given:{row.id}",
        queue="clinician",
        about={"consent": row.id},
        owner_id=outcome.owner_id,
        due_at=deed.now + COPY_DUE,
    )
    staff = [hand.staff_id for _, hand in outcome.hands if hand.staff_id]
    return {
        "consent": row.id,
        "patient": row.patient_id,
        "document": document_id,
        "task": task_id,
        "form": row.form,
        "version": row.form_version,
        "language": outcome.language,
        "method": outcome.method.value,
        "roles": [who.role.value for who, _ in outcome.hands],
        **({"staff": staff} if staff else {}),
    }


def _check_moment(deed: Deed, patient_id: str, signed_at: datetime) -> None:
    """Refuse a signature that is not the patient's last word: the newest one governs (rule 35).

    Raises: Refused: clock-wrong (another of his is dated later), withdrawn-meanwhile (he stopped everything since).
    """
    newest = consents.last_signed_at(deed.connection, patient_id)
    if newest is not None and newest > signed_at:
        raise Refused(Reason("clock-wrong"))
    own = same_person.patients(deed.house, deed.connection, patient_id)
    if revocations.everything_after(deed.connection, own, signed_at):
        raise Refused(Reason("withdrawn-meanwhile"))


def _write_hand(deed: Deed, outcome: Outcome, place: int, who: Signatory, hand: Hand) -> None:
    signature_id, key_id = new_id(secrets.token_bytes), deed.new_key()
    kept = hand.plain(deed.house.terms.keep_stroke_times)
    if place == 1:
        kept |= outcome.kept
    deed.ledger.insert(
        signature,
        id=signature_id,
        consent_id=outcome.dossier.row.id,
        role=who.role.value,
        place=place,
        staff_id=hand.staff_id or None,
        key_id=key_id,
        method=hand.method.value,
        content=deed.encrypt(key_id, "signature", signature_id, "content", json.dumps(kept)),
        language=outcome.language,
        disclosure_hash=outcome.disclosure_hash,
        shown_hash=outcome.shown_hash,
        document_sha256=outcome.put.sha256,
        signed_at=outcome.signed_at,
    )
