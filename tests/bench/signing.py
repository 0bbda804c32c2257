"""From "finish" to sealed and on record, through the real page and act: each part's share, and what lies under it."""

from __future__ import annotations

import gc
import os
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from unittest import mock

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from consent.acts import answering, filing, preparing, signing
from consent.acts.actor import Actor
from consent.acts.house import Deed, House
from consent.rules.devices import Device
from tests.bench.measure import Row, Watch, p95
from tests.factory import Clock, Factory, make_house, sealing

SECTION = "Finish to sealed and committed, SQLite"
AT_MOST, P95_AT_MOST = 120, 250  # milliseconds
WARM = 3
STROKES = tuple(tuple((20.0 + 4 * n, 60.0 + 30 * (n % 7 - 3) + 9 * line) for n in range(38)) for line in (0, 1))
PARTS = (
    ("printing", "printing the tagged PDF"),
    ("looking", "comparing with what was printed ahead"),
    ("sealing", "sealing it"),
    ("storing", "storing the blob, synced"),
    ("committing", "asking the rules again, writing, committing"),
)
ROWS_WRITTEN = 40  # about as many as a signing writes: answers, signatures, keys, the document, custody and its index


class _Timed:
    """Another object, one method of which is timed."""

    def __init__(self, inner: object, method: str, watch: Watch, name: str) -> None:
        self._inner, self._method, self._watch, self._name = inner, method, watch, name

    def __getattr__(self, name: str) -> object:
        found = getattr(self._inner, name)
        return timed(found, self._watch, self._name) if name == self._method else found


def timed(work, watch: Watch, name: str):
    """The same work, with its time kept under this name."""

    def measured(*args, **named):
        with watch.timing(name):
            return work(*args, **named)

    return measured


class _TimedHouse(House):
    """A house that times the transaction in which a consent becomes signed."""

    watch = Watch()

    @contextmanager
    def writing(self, actor: Actor) -> Iterator[Deed]:
        with self.watch.timing("committing"), super().writing(actor) as deed:
            yield deed


@dataclass(frozen=True)
class _Bench:
    """A house whose parts are timed, and people in it."""

    house: House
    factory: Factory
    watch: Watch

    def consent(self) -> tuple[str, signing.Submission]:
        """Everything but the press on the button."""
        made = self.factory.draft()
        session = self.factory.handed_over(made)
        seen = self.factory.answer(session)
        for page in answering.open_session(self.house, session).version.pages((), _facts(self, session), "en"):
            answering.show(self.house, session, page.key)
        return session, signing.Submission(made, seen, strokes=STROKES, device=Device("wide", "Chrome"))


def _facts(bench: _Bench, session: str):
    return answering.open_session(bench.house, session).facts


@contextmanager
def opened(folder: str) -> Iterator[_Bench]:
    """A house in this folder."""
    watch, clock = Watch(), Clock()
    house = make_house(f"sqlite:///{folder}/consent.sqlite", Path(folder), clock)
    parts = {field.name: getattr(house, field.name) for field in fields(House)}
    parts["printer"] = _Timed(house.printer, "print_paper", watch, "printing")
    parts["sealer"] = _Timed(house.sealer, "seal", watch, "sealing")
    parts["blobs"] = _Timed(house.blobs, "put", watch, "storing")
    found = _TimedHouse(**parts)
    found.watch.times.clear()
    yield _Bench(found, Factory(house, clock), watch)
    house.engine.dispose()


def rows(*, runs: int) -> Iterator[Row]:
    """Sign consents with a drawn signature one after the other: printed ahead, then all at once; beside the floor."""
    with tempfile.TemporaryDirectory() as folder, opened(folder) as bench:
        floor = Floor(Path(folder))
        for ahead in (True, False):
            name = "printed ahead" if ahead else "nothing printed ahead"
            for watch in (bench.watch, _TimedHouse.watch):
                watch.times.clear()
            for run in range(WARM + runs):
                session, sent = bench.consent()
                if ahead:
                    with bench.watch.timing("beforehand"):
                        preparing.prepare(bench.house, session, sent)
                if run == WARM:
                    gc.collect()
                    gc.freeze()  # as the server does once it has started
                    for watch in (bench.watch, _TimedHouse.watch, floor.watch):
                        watch.times.clear()
                bench.watch.times.pop("printing", None) if ahead else None
                looking = timed(signing.laid_out, bench.watch, "looking")
                filed = timed(filing.put_away, bench.watch, "filing")
                with (
                    mock.patch.object(signing, "laid_out", looking),
                    mock.patch.object(filing, "put_away", filed),
                    bench.watch.timing("whole"),
                ):
                    used = time.process_time()
                    signing.sign(bench.house, session, sent)
                    bench.watch.add("processor", (time.process_time() - used) * 1e3)
                floor.once()
            bench.watch.times["committing"] = _TimedHouse.watch.times.pop("committing")
            yield from _told(bench.watch, floor, name, ahead=ahead)


def _told(watch: Watch, floor: Floor, name: str, *, ahead: bool) -> Iterator[Row]:
    section = f"{SECTION}, {name} (load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors)"
    whole, known = watch.median("whole"), 0.0
    watch.times["encrypting"] = [
        filed - stored for filed, stored in zip(watch.times.pop("filing"), watch.times["storing"], strict=True)
    ]
    for part, what in (*PARTS[:3], ("encrypting", "encrypting it"), *PARTS[3:]):
        if part in watch.times:
            known += watch.median(part)
            yield watch.row(section, part, f"{what} ({watch.median(part) / whole:.0%})")
    yield Row(section, f"claiming, reading, and the rest ({1 - known / whole:.0%})", whole - known, whole - known)
    times = watch.times["whole"]
    high, low = p95(times), floor.watch.median("floor")
    aims = {"aim": f"<= {AT_MOST} ms, p95 <= {P95_AT_MOST} ms", "met": whole <= AT_MOST and high <= P95_AT_MOST}
    yield Row(section, "the whole act", whole, high, runs=len(times), floor=low, **(aims if ahead else {}))
    yield watch.row(section, "processor", "of that, processor time (a busy machine makes the rest longer)")
    if ahead:
        yield watch.row(section, "beforehand", "before that, while he draws or reads: printing and keeping it")


class Floor:
    """The least that any program must do: one RSA signature, one encryption, one synced file, one durable commit."""

    def __init__(self, folder: Path) -> None:
        self.watch = Watch()
        self._sign, self._file, self._pdf = sealing().sign, folder / "floor.bin", os.urandom(60_000)
        self._rows = sqlite3.connect(folder / "floor.sqlite", isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            self._rows.execute(f"PRAGMA {pragma}")
        self._rows.execute("CREATE TABLE row (id INTEGER PRIMARY KEY, content BLOB)")

    def once(self) -> None:
        """Do it once."""
        with self.watch.timing("floor"):
            self._sign(self._pdf)
            token = AESGCM(os.urandom(32)).encrypt(os.urandom(12), self._pdf, b"")
            with self._file.open("wb") as file:
                file.write(token)
                file.flush()
                os.fsync(file.fileno())
            self._rows.execute("BEGIN IMMEDIATE")
            self._rows.executemany("INSERT INTO row (content) VALUES (?)", [(os.urandom(200),)] * ROWS_WRITTEN)
            self._rows.execute("COMMIT")
