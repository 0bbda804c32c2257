"""Ask about an image as the pages and the command do: an image ID as it was typed, one place, one day."""

from __future__ import annotations

from datetime import date

from consent.acts import posting
from consent.acts.actor import Actor
from consent.acts.house import House
from consent.rules.identifiers import parse_image_id


def look_up(
    house: House,
    actor: Actor,
    image: str,
    channel: str,
    purpose: str,
    *,
    account: str | None = None,
    on: date | None = None,
    how: str = "id",
) -> posting.Answer:
    """Ask about one image."""
    return posting.ask_one(house, actor, parse_image_id(image), posting.Question(channel, purpose, account, on, how))
