"""One command that finds everything a privacy officer should worry about."""

from __future__ import annotations

import click

from consent.acts import audit as auditing
from consent.acts.actor import COMMAND
from consent.cli.house import open_house
from consent.cli.saying import say, with_json
from consent.rules.audit import Worry

FINDINGS = {
    Worry.POST_WITHOUT_CONSENT: "post {where} had no living consent on its day",
    Worry.TAKEDOWN_OVERDUE: "takedown {where} is past its deadline",
    Worry.TRAIL: "the trail is not sound: {where}",
    Worry.CANNOT_BE_OPENED: "{where} cannot be opened",
    Worry.SEAL_BROKEN: "not what was sealed: {where}",
    Worry.CERTIFICATE_ENDS: "a certificate that the seal rests on ends: {where}",
    Worry.CERTIFICATE_REVOKED: "the sealing certificate is revoked, nobody can sign: {where}",
    Worry.CRL_OLD: "the list of revoked certificates is out of date, or not by the issuer of {where}",
    Worry.KEYS_NOT_KEPT_APART: "the keys were not exported, or nobody confirmed that they are kept elsewhere",
    Worry.KEY_OLD: "the key-encryption key is in use since {where}: run `consent rotate-keys`",
    Worry.STAMP_OWED: "document {where} has no time-stamp, or one that has ended",
    Worry.ISSUERS_SILENT: "nobody says whether the certificates that document {where} rests on are good",
    Worry.HEAD_NOT_STAMPED: "the trail was last time-stamped: {where}",
    Worry.BACKUP_OLD: "the last backup: {where}",
    Worry.CLOCK_IN_DOUBT: "the trail has entries up to {where}, later than the clock, so that every look-up says no: "
    "set the clock right, or run `consent confirm-clock` if it is right",
}


@click.command("audit", short_help="Find everything to worry about.")
@with_json
def audit(as_json: bool) -> None:
    """Look at every post, seal, ciphertext, entry, deadline, key and certificate.

    Exit status: 0 when nothing was found, 1 when something was.
    """
    found = auditing.audit(open_house(), COMMAND)
    counted = (
        f"{found.posts} posts, {found.seals} sealed forms, {found.values} encrypted values, {found.entries} entries"
    )
    content = {
        "sound": found.sound,
        "posts": found.posts,
        "seals": found.seals,
        "values": found.values,
        "entries": found.entries,
        "findings": [{"kind": each.kind, "where": each.where} for each in found.findings],
    }
    lines = [f"Nothing to worry about: {counted}." if found.sound else f"{len(found.findings)} findings in {counted}:"]
    lines += ["  " + FINDINGS[each.kind].format(where=each.where) for each in found.findings]
    say(as_json, content, lines, good=found.sound)


COMMANDS = (audit,)
