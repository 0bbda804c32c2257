"""What was typed, what is wrong with it, and the words beside each field."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import g, request
from werkzeug.datastructures import MultiDict

from consent.rules.refusal import Refused


class Form:
    """Reads a submitted form; every problem is kept beside its field and nothing typed is lost.

    `values` maps field name to what was typed (a list for tick boxes); `errors` maps field name to a sentence
    ('' holds what belongs to no field).
    """

    def __init__(self, typed: MultiDict[str, str] | None = None, defaults: Mapping[str, Any] | None = None) -> None:
        self.typed: MultiDict[str, str] = typed if typed is not None else MultiDict()
        self.values: dict[str, Any] = dict(defaults or {})
        self.errors: dict[str, str] = {}
        self.is_sent = False
        for name in self.typed:
            every = self.typed.getlist(name)
            self.values[name] = every if len(every) > 1 else every[0]

    @classmethod
    def sent(cls) -> Form:
        """Return the form of this request."""
        return cls(request.form)

    @classmethod
    def asked(cls, known: Mapping[str, Any]) -> Form:
        """Return what this request sent or, where the page is only looked at, what is known already."""
        if request.method != "POST":
            return cls(defaults=known)
        form = cls(request.form)
        form.is_sent = True
        return form

    def __bool__(self) -> bool:
        """Return True while nothing is wrong."""
        return not self.errors

    def wrong(self, name: str, sentence: str) -> None:
        """Note what is wrong with a field; the first note stands."""
        self.errors.setdefault(name, sentence)

    def text(self, name: str, missing: str | None = None, longest: int = 200) -> str:
        """Return one line or block of text without control characters. `missing`: the sentence if it is empty."""
        value = "".join(sign for sign in self.typed.get(name, "") if sign.isprintable() or sign in "\n\t").strip()
        if not value and missing:
            self.wrong(name, missing)
        if len(value) > longest:
            self.wrong(name, f"Use {longest} characters or fewer.")
        return value

    def choice(self, name: str, allowed: tuple[str, ...], missing: str | None = None) -> str | None:
        """Return one of the allowed codes, or None."""
        value = self.typed.get(name, "")
        if value in allowed:
            return value
        if missing or value:
            self.wrong(name, missing or "Choose one of the answers.")
        return None

    def choices(self, name: str, allowed: tuple[str, ...], missing: str | None = None) -> tuple[str, ...]:
        """Return every ticked code, in the allowed order."""
        ticked = set(self.typed.getlist(name))
        self.values[name] = [code for code in allowed if code in ticked]
        if not ticked and missing:
            self.wrong(name, missing)
        if ticked - set(allowed):
            self.wrong(name, "Choose from the list.")
        return tuple(code for code in allowed if code in ticked)

    def ticked(self, name: str, missing: str | None = None) -> bool:
        """Return whether a single box was ticked."""
        value = self.typed.get(name) == "yes"
        if not value and missing:
            self.wrong(name, missing)
        return value

    def day(self, name: str, missing: str | None = None) -> date | None:
        """Return the date typed in NAME-day, NAME-month, NAME-year."""
        parts = [self.typed.get(f"{name}-{part}", "").strip() for part in ("year", "month", "day")]
        if not any(parts):
            if missing:
                self.wrong(name, missing)
            return None
        try:
            return date(*(int(part) for part in parts))
        except (ValueError, OverflowError):
            self.wrong(name, "Enter a real date, for example 3 27 1984.")
            return None

    def refuse(self, refused: Refused) -> None:
        """Put each reason of a refusal beside its field, in plain words."""
        for reason in refused.reasons:
            self.wrong(reason.field or "", g.registry.words(request.endpoint, reason.code, reason.facts))


def whole_number(typed: str) -> int | None:
    """Return the number in an address, or None: for what is none, such as a raised 2, and for what none of ours is."""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else None
