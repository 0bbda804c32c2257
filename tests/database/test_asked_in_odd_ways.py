"""Requests that no page of ours sends: asked with HEAD, out of order, by somebody who may not. Nothing happens."""

from __future__ import annotations

from consent.acts import custody
from consent.acts.house import House
from consent.records import copies
from tests.factory import Factory
from tests.staffroom import make_app, signed_in


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
