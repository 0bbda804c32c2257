"""`consent serve` as a process: what it says, what it keeps alive, and that it goes when it is told to."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.listening import kept_port

PATIENCE = 90.0


def environment(folder: Path, port: int) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CONSENT_")}
    return {**kept, "CONSENT_INSTANCE": str(folder / "instance"), "CONSENT_PORT": str(port)}


def wait_for(what: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.2)


def status(port: int, path: str = "/sign-in", host: str = "127.0.0.1") -> int:
    asked = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Host": host})
    try:
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        refused.close()
        return refused.code
    except OSError:
        return 0


def children(process: int) -> dict[int, str]:
    """The processes that this one started, with their command lines."""
    found = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            if int(parent) == process:
                found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
        except OSError:
            continue
    return found


def worker_of(process: int) -> int | None:
    return next((number for number, command in children(process).items() if command.endswith(" work")), None)


@pytest.fixture
def port() -> Iterator[int]:
    with kept_port() as kept:
        yield kept


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[int], subprocess.Popen[str]]]:
    begun: list[subprocess.Popen[str]] = []

    def run(port: int) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "consent.cli", "serve"]
        with (tmp_path / "said").open("w") as said:
            made = subprocess.Popen(
                command,
                env=environment(tmp_path, port),
                stdout=said,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        begun.append(made)
        return made

    yield run
    for process in begun:
        if process.poll() is None:
            process.terminate()
            process.wait(30)


def test_it_says_what_to_open_keeps_the_worker_alive_and_ends_when_told(
    tmp_path: Path, start: Callable[[int], subprocess.Popen[str]], port: int
) -> None:
    server = start(port)
    wait_for(lambda: status(port) == 200)
    wait_for(lambda: f"Open http://127.0.0.1:{port}" in (tmp_path / "said").read_text())
    said = (tmp_path / "said").read_text()
    link = re.search(rf"http://127\.0\.0\.1:{port}(/invitation/\S+)", said)
    assert link
    assert status(port, host="elsewhere.example") == 400
    assert (tmp_path / "instance").stat().st_mode & 0o077 == 0
    assert (tmp_path / "instance-keys" / "keyring").is_dir()
    assert not list((tmp_path / "instance").rglob("*.key"))

    wait_for(lambda: worker_of(server.pid))
    first = worker_of(server.pid)
    assert first
    time.sleep(5)  # one that ends at once is started again only after a while
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: worker_of(server.pid) not in (None, first))

    # Another certificate is imported or renewed while it runs: every process of it begins anew, and seals with that.
    before, secrets = set(children(server.pid)), tmp_path / "instance-keys" / "secrets"
    shutil.copytree(secrets / "sealing", secrets / "sealing-next")
    (secrets / "current-sealing").touch(mode=0o600)
    (secrets / "current-sealing").write_text("sealing-next\n")
    wait_for(lambda: len(children(server.pid)) == 3 and not before & set(children(server.pid)))
    wait_for(lambda: status(port) == 200)

    family = children(server.pid)
    server.send_signal(signal.SIGTERM)
    assert server.wait(60) == 0
    wait_for(lambda: not any(Path(f"/proc/{number}").exists() for number in family))


def test_a_taken_port_is_one_plain_line_and_nothing_is_made(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        command = [sys.executable, "-m", "consent.cli", "serve"]
        made = subprocess.run(
            command, env=environment(tmp_path, taken.getsockname()[1]), capture_output=True, text=True, check=False
        )
    assert made.returncode == 1
    assert "CONSENT_PORT" in made.stderr
    assert len(made.stderr.splitlines()) == 1
    assert not (tmp_path / "instance").exists()
