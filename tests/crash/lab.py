"""The laboratory: one installation, the machine that it runs on, and a person who looks after every death."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

from consent import wiring
from consent.web.application import make_application
from tests.crash.browser import Browser
from tests.crash.trap import Point, Trap
from tests.database.mail_server import Sink
from tests.database.mail_server import running as mail_server
from tests.factory import ROOT, Clock, Factory, short_printer

UP_WITHIN = 60.0  # seconds


class LabClock(Clock):
    """The same clock as the server's: the true time, shifted."""

    def __init__(self, trap: Trap) -> None:
        self._trap = trap

    def __call__(self) -> datetime:
        return self._trap.now()

    def pass_(self, **time: float) -> None:
        self._trap.shift += timedelta(**time)


class Machine:
    """The launcher's other end. One process at most runs on it; one installation after the other can."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "log"
        self.trap = Trap(folder / "trap")
        self._running: int | None = None
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.crash.launcher", folder / "trap", self.log],
                cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
            )  # fmt: skip

    def order(self, what: str, **how: object) -> dict[str, Any]:
        """Have the launcher do something. Raises: RuntimeError with what it says instead."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({"do": what, **how}) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        said: dict[str, Any] = json.loads(answer) if answer else {"trouble": "the launcher ended"}
        if "trouble" in said:
            raise RuntimeError(f"{said['trouble']}\n{self.log.read_text(errors='replace')[-3000:]}")
        return said

    def serve(self, port: int) -> None:
        """Start the server; it answers afterwards."""
        self._running = self.order("serve", port=port)["process"]
        until = time.monotonic() + UP_WITHIN
        while time.monotonic() < until:
            with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
                return
            time.sleep(0.005)
        raise RuntimeError(f"the server does not answer\n{self.log.read_text(errors='replace')[-3000:]}")

    def work(self) -> None:
        """Start one round of the worker."""
        self._running = self.order("work")["process"]

    @property
    def runs(self) -> bool:
        """Whether something was started and not buried yet."""
        return self._running is not None

    def pull_the_plug(self) -> None:
        """SIGKILL to all of it, this instant."""
        if self._running is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._running, signal.SIGKILL)

    def end(self) -> int | None:
        """Wait until it has ended by itself or by its trap; gives its exit status."""
        if self._running is None:
            return None
        running, self._running = self._running, None
        status: int | None = self.order("bury", process=running)["status"]
        return status

    def stop(self) -> None:
        """Nothing runs any more."""
        self.pull_the_plug()
        self.end()

    def close(self) -> None:
        self.stop()
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(UP_WITHIN)
        self._process.stdout.close()
        self.trap.close()

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[Self]:
        """Switch it on, and off at the end."""
        with tempfile.TemporaryDirectory(prefix="consent-machine-") as folder:
            made = cls(Path(folder))
            try:
                yield made
            finally:
                made.close()


@dataclass
class Lab:
    """One installation with people in it. `broken`: every promise that was not kept, in words."""

    machine: Machine
    port: int
    sink: Sink
    environment: dict[str, str]
    broken: list[str] = field(default_factory=list)
    orphans: int | None = None
    died: Point | None = None
    place: str = ""
    patience: float = 20.0
    """Seconds to wait for a death at a named point after whoever asked has his answer."""

    def __post_init__(self) -> None:
        self.trap = self.machine.trap
        self.clock = LabClock(self.trap)
        settings = wiring.settings_from(self.environment)
        # In a database that somebody migrated already the program would not make keys by itself.
        wiring.key_folder(settings).load_or_make()
        self.house = wiring.make_house(settings, self.clock)
        self._app = make_application(self.house, wiring.make_front(settings, self.house))
        self.factory = Factory(self.house, self.clock, short_printer())
        self.trap.shift = timedelta(hours=-1)
        self.factory.ready_organisation()
        self.trap.shift = timedelta(0)
        self.machine.order("open", environment=self.environment)

    def browser(self, **session: str) -> Browser:
        """A browser that stands where these session values lead."""
        client = self._app.test_client()
        with client.session_transaction() as opened:
            opened.update(session)
        cookie = client.get_cookie("consent")
        return Browser(self.port, consent=cookie.value) if cookie is not None else Browser(self.port)

    def serve(self) -> None:
        """Start the server, unless it runs."""
        if not self.machine.runs:
            self.machine.serve(self.port)

    def hold(self, kept: bool, promise: str) -> bool:
        """Note a promise that was not kept; says whether it was."""
        if not kept:
            self.broken.append(promise)
        return kept

    def hold_all(self, name: str, *broken: Iterable[str]) -> None:
        """Note everything that was found broken."""
        self.broken += [f"{name}: {each}" for found in broken for each in found]

    @contextmanager
    def dying(self, point: Point | None, after: float, nth: int = 1) -> Iterator[None]:
        """What is done in here is done on a machine that dies: at the point, or without one after so many seconds.

        Afterwards nothing runs, and `died` tells where; it is a broken promise of ours if the point was not reached.
        """
        self.trap.forget()
        plug = threading.Timer(after, self.machine.pull_the_plug)
        if point is not None:
            self.trap.arm(point, nth)
        else:
            plug.start()
        yield
        if point is None:
            plug.join()
        until = time.monotonic() + self.patience
        # An answer may be here before the server dies right after it.
        while point is not None and self.machine.runs and self.trap.died is None and time.monotonic() < until:
            time.sleep(0.002)
        self.machine.stop()
        self.trap.disarm()
        self.died = self.trap.died
        self.place = str(point or f"at random (past {self.trap.passed})")
        self.hold(self.died == point, f"{self.place}: the step was not reached")


@contextmanager
def laboratory(machine: Machine, url: str, keys: Path) -> Iterator[Lab]:
    """Open one on an empty or a freshly migrated database. `keys`: a folder in which keys are kept for the next."""
    with tempfile.TemporaryDirectory(prefix="consent-crash-") as made, mail_server() as (sink, mail_port):
        folder = Path(made)
        if keys.exists():
            shutil.copytree(keys, folder / "instance-keys")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        environment = {
            "CONSENT_INSTANCE": str(folder / "instance"),
            "CONSENT_DATABASE_URL": url,
            "CONSENT_PORT": str(port),
            "CONSENT_SMTP_HOST": "127.0.0.1",
            "CONSENT_SMTP_PORT": str(mail_port),
            "CONSENT_SMTP_FROM": "consent@hospital.example",
            "CONSENT_SMTP_SECURITY": "none",
        }
        lab = Lab(machine, port, sink, environment)
        if not keys.exists():
            shutil.copytree(folder / "instance-keys", keys)
        try:
            yield lab
        finally:
            machine.stop()
            lab.house.engine.dispose()
