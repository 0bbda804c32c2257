"""What is owed is sent: once, again until it is through, to real mail servers, without a word about a patient."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from consent.acts import custody, notices, outbox, revocation, task_list
from consent.acts.actor import Actor
from consent.acts.change_of_mind import Change, Scope, Way
from consent.acts.dossier import Person
from consent.acts.house import House
from consent.mailer import MailFailed, Message, Security, SmtpMailer
from consent.records.tables.custody import custody as custody_table
from consent.records.tables.owed import notice, notice_claim, task
from consent.rules.access import Role
from consent.rules.delivery import WAITS
from consent.rules.refusal import NotFound, Refused
from tests.database.mail_server import Sink
from tests.database.out_there import ALLOWED, Office, only, rows
from tests.factory import Clock, Factory

CANARY = Person(
    "Zzyzx Canaria",
    date(1931, 2, 28),
    "MRN-CANARY-777",
    email="zzyzx@canary.example",
    post="7 Canary Row",
    electronic_contact=True,
)
JOURNAL = (("medium", "photo"), ("purpose", "public-education"), ("channel", "journal"), ("account", "organisation"))


class Postbox:
    """A mailer that remembers, and fails or stops the worker when told to."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.fails: Exception | None = None
        self.dies_after: BaseException | None = None

    def send(self, message: Message) -> None:
        if self.fails is not None:
            raise self.fails
        self.messages.append(message)
        if self.dies_after is not None:
            raise self.dies_after


@pytest.fixture
def postbox() -> Postbox:
    return Postbox()


@pytest.fixture
def house(house: House, postbox: Postbox) -> House:
    return replace(house, mailer=postbox)


def stopped(house: House, factory: Factory, **consent: Any) -> revocation.Done:
    """A consent that somebody has withdrawn in person."""
    made = factory.signed_consent(**{"allow": ALLOWED, **consent})
    change = Change(made, Scope.FORM, Way.IN_PERSON, known_how="seen")
    return revocation.revoke(house, factory.clinician(), change)


def test_rule_43_everybody_is_told_by_mail_with_ids_and_a_link(
    house: House, factory: Factory, office: Office, postbox: Postbox
) -> None:
    made = factory.signed_consent(asked=JOURNAL, allow=(*JOURNAL, ("permission", "recognisable")), person=CANARY)
    image = factory.ready_picture(made)
    post_id = office.live(image, channel="journal", recipient="The Journal", contact="editor@journal.example")
    done = revocation.revoke(
        house, factory.clinician(), Change(made, Scope.FORM, Way.IN_PERSON, words="Zzyzx words", known_how="seen")
    )
    assert notices.send_due(house, "w1").sent == 6
    by_address = {message.to: message for message in postbox.messages}
    assert set(by_address) == {
        "editor@journal.example",
        "zzyzx@canary.example",
        *(f"person{number}@hospital.example" for number in (1, 2, 3)),
    }
    assert image in by_address["editor@journal.example"].body
    assert "http://127.0.0.1:8000/withdraw" in by_address["zzyzx@canary.example"].body
    assert any(post_id in message.body and "http://127.0.0.1:8000/" in message.body for message in postbox.messages)
    assert all(message.reference for message in postbox.messages)
    assert {row.state for row in rows(house, notice)} == {"sent"}
    assert done.request_id is not None
    everything = "\n".join(f"{message.subject}\n{message.body}" for message in postbox.messages)
    for told in ("Zzyzx", "Canaria", "1931", "MRN", "CANARY", "canary", "Canary Row", "burn", "Burn", "hand"):
        assert told not in everything, told
    assert custody.verify(house).sound


def test_nothing_is_sent_twice(house: House, factory: Factory, office: Office, postbox: Postbox) -> None:
    stopped(house, factory)
    notices.send_due(house, "w1")
    sent = len(postbox.messages)
    assert notices.send_due(house, "w1") == notices.Sent()
    assert len(postbox.messages) == sent


def test_two_workers_share_the_work(house: House, factory: Factory, office: Office) -> None:
    import threading

    lock, boxes = threading.Lock(), []

    class Shared:
        def send(self, message: Message) -> None:
            with lock:
                boxes.append(message.reference)

    shared = replace(house, mailer=Shared())
    for _ in range(4):
        stopped(house, factory)
    threads = [threading.Thread(target=notices.send_due, args=(shared, f"w{number}")) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    mailed = [row for row in rows(house, notice) if row.to != "patient"]
    assert sorted(boxes) == sorted(row.id for row in mailed)
    assert {row.state for row in mailed} == {"sent"}


def test_a_worker_killed_between_sending_and_recording_makes_one_repeat_at_most(
    house: House, factory: Factory, office: Office, postbox: Postbox, clock: Clock
) -> None:
    stopped(house, factory)
    postbox.dies_after = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        notices.send_due(house, "w1")
    postbox.dies_after = None
    assert len(rows(house, notice_claim)) == 1
    notices.send_due(house, "w2")
    assert len(postbox.messages) == len({message.reference for message in postbox.messages}) == 3
    clock.pass_(minutes=6)
    notices.send_due(house, "w2")
    references = [message.reference for message in postbox.messages]
    assert len(references) == 4
    assert len(set(references)) == 3, "the repeat carries the same Message-ID"
    says_so = ["You may have this message already" in message.body for message in postbox.messages]
    assert says_so == [False, False, False, True], "the repeat says that it is one, and nothing else does"
    assert '"repeat":true' in rows(house, custody_table, act="notice.send")[-1].entry.decode()
    assert notices.send_due(house, "w2") == notices.Sent()


def test_rule_43_what_fails_is_tried_again_longer_and_longer_and_never_given_up(
    house: House, factory: Factory, office: Office, postbox: Postbox, clock: Clock
) -> None:
    stopped(house, factory)
    postbox.fails = MailFailed("unreachable", permanent=False)
    waits: list[timedelta] = []
    for _ in range(12):
        failed = notices.send_due(house, "w1").failed
        assert failed == 3
        row = rows(house, notice, to="staff")[0]
        waits.append(row.next_at - clock.now)
        assert row.state == "owed"
        clock.now = row.next_at
    assert waits == [*WAITS, WAITS[-1], WAITS[-1], WAITS[-1]]
    postbox.fails = None
    assert notices.send_due(house, "w1").sent == 3
    assert rows(house, task, kind="notice-stuck")[0].state == "done"


def test_rule_43_after_five_tries_or_four_hours_or_for_good_the_officer_hears_of_it(
    house: House, factory: Factory, office: Office, postbox: Postbox, clock: Clock
) -> None:
    stopped(house, factory)
    postbox.fails = MailFailed("unreachable", permanent=False)
    for _ in range(4):
        notices.send_due(house, "w1")
        assert rows(house, task, kind="notice-stuck") == []
        clock.now = rows(house, notice, to="staff")[0].next_at
    notices.send_due(house, "w1")
    assert len(rows(house, task, kind="notice-stuck")) == 3
    assert [each.error for each in outbox.listed(house, office.officer, "stuck")] == ["unreachable"] * 3
    stopped(house, factory)
    postbox.fails = MailFailed("recipient-refused-550", permanent=True)
    notices.send_due(house, "w1")
    assert len(rows(house, task, kind="notice-stuck")) == 6
    with pytest.raises(Refused, match="role"):
        outbox.listed(house, office.poster)


def test_what_no_worker_tried_for_four_hours_is_escalated_too(
    house: House, factory: Factory, office: Office, clock: Clock
) -> None:
    stopped(house, factory)
    assert notices.escalate_overdue(house, Actor("system", "t")) == 0
    clock.pass_(hours=4)
    assert notices.escalate_overdue(house, Actor("system", "t")) == 3
    assert notices.escalate_overdue(house, Actor("system", "t")) == 0
    assert {row.queue for row in rows(house, task, kind="notice-stuck")} == {"privacy-officer"}


def test_a_role_without_anybody_keeps_its_notice_until_somebody_has_it(
    house: House, factory: Factory, postbox: Postbox, clock: Clock
) -> None:
    stopped(house, factory)
    kept = rows(house, notice, to="role")
    assert {row.to_role for row in kept} == {"communications", "privacy-officer"}
    notices.send_due(house, "w1")
    assert postbox.messages == []
    assert {row.error for row in rows(house, notice, to="role")} == {"nobody-in-role"}
    assert len(rows(house, task, kind="notice-stuck")) == 2
    factory.staff(Role.PRIVACY_OFFICER)
    clock.pass_(minutes=2)
    notices.send_due(house, "w1")
    notices.send_due(house, "w1")
    assert len(postbox.messages) == 1
    assert {row.state for row in rows(house, notice, to_role="privacy-officer")} == {"done"}


def test_rule_45_without_an_address_the_acknowledgement_is_printed_and_posted(
    house: House, factory: Factory, office: Office
) -> None:
    stopped(house, factory)
    owed = only(house, notice, kind="revocation-acknowledgement")
    assert owed.state == "by-hand"
    to_do = [each for each in task_list.listed(house, office.officer) if each.kind == "print-and-post"]
    assert len(to_do) == 1
    with pytest.raises(Refused, match="note-missing"):
        task_list.close(house, office.officer, to_do[0].id, " ")
    with pytest.raises(NotFound):
        task_list.close(house, office.poster, to_do[0].id, "Not mine.")
    task_list.close(house, office.officer, to_do[0].id, "Posted on Monday.")
    assert only(house, notice, kind="revocation-acknowledgement").state == "done"
    task_list.close(house, office.officer, to_do[0].id, "Posted on Monday.")
    assert custody.verify(house).sound


def test_an_address_that_is_none_is_left_to_be_done_by_hand(house: House, factory: Factory, office: Office) -> None:
    only_post = replace(CANARY, email="")
    made = factory.signed_consent(asked=JOURNAL, allow=(*JOURNAL, ("permission", "recognisable")), person=only_post)
    office.live(factory.ready_picture(made), channel="journal", recipient="The Journal", contact="fax 555 0199")
    change = Change(made, Scope.FORM, Way.LETTER, known_how="his signature")
    revocation.revoke(house, factory.clinician(), change)
    assert notices.send_due(house, "w1").by_hand == 2
    assert {row.kind for row in rows(house, task) if "rint" in row.kind or "tell" in row.kind} == {
        "print-and-post",
        "tell-recipient",
    }


def test_word_goes_to_the_address_given_with_the_request(house: House, factory: Factory, postbox: Postbox) -> None:
    made = factory.signed_consent(allow=ALLOWED)
    change = Change(made, Scope.FORM, Way.IN_PERSON, known_how="seen", contact="sister@home.example")
    revocation.revoke(house, factory.clinician(), change)
    notices.send_due(house, "w1")
    assert [message.to for message in postbox.messages] == ["sister@home.example"]


def test_the_officer_may_try_now_or_tell_by_hand(
    house: House, factory: Factory, office: Office, postbox: Postbox
) -> None:
    stopped(house, factory)
    postbox.fails = MailFailed("unreachable", permanent=True)
    notices.send_due(house, "w1")
    postbox.fails = None
    first, second, *_ = outbox.listed(house, office.officer, "stuck")
    outbox.retry(house, office.officer, first.id)
    assert notices.send_due(house, "w1").sent == 1
    with pytest.raises(Refused, match="not-owed"):
        outbox.retry(house, office.officer, first.id)
    with pytest.raises(Refused, match="how-missing"):
        outbox.tell_by_hand(house, office.officer, second.id, "")
    outbox.tell_by_hand(house, office.officer, second.id, "I rang him.")
    assert only(house, notice, id=second.id).state == "done"
    assert only(house, task, once=notices.help_task(second.id)).state == "done"
    with pytest.raises(Refused, match="role"):
        outbox.retry(house, office.poster, second.id)


def test_rule_43_a_mail_server_that_fails_gets_it_all_later(
    house: House, factory: Factory, office: Office, sink: tuple[Sink, int], clock: Clock
) -> None:
    handler, port = sink
    smtp = SmtpMailer("127.0.0.1", port, "consent@hospital.example", clock, Security.NONE)
    mailed = replace(house, mailer=smtp)
    stopped(house, factory, person=CANARY)
    handler.refuses = True
    assert notices.send_due(mailed, "w1").failed == 4
    assert handler.received == []
    handler.refuses = False
    clock.pass_(minutes=2)
    assert notices.send_due(mailed, "w1").sent == 4
    ids = {str(message["Message-ID"]) for message in handler.messages}
    assert ids == {f"<{row.id}@hospital.example>" for row in rows(house, notice)}
    everything = "\n".join(message.as_string() for message in handler.messages)
    for told in ("Zzyzx", "Canaria", "1931", "MRN", "Canary Row"):
        assert told not in everything
