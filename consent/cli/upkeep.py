"""The commands that look after what is kept."""

from __future__ import annotations

import click

COMMANDS: tuple[click.Command, ...] = ()
