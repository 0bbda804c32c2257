"""The organisation: what its forms say of it, its own rules, its accounts. Every save is a new version (rule 52)."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from consent.acts.actor import Actor
from consent.acts.house import Deed, House
from consent.records import organisation as records
from consent.records.tables.organisation import account, organisation
from consent.rules.access import Act
from consent.rules.identifiers import new_id
from consent.rules.jurisdiction import PROFILES, Jurisdiction, Profile
from consent.rules.refusal import NotFound, Reason, Refused, refuse_if
from consent.rules.scope import handle

OWNERS = ("organisation", "clinician", "partner")


@dataclass(frozen=True)
class Policy:
    """The organisation's own rules."""

    consent_for_unrecognisable: bool = True
    """A picture in which nobody can be recognised needs a consent too."""
    one_person_clinic: bool = False
    """The poster may be the only approver; shown in custody with every such post."""
    jurisdiction: str = Jurisdiction.US.value
    """The state whose own rules the forms keep (rule 51)."""
    usual_term: str = ""
    """The time that a form offers first; "" leaves it to the jurisdiction. None is ever chosen for the patient."""

    @property
    def profile(self) -> Profile:
        """Return what the form has to look like under it."""
        return PROFILES[Jurisdiction(self.jurisdiction)]

    @property
    def offered_first(self) -> str:
        """Return the code of the term that a form offers first, "" for none in particular."""
        return self.usual_term or self.profile.usual_term


@dataclass(frozen=True)
class Organisation:
    """What is in force. Empty texts before the first save, and version 0."""

    legal_name: str = ""
    address: str = ""
    privacy_office: str = ""
    privacy_phone: str = ""
    privacy_email: str = ""
    policy: Policy = Policy()
    version: int = 0
    saved_at: datetime | None = None

    def missing(self) -> tuple[str, ...]:
        """Return the names of what has to be entered before anybody may sign."""
        needed = ("legal_name", "address", "privacy_office", "privacy_phone", "privacy_email")
        return tuple(name for name in needed if not getattr(self, name).strip())


@dataclass(frozen=True)
class Account:
    """One account on a channel. `owner`: organisation | clinician | partner."""

    id: str
    channel: str
    name: str
    owner: str
    owner_name: str
    active: bool


def in_force(house: House) -> Organisation:
    """Return the organisation as it is now."""
    with house.reading() as connection:
        return current(connection)


def current(connection: Connection) -> Organisation:
    """Return the organisation as `connection` sees it."""
    row = records.in_force(connection)
    if row is None:
        return Organisation()
    return Organisation(
        legal_name=row.legal_name,
        address=row.address,
        privacy_office=row.privacy_office,
        privacy_phone=row.privacy_phone,
        privacy_email=row.privacy_email,
        policy=Policy(**row.policy),
        version=row.version,
        saved_at=row.saved_at,
    )


def save_details(
    house: House,
    actor: Actor,
    *,
    legal_name: str,
    address: str,
    privacy_office: str,
    privacy_phone: str,
    privacy_email: str,
) -> None:
    """Save what the forms say of the organisation, as a new version."""
    actor.must(Act.EDIT_ORGANISATION)
    details = {
        "legal_name": legal_name,
        "address": address,
        "privacy_office": privacy_office,
        "privacy_phone": privacy_phone,
        "privacy_email": privacy_email,
    }
    with house.writing(actor) as deed:
        _save(deed, current(deed.connection), details, None)
        deed.enter("organisation.save", {"version": current(deed.connection).version})


def save_policy(house: House, actor: Actor, policy: Policy) -> None:
    """Save the organisation's own rules, as a new version; verdicts and forms follow from the next one on.

    Raises: Refused: jurisdiction-unknown, term-unknown.
    """
    actor.must(Act.EDIT_POLICY)
    if policy.jurisdiction not in tuple(Jurisdiction):
        raise Refused(Reason("jurisdiction-unknown", "jurisdiction"))
    if policy.usual_term and policy.usual_term not in usual_terms(house):
        raise Refused(Reason("term-unknown", "usual_term"))
    with house.writing(actor) as deed:
        _save(deed, current(deed.connection), {}, policy)
        deed.enter(
            "organisation.save-policy",
            {
                "version": current(deed.connection).version,
                "consent-for-unrecognisable": policy.consent_for_unrecognisable,
                "one-person-clinic": policy.one_person_clinic,
                "jurisdiction": policy.jurisdiction,
                "usual-term": policy.usual_term,
            },
        )


def usual_terms(house: House) -> tuple[str, ...]:
    """Return the terms that some form offers and that end by themselves."""
    offered = (code for version in house.forms.versions() for code in version.structure.terms)
    return tuple(dict.fromkeys(code for code in offered if code != "event"))


def accounts(house: House) -> tuple[Account, ...]:
    """Return every account, in use or not, by channel and name."""
    with house.reading() as connection:
        rows = records.every_account(connection)
    return tuple(Account(row.id, row.channel, row.name, row.owner, row.owner_name or "", row.active) for row in rows)


def add_account(
    house: House, actor: Actor, *, channel: str, name: str, owner: str = "organisation", owner_name: str = ""
) -> str:
    """Add an account on a channel and return its ID.

    Raises: Refused with all that is wrong: channel-unknown, account-name, account-owner, account-owner-name,
    account-taken.
    """
    actor.must(Act.EDIT_ACCOUNTS)
    wrong = {
        Reason("channel-unknown", "channel"): channel not in house.forms.channels,
        Reason("account-name", "name"): not name.strip(),
        Reason("account-owner", "owner"): owner not in OWNERS,
        Reason("account-owner-name", "owner_name"): owner in OWNERS[1:] and not owner_name.strip(),
    }
    with house.writing(actor) as deed:
        known = {(each.channel, handle(each.name)) for each in records.every_account(deed.connection)}
        wrong[Reason("account-taken", "name")] = (channel, handle(name)) in known
        refuse_if(reason for reason, holds in wrong.items() if holds)
        account_id = new_id(secrets.token_bytes)
        deed.ledger.insert(
            account,
            id=account_id,
            channel=channel,
            name=name.strip(),
            owner=owner,
            owner_name=None if owner == "organisation" else owner_name.strip(),
            active=True,
            made_by=actor.name,
            made_at=deed.now,
        )
        deed.enter("account.add", {"account": account_id, "channel": channel, "owner": owner})
    return account_id


def use_account(house: House, actor: Actor, account_id: str, active: bool) -> None:
    """Take an account into use or out of it. Raises: NotFound."""
    actor.must(Act.EDIT_ACCOUNTS)
    with house.writing(actor) as deed:
        row = records.find_account(deed.connection, account_id)
        if row is None:
            raise NotFound
        if row.active == active:
            return deed.nothing()
        deed.ledger.update(account, account_id, active=active)
        deed.enter("account.use" if active else "account.leave", {"account": account_id})


def _save(deed: Deed, before: Organisation, details: dict[str, Any], policy: Policy | None) -> None:
    rules = policy or before.policy
    values = {
        "legal_name": before.legal_name,
        "address": before.address,
        "privacy_office": before.privacy_office,
        "privacy_phone": before.privacy_phone,
        "privacy_email": before.privacy_email,
        **details,
    }
    deed.ledger.insert(
        organisation,
        id=new_id(secrets.token_bytes),
        version=before.version + 1,
        policy=asdict(rules),
        saved_by=deed.actor.name,
        saved_at=deed.now,
        **values,
    )
