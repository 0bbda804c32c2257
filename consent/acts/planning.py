"""How far a draft has come: codes only, no words about the patient."""

from __future__ import annotations

from dataclasses import dataclass

from consent.acts import dossier, readiness
from consent.acts.actor import Actor
from consent.acts.house import House
from consent.acts.retrieval import check_access
from consent.formbook import FormVersion
from consent.records import consents
from consent.records import organisation as records
from consent.rules.access import Act
from consent.rules.refusal import NotFound
from consent.rules.scope import NEEDED_KINDS, ORGANISATION


@dataclass(frozen=True)
class Plan:
    """A draft without its words. `next_part`: the first thing still missing, or empty."""

    id: str
    number: str
    status: str
    form: str
    language: str
    version: FormVersion
    asked: tuple[tuple[str, str], ...]
    identified_by: tuple[str, ...]
    capacity: bool
    told_voluntary: bool
    next_part: str

    def picked(self, kind: str) -> tuple[str, ...]:
        """Return what of one kind is to be asked for."""
        return tuple(code for each, code in self.asked if each == kind)


def plan(house: House, actor: Actor, consent_id: str) -> Plan:
    """Return the draft's plan. Raises: NotFound; Refused: role, reason-needed."""
    actor.must(Act.SEE_CONSENT)
    with house.reading() as connection:
        row = consents.find(connection, consent_id)
        if row is None:
            raise NotFound
        check_access(house, connection, actor, row)
        opened = dossier.load(house, connection, consent_id)
    asked = opened.asked
    missing = [] if len(row.identified_by) >= 2 and row.capacity and row.told_voluntary else ["identity"]
    missing += [kind.value for kind in NEEDED_KINDS if kind.value not in {each for each, _ in asked}]
    missing += [] if opened.details.description else ["description"]
    return Plan(
        id=row.id,
        number=row.number,
        status=row.status,
        form=row.form,
        language=row.language,
        version=readiness.version_of(house, row),
        asked=asked,
        identified_by=tuple(row.identified_by),
        capacity=row.capacity,
        told_voluntary=row.told_voluntary,
        next_part=missing[0] if missing else "",
    )


def account_choices(house: House) -> tuple[tuple[str, str], ...]:
    """Return whose accounts can be asked for, as (code, name): ours together, other people's one by one."""
    with house.reading() as connection:
        ours = records.in_force(connection)
        others = [each for each in records.every_account(connection) if each.active and each.owner != ORGANISATION]
    name = f"Accounts of {ours.legal_name}" if ours is not None else "Our own accounts"
    channels = house.forms.channels
    named = [
        (each.id, f"{channels[each.channel].words['en'].name}: {readiness.account_name(each)}")
        for each in others
        if each.channel in channels
    ]
    return ((ORGANISATION, name), *named)
