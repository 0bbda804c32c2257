"""The words of the patients' pages around the form: buttons, the copy, the card, changing one's mind."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

from consent.formbook.texts import allow_only, read_toml
from consent.formbook.values import BadForm
from consent.rules.direction import isolated

REFERENCE = "en"
"""The language that every other is compared with, and that staff read."""

PLACEHOLDERS = frozenset(
    {
        "organisation",
        "address",
        "privacy_phone",
        "privacy_email",
        "form",
        "language",
        "number",
        "code",
        "minutes",
        "seconds",
        "page",
        "pages",
        "count",
        "day",
        "month",
        "year",
        "date",
        "time",
        "name",
        "what",
        "version",
        "hash",
        "reference",
    }
)
"""The fixed list of what these phrases may be given."""


@dataclass(frozen=True)
class Words:
    """The phrases of one language, by dotted key, for instance "buttons.next".

    `missing` are the keys that its file lacks, for which the English phrase stands in.
    """

    language: str
    phrases: Mapping[str, str | tuple[str, ...]]
    missing: tuple[str, ...] = ()

    def filled(self, reference: Words) -> Words:
        """These phrases with exactly the keys of the reference, whose own stand in for what is missing."""
        missing = tuple(
            key for key, phrase in reference.phrases.items() if _shape(self.phrases.get(key)) != _shape(phrase)
        )
        phrases = {key: phrase if key in missing else self.phrases[key] for key, phrase in reference.phrases.items()}
        return replace(self, phrases=MappingProxyType(phrases), missing=missing)

    @property
    def unreviewed(self) -> bool:
        """Whether this is a translation that nobody qualified has checked yet, as its own file says."""
        return self("language.review") == "unreviewed"

    def every_text(self) -> tuple[str, ...]:
        """Every phrase, with its placeholders."""
        return tuple(
            text for phrase in self.phrases.values() for text in ((phrase,) if isinstance(phrase, str) else phrase)
        )

    @cached_property
    def hash(self) -> str:
        """SHA-256, in hexadecimal, over every phrase."""
        content = json.dumps(dict(self.phrases), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()

    def __call__(self, key: str, **facts: object) -> str:
        """The phrase with its placeholders filled.

        Raises: KeyError for an unknown phrase, a list, or a fact that was not given.
        """
        phrase = self.phrases[key]
        if not isinstance(phrase, str):
            raise KeyError(f"{key} is a list")
        return phrase.format_map(self._isolated(facts))

    def lines(self, key: str, **facts: object) -> tuple[str, ...]:
        """A phrase that is a list, filled. Raises: KeyError as above."""
        phrase = self.phrases[key]
        if isinstance(phrase, str):
            raise KeyError(f"{key} is not a list")
        return tuple(each.format_map(self._isolated(facts)) for each in phrase)

    def listed(self, items: Iterable[str]) -> str:
        """Several things in one line, parted as the language parts them."""
        return str(self.phrases["language.list"]).join(items)

    def _isolated(self, facts: Mapping[str, object]) -> dict[str, str]:
        """The facts, each keeping its own direction; a placeholder that is filled later stays one."""
        direction = str(self.phrases.get("language.direction", "ltr"))
        texts = {name: str(fact) for name, fact in facts.items()}
        return {name: text if text.startswith("{") else isolated(text, direction) for name, text in texts.items()}

    def date(self, day: date) -> str:
        """A date as the language writes it, with the month in letters."""
        # Its parts stand bare: whoever puts it into a line lets it keep its direction, which its month tells.
        month = self.lines("dates.months")[day.month - 1]
        return str(self.phrases["dates.pattern"]).format(day=day.day, month=month, year=day.year)


def read_words(path: Path) -> Words:
    """The phrases of the file, whose name is its language.

    Raises: BadForm for anything but texts and lists of texts, or a placeholder that is not listed.
    """
    phrases: dict[str, str | tuple[str, ...]] = {}
    _gather(read_toml(path), "", phrases, path.name)
    for phrase in phrases.values():
        allow_only((phrase,) if isinstance(phrase, str) else phrase, PLACEHOLDERS, path.name)
    return Words(path.stem, MappingProxyType(phrases))


def _shape(phrase: str | tuple[str, ...] | None) -> int:
    """How many texts a list has; 0 for a text, -1 for nothing."""
    return -1 if phrase is None else 0 if isinstance(phrase, str) else len(phrase)


def _gather(table: Mapping[str, Any], prefix: str, into: dict[str, str | tuple[str, ...]], where: str) -> None:
    for key, value in table.items():
        if isinstance(value, dict):
            _gather(value, f"{prefix}{key}.", into, where)
        elif isinstance(value, str) and value:
            into[prefix + key] = value
        elif isinstance(value, list) and value and all(isinstance(each, str) and each for each in value):
            into[prefix + key] = tuple(value)
        else:
            raise BadForm(f"{where}: {prefix}{key} must be text or a list of texts")
