"""The receipt: what was agreed to, for machines, enclosed in the sealed paper and handed over with it.

It keeps to IDs. The paper around it names the patient; whoever passes the receipt on alone passes on no name, no
birth date and no word about health. Source: ISO/IEC TS 27560:2023 (fields by section); domain 8.4, rules 22 and 54.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from consent.acts import evidence
from consent.acts.answering import Session
from consent.acts.hands import Hand, Signatory
from consent.acts.house import House
from consent.acts.organisation import Organisation
from consent.documents.enclosures import AssociatedFile, Relationship
from consent.rules.devices import Device
from consent.rules.identifiers import SAFE_ALPHABET, ConsentId
from consent.rules.scope import Kind
from consent.vault.secrets import check_code

RECEIPT = "receipt.json"
SCHEMA = "ISO/IEC TS 27560:2023"
# Where each jurisdiction's forms find their ground in law.
BASES = {
    "US": "45 CFR 164.508 (authorization)",
    "UK": "Data Protection Act 2018 and UK GDPR Article 6(1)(a) and 9(2)(a); common law duty of confidentiality",
}
CODE_LENGTH = 10
_NAMESPACE = uuid.UUID("5f1c9b0e-3c0f-5d8a-9d2c-6b7a3d9f2a41")


Hands = Sequence[tuple[Signatory, Hand]]


def receipt(
    house: House, session: Session, organisation: Organisation, ends: date, *, signed: Hands, device: Device
) -> AssociatedFile:
    """Return the receipt of what is being signed with these hands."""
    content = json.dumps(
        _record(house, session, organisation, ends, signed=signed, device=device), ensure_ascii=False, indent=2
    )
    return AssociatedFile(RECEIPT, f"Receipt ({SCHEMA})", Relationship.DATA, content.encode() + b"\n")


def printed_checks(house: House, session: Session) -> tuple[tuple[str, str], ...]:
    """Return where, and with which code, the paper can be checked by whoever holds it."""
    return (
        (session.words("labels.check-at"), f"{house.terms.public_url}/check"),
        (session.words("labels.check-code"), grouped(code_of(house, ConsentId(session.consent_id)))),
    )


def code_of(house: House, consent_id: ConsentId) -> str:
    """Return the check code of one consent: ten characters of the safe alphabet."""
    return check_code(house.keyring, consent_id, SAFE_ALPHABET, CODE_LENGTH)


def grouped(code: str) -> str:
    """Return a code as it is printed, in two halves."""
    return f"{code[: CODE_LENGTH // 2]}-{code[CODE_LENGTH // 2 :]}"


def _record(
    house: House, session: Session, organisation: Organisation, ends: date, *, signed: Hands, device: Device
) -> dict[str, Any]:
    row, version = session.dossier.row, session.version
    jurisdiction = version.structure.jurisdiction
    given_at = max(_minute(hand) for _, hand in signed)
    # A name for this very record, from random IDs alone: printing it twice names it alike.
    record_id = str(uuid.uuid5(_NAMESPACE, f"{row.id}/{given_at}"))
    withdraw = f"{house.terms.public_url}/withdraw"
    return {
        "schema_version": SCHEMA,
        "receipt_id": record_id,
        "record_id": record_id,
        "pii_principal_id": row.number,
        "pii_processing": {
            "privacy_notice": {
                "form": row.form,
                "version": row.form_version,
                "sha256": version.hash_in(session.language),
                "language": session.language,
            },
            "language": session.language,
            "lawful_basis": BASES.get(jurisdiction, "consent"),
            "jurisdiction": jurisdiction,
            "purposes": _answered(session, Kind.PURPOSE),
            "pii_information": _answered(session, Kind.MEDIUM) + _answered(session, Kind.PERMISSION),
            "recipient_third_parties": _answered(session, Kind.CHANNEL) + _answered(session, Kind.ACCOUNT),
            "collection_method": "asked at the organisation, signed by the person or a representative",
            "storage_locations": [organisation.legal_name],
            "retention_period": f"P6Y after {ends.isoformat()} at the earliest",
            "pii_controllers": ["controller"],
            "withdrawal_method": {
                "address": withdraw,
                "needs": "the number and the code on the card",
                "telephone": organisation.privacy_phone,
                "email": organisation.privacy_email,
            },
            "check_method": f"{house.terms.public_url}/check",
        },
        "party_identification": [
            {
                "party_id": "controller",
                "party_type": "controller",
                "party_name": organisation.legal_name,
                "party_address": organisation.address.replace("\n", ", "),
                "party_contact": f"{organisation.privacy_office}, {organisation.privacy_phone}",
                "party_email": organisation.privacy_email,
            }
        ],
        "events": [
            {
                "event_time": given_at,
                "event_type": "explicit",
                "event_state": "consent given",
                "entity_id": row.number,
                "validity_until": ends.isoformat(),
                "term": session.given.term,
                "signatures": [
                    {"role": who.role.value, "method": hand.method.value, "time": _minute(hand)} for who, hand in signed
                ],
                "signed_on": {
                    "road": evidence.road(session, signed),
                    "device": device.size,
                    "browser": device.browser,
                },
            }
        ],
    }


def _minute(hand: Hand) -> str:
    """When a signature was given, in UTC and to the minute, as the paper says it."""
    return datetime.fromisoformat(hand.given_at).astimezone(UTC).isoformat(timespec="minutes")


def _answered(session: Session, kind: Kind) -> list[dict[str, Any]]:
    """Return each question of a kind as its code with the answer: a no is as good as a yes, and stands beside it."""
    return [
        {"kind": kind.value, "code": code, "allowed": session.given.uses[each, code]}
        for each, code in session.version.questions(session.dossier.asked)
        if each == kind.value and (each, code) in session.given.uses
    ]
