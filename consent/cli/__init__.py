"""The `consent` command. Exit status: 0 yes or sound, 1 no or unsound, 2 misuse."""

from __future__ import annotations

import os
import sys

import click

from consent.cli import (
    asking,
    audit,
    backup,
    clock,
    forms,
    keys,
    migrating,
    people,
    proving,
    searching,
    serving,
    upkeep,
)
from consent.cli.house import cannot_start


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def commands() -> None:
    """Patient Media Consent: look after an installation from the command line."""


def with_commands() -> click.Group:
    """Return the group with every command in it."""
    for module in (serving, asking, people, proving, forms, upkeep, keys, searching, backup, audit, clock, migrating):
        for command in module.COMMANDS:
            commands.add_command(command)
    return commands


def main() -> None:
    """Run the `consent` command; what stands in the way of starting is said in plain lines."""
    # What is written is for this user alone, the database's own files among it.
    os.umask(0o077)
    try:
        with_commands()(prog_name="consent")
    except Exception as error:
        lines = cannot_start(error)
        if lines is None:
            raise
        for line in lines:
            click.echo(line, err=True)
        sys.exit(1)
