"""What stands on record about a sealed file, found by its hash."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from consent.records.tables.consents import consent, consent_answer, document, withdrawn_image


def by_hash(connection: Connection, sha256: str) -> Row[Any] | None:
    """Return the consent whose sealed file has this SHA-256 (hex), with `parts_withdrawn`; None if there is none."""
    return connection.execute(_asked().where(document.c.sha256 == sha256)).first()


def by_number(connection: Connection, number: str) -> Row[Any] | None:
    """Return the same for the signed consent with this short number; None if there is none."""
    return connection.execute(_asked().where(consent.c.number == number)).first()


def _asked() -> sa.Select[Any]:
    answers = sa.select(consent_answer.c.id).where(
        consent_answer.c.consent_id == consent.c.id, consent_answer.c.withdrawn_at.is_not(None)
    )
    images = sa.select(withdrawn_image.c.id).where(withdrawn_image.c.consent_id == consent.c.id)
    return (
        sa.select(
            consent.c.id,
            document.c.seal,
            document.c.made_at,
            consent.c.status,
            consent.c.suspended_at,
            consent.c.majority_on,
            consent.c.expires_on,
            consent.c.event_confirmed_on,
            consent.c.number,
            sa.or_(answers.exists(), images.exists()).label("parts_withdrawn"),
        )
        .join(document, document.c.consent_id == consent.c.id)
        # Later versions of a file (with a time stamp added) are documents of their own on the same consent.
        .where(document.c.kind == "consent")
    )
