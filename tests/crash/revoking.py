"""Withdraw over HTTP, die on the way, come back, press the button again."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace

from consent.acts import cards
from tests.asking import look_up
from tests.crash import promises
from tests.crash.browser import Browser, Cut
from tests.crash.lab import Lab
from tests.crash.table import Kill
from tests.crash.trap import AFTER, BEFORE, Point
from tests.database.out_there import ALLOWED, Office

STEPS = ("row", "outbox", "custody", "commit", "reply")
POINTS = tuple(Point(step, moment) for step in STEPS for moment in (BEFORE, AFTER))
COMMITTED = (Point("commit", AFTER), Point("reply", BEFORE), Point("reply", AFTER))


class Withdrawing:
    """Patients with a card each, one picture of each of them out on Instagram."""

    points = POINTS

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self._office = Office(lab.house, lab.factory)
        self._count = itertools.count(1)
        self._longest = 0.5
        self._patient: _Patient | None = None
        self._waiting: list[Kill] = []

    def at_points(self, points: Iterable[Point]) -> Iterator[Kill]:
        """Die at each of these points, once each."""
        for point in points:
            yield from self._one(point)
        yield from self._settled()

    def at_random(self, times: int, luck: random.Random) -> Iterator[Kill]:
        """Die at any moment between the last page and a little after the answer."""
        for _ in range(times):
            yield from self._one(None, luck.uniform(0, self._longest))
        yield from self._settled()

    def _one(self, point: Point | None, after: float = 0) -> Iterator[Kill]:
        lab = self.lab
        lab.serve()
        patient = self._patient = self._patient or _Patient(self, next(self._count))
        with lab.dying(point, after):
            try:
                said = patient.press()
            except Cut:
                said = False
        name = f"withdrawing, {lab.place}"
        on_record, half = promises.withdrawn(lab.house, patient.consent)
        lab.hold(on_record or not said, f"{name}: the page said withdrawn, and it is not")
        lab.hold(not on_record or not self.allowed(patient.image), f"{name}: withdrawn, and a verdict says yes")
        lab.hold_all(name, half, promises.chain(lab.house))
        if lab.died == point is not None:
            lab.hold(on_record == (point in COMMITTED), f"{name}: {'it was' if on_record else 'it was not'} withdrawn")
        self._waiting.append(Kill("revoke", point, said, on_record))
        if on_record:
            yield from self._settled()

    def _settled(self) -> Iterator[Kill]:
        """The machine stays up, and the same is sent once more: it is withdrawn now, once."""
        lab, patient = self.lab, self._patient
        if patient is None:
            return
        begun = time.monotonic()
        lab.serve()
        try:
            done = patient.press()
        except Cut:
            done = False
        if not self._waiting[-1].on_record:
            self._longest = max(0.05, time.monotonic() - begun)
        name = f"withdrawing, {lab.place}, repeated"
        on_record, half = promises.withdrawn(lab.house, patient.consent)
        lab.hold(done and on_record, f"{name}: page says {done}, record says {on_record}")
        lab.hold(not self.allowed(patient.image), f"{name}: a verdict says yes")
        lab.hold_all(name, half)
        yield from (replace(kill, again=done and on_record) for kill in self._waiting)
        self._patient = None
        self._waiting.clear()

    def allowed(self, image: str) -> bool:
        """Ask whether the picture may be posted, as the office would."""
        return look_up(self.lab.house, self._office.poster, image, "instagram", "public-education").allowed

    def show(self, consent_id: str, number: int) -> str:
        """Put a picture that rests on this consent out; returns the picture."""
        image = self.lab.factory.ready_picture(consent_id)
        self._office.live(image, address=str(number))
        return image


class _Patient:
    """One patient with his card, and his own telephone."""

    def __init__(self, all_of_them: Withdrawing, number: int) -> None:
        lab = all_of_them.lab
        self.consent = lab.factory.signed_consent(allow=ALLOWED)
        self.image = all_of_them.show(self.consent, number)
        self._card = cards.make_card(lab.house, lab.factory.clinician(), self.consent)
        self._browser = Browser(lab.port)
        self._sent: dict[str, str] = {}
        lab.hold(all_of_them.allowed(self.image), "withdrawing: before it, the verdict is no already")
        self._open_card()

    def _open_card(self) -> None:
        """Scan the card, enter its code, choose this form, and read what will be stopped."""
        self._browser.get("/withdraw/" + self._card.token)
        page = self._browser.get("/withdraw")
        opened = self._browser.post("/withdraw", {**page.hidden, "code": self._card.code})
        chosen = self._browser.post(opened.location, {**self._browser.get(opened.location).hidden, "stop": "form"})
        self._sent = self._browser.get(chosen.location).hidden

    def press(self) -> bool:
        """Press the button; a repeat sends the very same form again. Says whether a page said it. Raises: Cut."""
        return self._browser.post("/withdraw/check", self._sent).location.startswith("/withdraw/done")
