"""Requests that no page of ours sends: asked with HEAD, out of order, by somebody who may not. Nothing happens."""

from __future__ import annotations

import time

from consent.acts import custody
from consent.acts.house import House
from consent.records import copies
from tests.factory import Factory
from tests.staffroom import browser, make_app, signed_in


def test_head_shows_what_get_shows_and_does_nothing_more(house: House, factory: Factory) -> None:
    """A page that makes a card when it is not asked with GET made one for HEAD too, without any token."""
    made = factory.signed_consent()
    client = signed_in(make_app(house), house, factory.clinician())
    shown, asked = client.get(f"/consents/{made}/card"), client.head(f"/consents/{made}/card")
    assert (asked.status_code, asked.data) == (200, b"")
    assert asked.headers["Content-Length"] == shown.headers["Content-Length"]
    with house.reading() as connection:
        assert copies.newest_card(connection, made) is None
    assert custody.verify(house).sound
    assert client.head("/healthz").status_code == 200
    assert client.head("/static/site.css").data == b""


def test_a_form_of_millions_of_fields_is_refused_before_it_is_taken_apart(house: House) -> None:
    """Eight of them at once kept every processor busy for a minute, for whoever could reach the public pages."""
    client = browser(make_app(house))
    plain = {"content_type": "application/x-www-form-urlencoded"}
    started = time.process_time()
    assert client.post("/check", data=b"a&" * 3_000_000, **plain).status_code == 413
    assert time.process_time() - started < 1
    assert client.post("/check", data=b"a" * 9_000_000, **plain).status_code == 413
    assert client.post("/sign-in", data=b"a=" + b"x" * 70_000, **plain).status_code == 400
    unsized = client.post("/sign-in", data=b"a=1", headers={"Transfer-Encoding": "chunked"}, **plain)
    assert unsized.status_code == 411
