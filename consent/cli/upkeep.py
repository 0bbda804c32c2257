"""The commands that look after what is kept."""

from __future__ import annotations

import json
import sys

import click

from consent.acts import notices, outbox, stamping, upkeep
from consent.acts.actor import COMMAND
from consent.cli.house import open_checked_house as open_house

STEPS = {
    "warnings": "warnings that a consent will end",
    "came_of_age": "consents put on hold because the child is of age",
    "reviews": "posts to look at again, because their consent has ended",
    "takedowns_escalated": "overdue takedowns told to the privacy officer",
    "reminders": "reminders of open takedowns",
    "releases_chased": "pictures taken out a week ago and not posted",
    "notices_escalated": "notices that do not get through, told to the privacy officer",
    "letters": "closing letters written",
    "stamped": "sealed files time-stamped, for the first time or anew",
    "certificates": "warnings that a certificate of the seal ends, and revocations that its issuer told",
    "copies_ended": "copies that nobody fetched, ended",
    "links_settled": "links to signers' own phones that are over",
    "blobs_swept": "files left behind by a crash, deleted",
    "destructions_finished": "files of destroyed consents that a crash had left, deleted",
    "held_swept": "held inputs whose hour is over, deleted",
    "counters_swept": "old counters deleted",
    "head_signed": "heads of the custody chain signed",
    "head_stamped": "heads of the custody chain time-stamped by the authority",
}


@click.command("send-notices")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
def send_notices(as_json: bool) -> None:
    """Send every notice that is due now, once.

    Sealed files that owe a time-stamp get it, where there is an authority. What cannot be sent or stamped stays owed
    and is tried again later; the worker does this by itself. Exit status: 0 when nothing failed, 1 when something did.
    """
    house = open_house()
    done = notices.send_due(house, upkeep.WORKER)
    owed = outbox.count_owed(house)
    stamped = stamping.stamp_due(house)
    counts = {"sent": done.sent, "failed": done.failed, "by_hand": done.by_hand, "owed": owed}
    if house.stamper is not None:
        counts |= {"stamped": stamped.done, "not_stamped": stamped.failed}
    if as_json:
        click.echo(json.dumps(counts))
    else:
        click.echo(f"Sent: {done.sent}. Failed: {done.failed}. Left to do by hand: {done.by_hand}. Still owed: {owed}.")
        if house.stamper is not None:
            click.echo(f"Time-stamped: {stamped.done}. Failed: {stamped.failed}.")
    sys.exit(1 if done.failed or stamped.failed else 0)


@click.command(short_help="Do the nightly upkeep, once.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
def nightly(as_json: bool) -> None:
    """Do the nightly upkeep: warn, chase, escalate, sweep, sign the custody head.

    Running it again does nothing twice. No answer to "may this be posted?" depends on it. Exit status: 0 when every
    step was done, 1 when one failed; the others are done all the same.
    """
    house = open_house()
    try:
        counts = upkeep.nightly(house, COMMAND).counts
    except upkeep.NightlyFailed as failed:
        for error in failed.exceptions:
            click.echo(f"{' '.join(error.__notes__)}: {type(error).__name__}", err=True)
        sys.exit(1)
    if as_json:
        click.echo(json.dumps(counts))
        return
    for name, count in counts.items():
        click.echo(f"{count:6}  {STEPS[name]}")


COMMANDS: tuple[click.Command, ...] = (send_notices, nightly)
