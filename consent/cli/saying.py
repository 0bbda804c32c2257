"""How every command says what it found: plain lines, or one JSON object with --json."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NoReturn, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def with_json(command: F) -> F:
    """Add --json to a command."""
    return click.option("--json", "as_json", is_flag=True, help="Answer as one JSON object.")(command)


def say(as_json: bool, content: Mapping[str, Any], lines: Iterable[str], *, good: bool = True) -> NoReturn:
    """Print the answer and end: exit status 0 for yes or sound, 1 for no or unsound."""
    if as_json:
        click.echo(json.dumps(content, ensure_ascii=False, sort_keys=True, default=str))
    else:
        for line in lines:
            click.echo(line)
    sys.exit(0 if good else 1)
