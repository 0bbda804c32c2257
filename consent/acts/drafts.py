"""A draft opened for a change: by whom it may be changed, and that a hand-over under way ends with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.engine import Row

from consent.acts.actor import Actor
from consent.acts.house import Deed, House
from consent.acts.link_ends import end_links
from consent.records import consents
from consent.records.tables.consents import consent
from consent.rules.access import Act, Opening, may_open
from consent.rules.identifiers import StaffId, UnitId
from consent.rules.refusal import NotFound, Reason, Refused

UNSIGNED = ("draft", "handed-over")
# A submission that has not come back after this long has died.
CLAIM_LASTS = timedelta(minutes=2)


def editable(deed: Deed, actor: Actor, consent_id: str) -> Row[Any]:
    """Return an unsigned consent of this person or his unit; a hand-over or a link that is under way ends.

    Raises: NotFound; Refused: other-unit, not-a-draft, signing-now.
    """
    row = consents.find(deed.connection, consent_id)
    if row is None:
        raise NotFound
    if opening(actor, row) is not Opening.FREELY:
        raise Refused(Reason("other-unit"))
    if row.status not in UNSIGNED:
        raise Refused(Reason("not-a-draft"))
    session = consents.session_of(deed.connection, consent_id)
    if session is not None and session.state == "claimed" and is_held(session.claimed_at, deed.now):
        raise Refused(Reason("signing-now"))
    if session is not None:
        consents.change_session(
            deed.connection, session.id, ("open", "claimed"), state="ended", claim=None, ended_at=deed.now
        )
    end_links(deed, consent_id)
    return row


def is_held(claimed_at: datetime, now: datetime) -> bool:
    """Say whether a submission may still be at work on a session that it claimed then.

    A time that lies ahead was written under a wrong clock: it holds nothing for longer.
    """
    return abs(now - claimed_at) < CLAIM_LASTS


def opening(actor: Actor, row: Row[Any], reason: str = "") -> Opening:
    """Say whether this person may open what another, or another unit, has made: freely, or for a reason."""
    return may_open(
        actor=StaffId(actor.id),
        actor_unit=UnitId(actor.unit) if actor.unit else None,
        roles=(),
        created_by=row.made_by,
        record_unit=row.unit or None,
        reason=reason,
    )


@contextmanager
def editing(house: House, actor: Actor, consent_id: str, part: str) -> Iterator[tuple[Deed, Row[Any]]]:
    """Give the draft to change; afterwards it is a draft again, and custody says which part was changed.

    Raises: NotFound; Refused: role, other-unit, not-a-draft, signing-now.
    """
    actor.must(Act.EDIT_DRAFT)
    with house.writing(actor) as deed:
        row = editable(deed, actor, consent_id)
        yield deed, row
        if row.status != "draft":
            deed.ledger.update(consent, row.id, status="draft")
        deed.enter("consent.edit", {"consent": row.id, "patient": row.patient_id, "part": part})
