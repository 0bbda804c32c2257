"""May this be posted? Ask, and get an answer; the question and the verdict are kept."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import exc

from consent.acts.actor import Actor
from consent.acts.house import House
from consent.acts.verdicts import Asked, Place, about, ask, find_place
from consent.records import posts
from consent.rules.access import Act, may
from consent.rules.grounds import TELLS_NOTHING, Ground, PublicGround, public_reason
from consent.rules.identifiers import ImageId
from consent.rules.lookup import BadEntry, parse_image_list
from consent.rules.posting import Condition, Verdict, no

log = logging.getLogger("consent.posting")

OUT_OF_REACH = (exc.OperationalError, exc.InterfaceError, exc.TimeoutError)
"""What the database raises when it cannot be asked; every answer is then no (rule 33)."""


@dataclass(frozen=True)
class Question:
    """What is asked about an image, as it was typed."""

    channel: str
    purpose: str
    account: str | None = None
    on: date | None = None
    how: str = "id"


@dataclass(frozen=True)
class Shown:
    """One reason as this person may see it: always the neutral one, the ground itself where it is his to see."""

    public: PublicGround
    ground: Ground | None = None
    person: int | None = None
    """Which person in the image, counted from 1, beside a ground that is about one."""


@dataclass(frozen=True)
class Answer:
    """Yes or no for one image, one place and one day, cut down to what the asker may see."""

    image: ImageId
    place: Place
    day: date
    allowed: bool
    reasons: tuple[Shown, ...] = ()
    conditions: tuple[Condition, ...] = ()
    good_through: date | None = None
    look_up: str | None = None
    """Where it is kept; None when the database could not be asked, so nothing is."""


@dataclass(frozen=True)
class ListAnswer:
    """The answers to a pasted list, what in it could not be read, and whether it was cut at 200."""

    answers: tuple[Answer, ...]
    bad: tuple[BadEntry, ...]
    is_cut: bool


@dataclass(frozen=True)
class KnownAccount:
    """A registered account, to choose from."""

    id: str
    channel: str
    name: str
    owner: str


def ask_one(house: House, actor: Actor, image: ImageId, question: Question) -> Answer:
    """Say whether this image may be posted there on that day (none: today). No account: the organisation's own.

    An image or account that is not on record is a no, and so is a database out of reach (then nothing is kept).
    Writes: look_up, one custody entry. Source: domain rules 31-35.
    Raises: Refused: role, channel-unknown, purpose-unknown.
    """
    actor.must(Act.LOOK_UP)
    return _answers(house, actor, (image,), question)[0]


def ask_list(house: House, actor: Actor, text: str, question: Question) -> ListAnswer:
    """Answer for every image ID in a pasted list, each by itself. Raises: as `ask_one`."""
    actor.must(Act.LOOK_UP)
    found = parse_image_list(text)
    answers = _answers(house, actor, found.images, question)
    return ListAnswer(answers, found.bad, found.is_cut)


def accounts(house: House) -> tuple[KnownAccount, ...]:
    """Return the accounts in use, by channel and name."""
    with house.reading() as connection:
        return tuple(KnownAccount(row.id, row.channel, row.name, row.owner) for row in posts.accounts(connection))


def _answers(house: House, actor: Actor, images: Sequence[ImageId], question: Question) -> tuple[Answer, ...]:
    if not images:
        return ()
    day = question.on or house.today
    try:
        with house.writing(actor) as deed:
            place = find_place(house, deed.connection, question.channel, question.purpose, question.account)
            asked = ask(deed, place, images, day, question.how)
            deed.enter("posting.look-up", about(place, asked, day=day.isoformat(), how=question.how))
    except OUT_OF_REACH as error:
        log.error("look-up answered no: %s (%s)", Ground.DATABASE_UNAVAILABLE.value, type(error).__name__)
        return tuple(unavailable(each, question, day, actor) for each in images)
    return tuple(_shown(actor, place, day, each) for each in asked)


def unavailable(image: ImageId, question: Question, day: date, actor: Actor) -> Answer:
    """Return the no that stands while the database cannot be asked."""
    place = Place(question.channel, question.purpose, account_name=question.account or "")
    return _shown(actor, place, day, Asked(image, "", no(Ground.DATABASE_UNAVAILABLE, image), ()))


def _shown(actor: Actor, place: Place, day: date, asked: Asked) -> Answer:
    return Answer(
        image=asked.image,
        place=place,
        day=day,
        allowed=asked.verdict.allowed,
        reasons=reasons_for(actor, asked.verdict),
        conditions=asked.verdict.conditions,
        good_through=asked.verdict.good_through,
        look_up=asked.look_up or None,
    )


def reasons_for(actor: Actor, verdict: Verdict) -> tuple[Shown, ...]:
    """Return a verdict's reasons as this person may see them: grounds about a person are the privacy officer's."""
    if not verdict.reasons:
        return ()
    everything = actor.kind == "staff" and may(actor.roles, Act.OPEN_GROUNDS)
    keys = list(dict.fromkeys(reason.person for reason in verdict.reasons if reason.person))
    shown = []
    for reason in verdict.reasons:
        ground = reason.code if everything or reason.code in TELLS_NOTHING else None
        person = keys.index(reason.person) + 1 if everything and reason.person else None
        shown.append(Shown(public_reason(reason.code), ground, person))
    return tuple(dict.fromkeys(shown))
