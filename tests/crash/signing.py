"""Sign over HTTP, die on the way, come back, press Finish again."""

from __future__ import annotations

from collections.abc import Iterator

from consent.acts import handing_over
from tests.crash import promises
from tests.crash.browser import Browser, Cut
from tests.crash.lab import Lab
from tests.crash.repeating import Repeating
from tests.crash.table import Kill
from tests.crash.trap import AFTER, BEFORE, Point

STEPS = ("render", "seal", "encrypt", "blob", "row", "outbox", "custody", "commit", "reply")
POINTS = tuple(Point(step, moment) for step in STEPS for moment in (BEFORE, AFTER))


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

    def press(self) -> bool:
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


class Signing(Repeating[Patient]):
    """Somebody signs."""

    points = POINTS
    what, done = "sign", "signed"

    def next_patient(self) -> Patient:
        """Hand the tablet to somebody."""
        return Patient(self.lab)

    def on_record(self, consent_id: str) -> tuple[bool, list[str]]:
        """Say whether it is signed, and all that is half about it."""
        return promises.signed(self.lab.house, consent_id)

    def is_told(self, patient: Patient) -> bool:
        """Press again; the page that follows says that it is signed and safe. Raises: Cut."""
        return patient.press() and patient.browser.get("/sign/done").status == 200

    def one(self, point: Point | None, after: float = 0) -> Iterator[Kill]:
        """Die once, and look at what is on record."""
        if point is not None and point.step == "render":
            # What was printed ahead for the one who waits is not printed again.
            yield from self.settled()
        yield from super().one(point, after)
        # Whoever held the session is overtaken.
        self.lab.clock.pass_(minutes=3)
