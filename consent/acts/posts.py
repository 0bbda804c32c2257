"""A post, from the checklist to its address. Recording it asks the rule again, and what is out is never hidden."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Row

from consent.acts import interest
from consent.acts.actor import Actor
from consent.acts.chasing import settle_chase
from consent.acts.flagging import flag, open_incident
from consent.acts.house import Deed, House
from consent.acts.verdicts import Asked, Place, about, ask, find_place, objections, place_kept, rest_on
from consent.records import posting as facts
from consent.records import posts
from consent.records.tables.posts import post, post_image
from consent.records.tables.posts import release as release_table
from consent.rules.access import Act, Role
from consent.rules.caption import Finding, scan_caption
from consent.rules.checklist import (
    ASKED,
    PostRecord,
    Tick,
    approval_objections,
    checklist_objections,
    record_objections,
)
from consent.rules.identifiers import ImageId, StaffId, new_id, parse_image_id
from consent.rules.refusal import NotFound, Reason, Refused, refuse_if
from consent.rules.scope import ORGANISATION
from consent.vault.fingerprints import caption_mark

OPEN_STATES = ("planned", "approved")
LONGEST_CAPTION = 5000


@dataclass(frozen=True)
class Plan:
    """What is to be posted, as it was typed. `ticks`: checklist item to yes, no or not-applicable."""

    images: Sequence[str]
    channel: str
    purpose: str
    account: str | None
    caption: str
    ticks: Mapping[str, str]
    interest_reason: str = ""
    """Why whoever took the consent posts too, or has it on his account."""


@dataclass(frozen=True)
class Planned:
    """A post that waits for its approval, and what in its caption a reader should look at again."""

    id: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Record:
    """What is written down once it is out. `contact` is how to reach the outside recipient."""

    address: str
    posted_at: datetime | None
    recipient: str = ""
    contact: str = ""
    interest_reason: str = ""


@dataclass(frozen=True)
class Recorded:
    """What became of it: `live`, or `flagged` with its incident, when it was out without a valid consent."""

    state: str
    incident: str | None = None


def plan(house: House, actor: Actor, proposed: Plan) -> Planned:
    """Plan a post: the rule says yes today and the checklist is complete. A caption's warnings are kept, not obeyed.

    Writes: look_up, post, post_image; one custody entry, also of a no.
    Raises: BadIdentifier; Refused: role, missing, channel-unknown, purpose-unknown, item-...,
    verdict-..., interest-reason-missing.
    """
    actor.must(Act.PLAN_POST)
    images = tuple(dict.fromkeys(parse_image_id(each) for each in proposed.images))
    ticks = {
        item.code: Tick(proposed.ticks[item.code]) for item in ASKED if proposed.ticks.get(item.code) in tuple(Tick)
    }
    found = [] if images else [Reason("missing", "images")]
    if len(proposed.caption) > LONGEST_CAPTION:
        found.append(Reason("caption-too-long", "caption"))
    refuse_if([*found, *checklist_objections(ticks)])
    findings = scan_caption(proposed.caption)
    with house.writing(actor) as deed:
        place = find_place(house, deed.connection, proposed.channel, proposed.purpose, proposed.account)
        asked = ask(deed, place, images, deed.today, "plan", caption_mark(house.keyring, proposed.caption))
        refused = objections(asked)
        post_id = new_id(secrets.token_bytes)
        if refused:
            deed.enter("post.plan-refuse", about(place, asked))
        else:
            why = interest.reason_for(deed, place, asked, proposed.interest_reason)
            checklist = _checklist(deed, ticks, findings, asked) | ({interest.SAID: actor.id} if why else {})
            _insert(deed, post_id, place, images, caption=proposed.caption, checklist=checklist)
            deed.enter("post.plan", about(place, asked, post=post_id, warnings=len(findings)), why)
    refuse_if(refused)
    return Planned(post_id, findings)


def _checklist(
    deed: Deed, ticks: Mapping[str, Tick], findings: Sequence[Finding], asked: Sequence[Asked]
) -> dict[str, Any]:
    """Each answer with who gave it and when; the program answers for what it has asked itself."""
    when = deed.now.isoformat()
    answers: dict[str, Any] = {
        code: {"answer": Tick.YES.value, "by": "program", "at": when}
        for code in ("verdict-yes", "consent-in-force", "shown-first")
    }
    answers |= {code: {"answer": tick.value, "by": deed.actor.id, "at": when} for code, tick in ticks.items()}
    conditions = dict.fromkeys(condition.value for each in asked for condition in each.verdict.conditions)
    return answers | {"caption-warnings": [each.code.value for each in findings], "conditions": list(conditions)}


def _insert(
    deed: Deed, post_id: str, place: Place, images: Sequence[ImageId], *, caption: str, checklist: dict[str, Any]
) -> None:
    key_id = deed.new_key()
    deed.ledger.insert(
        post,
        id=post_id,
        channel=place.channel,
        account=place.account,
        account_id=place.account_id,
        purpose=place.purpose,
        state="planned",
        key_id=key_id,
        caption=deed.encrypt(key_id, "post", post_id, "caption", caption) if caption else None,
        caption_mark=caption_mark(deed.house.keyring, caption),
        checklist=checklist,
        planned_by=deed.actor.id,
        planned_at=deed.now,
        approved_by=None,
        approved_at=None,
        approved_alone=False,
        address=None,
        recipient=None,
        posted_at=None,
        recorded_by=None,
        recorded_at=None,
        flagged_at=None,
    )
    for image in images:
        deed.ledger.insert(post_image, id=new_id(secrets.token_bytes), post_id=post_id, image_id=image)


def approve(house: House, actor: Actor, post_id: str) -> None:
    """Approve a planned post as a second person. In a one-person clinic the poster may, and custody says so.

    Raises: Refused: role, post-not-planned, second-approver-needed; NotFound.
    """
    actor.must(Act.APPROVE_POST)
    with house.writing(actor) as deed:
        row = _find(deed, post_id)
        if row.state != "planned":
            raise Refused(Reason("post-not-planned"))
        refuse_if(_approval(deed, row.planned_by, actor.id))
        alone = row.planned_by == actor.id
        deed.ledger.update(
            post, post_id, state="approved", approved_by=actor.id, approved_at=deed.now, approved_alone=alone
        )
        deed.enter("post.approve", {"post": post_id, "alone": alone})


def _approval(deed: Deed, poster: str, approver: str | None) -> tuple[Reason, ...]:
    policy = facts.circumstances(deed.connection).policy
    approvers = frozenset({StaffId(approver)} if approver else ())
    return approval_objections(StaffId(poster), approvers, one_person_clinic=policy.get("one_person_clinic") is True)


def drop(house: House, actor: Actor, post_id: str) -> None:
    """Give up a plan that was not posted. Raises: Refused: role, post-not-planned; NotFound."""
    actor.must(Act.PLAN_POST)
    with house.writing(actor) as deed:
        if _find(deed, post_id).state not in OPEN_STATES:
            raise Refused(Reason("post-not-planned"))
        deed.ledger.update(post, post_id, state="dropped")
        deed.enter("post.drop", {"post": post_id})


def record(house: House, actor: Actor, post_id: str, written: Record, *, already_out: bool = False) -> Recorded:
    """Write down that a planned post is out. The rule is asked again: what changed since the plan counts.

    On a no it is refused, unless `already_out`: then the truth is kept, the post is flagged, and the privacy
    officer has an incident. Releases of its images for this place are settled by it.
    Writes: look_up, post, post_consent, release, perhaps takedown, incident, task; one custody entry.
    Raises: Refused: role, post-not-approved, second-approver-needed, missing, address-not-a-link, time-in-future,
    interest-reason-missing, verdict-... (the question is kept); NotFound.
    """
    actor.must(Act.RECORD_POST)
    with house.writing(actor) as deed:
        row = _find(deed, post_id)
        if row.state not in OPEN_STATES:
            raise Refused(Reason("post-settled"))
        place = place_kept(deed.connection, row)
        images = tuple(ImageId(each) for each in posts.images_of(deed.connection, post_id))
        refuse_if(record_objections(_post_record(house, place, written, images), deed.now))
        asked = ask(deed, place, images, deed.today, "record", row.caption_mark)
        refused = objections(asked)
        if not refused:
            refuse_if(_unapproved(deed, row))
        if refused and not already_out:
            deed.enter("post.record-refuse", about(place, asked, post=post_id))
            done = None
        else:
            why = None if refused else interest.reason_for(deed, place, asked, written.interest_reason, row.checklist)
            done = _write(deed, row, place, asked, written, why=why)
    if done is None:
        raise Refused(refused)
    return done


def _unapproved(deed: Deed, row: Row[Any]) -> tuple[Reason, ...]:
    if row.state != "approved":
        return (Reason("post-not-approved"),)
    # Whoever records it is a poster too: his own approval does not carry it.
    return _approval(deed, deed.actor.id, row.approved_by)


def _post_record(house: House, place: Place, written: Record, images: tuple[ImageId, ...]) -> PostRecord:
    channel = house.forms.channels[place.channel]
    ours = not channel.outside and place.account == ORGANISATION
    recipient = written.recipient.strip() and written.contact.strip()
    return PostRecord(
        place.channel,
        place.account,
        written.address.strip(),
        written.posted_at,
        images,
        channel.accounts,
        ours,
        recipient,
    )


def _write(
    deed: Deed, row: Row[Any], place: Place, asked: Sequence[Asked], written: Record, *, why: str | None
) -> Recorded:
    valid = all(each.verdict.allowed for each in asked)
    outside = json.dumps({"name": written.recipient.strip(), "contact": written.contact.strip()})
    when = {"answer": Tick.YES.value, "by": deed.actor.id, "at": deed.now.isoformat()}
    approval = {**when, "answer": (Tick.YES if row.approved_by else Tick.NO).value, "by": row.approved_by}
    changed = deed.ledger.update(
        post,
        row.id,
        state="live",
        checklist=row.checklist | {"second-approver": approval, "post-recorded": when},
        address=deed.encrypt(row.key_id, "post", row.id, "address", written.address.strip()),
        recipient=deed.encrypt(row.key_id, "post", row.id, "recipient", outside) if written.recipient.strip() else None,
        posted_at=written.posted_at,
        recorded_by=deed.actor.id,
        recorded_at=deed.now,
    )
    rest_on(deed, row.id, asked)
    images = [each.image for each in asked]
    taken = posts.open_releases(deed.connection, images, place.channel, place.account, place.purpose)
    for each in taken:
        deed.ledger.update(release_table, each.id, post_id=row.id)
        settle_chase(deed, each.id)
    said = {"post": row.id, "release": [each.id for each in taken]}
    if valid:
        deed.enter("post.record", about(place, asked, **said), why)
        return Recorded("live")
    said["takedown"] = flag(deed, changed, "no-consent", queue=Role.PRIVACY_OFFICER)
    incident_id = open_incident(deed, "post-without-consent", row.id)
    deed.enter("post.record-without-consent", about(place, asked, **said, incident=incident_id))
    return Recorded("flagged", incident_id)


def _find(deed: Deed, post_id: str) -> Row[Any]:
    row = posts.find_post(deed.connection, post_id)
    if row is None:
        raise NotFound
    return row
