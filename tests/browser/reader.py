"""A person at a browser. Wherever he comes, the page is looked at: for axe, for its size, for what it gives away."""

from __future__ import annotations

import functools
import gzip
import io
import os
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pyotp
from PIL import Image
from playwright.sync_api import Locator, Page, Response, expect

from tests.browser.hospital import Hospital, Person
from tests.factory import ROOT
from tests.staffroom import PASSWORD

STATIC = ROOT / "consent" / "web" / "static"
HEAVIEST = 60 * 1024
# What the browser itself writes of an answer that is a refusal.
REFUSALS = re.compile(r"Failed to load resource: the server responded with a status of 4\d\d")

IDS = re.compile(r"[a-z2-7]{26}|IMG-[-0-9A-Z]+")
LOOKED_AT: set[tuple[object, ...]] = set()


@functools.cache
def _file_weight(path: str) -> int:
    return len(gzip.compress((STATIC / path.removeprefix("/static/")).read_bytes(), 6))


@functools.cache
def english_words() -> tuple[str, ...]:
    """The English phrases around the form, long enough to be no accident on a Spanish page."""

    def phrases(value: object) -> list[str]:
        if isinstance(value, dict):
            return [phrase for each in value.values() for phrase in phrases(each)]
        if isinstance(value, list):
            return [phrase for each in value for phrase in phrases(each)]
        return [value] if isinstance(value, str) and "{" not in value and len(value) > 8 else []

    words = tomllib.loads((ROOT / "forms" / "words" / "en.toml").read_text())
    return tuple(phrase for name, part in words.items() if name != "language" for phrase in phrases(part))


# A page that goes into the browser's memory bears a mark when Back brings it again.
REMEMBERS = "addEventListener('pagehide', e => { if (e.persisted) document.documentElement.dataset.kept = '' })"


def back(page: Page) -> None:
    """Go back. What comes from the browser's memory asks the server anew: what that says stands then."""
    page.go_back()
    expect(page.locator("html[data-kept]")).to_have_count(0)
    page.wait_for_load_state()


class Reader:
    """Reads, presses and types by what the page shows, with a finger where the device has one."""

    def __init__(
        self,
        page: Page,
        hospital: Hospital,
        checks: tuple[Callable[[Page], None], ...],
        secrets: tuple[str, ...] = (),
        shots: Path | None = None,
    ) -> None:
        self.page = page
        self.hospital = hospital
        self.checks = checks
        self.secrets = secrets
        self.shots = shots
        self.touch = bool(page.evaluate("navigator.maxTouchPoints"))
        self.seen: dict[str, int] = {}
        self._said: list[str] = []
        self._answers: list[Response] = []
        page.on("console", lambda message: self._said.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self._said.append(str(error)))
        page.on("response", self._hear)

    def _hear(self, response: Response) -> None:
        if response.request.is_navigation_request() and response.status not in (302, 303):
            self._answers.append(response)

    # ------------------------------------------------------------------ going

    def goto(self, path: str) -> None:
        """Open an address of this hospital."""
        self.page.goto(path if path.startswith("http") else self.hospital.address + path)
        self.look()

    def press(self, name: str, within: Locator | None = None, last: bool = False) -> None:
        """Press a button that leads to another page, or back to this one with what is wrong."""
        found = (within or self.page).get_by_role("button", name=name, exact=True)
        self._go(found.last if last else found.first)

    def follow(self, name: str, within: Locator | None = None) -> None:
        """Follow a link."""
        self._go((within or self.page).get_by_role("link", name=name, exact=True).first)

    def _go(self, target: Locator) -> None:
        with self.page.expect_navigation():
            self.tap(target)
        self.look()

    def tap(self, target: Locator) -> None:
        """Touch it, or click it where there is a mouse."""
        target.tap() if self.touch else target.click()

    def tick(self, *labels: str) -> None:
        """Tick boxes or choose answers by their label."""
        for label in labels:
            field = self.page.get_by_label(label, exact=True)
            if not field.is_checked():
                self.tap(field)
            expect(field).to_be_checked()

    def fill(self, label: str, text: str) -> None:
        """Type into a field."""
        self.page.get_by_label(label, exact=True).fill(text)

    def answer(self, question: str, said: str) -> None:
        """Answer one question of several on the page."""
        field = self.page.get_by_role("group", name=question).get_by_label(said, exact=True)
        self.tap(field)
        expect(field).to_be_checked()

    # ---------------------------------------------------------------- looking

    def sees(self, text: str | re.Pattern[str]) -> None:
        """The page's main part says this."""
        expect(self.page.locator("main")).to_contain_text(text)

    def heading(self, text: str | re.Pattern[str]) -> None:
        """This is the page's heading."""
        expect(self.page.locator("h1")).to_have_text(text)

    def look(self) -> None:
        """Look at the page as it stands. Every fault fails the test.

        EVERY_PAGE=a folder in the environment keeps a picture of each of the patient's pages there, by language.
        """
        page = self.page
        page.wait_for_load_state()
        where = f"{urlsplit(page.url).path} ({page.title()})"
        expect(page.locator("h1"), where).to_have_count(1)
        # The same page in the same state and size is looked at once in a run; axe, which takes a second, once for
        # narrow and once for wide.
        width, *state = page.evaluate(
            "[innerWidth, document.title, document.documentElement.lang, document.querySelector('h1').innerText,"
            " document.querySelectorAll('[role=alert], .nhsuk-error-message').length]"
        )
        state = (IDS.sub("ID", urlsplit(page.url).path), *state)
        for number, check in enumerate(self.checks):
            key = (number, width if number else width < 641, *state)
            if key not in LOOKED_AT:
                check(page)
                LOOKED_AT.add(key)
        said = [each for each in self._said if not REFUSALS.match(each)]
        assert not said, f"{where}: {said}"
        given = page.url + page.title()
        assert not [each for each in self.secrets if each in given], f"{where} tells a secret"
        self._look_at_what_it_loads(where)
        if "EVERY_PAGE" in os.environ and page.locator("body.patient").count():
            name = IDS.sub("ID", urlsplit(page.url).path).strip("/").replace("/", "-")
            self._keep(Path(os.environ["EVERY_PAGE"]) / state[2], name or "start", whole=True)
        if page.locator("html").get_attribute("lang") == "es":
            text = page.locator("body").inner_text().split("\n")
            assert not [each for each in english_words() if each in text], f"{where}: English on a Spanish page"

    def _look_at_what_it_loads(self, where: str) -> None:
        page = self.page
        loaded = page.evaluate("performance.getEntriesByType('resource').map(e => e.name)")
        stray = [each for each in loaded if not each.startswith((self.hospital.address, "data:", "blob:"))]
        assert not stray, f"{where} asks {stray}"
        document = self._answers[-1].body() if self._answers and self._answers[-1].url == page.url else b""
        paths = {urlsplit(each).path for each in loaded}
        weight = len(gzip.compress(document or page.content().encode(), 6))
        weight += sum(_file_weight(path) for path in paths if path.startswith("/static/"))
        self.seen[where] = weight
        if page.locator("body.patient").count():
            assert weight <= HEAVIEST, f"{where} weighs {weight} bytes with all that it loads"

    def shot(self, name: str, whole: bool = False) -> None:
        """Keep a picture of the page for the README, if pictures were asked for."""
        if self.shots is not None:
            self._keep(self.shots, name, whole)

    def _keep(self, folder: Path, name: str, whole: bool) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        taken = self.page.screenshot(scale="css", full_page=whole, animations="disabled")
        # A hundred colours are enough for a page, and a README loads faster.
        Image.open(io.BytesIO(taken)).quantize(128).save(folder / f"{name}.png", optimize=True)


def sign_in(reader: Reader, person: Person) -> None:
    """Sign in through the pages, with password and code. A code counts once, so half a minute passes."""
    reader.hospital.clock.pass_(seconds=31)
    if urlsplit(reader.page.url).path != "/sign-in":
        reader.goto("/sign-in")
    reader.fill("E-mail address", person.email)
    reader.fill("Password", PASSWORD)
    reader.press("Continue")
    reader.fill("Enter your code", _code(person.phone, reader.hospital))
    reader.press("Sign in")


def _code(phone: pyotp.TOTP, hospital: Hospital) -> str:
    return phone.at(hospital.clock())
