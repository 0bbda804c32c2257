"""A planned post shown to the patient first, and the tablet on which he looks at it."""

from __future__ import annotations

import sqlalchemy as sa

from consent.records.base import at, data, encrypted, key, metadata, number, ref, text

showing = sa.Table(
    "showing",
    metadata,
    key(),
    ref("consent_id", "consent.id"),
    data("images"),  # image IDs: each is one version of one picture
    text("channel"),
    text("account"),
    text("account_id", null=True),
    text("purpose"),
    text("key_id"),
    encrypted("caption", null=True),
    text("caption_mark"),  # keyed fingerprint of the exact caption, which a post's must equal
    text("state", index=True),  # open | agreed | declined | ended
    ref("planned_by", "staff.id", index=False),
    at("planned_at"),
    at("shown_at", null=True),
    at("answered_at", null=True),
    text("answered_by", null=True),  # actor: the card's holder, or the tablet
    text("language", null=True),  # in which he was asked
    at("ended_at", null=True),
)

# Like a signing session: what a browser may open, not a record of what was decided.
showing_tablet = sa.Table(
    "showing_tablet",
    metadata,
    key(),
    ref("consent_id", "consent.id"),
    text("token_hash", unique=True),
    ref("handed_over_by", "staff.id", index=False),
    text("state"),  # open | ended
    text("language"),
    number("unlock_tries"),
    at("made_at"),
    at("seen_at", null=True),  # the last sign of somebody; see rules/left_alone.py
    at("warns_at", null=True),
    at("locked_at", null=True),
)
