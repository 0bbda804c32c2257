"""By telephone: what somebody said yes and no to, and who of the staff heard it. It is no signature and never one.

It carries a picture for the organisation's own staff in which nobody can be recognised, and nothing else; a signature
on the tablet, on paper or on the own phone completes it.
Source: 45 CFR 164.508(c)(1)(vi); domain rule 23 and section 4.5.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy.engine import Connection, Row

from consent.acts import dossier, drafts, on_paper, readiness, tasks
from consent.acts.actor import Actor
from consent.acts.answering import Session
from consent.acts.given import Given
from consent.acts.house import House
from consent.acts.opening import open_text
from consent.acts.retrieval import check_access, reach
from consent.formbook import Ask
from consent.records import consents, ways
from consent.records.tables.consents import consent
from consent.records.tables.ways import spoken
from consent.rules.access import Act, Opening
from consent.rules.identifiers import StaffId, new_id
from consent.rules.refusal import NotFound, Reason, Refused, refuse_if
from consent.rules.second_look import heard_objections
from consent.rules.signing import last_day


@dataclass(frozen=True)
class Said:
    """What was said. `also_heard`: the e-mail address of the other member of staff on the line."""

    uses: Mapping[Ask, bool] = field(default_factory=dict)
    term: str = ""
    who: str = ""
    """Who spoke, as he gave his name."""
    number: str = ""
    """The number that was called."""
    known_how: str = ""
    """How that number is known to be his."""
    read_out: bool = False
    """The whole form was read out to him."""
    also_heard: str = ""


@dataclass(frozen=True)
class Heard:
    """One spoken consent as it stands. `state`: waiting | heard | not-heard | withdrawn."""

    id: str
    consent_id: str
    state: str
    spoken_at: datetime
    expires_on: date
    heard_by: str
    also_heard_by: str


def session_of(house: House, actor: Actor, consent_id: str) -> Session:
    """Return the form to be read out, in the draft's language. Raises: NotFound; Refused: role, reason-needed."""
    actor.must(Act.RECORD_SPOKEN)
    with house.reading() as connection:
        opened = dossier.load(house, connection, consent_id)
        check_access(house, connection, actor, opened.row)
        return on_paper.paper_session(house, connection, opened, Given())


def objections(house: House, actor: Actor, consent_id: str) -> tuple[Reason, ...]:
    """Return why this draft cannot be read out today; empty if it can. Raises: NotFound; Refused."""
    actor.must(Act.RECORD_SPOKEN)
    with house.reading() as connection:
        opened = dossier.load(house, connection, consent_id)
        check_access(house, connection, actor, opened.row)
        return readiness.hand_over_objections(house, connection, opened, house.today)


def record(house: House, actor: Actor, consent_id: str, said: Said) -> str:
    """Keep what was said, and return its ID. It counts for nothing until the other who heard it confirms it.

    Raises: NotFound; Refused: every objection of the rules to the draft, unanswered, expiry-missing, who-missing,
    number-missing, known-how-missing, not-read-out, staff-unknown, same-person, other-unit, not-a-draft.
    """
    actor.must(Act.RECORD_SPOKEN)
    refuse_if(_gaps(said))
    with house.writing(actor) as deed:
        row = _draft(deed.connection, actor, consent_id)
        opened = dossier.load(house, deed.connection, consent_id)
        refuse_if(readiness.hand_over_objections(house, deed.connection, opened, deed.today))
        asked = readiness.version_of(house, row).questions(opened.asked)
        refuse_if(Reason("unanswered", f"{kind}:{code}") for kind, code in asked if (kind, code) not in said.uses)
        ends = last_day(said.term, deed.today)
        if ends is None or (said.term == "event" and not opened.details.event):
            raise Refused(Reason("expiry-missing", "term"))
        other = ways.staff_by_email(deed.connection, said.also_heard)
        if other is None:
            raise Refused(Reason("staff-unknown", "also_heard"))
        refuse_if(heard_objections(first=StaffId(actor.id), second=StaffId(other.id)))
        spoken_id, key_id = new_id(secrets.token_bytes), deed.new_key()
        kept = json.dumps(asdict(replace(said, uses={})))
        deed.ledger.insert(
            spoken,
            id=spoken_id,
            consent_id=row.id,
            key_id=key_id,
            content=deed.encrypt(key_id, "spoken", spoken_id, "content", kept),
            answers=[[kind, code, said.uses[kind, code]] for kind, code in asked],
            language=row.language,
            state="waiting",
            expires_on=ends,
            heard_by=actor.id,
            also_heard_by=other.id,
            spoken_at=deed.now,
            made_at=deed.now,
            confirmed_at=None,
            ended_at=None,
        )
        task_id = tasks.leave(
            deed, "spoken-to-confirm", _task(spoken_id), queue="clinician", about={"consent": row.id}, owner_id=other.id
        )
        staff = [actor.id, other.id]
        about = {"consent": row.id, "patient": row.patient_id, "spoken": spoken_id, "staff": staff, "task": task_id}
        deed.enter("consent.speak", about)
    return spoken_id


def confirm(house: House, actor: Actor, spoken_id: str, heard: bool) -> None:
    """The other who was on the line says that he heard it, or that he did not. Said again, nothing changes.

    Raises: NotFound (also for anybody else); Refused('same-person').
    """
    actor.must(Act.CONFIRM_SPOKEN)
    with house.writing(actor) as deed:
        row = ways.find_spoken(deed.connection, spoken_id)
        if row is None or row.also_heard_by != actor.id:
            raise NotFound
        refuse_if(heard_objections(first=StaffId(row.heard_by), second=StaffId(actor.id)))
        if row.state != "waiting":
            deed.nothing()
            return
        state = "heard" if heard else "not-heard"
        deed.ledger.update(spoken, spoken_id, state=state, confirmed_at=deed.now)
        if heard:
            deed.ledger.update(consent, row.consent_id, spoken_at=row.spoken_at)
        tasks.settle(deed, _task(spoken_id), state)
        deed.enter("consent.confirm-spoken", {"consent": row.consent_id, "spoken": spoken_id, "heard": heard})


def withdraw(house: House, actor: Actor, spoken_id: str) -> None:
    """End it: the person thinks otherwise, or it was a mistake. It carries nothing from this instant on.

    Raises: NotFound; Refused: role, reason-needed.
    """
    actor.must(Act.CONFIRM_SPOKEN)
    with house.writing(actor) as deed:
        row = _seen(house, deed.connection, actor, spoken_id)
        if row.state not in ("waiting", "heard"):
            deed.nothing()
            return
        deed.ledger.update(spoken, spoken_id, state="withdrawn", ended_at=deed.now)
        left = [each for each in ways.spoken_of(deed.connection, row.consent_id) if each.state == "heard"]
        newest = max((each.spoken_at for each in left), default=None)
        deed.ledger.update(consent, row.consent_id, spoken_at=newest)
        tasks.settle(deed, _task(spoken_id), "withdrawn")
        deed.enter("consent.withdraw-spoken", {"consent": row.consent_id, "spoken": spoken_id})


def of_consent(house: House, actor: Actor, consent_id: str) -> tuple[Heard, ...]:
    """Return what was spoken on a consent, newest first. Raises: NotFound; Refused: role, reason-needed."""
    actor.must(Act.SEE_CONSENT)
    with house.reading() as connection:
        reach(house, connection, actor, consent_id)
        return tuple(_heard(each) for each in ways.spoken_of(connection, consent_id))


def one(house: House, actor: Actor, spoken_id: str) -> tuple[Heard, Said, Session]:
    """Return one spoken consent with what was said; that it was opened is in custody. Raises: NotFound; Refused."""
    actor.must(Act.CONFIRM_SPOKEN)
    with house.writing(actor) as deed:
        row = _seen(house, deed.connection, actor, spoken_id)
        kept = json.loads(open_text(house, deed.connection, "spoken", row.id, "content", row.content))
        said = Said(**{**kept, "uses": {(kind, code): yes for kind, code, yes in row.answers}})
        opened = dossier.load(house, deed.connection, row.consent_id)
        session = on_paper.paper_session(house, deed.connection, opened, Given(uses=said.uses, term=said.term))
        deed.enter("consent.open-spoken", {"consent": row.consent_id, "spoken": row.id})
    return _heard(row), said, session


def _gaps(said: Said) -> list[Reason]:
    missing = (
        ("who-missing", "who", said.who),
        ("phone-missing", "number", said.number),
        ("known-how-missing", "known_how", said.known_how),
        ("staff-unknown", "also_heard", said.also_heard),
    )
    found = [Reason(code, name) for code, name, value in missing if not value.strip()]
    return found if said.read_out else [*found, Reason("not-read-out", "read_out")]


def _draft(connection: Connection, actor: Actor, consent_id: str) -> Row[Any]:
    row = consents.find(connection, consent_id)
    if row is None:
        raise NotFound
    if drafts.opening(actor, row) is not Opening.FREELY:
        raise Refused(Reason("other-unit"))
    if row.status not in drafts.UNSIGNED:
        raise Refused(Reason("not-a-draft"))
    return row


def _seen(house: House, connection: Connection, actor: Actor, spoken_id: str) -> Row[Any]:
    """Return it to whoever heard it, or may see its consent. Raises: NotFound; Refused('reason-needed')."""
    row = ways.find_spoken(connection, spoken_id)
    through = consents.find(connection, row.consent_id) if row is not None else None
    if row is None or through is None:
        raise NotFound
    if actor.id not in (row.heard_by, row.also_heard_by):
        check_access(house, connection, actor, through)
    return row


def _heard(row: Row[Any]) -> Heard:
    return Heard(row.id, row.consent_id, row.state, row.spoken_at, row.expires_on, row.heard_by, row.also_heard_by)


def _task(spoken_id: str) -> str:
    return f"spoken-to-confirm:{spoken_id}"
