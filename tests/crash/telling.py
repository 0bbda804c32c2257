"""Kill the worker that sends what is owed, at every step of it; a real mail server counts what came."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from email.message import EmailMessage
from typing import Any

import sqlalchemy as sa

from consent.acts import revocation
from consent.acts.change_of_mind import Change, Scope, Way
from consent.records.tables.owed import notice
from consent.rules.access import Role
from tests.crash import promises
from tests.crash.lab import Lab
from tests.crash.table import Kill
from tests.crash.trap import AFTER, BEFORE, Point

STEPS = ("send", "row", "custody", "commit")
POINTS = tuple(Point(step, moment) for step in STEPS for moment in (BEFORE, AFTER))
OFFICERS = 10
ENOUGH = 4
"""So many are owed before a worker dies: one is through, one is in hand, and some are left."""
NEXT = 2
AGAIN = "You may have this message already"


class Telling:
    """A house that owes a few notices at any time, and workers that die over them."""

    points = POINTS

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self._longest = 1.0
        self._surplus = 0
        lab.factory.staff(Role.COMMUNICATIONS)
        for _ in range(OFFICERS):
            lab.factory.staff(Role.PRIVACY_OFFICER)

    def at_points(self, points: Iterable[Point]) -> Iterator[Kill]:
        """Die at each of these points, once each."""
        yield from self._settled([self._one(point) for point in points])

    def at_random(self, times: int, luck: random.Random) -> Iterator[Kill]:
        """Die at any moment of a round."""
        yield from self._settled([self._one(None, luck.uniform(0, self._longest)) for _ in range(times)])

    def _one(self, point: Point | None, after: float = 0) -> Kill:
        lab = self.lab
        while len(self._rows("owed")) < ENOUGH:
            self._owe()
        lab.machine.stop()
        with lab.dying(point, after, NEXT):
            lab.machine.work()
            if point is not None:
                lab.machine.end()
        name, repeats = f"notices, {lab.place}", self._grown()
        lab.hold(0 <= repeats <= 1, f"{name}: {repeats} messages went out that are not on record")
        lab.hold_all(name, self._lost(), promises.chain(lab.house))
        # Whoever held a notice is overtaken.
        lab.clock.pass_(minutes=6)
        return Kill("notices", point, repeats=repeats)

    def _settled(self, kills: Sequence[Kill]) -> Iterator[Kill]:
        """The next worker does what is left: nothing is owed any more, and every repeat says that it is one."""
        lab, begun = self.lab, time.monotonic()
        lab.machine.stop()
        lab.machine.work()
        done = lab.hold(lab.machine.end() == 0, "notices: the last worker failed")
        self._longest = max(0.3, time.monotonic() - begun)
        done &= lab.hold(not self._rows("owed"), "notices: some are owed still")
        done &= lab.hold(not self._grown(), "notices: the last worker repeated what was on record")
        lab.hold_all("notices", self._lost(), promises.chain(lab.house))
        for each, count in self._came().items():
            if count > 1:
                texts = [_text(message) for message in lab.sink.messages if _id(message) == each]
                lab.hold(all(AGAIN in text for text in texts[1:]), "notices: a repeat does not say that it is one")
        yield from (replace(kill, again=done) for kill in kills)

    def _owe(self) -> None:
        """Withdraw a consent, in the house itself."""
        house, factory = self.lab.house, self.lab.factory
        change = Change(factory.signed_consent(), Scope.FORM, Way.LETTER, known_how="his hand")
        revocation.revoke(house, factory.clinician(), change)

    def _rows(self, state: str) -> Sequence[sa.Row[Any]]:
        return promises.rows(self.lab.house, notice, state=state, to="staff")

    def _came(self) -> Counter[str]:
        """How often each notice came, by its Message-ID."""
        return Counter(_id(message) for message in self.lab.sink.messages)

    def _lost(self) -> list[str]:
        """What is said to be sent, and never came."""
        came = self._came()
        return ["a notice is said to be sent, and never came" for row in self._rows("sent") if not came[row.id]]

    def _grown(self) -> int:
        """How many more messages came than are on record, since this was asked last: repeats, now or soon."""
        before, self._surplus = self._surplus, sum(self._came().values()) - len(self._rows("sent"))
        return self._surplus - before


def _id(message: EmailMessage) -> str:
    return str(message["Message-ID"]).strip("<>").partition("@")[0]


def _text(message: EmailMessage) -> str:
    body = message.get_body()
    return body.get_content() if body is not None else ""
