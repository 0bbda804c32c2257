"""script/bench: measure, and print a table of medians and 95th percentiles. It fails because of no time."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable, Iterator
from itertools import chain

from tests.bench import memory, pages, revocation, signing, slow_line, start, throughput, verdict
from tests.bench.measure import Row, as_json, as_table

SECTIONS = ("signing", "throughput", "memory", "verdict", "revocation", "pages", "start")


def main() -> None:
    """Measure the sections asked for, all without a name."""
    parser = argparse.ArgumentParser(prog="script/bench", description=__doc__)
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=f"of: {', '.join(SECTIONS)}; all if none")
    parser.add_argument("--quick", action="store_true", help="10 thousand images only, and fewer runs")
    parser.add_argument("--json", action="store_true", help="print JSON in place of the table")
    asked = parser.parse_args()
    unknown = set(asked.sections) - set(SECTIONS)
    if unknown:
        parser.error(f"no such section: {', '.join(sorted(unknown))}")
    logging.disable(logging.INFO)
    measured: list[Row] = []
    for name in asked.sections or SECTIONS:
        sys.stderr.write(f"measuring {name} ...\n")
        measured += _section(name, quick=asked.quick)()
    sys.stdout.write((as_json(measured) if asked.json else as_table(measured)) + "\n")


def _section(name: str, *, quick: bool) -> Callable[[], Iterator[Row]]:
    return {
        "throughput": lambda: throughput.rows(each=2 if quick else 10),
        "memory": lambda: memory.rows(documents=memory.MARKS[0] if quick else memory.MARKS[-1]),
        "signing": lambda: signing.rows(runs=8 if quick else 30),
        "verdict": lambda: verdict.rows(quick=quick, rounds=300 if quick else 1000),
        "revocation": lambda: revocation.rows(runs=3 if quick else 8),
        "pages": lambda: chain(pages.rows(), slow_line.rows(runs=3 if quick else 8)),
        "start": lambda: start.rows(runs=2 if quick else 5),
    }[name]


main()
