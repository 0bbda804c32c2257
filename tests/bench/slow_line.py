"""How soon the patient's first page can be read and pressed on Chromium's "Slow 4G".

On the tablet the staff's pages have loaded the styles before. A browser that has nothing of ours must ask twice, for
the page and for its styles, and each time waits 562 ms: it cannot be there within a second.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from consent.acts import doors, handing_over
from consent.rules.access import Role
from tests.bench.measure import Row, Watch
from tests.browser.conftest import chromium_program
from tests.browser.hospital import Hospital, open_hospital

AT_MOST = 1000  # milliseconds
# As Chromium's own tools have it: each request waits 562.5 ms, then 1.44 Mbit/s come in and 0.675 go out.
SLOW_4G = {"offline": False, "latency": 562.5, "downloadThroughput": 180_000, "uploadThroughput": 84_375}
SECTION = "The patient's first page on Chromium's Slow 4G (562 ms a request, 1.44 Mbit/s)"
TIMES = """() => {
  const page = performance.getEntriesByType('navigation')[0];
  const styles = performance.getEntriesByType('resource').filter(e => e.name.endsWith('.css'));
  const painted = performance.getEntriesByName('first-contentful-paint')[0];
  return [page.responseStart, page.responseEnd, Math.max(page.responseEnd, ...styles.map(e => e.responseEnd)),
          painted.startTime, page.loadEventEnd]}"""
WARM = ("comfort.css", "comfort.js", "reading.js", "sending.js", "still-there.js")
PARTS = ("first byte", "page is there", "styles are there", "painted: it can be read and pressed", "all loaded")


def rows(*, runs: int) -> Iterator[Row]:
    """Open the first page on a tablet that was just handed over, and on a browser that has seen nothing of ours."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(**chromium_program())
        with open_hospital(f"sqlite:///{folder}/consent.sqlite", Path(folder)) as hospital:
            for name, warm in (("as handed over", True), ("nothing of ours loaded before", False)):
                watch = Watch()
                for run in range(runs + 1):
                    times = _open(browser, hospital, warm)
                    for part, milliseconds in zip(PARTS, times, strict=True):
                        if run:
                            watch.add(part, milliseconds)
                for part in PARTS:
                    yield watch.row(SECTION, part, f"{name}: {part}", AT_MOST if part == PARTS[3] else None)
        browser.close()


def _open(browser: Browser, hospital: Hospital, warm: bool) -> list[float]:
    context = browser.new_context(viewport={"width": 768, "height": 1024})
    nurse = hospital.factory.staff(Role.CLINICIAN)
    made = hospital.factory.draft(actor=nurse)
    token = handing_over.hand_over(hospital.house, nurse, "no-browser", made)
    if doors.find(hospital.house, "signing", token) is None:
        raise RuntimeError("the tablet was not handed over")
    page = context.new_page()
    if warm:
        # What the staff's pages have loaded before, and the hand-over itself has asked for.
        page.goto(hospital.address + "/sign-in")
        page.evaluate(
            "files => Promise.all(files.map(file => fetch(file).then(it => it.text())))", [f"/static/{f}" for f in WARM]
        )
    _hold(context, hospital, token)
    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", SLOW_4G)
    page.goto(hospital.address + "/sign", wait_until="load")
    times = _times(page)
    context.close()
    return times


def _times(page: Page) -> list[float]:
    page.wait_for_timeout(300)
    return [float(each) for each in page.evaluate(TIMES)]


def _hold(context: BrowserContext, hospital: Hospital, token: str) -> None:
    """Give the browser the cookie that a hand-over gives it."""
    client = hospital.server.app.test_client()
    with client.session_transaction() as session:
        session["signing"] = token
    cookie = client.get_cookie("consent")
    if cookie is None:
        raise RuntimeError("no cookie was made")
    context.add_cookies([{"name": "consent", "value": cookie.value, "url": hospital.address}])
