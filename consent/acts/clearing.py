"""The privacy officer finds that a picture tells nothing about anybody: 18 identifiers, and nothing known beyond.

Source: 45 CFR 164.514(b)(2); domain rule 36.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from consent.acts import shelf
from consent.acts.actor import Actor
from consent.acts.house import House
from consent.records import images
from consent.records.tables.images import image_clearance
from consent.rules.access import Act, is_second_person
from consent.rules.clearance import IDENTIFIERS, KNOWLEDGE, objections
from consent.rules.identifiers import StaffId, new_id
from consent.rules.refusal import Reason, Refused, refuse_if


def clear(house: House, actor: Actor, image_id: str, answers: Mapping[str, str], rare: bool) -> str:
    """Record that none of the 18 identifiers is in the picture and nothing more is known; return the check's ID.

    `rare`: a rare or unique case, which alone may tell who it is: it counts after a second reviewer only.
    Raises: NotFound; Refused: role, picture-not-in-use, review-first, somebody-recognisable, already-cleared,
        identifier-not-looked-for, identifier-present.
    """
    actor.must(Act.CLEAR_IMAGE)
    refuse_if(objections(answers))
    with house.writing(actor) as deed:
        row = shelf.in_use(deed.connection, actor, image_id)
        if row.reviewed_at is None:
            raise Refused(Reason("review-first"))
        if row.people_count != 0:
            raise Refused(Reason("somebody-recognisable"))
        if images.find_clearance(deed.connection, row.id) is not None:
            raise Refused(Reason("already-cleared"))
        made = deed.ledger.insert(
            image_clearance,
            id=new_id(secrets.token_bytes),
            image_id=row.id,
            answers={code: answers[code] for code in (*IDENTIFIERS, KNOWLEDGE)},
            rare=rare,
            reviewed_by=actor.id,
            reviewed_at=deed.now,
        )
        shelf.settle(deed, row.id)
        deed.enter("image.clear", {"image": row.id, "clearance": made.id, "rare": rare})
        return str(made.id)


def second(house: House, actor: Actor, image_id: str) -> None:
    """Agree, as another reviewer, that a rare case tells nothing either.

    Raises: Refused: role, not-cleared, no-second-needed, second-person-needed.
    """
    actor.must(Act.CLEAR_IMAGE)
    with house.writing(actor) as deed:
        row = shelf.in_use(deed.connection, actor, image_id)
        found = images.find_clearance(deed.connection, row.id)
        if found is None:
            raise Refused(Reason("not-cleared"))
        if not found.rare or found.second_reviewed_at is not None:
            raise Refused(Reason("no-second-needed"))
        if not is_second_person(StaffId(found.reviewed_by), StaffId(actor.id)):
            raise Refused(Reason("second-person-needed"))
        deed.ledger.update(image_clearance, found.id, second_reviewed_by=actor.id, second_reviewed_at=deed.now)
        shelf.settle(deed, row.id)
        deed.enter("image.clear-second", {"image": row.id, "clearance": found.id})
