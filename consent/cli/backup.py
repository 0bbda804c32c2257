"""Make a backup, and put one back."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

import click

from consent import wiring
from consent.acts import backup, restoring
from consent.acts.actor import COMMAND
from consent.cli.house import open_house
from consent.cli.saying import say, with_json
from consent.rules.refusal import Refused

SHOWN = 50


@click.command("backup", short_help="Copy everything, encrypted, while it runs.")
@click.argument("to")
@with_json
def back_up(to: str, as_json: bool) -> None:
    """Put a consistent, encrypted copy of the database and all files into TO: a folder, or s3://bucket/prefix.

    The server may go on running. Keys are never in it: see `consent keys export`.
    """
    settings = wiring.settings_from()
    shelf = _shelf(to, settings)
    made = backup.back_up(open_house(), COMMAND, shelf, _progress)
    content = {"name": made.name, "rows": made.rows, "blobs": made.blobs, "gone": made.gone, "bytes": made.size}
    lines = [f"Backup {made.name}: {made.rows} rows, {made.blobs} files, {made.size / 1e6:.1f} MB."]
    say(as_json, content, lines)


@click.command("restore", short_help="Put a backup back on an empty machine.")
@click.argument("source")
@click.option("--name", help="Which backup; by default the newest.")
@with_json
def restore(source: str, name: str | None, as_json: bool) -> None:
    """Put a backup from SOURCE into an empty installation, and check the trail, every file and every seal.

    What was signed, withdrawn or posted after it was made is not in it: enter withdrawals again before anybody posts.

    Put the keys back first: `consent keys import`. Exit status: 0 only when all of it is sound.
    """
    shelf = _shelf(source, wiring.settings_from())
    house = open_house()
    try:
        done = restoring.restore(house, COMMAND, shelf, name, _progress)
    except restoring.BadBackup as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    except Refused as error:
        click.echo("This installation is not empty: a backup is restored into an empty one only.", err=True)
        raise SystemExit(1) from error
    counted = f"{done.rows} rows, {done.blobs} files, {done.seals} seals"
    content = {
        "name": done.name,
        "made_at": done.made_at.isoformat(),
        "age_seconds": round(done.age.total_seconds()),
        "rows": done.rows,
        "blobs": done.blobs,
        "seals": done.seals,
        "problems": list(done.problems),
    }
    if done.problems:
        lines = [f"Restored {done.name} ({counted}), but it is NOT sound:", *(f"  {each}" for each in done.problems)]
    else:
        lines = [f"Restored and checked {done.name}: {counted}. The trail is sound."]
    since = (
        f"It is as of {done.made_at:%Y-%m-%d %H:%M} UTC, {_long(done.age)} ago. What was withdrawn since is in force "
        "AGAIN, and accounts that were closed since are open: enter both anew before anybody posts."
    )
    say(as_json, content, [*lines[: SHOWN + 1], since], good=not done.problems)


def _shelf(place: str, settings: wiring.Settings) -> wiring.Shelf:
    if place.startswith("s3://"):
        return wiring.bucket_shelf(place)
    folder = Path(place).resolve()
    if folder.is_relative_to(settings.key_dir.resolve()) or settings.key_dir.resolve().is_relative_to(folder):
        raise click.UsageError(f"{folder} and the key folder lie in one another: keep backups and keys apart.")
    if folder.is_relative_to(settings.instance.resolve()):
        raise click.UsageError(f"{folder} lies inside the instance folder: whoever loses the one loses both.")
    return wiring.folder_shelf(folder)


def _long(age: timedelta) -> str:
    hours = age.total_seconds() / 3600
    return f"{hours / 24:.0f} days" if hours >= 48 else f"{hours:.1f} hours"


def _progress(said: str) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r\033[K{said}", err=True, nl=False)


COMMANDS = (back_up, restore)
