"""What can be asked for: channels, purposes and media, with their words in each language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from consent.formbook.texts import need, read_toml
from consent.formbook.values import BadForm

AUDIENCES = ("public", "clinicians", "internal")
"""Who will see it, from the most to the fewest; also the order in which rows are shown."""


@dataclass(frozen=True)
class Said:
    """An entry's words in one language: its name in a list, its place in a sentence, one line about it."""

    name: str
    row: str
    hint: str


@dataclass(frozen=True)
class Medium:
    """What is recorded."""

    code: str
    words: Mapping[str, Said]


@dataclass(frozen=True)
class Purpose:
    """Why it is shown."""

    code: str
    words: Mapping[str, Said]


@dataclass(frozen=True)
class Channel:
    """Where a picture goes. `outside` says that a post there needs a recipient who is not ours."""

    code: str
    audience: str
    can_be_called_back: bool
    accounts: bool
    outside: bool
    words: Mapping[str, Said]


def read_media(path: Path) -> Mapping[str, Medium]:
    """Media by code, in the file's order. Raises: BadForm."""
    return MappingProxyType(
        {code: Medium(code, _words_of(entry, f"{path.name}: {code}")) for code, entry in _entries(path)}
    )


def read_purposes(path: Path) -> Mapping[str, Purpose]:
    """Purposes by code, in the file's order. Raises: BadForm."""
    return MappingProxyType(
        {code: Purpose(code, _words_of(entry, f"{path.name}: {code}")) for code, entry in _entries(path)}
    )


def read_channels(path: Path) -> Mapping[str, Channel]:
    """Channels by code, in the file's order. Raises: BadForm."""
    return MappingProxyType(
        {code: _read_channel(code, entry, f"{path.name}: {code}") for code, entry in _entries(path)}
    )


def _read_channel(code: str, entry: Mapping[str, Any], where: str) -> Channel:
    audience = need(entry, "audience", str, where)
    if audience not in AUDIENCES:
        raise BadForm(f"{where}: audience must be one of {', '.join(AUDIENCES)}")
    return Channel(
        code=code,
        audience=audience,
        can_be_called_back=need(entry, "can_be_called_back", bool, where),
        accounts=need(entry, "accounts", bool, where),
        outside=need(entry, "outside", bool, where),
        words=_words_of(entry, where),
    )


def _entries(path: Path) -> list[tuple[str, dict[str, Any]]]:
    found = read_toml(path)
    for code, entry in found.items():
        if not isinstance(entry, dict):
            raise BadForm(f"{path.name}: {code} must be a table")
    return list(found.items())


def _words_of(entry: Mapping[str, Any], where: str) -> Mapping[str, Said]:
    """The entry's words by language: every table in it is a language."""
    return MappingProxyType(
        {
            language: Said(*(need(table, key, str, f"{where}.{language}") for key in ("name", "row", "hint")))
            for language, table in entry.items()
            if isinstance(table, dict)
        }
    )
