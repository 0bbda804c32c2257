"""A house on each database, a clock to move, and the factory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from consent.acts.house import House
from tests.factory import Clock, Factory, make_house, short_printer


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
