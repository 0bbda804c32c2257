"""From "finish" to sealed and on record, through the real act, its parts apart."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from unittest import mock

from consent.acts import filing, signing
from consent.acts.actor import Actor
from consent.acts.house import Deed, House
from tests.bench.measure import Row, Watch
from tests.factory import Clock, Factory, make_house

SECTION = "Finish to sealed, SQLite"
AT_MOST = 450  # milliseconds
WARM = 2
STROKES = tuple(tuple((20.0 + 4 * n, 60.0 + 30 * (n % 7 - 3) + 9 * line) for n in range(38)) for line in (0, 1))


class _Timed:
    """Another object, one method of which is timed."""

    def __init__(self, inner: object, method: str, watch: Watch, name: str) -> None:
        self._inner, self._method, self._watch, self._name = inner, method, watch, name

    def __getattr__(self, name: str) -> object:
        found = getattr(self._inner, name)
        return _timed(found, self._watch, self._name) if name == self._method else found


def _timed(work, watch: Watch, name: str):
    def timed(*args, **named):
        with watch.timing(name):
            return work(*args, **named)

    return timed


class _TimedHouse(House):
    """A house that times the transaction in which a consent becomes signed."""

    watch = Watch()

    @contextmanager
    def writing(self, actor: Actor) -> Iterator[Deed]:
        with self.watch.timing("committing"), super().writing(actor) as deed:
            yield deed


def rows(*, runs: int) -> Iterator[Row]:
    """Sign `runs` consents, with a drawn signature, one after the other."""
    watch = Watch()
    with tempfile.TemporaryDirectory() as folder:
        clock = Clock()
        house = make_house(f"sqlite:///{folder}/consent.sqlite", Path(folder), clock)
        parts = {field.name: getattr(house, field.name) for field in fields(House)}
        parts["printer"] = _Timed(house.printer, "print_paper", watch, "rendering")
        parts["sealer"] = _Timed(house.sealer, "seal", watch, "sealing")
        timed = _TimedHouse(**parts)
        factory = Factory(house, clock)
        for run in range(WARM + runs):
            made = factory.draft()
            session = factory.handed_over(made)
            seen = factory.answer(session)
            if run == WARM:
                watch.times.clear()
                timed.watch.times.clear()
            put_away = _timed(filing.put_away, watch, "encrypting")
            with mock.patch.object(filing, "put_away", put_away), watch.timing("whole"):
                signing.sign(timed, session, signing.Submission(made, seen, True, strokes=STROKES))
        house.engine.dispose()
    watch.times["committing"] = timed.watch.times["committing"]
    for name, what in (
        ("rendering", "rendering the tagged PDF"),
        ("sealing", "sealing it"),
        ("encrypting", "encrypting it and putting it away"),
        ("committing", "asking the rules again, writing, committing"),
    ):
        yield watch.row(SECTION, name, what)
    yield watch.row(SECTION, "whole", "the whole act", AT_MOST)
