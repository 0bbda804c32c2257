"""Patients and their consents. Words about a person are ciphertext; the rest is IDs, codes and dates."""

from __future__ import annotations

import sqlalchemy as sa

from consent.records.base import at, data, encrypted, flag, key, metadata, number, on, ref, text

patient = sa.Table(
    "patient",
    metadata,
    key(),
    text("key_id"),
    encrypted("name", version="version"),
    encrypted("birth_date", version="version"),
    encrypted("record_number", null=True, version="version"),
    encrypted("contact", null=True, version="version"),
    number("version"),
    flag("electronic_contact"),
    text("language"),
    text("fingerprint_key", null=True, index=True),  # the search key that both were made with
    text("record_fingerprint", null=True, index=True),
    text("person_fingerprint", null=True, index=True),  # of the name with the birth date, never of one alone
    text("unit"),
    ref("made_by", "staff.id", index=False),
    at("made_at"),
)

consent = sa.Table(
    "consent",
    metadata,
    key(),
    text("number", unique=True),  # the short number on the card
    text("key_id"),
    ref("patient_id", "patient.id"),
    text("form"),
    number("form_version"),
    text("form_hash"),  # of the words in `language`, the organisation's own paragraphs among them
    data("extra", null=True),  # those paragraphs as they stood: language -> {heading, paragraphs}
    text("language"),
    text("status", index=True),  # draft | handed-over | paper | signed | declined | discarded | revoked | void
    data("asked"),  # list of [kind, code]
    encrypted("facts", version="facts_version"),  # JSON: what will be recorded, who takes it, who is paid, ...
    number("facts_version"),
    data("identified_by"),  # codes of two identifiers
    flag("capacity"),
    flag("told_voluntary"),
    text("unit"),
    ref("made_by", "staff.id", index=False),
    at("made_at"),
    at("handed_over_at", null=True),
    at("signed_at", null=True),
    at("declined_at", null=True),
    text("signer", null=True),  # rules.parties.SignerKind, from when it was answered
    text("method", null=True),  # rules.parties.Method of the signer, once signed
    on("expires_on", null=True),
    text("until", null=True),  # 1-year | 2-years | 5-years | event
    on("event_confirmed_on", null=True),
    on("majority_on", null=True),
    at("suspended_at", null=True),
    text("suspended_why", null=True),
    at("recontact_at", null=True),  # to be asked again before anything new
    at("revoked_at", null=True),
    at("void_at", null=True),
    at("destroyed_at", null=True),
    at("copy_given_at", null=True),
    at("spoken_at", null=True),  # said by telephone and heard by two; not a signature
)

consent_answer = sa.Table(
    "consent_answer",
    metadata,
    key(),
    ref("consent_id", "consent.id"),
    text("kind"),  # medium | channel | purpose | account | permission
    text("code"),
    flag("answer"),
    text("withdrawn_by", null=True),  # revocation.id
    at("withdrawn_at", null=True),
    sa.UniqueConstraint("consent_id", "kind", "code"),
)

withdrawn_image = sa.Table(
    "withdrawn_image",
    metadata,
    key(),
    ref("consent_id", "consent.id"),
    ref("image_id", "image.id"),
    text("withdrawn_by"),  # revocation.id
    at("withdrawn_at"),
)

signing_session = sa.Table(
    "signing_session",
    metadata,
    key(),
    ref("consent_id", "consent.id"),
    text("token_hash", unique=True),
    ref("handed_over_by", "staff.id", index=False),
    text("state"),  # open | claimed | signed | declined | ended
    text("language"),
    text("key_id"),
    encrypted("answers", version="answers_version"),  # JSON: answers so far, and when each page was shown
    number("answers_version"),
    text("comfort", null=True),  # codes of how the pages should look: large contrast calm
    text("link_id", null=True),  # the link that opened it on the signer's own phone; none on the tablet
    number("unlock_tries"),
    at("made_at"),
    at("seen_at", null=True),  # the last sign of the patient since this hand-over
    at("warns_at", null=True),  # since when his browser is known to warn him before it locks
    at("locked_at", null=True),
    at("claimed_at", null=True),
    text("claim", null=True),  # the submission that holds it: a repeat of the same one signs once
    at("ended_at", null=True),
)

# One row for each person who signed.
signature = sa.Table(
    "signature",
    metadata,
    key(),
    ref("consent_id", "consent.id"),
    text("role"),  # rules.parties.PartyRole
    number("place"),  # the order in which they signed, from 1
    ref("staff_id", "staff.id", null=True, index=False),
    text("key_id"),
    text("method"),  # rules.parties.Method
    encrypted("content"),  # name, strokes as points in order or the typed name, what was shown when
    text("language"),
    text("disclosure_hash"),
    text("shown_hash"),
    text("document_sha256"),
    at("signed_at"),
    sa.UniqueConstraint("consent_id", "place"),
)

document = sa.Table(
    "document",
    metadata,
    key(),
    ref("consent_id", "consent.id"),
    text("kind"),  # consent | letter
    text("key_id"),
    text("blob", unique=True),
    text("sha256", index=True),
    number("size"),
    text("language"),
    text("seal", null=True),  # SHA-256 of the sealing certificate; none for a letter
    at("made_at"),
)

copy = sa.Table(
    "copy",
    metadata,
    key(),
    ref("consent_id", "consent.id"),
    text("method"),  # paper | phone | mail
    text("state"),  # waiting | unlocked | given | ended
    text("token_hash", null=True, unique=True),
    text("code_hash", null=True),
    text("made_by"),
    at("made_at"),
    at("expires_at", null=True),
    at("opened_at", null=True),
    at("given_at", null=True),
)

card = sa.Table(
    "card",
    metadata,
    key(),
    ref("consent_id", "consent.id"),
    text("token_hash", unique=True),
    text("code_hash"),
    text("made_by"),
    at("made_at"),
    at("ended_at", null=True),
)
