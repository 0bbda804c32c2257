"""Is memory flat: what one process holds after many sealed documents, each printed ahead and then sealed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from consent.acts import preparing, signing
from tests.bench.measure import Row
from tests.bench.signing import opened

MARKS = (100, 500, 1000)
AT_MOST = 1.10  # of what it held at the first mark
PAGE = os.sysconf("SC_PAGE_SIZE")


def rows(*, documents: int) -> Iterator[Row]:
    """Sign so many in one process, and tell what it held at each mark."""
    section = f"Memory of one process over {documents} sealed documents"
    first = 0.0
    with tempfile.TemporaryDirectory() as folder, opened(folder) as bench:
        for number in range(1, documents + 1):
            session, sent = bench.consent()
            preparing.prepare(bench.house, session, sent)
            signing.sign(bench.house, session, sent)
            if number in (*MARKS, documents):
                held = resident()
                first = first or held
                aim = f"<= {AT_MOST:.0%} of the first" if first != held else ""
                met = held <= first * AT_MOST if aim else None
                yield Row(section, f"after {number}", held, held, "MB", number, aim=aim, met=met)


def resident() -> float:
    """Megabytes that this process holds in memory now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE / 1e6
