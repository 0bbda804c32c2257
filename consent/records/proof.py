"""What stands on record about a sealed file, found by its hash."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from consent.records.stamps import SEALED, STAMPED
from consent.records.tables.consents import consent, consent_answer, document, withdrawn_image


def by_hash(connection: Connection, sha256: str) -> Row[Any] | None:
    """Return the consent of which a version of the sealed file has this SHA-256 (hex); None if there is none.

    With `parts_withdrawn`, when it was sealed (`made_at`), and the size of this version.
    """
    version = document.alias("version")
    wanted = _asked().add_columns(version.c.size.label("version_size"))
    wanted = wanted.join(version, version.c.consent_id == consent.c.id)
    return connection.execute(wanted.where(version.c.sha256 == sha256, version.c.kind.in_((SEALED, STAMPED)))).first()


def stored(connection: Connection, sha256: str) -> Row[Any] | None:
    """Return the row of the stored file, sealed or stamped, of which this is on record as the SHA-256 (hex)."""
    wanted = sa.select(document).where(document.c.sha256 == sha256, document.c.kind.in_((SEALED, STAMPED)))
    return connection.execute(wanted).first()


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
            consent.c.destroyed_at,
            sa.or_(answers.exists(), images.exists()).label("parts_withdrawn"),
        )
        .join(document, document.c.consent_id == consent.c.id)
        # Later versions of a file (with a time-stamp added) are documents of their own on the same consent.
        .where(document.c.kind == SEALED)
    )
