"""Time-stamps of an authority on sealed files, and under whose certificates they are good."""

from __future__ import annotations

import sqlalchemy as sa

from consent.records.base import at, key, metadata, number, ref, text

# A later version of a sealed file is a document of its own: the same bytes, and a time-stamp after them.
stamp = sa.Table(
    "stamp",
    metadata,
    sa.Column("id", sa.Text, sa.ForeignKey("document.id"), primary_key=True),  # the stamped version's document
    ref("consent_id", "consent.id"),
    # The version before: each is followed by one at most, so that two at the same work cannot both finish it.
    sa.Column("follows", sa.Text, sa.ForeignKey("document.id"), nullable=False, unique=True),
    at("stamped_at"),  # the authority's time
    at("ends_at", index=True),  # when the first certificate of the stamp's chain ends
    at("made_at"),
)

# Every root that an authority's stamp was ever taken under: what it stamped stays good when the next one takes over.
stamp_root = sa.Table(
    "stamp_root",
    metadata,
    key(),  # its fingerprint: SHA-256 of its DER form, in hex
    text("pem"),
    at("kept_at"),
)

# Whose turn it is to ask, and for how long nobody does: the authority itself, or one document. No record of anything.
stamp_turn = sa.Table(
    "stamp_turn",
    metadata,
    key("name"),  # authority, or document.id
    number("tries"),
    at("next_at"),
    at("since", null=True),  # when it began to fail
    text("error", null=True),
)
