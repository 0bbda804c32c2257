"""Press a button over HTTP, die on the way, come back, press it again: what signing and withdrawing have in common."""

from __future__ import annotations

import random
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import ClassVar, Generic, Protocol, TypeVar

from tests.crash import promises
from tests.crash.browser import Cut
from tests.crash.lab import Lab
from tests.crash.table import Kill
from tests.crash.trap import AFTER, BEFORE, Point

COMMITTED = (Point("commit", AFTER), Point("reply", BEFORE), Point("reply", AFTER))
"""From here on it is done, whether or not anybody was told."""


class Presses(Protocol):
    """Somebody at a browser with one button left to press."""

    consent: str

    def press(self) -> bool:
        """Press it; a repeat sends the very same form again. Says whether a page said done. Raises: Cut."""


P = TypeVar("P", bound=Presses)


class Repeating(ABC, Generic[P]):
    """One patient after another. Who has died with the machine sends the same form again when it is back."""

    points: tuple[Point, ...]
    what: ClassVar[str]
    """As the table and the messages name it."""
    done: ClassVar[str]
    """What is said of it afterwards."""
    longest = 1.0
    """Seconds from the press to a little after the answer: at first a guess, then as measured."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self._patient: P | None = None
        self._waiting: list[Kill] = []

    @abstractmethod
    def next_patient(self) -> P:
        """Bring somebody to the button; the server runs."""

    @abstractmethod
    def on_record(self, consent_id: str) -> tuple[bool, list[str]]:
        """Say whether it is done, and all that is half about it."""

    def is_told(self, patient: P) -> bool:
        """Press again with the machine up; say whether all pages say done. Raises: Cut."""
        return patient.press()

    def look(self, name: str, patient: P, done: bool) -> None:
        """Look after promises of this experiment alone."""

    def at_points(self, points: Iterable[Point]) -> Iterator[Kill]:
        """Die at each of these points, once each."""
        for point in points:
            yield from self.one(point)
        yield from self.settled()

    def at_random(self, times: int, luck: random.Random) -> Iterator[Kill]:
        """Die at any moment between the press and a little after the answer."""
        for _ in range(times):
            yield from self.one(None, luck.uniform(0, self.longest))
        yield from self.settled()

    def one(self, point: Point | None, after: float = 0) -> Iterator[Kill]:
        """Die once, and look at what is on record."""
        lab = self.lab
        lab.serve()
        patient = self._patient = self._patient or self.next_patient()
        with lab.dying(point, after):
            try:
                said = patient.press()
            except Cut:
                said = False
        name = f"{self.what}, {lab.place}"
        done, half = self.on_record(patient.consent)
        lab.hold(done or not said, f"{name}: the page said done, and it is not {self.done}")
        self.look(name, patient, done)
        lab.hold_all(name, half, promises.chain(lab.house))
        if lab.died == point is not None:
            lab.hold(done == (point in COMMITTED), f"{name}: {'it was' if done else 'it was not'} {self.done}")
        self._waiting.append(Kill(self.what, point, said, done))
        if done:
            yield from self.settled()

    def settled(self) -> Iterator[Kill]:
        """The machine stays up, and the same is sent once more: it is done now, once."""
        lab, patient = self.lab, self._patient
        if patient is None:
            return
        begun = time.monotonic()
        lab.serve()
        try:
            said = self.is_told(patient)
        except Cut:
            said = False
        if not self._waiting[-1].on_record:
            self.longest = max(0.05, time.monotonic() - begun)
        name = f"{self.what}, {lab.place}, repeated"
        done, half = self.on_record(patient.consent)
        lab.hold(said and done, f"{name}: page says {said}, record says {done}")
        self.look(name, patient, done)
        lab.hold_all(name, half)
        yield from (replace(kill, again=said and done) for kill in self._waiting)
        self._patient = None
        self._waiting.clear()
