"""Send what is owed: claimed by one worker, sent outside any transaction, recorded; tried again until it is through.

A worker that dies between sending and recording makes one repeat: the same Message-ID, and it says what it is.
Source: domain rule 43.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.engine import Connection, Row

from consent.acts import messages, tasks
from consent.acts.actor import Actor
from consent.acts.house import Deed, House
from consent.acts.opening import open_text
from consent.acts.owing import Owing, leave_to_print
from consent.mailer import MailFailed, Message, check_address
from consent.records import consents, revocations, staff
from consent.records import notices as records
from consent.records.organisation import in_force
from consent.records.tables.owed import notice
from consent.rules.access import Role
from consent.rules.delivery import TIME_BEFORE_HELP, needs_help, wait_after

# Longer than one message can take with every step of it at its time-out.
CLAIM_LASTS = timedelta(minutes=5)
MOST_AT_ONCE = 200


@dataclass(frozen=True)
class Sent:
    """What one round did."""

    sent: int = 0
    failed: int = 0
    by_hand: int = 0


class _ByHand(Exception):
    """There is no address that a mail could go to: somebody tells the person by hand."""


def send_due(house: House, worker: str) -> Sent:
    """Send every notice that is due and that no other worker is at. `worker`: a name unlike any other's.

    Writes, for each: notice, a task where somebody must help, one custody entry.
    """
    counts = {"sent": 0, "failed": 0, "by-hand": 0}
    for _ in range(MOST_AT_ONCE):
        taken = _claim(house, worker)
        if taken is None:
            break
        counts[_deliver(house, worker, *taken)] += 1
    return Sent(counts["sent"], counts["failed"], counts["by-hand"])


def escalate_overdue(house: House, actor: Actor) -> int:
    """Tell the privacy officer of every notice that has been owed for too long; return how many are new to him."""
    with house.writing(actor) as deed:
        rows = records.unescalated(deed.connection, deed.now - TIME_BEFORE_HELP)
        for row in rows:
            deed.ledger.update(notice, row.id, escalated_at=deed.now)
            _ask_for_help(deed, row.id)
        if rows:
            deed.enter("notice.escalate", {"notice": [row.id for row in rows]})
        else:
            deed.nothing()
        return len(rows)


def help_task(notice_id: str) -> str:
    """Return the occasion of the task to help a notice on."""
    return f"notice-stuck/{notice_id}"


def _claim(house: House, worker: str) -> tuple[Row[Any], bool] | None:
    with house.reading() as connection:
        now = house.clock()
        if not records.is_any_due(connection, now, now + CLAIM_LASTS):
            return None
    with house.scratch() as deed:
        return records.claim_next(deed.connection, worker, deed.now, deed.now + CLAIM_LASTS)


def _deliver(house: House, worker: str, row: Row[Any], left: bool) -> str:
    """Send it and record what came of it. `left`: a worker died over it, perhaps when it was through already."""
    actor = Actor("system", "worker")
    if row.to == "role":
        return _expand(house, actor, worker, row)
    try:
        with house.reading() as connection:
            message = _message(house, connection, row)
            if left:
                message = messages.repeated(message, house.forms.words(_language(connection, row)))
        house.mailer.send(message)
    except _ByHand:
        return _leave_by_hand(house, actor, worker, row)
    except MailFailed as failure:
        return _record_failure(house, actor, worker, row, failure)
    with house.writing(actor) as deed:
        deed.ledger.update(notice, row.id, state="sent", sent_at=deed.now, tries=row.tries + 1, error=None)
        tasks.settle(deed, help_task(row.id), "sent")
        records.end_claim(deed.connection, row.id, worker)
        about = {"notice": row.id, "request": row.request_id, "kind": row.kind}
        deed.enter("notice.send", about | ({"repeat": True} if left else {}))
    return "sent"


def _record_failure(house: House, actor: Actor, worker: str, row: Row[Any], failure: MailFailed) -> str:
    with house.writing(actor) as deed:
        tries = row.tries + 1
        changed = {"tries": tries, "next_at": deed.now + wait_after(tries), "error": failure.code}
        if needs_help(tries, row.owed_at, deed.now, permanent=failure.permanent):
            changed["escalated_at"] = row.escalated_at or deed.now
            _ask_for_help(deed, row.id)
        deed.ledger.update(notice, row.id, **changed)
        records.end_claim(deed.connection, row.id, worker)
        about = {"notice": row.id, "request": row.request_id, "tries": tries, "error": failure.code}
        deed.enter("notice.fail", about)
    return "failed"


def _leave_by_hand(house: House, actor: Actor, worker: str, row: Row[Any]) -> str:
    with house.writing(actor) as deed:
        deed.ledger.update(notice, row.id, state="by-hand")
        if row.to == "patient":
            leave_to_print(deed, row.id, row.about)
        else:
            about = {"notice": row.id, "post": row.about["post"][0]}
            queue = Role.COMMUNICATIONS.value
            tasks.leave(deed, "tell-recipient", f"tell-recipient/{row.id}", queue=queue, about=about)
        records.end_claim(deed.connection, row.id, worker)
        deed.enter("notice.leave-by-hand", {"notice": row.id, "request": row.request_id, "kind": row.kind})
    return "by-hand"


def _expand(house: House, actor: Actor, worker: str, row: Row[Any]) -> str:
    """A role had no members when this was owed: owe it to those whom it has now, or say that it still has none."""
    with house.reading() as connection:
        members = [each.id for each in records.active_staff(connection) if row.to_role in each.roles]
    if not members:
        return _record_failure(house, actor, worker, row, MailFailed("nobody-in-role", permanent=True))
    with house.writing(actor) as deed:
        owing = Owing(deed, row.request_id)
        for member in members:
            owing.to_staff(row.kind, row.id, member, row.about)
        made = owing.write()
        deed.ledger.update(notice, row.id, state="done", error=None)
        tasks.settle(deed, help_task(row.id), "role-filled")
        records.end_claim(deed.connection, row.id, worker)
        deed.enter("notice.pass-on", {"notice": [row.id, *made], "request": row.request_id})
    return "sent"


def _ask_for_help(deed: Deed, notice_id: str) -> None:
    about = {"notice": notice_id}
    tasks.leave(deed, "notice-stuck", help_task(notice_id), queue=Role.PRIVACY_OFFICER.value, about=about)


def _message(house: House, connection: Connection, row: Row[Any]) -> Message:
    """Return the mail. Raises: _ByHand; MailFailed for an address that cannot be."""
    if row.to == "staff":
        person = staff.find(connection, row.to_staff)
        if person is None or person.status != "active":
            raise MailFailed("account-closed", permanent=True)
        return messages.to_staff(house, row.id, row.kind, row.about, person.email)
    if row.to == "outside":
        organisation = in_force(connection)
        name = organisation.legal_name if organisation else ""
        office = f"{organisation.privacy_phone}, {organisation.privacy_email}" if organisation else ""
        address = _recipient(house, connection, row)
        return messages.to_outside(row.id, row.about, address, organisation=name, office=office)
    consent = _consent(connection, row)
    if consent is None:
        raise _ByHand
    words = house.forms.words(consent.language)
    request = revocations.find_request(connection, row.request_id) if row.kind != "showing" else None
    address = _patient(house, connection, row, request.patient_id if request is not None else consent.patient_id)
    if request is None:
        return messages.to_look(house, row.id, words, address)
    return messages.to_patient(house, row.id, kind=row.kind, words=words, address=address, reference=request.number)


def _consent(connection: Connection, row: Row[Any]) -> Row[Any] | None:
    """Return the consent that a notice to a patient is about."""
    if row.kind == "showing":
        return consents.find(connection, row.about["consent"][0])
    request = revocations.find_request(connection, row.request_id)
    return consents.find(connection, request.consent_id) if request is not None else None


def _language(connection: Connection, row: Row[Any]) -> str:
    """Return the language of a notice: staff and whoever is outside are written to in English."""
    consent = _consent(connection, row) if row.to == "patient" else None
    return consent.language if consent is not None else "en"


def _recipient(house: House, connection: Connection, row: Row[Any]) -> str:
    post_id = row.about["post"][0]
    found = revocations.recipient_of(connection, post_id)
    outside = json.loads(open_text(house, connection, "post", post_id, "recipient", found)) if found else {}
    return _address(outside.get("contact", ""))


def _patient(house: House, connection: Connection, row: Row[Any], patient_id: str) -> str:
    given = records.address_given(connection, row.request_id) if row.request_id is not None else None
    if given is not None:
        return _address(open_text(house, connection, "notice", given.id, "address", given.address))
    person = consents.find_patient(connection, patient_id)
    if person is None or not person.electronic_contact or person.contact is None:
        raise _ByHand
    contact = json.loads(open_text(house, connection, "patient", person.id, "contact", person.contact, person.version))
    return _address(contact.get("email", ""))


def _address(text: str) -> str:
    try:
        check_address(text)
    except MailFailed:
        raise _ByHand from None
    return text
