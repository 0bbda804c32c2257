"""One SIGKILL at every step of signing, and a few in withdrawing and telling: every promise is kept afterwards.

`script/crash-test` does the same hundreds of times, and at random. Here each database gets one death per step: where
one of them dies before the step, the other dies after it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.crash import promises, repeating, revoking, signing, telling
from tests.crash.lab import Lab, Machine, laboratory
from tests.crash.trap import AFTER, BEFORE, Point


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    """The machine that dies: it imports the program once."""
    with Machine.running() as running:
        yield running


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the keys of the first laboratory are kept for the second: making them takes seconds."""
    return tmp_path_factory.mktemp("kept") / "keys"


@pytest.fixture
def lab(database_url: str, machine: Machine, keys: Path) -> Iterator[Lab]:
    with laboratory(machine, database_url, keys) as made:
        yield made


def alternating(steps: Sequence[str], first: int) -> list[Point]:
    """Before one step, after the next: on the other database the other way round."""
    return [Point(step, (BEFORE, AFTER)[(place + first) % 2]) for place, step in enumerate(steps)]


def test_rules_25_40_and_43_a_kill_at_every_step_breaks_no_promise(lab: Lab, database_url: str) -> None:
    """One test for each database, because most of its time is the laboratory's."""
    first = 0 if database_url.startswith("sqlite") else 1
    signs = alternating(signing.STEPS, first)
    withdraws = [[Point("outbox", AFTER), Point("commit", AFTER)], [Point("commit", BEFORE), Point("reply", AFTER)]]
    tells = [[Point("send", BEFORE), Point("custody", AFTER)], [Point("send", AFTER), Point("commit", BEFORE)]]
    kills = [*signing.Signing(lab).at_points(signs)]
    lab.machine.stop()
    orphans, broken = promises.swept(lab.house)
    kills += revoking.Withdrawing(lab).at_points(withdraws[first])
    kills += telling.Telling(lab).at_points(tells[first])

    assert lab.broken + broken == []
    assert [kill.point for kill in kills] == [*signs, *withdraws[first], *tells[first]]
    assert all(kill.again for kill in kills)
    for kill in kills[: len(signs)]:
        assert kill.on_record == (kill.point in repeating.COMMITTED)
    assert orphans > 0, "who dies between blob and commit leaves an orphan: none was there to be swept"
    assert sum(kill.repeats for kill in kills) == (1 if first == 0 else 2)

    # Should a function be renamed or not be called any more, nobody shall think that it was tried.
    lab.patience = 0.1
    with lab.dying(Point("no such step", BEFORE), 0):
        lab.serve()
    assert lab.broken == ["before no such step: the step was not reached"]
