"""A verdict by image ID, with its record and one durable commit, beside the floor."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from consent.acts.actor import Actor
from consent.rules.access import Role
from tests.asking import look_up
from tests.bench import cellar
from tests.bench.archive import prepare, spread
from tests.bench.floor import Floor
from tests.bench.measure import Row, Watch, alternate
from tests.database.postgres import Cluster
from tests.factory import START, Clock, make_house

SECTION = "Verdict by image ID, kept and committed"
SIZES = (10_000, 1_000_000)
WARM = 50
AT_MOST = 3.0  # times the floor
FLAT = 1.5  # times the time at the smallest archive: what still counts as flat on a noisy machine


def rows(*, quick: bool, rounds: int) -> Iterator[Row]:
    """Measure on both databases at each size."""
    sizes = SIZES[:1] if quick else SIZES

    def fill(images: int) -> cellar.Fill:
        return lambda url, folder: prepare(url, images, folder)

    yield from _compared("SQLite", [(size, cellar.sqlite(size, fill(size))) for size in sizes], rounds)
    with Cluster.kept(cellar.CELLAR / "postgresql") as cluster:
        yield from _compared(
            "PostgreSQL", [(size, cellar.postgresql(cluster, size, fill(size))) for size in sizes], rounds
        )


def _compared(database: str, urls: list[tuple[int, str]], rounds: int) -> Iterator[Row]:
    smallest: float | None = None
    for size, url in urls:
        row = measure(f"{database}, {size:,} images", url, size, rounds)
        yield row
        if smallest is not None:
            grown = row.median / smallest
            what = f"{database}, from 10 thousand to 1 million"
            yield Row(SECTION, what, grown, grown, "x", aim=f"flat (<= {FLAT:g} x)", met=grown <= FLAT)
        smallest = smallest or row.median


def measure(what: str, url: str, images: int, rounds: int) -> Row:
    """Ask `rounds` times through the act and through the floor, turn by turn."""
    watch = Watch()
    wanted = list(spread(images, rounds + WARM))
    actor = Actor("staff", secrets.token_hex(13), frozenset({Role.COMMUNICATIONS}), second_factor=True)
    with tempfile.TemporaryDirectory() as folder:
        house = make_house(url, Path(folder), Clock(START + timedelta(days=1)))
        floor = Floor(url)

        def ask(number: int) -> None:
            with watch.timing("act" if number >= WARM else "warm"):
                answer = look_up(house, actor, wanted[number], "instagram", "public-education")
            if not answer.allowed:
                raise RuntimeError(f"the archive is not what the rule wants: {answer}")

        def ask_floor(number: int) -> None:
            with watch.timing("floor" if number >= WARM else "warm"):
                floor.ask(wanted[number])

        alternate(rounds + WARM, ask, ask_floor)
        floor.close()
        house.engine.dispose()
    row = watch.row(SECTION, "act", what)
    bare = watch.median("floor")
    met = row.median <= AT_MOST * bare
    return Row(SECTION, what, row.median, row.p95, runs=row.runs, floor=bare, aim=f"<= {AT_MOST:g} x floor", met=met)
