"""The machine that dies: imports the program once, then forks the real server or worker, again and again.

Run as `python -m tests.crash.launcher TRAP LOG`; takes orders as lines of JSON and answers each with one. Every child
is a session of its own, so that one SIGKILL takes the server with all its processes, as a power cut would.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask

from consent import wiring
from consent.acts import upkeep
from consent.acts.house import House
from consent.cli import serving
from consent.rules.identifiers import new_id
from tests.crash import wrapping
from tests.crash.trap import Trap
from tests.unit.documents.paper_samples import ENGLISH

PR_SET_CHILD_SUBREAPER = 36
GONE_WITHIN = 20  # seconds
WARM = ("sign/", "withdrawing/", "parts/", "patient", "base")
"""The templates of the pages on which somebody dies, by the beginning of their names."""


class _Alone(serving.Worker):
    """No worker beside the pages: it dies in an experiment of its own."""

    def keep(self) -> None:
        """Start nothing."""


class _Server(serving.Server):
    """The product's own server, with the application that was made before the fork."""

    app: Flask

    def load(self) -> Flask:
        return self.app


class Launcher:
    """Knows one installation at a time."""

    def __init__(self, trap: Trap, log: Path) -> None:
        self._trap = trap
        self._log = log
        self._house: House | None = None
        self._app: Flask | None = None
        self._started: set[int] = set()
        self._make_house = wiring.make_house
        wiring.make_house = self._made  # type: ignore[assignment]

    def _made(self, settings: wiring.Settings, *_: Any) -> House:
        """The house, on the laboratory's clock; the one that is there already, once there is one."""
        return self._house or self._make_house(settings, self._trap.now)

    def open(self, environment: dict[str, str]) -> dict[str, Any]:
        """Make house and application; whoever is forked from here finds both."""
        for name in [name for name in os.environ if name.startswith("CONSENT_")]:
            del os.environ[name]
        os.environ |= environment
        self._house = None
        self._house = wiring.make_house(wiring.settings_from())
        self._app = wiring.create_app()
        self._warm(self._house, self._app)
        # No connection that a child would share.
        self._house.engine.dispose()
        return {}

    @staticmethod
    def _warm(house: House, app: Flask) -> None:
        """Do once what every fresh process would do at its first page: compile templates, load typefaces and seals."""
        for name in app.jinja_env.list_templates(filter_func=lambda name: name.startswith(WARM)):
            app.jinja_env.get_template(name)
        house.sealer.seal(house.printer.print_paper(ENGLISH), ENGLISH.title, house.clock())

    def serve(self, port: int) -> dict[str, Any]:
        """Fork the server; gives its process, which is its group as well."""

        def run() -> None:
            server = _Server({"bind": f"127.0.0.1:{port}"}, _Alone(), ["serving"], lambda: "one key")
            server.run()

        assert self._app
        _Server.app = self._app
        return self._fork(run)

    def work(self) -> dict[str, Any]:
        """Fork the worker for one round of what is due; gives its process."""

        def run() -> None:
            # Every process has a name of its own among the workers.
            upkeep.WORKER = new_id(os.urandom)
            assert serving.work.callback
            serving.work.callback(once=True)

        return self._fork(run)

    def bury(self, process: int) -> dict[str, Any]:
        """Wait until nothing of the group is left; gives how the process itself ended."""
        status, until = None, time.monotonic() + GONE_WITHIN
        while time.monotonic() < until:
            try:
                found, ended = os.waitpid(-process, os.WNOHANG)
            except ChildProcessError:
                self._started.discard(process)
                return {"status": status}
            if found == process:
                status = os.waitstatus_to_exitcode(ended)
            elif not found:
                time.sleep(0.002)
        return {"trouble": f"the group {process} is still there"}

    def end(self) -> None:
        """Leave nothing running: whoever gave the orders is gone."""
        for process in self._started:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process, signal.SIGKILL)

    def _fork(self, run: Callable[[], None]) -> dict[str, Any]:
        process = os.fork()
        if process:
            # Both sides do it: neither may go on before it is done.
            _own_group(process)
            self._started.add(process)
            return {"process": process}
        status = 1
        try:
            os.setsid()
            with self._log.open("ab") as log, open(os.devnull, "rb") as nothing:
                os.dup2(nothing.fileno(), 0)
                os.dup2(log.fileno(), 1)
                os.dup2(log.fileno(), 2)
            run()
            status = 0
        except SystemExit as ended:
            status = ended.code if isinstance(ended.code, int) else 1
        finally:
            os._exit(status)


def _own_group(process: int) -> None:
    """Return once the child has left our group: a signal to its group must not reach ours."""
    until = time.monotonic() + GONE_WITHIN
    while time.monotonic() < until:
        try:
            if os.getpgid(process) == process:
                return
        except ProcessLookupError:
            return
        time.sleep(0.001)


def main() -> None:
    """Take orders until there are no more."""
    trap = Trap(Path(sys.argv[1]))
    # What a dead server leaves behind becomes our child, so that it can be waited for.
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    wrapping.wrap_all(trap)
    launcher = Launcher(trap, Path(sys.argv[2]))
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        order = json.loads(line)
        try:
            said = getattr(launcher, order.pop("do"))(**order)
        except Exception as error:
            said = {"trouble": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(said) + "\n")
        answers.flush()
    launcher.end()


if __name__ == "__main__":
    main()
