"""The moment of signing: claimed, printed, sealed, encrypted, put away; then written down in one short transaction.

Only when that has been committed is anything signed. A repeat of the same submission signs once.
Source: 45 CFR 164.508(c); domain rules 1-3, 16, 17, 25.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from consent.acts import answering, filing, paperwork, readiness, same_person, tasks
from consent.acts.actor import Actor
from consent.acts.answering import Session
from consent.acts.drafts import CLAIM_LASTS
from consent.acts.filing import PutAway
from consent.acts.house import Deed, House
from consent.documents.paper import Paper, Stroke, shown_text
from consent.records import consents, keys, revocations
from consent.records.tables.consents import consent, consent_answer, signature
from consent.rules.identifiers import ConsentId, new_id
from consent.rules.refusal import Reason, Refused, refuse_if
from consent.rules.signing import Expiry, Signature, last_day, may_sign

COPY_DUE = timedelta(days=1)


@dataclass(frozen=True)
class Submission:
    """What the patient sent: typed name or strokes. `claim` names this submission, `seen` the answers it showed.

    `disclosure_accepted`: he agrees with this very submission to sign on a screen, if he has not done so before.
    `times`: when each point was drawn, in milliseconds; kept only if a setting says so.
    """

    claim: str
    seen: str
    disclosure_accepted: bool = False
    typed: str = ""
    strokes: tuple[tuple[tuple[float, float], ...], ...] = ()
    times: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True)
class _Ready:
    """All that goes into the one transaction."""

    session: Session
    submission: Submission
    claim: str
    paper: Paper
    put: PutAway
    signed_at: datetime


def sign(house: House, session_id: str, submission: Submission) -> ConsentId:
    """Sign, and return the consent's ID once its sealed document is on record.

    A repeat after it was signed returns the same; a repeat while it is being signed is refused and can be asked
    again. Whoever died between claim and commit is overtaken after two minutes.
    Raises: NotFound; Refused: every objection of the rules, answers-changed, signing-now, signing-over,
    cannot-print, clock-wrong, withdrawn-meanwhile; vault CannotStore, documents CannotSeal: then nothing is signed
    and the session is free again.
    """
    session = answering.open_session(house, session_id)
    if session.state in ("signed", "ended") and session.dossier.row.signed_at is not None:
        return ConsentId(session.consent_id)
    _check_open(session)
    _check(house, session, submission)
    with _claimed(house, session_id, submission.claim) as (claim, signed_at):
        # Read again: until the claim, another tab could still change an answer.
        session = answering.open_session(house, session_id)
        with house.reading() as connection:
            _ask_rules(house, connection, session, submission)
            paper = _paper(house, connection, session, submission, signed_at)
        pdf = house.printer.print_paper(paper, paperwork.page_size(house))
        put = filing.put_away(house, house.sealer.seal(pdf, paper.title, signed_at))
        return _record(house, _Ready(session, submission, claim, paper, put, signed_at))


def result(house: House, session_id: str) -> str:
    """Return how a submission stands: open, claimed (being signed), signed, declined or ended. Raises: NotFound."""
    session = answering.open_session(house, session_id)
    if session.state != "claimed":
        return session.state
    with house.reading() as connection:
        row = consents.find_session(connection, session_id)
    stale = row is not None and row.claimed_at is not None and house.clock() - row.claimed_at >= CLAIM_LASTS
    return "open" if stale else "claimed"


def _check_open(session: Session) -> None:
    if session.state in ("declined", "ended") or session.dossier.row.status != "handed-over":
        raise Refused(Reason("signing-over"))


def _check(house: House, session: Session, submission: Submission) -> None:
    """Refuse what can be told before the session is claimed."""
    refuse_if(readiness.unprintable(house, {"typed": submission.typed}))
    with house.reading() as connection:
        _ask_rules(house, connection, session, submission)


def _ask_rules(house: House, connection: Connection, session: Session, submission: Submission) -> None:
    given, details = session.given, session.dossier.details
    if submission.seen != given.digest:
        raise Refused(Reason("answers-changed"))
    event = given.term == "event"
    if event and not details.event:
        raise Refused(Reason("expiry-missing", "expires_on"))
    ends = Expiry(
        last_day(given.term, house.today),
        details.event if event else "",
        details.event_confirmer if event else "",
    )
    draft = readiness.draft_of(house, connection, session.dossier, read_in=session.language)
    signed = Signature(
        expiry=ends,
        disclosure_accepted=submission.disclosure_accepted or session.has_accepted,
        is_present=bool(submission.typed.strip() or submission.strokes),
        answers=given.uses,
        reviewed=session.is_reviewed,
    )
    ruled = may_sign(draft, signed, readiness.policy(house), house.today)
    refuse_if((*ruled, *readiness.incomplete(house, connection, session.dossier)))


@contextmanager
def _claimed(house: House, session_id: str, submission: str) -> Iterator[tuple[str, datetime]]:
    """Hold the session for this submission; any failure lets it go. Raises: Refused('signing-now')."""
    claim = f"{submission}/{secrets.token_hex(8)}"
    with house.scratch() as deed:
        now = deed.now
        if not consents.claim_session(deed.connection, session_id, claim, now, now - CLAIM_LASTS):
            raise Refused(Reason("signing-now"))
    try:
        yield claim, now
    except BaseException:
        with house.scratch() as deed:
            consents.release_session(deed.connection, session_id, claim)
        raise


def _paper(
    house: House, connection: Connection, session: Session, submission: Submission, signed_at: datetime
) -> Paper:
    ends = last_day(session.given.term, signed_at.astimezone(house.terms.zone).date())
    if ends is None:
        raise Refused(Reason("expiry-missing", "expires_on"))
    strokes = () if submission.typed.strip() else tuple(Stroke(points) for points in submission.strokes)
    return paperwork.consent_paper(
        house, connection, session, signed_at, ends, typed=submission.typed.strip(), strokes=strokes
    )


def _record(house: House, ready: _Ready) -> ConsentId:
    """Write everything down, if the rules still allow it. The one moment at which a consent becomes signed."""
    session = ready.session
    row = session.dossier.row
    with house.writing(Actor("signer", session.id)) as deed:
        held = consents.find_session(deed.connection, session.id)
        if held is None or held.state != "claimed" or held.claim != ready.claim:
            raise Refused(Reason("signing-now"))
        now = answering.load(house, deed.connection, session.id)
        _check_open(now)
        _ask_rules(house, deed.connection, now, ready.submission)
        _check_moment(deed, row.patient_id, ready.signed_at)
        document_id = filing.record(
            deed,
            ready.put,
            row.id,
            kind="consent",
            language=session.language,
            made_at=ready.signed_at,
            seal=house.sealer.fingerprint,
        )
        _write_signature(deed, ready)
        for kind, code in session.version.questions(session.dossier.asked):
            deed.ledger.insert(
                consent_answer,
                id=new_id(secrets.token_bytes),
                consent_id=row.id,
                kind=kind,
                code=code,
                answer=session.given.uses[kind, code],
                withdrawn_by=None,
                withdrawn_at=None,
            )
        ends = last_day(session.given.term, ready.signed_at.astimezone(house.terms.zone).date())
        deed.ledger.update(
            consent,
            row.id,
            status="signed",
            language=session.language,
            signed_at=ready.signed_at,
            signer=row.signer or "patient",
            method="typed" if ready.submission.typed.strip() else "drawn",
            majority_on=readiness.comes_of_age(
                house, session.dossier, ready.signed_at.astimezone(house.terms.zone).date()
            ),
            expires_on=ends,
            until=session.given.term,
        )
        task_id = tasks.leave(
            deed,
            "copy-not-given",
            f"copy-not-given:{row.id}",
            queue="clinician",
            about={"consent": row.id},
            owner_id=session.handed_over_by,
            due_at=deed.now + COPY_DUE,
        )
        close_session(deed, session.id, "signed")
        about = {
            "consent": row.id,
            "patient": row.patient_id,
            "signing": session.id,
            "document": document_id,
            "task": task_id,
            "form": row.form,
            "version": row.form_version,
            "language": session.language,
            "method": "typed" if ready.submission.typed.strip() else "drawn",
        }
        deed.enter("consent.sign", about)
    return ConsentId(row.id)


def _check_moment(deed: Deed, patient_id: str, signed_at: datetime) -> None:
    """Refuse a signature that is not the patient's last word: the newest one governs (rule 35).

    Raises: Refused: clock-wrong (another of his is dated later), withdrawn-meanwhile (he stopped everything since).
    """
    newest = consents.last_signed_at(deed.connection, patient_id)
    if newest is not None and newest > signed_at:
        raise Refused(Reason("clock-wrong"))
    own = same_person.patients(deed.house, deed.connection, patient_id)
    if revocations.everything_after(deed.connection, own, signed_at):
        raise Refused(Reason("withdrawn-meanwhile"))


def close_session(deed: Deed, session_id: str, state: str) -> None:
    """End the answering: what was answered is kept no more in the session, and its key is gone."""
    row = consents.find_session(deed.connection, session_id)
    if row is None:
        return
    consents.change_session(
        deed.connection, session_id, ("open", "claimed"), state=state, answers=b"", claim=None, ended_at=None
    )
    keys.delete_key(deed.connection, row.key_id)


def _write_signature(deed: Deed, ready: _Ready) -> None:
    signature_id, key_id = new_id(secrets.token_bytes), deed.new_key()
    submission, session = ready.submission, ready.session
    typed = submission.typed.strip()
    kept: dict[str, object] = {"shown": dict(session.given.shown)}
    if typed:
        kept["typed"] = typed
    else:
        kept["strokes"] = [[list(point) for point in points] for points in submission.strokes]
        if deed.house.terms.keep_stroke_times:
            kept["times"] = [list(each) for each in submission.times]
    deed.ledger.insert(
        signature,
        id=signature_id,
        consent_id=session.consent_id,
        role="signer",
        place=1,
        staff_id=None,
        key_id=key_id,
        method="typed" if typed else "drawn",
        content=deed.encrypt(key_id, "signature", signature_id, "content", json.dumps(kept)),
        language=session.language,
        disclosure_hash=session.disclosure_hash,
        shown_hash=hashlib.sha256(shown_text(ready.paper).encode()).hexdigest(),
        document_sha256=ready.put.sha256,
        signed_at=ready.signed_at,
    )
