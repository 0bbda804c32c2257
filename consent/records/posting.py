"""What the posting rule is handed, in few queries whose cost does not grow with the archive.

Every statement is built once and asks by primary key or index; with `images.image_facts` a verdict is four of them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from consent.records.custody import Head
from consent.records.prepared import Prepared, PreparedForIds
from consent.records.tables.consents import consent, consent_answer, withdrawn_image
from consent.records.tables.custody import custody
from consent.records.tables.organisation import organisation
from consent.records.tables.ways import spoken
from consent.rules.expiry import last_good_day
from consent.rules.identifiers import ConsentId, ImageId
from consent.rules.posting_facts import ConsentFacts
from consent.rules.scope import Permission, permission


def _happened(moment: sa.ColumnElement[Any], name: str) -> sa.Label[Any]:
    """Ask whether, not when: a number that is true or not, which needs no reading."""
    return sa.type_coerce(moment.is_not(None), sa.Integer).label(name)


_CONSENT_COLUMNS = (
    consent.c.id,
    consent.c.status,
    consent.c.form,
    consent.c.form_version,
    consent.c.asked,
    consent.c.signed_at,
    consent.c.signer,
    consent.c.method,
    consent.c.expires_on,
    consent.c.event_confirmed_on,
    consent.c.majority_on,
    _happened(consent.c.suspended_at, "suspended"),
    _happened(consent.c.revoked_at, "revoked"),
    _happened(consent.c.void_at, "voided"),
    _happened(consent.c.recontact_at, "recontact"),
    _happened(consent.c.spoken_at, "spoken"),
)
_CONSENTS = PreparedForIds(lambda ids: sa.select(*_CONSENT_COLUMNS).where(consent.c.id.in_(ids)), _CONSENT_COLUMNS)

_ANSWER_COLUMNS = (
    consent_answer.c.consent_id,
    consent_answer.c.kind,
    consent_answer.c.code,
    sa.type_coerce(consent_answer.c.answer, sa.Integer).label("answer"),
    _happened(consent_answer.c.withdrawn_at, "withdrawn"),
)
_ANSWERS = PreparedForIds(
    lambda ids: sa.union_all(
        sa.select(*_ANSWER_COLUMNS).where(consent_answer.c.consent_id.in_(ids)),
        sa.select(
            withdrawn_image.c.consent_id,
            sa.literal_column("'image'"),
            withdrawn_image.c.image_id,
            sa.true(),
            sa.true(),
        ).where(withdrawn_image.c.consent_id.in_(ids)),
    ),
    _ANSWER_COLUMNS,
)

_POLICY = sa.select(organisation.c.policy).order_by(organisation.c.version.desc()).limit(1).scalar_subquery()
_NEWEST = custody.alias("newest")
_STATE = (
    _POLICY.label("policy"),
    sa.select(sa.func.max(custody.c.at)).scalar_subquery().label("latest"),
    _NEWEST.c.number,
    _NEWEST.c.hash,
)
_CIRCUMSTANCES = Prepared(sa.select(*_STATE).order_by(_NEWEST.c.number.desc()).limit(1), _STATE)


@dataclass
class _Answers:
    asked: set[tuple[str, str]] = field(default_factory=set)
    allowed: set[tuple[str, str]] = field(default_factory=set)
    withdrawn: set[tuple[str, str]] = field(default_factory=set)
    images: set[ImageId] = field(default_factory=set)


@dataclass(frozen=True)
class Circumstances:
    """The policy in force, custody's newest entry, and the latest time in it: a clock before that is wrong, or was."""

    policy: dict[str, Any]
    latest_at: datetime | None
    head: Head | None


def circumstances(connection: Connection) -> Circumstances:
    """Return in what circumstances a question is asked. Before the first entry in custody there is no policy."""
    rows = _CIRCUMSTANCES.run(connection, {})
    if not rows:
        return Circumstances({}, None, None)
    (row,) = rows
    return Circumstances(dict(row.policy or {}), row.latest, Head(row.number, row.hash))


def consent_facts(connection: Connection, consent_ids: Collection[ConsentId]) -> dict[ConsentId, ConsentFacts]:
    """Return what the rule must know of each consent, alive or dead. Who is not on record is not in it."""
    if not consent_ids:
        return {}
    answers: dict[str, _Answers] = {}
    for consent_id, kind, code, answer, withdrawn in _ANSWERS.run(connection, consent_ids):
        found = answers.get(consent_id)
        if found is None:
            found = answers[consent_id] = _Answers()
        if kind == "image":
            found.images.add(ImageId(code))
            continue
        key = (kind, code)
        found.asked.add(key)
        if answer:
            found.allowed.add(key)
        if withdrawn:
            found.withdrawn.add(key)
    found_rows = _CONSENTS.run(connection, consent_ids)
    facts = {ConsentId(row.id): _consent(row, answers.get(row.id) or _Answers()) for row in found_rows}
    # Rare, so that only who needs it pays for it.
    said = (ConsentId(row.id) for row in found_rows if row.spoken and row.signed_at is None)
    return facts | {each: _spoken(connection, facts[each]) for each in said}


def _spoken(connection: Connection, facts: ConsentFacts) -> ConsentFacts:
    """Return the facts of a consent that was only said, with what was said last."""
    wanted = sa.select(spoken).where(spoken.c.consent_id == facts.id, spoken.c.state == "heard")
    row = connection.execute(wanted.order_by(spoken.c.spoken_at.desc(), spoken.c.id).limit(1)).one_or_none()
    if row is None:
        return facts
    return replace(
        facts,
        asked=frozenset((kind, code) for kind, code, _ in row.answers),
        allowed=frozenset((kind, code) for kind, code, said in row.answers if said),
        expires_on=row.expires_on,
        spoken_at=row.spoken_at,
        show_first_open=any(
            (kind, code) == permission(Permission.SHOW_FIRST) and yes for kind, code, yes in row.answers
        ),
    )


def _consent(row: Any, answers: _Answers) -> ConsentFacts:
    return ConsentFacts(
        id=ConsentId(row.id),
        signed_at=row.signed_at,
        asked=frozenset(answers.asked.union(map(tuple, row.asked))),
        allowed=frozenset(answers.allowed),
        form=(row.form, row.form_version),
        withdrawn=frozenset(answers.withdrawn),
        withdrawn_images=frozenset(answers.images),
        revoked=bool(row.revoked) or row.status == "revoked",
        suspended=bool(row.suspended),
        void=bool(row.voided) or row.status == "void",
        expires_on=last_good_day(row.expires_on, row.event_confirmed_on),
        majority_on=row.majority_on,
        signed_by_representative=row.signer not in (None, "patient"),
        unchecked_paper=row.status == "paper",
        # A wish to be shown first that was withdrawn stays: a withdrawal never turns a no into a yes.
        recontact_open=bool(row.recontact),
        show_first_open=permission(Permission.SHOW_FIRST) in answers.allowed,
    )
