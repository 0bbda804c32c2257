"""The moment of signing: claimed, printed, sealed, encrypted, put away; then written down in one short transaction.

Only when that has been committed is anything signed. A repeat of the same submission signs once.
Source: 45 CFR 164.508(c); domain rules 1-3, 15-17, 25.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from consent.acts import ahead, answering, filing, paperwork, readiness, recording, teaching
from consent.acts.actor import Actor
from consent.acts.answering import Session
from consent.acts.drafts import CLAIM_LASTS, is_held
from consent.acts.filing import PutAway
from consent.acts.hands import Hand, Signatory
from consent.acts.house import Deed, House
from consent.acts.recording import Outcome
from consent.documents.paper import Paper, shown_text
from consent.records import consents, keys
from consent.records.custody import written_time
from consent.rules.attesting import Attested
from consent.rules.devices import Device
from consent.rules.identifiers import ConsentId
from consent.rules.parties import Method
from consent.rules.refusal import Reason, Refused, refuse_if
from consent.rules.signing import Expiry, Signature, last_day, may_sign

PRINTS_WITHIN = 30.0
"""Seconds for which to wait for a paper that is being printed ahead at this moment: printing it a second time would
have to wait for the same printer."""


@dataclass(frozen=True)
class Submission:
    """What the patient sent. `claim` names this submission, `seen` the answers it showed.

    A typed name or strokes are the signer's own signature; without them the one that he gave before counts, as
    everybody else's does. `disclosure_accepted`: he agrees with this very submission to sign on a screen, if he has
    not done so before. `times`: when each point was drawn, in milliseconds; kept only if a setting says so.
    """

    claim: str
    seen: str
    disclosure_accepted: bool = False
    typed: str = ""
    strokes: tuple[tuple[tuple[float, float], ...], ...] = ()
    times: tuple[tuple[int, ...], ...] = ()
    device: Device = paperwork.UNKNOWN

    def hand(self, session: Session) -> Hand | None:
        """Return the signer's signature, if it is in here."""
        typed, name = self.typed.strip(), answering.signer_of(session).name
        if typed:
            return Hand(Method.TYPED, name, typed=typed, binds=session.binds)
        if self.strokes:
            return Hand(Method.DRAWN, name, strokes=self.strokes, times=self.times, binds=session.binds)
        return None


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
        size = paperwork.page_size(house)
        if house.press is not None:
            house.press.settle(session_id, PRINTS_WITHIN)
        with house.reading() as connection:
            paper = laid_out(house, connection, session, submission, signed_at)
            printed = ahead.find(house, connection, session, paper, size)
        paper, pdf = printed or (paper, house.printer.print_paper(paper, size))
        put = filing.put_away(house, house.sealer.seal(pdf, paper.title, signed_at))
        return _record(house, _Ready(session, submission, claim, paper, put, signed_at))


def laid_out(
    house: House, connection: Connection, session: Session, submission: Submission, signed_at: datetime
) -> Paper:
    """Return the paper as it is signed with this submission. Raises: Refused with every objection of the rules."""
    _ask_rules(house, connection, session, submission)
    hands = _signed(session, submission, signed_at)
    return paperwork.consent_paper(house, connection, session, signed_at, hands, device=submission.device)


def result(house: House, session_id: str) -> str:
    """Return how a submission stands: open, claimed (being signed), signed, declined or ended. Raises: NotFound."""
    session = answering.open_session(house, session_id)
    if session.state != "claimed":
        return session.state
    with house.reading() as connection:
        row = consents.find_session(connection, session_id)
    held = row is None or row.claimed_at is None or is_held(row.claimed_at, house.clock())
    return "claimed" if held else "open"


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
    hands = hands_of(session, submission)
    signed = Signature(
        expiry=ends,
        disclosure_accepted=submission.disclosure_accepted or session.has_accepted,
        is_present="signer" in hands and hands["signer"].is_present,
        method=_method(hands),
        signatures=attested(_everybody(session, hands), hands),
        answers=given.uses,
        reviewed=session.is_reviewed,
    )
    ruled = may_sign(draft, signed, readiness.policy(house), house.today)
    refuse_if((*ruled, *readiness.incomplete(house, connection, session.dossier), *teaching.objections(session)))


def hands_of(session: Session, submission: Submission | None = None) -> Mapping[str, Hand]:
    """Return everybody's signature that stands for exactly what stands here now, by the key of who signs."""
    found = {key: hand for key in session.given.hands if (hand := session.hand(key)) is not None}
    own = submission.hand(session) if submission is not None else None
    return found if own is None else {**found, "signer": own}


def attested(everybody: tuple[Signatory, ...], hands: Mapping[str, Hand]) -> tuple[Attested, ...]:
    """Return what the rules ask of each signature, in order."""
    found = []
    for who in everybody:
        hand = hands.get(who.key)
        if hand is None:
            found.append(Attested(who.key, who.role, is_present=False))
        else:
            found.append(Attested(who.key, who.role, hand.is_present, hand.name, hand.note, hand.staff_id))
    return tuple(found)


def _method(hands: Mapping[str, Hand]) -> Method:
    return hands["signer"].method if "signer" in hands else Method.DRAWN


def _everybody(session: Session, hands: Mapping[str, Hand]) -> tuple[Signatory, ...]:
    return answering.signatories(session, _method(hands))


@contextmanager
def _claimed(house: House, session_id: str, submission: str) -> Iterator[tuple[str, datetime]]:
    """Hold the session for this submission; any failure lets it go. Raises: Refused('signing-now')."""
    claim = f"{submission}/{secrets.token_hex(8)}"
    with house.scratch() as deed:
        now = deed.now
        if not consents.claim_session(deed.connection, session_id, claim, now, CLAIM_LASTS):
            raise Refused(Reason("signing-now"))
    try:
        yield claim, now
    except BaseException:
        with house.scratch() as deed:
            consents.release_session(deed.connection, session_id, claim)
        raise


def _signed(session: Session, submission: Submission, signed_at: datetime) -> tuple[tuple[Signatory, Hand], ...]:
    """Return everybody with his signature, in order; what came with the submission was given this moment."""
    hands, now = hands_of(session, submission), written_time(signed_at)
    return tuple((who, hands[who.key].at(now)) for who in _everybody(session, hands))


def _record(house: House, ready: _Ready) -> ConsentId:
    """Write everything down, if the rules still allow it. The one moment at which a consent becomes signed."""
    session = ready.session
    with house.writing(Actor("signer", session.id)) as deed:
        held = consents.find_session(deed.connection, session.id)
        if held is None or held.state != "claimed" or held.claim != ready.claim:
            raise Refused(Reason("signing-now"))
        now = answering.load(house, deed.connection, session.id)
        _check_open(now)
        _ask_rules(house, deed.connection, now, ready.submission)
        about = recording.record(
            deed,
            Outcome(
                dossier=session.dossier,
                language=session.language,
                answers={ask: now.given.uses[ask] for ask in session.version.questions(session.dossier.asked)},
                term=now.given.term or "",
                signed_at=ready.signed_at,
                hands=_signed(now, ready.submission, ready.signed_at),
                put=ready.put,
                shown_hash=hashlib.sha256(shown_text(ready.paper).encode()).hexdigest(),
                owner_id=session.handed_over_by,
                disclosure_hash=session.disclosure_hash,
                kept={
                    "shown": dict(session.given.shown),
                    "taught": {code: each.plain() for code, each in session.given.taught.items()},
                    "explained_by": session.handed_over_by,
                    "device": [ready.submission.device.size, ready.submission.device.browser],
                },
            ),
        )
        close_session(deed, session.id, "signed")
        deed.enter("consent.sign", {**about, "signing": session.id, **teaching.counted(now)})
    return ConsentId(session.consent_id)


def close_session(deed: Deed, session_id: str, state: str) -> None:
    """End the answering: what was answered is kept no more in the session, and its key is gone."""
    row = consents.find_session(deed.connection, session_id)
    if row is None:
        return
    consents.change_session(
        deed.connection, session_id, ("open", "claimed"), state=state, answers=b"", claim=None, ended_at=None
    )
    keys.delete_key(deed.connection, row.key_id)
    ahead.forget(deed.connection, session_id)
