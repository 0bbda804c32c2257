"""The steps of one signing, in order: what is next, what was before, and how far the patient has come.

Every page of the bedside takes its Next, its Back and its "page 3 of 11" from here, so that a new page is one
more step in this list and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from consent.acts import teaching
from consent.acts.answering import Session
from consent.formbook import Page
from consent.rules.refusal import NotFound


@dataclass(frozen=True)
class Step:
    """One page of the signing. `key` names it within one session, `values` fill in its address."""

    key: str
    endpoint: str
    values: Mapping[str, str] = field(default_factory=dict)

    def url(self, **more: str | None) -> str:
        """Return its address; `more` goes into the query."""
        values: dict[str, Any] = {**self.values, **more}
        return url_for(self.endpoint, **values)


@dataclass(frozen=True)
class Place:
    """Where one step stands among all."""

    step: Step
    number: int
    count: int
    before: Step
    after: Step | None

    def go(self, way: str) -> ResponseReturnValue:
        """Lead on: "next", "back", or "decline"."""
        if way == "decline":
            return redirect(url_for("signing.decline", at=self.step.key), 303)
        step = self.before if way == "back" or self.after is None else self.after
        return redirect(step.url(), 303)


WELCOME = Step("welcome", "signing.welcome")


def steps(session: Session) -> tuple[Step, ...]:
    """Return every step of this session: the form, what is asked back, the check, the words about screens, and
    everybody's signature.
    """
    return tuple(_steps(session))


def _steps(session: Session) -> Iterator[Step]:
    for page in session.pages:
        yield Step(f"page/{page.key}", "signing.page", {"key": page.key})
    for lesson in session.lessons:
        yield Step(f"understand/{lesson.code}", "signing.understand", {"code": lesson.code})
    yield Step("check", "signing.check")
    yield Step("electronic", "signing.electronic")
    yield Step("sign", "signing.sign")
    others = session.signatories[1:]
    for who in others:
        yield Step(f"with/{who.key}", "signing.other", {"key": who.key})
    if others:
        yield Step("finish", "signing.finish")


def place(session: Session, key: str) -> Place:
    """Return where the step with this key stands. Raises: NotFound."""
    every = steps(session)
    for number, step in enumerate(every):
        if step.key == key:
            before = every[number - 1] if number else WELCOME
            after = every[number + 1] if number + 1 < len(every) else None
            return Place(step, number + 1, len(every), before, after)
    raise NotFound


def unfinished(session: Session, until: str) -> Step | None:
    """Return the first step before `until` that still lacks something, or None: nobody signs past a gap.

    A page that was not before him, or that says something else since, is such a gap: the text comes first.
    """
    pages = {page.key: page for page in session.pages}
    for step in steps(session):
        if step.key == until:
            return None
        if not _is_done(session, step, pages):
            return step
    return None


def _is_done(session: Session, step: Step, pages: Mapping[str, Page]) -> bool:
    """Say whether this step has all that it asks for."""
    key = step.key.partition("/")[2]
    done: dict[str, Callable[[], bool]] = {
        "signing.page": lambda: not _gaps(session, pages[key]) and session.has_read(pages[key]),
        "signing.understand": lambda: key not in teaching.untaught(session),
        "signing.check": lambda: session.is_reviewed,
        "signing.electronic": lambda: session.has_accepted,
        "signing.sign": lambda: session.hand("signer") is not None,
        "signing.other": lambda: session.hand(key) is not None,
    }
    return done.get(step.endpoint, lambda: True)()


def _gaps(session: Session, page: Page) -> tuple[str, ...]:
    """Return the fields of a form page that are not answered yet."""
    rows = [(row.kind, row.code) for group in page.groups for row in group.rows]
    missing = [f"{kind}:{code}" for kind, code in rows if (kind, code) not in session.given.uses]
    return (*missing, *(("term",) if page.choices and session.given.term is None else ()))
