"""Many at once, through the real server and its pages: how many consents a second, how long each Finish takes."""

from __future__ import annotations

import http.client
import json
import os
import re
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from consent.acts import answering, doors, handing_over
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


@dataclass(frozen=True)
class Bedside:
    """One tablet with a patient who has read and chosen everything: its cookie, and the digest of the choices."""

    cookie: str
    seen: str


def rows(*, each: int) -> Iterator[Row]:
    """Let eight clients sign `each` consents one after the other, with nothing to think about between two presses."""
    with tempfile.TemporaryDirectory() as folder:
        served = Served(Path(folder))
        with served as port:
            wait(port)
            bedsides = _furnish(Path(folder), port, CLIENTS * each + CLIENTS)
            _all_sign(port, bedsides[:CLIENTS])  # so that every process has loaded what it needs
            before = time.perf_counter()
            finishes = _all_sign(port, bedsides[CLIENTS:])
            took = time.perf_counter() - before
    load = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"
    section = f"{CLIENTS} clients at once, the whole server, printing ahead included ({load})"
    rate, high = len(finishes) / took, p95(finishes)
    aim = f">= {AT_LEAST:g}/s, p95 <= {P95_AT_MOST / 1000:g} s"
    met = rate >= AT_LEAST and high <= P95_AT_MOST
    yield Row(section, "sealed consents a second", rate, rate, "/s", len(finishes), aim=aim, met=met)
    middle = sorted(finishes)[len(finishes) // 2]
    yield Row(section, "from the press on Sign to the page that says it is done", middle, high, runs=len(finishes))


def _furnish(folder: Path, port: int, count: int) -> list[Bedside]:
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
        found.append(Bedside(f"consent={cookie.value}", answering.open_session(house, session_id).given.digest))
    house.engine.dispose()
    return found


def _all_sign(port: int, bedsides: list[Bedside]) -> list[float]:
    waiting, lock = list(bedsides), threading.Lock()

    def client(_number: int) -> list[float]:
        times = []
        while True:
            with lock:
                if not waiting:
                    return times
                bedside = waiting.pop()
            times.append(_sign(port, bedside))

    with ThreadPoolExecutor(CLIENTS) as pool:
        return [each for times in pool.map(client, range(CLIENTS)) for each in times]


def _sign(port: int, bedside: Bedside) -> float:
    """Open the page, draw (the page keeps it at once), press Sign; milliseconds from the press to the answer."""
    browser = _Browser(port, bedside.cookie)
    page = browser.ask("GET", "/sign/sign")
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    claim = re.search(r'name="claim" value="([^"]+)"', page)
    if found is None or claim is None:
        raise LookupError("there was no page to sign on")
    sent = {"csrf_token": found[1], "claim": claim[1], "seen": bedside.seen, "strokes": STROKES}
    browser.ask("POST", "/sign/sign", {**sent, "go": "back"})
    begun = time.perf_counter()
    answer = browser.ask("POST", "/sign/sign", {**sent, "go": "sign"})
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
        self._line.request(method, path, urlencode(fields) if fields is not None else None, headers)
        answer = self._line.getresponse()
        set_cookie = answer.headers.get("Set-Cookie", "")
        if set_cookie.startswith("consent="):
            self._cookie = set_cookie.partition(";")[0]
        return answer.read().decode()
