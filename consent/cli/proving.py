"""The commands that prove something: the trail, a sealed file."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from consent.acts import custody, printed_heads, proving
from consent.acts.actor import COMMAND
from consent.acts.house import House
from consent.acts.printed_heads import Held
from consent.cli import exporting
from consent.cli.house import open_house
from consent.cli.saying import say, with_json
from consent.rules.refusal import Refused
from consent.rules.standing import Standing

PROBLEMS = {
    "entry-missing": "an entry is missing at number {where}",
    "entry-altered": "entry {where} is not what was chained",
    "entry-unreadable": "entry {where} cannot be read",
    "entry-not-ours": "entry {where} was not written by this program: it lacks the witness of the custody key",
    "chain-broken": "entry {where} does not follow the one before it",
    "columns-differ": "the columns of entry {where} differ from what was chained",
    "head-not-ours": "the signature over the head at entry {where} is not by our custody key",
    "stamp-not-good": "the time-stamp on entry {where} is not by an authority that is trusted, or of something else",
    "tail-missing": "the chain once reached entry {where}; its tail is missing",
    "chain-rewritten": "entry {where} is not the one whose head was signed: the chain was rewritten",
    "index-invented": "the index points from {where} to an entry that does not say so",
    "index-missing": "the index lacks {where}",
    "words-invented": "words stand beside entry {where}, which has none",
    "words-altered": "the words beside entry {where} are not those that it committed to",
    "words-missing": "the words beside entry {where} are missing",
    "row-without-entry": "{where} stands in the records without an entry",
    "row-altered": "{where} is not as it was last entered",
    "row-missing": "{where} was entered and is not in the records",
}
HELD = {
    Held.HELD: "The trail still holds the head at entry {number}.",
    Held.OTHER: "The trail does NOT hold that head: another entry {number} stands there.",
    Held.CUT: "The trail does NOT hold that head: it does not reach entry {number}.",
    Held.UNSOUND: "Entry {number} bears that hash, but the trail is not whole.",
}
SHOWN = 50
NOT_GENUINE = {
    "unreadable": "it is not a PDF that can be read",
    "not-sealed": "it carries no seal",
    "several-signatures": "it is not on our record, and carries more than one signature or time-stamp",
    "not-whole-file": "something was added or taken away after it was sealed",
    "not-our-form": "its seal is not one of our forms'",
    "altered": "it was changed after it was sealed",
    "wrong-time": "it says it was sealed at a time when our certificate did not hold",
    "not-our-certificate": "it was not sealed with our certificate",
    "demo": "it comes from a demonstration",
    "not-on-record": "it was sealed here, but it is not on our record",
    "took-too-long": "it is not on our record, and what is wrong with it could not be found within five seconds",
}
STANDINGS = {
    Standing.IN_FORCE: "in force",
    Standing.WITHDRAWN_IN_PART: "in force, withdrawn in part",
    Standing.WITHDRAWN: "withdrawn",
    Standing.EXPIRED: "expired",
    Standing.ON_HOLD: "on hold",
    Standing.VOID: "void",
}


@click.command("verify-custody", short_help="Is the trail whole?")
@click.option("--head", nargs=2, metavar="NUMBER HASH", help="A printed head: does the trail still hold it?")
@with_json
def verify_custody(head: tuple[str, str] | None, as_json: bool) -> None:
    """Check the whole trail: the chain, its signed heads, and the records against it, both ways.

    With --head, also whether it still holds a head that was printed once; the first half of the hash is enough, in
    quotes if it has spaces.
    """
    house = open_house()
    answer = _held(house, *head) if head else None
    found = answer.found if answer else custody.verify(house)
    problems = [{"code": problem.code, "where": problem.where} for problem in found.problems]
    counted = f"{found.entries} entries, {found.heads} signed heads, {found.stamps} time-stamps, {found.rows} records"
    lines = [f"Sound: {counted}." if found.sound else f"NOT sound: {len(problems)} problems in {counted}."]
    lines += ["  " + PROBLEMS[problem.code].format(where=problem.where) for problem in found.problems[:SHOWN]]
    if len(problems) > SHOWN:
        lines.append(f"  and {len(problems) - SHOWN} more")
    erased = Counter((how.rule, how.on) for how in found.erased.values())
    lines += [f"  {count} records were destroyed under rule {rule} on {on}" for (rule, on), count in erased.items()]
    content = {
        "sound": found.sound,
        "entries": found.entries,
        "heads": found.heads,
        "stamps": found.stamps,
        "records": found.rows,
        "destroyed": {place: {"rule": how.rule, "on": how.on} for place, how in found.erased.items()},
        "problems": problems,
    }
    if answer is not None:
        content["head"] = answer.held.value
        lines.insert(0, HELD[answer.held].format(number=answer.number))
    say(as_json, content, lines, good=found.sound and (answer is None or answer.held is Held.HELD))


def _held(house: House, number: str, digits: str) -> printed_heads.Answer:
    try:
        return printed_heads.check(house, COMMAND, number, digits)
    except Refused:
        raise click.UsageError("--head takes the number of an entry and at least half of its hash.") from None


@click.command("verify-pdf", short_help="Is a sealed form genuine, and in force?")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_json
def verify_pdf(file: Path, as_json: bool) -> None:
    """Say whether FILE is a genuine form of this installation, and whether it is still in force."""
    try:
        proof = proving.check_document(open_house(), _beginning(file))
    except Refused:
        raise click.ClickException("This machine is too busy to check it now. Try again.") from None
    content = {
        "genuine": proof.genuine,
        "reason": proof.reason,
        "sealed_at": proof.sealed_at,
        "standing": proof.standing,
        "stamped_at": proof.stamped_at,
    }
    if proof.genuine and proof.standing:
        lines = [f"Genuine, sealed {proof.sealed_at:%d %B %Y %H:%M} UTC. Today: {STANDINGS[proof.standing]}."]
        if proof.stamped_at is not None:
            lines.append(f"Time-stamped by an authority since {proof.stamped_at:%d %B %Y %H:%M} UTC.")
    else:
        lines = [f"Not a genuine form of this installation: {NOT_GENUINE[proof.reason]}."]
    say(as_json, content, lines, good=proof.genuine)


def _beginning(file: Path) -> bytes:
    """Return the file, or as much of it as shows that it is too large: it may be larger than the memory, or endless."""
    try:
        with file.open("rb") as opened:
            return opened.read(proving.LARGEST + 1)
    except OSError as error:
        raise click.ClickException(f"{file} cannot be read: {error.strerror}.") from error


COMMANDS = (verify_custody, verify_pdf, *exporting.COMMANDS)
