"""A post found without a valid consent: an incident and a breach assessment, not just a takedown (rule 48)."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Row

from consent.acts import tasks
from consent.acts.actor import Actor
from consent.acts.flagging import breach_task, flag, open_incident
from consent.acts.house import Deed, House
from consent.acts.opening import open_text
from consent.acts.verdicts import Asked, Place, about, ask, find_place, rest_on
from consent.records import images, posts
from consent.records.tables.posts import incident, post, post_image
from consent.rules.access import Act, Role
from consent.rules.identifiers import new_id, parse_image_id
from consent.rules.refusal import NotFound, Reason, Refused, refuse_if

# Nobody knows which words went with a post that was found, so no words that somebody agreed to are those.
UNKNOWN_WORDS = "unknown"
FINDINGS = ("breach", "no-breach")
SHOWN_AT_ONCE = 200


@dataclass(frozen=True)
class Found:
    """A post that somebody came upon, as he typed it. `images` as far as he knows them."""

    channel: str
    purpose: str
    account: str | None
    address: str
    words: str
    images: Sequence[str] = ()


@dataclass(frozen=True)
class Incident:
    """One incident; `words` and `address` are empty in a list, where nothing is opened."""

    id: str
    kind: str
    state: str
    post: str | None
    image: str | None
    opened_by: str
    opened_at: datetime
    finding: str | None
    closed_at: datetime | None
    words: str = ""
    address: str = ""


def report(house: House, actor: Actor, found: Found) -> str:
    """Write down a post that nobody recorded; flag it, open an incident and its takedown; return the incident's ID.

    Anybody on the staff may. The verdict of each image named is asked and kept; the privacy officer judges.
    Writes: look_up, post, post_image, post_consent, takedown, incident, task; one custody entry.
    Raises: BadIdentifier; Refused: role, missing, channel-unknown, purpose-unknown.
    """
    actor.must(Act.REPORT_INCIDENT)
    named = tuple(dict.fromkeys(parse_image_id(each) for each in found.images))
    refuse_if(Reason("missing", name) for name in ("address", "words") if not getattr(found, name).strip())
    with house.writing(actor) as deed:
        place = find_place(house, deed.connection, found.channel, found.purpose, found.account)
        asked = ask(deed, place, named, deed.today, "found", UNKNOWN_WORDS) if named else ()
        row = _found_post(deed, place, found.address.strip())
        known = _known(deed, asked)
        for each in known:
            deed.ledger.insert(post_image, id=new_id(secrets.token_bytes), post_id=row.id, image_id=each.image)
        rest_on(deed, row.id, known)
        takedown_id = flag(deed, row, "no-consent", queue=Role.PRIVACY_OFFICER)
        first = named[0] if named else None
        incident_id = open_incident(deed, "post-without-consent", row.id, first, found.words)
        ids = {"post": row.id, "takedown": takedown_id, "incident": incident_id}
        deed.enter("incident.report", about(place, asked, **ids))
        return incident_id


def _known(deed: Deed, asked: Sequence[Asked]) -> list[Asked]:
    return [each for each in asked if images.find(deed.connection, each.image) is not None]


def _found_post(deed: Deed, place: Place, address: str) -> Row[Any]:
    """A post that was found stands in the books as flagged; its finder is named where others have a planner."""
    post_id, key_id = new_id(secrets.token_bytes), deed.new_key()
    return deed.ledger.insert(
        post,
        id=post_id,
        channel=place.channel,
        account=place.account,
        account_id=place.account_id,
        purpose=place.purpose,
        state="flagged",
        key_id=key_id,
        caption=None,
        checklist={"found": True},
        planned_by=deed.actor.id,
        planned_at=deed.now,
        approved_by=None,
        approved_at=None,
        approved_alone=False,
        address=deed.encrypt(key_id, "post", post_id, "address", address),
        recipient=None,
        posted_at=None,
        recorded_by=None,
        recorded_at=None,
        flagged_at=deed.now,
    )


def report_recorded(house: House, actor: Actor, post_id: str, words: str) -> str:
    """Report a post that is on record as one without a valid consent; return the incident's ID.

    Raises: Refused: role, missing, post-not-out; NotFound.
    """
    actor.must(Act.REPORT_INCIDENT)
    if not words.strip():
        raise Refused(Reason("missing", "words"))
    with house.writing(actor) as deed:
        row = posts.find_post(deed.connection, post_id)
        if row is None:
            raise NotFound
        if row.state not in posts.OUT:
            raise Refused(Reason("post-not-out"))
        takedown_id = flag(deed, row, "no-consent", queue=Role.PRIVACY_OFFICER)
        incident_id = open_incident(deed, "post-without-consent", post_id, words=words)
        deed.enter("incident.report", {"post": post_id, "takedown": takedown_id, "incident": incident_id})
        return incident_id


def close(house: House, actor: Actor, incident_id: str, finding: str, words: str) -> None:
    """Close an incident with the privacy officer's finding and his reasons; its takedown goes on by itself.

    Writes: incident, task; the reasons encrypted beside the custody entry.
    Raises: Refused: role, incident-closed, finding-missing, missing; NotFound.
    """
    actor.must(Act.HANDLE_INCIDENT)
    with house.writing(actor) as deed:
        row = posts.find_incident(deed.connection, incident_id)
        if row is None:
            raise NotFound
        if row.state != "open":
            raise Refused(Reason("incident-closed"))
        found = [] if finding in FINDINGS else [Reason("finding-missing", "finding")]
        refuse_if([*found, *([] if words.strip() else [Reason("missing", "words")])])
        deed.ledger.update(
            incident, incident_id, state="closed", finding=finding, closed_by=actor.id, closed_at=deed.now
        )
        tasks.settle(deed, breach_task(incident_id), finding)
        deed.enter("incident.close", {"incident": incident_id, "finding": finding}, words.strip())


def listed(house: House, actor: Actor) -> tuple[Incident, ...]:
    """Return the incidents, the open ones first; nothing is opened. Raises: Refused('role')."""
    actor.must(Act.SEE_INCIDENTS)
    with house.reading() as connection:
        return tuple(_incident(row) for row in posts.incidents(connection, SHOWN_AT_ONCE))


def opened(house: House, actor: Actor, incident_id: str) -> Incident:
    """Open one incident with its words and the post's address; that somebody looked is an entry.

    Raises: Refused('role'), NotFound.
    """
    actor.must(Act.SEE_INCIDENTS)
    with house.writing(actor) as deed:
        row = posts.find_incident(deed.connection, incident_id)
        if row is None:
            raise NotFound
        where = posts.find_post(deed.connection, row.post_id) if row.post_id else None
        words = _words(house, deed, "incident", row, "note")
        address = _words(house, deed, "post", where, "address") if where else ""
        deed.enter("incident.open", {"incident": incident_id, "post": row.post_id})
        return _incident(row, words, address)


def _words(house: House, deed: Deed, table: str, row: Row[Any], column: str) -> str:
    token = row._mapping[column]
    return "" if token is None else open_text(house, deed.connection, table, row.id, column, token)


def _incident(row: Row[Any], words: str = "", address: str = "") -> Incident:
    return Incident(
        id=row.id,
        kind=row.kind,
        state=row.state,
        post=row.post_id,
        image=row.image_id,
        opened_by=row.opened_by,
        opened_at=row.opened_at,
        finding=row.finding,
        closed_at=row.closed_at,
        words=words,
        address=address,
    )
