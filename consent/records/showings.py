"""Planned posts shown to the patient first: what was shown, what he said, and what of it counts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from consent.records.tables.consents import consent
from consent.records.tables.showings import showing, showing_tablet
from consent.rules.identifiers import ConsentId, ImageId
from consent.rules.posting_facts import ConsentFacts, Shown

ANSWERED = ("agreed", "declined")


def find(connection: Connection, showing_id: str) -> Row[Any] | None:
    """Return the showing, or None."""
    return connection.execute(sa.select(showing).where(showing.c.id == showing_id)).one_or_none()


def open_of(connection: Connection, consent_id: str) -> Sequence[Row[Any]]:
    """Return what waits to be shown to the patient of this consent, oldest first."""
    wanted = sa.select(showing).where(showing.c.consent_id == consent_id, showing.c.state == "open")
    return connection.execute(wanted.order_by(showing.c.planned_at, showing.c.id)).all()


def asked_of(connection: Connection, consent_id: str) -> Sequence[Row[Any]]:
    """Return what the patient of this consent is or was asked about, without what was given up; oldest first."""
    wanted = sa.select(showing).where(showing.c.consent_id == consent_id, showing.c.state.in_(("open", *ANSWERED)))
    return connection.execute(wanted.order_by(showing.c.planned_at, showing.c.id)).all()


def counting_of(connection: Connection, consent_ids: Collection[str]) -> Sequence[Row[Any]]:
    """Return the showings of these consents that wait or were agreed to."""
    wanted = sa.select(showing).where(
        showing.c.consent_id.in_(tuple(consent_ids)), showing.c.state.in_(("open", "agreed"))
    )
    return connection.execute(wanted.order_by(showing.c.planned_at, showing.c.id)).all()


def newest(connection: Connection, limit: int) -> Sequence[Row[Any]]:
    """Return the newest showings."""
    wanted = sa.select(showing).order_by(showing.c.planned_at.desc(), showing.c.id)
    return connection.execute(wanted.limit(limit)).all()


def with_agreed(connection: Connection, facts: Mapping[ConsentId, ConsentFacts]) -> Mapping[ConsentId, ConsentFacts]:
    """Return the facts with what each person has seen and agreed to. Most want nothing shown and cost nothing."""
    asking = [each.id for each in facts.values() if each.show_first_open or each.recontact_open]
    if not asking:
        return facts
    wanted = (
        sa.select(showing, consent.c.recontact_at)
        .join(consent, consent.c.id == showing.c.consent_id)
        .where(showing.c.consent_id.in_(asking), showing.c.state.in_(ANSWERED))
        .order_by(showing.c.answered_at, showing.c.state, showing.c.id)
    )
    # The last word about exactly this post counts, whichever it was; of two at one instant, the no.
    last: dict[tuple[str, Shown], Row[Any]] = {}
    for row in connection.execute(wanted):
        for image in row.images:
            shown = Shown(ImageId(image), row.channel, row.purpose, row.account, row.caption_mark)
            last[row.consent_id, shown] = row
    agreed: dict[str, set[Shown]] = {each: set() for each in asking}
    for (whose, shown), row in last.items():
        if row.state == "agreed":
            again = row.recontact_at is not None and row.answered_at >= row.recontact_at
            agreed[whose].add(replace(shown, asked_again=again))
    return {**facts, **{each: replace(facts[each], agreed=frozenset(agreed[each])) for each in asking}}


def keep_tablet(connection: Connection, **values: Any) -> None:
    """Write down that a tablet is with a patient."""
    connection.execute(sa.insert(showing_tablet).values(**values))


def find_tablet(connection: Connection, tablet_id: str) -> Row[Any] | None:
    """Return the tablet, or None."""
    return connection.execute(sa.select(showing_tablet).where(showing_tablet.c.id == tablet_id)).one_or_none()


def tablet_behind(connection: Connection, token_hash: str) -> str | None:
    """Return the ID of the tablet behind this token, while it is with the patient."""
    wanted = sa.select(showing_tablet.c.id).where(
        showing_tablet.c.token_hash == token_hash, showing_tablet.c.state == "open"
    )
    return connection.execute(wanted).scalar_one_or_none()


def end_tablets(connection: Connection, consent_id: str) -> None:
    """Take back every tablet that is with the patient of this consent: their tokens open nothing any more."""
    still = sa.and_(showing_tablet.c.consent_id == consent_id, showing_tablet.c.state == "open")
    connection.execute(sa.update(showing_tablet).where(still).values(state="ended"))


def change_tablet(connection: Connection, tablet_id: str, **values: Any) -> None:
    """Change how it stands with a tablet."""
    connection.execute(sa.update(showing_tablet).where(showing_tablet.c.id == tablet_id).values(**values))
