"""Reading TOML and filling placeholders: the two places where a form's text can be wrong."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from string import Formatter
from typing import Any, TypeVar

from consent.formbook.values import BadForm

T = TypeVar("T")


def read_toml(path: Path) -> dict[str, Any]:
    """The file's content.

    Raises: BadForm when the file is missing or is not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as lost:
        raise BadForm(f"{path}: missing") from lost
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as bad:
        raise BadForm(f"{path}: {bad}") from bad


def need(table: Mapping[str, Any], key: str, kind: type[T], where: str) -> T:
    """The entry, of the kind expected.

    Raises: BadForm when it is missing, empty text, or of another kind.
    """
    value = table.get(key)
    if not isinstance(value, kind) or value == "":
        raise BadForm(f"{where}: {key} must be {kind.__name__}")
    return value


def placeholders(text: str, where: str) -> frozenset[str]:
    """The names between braces.

    Raises: BadForm for an unbalanced brace, or for anything but a plain name between braces.
    """
    try:
        parts = list(Formatter().parse(text))
    except ValueError as bad:
        raise BadForm(f"{where}: {bad}") from bad
    names = set()
    for _, name, spec, conversion in parts:
        if name is None:
            continue
        if spec or conversion or not name.isidentifier():
            raise BadForm(f"{where}: {{{name}}} is not a plain placeholder")
        names.add(name)
    return frozenset(names)


def allow_only(texts: Iterable[str], allowed: frozenset[str], where: str) -> None:
    """Nothing happens when each text names allowed placeholders alone.

    Raises: BadForm naming the ones that are not on the list.
    """
    for text in texts:
        strange = placeholders(text, where) - allowed
        if strange:
            raise BadForm(f"{where}: unknown placeholder {', '.join(sorted(strange))} in {text!r}")


def strings(value: object) -> Iterable[str]:
    """Every text inside a nested TOML value, in order."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from strings(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from strings(inner)


def overlaid(table: Mapping[str, Any], changes: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The table with these texts and lists in the place of its own.

    Raises: BadForm for a change of what is not there, or that is of another kind.
    """
    merged = dict(table)
    for key, value in changes.items():
        if key not in table or not isinstance(value, type(table[key])) or not value:
            raise BadForm(f"{where}: {key} is not there to be changed")
        merged[key] = overlaid(table[key], value, f"{where}.{key}") if isinstance(value, Mapping) else value
    return merged


def capitalised(text: str) -> str:
    """The text with its first letter upper-case and the rest untouched (X-ray stays X-ray)."""
    return text[:1].upper() + text[1:]
