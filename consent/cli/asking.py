"""`consent look-up`: may this be posted? For scripts that post, and for whoever sits at the server."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime

import click

from consent import wiring
from consent.acts import posting
from consent.acts.actor import COMMAND
from consent.cli.house import open_checked_house as open_house
from consent.cli.saying import say, with_json
from consent.rules.grounds import Ground
from consent.rules.identifiers import BadIdentifier, ImageId, parse_image_id
from consent.rules.refusal import Refused
from consent.rules.scope import ORGANISATION
from consent.rules.verdict_words import CONDITION_WORDS, GROUND_WORDS, PUBLIC_WORDS

log = logging.getLogger("consent.posting")

BAD_ID: Mapping[str, str] = {
    "format": "this is not an image ID; one looks like IMG-7K3Q-9XTF-3",
    "check": "the image ID is mistyped: its last character does not fit the others",
}


@click.command("look-up")
@click.option("--image", required=True, metavar="ID", help="The image ID, with or without hyphens.")
@click.option("--channel", required=True, metavar="CODE", help="Where, for instance instagram.")
@click.option("--purpose", required=True, metavar="CODE", help="Why, for instance public-education.")
@click.option("--account", metavar="NAME", help="A registered account. Without it: the organization's own.")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="The day, as 2026-11-30. Else today.")
@with_json
def look_up(image: str, channel: str, purpose: str, *, account: str | None, on: datetime | None, as_json: bool) -> None:
    """Say whether an image may be posted there.

    Exit status 0 for yes, 1 for no, 2 if the question is wrong. Question and answer are kept. An unknown image or
    account is a no, and so is a database out of reach.
    """
    try:
        image_id = parse_image_id(image)
    except BadIdentifier as wrong:
        raise click.BadParameter(BAD_ID[wrong.kind], param_hint="--image") from None
    answer = _answer(image_id, posting.Question(channel, purpose, account, on.date() if on else None, "command"))
    place = answer.place
    content = {
        "answer": "yes" if answer.allowed else "no",
        "image": answer.image,
        "channel": place.channel,
        "purpose": place.purpose,
        "account": place.account_name or place.account,
        "day": answer.day,
        "reasons": [(reason.ground or reason.public).value for reason in answer.reasons],
        "conditions": [condition.value for condition in answer.conditions],
        "good_through": answer.good_through,
        "look_up": answer.look_up,
    }
    say(as_json, content, _lines(answer), good=answer.allowed)


def _answer(image: ImageId, question: posting.Question) -> posting.Answer:
    try:
        house = open_house()
    except (wiring.CannotStart, *posting.OUT_OF_REACH) as error:
        if isinstance(error, wiring.CannotStart) and not isinstance(error.__cause__, posting.OUT_OF_REACH):
            raise
        log.error("look-up answered no: %s (%s)", Ground.DATABASE_UNAVAILABLE.value, type(error).__name__)
        day = question.on or wiring.server_clock().date()
        return posting.unavailable(image, question, day, COMMAND)
    try:
        return posting.ask_one(house, COMMAND, image, question)
    except Refused as refused:
        known = {"channel-unknown": house.forms.channels, "purpose-unknown": house.forms.purposes}
        lines = (f"no such {each.field}; known are {', '.join(known[each.code])}" for each in refused.reasons)
        raise click.UsageError("; ".join(lines)) from None


def _lines(answer: posting.Answer) -> list[str]:
    named = answer.place.account_name or answer.place.account
    account = "an account of the organization" if named == ORGANISATION else named
    place = f"{answer.place.channel}, {answer.place.purpose}, {account}"
    lines = [f"{'YES' if answer.allowed else 'NO'}: {answer.image} on {place}, {answer.day.isoformat()}"]
    lines += [f"  {GROUND_WORDS[each.ground] if each.ground else PUBLIC_WORDS[each.public]}" for each in answer.reasons]
    lines += [f"  {CONDITION_WORDS[condition]}" for condition in answer.conditions]
    if answer.good_through:
        lines.append(f"  Good through {answer.good_through.isoformat()}, unless something changes before then.")
    return lines


COMMANDS = (look_up,)
