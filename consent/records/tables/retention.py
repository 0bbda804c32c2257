"""What is kept longer, and what is destroyed: by two people, when it is due."""

from __future__ import annotations

import sqlalchemy as sa

from consent.records.base import at, key, metadata, on, ref, text

legal_hold = sa.Table(
    "legal_hold",
    metadata,
    key(),
    ref("consent_id", "consent.id"),
    ref("set_by", "staff.id", index=False),
    at("set_at"),
    ref("lifted_by", "staff.id", null=True, index=False),
    at("lifted_at", null=True),
)

destruction = sa.Table(
    "destruction",
    metadata,
    key(),
    ref("consent_id", "consent.id"),
    text("rule"),  # retention
    on("due_on"),
    text("state", index=True),  # proposed | done | dropped
    ref("proposed_by", "staff.id", index=False),
    at("proposed_at"),
    ref("decided_by", "staff.id", null=True, index=False),
    at("decided_at", null=True),
)
