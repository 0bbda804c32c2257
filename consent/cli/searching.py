"""The commands that look after the keys by which people are found."""

from __future__ import annotations

import sys

import click

from consent import wiring
from consent.acts import fingerprinting
from consent.acts.actor import COMMAND
from consent.cli.house import open_house
from consent.cli.keys import keys
from consent.cli.saying import say, with_json
from consent.rules.refusal import Refused


@keys.command("rotate-fingerprints", short_help="Find people by a new key.")
@with_json
def rotate_fingerprints(as_json: bool) -> None:
    """Make a new search key, and make anew with it every fingerprint by which people are found.

    It can be interrupted: called again it goes on with the same new key. The server may go on running, and finds
    everybody meanwhile. The old key stays in the folder, because older backups need it; `consent keys
    retire-fingerprints` removes it. Export the keys again afterwards.
    """
    house = open_house()
    if fingerprinting.found_by(house, COMMAND).is_one:
        wiring.search_key_folder(wiring.settings_from()).add()
    try:
        done = fingerprinting.make_all_anew(house, COMMAND, _progress)
    except KeyboardInterrupt:
        click.echo("\nInterrupted. Call it again to go on; nobody is lost meanwhile.", err=True)
        sys.exit(1)
    current = fingerprinting.found_by(house, COMMAND).current
    say(as_json, {"current": current, "patients": done}, [f"{done} patients are found by the new key {current}."])


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{done} of {total}", err=True, nl=done >= total)


@keys.command("retire-fingerprints", short_help="Remove an old search key.")
@click.argument("key_id")
@click.option("--yes", is_flag=True, help="Do not ask.")
def retire_fingerprints(key_id: str, yes: bool) -> None:
    """Remove an old search key that finds nobody any more. A backup from before its rotation will not start."""
    folder = wiring.search_key_folder(wiring.settings_from())
    house = open_house()
    held = house.search_keys()
    if key_id == held.current_id:
        raise click.UsageError("This is the current key. Call `consent keys rotate-fingerprints` first.")
    if key_id not in held.keys:
        raise click.UsageError(f"There is no search key {key_id}.")
    if not yes:
        click.confirm("Backups made before the rotation cannot be used without this key. Remove it?", abort=True)
    try:
        fingerprinting.note_retired(house, COMMAND, key_id)
    except Refused:
        click.echo("This key still finds somebody. Call `consent keys rotate-fingerprints` first.", err=True)
        sys.exit(1)
    folder.retire(key_id)
    click.echo(f"{key_id} is removed.")


COMMANDS: tuple[click.Command, ...] = ()
"""None of their own: they stand beside the others, under `consent keys`."""
