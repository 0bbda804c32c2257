"""Prepare a consent: for whom, in which form and language, what is to be asked. Kept, changed, discarded.

Source: 45 CFR 164.508(c)(1); domain rules 4, 7, 13, 20.
"""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy.engine import Connection, Row

from consent.acts import dossier, form_wordings, readiness
from consent.acts.actor import Actor
from consent.acts.dossier import Details, Person
from consent.acts.drafts import editable, editing, opening
from consent.acts.house import Deed, House
from consent.records import consents, organisation
from consent.records.tables.consents import consent, patient
from consent.rules.access import Act, Opening
from consent.rules.identifiers import ConsentId, new_consent_number, new_id
from consent.rules.refusal import NotFound, Reason, Refused, refuse_if
from consent.rules.scope import NEEDED_KINDS, ORGANISATION
from consent.vault.fingerprints import fingerprints_of, normalised, normalised_name, record_number_fingerprints

IDENTIFIERS = ("name", "birth-date", "record-number", "wristband", "photo-id", "telephone", "address")
_ID_LENGTH = 26


def draft(
    house: House,
    actor: Actor,
    form: str,
    language: str,
    *,
    person: Person | None = None,
    patient_id: str | None = None,
    reason: str = "",
    once: str = "",
) -> ConsentId:
    """Begin a consent for a new patient (`person`) or one found again (`patient_id`); return its ID.

    `reason`: why a patient of another unit is taken up here; kept in custody. `once` names the submission: a
    repeat makes no second draft.
    Raises: NotFound; Refused: form-unknown, patient-known (that record number is another patient's),
    reason-needed, name-missing, cannot-print.
    """
    actor.must(Act.CREATE_CONSENT)
    if form not in {name for name, _ in house.forms.forms} or language not in house.forms.newest(form).languages:
        raise Refused(Reason("form-unknown", "form"))
    if person is not None:
        _check_name(house, person)
    consent_id = once if len(once) == _ID_LENGTH and once.isalnum() else new_id(secrets.token_bytes)
    with house.writing(actor) as deed:
        before = consents.find(deed.connection, consent_id)
        if before is not None:
            if before.made_by != actor.id:
                raise NotFound
            deed.nothing()
            return ConsentId(consent_id)
        patient_id = _patient(deed, actor, person, patient_id, reason)
        key_id = deed.new_key()
        details = Details(clinician=consents.staff_name(deed.connection, actor.id))
        deed.ledger.insert(
            consent,
            id=consent_id,
            number=_free_number(deed.connection),
            key_id=key_id,
            patient_id=patient_id,
            **form_wordings.pinned(house, deed.connection, form, language),
            status="draft",
            asked=[],
            **dossier.encrypt_details(deed, key_id, consent_id, details, 1),
            identified_by=[],
            capacity=False,
            told_voluntary=False,
            unit=actor.unit,
            made_by=actor.id,
            made_at=deed.now,
        )
        about = {"consent": consent_id, "patient": patient_id, "form": form, "language": language}
        deed.enter("consent.draft", about, reason or None)
    return ConsentId(consent_id)


def change_person(house: House, actor: Actor, consent_id: str, person: Person) -> None:
    """Correct what is known of the patient; who he is, only where he is one's own or one's unit's patient.

    Whoever has signed is not made somebody else: his forms would then stand for that person's pictures. On a draft
    alone that is taken for another patient, who is to be identified and told again.
    Raises: as `drafts.editing`; Refused: patient-known, patient-of-another-unit, another-person, name-missing,
    cannot-print.
    """
    _check_name(house, person)
    with editing(house, actor, consent_id, "patient") as (deed, row):
        _check_record_number(deed, person, row.patient_id)
        found = consents.find_patient(deed.connection, row.patient_id)
        if found is None:
            raise NotFound
        before = dossier.load_person(house, deed.connection, found.id)
        if opening(actor, found) is not Opening.FREELY and _who(person) != _who(before):
            # Others' signed consents are found, and withdrawn together, by these.
            raise Refused(Reason("patient-of-another-unit", "name"))
        if _is_another(before, person):
            theirs = consents.of_patient(deed.connection, found.id)
            if any(each.signed_at is not None or each.spoken_at is not None for each in theirs):
                raise Refused(Reason("another-person", "name"))
            deed.ledger.update(consent, row.id, identified_by=[], capacity=False, told_voluntary=False)
        sealed = dossier.encrypt_person(deed, found.key_id, found.id, person, found.version + 1)
        deed.ledger.update(patient, found.id, **sealed, **_plain(house, person))


def change_form(house: House, actor: Actor, consent_id: str, form: str, language: str) -> None:
    """Pick another form or language for the draft. Raises: as `drafts.editing`; Refused('form-unknown')."""
    if form not in {name for name, _ in house.forms.forms} or language not in house.forms.newest(form).languages:
        raise Refused(Reason("form-unknown", "form"))
    with editing(house, actor, consent_id, "form") as (deed, row):
        deed.ledger.update(consent, row.id, **form_wordings.pinned(house, deed.connection, form, language))


def change_identity(  # noqa: PLR0917 - three ticks of one page
    house: House, actor: Actor, consent_id: str, identified_by: tuple[str, ...], capacity: bool, told_voluntary: bool
) -> None:
    """Record how the patient was identified, that he has capacity, and that he was told it is voluntary.

    Raises: as `drafts.editing`; Refused('two-identifiers-needed').
    """
    known = tuple(code for code in IDENTIFIERS if code in identified_by)
    if len(known) < 2:
        raise Refused(Reason("two-identifiers-needed", "identified_by"))
    with editing(house, actor, consent_id, "identity") as (deed, row):
        deed.ledger.update(consent, row.id, identified_by=list(known), capacity=capacity, told_voluntary=told_voluntary)


def change_asked(house: House, actor: Actor, consent_id: str, kind: str, codes: tuple[str, ...]) -> None:
    """Pick what of one kind is to be asked for. Raises: as `drafts.editing`; Refused: nothing-asked, choice-unknown."""
    if kind not in NEEDED_KINDS:
        raise NotFound
    if not codes:
        raise Refused(Reason("nothing-asked", kind, kind=kind))
    with editing(house, actor, consent_id, kind) as (deed, row):
        if not set(codes) <= set(_choices(house, deed.connection, row, kind)):
            raise Refused(Reason("choice-unknown", kind))
        others = [[each, code] for each, code in row.asked if each != kind]
        deed.ledger.update(consent, row.id, asked=[*others, *([kind, code] for code in codes)])


def change_details(house: House, actor: Actor, consent_id: str, part: str, **changes: str) -> None:
    """Write what will be recorded, who pays, the event, or who gets it outside.

    Raises: as `drafts.editing`; Refused: description-missing, payment-incomplete, event-without-person.
    """
    refuse_if(readiness.unprintable(house, changes))
    with editing(house, actor, consent_id, part) as (deed, row):
        details = dossier.load(house, deed.connection, consent_id).details.with_(**changes)
        if part == "description" and not details.description:
            raise Refused(Reason("description-missing", "description"))
        if any((details.paid_by, details.paid_to, details.paid_what)):
            _all_given(details, "payment-incomplete", "paid_by", "paid_to", "paid_what")
        if bool(details.event) != bool(details.event_confirmer):
            _all_given(details, "event-without-person", "event", "event_confirmer")
        sealed = dossier.encrypt_details(deed, row.key_id, row.id, details, row.facts_version + 1)
        deed.ledger.update(consent, row.id, **sealed)


def discard(house: House, actor: Actor, consent_id: str) -> None:
    """Discard a draft: it can be neither changed nor signed any more. Its row stays. Raises: as `drafts.editing`."""
    actor.must(Act.DISCARD_DRAFT)
    with house.writing(actor) as deed:
        row = editable(deed, actor, consent_id)
        deed.ledger.update(consent, row.id, status="discarded")
        deed.enter("consent.discard", {"consent": row.id})


def _patient(deed: Deed, actor: Actor, person: Person | None, patient_id: str | None, reason: str) -> str:
    if patient_id is not None:
        found = consents.find_patient(deed.connection, patient_id)
        if found is None:
            raise NotFound
        if opening(actor, found, reason) is Opening.REASON_NEEDED:
            raise Refused(Reason("reason-needed", "reason"))
        return patient_id
    if person is None:
        raise NotFound
    _check_record_number(deed, person, None)
    patient_id, key_id = new_id(secrets.token_bytes), deed.new_key()
    deed.ledger.insert(
        patient,
        id=patient_id,
        key_id=key_id,
        unit=actor.unit,
        made_by=actor.id,
        made_at=deed.now,
        **dossier.encrypt_person(deed, key_id, patient_id, person, 1),
        **_plain(deed.house, person),
    )
    return patient_id


def _who(person: Person) -> tuple[str, ...]:
    return normalised_name(person.name), person.born_on.isoformat(), normalised(person.record_number)


def _is_another(before: Person, now: Person) -> bool:
    """Say whether two of the three by which he is known are others: more than a slip of the pen."""
    pairs = zip(_who(before), _who(now), strict=True)
    return sum(bool(was) and was != is_now for was, is_now in pairs) >= 2


def _plain(house: House, person: Person) -> dict[str, object]:
    """Return what of a patient stands in the clear: codes, and fingerprints that find but do not tell."""
    # Read under the write lock: while keys change, nobody is written down under one that was just left.
    made = fingerprints_of(house.search_keys(), person.name, person.born_on, person.record_number)
    return {
        "electronic_contact": person.electronic_contact,
        "language": person.language,
        "fingerprint_key": made.key_id,
        "record_fingerprint": made.record,
        "person_fingerprint": made.person,
    }


def _check_name(house: House, person: Person) -> None:
    if not normalised_name(person.name):
        # By such a name nobody could be found again.
        raise Refused(Reason("name-missing", "name"))
    refuse_if(readiness.unprintable(house, {"name": person.name}))


def _check_record_number(deed: Deed, person: Person, own_id: str | None) -> None:
    if not normalised(person.record_number):
        return
    fingerprints = record_number_fingerprints(deed.house.search_keys(), person.record_number)
    if any(each.id != own_id for each in consents.patients_by_record(deed.connection, fingerprints)):
        raise Refused(Reason("patient-known", "record_number"))


def _free_number(connection: Connection) -> str:
    while True:
        number = new_consent_number(secrets.token_bytes)
        if consents.find_by_number(connection, number) is None:
            return number


def _choices(house: House, connection: Connection, row: Row[Any], kind: str) -> tuple[str, ...]:
    version = house.forms.version(row.form, row.form_version)
    if kind == "account":
        # The organisation's own accounts are one choice; only other people's are asked for one by one.
        others = (each for each in organisation.every_account(connection) if each.owner != ORGANISATION)
        return (ORGANISATION, *(each.id for each in others if each.active))
    catalogues = {"medium": version.media, "purpose": version.purposes, "channel": version.channels}
    return tuple(catalogues[kind])


def _all_given(details: Details, code: str, *names: str) -> None:
    empty = [name for name in names if not getattr(details, name)]
    if empty:
        raise Refused(tuple(Reason(code, name) for name in empty))
