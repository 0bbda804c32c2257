"""Who approved which wording, in which role, when; and what is missing before anybody may sign it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.engine import Connection, Row

from consent.acts import organisation
from consent.acts.actor import Actor
from consent.acts.house import House
from consent.formbook import Account as ShownAccount
from consent.formbook import Answers, Ask, Facts, FormVersion, PaperSection
from consent.records import organisation as records
from consent.records.tables.organisation import form_approval
from consent.rules.access import Act
from consent.rules.identifiers import new_id
from consent.rules.refusal import NotFound, Reason, Refused


@dataclass(frozen=True)
class Wording:
    """One form version in one language, and how it stands. `decision`: approved | withdrawn | none."""

    form: str
    version: int
    language: str
    hash: str
    decision: str
    approver_name: str = ""
    approver_role: str = ""
    approved_on: date | None = None
    fictitious: bool = False


def wordings(house: House, actor: Actor) -> tuple[Wording, ...]:
    """Return every form version and language with its standing."""
    actor.must(Act.SEE_FORMS)
    with house.reading() as connection:
        decided = records.decisions(connection)
    return tuple(
        _standing(version, language, decided) for version in house.forms.versions() for language in version.languages
    )


def wording(house: House, actor: Actor, form: str, version: int, language: str) -> Wording:
    """Return one wording with its standing. Raises: NotFound."""
    actor.must(Act.SEE_FORMS)
    found = _version(house, form, version, language)
    with house.reading() as connection:
        return _standing(found, language, records.decisions(connection))


def approve(
    house: House,
    actor: Actor,
    wording: Wording,
    *,
    approver_name: str,
    approver_role: str,
    approved_on: date,
) -> None:
    """Record who approved exactly this wording, in which role, when.

    Raises: Refused: approver-name, approver-role, approved-later (after today), wording-changed; NotFound.
    """
    actor.must(Act.APPROVE_FORM)
    version = _version(house, wording.form, wording.version, wording.language)
    if not approver_name.strip():
        raise Refused(Reason("approver-name", "approver_name"))
    if not approver_role.strip():
        raise Refused(Reason("approver-role", "approver_role"))
    if approved_on > house.today:
        raise Refused(Reason("approved-later", "approved_on"))
    if wording.hash != version.hash_in(wording.language):
        raise Refused(Reason("wording-changed"))
    _decide(house, actor, version, wording.language, ("approved", approver_name, approver_role, approved_on))


def withdraw(house: House, actor: Actor, wording: Wording) -> None:
    """Take the approval back: nobody may sign this wording any more. Repeating it changes nothing.

    Raises: NotFound.
    """
    actor.must(Act.WITHDRAW_FORM)
    version = _version(house, wording.form, wording.version, wording.language)
    with house.reading() as connection:
        before = _standing(version, wording.language, records.decisions(connection))
    if before.decision == "approved":
        as_before = ("withdrawn", before.approver_name, before.approver_role, house.today)
        _decide(house, actor, version, wording.language, as_before)


def signing_open(house: House, connection: Connection, form: str, version: int, language: str) -> tuple[Reason, ...]:
    """Return what stands in the way of signing this wording here; empty if nothing does.

    Codes: organisation-incomplete, accounts-none, form-not-approved, form-withdrawn.
    """
    reasons = []
    if organisation.current(connection).missing():
        reasons.append(Reason("organisation-incomplete"))
    if not any(account.active for account in records.every_account(connection)):
        reasons.append(Reason("accounts-none"))
    found = house.forms.forms.get((form, version))
    standing = _standing(found, language, records.decisions(connection)) if found else None
    if standing is None or standing.decision == "none" or (standing.fictitious and not house.terms.demo):
        reasons.append(Reason("form-not-approved"))
    elif standing.decision == "withdrawn":
        reasons.append(Reason("form-withdrawn"))
    return tuple(reasons)


def ready(house: House) -> bool:
    """Say whether at least one wording can be signed here."""
    with house.reading() as connection:
        return any(
            not signing_open(house, connection, version.form, version.number, language)
            for version in house.forms.versions()
            for language in version.languages
        )


def preview(house: House, actor: Actor, form: str, version: int, language: str) -> tuple[PaperSection, ...]:
    """Return the whole wording with everything asked, as a patient of this organisation would read it.

    Raises: NotFound.
    """
    actor.must(Act.SEE_FORMS)
    found = _version(house, form, version, language)
    own = organisation.in_force(house)
    blank = "________"
    facts = Facts(
        organisation=own.legal_name or blank,
        address=own.address or blank,
        privacy_phone=own.privacy_phone or blank,
        privacy_email=own.privacy_email or blank,
        clinician=blank,
        description=blank,
        accounts=(ShownAccount("organisation", own.legal_name or blank),),
    )
    return found.paper_sections(_everything(house), facts, Answers(), language)


def _everything(house: House) -> tuple[Ask, ...]:
    kinds = (("medium", house.forms.media), ("purpose", house.forms.purposes), ("channel", house.forms.channels))
    asked = [(kind, code) for kind, codes in kinds for code in codes]
    return (*asked, ("account", "organisation"))


def _version(house: House, form: str, version: int, language: str) -> FormVersion:
    found = house.forms.forms.get((form, version))
    if found is None or language not in found.languages:
        raise NotFound
    return found


def _standing(version: FormVersion, language: str, decided: Sequence[Row[Any]]) -> Wording:
    # Only decisions about exactly these words count; the last of them stands.
    about = [
        row
        for row in decided
        if (row.form, row.version, row.language, row.form_hash)
        == (version.form, version.number, language, version.hash_in(language))
    ]
    if not about:
        return Wording(version.form, version.number, language, version.hash_in(language), "none")
    last = about[-1]
    return Wording(
        version.form,
        version.number,
        language,
        version.hash_in(language),
        last.decision,
        last.approver_name,
        last.approver_role,
        last.approved_on,
        last.fictitious,
    )


def _decide(
    house: House, actor: Actor, version: FormVersion, language: str, decision: tuple[str, str, str, date]
) -> None:
    decided, name, role, on = decision
    with house.writing(actor) as deed:
        approval_id = new_id(secrets.token_bytes)
        deed.ledger.insert(
            form_approval,
            id=approval_id,
            form=version.form,
            version=version.number,
            form_hash=version.hash_in(language),
            language=language,
            decision=decided,
            approver_name=name.strip(),
            approver_role=role.strip(),
            approved_on=on,
            fictitious=house.terms.demo,
            recorded_by=actor.id if actor.kind == "staff" else None,
            recorded_at=deed.now,
        )
        about = {"approval": approval_id, "form": version.form, "version": version.number, "language": language}
        deed.enter(f"form.{'approve' if decided == 'approved' else 'withdraw'}", about)
