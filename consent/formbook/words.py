"""The words of the patients' pages around the form: buttons, the copy, the card, changing one's mind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

from consent.formbook.texts import allow_only, read_toml
from consent.formbook.values import BadForm

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
    """The phrases of one language, by dotted key, for instance "buttons.next"."""

    language: str
    phrases: Mapping[str, str | tuple[str, ...]]

    def __call__(self, key: str, **facts: object) -> str:
        """The phrase with its placeholders filled.

        Raises: KeyError for an unknown phrase, a list, or a fact that was not given.
        """
        phrase = self.phrases[key]
        if not isinstance(phrase, str):
            raise KeyError(f"{key} is a list")
        return phrase.format_map(facts)

    def lines(self, key: str, **facts: object) -> tuple[str, ...]:
        """A phrase that is a list, filled. Raises: KeyError as above."""
        phrase = self.phrases[key]
        if isinstance(phrase, str):
            raise KeyError(f"{key} is not a list")
        return tuple(each.format_map(facts) for each in phrase)

    def date(self, day: date) -> str:
        """A date as the language writes it, with the month in letters."""
        return self("dates.pattern", day=day.day, month=self.lines("dates.months")[day.month - 1], year=day.year)


def read_words(path: Path) -> Words:
    """The phrases of the file, whose name is its language.

    Raises: BadForm for anything but texts and lists of texts, or a placeholder that is not listed.
    """
    phrases: dict[str, str | tuple[str, ...]] = {}
    _gather(read_toml(path), "", phrases, path.name)
    for phrase in phrases.values():
        allow_only((phrase,) if isinstance(phrase, str) else phrase, PLACEHOLDERS, path.name)
    return Words(path.stem, MappingProxyType(phrases))


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
