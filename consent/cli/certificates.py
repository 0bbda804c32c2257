"""The commands that look after the certificates of the seal; they belong to `consent keys`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click

from consent import wiring
from consent.acts import certificate_care
from consent.acts.actor import COMMAND
from consent.cli.house import open_house
from consent.cli.saying import say, with_json
from consent.rules.refusal import NotFound, Refused

REASONS = {
    "certificate-revoked": "This certificate is on record as revoked.",
    "since-ahead": "That time is still to come. Name when the certificate ceased to be trusted.",
    "revoked-earlier": "It is on record as revoked since then or earlier; that is never taken back.",
}
TAKEN_UP = (
    "`consent serve` seals with it within seconds. If you start gunicorn or `consent work` yourself, restart them. "
    "What was sealed before stays genuine."
)
file_option = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("import-certificate")
@click.argument("file", type=file_option)
@click.option("--key-file", type=file_option, help="The private key in PEM, if FILE does not hold it.")
@click.option("--chain-file", type=file_option, help="The issuers up to the root in PEM, if FILE does not hold them.")
@click.option("--passphrase-file", type=file_option, help="Read the passphrase of the key there.")
@with_json
def import_certificate(
    file: Path, key_file: Path | None, chain_file: Path | None, passphrase_file: Path | None, as_json: bool
) -> None:
    """Seal with the organization's own certificate from now on.

    FILE is PKCS #12, or PEM with the key, the certificate and its chain in any order; for a key in a hardware module
    PEM with the certificate and its chain. It is checked before it is taken. Exit status: 1 if it cannot seal.
    """
    settings = wiring.settings_from()
    folder = wiring.key_folder(settings)
    more = b"\n".join(each.read_bytes() for each in (key_file, chain_file) if each is not None)
    with _told():
        taken = certificate_care.import_certificate(
            open_house(),
            COMMAND,
            folder,
            file.read_bytes(),
            more=more,
            passphrase=_passphrase(file, passphrase_file),
            public_key=wiring.sealing_place(settings, folder).public_key,
        )
    _say_taken(taken, as_json)


@click.command("renew-certificate")
@with_json
def renew_certificate(as_json: bool) -> None:
    """Make a new sealing certificate under our own root. The old one stays on record: what it sealed stays genuine.

    With a new key; for a key in a hardware module, a new certificate for that key.
    """
    settings = wiring.settings_from()
    folder = wiring.key_folder(settings)
    with _told():
        public_key = wiring.sealing_place(settings, folder).public_key
        made = certificate_care.renew(open_house(), COMMAND, folder, public_key)
    _say_taken(made, as_json)


@click.command("revoke-certificate")
@click.argument("fingerprint")
@click.option("--since", required=True, help="From when on it is not trusted: 2027-03-01, or 2027-03-01T14:30 (UTC).")
@with_json
def revoke_certificate(fingerprint: str, since: str, as_json: bool) -> None:
    """Record that a sealing certificate is revoked, for instance because its key was stolen.

    Nothing is sealed with it any more, at once; what it sealed at that time or later is not genuine. It is never
    taken back. Then import or renew a certificate.
    """
    plain = fingerprint.replace(":", "").lower()
    try:
        when = datetime.fromisoformat(since)
    except ValueError as error:
        raise click.UsageError(f"{since!r} is no time such as 2027-03-01 or 2027-03-01T14:30.") from error
    when = when if when.tzinfo is not None else when.replace(tzinfo=UTC)
    with _told():
        certificate_care.revoke(open_house(), COMMAND, plain, when)
    content = {"fingerprint": plain, "revoked_since": when.isoformat()}
    say(as_json, content, [f"{plain} is revoked since {when:%Y-%m-%d %H:%M %Z}. Import or renew a certificate."])


@contextmanager
def _told() -> Iterator[None]:
    """Say in one line what was refused, and exit with 1."""
    try:
        yield
    except certificate_care.BadSealing as error:
        click.echo(f"It is not taken: {error}.", err=True)
    except Refused as refused:
        click.echo(" ".join(REASONS[each.code] for each in refused.reasons), err=True)
    except NotFound:
        click.echo("No sealing certificate of ours has this fingerprint; the page on keys lists them.", err=True)
    else:
        return
    sys.exit(1)


def _passphrase(file: Path, passphrase_file: Path | None) -> str | None:
    if passphrase_file is not None:
        return passphrase_file.read_text(encoding="utf-8").rstrip("\r\n")
    needed = file.suffix.lower() in (".p12", ".pfx")
    return str(click.prompt("Passphrase", hide_input=True)) if needed else None


def _say_taken(taken: certificate_care.Certificate, as_json: bool) -> None:
    content = {"fingerprint": taken.fingerprint, "name": taken.name, "valid_until": taken.valid_until.isoformat()}
    lines = [f"{taken.name}, until {taken.valid_until:%Y-%m-%d}, {taken.fingerprint}.", TAKEN_UP]
    say(as_json, content, lines)


COMMANDS: tuple[click.Command, ...] = (import_certificate, renew_certificate, revoke_certificate)
