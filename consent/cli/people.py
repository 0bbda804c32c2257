"""The command that lets the first person in, or another administrator when all are locked out."""

from __future__ import annotations

import click

from consent.acts import invitations
from consent.cli.house import open_house
from consent.cli.saying import say, with_json
from consent.rules.refusal import Refused


@click.command("create-admin", short_help="Make an administrator; print the link.")
@click.option("--email", required=True, help="The address that the administrator signs in with.")
@with_json
def create_admin(email: str, as_json: bool) -> None:
    """Make an administrator and print the one-time link with which name and password are set."""
    try:
        link = invitations.create_administrator(open_house(), email)
    except Refused as refused:
        raise click.UsageError(f"That cannot be done: {', '.join(refused.codes)}.") from None
    say(as_json, {"link": link}, [f"Open this link once, within a day: {link}"])


COMMANDS = (create_admin,)
