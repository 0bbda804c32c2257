"""The commands that look after the keys."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from consent import wiring
from consent.acts import key_care
from consent.acts.actor import COMMAND
from consent.cli import certificates
from consent.cli.house import open_house
from consent.cli.saying import say, with_json
from consent.rules.refusal import Refused

SHOWN = 50


@click.command("rotate-keys", short_help="Wrap everything by a new key.")
@click.option(
    "--to",
    type=click.Choice(["file", "module"]),
    help="Where the new key is to be: in the key folder or in the hardware module; else where the present one is.",
)
@with_json
def rotate_keys(to: str | None, as_json: bool) -> None:
    """Make a new key-encryption key, and wrap every data key anew with it.

    It can be interrupted: called again it goes on with the same new key. The server may go on running. The old keys
    stay in the folder, because older backups need them; `consent keys retire` removes one.
    """
    open_house().engine.dispose()  # a new installation gets its keys
    folder = wiring.key_folder(wiring.settings_from())
    with folder.rotating():
        _rotate(folder, to, as_json)


def _rotate(folder: key_care.KeyFolder, to: str | None, as_json: bool) -> None:
    house = open_house()
    before = key_care.standing(house, COMMAND)
    there = folder.is_in_module(before.current)
    in_module = there if to is None else to == "module"
    if set(before.wrapped) <= {before.current} or in_module != there:
        folder.add_key_encryption_key(in_module=in_module)
        house.engine.dispose()
        house = open_house()
    try:
        done = key_care.wrap_all_anew(house, COMMAND, _progress)
    except KeyboardInterrupt:
        click.echo("\nInterrupted. Call it again to go on; nothing is lost.", err=True)
        sys.exit(1)
    current = house.keyring.current_kek_id
    say(as_json, {"current": current, "wrapped": done}, [f"{done} data keys are wrapped by the new key {current}."])


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{done} of {total}", err=True, nl=done >= total)


@click.group("keys", short_help="Check, export, put back and retire the keys.")
def keys() -> None:
    """Check, export, put back and retire the keys."""


@keys.command("check")
@with_json
def check(as_json: bool) -> None:
    """Open everything that is encrypted with the keys at hand, and show none of it.

    Exit status: 0 if all of it opens, 1 if something does not.
    """
    found = key_care.check_everything(open_house())
    content = {
        "sound": found.sound,
        "data_keys": found.keys,
        "opened": found.opened,
        "destroyed": found.destroyed,
        "failed": list(found.failed),
    }
    counted = f"{found.keys} data keys, {found.opened} encrypted values opened, {found.destroyed} destroyed for good"
    if found.sound:
        lines = [f"The keys at hand open everything: {counted}."]
    else:
        lines = [f"{len(found.failed)} CANNOT be opened with the keys at hand ({counted}):"]
        lines += [f"  {place}" for place in found.failed[:SHOWN]]
    say(as_json, content, lines, good=found.sound)


@keys.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--passphrase-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Read it there.")
def export(file: Path, passphrase_file: Path | None) -> None:
    """Write all keys to FILE under a passphrase. Keep FILE apart from every backup, and the passphrase apart from FILE.

    The administrator's page on keys then asks to confirm that it is kept elsewhere.
    """
    settings = wiring.settings_from()
    if _inside(file, settings.instance):
        raise click.UsageError(f"{file} lies inside the instance folder: a backup would hold both. Name another place.")
    passphrase = _passphrase(passphrase_file, confirm=True)
    if len(passphrase) < key_care.LEAST_PASSPHRASE:
        raise click.UsageError(
            f"A passphrase has at least {key_care.LEAST_PASSPHRASE} characters: five words, for instance."
        )
    house = open_house()
    if file.exists():
        raise click.UsageError(f"{file} is there already; it is not overwritten.")
    try:
        key_care.export(house, COMMAND, wiring.key_folder(settings), passphrase, file.absolute())
    except FileExistsError as error:
        raise click.UsageError(f"{file} is there already; it is not overwritten.") from error
    except OSError as error:
        raise click.UsageError(f"{file} cannot be written: {error.strerror}.") from error
    elsewhere = " but those in the hardware module" if house.keyring.hardware_keys else ""
    click.echo(
        f"All keys{elsewhere} are in {file}. Move it off this machine, "
        "then confirm on the page on keys where it is kept."
    )


@keys.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--passphrase-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Read it there.")
def put_back(file: Path, passphrase_file: Path | None) -> None:
    """Put exported keys back into an empty key folder."""
    folder = wiring.key_folder(wiring.settings_from())
    try:
        key_care.put_back(folder, file.read_bytes(), _passphrase(passphrase_file, confirm=False))
    except key_care.BadExport as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    click.echo(f"The keys are in {folder.path} again. `consent keys check` proves that they open everything.")


@keys.command("retire")
@click.argument("key_id")
@click.option("--yes", is_flag=True, help="Do not ask.")
def retire(key_id: str, yes: bool) -> None:
    """Remove an old key-encryption key that wraps nothing any more. Backups from before its rotation open no more."""
    folder = wiring.key_folder(wiring.settings_from())
    house = open_house()
    if not yes:
        click.confirm("Backups made before the rotation cannot be opened without this key. Remove it?", abort=True)
    try:
        if key_id == house.keyring.current_kek_id:
            raise click.UsageError("This is the current key. Call `consent rotate-keys` first.")
        key_care.retire(house, COMMAND, folder, key_id)
    except Refused:
        click.echo("This key still wraps something. Call `consent rotate-keys` first.", err=True)
        sys.exit(1)
    click.echo(f"{key_id} is removed.")


def _passphrase(file: Path | None, *, confirm: bool) -> str:
    if file is not None:
        return file.read_text(encoding="utf-8").rstrip("\r\n")
    asked: str = click.prompt("Passphrase", hide_input=True, confirmation_prompt=confirm)
    return asked


def _inside(file: Path, folder: Path) -> bool:
    return folder.resolve() in file.resolve().parents


for command in certificates.COMMANDS:
    keys.add_command(command)

COMMANDS = (rotate_keys, keys)
