"""The trail, and the one table from which destruction may delete."""

from __future__ import annotations

import sqlalchemy as sa

from consent.records.base import at, encrypted, key, metadata, number, text

# Wrapped data keys and salts: deleting a row here destroys what it encrypts and unlinks what it salts.
data_key = sa.Table(
    "data_key",
    metadata,
    key(),
    text("kek_id", index=True),
    sa.Column("wrapped", sa.LargeBinary, nullable=False),
    sa.Column("salt", sa.LargeBinary, nullable=False),
    at("made_at"),
)

custody = sa.Table(
    "custody",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    at("at", index=True),
    text("act", index=True),
    text("actor", index=True),
    sa.Column("entry", sa.LargeBinary, nullable=False),  # the exact bytes that are chained
    text("hash"),
)

# Which entries speak of which ID: an index over `entry`, checked against it by verify-custody.
custody_about = sa.Table(
    "custody_about",
    metadata,
    key(),
    number("number"),
    text("ref"),
    sa.Index("ix_custody_about_ref_number", "ref", "number"),
)

custody_text = sa.Table(
    "custody_text",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    text("key_id"),  # no foreign key: the key may be destroyed, the ciphertext stays
    encrypted("content"),
)

custody_head = sa.Table(
    "custody_head",
    metadata,
    key(),
    number("number"),
    text("hash"),
    at("signed_at"),
    text("key_id"),
    sa.Column("signature", sa.LargeBinary, nullable=False),
)

# An authority's word that the trail had come so far by a certain time.
custody_stamp = sa.Table(
    "custody_stamp",
    metadata,
    key(),
    number("number"),
    text("hash"),  # what is stamped: it fixes the entry and all before it
    sa.Column("token", sa.LargeBinary, nullable=False),
    at("stamped_at"),  # the authority's time
    at("made_at"),
)

APPEND_ONLY = (
    "custody",
    "custody_about",
    "custody_text",
    "custody_head",
    "custody_stamp",
    "look_up",
    "signature",
    "document",
    "stamp",
    "stamp_root",
)

__all__ = ["APPEND_ONLY", "custody", "custody_about", "custody_head", "custody_stamp", "custody_text", "data_key"]
