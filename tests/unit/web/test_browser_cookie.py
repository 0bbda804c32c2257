"""The browser's cookie, when the server's clock is moved."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from flask import Flask, session
from flask.testing import FlaskClient

from consent.web.light import PagesOnly

DAY = 24 * 3600


@pytest.fixture
def holder() -> FlaskClient:
    """A browser whose cookie holds something."""
    app = Flask("test", static_folder=None)
    app.config.update(SECRET_KEY=b"a test's secret", PERMANENT_SESSION_LIFETIME=timedelta(hours=72))
    app.session_interface = PagesOnly()
    app.add_url_rule("/", view_func=lambda: session.get("held", "nothing"))
    client = app.test_client()
    with client.session_transaction() as kept:
        kept["held"] = "a door"
    return client


@pytest.mark.parametrize(
    ("moved", "read"),
    [
        (0, "a door"),
        (-2, "a door"),
        (-2 * DAY, "a door"),
        (2 * DAY, "a door"),
        (-4 * DAY, "nothing"),
        (4 * DAY, "nothing"),
    ],
)
def test_a_clock_that_was_moved_sends_nobody_away(
    holder: FlaskClient, moved: int, read: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + moved)
    assert holder.get("/").text == read


def test_a_cookie_that_somebody_else_wrote_holds_nothing(holder: FlaskClient) -> None:
    cookie = holder.get_cookie("session")
    assert cookie is not None
    holder.set_cookie("session", cookie.value[:-3] + ("abc" if not cookie.value.endswith("abc") else "xyz"))
    assert holder.get("/").text == "nothing"
