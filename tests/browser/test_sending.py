"""A slow line, a lost one, a server that fails: the page says so, keeps what was answered, and sends again by itself.
Whoever pressed "Sign" is never left in doubt, and has signed once."""

from __future__ import annotations

import json
import os
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import BrowserContext, Page, Response, Route, expect
from sqlalchemy import select

from consent.acts import answering
from consent.records.tables.consents import consent, signing_session
from consent.rules.access import Role
from tests.browser import bedside
from tests.browser.hospital import Hospital, Person
from tests.browser.reader import Reader
from tests.browser.test_hand_over import begin
from tests.browser.test_tablet import to_the_first_question

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Sit = Callable[[BrowserContext], Reader]
DONE = "**/sign/done"
# How long a machine that does other work too may take until a form is signed.
LONG = 60_000
SHOTS = Path(os.environ["SCREENSHOTS"]) if "SCREENSHOTS" in os.environ else None


@pytest.fixture
def nurse(hospital: Hospital) -> Person:
    return hospital.person("Nora Field", Role.CLINICIAN)


@pytest.fixture
def forgiving(hospital: Hospital, portrait: BrowserContext) -> Reader:
    """A reader who is not troubled by what the browser writes of a lost connection."""
    return Reader(portrait.new_page(), hospital, (), shots=SHOTS)


def session_of(hospital: Hospital) -> str:
    with hospital.house.reading() as connection:
        return str(connection.execute(select(signing_session.c.id)).scalar_one())


def at_the_signature(hospital: Hospital, nurse: Person, reader: Reader, language: str = "en") -> None:
    """Everything is chosen, checked and agreed to, and the name is drawn; only the last press is missing."""
    begin(hospital, nurse, reader, language)
    session_id = session_of(hospital)
    hospital.factory.answer(session_id)
    reader.page.goto(hospital.address + "/sign/sign")
    # What is drawn is kept while it is drawn; only the last press is what these tests are about.
    with reader.page.expect_response(keeps_both_strokes, timeout=LONG):
        bedside.draw_by_touch(reader.page)


def keeps_both_strokes(answer: Response) -> bool:
    """Say whether the page has kept all that `draw_by_touch` draws."""
    drawn = re.search(r'name="strokes"\r\n\r\n(\[.*\])\r\n', answer.request.post_data or "")
    return drawn is not None and len(json.loads(drawn[1])) == 2


def press_sign(reader: Reader, language: str = "en") -> None:
    say = reader.hospital.house.forms.words(language)
    reader.tap(reader.page.get_by_role("button", name=say("buttons.sign"), exact=True))


def is_press(route: Route) -> bool:
    """Say whether this is the signature being sent, and not what is kept of it meanwhile."""
    return 'name="go"\r\n\r\nsign\r\n' in (route.request.post_data or "")


def is_signed_once(hospital: Hospital, page: Page) -> None:
    page.wait_for_url(DONE, timeout=LONG)
    expect(page.locator("h1")).to_contain_text("Done. Your form is signed and safe.")
    with hospital.house.reading() as connection:
        assert connection.execute(select(consent.c.status)).scalars().all() == ["signed"]


# ------------------------------------------------------------- between the page and the server


def test_a_lost_request_is_sent_again(hospital: Hospital, forgiving: Reader, nurse: Person) -> None:
    at_the_signature(hospital, nurse, forgiving)
    page, lost, sent = forgiving.page, [], []
    said = threading.Event()

    def lose(route: Route) -> None:
        if not is_press(route):
            route.continue_()
        elif len(lost) < 2 or not said.is_set():
            lost.append(route.request.post_data)
            route.abort()
        else:
            sent.append(route.request.post_data)
            route.continue_()

    page.route("**/sign/sign**", lose)
    press_sign(forgiving)
    expect(page.locator("#sending-said")).to_contain_text("Your form is not stored yet. We keep trying.")
    expect(page.get_by_role("button", name="Try now")).to_be_visible()
    said.set()
    is_signed_once(hospital, page)
    assert len(lost) >= 2
    assert len(sent) == 1


def test_a_reply_lost_after_the_commit_leaves_no_doubt(hospital: Hospital, forgiving: Reader, nurse: Person) -> None:
    at_the_signature(hospital, nurse, forgiving)
    page, stored = forgiving.page, []

    def lose_the_reply(route: Route) -> None:
        if stored or not is_press(route):
            route.continue_()
            return
        answer = route.fetch(max_redirects=0, timeout=LONG)
        stored.append(answer.status)
        route.abort()

    page.route("**/sign/sign**", lose_the_reply)
    press_sign(forgiving)
    is_signed_once(hospital, page)
    assert stored == [200]


# ------------------------------------------------------------------------ a server in trouble


@dataclass
class Trouble:
    """What happens to the sending of a signature; everything else is answered as ever.

    `until`: nothing is answered before that.
    """

    statuses: Iterator[str] = field(default_factory=lambda: iter(()))
    delay: float = 0
    until: threading.Event | None = None
    came: list[float] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, app: WSGIApplication, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        if (environ["REQUEST_METHOD"], environ["PATH_INFO"]) != ("POST", "/sign/sign"):
            return app(environ, start)
        with self.lock:
            self.came.append(time.monotonic())
            status = next(self.statuses, "")
        if status:
            start(status, [("Content-Type", "text/plain")])
            return [b"not now"]
        time.sleep(self.delay)
        if self.until is not None:
            self.until.wait(LONG / 1000)
        return app(environ, start)


def test_a_server_that_is_out_of_reach_for_a_while(hospital: Hospital, forgiving: Reader, nurse: Person) -> None:
    at_the_signature(hospital, nurse, forgiving)
    trouble = hospital.server.trouble = Trouble(
        iter(["503 Service Unavailable", "502 Bad Gateway", "500 Internal Server Error"])
    )
    press_sign(forgiving)
    expect(forgiving.page.locator("#sending-said")).to_contain_text("not stored yet")
    is_signed_once(hospital, forgiving.page)
    assert len(trouble.came) == 4


def test_a_server_that_takes_twenty_seconds(hospital: Hospital, forgiving: Reader, nurse: Person) -> None:
    at_the_signature(hospital, nurse, forgiving)
    trouble = hospital.server.trouble = Trouble(delay=20)
    press_sign(forgiving)
    page = forgiving.page
    expect(page.locator("#sending-said")).to_contain_text("We are saving your form. Please wait.")
    expect(page.locator("#sending-said")).to_contain_text("not stored yet", timeout=15_000)
    is_signed_once(hospital, page)
    assert len(trouble.came) == 1


def test_a_server_that_stops_and_starts_again(hospital: Hospital, forgiving: Reader, nurse: Person) -> None:
    at_the_signature(hospital, nurse, forgiving)
    page = forgiving.page
    hospital.server.stop()
    press_sign(forgiving)
    expect(page.locator("#sending-said")).to_contain_text("not stored yet", timeout=15_000)
    forgiving.shot("tablet-not-stored")
    # The page tries by itself too, and would be gone before the button is pressed.
    pressed = threading.Event()
    hospital.server.trouble = Trouble(until=pressed)
    hospital.server.start()
    page.get_by_role("button", name="Try now").tap()
    pressed.set()
    is_signed_once(hospital, page)


def test_pressing_again_and_a_second_tab_sign_once(hospital: Hospital, forgiving: Reader, nurse: Person) -> None:
    at_the_signature(hospital, nurse, forgiving)
    pressed = threading.Event()
    hospital.server.trouble = Trouble(until=pressed)
    page = forgiving.page
    spot = page.get_by_role("button", name="Sign", exact=True).bounding_box()
    assert spot
    for _ in range(4):
        page.touchscreen.tap(spot["x"] + spot["width"] / 2, spot["y"] + spot["height"] / 2)
    pressed.set()
    is_signed_once(hospital, page)


# ------------------------------------------------------------------------------ while choosing


@pytest.mark.parametrize("language", ["en", "es"])
def test_without_a_connection_the_page_says_so_and_keeps_what_was_answered(
    hospital: Hospital,
    tablet: BrowserContext,
    nurse: Person,
    fits: Callable[[Page], None],
    axe: Callable[[Page], None],
    language: str,
) -> None:
    say = hospital.house.forms.words(language)
    reader = Reader(tablet.new_page(), hospital, (), shots=SHOTS)
    page = reader.page
    begin(hospital, nurse, reader, language)
    to_the_first_question(reader, language)
    tablet.set_offline(True)
    expect(page.locator("#sending-said")).to_have_text(say("sending.lost"))
    for choice in page.get_by_label(say("labels.yes"), exact=True).all():
        reader.tap(choice)
    fits(page)
    axe(page)
    reader.shot(f"tablet-lost-{language}-{page.viewport_size['width']}")  # type: ignore[index]
    address = page.url
    reader.tap(page.get_by_role("button", name=say("buttons.next"), exact=True))
    page.wait_for_timeout(1500)
    assert page.url == address
    expect(page.locator("#sending-said")).to_have_text(say("sending.lost"))
    tablet.set_offline(False)
    page.wait_for_url(lambda url: url != address)
    kept = answering.open_session(hospital.house, session_of(hospital)).given.uses
    assert kept
    assert all(kept.values())


def test_what_is_marked_is_kept_before_next_is_pressed(hospital: Hospital, forgiving: Reader, nurse: Person) -> None:
    begin(hospital, nurse, forgiving)
    to_the_first_question(forgiving)
    page = forgiving.page
    with page.expect_response("**/sign/page/*") as kept:
        forgiving.tap(page.get_by_label("No", exact=True).first)
    assert kept.value.status == 200
    assert list(answering.open_session(hospital.house, session_of(hospital)).given.uses.values()) == [False]
    # A server that is gone for a moment: the same, a little later.
    hospital.server.stop()
    forgiving.tap(page.get_by_label("Yes", exact=True).first)
    expect(page.locator("#sending-said")).to_contain_text("There is no link to the hospital right now.")
    hospital.server.start()
    expect(page.locator("#sending-said")).to_contain_text("The link is back.", timeout=20_000)
    assert list(answering.open_session(hospital.house, session_of(hospital)).given.uses.values()) == [True]


def test_a_slow_page_says_that_it_is_slow(hospital: Hospital, forgiving: Reader, nurse: Person) -> None:
    begin(hospital, nurse, forgiving)
    page, said = forgiving.page, threading.Event()

    def slowly(app: WSGIApplication, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"] == "/sign":
            said.wait(LONG / 1000)
        return app(environ, start)

    hospital.server.trouble = slowly
    forgiving.tap(page.get_by_role("button", name="Start"))
    expect(page.locator("#sending-said")).to_have_text("This is slow. Please wait. We keep trying.")
    forgiving.shot("tablet-slow")
    said.set()
    page.wait_for_url("**/sign/page/**")
