"""Every address names the act or the door that it is for."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from flask import Flask

from consent.rules.access import MAY, Act
from consent.web.application import Front, make_application
from consent.web.desk import Desk, Door, Registry, Visit
from consent.web.menu import ITEMS
from tests.factory import ROOT

TERMS = SimpleNamespace(public_url="http://127.0.0.1:8000", demo=False, zone=None)


@pytest.fixture
def app() -> Flask:
    house = SimpleNamespace(terms=TERMS)
    return make_application(house, Front(ROOT / "templates", b"secret", extra_hosts=("localhost",)))  # type: ignore[arg-type]


def endpoints(app: Flask) -> Iterator[str]:
    for rule in app.url_map.iter_rules():
        if rule.endpoint != "static":
            yield rule.endpoint


def test_rule_50_every_endpoint_names_its_act_or_its_door(app: Flask) -> None:
    registry = app.extensions["consent.registry"]
    for endpoint in endpoints(app):
        entry = registry.entry(endpoint)
        assert isinstance(entry, Act | Door), endpoint
        assert isinstance(entry, Door) or MAY[entry], endpoint


def test_an_endpoint_that_names_nothing_is_not_there(app: Flask) -> None:
    app.add_url_rule("/smuggled", "smuggled", lambda: "here")
    assert app.test_client().get("/smuggled").status_code == 404


def test_two_pages_of_one_name_are_refused() -> None:
    desk = Desk("twice")

    def page(visit: Visit) -> str:
        return ""

    desk.page("/one", Door.OPEN)(page)
    with pytest.raises(ValueError, match="twice"):
        desk.page("/two", Door.OPEN)(page)


def test_the_menu_names_real_places(app: Flask) -> None:
    known = set(endpoints(app))
    assert [item.endpoint for item in ITEMS if item.endpoint not in known] == []


def test_a_desk_says_a_refusal_in_its_own_words_first() -> None:
    here, there = Desk("here", {"late": "Too late here."}), Desk("there", {"late": "Late.", "early": "Too early."})
    registry = Registry((here, there))
    assert registry.words("here.page", "late", {}) == "Too late here."
    assert registry.words("there.page", "late", {}) == "Late."
    assert registry.words("here.page", "early", {}) == "Too early."
    assert "(unheard)" in registry.words("here.page", "unheard", {})


def test_an_unknown_host_is_refused(app: Flask) -> None:
    assert app.test_client().get("/sign-in", headers={"Host": "evil.example"}).status_code == 400
