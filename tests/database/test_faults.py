"""The database gone or locked, the disk full, a key missing, a page from before: said clearly, nothing half done."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from consent.acts import (
    answering,
    cards,
    copying,
    creating,
    custody,
    doors,
    handing_over,
    linking,
    posts,
    releasing,
    revocation,
    signing,
    takedowns,
    upkeep,
)
from consent.acts.actor import Actor
from consent.acts.change_of_mind import Change, Scope, Way
from consent.acts.house import House
from consent.records import custody as chain
from consent.records import engine as engines
from consent.records.base import metadata
from consent.records.rows_only import changing_schema, restrict
from consent.records.tables.consents import consent, document
from consent.records.tables.posts import takedown
from consent.rules.access import Role
from consent.rules.refusal import NotFound
from consent.rules.takedown import Outcome
from consent.vault.blobs import CannotStore, FolderBlobStore
from consent.vault.keyring import fresh_keyring
from tests.database.crawling import csrf
from tests.database.furnished import fill
from tests.database.out_there import ADDRESS, ALLOWED, TICKS, Office, only
from tests.factory import Clock, Factory, make_house, picture_bytes, somebody
from tests.staffroom import browser, make_app, path_of, send, signed_in, token_on

DETAIL = re.compile(r"sqlite|psycopg|postgres|traceback|sqlalchemy|operationalerror|\.py\b|/tmp/|disk is full", re.I)
SESSIONS = frozenset({"staff_session", "signing_session", "throttle", "held", "data_key", "alembic_version"})
Chaos = Callable[[], None]


def on_record(house: House) -> str:
    """A fingerprint of all that is on record: every row of every table but sign-ins and half-finished input."""
    digest = hashlib.sha256()
    with house.reading() as connection:
        for table in metadata.sorted_tables:
            if table.name not in SESSIONS:
                for row in sorted(repr(row) for row in connection.execute(sa.select(table))):
                    digest.update(f"{table.name} {row}\n".encode())
    return digest.hexdigest()


def is_said(answer: Any, *statuses: int) -> None:
    """A clear page of ours, and nothing of the fault on it."""
    assert answer.status_code in statuses, (answer.request.path, answer.status_code)
    assert not DETAIL.search(answer.text), DETAIL.search(answer.text)
    assert "<h1" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.fixture
def gone(house: House, database_url: str, tmp_path: Path) -> Iterator[House]:
    """The same installation, its database out of reach."""
    nowhere = tmp_path / "nowhere"
    url = (
        f"sqlite:///{nowhere / 'x.sqlite'}" if database_url.startswith("sqlite") else f"postgresql:///x?host={nowhere}"
    )
    engine = engines.open_database(url)
    yield replace(house, engine=engine)
    engine.dispose()


@pytest.fixture
def nurse(factory: Factory) -> Actor:
    factory.ready_organisation()
    return factory.clinician()


@pytest.fixture
def locked(house: House, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """The same installation, while somebody else writes and does not end."""
    monkeypatch.setattr(engines, "BUSY_SECONDS", 1)
    engine, other = engines.open_database(database_url), engines.open_database(database_url)
    with engines.writing(other):
        yield replace(house, engine=engine)
    engine.dispose()
    other.dispose()


def tablet(app: Flask, token: str) -> FlaskClient:
    client = browser(app)
    with client.session_transaction() as session:
        session["signing"] = token
    return client


def handed_over(factory: Factory, made: str) -> tuple[str, str]:
    """The tablet's token and the signing session's ID."""
    token = handing_over.hand_over(factory.house, factory.clinician(), "no-browser", made)
    found = doors.find(factory.house, "signing", token)
    assert found
    return token, found


def test_a_database_that_is_gone_is_a_503_on_every_page(house: House, gone: House, factory: Factory) -> None:
    everybody = factory.staff(*Role)
    broken = make_app(gone)
    with signed_in(make_app(house), house, everybody).session_transaction() as session:
        token = session["_user_id"]
    statuses = set()
    for rule in broken.url_map.iter_rules():
        if rule.endpoint in ("static", "health.well"):
            continue
        address = fill(str(rule.rule), dict.fromkeys(rule.arguments, "1"))
        for method in rule.methods & {"GET", "POST"}:
            client = browser(broken)
            with client.session_transaction() as session:
                session |= {"_user_id": token, "signing": token, "card": token, "copy": token, "invitation": token}
            data = {"csrf_token": csrf(client)} if method == "POST" else None
            answer = client.open(address, method=method, data=data)
            assert answer.status_code != 500, (method, rule.rule)
            assert not DETAIL.search(answer.text), (rule.rule, DETAIL.search(answer.text))
            statuses.add(answer.status_code)
            if answer.status_code == 503:
                is_said(answer, 503)
    assert statuses <= {200, 303, 404, 410, 422, 503}, "what needs no database is shown; all else says so"
    assert 503 in statuses


def test_a_locked_database_is_a_503_and_nothing_is_half_done(
    house: House, nurse: Actor, locked: House, factory: Factory
) -> None:
    before = on_record(house)
    for act in (
        lambda: creating.draft(locked, nurse, "us-media-release", "en", person=somebody(7)),
        lambda: custody.sign(locked),
        lambda: upkeep.work_once(locked),
    ):
        with pytest.raises((OperationalError, ExceptionGroup)):
            act()
    client = browser(make_app(locked))
    page = client.get("/sign-in")
    assert page.status_code == 200
    answer = client.post("/sign-in", data={"csrf_token": token_on(page.text), "email": "a@b.example", "password": "x"})
    is_said(answer, 503)
    assert on_record(house) == before


def test_a_full_disk_keeps_nothing_of_a_signature(
    house: House, factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = factory.draft()
    token, session_id = handed_over(factory, made)
    seen = factory.answer(session_id)
    client = tablet(make_app(house), token)
    before = on_record(house)

    def full(_store: FolderBlobStore, _content: bytes) -> str:
        raise CannotStore(full=True)

    typed = {"typed": "Maria Lopez", "seen": seen, "claim": "c", "go": "sign"}
    with monkeypatch.context() as patched:
        patched.setattr(FolderBlobStore, "put", full)
        is_said(send(client, "/sign/sign", **typed), 503)
    assert on_record(house) == before
    assert custody.verify(house).sound
    assert send(client, "/sign/sign", **typed).location == "/sign/done"
    assert only(house, consent, id=made).status == "signed"
    assert custody.verify(house).sound


def test_a_full_disk_takes_no_picture_and_loses_none(
    house: House, factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in(make_app(house), house, factory.clinician())
    before = on_record(house)

    def full(_store: FolderBlobStore, _content: bytes) -> str:
        raise CannotStore(full=True)

    with monkeypatch.context() as patched:
        patched.setattr(FolderBlobStore, "put", full)
        file = (io.BytesIO(picture_bytes(5)), "p.jpg")
        is_said(send(client, "/pictures/add", medium="photo", file=file), 503)
    assert on_record(house) == before
    assert (
        send(client, "/pictures/add", medium="photo", file=(io.BytesIO(picture_bytes(5)), "p.jpg")).status_code == 303
    )


def test_a_full_sqlite_file_refuses_and_stays_sound(sqlite_url: str, tmp_path: Path, clock: Clock) -> None:
    house = make_house(sqlite_url, tmp_path, clock)
    factory = Factory(house, clock)
    made = factory.draft()
    _, session_id = handed_over(factory, made)
    seen = factory.answer(session_id)
    with house.engine.begin() as connection, changing_schema(connection):
        connection.exec_driver_sql("CREATE TABLE filler (content BLOB)")
        # Once for every connection: one that is opened later must not have more room.
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    engine = engines.open_database(sqlite_url)

    def limit(connection: Any, _record: object) -> None:
        connection.set_authorizer(None)
        connection.execute(f"PRAGMA max_page_count={pages + 1}")
        restrict(connection)

    sa.event.listen(engine, "connect", limit)
    tight = replace(house, engine=engine)
    app = make_app(tight)
    client = signed_in(make_app(house), house, factory.clinician())
    with client.session_transaction() as session:
        token = session["_user_id"]
    other = browser(app)
    with other.session_transaction() as session:
        session["_user_id"] = token
    large = {"name": "N" * 150, "born_on-day": "1", "born_on-month": "2", "born_on-year": "1980", "preferred": "en",
             "post": "P" * 480, "form": "us-media-release", "language": "en", "once": "",
             "csrf_token": csrf(other)}  # fmt: skip
    statuses = {other.post("/consents/new/patient", data=large).status_code for _ in range(6)}
    assert 503 in statuses
    assert statuses <= {303, 503}
    _fill(engine)
    with pytest.raises(OperationalError):
        for _ in range(3):
            # More than the pages of the session's answers, which the same transaction gives back.
            long = tuple((float(x % 300), float(x % 100)) for x in range(4000))
            signing.sign(tight, session_id, signing.Submission("c", seen, True, strokes=(long,)))
    assert custody.verify(house).sound
    assert only(house, consent, id=made).status == "handed-over"
    assert answering.open_session(house, session_id).state in ("open", "claimed")
    clock.pass_(minutes=3)
    assert signing.sign(house, session_id, signing.Submission("c", seen, True, typed="Maria Lopez")) == made
    assert custody.verify(house).sound
    engine.dispose()
    house.engine.dispose()


def _fill(engine: sa.Engine) -> None:
    """Leave no free page in a file that may not grow: what was deleted before would make room for a while."""
    with engine.connect() as connection:
        for size in (4000, 1000, 100, 10):
            with pytest.raises(OperationalError):
                while True:
                    connection.exec_driver_sql(f"INSERT INTO filler VALUES (zeroblob({size}))")
                    connection.commit()
            connection.rollback()


class Dies(RuntimeError):
    """The machine, at this very moment."""


def test_whoever_dies_before_the_commit_leaves_nothing_behind(
    house: House, factory: Factory, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    """Every act that writes much, ended at its last step."""
    office, nurse = Office(house, factory), factory.clinician()
    drafted = factory.draft()
    _, session_id = handed_over(factory, drafted)
    seen = factory.answer(session_id)
    signed = factory.signed_consent(allow=ALLOWED)
    image = factory.ready_picture(signed)
    reviewed = factory.reviewed_picture()
    person, number = factory.people(reviewed)[0], only(house, consent, id=signed).number
    live = office.live(image)
    planned = posts.plan(
        house, office.poster, posts.Plan((image,), "instagram", "public-education", None, "Well.", TICKS)
    ).id
    posts.approve(house, office.second, planned)
    revoked = factory.signed_consent(allow=ALLOWED)
    office.live(factory.ready_picture(revoked), address="9")
    revocation.revoke(house, nurse, Change(revoked, Scope.FORM, Way.LETTER, known_how="his hand"))
    down = only(house, takedown).id
    now = house.clock()
    acts: tuple[Chaos, ...] = (
        lambda: signing.sign(house, session_id, signing.Submission("c", seen, True, typed="Maria Lopez")) and None,
        lambda: linking.link(house, nurse, reviewed, person, number, "") and None,
        lambda: releasing.release(house, office.poster, image, "instagram", "public-education") and None,
        lambda: posts.record(house, office.poster, planned, posts.Record(ADDRESS + "7", now)) and None,
        lambda: revocation.revoke(house, nurse, Change(signed, Scope.EVERYTHING, Way.LETTER, known_how="x")) and None,
        lambda: takedowns.settle(house, office.poster, down, takedowns.Seen(Outcome.REMOVED, now, "gone")) and None,
        lambda: cards.make_card(house, nurse, signed) and None,
        lambda: copying.offer_to_phone(house, nurse, signed) and None,
        lambda: creating.draft(house, nurse, "us-media-release", "en", patient_id=factory.patient_of(signed)) and None,
    )

    def die(*_args: object, **_kwargs: object) -> Any:
        raise Dies

    for place, act in enumerate(acts):
        before = on_record(house)
        with monkeypatch.context() as patched:
            patched.setattr(chain, "append", die)
            with pytest.raises(Dies):
                act()
        assert on_record(house) == before, f"act {place} left something behind"
    assert custody.verify(house).sound
    assert live
    for act in acts:
        act()
        clock.pass_(minutes=1)
    assert custody.verify(house).sound


def test_a_key_that_is_gone_is_a_fault_without_detail(house: House, factory: Factory) -> None:
    made = factory.signed_consent()
    before = on_record(house)
    lost = replace(house, keyring=fresh_keyring())
    client = signed_in(make_app(lost), house, factory.clinician())
    for path in (f"/consents/{made}", f"/consents/{made}/document"):
        answer = client.get(path)
        is_said(answer, 500, 503)
        assert "Lopez" not in answer.text
    assert on_record(house) == before
    assert custody.verify(house).sound


def test_rule_3_a_wording_that_was_withdrawn_meanwhile_is_not_signed(house: House, factory: Factory) -> None:
    made = factory.draft()
    token, session_id = handed_over(factory, made)
    seen = factory.answer(session_id)
    client = tablet(make_app(house), token)
    page = client.get("/sign/sign").text
    factory.withdraw_form()
    before = on_record(house)
    typed = {"typed": "Maria Lopez", "seen": seen, "claim": "c", "go": "sign"}
    answer = client.post("/sign/sign", data={"csrf_token": token_on(page), **typed})
    is_said(answer, 409)
    assert on_record(house) == before
    assert only(house, consent, id=made).status == "handed-over"
    desk = signed_in(make_app(house), house, factory.clinician())
    page = desk.get(f"/consents/{made}")
    assert desk.post(f"/consents/{made}/hand-over", data={"csrf_token": csrf(desk)}).location != "/sign"


def test_two_tabs_sign_what_was_seen_last_and_only_once(house: House, factory: Factory) -> None:
    made = factory.draft()
    token, session_id = handed_over(factory, made)
    seen = factory.answer(session_id)
    one, two = tablet(make_app(house), token), tablet(make_app(house), token)
    page = one.get("/sign/sign").text
    session = answering.open_session(house, session_id)
    ask = ("permission", "recognisable")
    answering.save(house, session_id, {ask: not session.given.uses[ask]}, None)
    typed = {"typed": "Maria Lopez", "seen": seen, "claim": "c", "go": "sign"}
    stale = one.post("/sign/sign", data={"csrf_token": token_on(page), **typed})
    assert stale.status_code == 303
    assert "/sign/check" in stale.location
    assert only(house, consent, id=made).status == "handed-over"
    again = answering.open_session(house, session_id).given.digest
    answering.review(house, session_id, again)
    forms = [{**typed, "csrf_token": token_on(client.get("/sign/sign").text), "seen": again} for client in (one, two)]
    locations = [client.post("/sign/sign", data=form).location for client, form in zip((one, two), forms, strict=True)]
    assert locations == ["/sign/done", "/sign/done"]
    with house.reading() as connection:
        kept = connection.execute(sa.select(document).where(document.c.consent_id == made)).all()
    assert len(kept) == 1
    assert custody.verify(house).sound


def test_a_tab_from_before_changes_nothing(house: House, factory: Factory) -> None:
    """Staff who change what is handed over take it back; what was decided meanwhile stays decided."""
    made = factory.draft()
    app = make_app(house)
    desk = signed_in(app, house, factory.clinician())
    token, _ = handed_over(factory, made)
    page = token_on(desk.get(f"/consents/{made}/ask/medium").text)
    changed = {"csrf_token": page, "medium": "film"}
    assert desk.post(f"/consents/{made}/ask/medium", data=changed).status_code == 303
    is_said(tablet(app, token).get("/sign"), 404, 410)
    creating.discard(house, factory.clinician(), made)
    before = on_record(house)
    for path in (f"/consents/{made}/ask/medium", f"/consents/{made}/discard", f"/consents/{made}/hand-over"):
        answer = desk.post(path, data=changed)
        assert answer.status_code in (303, 404, 409, 422), path
        assert answer.location != "/sign"
    assert on_record(house) == before


def test_links_that_are_over_say_so(house: House, factory: Factory, clock: Clock) -> None:
    made = factory.signed_consent()
    app = make_app(house)
    offer = copying.offer_to_phone(house, factory.clinician(), made)
    first, second = browser(app), browser(app)
    assert first.get(path_of(offer.address)).status_code == 303
    is_said(second.get(path_of(offer.address)), 410)
    clock.pass_(minutes=16)
    is_said(first.get("/copy"), 410)
    late = copying.offer_to_phone(house, factory.clinician(), made)
    clock.pass_(minutes=16)
    is_said(browser(app).get(path_of(late.address)), 410)
    old = cards.make_card(house, factory.clinician(), made)
    cards.make_card(house, factory.clinician(), made)
    is_said(browser(app).get(path_of(old.address)), 404, 410)
    is_said(browser(app).get("/invitation/" + "x" * 22), 410)
    with pytest.raises(NotFound):
        copying.open_link(house, offer.address.rpartition("/")[2])


def test_a_wrong_code_says_so_and_opens_nothing(house: House, factory: Factory) -> None:
    made = factory.signed_consent()
    offer = copying.offer_to_phone(house, factory.clinician(), made)
    code = copying.code_for_phone(house, factory.clinician(), made)
    phone = browser(make_app(house))
    phone.get(path_of(offer.address))
    wrong = send(phone, "/copy", code="000000" if code != "000000" else "111111")
    assert wrong.status_code == 422
    assert phone.get("/copy/file").status_code == 404
    assert send(phone, "/copy", code=f"{code[:3]} {code[3:]}").status_code == 303
    assert phone.get("/copy/file").data.startswith(b"%PDF")
