"""What is owed: notices (the outbox) and tasks. Rows stay; nothing here expires by itself."""

from __future__ import annotations

import sqlalchemy as sa

from consent.records.base import at, data, encrypted, key, metadata, number, ref, text

notice = sa.Table(
    "notice",
    metadata,
    key(),
    text("kind"),
    text("once", null=True, unique=True),  # the same occasion owes one notice, however often it is noticed
    text("request_id", null=True, index=True),
    data("about"),  # IDs only
    text("to"),  # staff | role | outside | patient
    ref("to_staff", "staff.id", null=True, index=False),
    text("to_role", null=True),
    text("key_id", null=True),
    encrypted("address", null=True),
    text("state", index=True),  # owed | sent | by-hand | done
    number("tries"),
    at("owed_at"),
    at("next_at", index=True),
    at("sent_at", null=True),
    text("error", null=True),
    at("escalated_at", null=True),
)

# A worker's claim is not part of the record of what was owed and sent, so it stands apart.
notice_claim = sa.Table("notice_claim", metadata, key("notice_id"), text("worker"), at("until_at"))

task = sa.Table(
    "task",
    metadata,
    key(),
    text("kind"),
    text("once", unique=True),  # the same occasion makes one task, however often it is noticed
    text("queue"),
    ref("owner_id", "staff.id", null=True),
    data("about"),
    text("state", index=True),  # open | done
    at("made_at"),
    at("due_at", null=True),
    ref("done_by", "staff.id", null=True, index=False),
    at("done_at", null=True),
    text("done_how", null=True),
    text("key_id", null=True),
    encrypted("note", null=True),
)

# When the program last began what it does by itself every so often, whichever of its processes it was.
chore = sa.Table("chore", metadata, key("name"), at("begun_at"))
