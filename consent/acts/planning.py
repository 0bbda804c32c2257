"""How far a draft has come: codes only, no words about the patient."""

from __future__ import annotations

from dataclasses import dataclass

from consent.acts import dossier, readiness
from consent.acts.actor import Actor
from consent.acts.attending import NOBODY
from consent.acts.dossier import Dossier
from consent.acts.house import House
from consent.acts.retrieval import reach
from consent.formbook import FormVersion
from consent.records import organisation as records
from consent.rules.access import Act
from consent.rules.calendar import age_on
from consent.rules.parties import Parties, SignerKind
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
    signer: str = ""
    """A SignerKind, or `nobody`; empty while it was not answered."""
    age: int = 0
    is_minor: bool = False
    reads: str = ""
    """The language that whoever signs reads best."""
    poster: str = ""
    poster_reason: str = ""

    def picked(self, kind: str) -> tuple[str, ...]:
        """Return what of one kind is to be asked for."""
        return tuple(code for each, code in self.asked if each == kind)


def plan(house: House, actor: Actor, consent_id: str) -> Plan:
    """Return the draft's plan. Raises: NotFound; Refused: role, reason-needed."""
    actor.must(Act.SEE_CONSENT)
    with house.reading() as connection:
        row = reach(house, connection, actor, consent_id)
        opened = dossier.load(house, connection, consent_id)
    asked = opened.asked
    age = age_on(opened.person.born_on, house.today)
    parties = readiness.parties_of(opened, age)
    missing = _missing(house, opened, parties)
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
        signer=parties.signer.value if parties.signer is not None else NOBODY if parties.nobody else "",
        age=age,
        is_minor=age < house.terms.age_of_majority,
        reads=readiness.reads(opened),
        poster=opened.details.poster,
        poster_reason=opened.details.poster_reason,
    )


def _missing(house: House, opened: Dossier, parties: Parties) -> list[str]:
    """Return the pages that nobody has filled in yet, in order."""
    if parties.nobody:
        # That answer is the end of the road; whatever else was prepared can wait.
        return []
    row, details, named = opened.row, opened.details, opened.details.representative
    is_patient = row.signer == SignerKind.PATIENT
    is_minor = parties.age < house.terms.age_of_majority
    asked = {each for each, _ in opened.asked}
    gaps = {
        "signer": not row.signer,
        "alone": is_patient and is_minor and not details.alone_ground,
        "representative": bool(row.signer) and not is_patient and named is None,
        "authority": named is not None and not (named.ground and named.concern),
        "interpreter": readiness.reads(opened) != row.language and details.interpreter is None,
        "identity": len(row.identified_by) < 2 or not row.capacity or not row.told_voluntary,
        **{kind.value: kind.value not in asked for kind in NEEDED_KINDS},
    }
    # Who means to post is asked on the page about accounts.
    gaps["account"] = gaps["account"] or not details.poster
    gaps["description"] = not details.description
    return [part for part, is_open in gaps.items() if is_open]


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
