"""Signing on the signer's own phone: staff send a link, send it again, cancel it, and see how it stands.

The link alone opens nothing: it asks for the patient's date of birth and for a code that goes another way.
Source: domain rules section 4.5 (one-time link, short life, second factor).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.engine import Connection, Row

from consent.acts import dossier, drafts, handing_over, held, messages, readiness, tasks
from consent.acts.actor import Actor
from consent.acts.dossier import Dossier
from consent.acts.house import Deed, House
from consent.acts.retrieval import check_access, reach
from consent.mailer import MailFailed, check_address
from consent.records import consents, ways
from consent.records.tables.consents import consent
from consent.records.tables.ways import signing_link
from consent.rules.access import Act
from consent.rules.identifiers import new_id
from consent.rules.refusal import NotFound, Reason, Refused, refuse_if
from consent.vault.secrets import hash_code, new_code, new_token

GOOD_FOR = timedelta(hours=72)
WAYS = ("mail", "shown")
CODE_DIGITS = 6


@dataclass(frozen=True)
class Link:
    """How a link stands: sent | opened | signed | declined | expired | cancelled."""

    id: str
    state: str
    way: str
    made_at: datetime
    expires_at: datetime
    opened_at: datetime | None


@dataclass(frozen=True)
class ToPassOn:
    """What whoever made a link has not passed on yet. `address` is empty when it went by e-mail."""

    address: str
    code: str


def objections(house: House, actor: Actor, consent_id: str) -> tuple[Reason, ...]:
    """Return why this draft cannot be signed on the signer's own phone; empty if it can. Raises: NotFound; Refused."""
    actor.must(Act.SEND_LINK)
    with house.reading() as connection:
        opened = dossier.load(house, connection, consent_id)
        check_access(house, connection, actor, opened.row)
        return _objections(house, connection, opened)


def has_address(house: House, actor: Actor, consent_id: str) -> bool:
    """Say whether the link may go by e-mail: the patient signs himself, and agreed to an address. Raises: NotFound."""
    actor.must(Act.SEND_LINK)
    with house.reading() as connection:
        return bool(_address(dossier.load(house, connection, consent_id)))


def send(house: House, actor: Actor, consent_id: str, way: str) -> str:
    """Make a link for 72 hours, and return its ID; what is to be passed on waits for this account for an hour.

    A link or a hand-over before it opens nothing any more; answers given so far are kept. `way`: mail | shown.
    Raises: NotFound; Refused: every objection of the rules, other-unit, not-a-draft, signing-now, mail-no-address,
    mail-failed (then the link has ended).
    """
    actor.must(Act.SEND_LINK)
    if way not in WAYS:
        raise NotFound
    token, digest = new_token()
    code = new_code(CODE_DIGITS)
    hashed = hash_code(house.keyring, code)
    with house.writing(actor) as deed:
        row = drafts.editable(deed, actor, consent_id)
        opened = dossier.load(house, deed.connection, consent_id)
        refuse_if(_objections(house, deed.connection, opened))
        mail_to = _address(opened) if way == "mail" else ""
        if way == "mail" and not mail_to:
            raise Refused(Reason("mail-no-address", "way"))
        link_id = new_id(secrets.token_bytes)
        # Nobody holds this session's token before the code was right.
        session_id = handing_over.begin_session(deed, row, new_token()[1], link_id)
        deed.ledger.insert(
            signing_link,
            id=link_id,
            consent_id=row.id,
            session_id=session_id,
            token_hash=digest,
            code_hash=hashed,
            state="sent",
            way=way,
            made_by=actor.id,
            made_at=deed.now,
            expires_at=deed.now + GOOD_FOR,
            opened_at=None,
            ended_at=None,
        )
        deed.ledger.update(consent, row.id, status="handed-over", handed_over_at=deed.now)
        _settle_tasks(deed, consent_id, "sent-again")
        # Of a link that has ended there is nothing to pass on.
        held.forget_secret(deed, actor.id, _held(consent_id))
        about = {"consent": row.id, "patient": row.patient_id, "link": link_id, "signing": session_id, "way": way}
        deed.enter("consent.send-link", about)
    address = f"{house.terms.public_url}/own-phone/{token}"
    if mail_to:
        _mail(house, actor, consent_id, link_id, mail_to, address)
    held.hold_secret(house, actor, _held(consent_id), f"{'' if mail_to else address} {code}")
    return link_id


def to_pass_on(house: House, actor: Actor, consent_id: str) -> ToPassOn | None:
    """Return what this account has made and not yet passed on."""
    actor.must(Act.SEND_LINK)
    kept = held.waiting_secret(house, actor, _held(consent_id))
    if kept is None:
        return None
    address, _, code = kept.rpartition(" ")
    return ToPassOn(address, code)


def passed_on(house: House, actor: Actor, consent_id: str) -> None:
    """Show link and code no more."""
    actor.must(Act.SEND_LINK)
    with house.scratch() as deed:
        held.forget_secret(deed, actor.id, _held(consent_id))


def cancel(house: House, actor: Actor, consent_id: str) -> None:
    """End the open link and its signing: the consent is a draft again. With nothing open, nothing happens.

    Raises: NotFound; Refused: other-unit, not-a-draft, signing-now.
    """
    actor.must(Act.SEND_LINK)
    with house.writing(actor) as deed:
        ended = [str(each.id) for each in ways.open_links(deed.connection, consent_id)]
        row = drafts.editable(deed, actor, consent_id)
        if not ended:
            raise Refused(Reason("link-not-open"))
        deed.ledger.update(consent, row.id, status="draft")
        held.forget_secret(deed, actor.id, _held(consent_id))
        deed.enter("consent.cancel-link", {"consent": row.id, "patient": row.patient_id, "link": ended})


def links(house: House, actor: Actor, consent_id: str) -> tuple[Link, ...]:
    """Return the consent's links as they stand now, newest first. Raises: NotFound; Refused: role, reason-needed."""
    actor.must(Act.SEE_CONSENT)
    with house.reading() as connection:
        reach(house, connection, actor, consent_id)
        return tuple(
            Link(each.id, state_of(house, connection, each), each.way, each.made_at, each.expires_at, each.opened_at)
            for each in ways.links_of(connection, consent_id)
        )


def state_of(house: House, connection: Connection, link: Row[Any]) -> str:
    """Return how a link stands at this moment, whether or not the nightly run has been there."""
    if link.state not in ways.OPEN_LINK:
        return str(link.state)
    session = consents.find_session(connection, link.session_id)
    if session is None or session.link_id != link.id:
        return "cancelled"
    if session.state in ("signed", "declined"):
        return str(session.state)
    if link.expires_at <= house.clock():
        return "expired"
    return "cancelled" if session.state == "ended" else str(link.state)


def settle(house: House, actor: Actor) -> int:
    """Write down which links are over. Where nobody signed in time, the consent is a draft again and its staff
    get a task. Returns how many. Writes: signing_link, consent, task.
    """
    with house.writing(actor) as deed:
        rows = ways.links_to_settle(deed.connection, deed.now)
        for row in rows:
            state = state_of(house, deed.connection, row)
            deed.ledger.update(signing_link, row.id, state=state, ended_at=deed.now)
            if state == "expired":
                _lapsed(house, deed.connection, row.session_id)
                found = consents.find(deed.connection, row.consent_id)
                if found is not None and found.status == "handed-over":
                    deed.ledger.update(consent, found.id, status="draft")
                about = {"consent": row.consent_id}
                once = f"link-lapsed:{row.id}"
                tasks.leave(deed, "link-lapsed", once, queue="clinician", about=about, owner_id=row.made_by)
        if rows:
            deed.enter("link.settle", {"link": [row.id for row in rows]})
        else:
            deed.nothing()
        return len(rows)


def _lapsed(house: House, connection: Connection, session_id: str) -> None:
    consents.change_session(connection, session_id, ("open",), state="ended", ended_at=house.clock())


def _objections(house: House, connection: Connection, opened: Dossier) -> tuple[Reason, ...]:
    against = readiness.hand_over_objections(house, connection, opened, house.today)
    interpreter = opened.details.interpreter
    here = []
    if opened.details.witnesses:
        # A witness sees the signer sign, and signs beside him.
        here.append(Reason("witness-not-remote"))
    if interpreter is not None and interpreter.mode == "in-person":
        here.append(Reason("interpreter-not-remote"))
    return (*against, *here)


def _address(opened: Dossier) -> str:
    """Return where the link may be mailed to; empty if nowhere. A representative's address is not on record."""
    if not opened.person.electronic_contact or opened.row.signer not in (None, "patient"):
        return ""
    try:
        check_address(opened.person.email)
    except MailFailed:
        return ""
    return opened.person.email


def _mail(  # noqa: PLR0917 - whose link, then where to
    house: House, actor: Actor, consent_id: str, link_id: str, mail_to: str, address: str
) -> None:
    """Send it outside any transaction, for it holds the token. Raises: Refused('mail-failed'); the link has ended."""
    try:
        with house.reading() as connection:
            row = consents.find(connection, consent_id)
            facts = readiness.facts_of(connection, dossier.load(house, connection, consent_id))
        words = house.forms.words(row.language if row is not None else "en")
        house.mailer.send(messages.own_phone(link_id, words, mail_to, address, facts.organisation))
    except MailFailed:
        cancel(house, actor, consent_id)
        raise Refused(Reason("mail-failed", "way")) from None


def _held(consent_id: str) -> str:
    return f"own-phone-{consent_id}"


def _settle_tasks(deed: Deed, consent_id: str, how: str) -> None:
    for link in ways.links_of(deed.connection, consent_id):
        tasks.settle(deed, f"link-lapsed:{link.id}", how)
