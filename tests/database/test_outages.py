"""The database stopped in mid-transaction, a disk that may only be read, a clock set back: said plainly, nothing half.

Everything here goes on with the same server: nobody starts it again.
"""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from sqlalchemy.engine.default import DefaultDialect

from consent.acts import audit as auditing
from consent.acts import cards, clock_care, custody, doors, lending, notices, revocation, signing, throttle, upkeep
from consent.acts.actor import COMMAND, SYSTEM
from consent.acts.change_of_mind import Change, Scope, Way
from consent.acts.house import House
from consent.cli.clock import confirm_clock
from consent.cli.house import cannot_start
from consent.mailer import Message
from consent.records import consents
from consent.records import custody as chain
from consent.records import engine as engines
from consent.records.tables.consents import consent, document, signing_session
from consent.records.tables.owed import notice
from consent.rules.access import Role
from consent.rules.audit import Worry
from consent.rules.refusal import Refused
from consent.vault import blobs
from tests.asking import look_up
from tests.database import postgres
from tests.database.out_there import ALLOWED, Office, only, rows
from tests.database.test_faults import handed_over, is_said, on_record, tablet
from tests.factory import Clock, Factory, make_house
from tests.staffroom import browser, make_app, send, signed_in, token_on

# Commits are on the disk: what was said is there after a stop without notice.
KEPT = ("shared_buffers=64MB", "autovacuum=off")
TYPED = {"typed": "Maria Lopez", "claim": "c", "go": "sign"}


class Server:
    """A PostgreSQL of its own, to stop and to start again on the same data."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running = ExitStack()
        self.start()

    def start(self) -> None:
        self._running.enter_context(postgres.serving(self._folder, self._folder / "data", KEPT, signal.SIGQUIT))

    def stop(self) -> None:
        """At once, as when the machine that it runs on fails."""
        self._running.close()

    @property
    def cluster(self) -> postgres.Cluster:
        return postgres.Cluster(self._folder)


@pytest.fixture
def server() -> Iterator[Server]:
    with postgres.sockets() as folder:
        made = Server(folder)
        yield made
        made.stop()


@pytest.mark.postgresql
def test_a_database_that_stops_in_mid_transaction_is_said_and_works_again_without_a_restart(
    server: Server, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = make_house(server.cluster.url(server.cluster.create()), tmp_path, clock)
    factory = Factory(house, clock)
    app = make_app(house)
    append, commit = chain.append, DefaultDialect.do_commit

    def before_the_commit(*args: Any, **named: Any) -> tuple[int, str]:
        entry = append(*args, **named)
        server.stop()
        return entry

    def after_the_commit(dialect: DefaultDialect, connection: Any) -> None:
        commit(dialect, connection)
        if "consent.sign" in acts:
            server.stop()

    acts: list[str] = []

    def noted(*args: Any, **named: Any) -> tuple[int, str]:
        acts.append(named["act"])
        return append(*args, **named)

    for place, is_signed in ((before_the_commit, False), (after_the_commit, True)):
        made = factory.draft()
        token, session_id = handed_over(factory, made)
        typed = {**TYPED, "seen": factory.answer(session_id)}
        client = tablet(app, token)
        typed["csrf_token"] = token_on(client.get("/sign/sign").text)
        before = on_record(house)
        acts.clear()
        with monkeypatch.context() as patched:
            if is_signed:
                patched.setattr(chain, "append", noted)
                patched.setattr(DefaultDialect, "do_commit", place)
            else:
                patched.setattr(chain, "append", place)
            answer = client.post("/sign/sign", data=typed)
        if is_signed:
            assert answer.location == "/sign/done"
            is_said(client.get("/sign/done"), 503)
        else:
            is_said(answer, 503)
        assert browser(app).get("/healthz").status_code == 503
        server.start()
        assert browser(app).get("/healthz").status_code == 200
        assert (only(house, consent, id=made).status == "signed") == is_signed
        assert (on_record(house) != before) == is_signed
        # It could not let the session go: whoever died over it is overtaken.
        clock.pass_(minutes=3)
        assert client.post("/sign/sign", data=typed).location == "/sign/done"
        assert client.get("/sign/done").status_code == 200
        assert len(rows(house, document, consent_id=made)) == 1
        assert custody.verify(house).sound
    house.engine.dispose()


@pytest.fixture
def read_only(house: House, database_url: str, tmp_path: Path) -> Iterator[House]:
    """The same installation, whose database can be read and not be written."""
    if database_url.startswith("sqlite"):
        url = f"sqlite:///file:{tmp_path / 'consent.sqlite'}?mode=ro&uri=true"
        engine = engines.open_database(url)
    else:
        engine = engines.open_database(database_url)

        @sa.event.listens_for(engine, "connect")
        def _as_a_standby(connection: Any, _record: object) -> None:
            connection.execute("SET default_transaction_read_only = on")
            connection.commit()

    yield replace(house, engine=engine)
    engine.dispose()


def test_a_database_that_may_only_be_read_is_said_and_nothing_is_signed(
    house: House, read_only: House, factory: Factory
) -> None:
    made = factory.draft()
    token, session_id = handed_over(factory, made)
    typed = {**TYPED, "seen": factory.answer(session_id)}
    before = on_record(house)
    client = tablet(make_app(house), token)
    typed["csrf_token"] = token_on(client.get("/sign/sign").text)
    stuck = tablet(make_app(read_only), token)
    with client.session_transaction() as session, stuck.session_transaction() as other:
        other.update(session)
    is_said(stuck.post("/sign/sign", data=typed), 503)
    assert on_record(house) == before
    assert only(house, consent, id=made).status == "handed-over"
    assert client.post("/sign/sign", data=typed).location == "/sign/done"
    assert custody.verify(house).sound


def test_a_disk_that_may_only_be_read_is_said_and_nothing_is_signed(
    house: House, factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = factory.draft()
    token, session_id = handed_over(factory, made)
    seen = factory.answer(session_id)
    client = tablet(make_app(house), token)
    before = on_record(house)

    def refused(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    with monkeypatch.context() as patched:
        patched.setattr(blobs, "create_private", refused)
        is_said(send(client, "/sign/sign", **TYPED, seen=seen), 503)
    assert on_record(house) == before
    assert send(client, "/sign/sign", **TYPED, seen=seen).location == "/sign/done"
    assert custody.verify(house).sound


def test_rule_40_a_clock_set_back_brings_no_consent_back(house: House, factory: Factory, clock: Clock) -> None:
    office = Office(house, factory)
    made = factory.signed_consent(allow=ALLOWED)
    image = factory.ready_picture(made)
    clock.pass_(days=3)
    assert look_up(house, office.poster, image, "instagram", "public-education").allowed
    revocation.revoke(house, factory.clinician(), Change(made, Scope.FORM, Way.LETTER, known_how="his hand"))
    clock.pass_(days=-2)
    assert not look_up(house, office.poster, image, "instagram", "public-education").allowed
    assert only(house, consent, id=made).status == "revoked"
    upkeep.nightly(house, SYSTEM)
    assert custody.verify(house).sound
    # Somebody else's signature does not depend on what the clock said before.
    other = factory.signed_consent()
    assert only(house, consent, id=other).status == "signed"
    assert custody.verify(house).sound


def test_rule_33_a_clock_in_doubt_says_no_until_somebody_has_looked_at_it(
    house: House, factory: Factory, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The no is itself an entry: what was asked in doubt must not end the doubt."""
    office = Office(house, factory)
    image = factory.ready_picture(factory.signed_consent(allow=ALLOWED))

    def says() -> bool:
        return look_up(house, office.poster, image, "instagram", "public-education").allowed

    def worried() -> bool:
        found = auditing.audit(house, COMMAND).findings
        return Worry.CLOCK_IN_DOUBT in {each.kind for each in found}

    assert says()
    clock.pass_(days=3)
    assert says()
    assert not worried()
    clock.pass_(days=-2)
    assert [says(), says()] == [False, False]
    assert worried()

    monkeypatch.setattr("consent.cli.clock.open_house", lambda: house)
    run = CliRunner().invoke
    wrong = run(confirm_clock, input="n\n")
    assert wrong.exit_code == 1
    assert "Set the clock right" in wrong.output
    assert not says()
    right = run(confirm_clock, input="y\n")
    assert right.exit_code == 0
    assert "Noted in the trail" in right.output
    # His word is about what was written before it: under a clock set back again it speaks against that one itself.
    clock.pass_(days=-1)
    assert not says()
    clock.pass_(days=1)
    assert says()
    assert not worried()
    # A word about this time says nothing about the next.
    clock.pass_(days=-1)
    assert [says(), says()] == [False, False]
    clock.pass_(days=3)
    assert says()
    assert "Nothing speaks against the clock" in run(confirm_clock).output
    shown = clock()
    clock.pass_(days=-1)
    assert not clock_care.confirm(house, COMMAND, shown)
    assert not says()
    clock.pass_(days=1)
    assert custody.verify(house).sound


def test_a_clock_set_back_holds_no_session_for_longer(
    house: House, factory: Factory, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever died over a session under a wrong clock is overtaken at once: his time lies ahead."""
    session_id = factory.handed_over(factory.draft())
    seen = factory.answer(session_id)
    submission = signing.Submission("c", seen, True, typed="Maria Lopez")

    class Dies(BaseException):
        pass

    def die(*_: object, **__: object) -> None:
        raise Dies

    with monkeypatch.context() as patched, pytest.raises(Dies):
        patched.setattr(type(house.sealer), "seal", die)
        patched.setattr(consents, "release_session", lambda *_: None)
        clock.pass_(days=1)
        signing.sign(house, session_id, submission)
    assert only(house, signing_session, id=session_id).state == "claimed"
    with pytest.raises(Refused, match="signing-now"):
        signing.sign(house, session_id, submission)
    clock.pass_(days=-1)
    assert signing.result(house, session_id) == "open"
    assert signing.sign(house, session_id, submission)
    assert custody.verify(house).sound


def test_rule_43_a_clock_set_back_keeps_no_notice_waiting(house: House, factory: Factory, clock: Clock) -> None:
    """Owed under a clock a day ahead, taken under it by a worker that died: sent at once when the clock is right."""
    came: list[str] = []
    dies = [True]

    class Postbox:
        def send(self, message: Message) -> None:
            if dies:
                dies.clear()
                raise KeyboardInterrupt
            came.append(message.reference)

    house = replace(house, mailer=Postbox())
    factory.staff(Role.PRIVACY_OFFICER)
    factory.staff(Role.COMMUNICATIONS)
    made = factory.signed_consent()
    clock.pass_(days=1)
    revocation.revoke(house, factory.clinician(), Change(made, Scope.FORM, Way.LETTER, known_how="his hand"))
    owed = {row.id for row in rows(house, notice, to="staff", state="owed")}
    with pytest.raises(KeyboardInterrupt):
        notices.send_due(house, "w1")
    clock.pass_(days=-1)
    notices.send_due(house, "w2")
    assert set(came) == owed
    assert len(came) == len(owed)
    assert not [row for row in rows(house, notice, to="staff") if row.state != "sent"]
    assert custody.verify(house).sound


def test_a_clock_set_back_leaves_no_door_open_for_longer(house: House, factory: Factory, clock: Clock) -> None:
    """A tablet, a card and a sign-in, opened under a clock ahead: each still ends, and each can still be locked."""
    app, staff = make_app(house), factory.clinician()
    token, session_id = handed_over(factory, factory.draft())
    client = tablet(app, token)
    person = signed_in(app, house, staff)
    card = cards.make_card(house, staff, factory.signed_consent())
    opened = doors.open_card(house, cards.check_code(house, card.number, card.code, "10.0.0.1").id)

    # By minutes: nobody notices, and from now on the time is counted from now.
    clock.pass_(minutes=-10)
    assert doors.find(house, "card", opened.token, opened.browser)
    doors.see_card(house, opened.token)
    assert client.get("/sign").status_code == 200
    assert person.get("/account").status_code == 200
    clock.pass_(minutes=16)
    assert person.get("/account").location == "/sign-in"
    clock.pass_(minutes=15)
    assert doors.find(house, "card", opened.token, opened.browser) is None

    # By an hour: the patient reads on, and the tablet that he leaves locks.
    token, session_id = handed_over(factory, factory.draft())
    client = tablet(app, token)
    clock.pass_(hours=-1)
    assert client.get("/sign").status_code == 200
    lending.lock(house, session_id)
    assert client.get("/sign").location == "/sign/locked"

    # By days: what was noted then keeps nothing open.
    person = signed_in(app, house, staff)
    opened = doors.open_card(house, cards.check_code(house, card.number, card.code, "10.0.0.1").id)
    token, session_id = handed_over(factory, factory.draft())
    clock.pass_(days=-2)
    assert person.get("/account").location == "/sign-in"
    assert doors.find(house, "card", opened.token, opened.browser) is None
    assert lending.is_locked(house, session_id)


def test_a_database_that_cannot_be_written_is_one_plain_line_for_a_command(read_only: House) -> None:
    with pytest.raises(sa.exc.DBAPIError) as caught:
        throttle.take_try(read_only, "a counter")
    told = cannot_start(caught.value)
    assert told is not None
    assert len(told) == 1
    assert "read" in told[0]
    assert "INSERT" not in told[0]
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/instance/demo.json")
    assert cannot_start(full) == ["/instance/demo.json cannot be written: No space left on device."]
    assert cannot_start(OSError(errno.EINVAL, "ours")) is None


def test_a_statement_that_sqlite_does_not_understand_is_a_fault_of_ours(sqlite_url: str) -> None:
    engine = sa.create_engine(sqlite_url)
    with engine.connect() as connection, pytest.raises(sa.exc.OperationalError) as caught:
        connection.execute(sa.text("SELECT 1 FROM nowhere"))
    engine.dispose()
    assert cannot_start(caught.value) is None
