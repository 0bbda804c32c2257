"""A house on each database, a clock to move, the factory, the pages, and who works there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from consent.acts.actor import Actor
from consent.acts.house import House
from consent.rules.access import Role
from tests.database import mail_server
from tests.database.mail_server import Sink
from tests.database.out_there import Office
from tests.factory import Clock, Factory, make_house, short_printer
from tests.staffroom import make_app, signed_in


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def house(database_url: str, tmp_path: Path, clock: Clock) -> Iterator[House]:
    made = make_house(database_url, tmp_path, clock)
    yield made
    made.engine.dispose()


@pytest.fixture
def factory(house: House, clock: Clock) -> Factory:
    """Whoever reads the pages of what it signs uses `in_full` too."""
    return Factory(house, clock, short_printer())


@pytest.fixture
def in_full(factory: Factory) -> None:
    """What the factory signs is printed in full."""
    factory.printer = factory.house.printer


@pytest.fixture
def app(house: House) -> Flask:
    return make_app(house)


@pytest.fixture
def office(house: House, factory: Factory) -> Office:
    return Office(house, factory)


@pytest.fixture
def poster(factory: Factory) -> Actor:
    return factory.staff(Role.COMMUNICATIONS)


@pytest.fixture
def officer(factory: Factory) -> Actor:
    return factory.staff(Role.PRIVACY_OFFICER)


@pytest.fixture
def head(factory: Factory) -> Actor:
    return factory.staff(Role.ADMINISTRATOR)


@pytest.fixture
def sink() -> Iterator[tuple[Sink, int]]:
    with mail_server.running() as started:
        yield started


@pytest.fixture
def desk(app: Flask, house: House, factory: Factory) -> FlaskClient:
    factory.ready_organisation()
    return signed_in(app, house, factory.clinician())
