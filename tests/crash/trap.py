"""Where the machine is to die, what its clock says, and where it died: one small file that all processes map."""

from __future__ import annotations

import mmap
import os
import signal
import struct
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

SLOT = 256
ARMED, DIED, PASSED, CLOCK = (place * SLOT for place in range(4))
BEFORE, AFTER = "before", "after"


@dataclass(frozen=True)
class Point:
    """One moment at which the machine can die: just before a step, or just after it."""

    step: str
    moment: str

    def __str__(self) -> str:
        return f"{self.moment} {self.step}"


class Trap:
    """The mapped file. The laboratory arms it and reads what came of it; the wrapped functions ask it and die."""

    def __init__(self, file: Path) -> None:
        if not file.exists():
            file.write_bytes(bytes(4 * SLOT))
        with file.open("r+b") as opened:
            self._map = mmap.mmap(opened.fileno(), 4 * SLOT)
        self._lock = threading.Lock()
        self._counted: dict[str, int] = {}
        self._serial = 0

    def close(self) -> None:
        self._map.close()

    def arm(self, point: Point, nth: int = 1) -> None:
        """Die at this point, when it is passed for the `nth` time from now on."""
        self._serial += 1
        self._write(DIED, "")
        self._write(ARMED, f"{self._serial}|{point.step}|{point.moment}|{nth}")

    def disarm(self) -> None:
        """Die nowhere any more."""
        self._write(ARMED, "")

    def forget(self) -> None:
        """Nothing was passed, and nobody died."""
        self._write(DIED, "")
        self._write(PASSED, "")

    def at(self, step: str, moment: str) -> None:
        """Die here, if it was armed for this: the whole group of processes at once, as in a power cut."""
        here = f"{step}|{moment}"
        self._write(PASSED, here)
        armed = self._read(ARMED)
        if not armed:
            return
        serial, _, rest = armed.partition("|")
        wanted, _, nth = rest.rpartition("|")
        if here != wanted:
            return
        with self._lock:
            self._counted[serial] = self._counted.get(serial, 0) + 1
            due = self._counted[serial] == int(nth)
        if due:
            self._write(DIED, here)
            os.killpg(0, signal.SIGKILL)

    @property
    def died(self) -> Point | None:
        """Where it died since it was armed; None if it did not."""
        return _point(self._read(DIED))

    @property
    def passed(self) -> Point | None:
        """The last point that any process came past."""
        return _point(self._read(PASSED))

    @property
    def shift(self) -> timedelta:
        """How far all clocks are ahead of the true time; negative if they were set back."""
        (seconds,) = struct.unpack_from("d", self._map, CLOCK)
        return timedelta(seconds=seconds)

    @shift.setter
    def shift(self, ahead: timedelta) -> None:
        struct.pack_into("d", self._map, CLOCK, ahead.total_seconds())

    def now(self) -> datetime:
        """The time on every clock of this installation. UTC."""
        return datetime.now(UTC) + self.shift

    def _read(self, place: int) -> str:
        return self._map[place : place + SLOT].rstrip(b"\0").decode()

    def _write(self, place: int, text: str) -> None:
        self._map[place : place + SLOT] = text.encode().ljust(SLOT, b"\0")


def _point(text: str) -> Point | None:
    step, _, moment = text.partition("|")
    return Point(step, moment) if step else None
