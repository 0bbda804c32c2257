"""Withdraw over HTTP, die on the way, come back, press the button again."""

from __future__ import annotations

import itertools

from consent.acts import cards
from tests.asking import look_up
from tests.crash import promises
from tests.crash.browser import Browser
from tests.crash.lab import Lab
from tests.crash.repeating import Repeating
from tests.crash.trap import AFTER, BEFORE, Point
from tests.database.out_there import ALLOWED, Office

STEPS = ("row", "outbox", "custody", "commit", "reply")
POINTS = tuple(Point(step, moment) for step in STEPS for moment in (BEFORE, AFTER))


class Patient:
    """One patient with his card, and his own telephone."""

    def __init__(self, lab: Lab, consent_id: str, image: str) -> None:
        self.consent, self.image = consent_id, image
        self._card = cards.make_card(lab.house, lab.factory.clinician(), self.consent)
        self._browser = Browser(lab.port)
        self._sent: dict[str, str] = {}
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


class Withdrawing(Repeating[Patient]):
    """Patients with a card each, one picture of each of them out on Instagram."""

    points = POINTS
    what, done = "revoke", "withdrawn"
    longest = 0.5

    def __init__(self, lab: Lab) -> None:
        super().__init__(lab)
        self._office = Office(lab.house, lab.factory)
        self._count = itertools.count(1)

    def next_patient(self) -> Patient:
        """Put a picture that rests on a consent out, and open its card."""
        lab = self.lab
        consent_id = lab.factory.signed_consent(allow=ALLOWED)
        image = lab.factory.ready_picture(consent_id)
        self._office.live(image, address=str(next(self._count)))
        lab.hold(self.allowed(image), "withdrawing: before it, the verdict is no already")
        return Patient(lab, consent_id, image)

    def on_record(self, consent_id: str) -> tuple[bool, list[str]]:
        """Say whether it is withdrawn, and all that is half about it."""
        return promises.withdrawn(self.lab.house, consent_id)

    def look(self, name: str, patient: Patient, done: bool) -> None:
        """Once it is withdrawn, no verdict says yes."""
        self.lab.hold(not done or not self.allowed(patient.image), f"{name}: withdrawn, and a verdict says yes")

    def allowed(self, image: str) -> bool:
        """Ask whether the picture may be posted, as the office would."""
        return look_up(self.lab.house, self._office.poster, image, "instagram", "public-education").allowed
