"""From the start of the program to the first page that it answers."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from tests.bench.measure import Row, Watch
from tests.factory import ROOT

SECTION = "Start, from process to first answer"
WITHIN = 60  # seconds


def rows(*, runs: int) -> Iterator[Row]:
    """Start the server on an empty folder once, then `runs` times on what is there."""
    watch = Watch()
    with tempfile.TemporaryDirectory() as folder:
        for run in range(runs + 1):
            with Served(Path(folder)) as port, watch.timing("again" if run else "first"):
                wait(port)
    yield watch.row(SECTION, "first", "first start: keys, seal, schema")
    yield watch.row(SECTION, "again", "every later start")


def environment(folder: Path, port: int) -> dict[str, str]:
    """What a server in this folder is started with."""
    return {
        "PATH": os.environ["PATH"],
        "CONSENT_INSTANCE": str(folder / "instance"),
        "CONSENT_KEY_DIR": str(folder / "keys"),
        "CONSENT_PORT": str(port),
    }


class Served:
    """A server that is stopped at the end, with its worker."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> int:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = int(free.getsockname()[1])
        self.server = subprocess.Popen(
            [sys.executable, "-m", "consent.cli", "serve"], cwd=ROOT, env=environment(self.folder, port),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        return port

    def __exit__(self, *_: object) -> None:
        os.killpg(self.server.pid, signal.SIGTERM)
        try:
            self.server.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(self.server.pid, signal.SIGKILL)
            self.server.wait(10)


def wait(port: int) -> None:
    until = time.monotonic() + WITHIN
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in", timeout=WITHIN) as answer:
                answer.read()
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.01)
    raise RuntimeError(f"the server did not answer within {WITHIN} seconds")
