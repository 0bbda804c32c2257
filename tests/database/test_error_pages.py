"""When something is wrong: a clear page, nothing of the fault on it or in the log, and the right headers."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from consent.acts.house import House
from consent.records.engine import open_database
from consent.rules.access import Role
from consent.web.desk import Desk, Door, Visit
from consent.web.desks import DESKS
from tests.factory import Factory
from tests.staffroom import browser, make_app, send, signed_in

SECRET = "Zebulon Quarterstaff"


def test_a_database_that_is_gone_is_said_and_not_shown(house: House, factory: Factory, tmp_path: Path) -> None:
    app = make_app(house)
    client = signed_in(app, house, factory.staff(Role.CLINICIAN))
    page = browser(app).get("/sign-in")
    assert page.status_code == 200
    gone = replace(house, engine=open_database(f"sqlite:///{tmp_path / 'no' / 'such.sqlite'}"))
    broken = make_app(gone)
    stranger = browser(broken)
    assert send(stranger, "/sign-in", email="a@hospital.example", password="x").status_code == 503
    with client.session_transaction() as session:
        token = session["_user_id"]
    other = browser(broken)
    with other.session_transaction() as session:
        session["_user_id"] = token
    answer = other.get("/")
    assert answer.status_code == 503
    assert "We cannot reach our records" in answer.text
    assert "sqlite" not in answer.text.lower()


def test_a_fault_of_ours_shows_a_number_and_nothing_else(house: House, caplog: pytest.LogCaptureFixture) -> None:
    desk = Desk("faulty")

    def fall(visit: Visit) -> str:
        raise RuntimeError(SECRET)

    desk.page("/fall", Door.OPEN)(fall)
    from consent.web import application

    app = application.make_application(
        house,
        application.Front(Path(__file__).resolve().parents[2] / "templates", b"secret", extra_hosts=("localhost",)),
        (*DESKS, desk),
    )
    with caplog.at_level(logging.INFO, "consent"):
        answer = app.test_client().get("/fall")
    assert answer.status_code == 500
    assert "Something is wrong on our side" in answer.text
    assert SECRET not in answer.text + caplog.text
    number = next(record for record in caplog.records if record.message.startswith("fault")).message.split()[1]
    assert number in answer.text


def test_every_answer_forbids_caches_referrers_and_frames(house: House) -> None:
    client = browser(make_app(house))
    for path in ("/sign-in", "/nothing", "/"):
        headers = client.get(path).headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Frame-Options"] == "DENY"
        assert "script-src 'self' 'nonce-" in headers["Content-Security-Policy"]


def test_a_form_without_its_token_is_refused(house: House) -> None:
    answer = browser(make_app(house)).post("/sign-in", data={"email": "a", "password": "b"})
    assert answer.status_code == 400
    assert "Go back, load the page again" in answer.text


def test_an_upload_beyond_the_limit_is_refused_clearly(house: House, factory: Factory) -> None:
    client = signed_in(make_app(house), house, factory.staff(Role.CLINICIAN))
    head = b'--cut\r\nContent-Disposition: form-data; name="pin"\r\n\r\n'
    body = head + b"9" * (9 * 1024 * 1024) + b"\r\n--cut--\r\n"
    answer = client.post("/account/pin", data=body, content_type="multipart/form-data; boundary=cut")
    assert answer.status_code == 413
    assert "too large" in answer.text


def test_the_log_names_routes_not_addresses(house: House, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "consent"):
        browser(make_app(house)).get("/invitation/secret-token-in-a-path")
    assert "invitation.enter" in caplog.text
    assert "secret-token" not in caplog.text
