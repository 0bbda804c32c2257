"""What stands on a signed paper is typed by one person and compared with the scan by another; only then it counts.

Source: domain rules 1-3, 24, 25; 45 CFR 164.508(b)(2)(ii) (a form with a gap is void).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy.engine import Connection, Row

from consent.acts import answering, dossier, on_paper, readiness, scanning, tasks
from consent.acts.actor import Actor
from consent.acts.answering import Session
from consent.acts.given import Given
from consent.acts.hands import Hand, Signatory
from consent.acts.house import House
from consent.acts.opening import open_text
from consent.formbook import Ask
from consent.records import ways
from consent.records.custody import written_time
from consent.records.tables.ways import paper_scan
from consent.rules.access import Act
from consent.rules.attesting import Attested
from consent.rules.calendar import day_in
from consent.rules.identifiers import StaffId
from consent.rules.parties import Method
from consent.rules.refusal import NotFound, Reason, Refused, refuse_if
from consent.rules.second_look import Transcribed, check_objections, transcription_objections
from consent.rules.signing import Expiry, Signature, last_day, may_sign

TERM = "term"


@dataclass(frozen=True)
class Reading:
    """What one person read from the paper. `names`: by the key of who signs, as written; the signer's is "signer"."""

    uses: Mapping[Ask, bool] = field(default_factory=dict)
    term: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    signed_on: date | None = None
    marked: bool = False
    """The signer made a mark instead of writing his name."""

    def plain(self) -> str:
        """Return it as it is kept."""
        day = self.signed_on.isoformat() if self.signed_on is not None else ""
        uses = [[kind, code, said] for (kind, code), said in self.uses.items()]
        return json.dumps({**asdict(replace(self, uses={})), "signed_on": day, "uses": uses})


@dataclass(frozen=True)
class Item:
    """One thing that was read, for the eye of whoever compares it. `key` names it in the form that he sends."""

    key: str
    number: str
    text: str
    said: str


@dataclass(frozen=True)
class Case:
    """A scan with what it is about, opened for reading or comparing it."""

    scan: scanning.Scan
    session: Session
    reading: Reading
    note: str
    printed_on: date
    pages: int
    is_own: bool
    """Whether whoever looks transcribed it himself, so that another has to compare it."""

    @property
    def everybody(self) -> tuple[Signatory, ...]:
        """Return everybody whose signature belongs on this paper."""
        return signatories(self.session, self.reading.marked)


def open_case(house: House, actor: Actor, scan_id: str) -> Case:
    """Return a scan with what was read from it so far. Raises: NotFound; Refused: role, reason-needed."""
    actor.must(Act.CHECK_SCAN)
    with house.reading() as connection:
        return load(house, connection, actor, scanning.in_hand(house, connection, actor, scan_id))


def load(house: House, connection: Connection, actor: Actor, row: Row[Any]) -> Case:
    """Return the case within a transaction. Raises: NotFound."""
    printed = ways.find_print(connection, row.print_id)
    if printed is None:
        raise NotFound
    opened = dossier.load(house, connection, row.consent_id)
    reading = Reading()
    if row.transcription is not None:
        reading = read_kept(_opened(house, connection, row, "transcription"))
    note = "" if row.note is None else _opened(house, connection, row, "note")
    return Case(
        scan=scanning.scan_value(connection, row),
        session=on_paper.paper_session(house, connection, opened, given_of(reading)),
        reading=reading,
        note=note,
        printed_on=day_in(house.terms.zone, printed.made_at),
        pages=len(ways.pages_of(connection, row.id)),
        is_own=row.transcribed_by == actor.id,
    )


def _opened(house: House, connection: Connection, row: Row[Any], column: str) -> str:
    return open_text(house, connection, "paper_scan", row.id, column, row._mapping[column], row.version)


def transcribe(house: House, actor: Actor, scan_id: str, reading: Reading) -> None:
    """Keep what was read from the paper; another person is asked to compare it. Before he has, it counts for nothing.

    Raises: NotFound; Refused: scan-closed, what the rules of signing and of papers say of it.
    """
    actor.must(Act.TRANSCRIBE_SCAN)
    refuse_if(readiness.unprintable(house, reading.names))
    with house.writing(actor) as deed:
        row = scanning.in_hand(house, deed.connection, actor, scan_id)
        if row.state == "transcribed":
            raise Refused(Reason("scan-closed"))
        case = replace(load(house, deed.connection, actor, row), reading=reading)
        case = replace(case, session=replace(case.session, given=given_of(reading)))
        ask_rules(house, deed.connection, case)
        scanning.settle_tasks(deed, row, "corrected")
        version = row.version + 1
        token = deed.encrypt(row.key_id, "paper_scan", row.id, "transcription", reading.plain(), version)
        row = deed.ledger.update(
            paper_scan, row.id, state="transcribed", transcription=token, note=None, version=version,
            transcribed_by=actor.id, transcribed_at=deed.now,
        )  # fmt: skip
        about = {"consent": row.consent_id}
        task_id = tasks.leave(
            deed, "scan-to-check", scanning.occasion("scan-to-check", row), queue="clinician", about=about
        )
        deed.enter("paper.transcribe", {"consent": row.consent_id, "scan": row.id, "task": task_id})


def send_back(house: House, actor: Actor, scan_id: str, note: str) -> None:
    """Give it back to whoever transcribed it, with what is wrong. Raises: NotFound; Refused: note-missing,
    scan-not-transcribed, same-person.
    """
    actor.must(Act.CHECK_SCAN)
    if not note.strip():
        raise Refused(Reason("note-missing", "note"))
    with house.writing(actor) as deed:
        row = scanning.in_hand(house, deed.connection, actor, scan_id)
        if row.state != "transcribed":
            raise Refused(Reason("scan-not-transcribed"))
        scanning.settle_tasks(deed, row, "sent-back")
        token = deed.encrypt(row.key_id, "paper_scan", row.id, "note", note.strip(), row.version)
        deed.ledger.update(
            paper_scan, row.id, state="sent-back", note=token, version=row.version, checked_by=actor.id,
            checked_at=deed.now,
        )  # fmt: skip
        once = scanning.occasion("scan-sent-back", row)
        about = {"consent": row.consent_id}
        task_id = tasks.leave(deed, "scan-sent-back", once, queue="clinician", about=about, owner_id=row.transcribed_by)
        deed.enter("paper.send-back", {"consent": row.consent_id, "scan": row.id, "task": task_id})


def items(case: Case) -> tuple[Item, ...]:
    """Return everything that was read from the paper, in its order, in the language of the paper."""
    session, words, reading = case.session, case.session.words, case.reading
    numbers = on_paper.question_numbers(session)
    found = []
    for page in session.version.pages(session.dossier.asked, session.facts, session.language):
        for group in page.groups:
            for row in group.rows:
                said = words("labels.yes") if reading.uses.get((row.kind, row.code)) else words("labels.no")
                found.append(Item(f"{row.kind}:{row.code}", numbers[row.kind, row.code], row.full, said))
        for choice in page.choices:
            if choice.code == reading.term:
                found.append(Item(TERM, numbers[TERM, ""], page.heading, choice.text))
    for who in case.everybody:
        found.append(Item(who.key, "", who.key, reading.names.get(who.key, "")))
    day = words.date(reading.signed_on) if reading.signed_on is not None else ""
    return (*found, Item("marked", "", "marked", "yes" if reading.marked else "no"), Item("date", "", "date", day))


def ask_rules(house: House, connection: Connection, case: Case) -> None:
    """Return if this paper would be a consent. Raises: Refused with every objection."""
    reading, details = case.reading, case.session.dossier.details
    event = reading.term == "event"
    signed_on = reading.signed_on or house.today
    signed = Signature(
        expiry=Expiry(
            last_day(reading.term, signed_on), details.event if event else "", details.event_confirmer if event else ""
        ),
        # Both are about screens: on paper the whole form is before the signer, and it asks to read all of it.
        disclosure_accepted=True,
        reviewed=True,
        is_present=bool(reading.names.get("signer", "").strip()),
        method=Method.PAPER,
        signatures=[
            Attested(who.key, who.role, True, reading.names.get(who.key, "") or "?", reading.names.get("signer", ""))
            for who in case.everybody
        ],
        answers=reading.uses,
    )
    read = Transcribed(
        signed_on=reading.signed_on,
        signer_name=reading.names.get("signer", ""),
        printed_on=case.printed_on,
        others=tuple((who.key, reading.names.get(who.key, "")) for who in case.everybody[1:]),
        pages=case.pages,
    )
    if event and not details.event:
        raise Refused(Reason("expiry-missing", "expires_on"))
    draft = readiness.draft_of(house, connection, case.session.dossier)
    ruled = may_sign(draft, signed, readiness.policy(house), house.today)
    incomplete = readiness.incomplete(house, connection, case.session.dossier)
    refuse_if((*transcription_objections(read, house.today), *ruled, *incomplete))


def check(case: Case, actor: Actor, same: Collection[str], different: Collection[str]) -> None:
    """Return if this person has compared everything and it is the same. Raises: Refused (rule 24)."""
    keys = [item.key for item in items(case)]
    first, second = StaffId(case.scan.transcribed_by), StaffId(actor.id)
    refuse_if(check_objections(first=first, second=second, items=keys, same=same, different=different))


def signatories(session: Session, marked: bool) -> tuple[Signatory, ...]:
    """Return everybody whose signature belongs on the paper; a mark needs its witnesses there too (rule 15)."""
    return answering.signatories(session, Method.MARK if marked else Method.PAPER)


def hands(case: Case, signed_at: datetime) -> tuple[tuple[Signatory, Hand], ...]:
    """Return everybody's signature as it is recorded: made by hand on the paper, with the name written there."""
    signer, when = case.reading.names.get("signer", ""), written_time(signed_at)
    return tuple(
        (
            replace(who, name=case.reading.names.get(who.key, "")),
            Hand(
                Method.PAPER,
                case.reading.names.get(who.key, ""),
                note=signer if case.reading.marked and who.role.value == "witness" else "",
                given_at=when,
                binds=case.session.binds,
            ),
        )
        for who in case.everybody
    )


def signed_at(house: House, connection: Connection, case: Case, row: Row[Any]) -> datetime:
    """Return the earliest instant at which this paper can have been signed: nobody wrote the hour on it, and an
    older signature must never pass for a newer one (rule 35).
    """
    printed = ways.find_print(connection, row.print_id)
    if case.reading.signed_on is None or printed is None:
        raise Refused(Reason("paper-date-missing", "signed_on"))
    midnight = datetime.combine(case.reading.signed_on, time(), house.terms.zone).astimezone(UTC)
    made: datetime = printed.made_at
    return max(midnight, made)


def given_of(reading: Reading) -> Given:
    """Return what was read as the answers of a signing."""
    return Given(uses=dict(reading.uses), term=reading.term or None)


def read_kept(kept: str) -> Reading:
    """Return what `Reading.plain` wrote."""
    plain = json.loads(kept)
    return Reading(
        uses={(kind, code): bool(said) for kind, code, said in plain["uses"]},
        term=plain["term"],
        names=plain["names"],
        signed_on=date.fromisoformat(plain["signed_on"]) if plain["signed_on"] else None,
        marked=bool(plain["marked"]),
    )
