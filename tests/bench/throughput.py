"""Many at once, through the real server and its pages: how many consents a second, how long each Finish takes."""

from __future__ import annotations

import http.client
import json
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlencode

import sqlalchemy as sa

from consent.acts import ahead, answering, doors, handing_over
from consent.acts.house import House
from consent.records.tables.staff import held
from consent.rules.access import Role
from consent.web.application import make_application
from consent.web.desks import DESKS
from consent.wiring import make_front, make_house, settings_from
from tests.bench.measure import Row, p95
from tests.bench.start import Served, environment, wait
from tests.factory import Clock, Factory

CLIENTS = 8
AT_LEAST, P95_AT_MOST = 6.0, 2000.0
STROKES = json.dumps([[{"x": 20 + 4 * n, "y": 60 + 30 * (n % 7 - 3)} for n in range(76)]])
BROWSER = "Mozilla/5.0 (Linux; Android 15; Tablet) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"
EARLY = 30  # seconds
PRINTED_WITHIN = 120  # seconds for one wave of papers
Given = TypeVar("Given")
Found = TypeVar("Found")


@dataclass(frozen=True)
class Bedside:
    """One tablet with a patient who has read and chosen everything: its session, its cookie, what was chosen."""

    session_id: str
    cookie: str
    seen: str


def rows(*, each: int) -> Iterator[Row]:
    """Let eight clients sign `each` consents, one after the other with nothing to think about between two presses.

    First as it is in life, each paper printed while its patient still read and drew: only Finish is measured. Then the
    most that the machine can do without end: the page, the drawing and the printing of each paper in the same seconds.
    """
    with tempfile.TemporaryDirectory() as folder:
        served = Served(Path(folder))
        with served as port:
            wait(port)
            house, bedsides = _furnish(Path(folder), port, CLIENTS * (1 + 2 * each))
            _all(lambda bedside: Opened(port, bedside).sign(), bedsides[:CLIENTS])  # every process loads what it needs
            waves, printing = bedsides[CLIENTS : CLIENTS * (1 + each)], bedsides[CLIENTS * (1 + each) :]
            ready, ready_took = [], 0.0
            for first in range(0, len(waves), 2 * CLIENTS):
                wave = waves[first : first + 2 * CLIENTS]
                _await_early_in_a_minute()
                opened = _all(lambda bedside: Opened(port, bedside), wave)
                _wait_for_papers(house, wave)
                before = time.perf_counter()
                ready += _all(Opened.sign, opened)
                ready_took += time.perf_counter() - before
            before = time.perf_counter()
            whole = _all(lambda bedside: Opened(port, bedside).sign(), printing)
            whole_took = time.perf_counter() - before
            house.engine.dispose()
    load = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"
    yield from _told(f"{CLIENTS} clients press Sign, papers printed before ({load})", ready, ready_took, aimed=True)
    yield from _told(f"{CLIENTS} clients, page, drawing and printing in the same seconds ({load})", whole, whole_took)


def _told(section: str, times: list[float], took: float, *, aimed: bool = False) -> Iterator[Row]:
    rate, high = len(times) / took, p95(times)
    met = rate >= AT_LEAST and high <= P95_AT_MOST
    aims = {"aim": f">= {AT_LEAST:g}/s, p95 <= {P95_AT_MOST / 1000:g} s", "met": met} if aimed else {}
    yield Row(section, "sealed consents a second", rate, rate, "/s", len(times), **aims)
    middle = sorted(times)[len(times) // 2]
    yield Row(section, "from the press on Sign to the page that says it is done", middle, high, runs=len(times))


def _await_early_in_a_minute() -> None:
    """Return when there is time to draw and press within one minute: it stands on the paper, printed before or anew."""
    gone = time.time() % 60
    if gone > EARLY:
        time.sleep(60 - gone)


def _wait_for_papers(house: House, wave: list[Bedside]) -> None:
    """Return once the server keeps a printed paper for each of them."""
    kinds = [ahead.kind_of(each.session_id) for each in wave]
    asked = sa.select(sa.func.count()).select_from(held).where(held.c.kind.in_(kinds))
    until = time.monotonic() + PRINTED_WITHIN
    while True:
        with house.reading() as connection:
            if connection.execute(asked).scalar_one() == len(wave):
                return
        if time.monotonic() > until:
            raise TimeoutError("not every paper was printed")
        time.sleep(0.05)


def _furnish(folder: Path, port: int, count: int) -> tuple[House, list[Bedside]]:
    """Hand over so many tablets on the database that the server uses, up to the page with the signature."""
    settings = settings_from(environment(folder, port))
    house = make_house(settings)
    app = make_application(house, make_front(settings, house), DESKS)
    factory = Factory(house, Clock())
    nurse = factory.staff(Role.CLINICIAN)
    found = []
    for _ in range(count):
        made = factory.draft(actor=nurse)
        token = handing_over.hand_over(house, nurse, "no-browser", made)
        session_id = doors.find(house, "signing", token)
        if session_id is None:
            raise LookupError("the tablet was not handed over")
        factory.answer(session_id)
        client = app.test_client()
        with client.session_transaction() as kept:
            kept["signing"] = token
        cookie = client.get_cookie("consent")
        if cookie is None:
            raise LookupError("no cookie was made")
        seen = answering.open_session(house, session_id).given.digest
        found.append(Bedside(session_id, f"consent={cookie.value}", seen))
    return house, found


def _all(work: Callable[[Given], Found], given: list[Given]) -> list[Found]:
    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(work, given))


class Opened:
    """A tablet whose patient has opened the page and drawn: the page keeps the drawing at once."""

    def __init__(self, port: int, bedside: Bedside) -> None:
        self._browser = _Browser(port, bedside.cookie)
        page = self._browser.ask("GET", "/sign/sign")
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        claim = re.search(r'name="claim" value="([^"]+)"', page)
        if found is None or claim is None:
            raise LookupError("there was no page to sign on")
        self._sent = {"csrf_token": found[1], "claim": claim[1], "seen": bedside.seen, "strokes": STROKES}
        self._browser.ask("POST", "/sign/sign", {**self._sent, "go": "back"})

    def sign(self) -> float:
        """Press Sign; milliseconds from the press to the answer."""
        begun = time.perf_counter()
        answer = self._browser.ask("POST", "/sign/sign", {**self._sent, "go": "sign"})
        took = (time.perf_counter() - begun) * 1e3
        if "/sign/done" not in answer:
            raise LookupError(f"it was not signed: {answer[:200]}")
        return took


class _Browser:
    """One browser with one connection that stays open, and its cookie."""

    def __init__(self, port: int, cookie: str) -> None:
        self._cookie = cookie
        self._line = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def ask(self, method: str, path: str, fields: dict[str, str] | None = None) -> str:
        headers = {"Cookie": self._cookie, "User-Agent": BROWSER, "X-Asks-Where": "1"}
        if fields is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        body = urlencode(fields) if fields is not None else None
        try:
            answer = self._answer(method, path, body, headers)
        except (BrokenPipeError, ConnectionResetError, http.client.RemoteDisconnected):
            # The server ends a connection on which nothing was asked for two seconds; a browser opens another.
            self._line.close()
            answer = self._answer(method, path, body, headers)
        set_cookie = answer.headers.get("Set-Cookie", "")
        if set_cookie.startswith("consent="):
            self._cookie = set_cookie.partition(";")[0]
        return answer.read().decode()

    def _answer(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> http.client.HTTPResponse:
        self._line.request(method, path, body, headers)
        return self._line.getresponse()
