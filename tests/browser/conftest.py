"""Debian's Chromium, driven by Playwright: a tablet held both ways, a phone, a desk; and axe.

Chromium's back-forward cache is on, as it is for people. The pages' strict policy forbids `eval`, so tests
wait with `expect(locator)`, not with `wait_for_function`.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from consent.rules.access import Role
from tests.browser.bedside import SECRETS
from tests.browser.hospital import Hospital, Person, open_hospital
from tests.browser.reader import REMEMBERS, Reader

AXE = (Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
QUIET = [
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-features=OptimizationHints,MediaRouter,Translate",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    """Playwright, for as long as browser tests run: its event loop would be in the way of every seal after them."""
    # A machine that does other work too is given time; what holds is seen at once all the same.
    expect.set_options(timeout=15_000)
    with sync_playwright() as running:
        yield running


def chromium_program() -> dict[str, Any]:
    """Return how Chromium is started."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        raise RuntimeError("Chromium is not installed: apt-get install chromium")
    return {
        "executable_path": program,
        # Chromium's sandbox does not start as root.
        "args": [*QUIET, *(["--no-sandbox"] if os.geteuid() == 0 else [])],
        "ignore_default_args": ["--disable-back-forward-cache"],
    }


@pytest.fixture(scope="package")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """One Chromium for all; each test opens its own context, with its own cookies."""
    browser = playwright.chromium.launch(**chromium_program())
    yield browser
    browser.close()


@pytest.fixture
def new_context(chromium: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Open a context with any of Playwright's options; all are closed at the end."""
    opened: list[BrowserContext] = []

    def open_context(**options: object) -> BrowserContext:
        context = chromium.new_context(locale="en-US", timezone_id="America/New_York", **options)  # type: ignore[arg-type]
        context.set_default_timeout(15_000)
        # The first signing of a process loads the printer, and other work may share the machine.
        context.set_default_navigation_timeout(60_000)
        context.add_init_script(REMEMBERS)
        opened.append(context)
        return context

    yield open_context
    for context in opened:
        context.close()


@pytest.fixture
def hospital(sqlite_url: str, tmp_path: Path) -> Iterator[Hospital]:
    """The running application, ready for patients, on a port of its own."""
    with open_hospital(sqlite_url, tmp_path) as opened:
        yield opened


@pytest.fixture
def nurse(hospital: Hospital) -> Person:
    """A clinician with a PIN."""
    found = hospital.person("Nora Field", Role.CLINICIAN)
    hospital.set_pin(found)
    return found


@pytest.fixture
def read(
    hospital: Hospital, axe: Callable[[Page], None], fits: Callable[[Page], None]
) -> Callable[[BrowserContext], Reader]:
    """Sit somebody at a fresh page of a device; every page that he comes to is looked at.

    SCREENSHOTS=docs/tour in the environment keeps the pictures of the README.
    """
    folder = os.environ.get("SCREENSHOTS")

    def sit(context: BrowserContext) -> Reader:
        return Reader(context.new_page(), hospital, (axe, fits), SECRETS, Path(folder) if folder else None)

    return sit


def _tablet(width: int, height: int) -> dict[str, object]:
    return {"viewport": {"width": width, "height": height}, "has_touch": True, "device_scale_factor": 2}


@pytest.fixture(params=[(768, 1024), (1024, 768)], ids=["portrait", "landscape"])
def tablet(request: pytest.FixtureRequest, new_context: Callable[..., BrowserContext]) -> BrowserContext:
    """The hospital's tablet, held each way."""
    return new_context(**_tablet(*request.param))


@pytest.fixture
def portrait(new_context: Callable[..., BrowserContext]) -> BrowserContext:
    """The hospital's tablet, held upright."""
    return new_context(**_tablet(768, 1024))


@pytest.fixture
def phone(new_context: Callable[..., BrowserContext]) -> BrowserContext:
    """A patient's or a poster's phone."""
    return new_context(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)


@pytest.fixture
def desk(new_context: Callable[..., BrowserContext]) -> BrowserContext:
    """A desk computer."""
    return new_context(viewport={"width": 1280, "height": 900})


@pytest.fixture
def plain(new_context: Callable[..., BrowserContext]) -> BrowserContext:
    """A desk computer without JavaScript."""
    return new_context(viewport={"width": 1280, "height": 900}, java_script_enabled=False)


@pytest.fixture(scope="session")
def axe() -> Callable[[Page], None]:
    """Fail with every accessibility fault that axe finds on the page as it stands."""

    def check(page: Page) -> None:
        page.evaluate(AXE)
        # What it is content with is not told: carrying that out of the browser takes as long as the search.
        found = page.evaluate(
            "async runOnly => (await axe.run({runOnly, resultTypes: ['violations'], selectors: false})).violations",
            RULES,
        )
        faults = [f"{fault['id']}: {node['html'][:160]}" for fault in found for node in fault["nodes"]]
        assert not faults, f"{page.title()}:\n" + "\n".join(faults)

    return check


@pytest.fixture(scope="session")
def fits() -> Callable[[Page], None]:
    """Fail when the page scrolls sideways or a target is smaller than 44 by 44 px."""

    def check(page: Page) -> None:
        wide, width = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert wide <= width, f"{page.title()}: {wide} px wide in {width}"
        small = page.evaluate(
            """() => [...document.querySelectorAll(
                 'a[href], button, input:not([type=hidden]), select, textarea, summary')]
               .filter(e => !e.closest('p') && !e.classList.contains('nhsuk-skip-link') && e.checkVisibility())
               .map(e => [e.outerHTML.slice(0, 120), e.getBoundingClientRect()])
               .filter(([_, box]) => box.width < 43.5 || box.height < 43.5)
               .map(([html, box]) => `${Math.round(box.width)}x${Math.round(box.height)} ${html}`)"""
        )
        assert not small, f"{page.title()}:\n" + "\n".join(small)

    return check
