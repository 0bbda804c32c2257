"""Staff, how they sign in, and what is kept for them for an hour."""

from __future__ import annotations

import sqlalchemy as sa

from consent.records.base import at, data, encrypted, key, metadata, number, ref, text

staff = sa.Table(
    "staff",
    metadata,
    key(),
    text("email", unique=True),
    text("name"),
    text("unit"),
    data("roles"),  # list of rules.access.Role values
    text("status"),  # invited | active | disabled
    text("password_hash", null=True),
    text("key_id", null=True),
    encrypted("totp_secret", null=True, version="totp_version"),
    number("totp_version", null=True),
    text("pin_hash", null=True),
    text("made_by"),
    at("made_at"),
)

# The last TOTP step taken: a code opens once. Apart from `staff`, which custody protects row by row.
totp_step = sa.Table("totp_step", metadata, key("staff_id"), number("step"))

staff_token = sa.Table(
    "staff_token",
    metadata,
    key(),
    ref("staff_id", "staff.id"),
    text("purpose"),  # first-admin | invite | reset-password | reset-second-factor
    text("token_hash", unique=True),
    text("made_by"),
    at("made_at"),
    at("expires_at"),
    at("used_at", null=True),
)

second_factor_reset = sa.Table(
    "second_factor_reset",
    metadata,
    key(),
    ref("staff_id", "staff.id"),
    ref("asked_by", "staff.id", index=False),
    at("asked_at"),
    ref("confirmed_by", "staff.id", null=True, index=False),
    at("confirmed_at", null=True),
)

recovery_code = sa.Table(
    "recovery_code",
    metadata,
    key(),
    ref("staff_id", "staff.id"),
    text("code_hash"),
    at("used_at", null=True),
)

staff_session = sa.Table(
    "staff_session",
    metadata,
    key(),
    ref("staff_id", "staff.id"),
    text("token_hash", unique=True),
    at("made_at"),
    at("seen_at"),
    at("second_factor_at", null=True),
    at("ended_at", null=True),
    text("ended_why", null=True),  # signed-out | idle | handed-over | disabled | everywhere
)

throttle = sa.Table(
    "throttle",
    metadata,
    key("what"),  # a purpose and a keyed hash, never an address or a name
    number("tries"),
    at("last_at"),
)

held = sa.Table(
    "held",
    metadata,
    key(),
    ref("staff_id", "staff.id"),
    text("kind"),  # form | file | paper/ID of the signing session that it was printed for
    text("key_id"),
    encrypted("content"),
    at("made_at"),
    at("expires_at"),
)
