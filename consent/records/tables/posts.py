"""The question, the release, the post, and getting it down again."""

from __future__ import annotations

import sqlalchemy as sa

from consent.records.base import at, data, encrypted, flag, key, metadata, on, ref, text

look_up = sa.Table(
    "look_up",
    metadata,
    key(),
    text("asked_by"),
    at("asked_at"),
    text("image_id"),  # no foreign key: an unknown ID was asked about too
    text("how"),  # id | list | file | command | release | plan | record | found
    text("channel"),
    text("purpose"),
    text("account"),  # organisation, or account.id: how consents name it
    on("for_day"),
    flag("yes"),
    data("reasons"),
    data("conditions"),
    data("consents"),
)

release = sa.Table(
    "release",
    metadata,
    key(),
    ref("image_id", "image.id"),
    ref("look_up_id", "look_up.id", index=False),
    text("channel"),
    text("account"),
    text("account_id", null=True),  # which of the organisation's own accounts, where one was named
    text("purpose"),
    text("sha256", index=True),
    ref("taken_by", "staff.id", index=False),
    at("taken_at"),
    text("post_id", null=True),
    at("closed_at", null=True),
    text("closed_why", null=True),
)

post = sa.Table(
    "post",
    metadata,
    key(),
    text("channel"),
    text("account"),
    text("account_id", null=True),
    text("purpose"),
    text("state", index=True),  # planned | approved | live | review | flagged | gone | cannot-remove | dropped
    text("key_id"),
    encrypted("caption", null=True),
    text("caption_mark", null=True),  # keyed fingerprint: whether it is the caption that was shown first
    data("checklist"),
    ref("planned_by", "staff.id", index=False),
    at("planned_at"),
    ref("approved_by", "staff.id", null=True, index=False),
    at("approved_at", null=True),
    flag("approved_alone"),
    encrypted("address", null=True),
    encrypted("recipient", null=True),  # JSON: name and contact of a place that is not ours
    at("posted_at", null=True),
    ref("recorded_by", "staff.id", null=True, index=False),
    at("recorded_at", null=True),
    at("flagged_at", null=True),
)

post_image = sa.Table("post_image", metadata, key(), ref("post_id", "post.id"), ref("image_id", "image.id"))

post_consent = sa.Table(
    "post_consent",
    metadata,
    key(),
    ref("post_id", "post.id"),
    ref("consent_id", "consent.id"),
    ref("image_id", "image.id"),
)

takedown = sa.Table(
    "takedown",
    metadata,
    key(),
    ref("post_id", "post.id"),
    ref("revocation_id", "revocation.id", null=True),
    text("why"),  # revoked | expired | unlinked | void | majority | no-consent
    ref("owner_id", "staff.id", null=True),
    text("queue"),  # a role: who takes it when it has no owner
    at("flagged_at"),
    at("due_at", index=True),
    text("state", index=True),  # open | gone | cannot-remove
    text("key_id", null=True),
    encrypted("evidence", null=True),
    text("evidence_blob", null=True),
    text("evidence_sha256", null=True),
    text("cannot_why", null=True),  # a code of rules.takedown.Cause
    at("seen_at", null=True),
    ref("closed_by", "staff.id", null=True, index=False),
    at("closed_at", null=True),
    at("escalated_at", null=True),
)

incident = sa.Table(
    "incident",
    metadata,
    key(),
    text("kind"),  # post-without-consent | wrong-link
    ref("post_id", "post.id", null=True),
    text("image_id", null=True),
    text("opened_by"),
    at("opened_at"),
    text("state"),  # open | closed
    text("key_id", null=True),
    encrypted("note", null=True),
    text("finding", null=True),  # breach | no-breach
    ref("closed_by", "staff.id", null=True, index=False),
    at("closed_at", null=True),
)
