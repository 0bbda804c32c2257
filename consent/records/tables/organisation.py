"""The organisation, its accounts, and who approved which wording."""

from __future__ import annotations

import sqlalchemy as sa

from consent.records.base import at, data, flag, key, metadata, number, on, ref, text

# Every save is a new row (rule 52: policy changes are versioned); the highest version is in force.
organisation = sa.Table(
    "organisation",
    metadata,
    key(),
    sa.Column("version", sa.Integer, nullable=False, unique=True),
    text("legal_name"),
    text("address"),
    text("privacy_office"),
    text("privacy_phone"),
    text("privacy_email"),
    data("policy"),
    text("saved_by"),
    at("saved_at"),
)

account = sa.Table(
    "account",
    metadata,
    key(),
    text("channel", index=True),
    text("name"),
    text("owner"),  # organisation | clinician | partner
    text("owner_name", null=True),
    flag("active"),
    text("made_by"),
    at("made_at"),
    sa.UniqueConstraint("channel", "name"),
)

# Every certificate that ever sealed a form: what it sealed stays genuine when the next one takes over.
seal_certificate = sa.Table(
    "seal_certificate",
    metadata,
    key(),  # its fingerprint: SHA-256 of its DER form, in hex
    text("pem"),
    at("valid_from"),
    at("valid_until"),
    at("kept_at"),
    at("revoked_since", null=True),  # from then on what it sealed does not count
)

form_approval = sa.Table(
    "form_approval",
    metadata,
    key(),
    text("form"),
    number("version"),
    text("form_hash"),
    text("language"),
    text("decision"),  # approved | withdrawn
    text("approver_name"),  # of a translation that nobody had checked: its reviewer, and his qualification
    text("approver_role"),
    on("approved_on"),
    flag("fictitious"),
    ref("recorded_by", "staff.id", null=True, index=False),
    at("recorded_at"),
)

# The organisation's own paragraphs on a form. Every save is a new revision; which one is in force, approvals say.
form_extra = sa.Table(
    "form_extra",
    metadata,
    key(),
    text("form"),
    number("revision"),
    data("pages"),  # language -> {heading, paragraphs}
    text("saved_by"),
    at("saved_at"),
    sa.UniqueConstraint("form", "revision"),
)
