"""A desk is a blueprint whose every page names the act, or the door, that it is for. Whatever names none is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from flask import Blueprint, g
from flask.typing import ResponseReturnValue

from consent.acts.actor import Actor
from consent.acts.house import House
from consent.rules.access import Act

P = ParamSpec("P")


CARD_COOKIE = "consent-card"
"""Holds the second secret of the browser in which a card was opened: a copy of the session alone opens nothing."""


class Door(StrEnum):
    """How a page is entered that is not a staff act."""

    OPEN = "open"  # anybody: sign-in, one-time links, health
    STAFF = "staff"  # any signed-in person: own account, sign out, start page
    SIGNING = "signing"  # the browser that holds this signing session, and nobody's sign-in
    SHOWING = "showing"  # the tablet on which a patient looks at what is planned, and nobody's sign-in
    CARD = "card"  # the holder of a withdrawal card
    COPY = "copy"  # the phone that fetches the copy


@dataclass(frozen=True)
class Visit:
    """Who stands at the desk. Handed to every page, so that a page cannot run without it."""

    house: House
    actor: Actor
    held: str = ""
    """The ID of what the door opened: signing session, card or copy."""


Entry = Act | Door
Trouble = Callable[[Visit, int], str]
"""What went wrong (an HTTP status) as a page; it must not need the database."""
Page = Callable[Concatenate[Visit, P], ResponseReturnValue]


class Desk(Blueprint):
    """One subject's pages. `reasons` gives the plain words for the refusal codes that its acts can raise."""

    def __init__(self, name: str, reasons: Mapping[str, str] | None = None, trouble: Trouble | None = None) -> None:
        """`trouble` is the desk's own page for what went wrong, where its visitors are not staff."""
        super().__init__(name, f"consent.web.{name}")
        self.entries: dict[str, Entry] = {}
        self.reasons = dict(reasons or {})
        self.trouble = trouble

    def page(
        self, path: str, entry: Entry, methods: tuple[str, ...] = ("GET",)
    ) -> Callable[[Page[P]], Callable[P, ResponseReturnValue]]:
        """Register a page for one act or door. The endpoint is desk name, dot, function name."""

        def register(view: Page[P]) -> Callable[P, ResponseReturnValue]:
            @wraps(view)
            def with_visit(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
                visit: Visit = g.visit
                return view(visit, *args, **kwargs)

            name = view.__name__
            if name in self.entries:
                raise ValueError(f"{self.name}.{name} is registered twice")
            self.entries[name] = entry
            self.add_url_rule(path, endpoint=name, view_func=with_visit, methods=list(methods))
            return with_visit

        return register


class Registry:
    """Which endpoint is for what; the words for every refusal code."""

    def __init__(self, desks: tuple[Desk, ...]) -> None:
        self.desks = desks
        self.entries: dict[str, Entry] = {
            f"{desk.name}.{name}": entry for desk in desks for name, entry in desk.entries.items()
        }
        self.reasons: dict[str, str] = {code: words for desk in desks for code, words in desk.reasons.items()}

    def entry(self, endpoint: str | None) -> Entry | None:
        """Return what the endpoint is for; None means refuse."""
        return self.entries.get(endpoint or "")

    def trouble(self, endpoint: str | None) -> Trouble | None:
        """Return the own page for what goes wrong at this endpoint, if its desk has one."""
        name = (endpoint or "").partition(".")[0]
        return next((desk.trouble for desk in self.desks if desk.name == name), None)

    def words(self, endpoint: str | None, code: str, facts: Mapping[str, Any]) -> str:
        """Return the plain sentence for a refusal code: the desk's own, else any desk's that knows it."""
        name = (endpoint or "").partition(".")[0]
        own = next((desk.reasons.get(code) for desk in self.desks if desk.name == name), None)
        words = own or self.reasons.get(code) or f"This cannot be done. Ask your privacy officer. ({code})"
        return words.format(**facts)
