"""Plan a post that the patient wants to see first, and hear what he said. Whoever plans it never learns who he is.

Source: domain section 2.2 (show me first, recontact), 6.2 item 3.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection, Row

from consent.acts import tasks
from consent.acts.actor import Actor
from consent.acts.house import Deed, House
from consent.acts.opening import open_text
from consent.acts.owing import Owing
from consent.acts.verdicts import MET_BY_SHOWING, Asked, Place, about, ask, find_place, objections, place_kept
from consent.records import consents, images
from consent.records import showings as records
from consent.records.tables.showings import showing
from consent.rules.access import Act
from consent.rules.identifiers import ConsentId, ImageId, new_id, parse_image_id
from consent.rules.refusal import NotFound, Reason, Refused, refuse_if
from consent.rules.revocation import Withdrawal
from consent.vault.fingerprints import caption_mark

LONGEST_CAPTION = 5000
SHOWN_AT_ONCE = 200


@dataclass(frozen=True)
class Proposed:
    """What is to be shown, as it was typed. `again`: the person himself asked for a post that he said no to."""

    images: Sequence[str]
    channel: str
    purpose: str
    account: str | None
    caption: str
    again: bool = False


@dataclass(frozen=True)
class Listed:
    """One showing in the poster's list: what, where, and what came of it. Nothing says whose it is."""

    id: str
    images: tuple[str, ...]
    place: Place
    state: str
    planned_at: datetime
    shown_at: datetime | None
    answered_at: datetime | None
    is_mine: bool


@dataclass(frozen=True)
class Planned:
    """One showing with its caption opened."""

    listed: Listed
    caption: str


def plan(house: House, actor: Actor, proposed: Proposed) -> tuple[str, ...]:
    """Plan a post to be shown first; return the showings' IDs, one for each person who wants to see it.

    Everything else about it must be a yes. Whoever cares for the patient gets a task to show it, and the patient a
    mail, if he agreed to mails, that there is something to see. Nobody is asked twice about a post that he said no
    to, unless he asked for it.
    Writes: look_up, showing, task, notice; one custody entry, also of a no.
    Raises: BadIdentifier; Refused: role, missing, caption-too-long, channel-unknown, purpose-unknown, verdict-...,
    showing-not-needed, showing-waits, showing-declined, showing-no-picture.
    """
    actor.must(Act.PLAN_SHOWING)
    wanted = tuple(dict.fromkeys(parse_image_id(each) for each in proposed.images))
    found = [] if wanted else [Reason("missing", "images")]
    if len(proposed.caption) > LONGEST_CAPTION:
        found.append(Reason("caption-too-long", "caption"))
    refuse_if(found)
    with house.writing(actor) as deed:
        place = find_place(house, deed.connection, proposed.channel, proposed.purpose, proposed.account)
        asked = ask(deed, place, wanted, deed.today, "show", caption_mark(house.keyring, proposed.caption))
        refused = _refused(deed, asked)
        made: list[str] = []
        if refused:
            deed.enter("showing.refuse", about(place, asked))
        else:
            made = [_insert(deed, place, who, which, proposed) for who, which in _whose(asked).items()]
            told = _tell(deed, made)
            deed.enter("showing.plan", about(place, asked, showing=made, notice=told))
    refuse_if(refused)
    return tuple(made)


def listed(house: House, actor: Actor) -> tuple[Listed, ...]:
    """Return the newest showings. Raises: Refused('role')."""
    actor.must(Act.SEE_SHOWINGS)
    with house.reading() as connection:
        return tuple(_listed(connection, actor, row) for row in records.newest(connection, SHOWN_AT_ONCE))


def one(house: House, actor: Actor, showing_id: str) -> Planned:
    """Open one showing with its caption; that somebody looked is an entry. Raises: Refused('role'); NotFound."""
    actor.must(Act.SEE_SHOWINGS)
    with house.writing(actor) as deed:
        row = records.find(deed.connection, showing_id)
        if row is None:
            raise NotFound
        deed.enter("showing.open", {"showing": row.id})
        return Planned(_listed(deed.connection, actor, row), caption_of(house, deed.connection, row))


def drop(house: House, actor: Actor, showing_id: str) -> None:
    """Give a planned showing up that nobody has answered. Raises: Refused: role, showing-settled; NotFound."""
    actor.must(Act.PLAN_SHOWING)
    with house.writing(actor) as deed:
        row = records.find(deed.connection, showing_id)
        if row is None:
            raise NotFound
        if row.state != "open":
            raise Refused(Reason("showing-settled"))
        end(deed, row, "dropped")
        deed.enter("showing.drop", {"showing": row.id})


def end_with(deed: Deed, withdrawal: Withdrawal) -> list[str]:
    """End every showing that rests on what is withdrawn, answered or not, inside the withdrawal; return their IDs."""
    rows = records.counting_of(deed.connection, sorted(withdrawal.consents))
    over = [row for row in rows if withdrawal.whole or _rests_on(row, withdrawal)]
    for row in over:
        end(deed, row, "withdrawn")
    return [row.id for row in over]


def end(deed: Deed, row: Row[Any], how: str) -> None:
    """End one showing: it counts no more. `how`: a code for the task that asked for it."""
    deed.ledger.update(showing, row.id, state="ended", ended_at=deed.now)
    tasks.settle(deed, task_of(row.id), how)


def task_of(showing_id: str) -> str:
    """Return the occasion of the task to show it."""
    return f"show-first:{showing_id}"


def caption_of(house: House, connection: Connection, row: Row[Any]) -> str:
    """Return the words that go with it; empty where there are none."""
    return "" if row.caption is None else open_text(house, connection, "showing", row.id, "caption", row.caption)


def _refused(deed: Deed, asked: Sequence[Asked]) -> tuple[Reason, ...]:
    """Return why there is nothing to show: a no for other reasons, a yes already, one that waits, no picture."""
    stopped = [each for each in asked if any(why.code not in MET_BY_SHOWING for why in each.verdict.reasons)]
    if stopped:
        return objections(stopped)
    if all(each.verdict.allowed for each in asked):
        return (Reason("showing-not-needed"),)
    kept = {row.id for row in images.find_all(deed.connection, [each.image for each in asked]) if row.blob is not None}
    missing = tuple(
        Reason("showing-no-picture", "images", image=each.image) for each in asked if each.image not in kept
    )
    return missing


def _whose(asked: Sequence[Asked]) -> dict[ConsentId, list[ImageId]]:
    """Return which pictures are to be shown to whom: to each person only those that he is in."""
    found: dict[ConsentId, list[ImageId]] = {}
    for each in asked:
        for consent_id in each.to_show:
            found.setdefault(consent_id, []).append(each.image)
    return found


def _insert(deed: Deed, place: Place, consent_id: ConsentId, which: Sequence[ImageId], proposed: Proposed) -> str:
    caption = proposed.caption
    mark = caption_mark(deed.house.keyring, caption)
    here = (place.channel, place.purpose, place.account, mark, list(which))
    states = [
        row.state
        for row in records.asked_of(deed.connection, consent_id)
        if (row.channel, row.purpose, row.account, row.caption_mark, row.images) == here
    ]
    if states[-1:] == ["open"]:
        raise Refused(Reason("showing-waits"))
    if states[-1:] == ["declined"] and not proposed.again:
        raise Refused(Reason("showing-declined", "again"))
    showing_id, key_id = new_id(secrets.token_bytes), deed.new_key()
    deed.ledger.insert(
        showing,
        id=showing_id,
        consent_id=consent_id,
        images=list(which),
        channel=place.channel,
        account=place.account,
        account_id=place.account_id,
        purpose=place.purpose,
        key_id=key_id,
        caption=deed.encrypt(key_id, "showing", showing_id, "caption", caption) if caption else None,
        caption_mark=mark,
        state="open",
        planned_by=deed.actor.id,
        planned_at=deed.now,
        shown_at=None,
        answered_at=None,
        answered_by=None,
        language=None,
        ended_at=None,
    )
    return showing_id


def _tell(deed: Deed, made: Sequence[str]) -> list[str]:
    """Leave the task to show it with whoever took the consent, and owe the patient word if he reads mails."""
    owing = Owing(deed)
    for showing_id in made:
        row = records.find(deed.connection, showing_id)
        taken = consents.find(deed.connection, row.consent_id) if row is not None else None
        if row is None or taken is None:
            raise NotFound
        ids = {"consent": taken.id, "showing": showing_id}
        tasks.leave(deed, "show-first", task_of(showing_id), queue="clinician", about=ids, owner_id=taken.made_by)
        patient = consents.find_patient(deed.connection, taken.patient_id)
        if patient is not None and patient.electronic_contact and patient.contact is not None:
            ways = {"consent": [taken.id], "showing": [showing_id]}
            owing.to_patient("showing", showing_id, ways, electronic=True)
    return list(owing.write())


def _rests_on(row: Row[Any], withdrawal: Withdrawal) -> bool:
    keys = {("channel", row.channel), ("purpose", row.purpose), ("account", row.account)}
    return bool(keys & withdrawal.parts) or not withdrawal.images.isdisjoint(row.images)


def _listed(connection: Connection, actor: Actor, row: Row[Any]) -> Listed:
    return Listed(
        id=row.id,
        images=tuple(row.images),
        place=place_kept(connection, row),
        state=row.state,
        planned_at=row.planned_at,
        shown_at=row.shown_at,
        answered_at=row.answered_at,
        is_mine=row.planned_by == actor.id,
    )
