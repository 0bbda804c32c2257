"""The commands that write the trail out, for whoever checks it without this system."""

from __future__ import annotations

from pathlib import Path

import click

from consent.acts import exporting
from consent.acts.actor import COMMAND
from consent.cli.house import open_house
from consent.cli.saying import say, with_json

KEY_SUFFIX = ".key.pem"


def grouped(digits: str) -> str:
    """Return hexadecimal digits in groups of four, as a person compares them."""
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))


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
    with file.open("wb") as out:
        done = exporting.export(open_house(), COMMAND, out)
    key_file.write_text(done.public_key, encoding="ascii")
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


COMMANDS = (export_custody,)
