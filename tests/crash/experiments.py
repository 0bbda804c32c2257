"""Which experiments there are, and how many of the asked-for deaths each of them gets."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from tests.crash import promises
from tests.crash.lab import Lab
from tests.crash.revoking import Withdrawing
from tests.crash.signing import Signing
from tests.crash.table import Kill
from tests.crash.telling import Telling
from tests.crash.trap import Point


class Experiment(Protocol):
    """Somebody does something, and the machine dies over it."""

    points: tuple[Point, ...]

    def at_points(self, points: Iterable[Point]) -> Iterator[Kill]:
        """Die at each of these points, once each."""

    def at_random(self, times: int, luck: random.Random) -> Iterator[Kill]:
        """Die so often at any moment."""


EXPERIMENTS: dict[str, Callable[[Lab], Experiment]] = {"sign": Signing, "revoke": Withdrawing, "notices": Telling}
WHAT = tuple(EXPERIMENTS)
SHARE = {"sign": 4, "revoke": 1, "notices": 1}
"""How the deaths are shared out where all are asked for: signing is what a patient does with us once."""


def run(lab: Lab, what: tuple[str, ...], times: int, luck: random.Random) -> Iterator[Kill]:
    """Die `times` times or a few more: at every named step first, again and again, then half of the time at random."""
    whole = sum(SHARE[each] for each in what)
    for each in what:
        yield from _share(lab, each, -(-times * SHARE[each] // whole), luck)
    lab.machine.stop()
    orphans, broken = promises.swept(lab.house)
    lab.broken += broken
    lab.orphans = orphans


def _share(lab: Lab, what: str, times: int, luck: random.Random) -> Iterator[Kill]:
    experiment = EXPERIMENTS[what](lab)
    points = list(experiment.points)
    # Every step once if there is room for it; of what is left one half at steps, one half at random.
    named = min(times, max(len(points), times // 2))
    chosen = [points[place % len(points)] for place in range(named)]
    luck.shuffle(chosen)
    yield from experiment.at_points(chosen)
    yield from experiment.at_random(times - named, luck)
