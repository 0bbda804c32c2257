"""The commands that write the trail out, for whoever checks it without this system."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import click

from consent import wiring
from consent.acts import bundling, exporting
from consent.acts.actor import COMMAND
from consent.cli.house import open_house
from consent.cli.saying import say, with_json
from consent.rules.chain import grouped
from consent.rules.refusal import NotFound, Refused

REFUSED = {
    "reason-needed": "Say why, with --reason.",
    "reason-long": "The reason is too long.",
    "destroyed": "This consent was destroyed: there is nothing left to show but the trail.",
}
KEY_SUFFIX = ".key.pem"


@click.command("export-custody", short_help="Write the trail out, to be checked elsewhere.")
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
@click.option("--key", "key_file", type=click.Path(dir_okay=False, writable=True, path_type=Path),
              help="Where the public key goes; by default FILE with .key.pem behind it.")  # fmt: skip
@with_json
def export_custody(file: Path, key_file: Path | None, as_json: bool) -> None:
    """Write the whole trail into FILE, and the public key that checks it into a file of its own.

    The trail holds random IDs and codes, no name and no word about health. Hand the key over on another way than
    FILE, or compare its fingerprint with a printed head: whoever could forge the one could forge both. Checked by
    `script/check-custody FILE --key KEY`, which needs nothing else of this system.
    """
    key_file = key_file or file.with_name(file.name + KEY_SUFFIX)
    house = open_house()
    with _whole(file) as out:
        done = exporting.export(house, COMMAND, out)
    with _whole(key_file) as out:
        out.write(done.public_key.encode("ascii"))
    content = {
        "entries": done.entries,
        "number": done.number,
        "hash": done.hash,
        "fingerprint": done.fingerprint,
        "key_file": str(key_file),
    }
    lines = [
        f"{done.entries} entries, up to number {done.number}: {grouped(done.hash)}",
        f"Public key: {key_file}, fingerprint {grouped(done.fingerprint)}",
    ]
    say(as_json, content, lines)


@click.command("bundle", short_help="Everything about one consent, for an expert.")
@click.argument("number")
@click.option("--out", "file", required=True, type=click.Path(dir_okay=False, writable=True, path_type=Path),
              help="Where the zip goes.")  # fmt: skip
@click.option("--reason", required=True, help="Why it is made: kept in the trail and in the bundle.")
@with_json
def bundle(number: str, file: Path, reason: str, as_json: bool) -> None:
    """Write everything about the consent with this short NUMBER into one zip that can be checked without this system.

    It names the patient. `script/check-custody FILE --key PUBLIC.pem` checks it; a README inside says how, by hand too.
    """
    try:
        made = bundling.bundle_by_number(open_house(), COMMAND, number, reason, wiring.trail_words())
    except (bundling.BadIdentifier, NotFound):
        raise click.ClickException("No signed consent has this number.") from None
    except Refused as refused:
        raise click.ClickException(REFUSED[refused.codes[0]]) from None
    _write_privately(file, made.content)
    content = {"file": str(file), "sha256": made.sha256, "entries": made.entries, "files": made.files}
    say(as_json, content, [f"{file}: {made.files} files, {made.entries} entries. SHA-256 {made.sha256}"])


@contextmanager
def _whole(file: Path) -> Iterator[BinaryIO]:
    """Give where to write; the file is there when all of it is, and what lay there before stays until then."""
    beside = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        with beside.open("xb") as out:
            yield out
        beside.replace(file)
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written: {error.strerror}.") from error
    finally:
        beside.unlink(missing_ok=True)


def _write_privately(file: Path, content: bytes) -> None:
    """Write a file for this user's eyes alone, whatever the folder lets others see and whatever lay there before."""
    try:
        # Not through a link that somebody else laid there, and not into a file that others may read already.
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            os.fchmod(descriptor, 0o600)
            out.truncate()
            out.write(content)
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written: {error.strerror}.") from error


COMMANDS = (export_custody, bundle)
