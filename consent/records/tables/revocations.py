"""Change of mind: one request, and one revocation for each consent that it touches."""

from __future__ import annotations

import sqlalchemy as sa

from consent.records.base import at, data, encrypted, flag, key, metadata, ref, text

revocation_request = sa.Table(
    "revocation_request",
    metadata,
    key(),
    text("number", unique=True),  # short, with a check character: what the patient is told and can read out
    ref("patient_id", "patient.id"),
    ref("consent_id", "consent.id"),  # the one through which it came
    text("way"),  # card | in-person | letter | telephone | email | declined
    text("scope"),  # everything | form | parts
    text("key_id"),
    encrypted("words", null=True),
    encrypted("known_how", null=True),
    flag("doubt"),
    data("takedowns"),  # IDs: what must be settled before the case closes; some may have been open before
    text("state"),  # open | closed | mistaken
    text("made_by"),
    at("made_at"),
    text("letter_document_id", null=True),
    at("closed_at", null=True),
    ref("mistaken_by", "staff.id", null=True, index=False),
    at("mistaken_at", null=True),
)

revocation = sa.Table(
    "revocation",
    metadata,
    key(),
    ref("request_id", "revocation_request.id"),
    ref("consent_id", "consent.id"),
    flag("whole"),
    data("parts"),  # list of [kind, code], kind may be image
    at("at"),
)

# One opening of a card in one browser. What the browser shows is two secrets in two cookies; here are their hashes.
card_opening = sa.Table(
    "card_opening",
    metadata,
    key(),
    ref("card_id", "card.id"),
    text("token_hash", unique=True),
    text("browser_hash"),
    at("opened_at"),
    at("ended_at", null=True),
)
