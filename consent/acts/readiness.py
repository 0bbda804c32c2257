"""What the rules of signing and the words of the form need to know about one consent, gathered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any

from sqlalchemy.engine import Connection, Row

from consent.acts import form_wordings, kept_certificates
from consent.acts.dossier import Dossier
from consent.acts.form_wordings import against, read_pages
from consent.acts.house import House
from consent.acts.organisation import current
from consent.documents.lettering import CannotPrint
from consent.formbook import Account, Answers, Facts, FormVersion
from consent.records import organisation as records
from consent.rules.calendar import age_on
from consent.rules.parties import Method, Parties, PartyRole, SignerKind, SigningPolicy, needed
from consent.rules.refusal import Reason
from consent.rules.scope import ORGANISATION, SENSITIVE, Kind
from consent.rules.signers import language_of_signer, majority_day
from consent.rules.signing import Draft, FormStanding, may_hand_over

# What the administrator has not entered yet.
NOT_OURS = frozenset({"organisation-incomplete", "accounts-none"})


def policy(house: House) -> SigningPolicy:
    """Return the organisation's choices about who signs and for how long."""
    return SigningPolicy(
        majority_age=house.terms.age_of_majority,
        assent_age=house.terms.assent_age,
        mark_witnesses=house.terms.mark_witnesses,
    )


def version_of(house: House, row: Row[Any]) -> FormVersion:
    """Return the form version of a consent, with the organisation's own paragraphs as they stood for it.

    Raises: KeyError if it is no longer in the form book.
    """
    return house.forms.version(row.form, row.form_version).with_extra(read_pages(row.extra))


def standing(
    house: House,
    connection: Connection,
    row: Row[Any],
    language: str | None = None,
    *,
    entered: form_wordings.Known | None = None,
) -> FormStanding:
    """Return whether this consent's wording may be signed: the last decision about exactly these words counts.

    `language`: another than the draft's, because the patient switched.
    """
    language = language or row.language
    is_known = (row.form, row.form_version) in house.forms.forms
    if not is_known or version_of(house, row).hash_in(row.language) != row.form_hash:
        return FormStanding(language, approved=False, withdrawn=True)
    codes = _codes(house, connection, row, language, entered) - NOT_OURS
    return FormStanding(language, approved=codes <= {"form-withdrawn"}, withdrawn="form-withdrawn" in codes)


def languages(house: House, connection: Connection, row: Row[Any]) -> tuple[str, ...]:
    """Return the languages in which this consent's wording may be read and signed now."""
    spoken, entered = version_of(house, row).languages, form_wordings.known(connection)
    standings = [standing(house, connection, row, language, entered=entered) for language in spoken]
    return tuple(each.language for each in standings if each.approved and not each.withdrawn)


def _codes(
    house: House, connection: Connection, row: Row[Any], language: str, entered: form_wordings.Known | None = None
) -> set[str]:
    return {each.code for each in against(house, connection, version_of(house, row), language, entered)}


def draft_of(house: House, connection: Connection, opened: Dossier, read_in: str | None = None) -> Draft:
    """Return what `rules.signing` judges. `read_in`: the language to which the patient himself switched."""
    row = opened.row
    known = (row.form, row.form_version) in house.forms.forms
    questions = version_of(house, row).questions(opened.asked) if known else ()
    entered = form_wordings.known(connection)
    return Draft(
        born_on=opened.person.born_on,
        preferred_language=read_in or opened.person.language,
        form=standing(house, connection, row, read_in, entered=entered),
        asked=frozenset(questions),
        description=opened.details.description,
        organisation_complete=NOT_OURS.isdisjoint(_codes(house, connection, row, row.language, entered)),
        identified_by=frozenset(row.identified_by),
        has_capacity=row.capacity,
        told_voluntary=row.told_voluntary,
        parties=parties_of(opened),
        poster=opened.details.poster,
        poster_reason=opened.details.poster_reason,
    )


def parties_of(opened: Dossier, age: int = 0) -> Parties:
    """Return everybody who takes part, as far as it was prepared. `age`: the patient's, in years."""
    details = opened.details
    return Parties(
        signer=SignerKind(opened.row.signer) if opened.row.signer else None,
        representative=details.representative,
        interpreter=details.interpreter,
        witnesses=details.witnesses,
        age=age,
        alone_ground=details.alone_ground,
        alone_proof=details.alone_proof,
        assent_excused=details.assent_excused,
        nobody=bool(details.no_signer),
        patient=opened.person.name,
    )


def also_sign(house: House, opened: Dossier, method: Method, today: date) -> tuple[PartyRole, ...]:
    """Return who signs besides the signer, in order, when he signs in this way."""
    return needed(parties_of(opened, age_on(opened.person.born_on, today)), method, policy(house))


def reads(opened: Dossier) -> str:
    """Return the language that whoever signs reads best."""
    return language_of_signer(parties_of(opened), opened.person.language)


def comes_of_age(house: House, opened: Dossier, signed_on: date) -> date | None:
    """Return the day on which the child is of age, for whom somebody signs on that day; None for anybody else."""
    return majority_day(parties_of(opened), opened.person.born_on, policy(house), signed_on)


def hand_over_objections(house: House, connection: Connection, opened: Dossier, today: date) -> tuple[Reason, ...]:
    """Return why the draft cannot be handed over: what the rules say, and what could not be printed."""
    ruled = may_hand_over(draft_of(house, connection, opened), policy(house), today)
    typed = {"name": opened.person.name, **_texts(opened.details)}
    sealed = kept_certificates.objections(house, connection)
    return (*ruled, *sealed, *incomplete(house, connection, opened), *unprintable(house, typed))


def _texts(typed: Any) -> dict[str, str]:  # noqa: ANN401 - Details and what hangs on it
    """Return every text of these details by its field's name, those of the people in them too."""
    found: dict[str, str] = {}
    for each in fields(typed):
        value = getattr(typed, each.name)
        if isinstance(value, str):
            found[each.name] = value
        elif is_dataclass(value):
            found |= _texts(value)
        elif isinstance(value, tuple):
            found |= {f"{each.name}-{number}": one.name for number, one in enumerate(value, 1)}
    return found


def incomplete(house: House, connection: Connection, opened: Dossier) -> tuple[Reason, ...]:
    """Return the facts that the form's words name and nobody has given (rule 1): a form with a gap is void.

    Source: 45 CFR 164.508(b)(2)(ii).
    """
    if (opened.row.form, opened.row.form_version) not in house.forms.forms:
        return ()
    gaps = version_of(house, opened.row).gaps(opened.asked, facts_of(connection, opened), Answers())
    return tuple(Reason("form-incomplete", None, what=gap.about) for gap in gaps if gap.code == "fact")


def unprintable(house: House, typed: Mapping[str, str]) -> tuple[Reason, ...]:
    """Return the fields that hold signs which the paper's fonts cannot draw: asked before anybody signs."""
    reasons = []
    for field, text in typed.items():
        try:
            house.printer.check(text)
        except CannotPrint:
            reasons.append(Reason("cannot-print", field))
    return tuple(reasons)


def facts_of(connection: Connection, opened: Dossier, until: str = "") -> Facts:
    """Return what the form's placeholders stand for. `until`: the last day in words, once it is known."""
    organisation = current(connection)
    details, named = opened.details, opened.details.representative
    return Facts(
        organisation=organisation.legal_name,
        address=", ".join(line.strip(" ,") for line in organisation.address.splitlines() if line.strip(" ,")),
        privacy_phone=organisation.privacy_phone,
        privacy_email=organisation.privacy_email,
        clinician=details.clinician,
        description=details.description,
        accounts=_accounts(connection, opened),
        recipients=details.recipients,
        paid_by=details.paid_by,
        paid_to=details.paid_to,
        paid_what=details.paid_what,
        event=details.event,
        event_confirmer=details.event_confirmer,
        until=until,
        authority=named.ground if named is not None else "",
        relationship=named.relationship if named is not None else "",
        proof=named.proof if named is not None else "",
        sensitive="yes" if any(kind == Kind.PERMISSION and code in SENSITIVE for kind, code in opened.asked) else "",
        jurisdiction=organisation.policy.jurisdiction,
        usual_term=organisation.policy.offered_first,
    )


def _accounts(connection: Connection, opened: Dossier) -> tuple[Account, ...]:
    picked = [code for kind, code in opened.asked if kind == "account"]
    channels = {code for kind, code in opened.asked if kind == "channel"}
    found = []
    if ORGANISATION in picked:
        own = [
            (each.channel, each.name)
            for each in records.every_account(connection)
            if each.active and each.owner == ORGANISATION and each.channel in channels
        ]
        found.append(Account(ORGANISATION, current(connection).legal_name, tuple(own)))
    for code in picked:
        row = None if code == ORGANISATION else records.find_account(connection, code)
        if row is not None:
            found.append(Account(row.id, row.owner_name or row.name, ((row.channel, row.name),)))
    return tuple(found)


def account_name(row: Row[Any]) -> str:
    """Return an account as staff read it: its name, and whose it is if it is not ours."""
    return f"{row.name} ({row.owner_name})" if row.owner_name else str(row.name)
