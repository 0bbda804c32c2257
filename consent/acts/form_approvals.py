"""Who approved which wording, or reviewed which translation, in which role, when.

Source: domain rules 4 and 52; 45 CFR 92.201(c)(3): a machine's or an untrained hand's translation of words that
matter is checked by a qualified translator before it is used.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy.engine import Connection

from consent.acts import form_wordings, organisation
from consent.acts.actor import Actor
from consent.acts.form_wordings import Decisions, book_version, last_decision, name_of, not_whole, ready, signing_open
from consent.acts.house import House
from consent.formbook import Account as ShownAccount
from consent.formbook import Answers, Ask, Facts, FormVersion, PaperSection
from consent.records import organisation as records
from consent.records.tables.organisation import form_approval
from consent.rules.access import Act
from consent.rules.identifiers import new_id
from consent.rules.refusal import NotFound, Reason, Refused, refuse_if
from consent.rules.scope import SENSITIVE

__all__ = [
    "Wording",
    "approve",
    "preview",
    "preview_for_another",
    "ready",
    "signing_open",
    "withdraw",
    "wording",
    "wordings",
]


@dataclass(frozen=True)
class Wording:
    """One form version in one language, and how it stands. `decision`: approved | withdrawn | none.

    `revision` is that of the organisation's own paragraphs, 0 without any; `waiting` says that it is not in force
    yet. `unreviewed`: a translation that counts once somebody qualified has checked it; then the approver is that
    reviewer. `lacks` are the codes of what it needs before anybody can decide about it.
    """

    form: str
    version: int
    language: str
    hash: str
    decision: str
    approver_name: str = ""
    approver_role: str = ""
    approved_on: date | None = None
    fictitious: bool = False
    revision: int = 0
    waiting: bool = False
    unreviewed: bool = False
    lacks: tuple[str, ...] = ()


def wordings(house: House, actor: Actor) -> tuple[Wording, ...]:
    """Return every form version and language with its standing: the words in force, then any that wait."""
    actor.must(Act.SEE_FORMS)
    with house.reading() as connection:
        decided = records.decisions(connection)
        found = []
        for version in house.forms.versions():
            for revision, own, waiting in _revisions(house, connection, version):
                found += [
                    _standing(house, own, language, decided, revision, waiting=waiting)
                    for language in version.languages
                ]
    return tuple(found)


def wording(  # noqa: PLR0917 - what names one wording
    house: House, actor: Actor, form: str, version: int, language: str, revision: int | None = None
) -> Wording:
    """Return one wording with its standing; without a revision, the one in force. Raises: NotFound."""
    actor.must(Act.SEE_FORMS)
    book_version(house, form, version, language)
    with house.reading() as connection:
        decided = records.decisions(connection)
        number, own, waiting = _chosen(house, connection, form, version, revision)
        return _standing(house, own, language, decided, number, waiting=waiting)


def approve(
    house: House,
    actor: Actor,
    wording: Wording,
    *,
    approver_name: str,
    approver_role: str,
    approved_on: date,
) -> None:
    """Record who approved exactly this wording, or reviewed this translation, in which role or with what skill, when.

    Raises: Refused: approver-name, approver-role, approved-later (after today), wording-changed, and what the
    wording still lacks (`form_wordings.not_whole`); NotFound.
    """
    actor.must(Act.APPROVE_FORM)
    if not approver_name.strip():
        raise Refused(Reason("approver-name", "approver_name"))
    if not approver_role.strip():
        raise Refused(Reason("approver-role", "approver_role"))
    if approved_on > house.today:
        raise Refused(Reason("approved-later", "approved_on"))
    own = _own(house, wording)
    if wording.hash != name_of(house, own, wording.language):
        raise Refused(Reason("wording-changed"))
    refuse_if(not_whole(house, own, wording.language))
    _decide(house, actor, own, wording.language, ("approved", approver_name, approver_role, approved_on))


def withdraw(house: House, actor: Actor, wording: Wording) -> None:
    """Take the approval or review back: nobody may sign this wording any more. Repeating it changes nothing.

    Raises: NotFound.
    """
    actor.must(Act.WITHDRAW_FORM)
    own = _own(house, wording)
    with house.reading() as connection:
        before = last_decision(house, own, wording.language, records.decisions(connection))
    if before is not None and before.decision == "approved":
        as_before = ("withdrawn", before.approver_name, before.approver_role, house.today)
        _decide(house, actor, own, wording.language, as_before)


def preview(  # noqa: PLR0917 - what names one wording
    house: House, actor: Actor, form: str, version: int, language: str, revision: int | None = None
) -> tuple[PaperSection, ...]:
    """Return the whole wording with everything asked, as a patient of this organisation would read it.

    Raises: NotFound.
    """
    return _sections(house, actor, form, version, language, revision)


def preview_for_another(  # noqa: PLR0917 - what names one wording
    house: House, actor: Actor, form: str, version: int, language: str, revision: int | None = None
) -> tuple[PaperSection, ...]:
    """Return the sections that read otherwise where somebody signs for the patient, and every topic that needs a yes
    of its own is asked about. Raises: NotFound.
    """
    usual = _sections(house, actor, form, version, language, revision)
    other = _sections(house, actor, form, version, language, revision, for_another=True)
    return tuple(each for each in other if each not in usual)


def _sections(  # noqa: PLR0917 - what names one wording
    house: House,
    actor: Actor,
    form: str,
    version: int,
    language: str,
    revision: int | None,
    *,
    for_another: bool = False,
) -> tuple[PaperSection, ...]:
    actor.must(Act.SEE_FORMS)
    book_version(house, form, version, language)
    with house.reading() as connection:
        _, found, _ = _chosen(house, connection, form, version, revision)
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
    asked = _everything(found)
    if for_another:
        # Any right but a parent's: it is printed in words of its own, which the preview leaves open.
        facts = replace(facts, authority=blank, relationship=blank, proof=blank, sensitive="yes")
        asked = (*asked, *(("permission", topic) for topic in SENSITIVE))
    return found.paper_sections(asked, facts, Answers(), language)


def _everything(version: FormVersion) -> tuple[Ask, ...]:
    kinds = (("medium", version.media), ("purpose", version.purposes), ("channel", version.channels))
    asked = [(kind, code) for kind, codes in kinds for code in codes]
    return (*asked, ("account", "organisation"))


def _revisions(house: House, connection: Connection, version: FormVersion) -> list[tuple[int, FormVersion, bool]]:
    """The revision in force, then the newest one if that is another; each with whether it waits."""
    number, own = form_wordings.in_force(house, connection, version.form, version.number)
    newest, pages = next(iter(form_wordings.revisions(connection, version.form).items()))
    waiting = [(newest, version.with_extra(pages), True)] if newest > number else []
    return [(number, own, False), *waiting]


def _chosen(
    house: House, connection: Connection, form: str, version: int, revision: int | None
) -> tuple[int, FormVersion, bool]:
    number, own = form_wordings.in_force(house, connection, form, version)
    if revision is None or revision == number:
        return number, own, False
    pages = form_wordings.revisions(connection, form).get(revision)
    if pages is None:
        raise NotFound
    return revision, book_version(house, form, version).with_extra(pages), revision > number


def _own(house: House, wording: Wording) -> FormVersion:
    book_version(house, wording.form, wording.version, wording.language)
    with house.reading() as connection:
        return _chosen(house, connection, wording.form, wording.version, wording.revision)[1]


def _standing(
    house: House, version: FormVersion, language: str, decided: Decisions, revision: int, *, waiting: bool
) -> Wording:
    # Only decisions about exactly these words count; the last of them stands.
    last = last_decision(house, version, language, decided)
    return Wording(
        form=version.form,
        version=version.number,
        language=language,
        hash=name_of(house, version, language),
        decision=last.decision if last else "none",
        approver_name=last.approver_name if last else "",
        approver_role=last.approver_role if last else "",
        approved_on=last.approved_on if last else None,
        fictitious=bool(last and last.fictitious),
        revision=revision,
        waiting=waiting,
        unreviewed=house.forms.words(language).unreviewed,
        lacks=tuple(reason.code for reason in not_whole(house, version, language)),
    )


def _decide(
    house: House, actor: Actor, version: FormVersion, language: str, decision: tuple[str, str, str, date]
) -> None:
    decided, name, role, on = decision
    unreviewed = house.forms.words(language).unreviewed
    with house.writing(actor) as deed:
        approval_id = new_id(secrets.token_bytes)
        deed.ledger.insert(
            form_approval,
            id=approval_id,
            form=version.form,
            version=version.number,
            form_hash=name_of(house, version, language),
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
        act = "withdraw" if decided == "withdrawn" else "review-translation" if unreviewed else "approve"
        deed.enter(f"form.{act}", about)
