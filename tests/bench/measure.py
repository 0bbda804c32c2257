"""Time things, and say what came of it as rows of one table."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True)
class Row:
    """One line of the table. `floor` is the same work through the bare driver, in the same run and unit."""

    section: str
    what: str
    median: float
    p95: float
    unit: str = "ms"
    runs: int = 0
    floor: float | None = None
    aim: str = ""
    met: bool | None = None


@dataclass
class Watch:
    """Collects durations by name, in milliseconds."""

    times: dict[str, list[float]] = field(default_factory=dict)

    @contextmanager
    def timing(self, name: str) -> Iterator[None]:
        begun = time.perf_counter_ns()
        try:
            yield
        finally:
            self.add(name, (time.perf_counter_ns() - begun) / 1e6)

    def add(self, name: str, milliseconds: float) -> None:
        self.times.setdefault(name, []).append(milliseconds)

    def median(self, name: str) -> float:
        return statistics.median(self.times[name])

    def row(self, section: str, name: str, what: str = "", at_most: float | None = None) -> Row:
        middle = self.median(name)
        aim = f"<= {at_most:g} ms" if at_most is not None else ""
        met = middle <= at_most if at_most is not None else None
        times = self.times[name]
        return Row(section, what or name, middle, p95(times), runs=len(times), aim=aim, met=met)


def p95(values: Sequence[float]) -> float:
    """The value that 95 of 100 do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]


def alternate(rounds: int, *works: Callable[[int], None], block: int = 10) -> None:
    """Do each of the works `rounds` times, turn by turn in blocks, so that all meet the same noise.

    Blocks, because two connections that take turns one by one undo each other's caches.
    """
    for start in range(0, rounds, block):
        for work in works:
            for number in range(start, min(rounds, start + block)):
                work(number)


def as_json(rows: Sequence[Row]) -> str:
    return json.dumps([asdict(row) for row in rows], indent=2)


def as_table(rows: Sequence[Row]) -> str:
    """The rows as aligned text, a blank line between sections."""
    head = ("", "median", "p95", "floor", "x floor", "runs", "aim", "")
    cells = [head, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(head))]
    lines: list[str] = []
    before = None
    for row, line in zip([None, *rows], cells, strict=True):
        if row is not None and row.section != before:
            lines += ["", row.section]
            before = row.section
        text = [line[0].ljust(widths[0]), *(line[i].rjust(widths[i]) for i in range(1, 6))]
        lines.append("  " + "  ".join([*text, line[6].ljust(widths[6]), line[7]]).rstrip())
    return "\n".join(lines)


def _cells(row: Row) -> tuple[str, ...]:
    times = f"{row.median / row.floor:.2f}" if row.floor else ""
    met = "" if row.met is None else ("met" if row.met else "MISSED")
    floor = _figure(row.floor, row.unit) if row.floor else ""
    shown = (_figure(row.median, row.unit), _figure(row.p95, row.unit))
    return (row.what, *shown, floor, times, str(row.runs or ""), row.aim, met)


def _figure(value: float, unit: str) -> str:
    return f"{value:.{2 if value < 10 else 0}f} {unit}"
