"""Other ways to sign than on the hospital's tablet: on paper, on the signer's own phone; and what was only spoken."""

from __future__ import annotations

import sqlalchemy as sa

from consent.records.base import at, data, encrypted, key, metadata, number, on, ref, text

signing_link = sa.Table(
    "signing_link",
    metadata,
    key(),
    ref("consent_id", "consent.id"),
    text("session_id", null=True, index=True),  # signing_session.id
    text("token_hash", unique=True),
    text("code_hash"),
    text("state", index=True),  # sent | opened | signed | declined | expired | cancelled
    text("way"),  # mail | shown
    ref("made_by", "staff.id", index=False),
    at("made_at"),
    at("expires_at"),
    at("opened_at", null=True),
    at("ended_at", null=True),
)

paper_print = sa.Table(
    "paper_print",
    metadata,
    key(),
    ref("consent_id", "consent.id"),
    text("code", unique=True),  # on every sheet, with its check character
    text("language"),
    text("size"),  # A4 | letter
    text("state"),  # open | void | used
    text("shown_hash"),  # of every word on it: another draft would print other words
    ref("made_by", "staff.id", index=False),
    at("made_at"),
    at("ended_at", null=True),
)

paper_scan = sa.Table(
    "paper_scan",
    metadata,
    key(),
    ref("consent_id", "consent.id"),
    ref("print_id", "paper_print.id", index=False),
    text("key_id"),
    text("state", index=True),  # gathering | transcribed | sent-back | confirmed | discarded
    number("version"),  # how often it was transcribed
    encrypted("transcription", null=True, version="version"),  # JSON: each answer, term, who signed and when, witnesses
    encrypted("note", null=True, version="version"),  # why it was sent back
    ref("scanned_by", "staff.id", index=False),
    at("made_at"),
    ref("transcribed_by", "staff.id", null=True, index=False),
    at("transcribed_at", null=True),
    ref("checked_by", "staff.id", null=True, index=False),
    at("checked_at", null=True),
)

paper_page = sa.Table(
    "paper_page",
    metadata,
    key(),
    ref("scan_id", "paper_scan.id"),
    number("place"),
    number("turns"),  # quarter turns to the right, to stand upright
    text("key_id"),
    text("blob", null=True, unique=True),
    text("sha256"),
    text("media_type"),
    number("size"),
    at("made_at"),
)

spoken = sa.Table(
    "spoken",
    metadata,
    key(),
    ref("consent_id", "consent.id"),
    text("key_id"),
    encrypted("content"),  # JSON: who spoke, how he was known, what was read out and said
    data("answers"),  # list of [kind, code, yes]
    text("language"),
    text("state", index=True),  # waiting | heard | not-heard | withdrawn
    on("expires_on"),
    ref("heard_by", "staff.id", index=False),
    ref("also_heard_by", "staff.id"),
    at("spoken_at"),
    at("made_at"),
    at("confirmed_at", null=True),
    at("ended_at", null=True),
)
