"""What can be asked for: channels, purposes and media, with their words in each language.

English and Spanish stand with each entry; every further language is one file, ``catalogue/<language>.toml``.
"""

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


@dataclass(frozen=True)
class Catalogue:
    """Everything that can be asked for, by code, in the files' order."""

    media: Mapping[str, Medium]
    purposes: Mapping[str, Purpose]
    channels: Mapping[str, Channel]

    def entries(self) -> tuple[tuple[str, str, Medium | Purpose | Channel], ...]:
        """Every entry as (kind, code, entry)."""
        return (
            *(("medium", code, medium) for code, medium in self.media.items()),
            *(("purpose", code, purpose) for code, purpose in self.purposes.items()),
            *(("channel", code, channel) for code, channel in self.channels.items()),
        )


def read_catalogue(folder: Path) -> Catalogue:
    """The three catalogues, with the words of every language that has a file for them. Raises: BadForm."""
    added = {path.stem: read_toml(path) for path in sorted((folder / "catalogue").glob("*.toml"))}
    return Catalogue(
        media=MappingProxyType(
            {code: Medium(code, words) for code, _, words in _entries(folder / "media.toml", "medium", added)}
        ),
        purposes=MappingProxyType(
            {code: Purpose(code, words) for code, _, words in _entries(folder / "purposes.toml", "purpose", added)}
        ),
        channels=MappingProxyType(
            {
                code: _read_channel(code, entry, words, f"channels.toml: {code}")
                for code, entry, words in _entries(folder / "channels.toml", "channel", added)
            }
        ),
    )


def read_said(table: Mapping[str, Any], where: str) -> Said:
    """One entry's words. Raises: BadForm."""
    return Said(*(need(table, key, str, where) for key in ("name", "row", "hint")))


def _read_channel(code: str, entry: Mapping[str, Any], words: Mapping[str, Said], where: str) -> Channel:
    audience = need(entry, "audience", str, where)
    if audience not in AUDIENCES:
        raise BadForm(f"{where}: audience must be one of {', '.join(AUDIENCES)}")
    return Channel(
        code=code,
        audience=audience,
        can_be_called_back=need(entry, "can_be_called_back", bool, where),
        accounts=need(entry, "accounts", bool, where),
        outside=need(entry, "outside", bool, where),
        words=words,
    )


def _entries(
    path: Path, kind: str, added: Mapping[str, Mapping[str, Any]]
) -> list[tuple[str, dict[str, Any], Mapping[str, Said]]]:
    """Each entry with its words by language: every table in it is a language, and so is each file of words."""
    found: list[tuple[str, dict[str, Any], Mapping[str, Said]]] = []
    for code, entry in read_toml(path).items():
        where = f"{path.name}: {code}"
        if not isinstance(entry, dict):
            raise BadForm(f"{where} must be a table")
        own = {
            language: read_said(table, f"{where}.{language}")
            for language, table in entry.items()
            if isinstance(table, dict)
        }
        for language, file in added.items():
            said = _added(file, kind, code, entry, own.get("en"), f"catalogue/{language}.toml: {kind}.{code}")
            if said is not None:
                own[language] = said
        found.append((code, entry, MappingProxyType(own)))
    return found


def _added(  # noqa: PLR0917 - where the words come from, in order
    file: Mapping[str, Any], kind: str, code: str, entry: Mapping[str, Any], english: Said | None, where: str
) -> Said | None:
    """The entry's words in a language's own file.

    A channel that the file does not know yet goes by its own name, in the file's sentence for such a channel:
    so a new channel is still one line.
    """
    table = file.get(kind, {}).get(code)
    if table is not None:
        return read_said(table, where)
    other = file.get("other-channel")
    if kind != "channel" or not isinstance(other, dict) or english is None:
        return None
    name = english.name
    hint = need(other, str(entry.get("audience", "")), str, where)
    return Said(name, need(other, "row", str, where).replace("{name}", name), hint)
