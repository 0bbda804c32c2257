"""The command that ends a doubt about the server's clock."""

from __future__ import annotations

import sys

import click

from consent.acts import clock_care
from consent.acts.actor import COMMAND
from consent.cli.house import open_house
from consent.cli.saying import say, with_json


@click.command("confirm-clock", short_help="Say that the clock is right again.")
@click.option("--yes", is_flag=True, help="Do not ask whether the time is right.")
@with_json
def confirm_clock(yes: bool, as_json: bool) -> None:
    """Say that the server's clock is right, though the trail has entries that lie ahead of it.

    They were written while the clock was ahead. Until somebody has looked, every look-up says no, because it may be
    this clock that is wrong: under one that is behind, a consent that has ended would count again.

    Exit status: 0 if nothing speaks against the clock any more, 1 if you said that it is wrong, or it moved.
    """
    house = open_house()
    clock, doubt = house.clock(), clock_care.doubt(house)
    now = clock.isoformat(timespec="seconds")
    if doubt is None:
        say(as_json, {"clock": now, "ahead": None}, [f"Nothing speaks against the clock. It says {now}."])
        return
    ahead = doubt.isoformat(timespec="seconds")
    if not yes:
        click.echo(f"The clock says {now}. The trail has entries up to {ahead}.", err=True)
        if not click.confirm("Is the time that the clock says right?", err=True):
            click.echo("Set the clock right, then look again. Nothing was changed.", err=True)
            sys.exit(1)
    if not clock_care.confirm(house, COMMAND, clock):
        click.echo("The clock has moved meanwhile, or somebody else has said it. Look again.", err=True)
        sys.exit(1)
    lines = [
        f"Noted in the trail: the clock is right at {now}. Look-ups are answered again, but those that touch a consent",
        "whose own time of signing is still to come: they say no until then.",
    ]
    say(as_json, {"clock": now, "ahead": ahead}, lines)


COMMANDS = (confirm_clock,)
