"""Look at a picture item by item, and say how many people are in it. Until then it does not count.

Source: domain sections 3.3, 3.4; rule 34.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from sqlalchemy.engine import Row

from consent.acts import flagging, shelf
from consent.acts.actor import Actor
from consent.acts.house import Deed, House
from consent.records import images
from consent.records.tables.images import image, image_person
from consent.rules.access import Act
from consent.rules.identifiers import new_id
from consent.rules.refusal import NotFound, Reason, Refused, refuse_if
from consent.rules.review import ITEMS, objections


def review(  # noqa: PLR0917 - what was found, and who is there
    house: House,
    actor: Actor,
    image_id: str,
    answers: Mapping[str, str],
    recognisable: int | None,
    others: int | None,
    reason: str = "",
) -> None:
    """Record that somebody looked, and who is in the picture: `recognisable` people, and `others` who are not.

    A picture shows somebody even where nobody can be recognised: there is always one person at least. People
    may be added later at any time; only those about whom nothing is settled can be taken away again. Where a
    post is live and somebody is added, the post is flagged.
    Raises: NotFound; Refused: role, reason-needed, picture-not-in-use, people-already-settled, and as
        `rules.review.objections`.
    """
    actor.must(Act.REVIEW_IMAGE)
    refuse_if(objections(answers, recognisable, others))
    if recognisable is None or others is None:
        raise NotFound  # cannot be: the rule has refused it
    with house.writing(actor) as deed:
        row = shelf.in_use(deed.connection, actor, image_id, reason)
        added = _fit(deed, row, True, recognisable)
        added += _fit(deed, row, False, others if recognisable else max(others, 1))
        deed.ledger.update(
            image,
            row.id,
            review={item.value: answers[item] for item in ITEMS},
            people_count=recognisable,
            reviewed_by=actor.id,
            reviewed_at=deed.now,
        )
        if added:
            _flag_posts(deed, row.id)
        shelf.settle(deed, row.id)
        about = {"image": row.id, "recognisable": recognisable, "others": others}
        deed.enter("image.review", about, reason.strip() or None)


def mark_no_consent(house: House, actor: Actor, image_id: str, person_id: str, reason: str = "") -> None:
    """Record that this person does not consent, or cannot be asked: every verdict on the picture is no.

    Raises: NotFound; Refused: role, reason-needed, picture-not-in-use, picture-is-linked.
    """
    actor.must(Act.LINK_IMAGE)
    with house.writing(actor) as deed:
        row = shelf.in_use(deed.connection, actor, image_id, reason)
        person = find_person(deed, row.id, person_id)
        if person.no_consent:
            deed.nothing()
            return
        if any(link.person_id == person.id for link in images.links(deed.connection, row.id)):
            raise Refused(Reason("picture-is-linked"))
        deed.ledger.update(image_person, person.id, no_consent=True, marked_by=actor.id, marked_at=deed.now)
        _flag_posts(deed, row.id)
        shelf.settle(deed, row.id)
        deed.enter("image.no-consent", {"image": row.id, "person": person.id}, reason.strip() or None)


def find_person(deed: Deed, image_id: str, person_id: str) -> Row[Any]:
    """Return one person in an image. Raises: NotFound."""
    found = [each for each in images.people(deed.connection, image_id) if each.id == person_id]
    if not found:
        raise NotFound
    return found[0]


def _fit(deed: Deed, row: Row[Any], recognisable: bool, wanted: int) -> int:
    """Make as many people of one kind as were counted; return how many were added."""
    everybody = images.people(deed.connection, row.id)
    present = [each for each in everybody if each.recognisable == recognisable]
    linked = {link.person_id for link in images.links(deed.connection, row.id)}
    free = [each for each in present if not each.no_consent and each.id not in linked]
    surplus = len(present) - wanted
    if surplus > len(free):
        raise Refused(Reason("people-already-settled", "recognisable" if recognisable else "others"))
    for each in free[::-1][: max(surplus, 0)]:
        deed.ledger.update(image_person, each.id, dropped_at=deed.now)
    last = max((each.position for each in everybody), default=0) + (0 if recognisable else 100)
    for step in range(1, -surplus + 1):
        deed.ledger.insert(
            image_person,
            id=new_id(secrets.token_bytes),
            image_id=row.id,
            position=last + step,
            recognisable=recognisable,
            no_consent=False,
            marked_by=deed.actor.id,
            marked_at=deed.now,
        )
    return max(-surplus, 0)


def _flag_posts(deed: Deed, image_id: str) -> None:
    posts = images.posts_with(deed.connection, image_id)
    flagging.flag_visible(deed, posts, "no-consent")
    for each in posts:
        flagging.open_incident(deed, "post-without-consent", each.id, image_id)
