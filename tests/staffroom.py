"""A browser that somebody is signed in with, and the ways in, for tests of pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, ClassVar

import pyotp
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule

from consent.acts import invitations, second_factor, sessions, sign_in
from consent.acts.actor import COMMAND, Actor
from consent.acts.house import House
from consent.rules.access import Role
from consent.web.application import Front, make_application
from tests.factory import ROOT

PASSWORD = "seven quiet lanterns by the sea"


class _Compiled(BytecodeCache):
    """The pages' templates, compiled once per test process: hundreds of tests make an application each."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


_COMPILED = _Compiled()


class _KnownRule(Rule):
    """An address of ours: how it is put together is compiled once per test process too."""

    _kept: ClassVar[dict[str, Callable[..., tuple[str, str]]]] = {}

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        key = repr((self.rule, append_unknown, self.defaults, self._trace))
        if key not in self._kept:
            self._kept[key] = super()._compile_builder(append_unknown)
        return self._kept[key]


Flask.url_rule_class = _KnownRule


def make_app(house: House) -> Flask:
    """The application on this house, every fault raised as it would be outside tests."""
    app = make_application(house, Front(ROOT / "templates", b"a test's secret", extra_hosts=("localhost",)))
    app.jinja_env.bytecode_cache = _COMPILED
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app


def browser(app: Flask) -> FlaskClient:
    """A fresh browser."""
    return app.test_client()


def signed_in(app: Flask, house: House, actor: Actor) -> FlaskClient:
    """A browser in which this person is signed in, with a second factor if `actor` says so."""
    with house.scratch() as deed:
        token = sessions.begin(deed, actor.id, second_factor=actor.second_factor)
    client = browser(app)
    with client.session_transaction() as session:
        session["_user_id"] = token
    return client


def path_of(link: str) -> str:
    """The path of a whole link, for a browser that does not use the public address."""
    return link.removeprefix("http://127.0.0.1:8000")


def token_on(page: str) -> str:
    """The CSRF token of a page."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found, page[:400]
    return found.group(1)


def send(client: FlaskClient, path: str, page: str | None = None, **fields: Any) -> Any:
    """Send the form that `page` (by default the same path) shows, with these fields."""
    shown = client.get(page or path).text
    return client.post(path, data={"csrf_token": token_on(shown), **fields})


def new_person(house: House, *roles: Role, name: str = "Ada Byron", email: str = "ada@hospital.example") -> Actor:
    """Somebody who took an invitation: with a password (PASSWORD) and no second factor yet."""
    by = Actor("staff", COMMAND.id, frozenset({Role.ADMINISTRATOR}))
    link = invitations.invite(house, by, email=email, name=name, roles=roles, unit="Burns")
    token = link.rpartition("/")[2]
    invited = invitations.find_invited(house, token)
    assert invited
    invitations.accept(house, token, email=email, name=name, password=PASSWORD)
    return Actor("staff", invited.staff_id, frozenset(roles), "Burns")


def with_second_factor(house: House, actor: Actor) -> tuple[pyotp.TOTP, tuple[str, ...]]:
    """Set up the second factor; returns the app on the phone and the recovery codes."""
    with house.scratch() as deed:
        token = sessions.begin(deed, actor.id, second_factor=False)
    found = sessions.find(house, token)
    assert isinstance(found, sessions.SignedIn)
    phone = pyotp.TOTP(second_factor.begin_set_up(house, actor, found.session_id))
    codes = second_factor.confirm_set_up(house, actor, found.session_id, phone.at(house.clock()))
    return phone, codes


def enter(house: House, email: str, phone: pyotp.TOTP | None) -> str:
    """Sign in through the acts; returns the browser's token."""
    shown = sign_in.show_password(house, email, PASSWORD, "192.0.2.1")
    if isinstance(shown, sign_in.Begun):
        return shown.token
    assert phone
    return sign_in.show_code(house, shown, phone.at(house.clock())).token
