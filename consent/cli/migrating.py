"""The command that brings the database up to date, with the rights that this takes."""

from __future__ import annotations

import sys

import click

from consent import wiring


@click.command(short_help="Bring the database up to date.")
def migrate() -> None:
    """Bring the database's schema up to date and let the program's role use it.

    With CONSENT_MIGRATION_URL this is done as the role that owns the tables; the role in CONSENT_DATABASE_URL may
    then neither change nor delete what is in custody, nor take off the guards that see to it. Set
    CONSENT_MIGRATION_URL for this command only, not for the server.

    Exit status: 0 when the two are apart, 1 when the program's own role owns the tables.
    """
    apart = wiring.migrate(wiring.settings_from())
    click.echo("The schema is up to date.")
    if apart:
        click.echo("The program's role can add to custody and read it, and can neither change nor delete there.")
        return
    click.echo(
        "The program's role owns the tables, so only triggers that it could drop guard custody. "
        "The README says how to use two roles.",
        err=True,
    )
    sys.exit(1)


COMMANDS: tuple[click.Command, ...] = (migrate,)
