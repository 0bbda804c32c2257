"""Images: apart from people. What ties the two is `image_link`, and only codes stand in it."""

from __future__ import annotations

import sqlalchemy as sa

from consent.records.base import at, data, encrypted, flag, key, metadata, number, ref, text

image = sa.Table(
    "image",
    metadata,
    key(),  # an image ID, for example IMG-7K3Q-9XTF-3
    text("medium"),
    text("kind"),  # picture | film | sound
    text("state", index=True),  # quarantine | ready | replaced | discarded
    text("sha256", index=True),
    text("media_type"),
    number("width", null=True),
    number("height", null=True),
    number("size"),
    text("key_id", null=True),
    text("blob", null=True),
    text("preview_blob", null=True),
    ref("parent_id", "image.id", null=True),
    number("people_count", null=True),
    data("review", null=True),
    ref("reviewed_by", "staff.id", null=True, index=False),
    at("reviewed_at", null=True),
    text("unit"),
    ref("added_by", "staff.id", index=False),
    at("added_at"),
)

# Fingerprints are as telling as the picture: encrypted, and deleted with it. `number` grows with every change,
# so that each process can take in what is new; a row without content says that the fingerprint is gone.
image_fingerprint = sa.Table(
    "image_fingerprint",
    metadata,
    key("image_id"),
    sa.Column("number", sa.Integer, nullable=False, unique=True),
    text("key_id", null=True),
    encrypted("content", null=True),
)

image_person = sa.Table(
    "image_person",
    metadata,
    key(),
    ref("image_id", "image.id"),
    number("position"),
    flag("recognisable"),
    flag("no_consent"),
    text("patient_id", null=True, index=True),
    text("marked_by"),
    at("marked_at"),
    at("dropped_at", null=True),  # counted by mistake: no such person is in the picture
)

image_link = sa.Table(
    "image_link",
    metadata,
    key(),
    ref("image_id", "image.id"),
    ref("person_id", "image_person.id"),
    ref("consent_id", "consent.id"),
    ref("linked_by", "staff.id", index=False),
    at("linked_at"),
    text("key_id", null=True),
    encrypted("why", null=True),
    ref("unlink_asked_by", "staff.id", null=True, index=False),
    at("unlink_asked_at", null=True),
    text("relink_to", null=True),  # the consent meant instead, if any
    ref("unlinked_by", "staff.id", null=True, index=False),
    at("unlinked_at", null=True),
)

# The 18-identifier check of 45 CFR 164.514(b)(2), signed by a named reviewer.
image_clearance = sa.Table(
    "image_clearance",
    metadata,
    key(),
    ref("image_id", "image.id"),
    data("answers"),
    flag("rare"),
    ref("reviewed_by", "staff.id", index=False),
    at("reviewed_at"),
    ref("second_reviewed_by", "staff.id", null=True, index=False),
    at("second_reviewed_at", null=True),
)
