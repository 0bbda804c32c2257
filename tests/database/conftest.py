"""A house on each database, a clock to move, and the factory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from consent.acts.house import House
from tests.factory import Clock, Factory, make_house


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
    return Factory(house, clock)
