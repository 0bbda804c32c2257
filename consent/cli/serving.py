"""`consent serve`: the web server and the worker beside it, on the embedded default or whatever is set."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any

import click
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

from consent import wiring
from consent.acts import custody, invitations, restoring
from consent.cli import demo
from consent.cli.house import open_checked_house

WORKER_PAUSE_SECONDS = 5
RESTART_AFTER_SECONDS = 5
STOP_WITHIN_SECONDS = 20


class Worker:
    """The process that sends what is owed; started again when it ends before it should."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0

    def keep(self) -> None:
        """Afterwards it runs, unless it ended only a moment ago."""
        if self._process is not None and self._process.poll() is None:
            return
        if self._process is not None and time.monotonic() - self._started < RESTART_AFTER_SECONDS:
            return
        if self._process is not None:
            click.echo("The worker ended; it is started again.", err=True)
        self._started = time.monotonic()
        # Ctrl-C in a terminal reaches the whole group at once; the worker is stopped by us, after the pages.
        self._process = subprocess.Popen([sys.executable, "-m", "consent.cli", "work"], start_new_session=True)

    def stop(self) -> None:
        """Let it finish what it is doing, then end."""
        if self._process is None:
            return
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_WITHIN_SECONDS)
            return
        self._process.kill()

    def renew(self) -> None:
        """Stop it; `keep` starts another, which knows what has changed."""
        self.stop()
        self._process = None


class Server(BaseApplication):
    """Gunicorn with our options; each web process opens the house for itself."""

    def __init__(
        self, options: dict[str, Any], worker: Worker, ready: Sequence[str], in_use: Callable[[], tuple[str, str]]
    ) -> None:
        self.options = options
        self.worker = worker
        self.ready = ready
        self.in_use = in_use
        super().__init__()

    def load_config(self) -> None:
        """Give gunicorn its options."""
        fixed: dict[str, Any] = {
            "worker_class": "gthread",
            "workers": 2,
            "threads": 4,
            "timeout": 120,
            "graceful_timeout": STOP_WITHIN_SECONDS,
            "accesslog": None,
            "errorlog": "-",
            "loglevel": "warning",
            "proc_name": "consent",
            # One file for all: several servers side by side would take it from each other.
            "control_socket_disable": True,
            "when_ready": lambda _server: click.echo("\n".join(self.ready)),
        }
        for name, value in {**fixed, **self.options}.items():
            self.cfg.set(name, value)

    def load(self) -> Any:  # noqa: ANN401 - gunicorn's own signature
        """Return the WSGI application of one web process."""
        app = wiring.create_app()
        # What the start made is there for good. Unless it is set aside, the collector looks through all of it again
        # and again while a paper is laid out, which takes a fifth of that work.
        gc.collect()
        gc.freeze()
        return app

    def run(self) -> None:
        """Serve until told to stop."""
        try:
            KeepingArbiter(self, self.worker).run()
        finally:
            self.worker.stop()


class KeepingArbiter(Arbiter):
    """Gunicorn's master process, which keeps our worker alive beside the web processes."""

    def __init__(self, app: Server, worker: Worker) -> None:
        # Before gunicorn takes the signals: whoever started us with nohup wants us to outlive his terminal.
        self._outlives_terminal = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        super().__init__(app)
        self._worker = worker
        self._in_use = app.in_use
        self._keys = app.in_use()

    def manage_workers(self) -> None:
        """Start what is missing; called about every second. With another key or certificate all begin anew."""
        if self._changed():
            self._worker.renew()
            self.reload()
        super().manage_workers()
        self._worker.keep()

    def _changed(self) -> bool:
        try:
            before, self._keys = self._keys, self._in_use()
        except wiring.mendable():
            # Whoever asks for a page is told; the server that runs goes on with the keys that it has.
            return False
        return before != self._keys

    def handle_hup(self) -> None:
        """Stop when the terminal is closed. There is nothing to reload: settings are read at start."""
        if not self._outlives_terminal:
            raise StopIteration


@click.command(short_help="Serve the pages, and a worker beside them.")
@click.option("--demo", "as_demo", is_flag=True, help="Serve a demo hospital in a folder of its own.")
def serve(as_demo: bool) -> None:
    """Serve the pages, with the worker for notices and nightly upkeep beside them."""
    if as_demo:
        os.environ["CONSENT_DEMO"] = "yes"
    settings = wiring.settings_from()
    wiring.check_tls(settings)
    _check_port(settings.bind, settings.port)
    lines = _furnished(settings) if settings.demo else _opened(settings)
    options = {"bind": _address(settings.bind, settings.port)}
    if settings.tls_certificate and settings.tls_key:
        options |= {"certfile": str(settings.tls_certificate), "keyfile": str(settings.tls_key)}
    place = wiring.sealing_place(settings, wiring.key_folder(settings))
    Server(options, Worker(), lines, place.in_use).run()


def _opened(settings: wiring.Settings) -> list[str]:
    """Return what to say once a real installation answers."""
    house = restoring.must_be_checked(wiring.make_house(settings))
    link = invitations.first_link(house)
    custody.sign(house)
    house.engine.dispose()
    lines = [f"Open {settings.public_url}   (Ctrl-C stops it)"]
    if link:
        lines = [
            f"First start. The keys are in {settings.key_dir}; without them nothing can be opened again.",
            "Export them now (`consent keys export FILE`), and keep that file apart from every backup.",
            f"Set up the administrator with this link, once, within a day: {link}",
            *lines,
        ]
    return lines


def _furnished(settings: wiring.Settings) -> list[str]:
    """Return what to say once the demonstration answers."""
    demo.sweep_unfinished(settings)
    house = wiring.make_house(settings)
    made = demo.furnish(house, settings)
    custody.sign(house)
    house.engine.dispose()
    return demo.sign_ins(made, settings)


def _check_port(bind: str, port: int) -> None:
    """Return if nobody answers there yet. Raises: CannotStart."""
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bind, port))
        except OSError as error:
            raise wiring.CannotStart(
                f"{_address(bind, port)} cannot be used ({os.strerror(error.errno or 0)}): "
                "name another port in CONSENT_PORT."
            ) from error


def _address(bind: str, port: int) -> str:
    return f"[{bind}]:{port}" if ":" in bind else f"{bind}:{port}"


@click.command(short_help="Send notices and do upkeep, again and again.")
@click.option("--once", is_flag=True, help="Do what is due now, then stop.")
def work(once: bool) -> None:
    """Send what is owed and do the nightly upkeep, again and again. `serve` starts one; more may run."""
    from consent.acts import upkeep

    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    # What was begun is finished first.
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    parent = os.getppid()
    house = open_checked_house()
    while not stopping.is_set():
        try:
            upkeep.work_once(house)
        except Exception as error:
            click.echo(_fault(error), err=True)
            sys.exit(1)
        if once or os.getppid() != parent:
            return
        stopping.wait(WORKER_PAUSE_SECONDS)


def _fault(error: Exception) -> str:
    """Return where it happened and what kind it was, not what it said: a message may quote what somebody typed."""
    found = error.exceptions if isinstance(error, ExceptionGroup) else (error,)
    told = []
    for each in found:
        places = traceback.extract_tb(each.__traceback__)
        shown = " < ".join(f"{place.name}:{place.lineno}" for place in reversed(places[-6:]))
        told.append(f"{type(each).__name__} at {shown}")
    return f"The worker stops: {'; '.join(told)}"


COMMANDS = (serve, work)
