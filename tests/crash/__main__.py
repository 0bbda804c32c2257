"""script/crash-test: kill the real server and worker again and again, and see that every promise was kept."""

from __future__ import annotations

import argparse
import logging
import random
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.crash import experiments
from tests.crash.lab import Lab, Machine, laboratory
from tests.crash.table import Kill, as_table
from tests.database.postgres import Cluster


def main() -> None:
    """Kill, look, print; exit 1 if a promise was broken."""
    parser = argparse.ArgumentParser(prog="script/crash-test", description=__doc__)
    parser.add_argument("--times", type=int, default=200, help="deaths on each database (200)")
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--what", choices=(*experiments.WHAT, "all"), default="all")
    parser.add_argument("--seed", type=int, default=None, help="of the random moments; printed, to repeat a run")
    asked = parser.parse_args()
    seed = asked.seed if asked.seed is not None else random.SystemRandom().randrange(10**6)
    what = experiments.WHAT if asked.what == "all" else (asked.what,)
    databases = ("sqlite", "postgresql") if asked.database == "both" else (asked.database,)
    logging.disable(logging.INFO)
    # Told to stop in either way, it takes everything with it.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    broken: list[str] = []
    with tempfile.TemporaryDirectory() as keys, Machine.running() as machine:
        for database in databases:
            with _empty(database) as url, laboratory(machine, url, Path(keys) / "keys") as lab:
                broken += _run(lab, database, what, asked.times, seed)
    sys.exit(1 if broken else 0)


def _run(lab: Lab, database: str, what: tuple[str, ...], times: int, seed: int) -> list[str]:
    begun = time.monotonic()
    kills: list[Kill] = []
    try:
        for kill in experiments.run(lab, what, times, random.Random(seed)):
            kills.append(kill)
            if len(kills) % 20 == 0:
                sys.stderr.write(f"{database}: {len(kills)} of {times}\n")
    finally:
        # Stopped half-way, it says what it has seen.
        _tell(lab, database, kills, begun, seed)
    return lab.broken


def _tell(lab: Lab, database: str, kills: list[Kill], begun: float, seed: int) -> None:
    minutes = (time.monotonic() - begun) / 60
    sys.stdout.write(f"\n{database}: {len(kills)} kills in {minutes:.1f} minutes, seed {seed}\n")
    swept = "It was stopped before upkeep." if lab.orphans is None else f"{lab.orphans} orphans were left, and swept."
    sys.stdout.write(f"{as_table(kills)}\n{swept}\n")
    sys.stdout.write("".join(f"BROKEN  {each}\n" for each in lab.broken) or "Every promise was kept.\n")
    sys.stdout.flush()


@contextmanager
def _empty(database: str) -> Iterator[str]:
    """The address of an empty database of this kind."""
    if database == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            yield f"sqlite:///{folder}/consent.sqlite"
        return
    with Cluster.running() as cluster:
        yield cluster.url(cluster.create())


if __name__ == "__main__":
    main()
