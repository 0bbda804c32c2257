"""Firefox and WebKit as Debian ships them, driven by the protocols they speak themselves.

Playwright drives only its own builds of both. Firefox ESR listens to Marionette on a socket; WebKitGTK comes with
WebKitWebDriver and the MiniBrowser, on a screen that Xvfb pretends. The few commands here are the same in both.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tests.listening import kept_port

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
MINIBROWSERS = "lib/*/webkit2gtk-4.*/MiniBrowser"
STARTS_WITHIN = 120
WAITS = 60


class Driver(ABC):
    """One window of a browser. Elements are named by what WebDriver calls them."""

    @abstractmethod
    def script(self, body: str, *arguments: object) -> Any:
        """Run the body of a function in the page and return what it returns."""

    @abstractmethod
    def goto(self, address: str) -> None:
        """Open an address."""

    @abstractmethod
    def click(self, element: str) -> None:
        """Press an element, as a person would."""

    @abstractmethod
    def type(self, element: str, text: str) -> None:
        """Type into an element."""

    @abstractmethod
    def act(self, actions: list[dict[str, object]]) -> None:
        """Do with a pointer what WebDriver's actions say."""

    @abstractmethod
    def picture(self) -> bytes:
        """Return the page as PNG."""

    # ---------------------------------------------------------------- what a test says

    def find(self, css: str, text: str = "") -> str:
        """Return the first visible element that matches, and says exactly this if `text` is given."""
        wanted = (
            "return [...document.querySelectorAll(arguments[0])].find(e => e.getClientRects().length"
            " && (!arguments[1] || e.textContent.trim() === arguments[1]))"
        )
        ends = time.monotonic() + WAITS
        while time.monotonic() < ends:
            found = self.script(wanted, css, text)
            if isinstance(found, Mapping) and ELEMENT in found:
                return str(found[ELEMENT])
            time.sleep(0.1)
        raise AssertionError(f"no {css} {text!r} on {self.script('return location.href + document.body.innerText')}")

    def press(self, text: str) -> None:
        """Press a button or a link that leads to another page."""
        element = self.find("button, a", text)
        self.script("window.before = true")
        self.click(element)
        ends = time.monotonic() + WAITS
        while time.monotonic() < ends:
            try:
                if self.script("return !window.before && document.readyState === 'complete'"):
                    return
            except DriverError:
                pass  # between two pages
            time.sleep(0.1)
        raise AssertionError(f"{text!r} leads nowhere: {self.script('return document.body.innerText')}")

    def fill(self, label: str, text: str) -> None:
        """Type into the field with this label."""
        self.type(self._field(label), text)

    def tick(self, label: str) -> None:
        """Press the label of a box or a choice."""
        self.click(self.find("label", label))

    def draw(self, css: str) -> None:
        """Draw two strokes with the pointer."""
        box = self.script(
            "const pad = document.querySelector(arguments[0]); pad.scrollIntoView({block: 'center'});"
            "const box = pad.getBoundingClientRect(); return [box.left, box.top, box.width, box.height]",
            css,
        )
        left, top, width, height = (float(each) for each in box)
        steps: list[dict[str, object]] = []
        for stroke in (0, 1):
            at = [
                (left + width * (0.15 + 0.35 * stroke + 0.02 * n), top + height * (0.3 + 0.04 * n)) for n in range(10)
            ]
            moves = [{"type": "pointerMove", "duration": 15, "x": int(x), "y": int(y)} for x, y in at]
            steps += [moves[0], {"type": "pointerDown", "button": 0}, *moves[1:], {"type": "pointerUp", "button": 0}]
        self.act([{"type": "pointer", "id": "hand", "parameters": {"pointerType": "mouse"}, "actions": steps}])

    def _field(self, label: str) -> str:
        wanted = (
            "const label = [...document.querySelectorAll('label')].find(e => e.textContent.trim() === arguments[0]);"
            "return label && document.getElementById(label.htmlFor)"
        )
        found = self.script(wanted, label)
        assert found, f"no field {label!r}"
        return str(found[ELEMENT])


class DriverError(Exception):
    """The browser refused a command."""


class Marionette(Driver):
    """Firefox, on the socket that it opens for automation."""

    def __init__(self, port: int) -> None:
        self._socket = _connect(port)
        self._file = self._socket.makefile("rb")
        self._number = 0
        self._read()
        self._do("NewSession", capabilities={"alwaysMatch": {"pageLoadStrategy": "normal"}})
        self._do("SetWindowRect", width=820, height=1100)

    def _do(self, command: str, **parameters: object) -> Any:
        self._number += 1
        sent = json.dumps([0, self._number, f"WebDriver:{command}", parameters]).encode()
        self._socket.sendall(str(len(sent)).encode() + b":" + sent)
        _, _, error, result = self._read()
        if error:
            raise DriverError(f"{command}: {error.get('message')}")
        return result.get("value", result) if isinstance(result, dict) else result

    def _read(self) -> Any:
        length = b""
        while (byte := self._file.read(1)) != b":":
            if not byte:
                raise DriverError("Firefox has gone")
            length += byte
        return json.loads(self._file.read(int(length)))

    def script(self, body: str, *arguments: object) -> Any:
        return self._do("ExecuteScript", script=body, args=list(arguments))

    def goto(self, address: str) -> None:
        self._do("Navigate", url=address)

    def click(self, element: str) -> None:
        self._do("ElementClick", id=element)

    def type(self, element: str, text: str) -> None:
        self._do("ElementSendKeys", id=element, text=text)

    def act(self, actions: list[dict[str, object]]) -> None:
        self._do("PerformActions", actions=actions)

    def picture(self) -> bytes:
        return base64.b64decode(self._do("TakeScreenshot", full=False))

    def close(self) -> None:
        """Let go of the socket."""
        self._file.close()
        self._socket.close()


class WebDriver(Driver):
    """WebKit, through its own driver program."""

    def __init__(self, port: int, browser: str) -> None:
        self._base = f"http://127.0.0.1:{port}/session"
        _connect(port).close()
        wanted = {"webkitgtk:browserOptions": {"binary": browser, "args": ["--automation"]}}
        self._base += "/" + self._do("", capabilities={"alwaysMatch": wanted})["sessionId"]
        self._do("/window/rect", width=820, height=1100)

    def _do(self, path: str, method: str = "POST", **parameters: object) -> Any:
        data = json.dumps(parameters).encode() if method == "POST" else None
        asked = Request(self._base + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urlopen(asked, timeout=120) as answer:
                return json.load(answer)["value"]
        except HTTPError as error:
            raise DriverError(f"{path}: {error.read().decode()[:400]}") from error

    def script(self, body: str, *arguments: object) -> Any:
        return self._do("/execute/sync", script=body, args=list(arguments))

    def goto(self, address: str) -> None:
        self._do("/url", url=address)

    def click(self, element: str) -> None:
        self._do(f"/element/{element}/click")

    def type(self, element: str, text: str) -> None:
        self._do(f"/element/{element}/value", text=text)

    def act(self, actions: list[dict[str, object]]) -> None:
        self._do("/actions", actions=actions)

    def picture(self) -> bytes:
        return base64.b64decode(self._do("/screenshot", "GET"))

    def close(self) -> None:
        """End the browser."""
        self._do("", "DELETE")


@contextmanager
def firefox(folder: Path) -> Iterator[Driver]:
    """Start Debian's Firefox ESR with a profile of its own."""
    program = shutil.which("firefox-esr") or shutil.which("firefox")
    if program is None:
        raise RuntimeError("Firefox is not installed: apt-get install firefox-esr")
    profile = folder / "firefox"
    profile.mkdir()
    settings = {
        "marionette.port": 0,
        "app.update.disabledForTesting": True,
        "browser.shell.checkDefaultBrowser": False,
        "browser.startup.page": 0,
        "datareporting.policy.dataSubmissionEnabled": False,
        "network.captive-portal-service.enabled": False,
        "network.connectivity-service.enabled": False,
        "toolkit.telemetry.enabled": False,
    }
    lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in settings.items())
    (profile / "user.js").write_text("".join(lines))
    command = [program, "--headless", "--marionette", "--no-remote", "--profile", str(profile)]
    with _running(command, folder / "firefox.log", HOME=str(folder)):
        driver = Marionette(_told_port(profile / "MarionetteActivePort"))
        try:
            yield driver
        finally:
            driver.close()


@contextmanager
def webkit(folder: Path) -> Iterator[Driver]:
    """Start WebKitGTK's MiniBrowser on a pretended screen."""
    driver_program, screen_program = shutil.which("WebKitWebDriver"), shutil.which("Xvfb")
    browsers = sorted(str(found) for found in Path("/usr").glob(MINIBROWSERS))
    if driver_program is None or screen_program is None or not browsers:
        raise RuntimeError("WebKit is not installed: apt-get install webkit2gtk-driver xvfb")
    read, write = os.pipe()
    screen = [screen_program, "-displayfd", str(write), "-screen", "0", "1280x1280x24", "-nolisten", "tcp"]
    with _running(screen, folder / "screen.log", pass_fds=(write,)):
        os.close(write)
        with os.fdopen(read) as told:
            display = ":" + told.readline().strip()
        around = {
            "DISPLAY": display,
            "HOME": str(folder),
            "XDG_RUNTIME_DIR": str(folder),
            "GDK_BACKEND": "x11",
            "WEBKIT_DISABLE_COMPOSITING_MODE": "1",
            "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1",
            "LIBGL_ALWAYS_SOFTWARE": "1",
        }
        with kept_port() as port, _running([driver_program, f"--port={port}"], folder / "webkit.log", **around):
            driver = WebDriver(port, browsers[-1])
            try:
                yield driver
            finally:
                driver.close()


@contextmanager
def _running(command: list[str], log: Path, pass_fds: tuple[int, ...] = (), **around: str) -> Iterator[None]:
    """Run a program for as long as the block lasts."""
    with log.open("wb") as written:
        program = subprocess.Popen(
            command, stdout=written, stderr=written, env={**os.environ, **around}, pass_fds=pass_fds
        )
        try:
            yield
        finally:
            program.terminate()
            try:
                program.wait(10)
            except subprocess.TimeoutExpired:
                program.kill()
                program.wait()


def _told_port(file: Path) -> int:
    """The port that Firefox chose, as soon as it has written which one it is."""
    ends = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < ends:
        if file.exists() and (said := file.read_text()).strip():
            return int(said)
        time.sleep(0.1)
    raise AssertionError("Firefox does not say where it listens")


def _connect(port: int) -> socket.socket:
    ends = time.monotonic() + STARTS_WITHIN
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=120)
        except OSError:
            if time.monotonic() > ends:
                raise
            time.sleep(0.1)
