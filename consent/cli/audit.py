"""One command that finds everything a privacy officer should worry about."""

from __future__ import annotations

import click

from consent.acts import audit as auditing
from consent.acts.actor import COMMAND
from consent.cli.house import open_house
from consent.cli.saying import say, with_json

FINDINGS = {
    "post-without-consent": "post {where} had no living consent on its day",
    "takedown-overdue": "takedown {where} is past its deadline",
    "trail": "the trail is not sound: {where}",
    "cannot-be-opened": "{where} cannot be opened",
    "seal-broken": "not what was sealed: {where}",
    "certificate-ends": "a certificate that the seal rests on ends: {where}",
    "certificate-revoked": "the sealing certificate is revoked, nobody can sign: {where}",
    "crl-old": "the list of revoked certificates is out of date, or not by the issuer of {where}",
    "keys-not-kept-apart": "the keys were not exported, or nobody confirmed that they are kept elsewhere",
    "key-old": "the key-encryption key is in use since {where}: run `consent rotate-keys`",
    "stamp-owed": "document {where} has no time-stamp, or one that has ended",
    "head-not-stamped": "the trail was last time-stamped: {where}",
    "backup-old": "the last backup: {where}",
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
