"""Sign over HTTP, die on the way, come back, press Finish again."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace

from consent.acts import handing_over
from tests.crash import promises
from tests.crash.browser import Browser, Cut
from tests.crash.lab import Lab
from tests.crash.table import Kill
from tests.crash.trap import AFTER, BEFORE, Point

STEPS = ("render", "seal", "encrypt", "blob", "row", "outbox", "custody", "commit", "reply")
POINTS = tuple(Point(step, moment) for step in STEPS for moment in (BEFORE, AFTER))
COMMITTED = (Point("commit", AFTER), Point("reply", BEFORE), Point("reply", AFTER))
"""From here on it is signed, whether or not anybody was told."""


class Patient:
    """One person with the tablet: everything is answered and checked, only the signature is missing."""

    def __init__(self, lab: Lab) -> None:
        house, factory = lab.house, lab.factory
        self.consent = factory.draft()
        token = handing_over.hand_over(house, factory.clinician(), "no-browser", self.consent)
        (session,) = promises.rows(house, promises.signing_session, consent_id=self.consent)
        factory.answer(session.id)
        self.browser: Browser = lab.browser(signing=token)
        self.sent: dict[str, str] = {}

    def finish(self) -> bool:
        """Go on to the page for the signature, sign and press Finish; a repeat sends the very same form again.

        Returns whether a page said that it is done. Raises: Cut.
        """
        if not self.sent:
            self.browser.get("/sign/check")
            page = self.browser.get("/sign/sign")
            if page.location == "/sign/done":
                return True
            if "seen" not in page.hidden:
                raise Cut("half a page, or another one")
            self.sent = {**page.hidden, "typed": "Maria Lopez", "go": "sign"}
        return self.browser.post("/sign/sign", self.sent).location == "/sign/done"

    def is_told(self) -> bool:
        """Say whether the page that follows says that it is signed and safe. Raises: Cut."""
        return self.browser.get("/sign/done").status == 200


class Signing:
    """One patient after another. Who has died with the machine sends the same form again when it is back."""

    points = POINTS

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self._longest = 1.0
        self._patient: Patient | None = None
        self._waiting: list[Kill] = []

    def at_points(self, points: Iterable[Point]) -> Iterator[Kill]:
        """Die at each of these points, once each."""
        for point in points:
            yield from self._one(point)
        yield from self._settled()

    def at_random(self, times: int, luck: random.Random) -> Iterator[Kill]:
        """Die at any moment between the first page and a little after the answer."""
        for _ in range(times):
            yield from self._one(None, luck.uniform(0, self._longest))
        yield from self._settled()

    def _one(self, point: Point | None, after: float = 0) -> Iterator[Kill]:
        lab = self.lab
        if point is not None and point.step == "render":
            # What was printed ahead for the one who waits is not printed again.
            yield from self._settled()
        patient = self._patient = self._patient or Patient(lab)
        lab.serve()
        with lab.dying(point, after):
            try:
                said = patient.finish()
            except Cut:
                said = False
        name = f"signing, {lab.place}"
        on_record, half = promises.signed(lab.house, patient.consent)
        lab.hold(on_record or not said, f"{name}: the page said done, and it is not signed")
        lab.hold_all(name, half, promises.chain(lab.house))
        if lab.died == point is not None:
            lab.hold(on_record == (point in COMMITTED), f"{name}: {'it was' if on_record else 'it was not'} signed")
        # Whoever held the session is overtaken.
        lab.clock.pass_(minutes=3)
        self._waiting.append(Kill("sign", point, said, on_record))
        if on_record:
            yield from self._settled()

    def _settled(self) -> Iterator[Kill]:
        """The machine stays up, and the browser sends the same once more: it is signed now, once."""
        lab, patient = self.lab, self._patient
        if patient is None:
            return
        begun = time.monotonic()
        lab.serve()
        try:
            done = patient.finish() and patient.is_told()
        except Cut:
            done = False
        if not self._waiting[-1].on_record:
            self._longest = max(0.1, time.monotonic() - begun)
        name = f"signing, {lab.place}, repeated"
        on_record, half = promises.signed(lab.house, patient.consent)
        lab.hold(done and on_record, f"{name}: page says {done}, record says {on_record}")
        lab.hold_all(name, half)
        yield from (replace(kill, again=done and on_record) for kill in self._waiting)
        self._patient = None
        self._waiting.clear()
