"""Make a backup, and put one back."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import click

from consent import wiring
from consent.acts import backup, restoring
from consent.acts.actor import COMMAND
from consent.cli.house import open_house
from consent.cli.proving import PROBLEMS
from consent.cli.saying import say, with_json
from consent.rules.refusal import Refused

SHOWN = 50
NOT_SERVED = (
    "Nothing is served from it. Restore another backup into an empty installation; mend what is named, and call "
    "`consent finish-restore`; or use it as it is: `consent finish-restore --accept-unsound WHY`."
)


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
        lines = [f"Restored {done.name} ({counted}), but it is NOT sound:", *_told(done.problems), NOT_SERVED]
    else:
        lines = [f"Restored and checked {done.name}: {counted}. The trail is sound."]
    since = (
        f"It is as of {done.made_at:%Y-%m-%d %H:%M} UTC, {_long(done.age)} ago. What was withdrawn since is in force "
        "AGAIN, and accounts that were closed since are open: enter both anew before anybody posts."
    )
    say(as_json, content, [*lines, since], good=not done.problems)


@click.command("finish-restore", short_help="Check a restored backup again.")
@click.option("--accept-unsound", "accept", metavar="WHY", default="", help="Use it although it is not sound, and why.")
@with_json
def finish_restore(accept: str, as_json: bool) -> None:
    """Check again what was put back and not found sound, or not checked to the end.

    Nothing is served from it until it is sound, or until somebody answers for it with --accept-unsound: the reason
    and the number of faults are kept in the trail. Exit status: 0 if it may be served now.
    """
    try:
        problems = restoring.finish(open_house(), COMMAND, accept.strip())
    except Refused as error:
        click.echo("Nothing that was restored waits here to be checked.", err=True)
        raise SystemExit(1) from error
    lines = ["All of it is sound. It may be served."]
    if problems:
        lines = [f"It is NOT sound ({len(problems)}):", *_told(problems)]
        lines.append("It may be served all the same: your reason is in the trail." if accept.strip() else NOT_SERVED)
    usable = not problems or bool(accept.strip())
    say(as_json, {"problems": list(problems), "served": usable}, lines, good=usable)


def _told(problems: Sequence[str]) -> list[str]:
    """Return what is wrong in plain words, the first of very many."""
    told = []
    for each in problems[:SHOWN]:
        code, _, where = each.partition(": ")
        told.append("  " + (PROBLEMS[code].format(where=where) if code in PROBLEMS else each))
    return told if len(problems) <= SHOWN else [*told, f"  and {len(problems) - SHOWN} more"]


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


COMMANDS = (back_up, restore, finish_restore)
