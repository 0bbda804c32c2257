"""The first schema: every table, and the guards on what may only grow."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from consent.records.base import UtcDateTime
from consent.records.schema import guards

revision = "1"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make every table and guard."""
    op.create_table(
        "account",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("owner_name", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("channel", "name", name=op.f("uq_account_channel_name")),
    )
    op.create_index(op.f("ix_account_channel"), "account", ["channel"], unique=False)
    op.create_table(
        "chore",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("begun_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_chore")),
    )
    op.create_table(
        "custody",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("entry", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_custody")),
    )
    op.create_index(op.f("ix_custody_act"), "custody", ["act"], unique=False)
    op.create_index(op.f("ix_custody_actor"), "custody", ["actor"], unique=False)
    op.create_index(op.f("ix_custody_at"), "custody", ["at"], unique=False)
    op.create_table(
        "custody_about",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custody_about")),
    )
    op.create_index("ix_custody_about_ref_number", "custody_about", ["ref", "number"], unique=False)
    op.create_table(
        "custody_head",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("signed_at", UtcDateTime(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custody_head")),
    )
    op.create_table(
        "custody_stamp",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("stamped_at", UtcDateTime(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custody_stamp")),
    )
    op.create_table(
        "custody_text",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_custody_text")),
    )
    op.create_table(
        "data_key",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kek_id", sa.Text(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_key")),
    )
    op.create_index(op.f("ix_data_key_kek_id"), "data_key", ["kek_id"], unique=False)
    op.create_table(
        "form_extra",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("pages", sa.JSON(), nullable=False),
        sa.Column("saved_by", sa.Text(), nullable=False),
        sa.Column("saved_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_extra")),
        sa.UniqueConstraint("form", "revision", name=op.f("uq_form_extra_form_revision")),
    )
    op.create_table(
        "image_fingerprint",
        sa.Column("image_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("image_id", name=op.f("pk_image_fingerprint")),
        sa.UniqueConstraint("number", name=op.f("uq_image_fingerprint_number")),
    )
    op.create_table(
        "look_up",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("image_id", sa.Text(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("for_day", sa.Date(), nullable=False),
        sa.Column("yes", sa.Boolean(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("conditions", sa.JSON(), nullable=False),
        sa.Column("consents", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_look_up")),
    )
    op.create_table(
        "notice_claim",
        sa.Column("notice_id", sa.Text(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("until_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("notice_id", name=op.f("pk_notice_claim")),
    )
    op.create_table(
        "organisation",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("legal_name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("privacy_office", sa.Text(), nullable=False),
        sa.Column("privacy_phone", sa.Text(), nullable=False),
        sa.Column("privacy_email", sa.Text(), nullable=False),
        sa.Column("policy", sa.JSON(), nullable=False),
        sa.Column("saved_by", sa.Text(), nullable=False),
        sa.Column("saved_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("version", name=op.f("uq_organisation_version")),
    )
    op.create_table(
        "seal_certificate",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("pem", sa.Text(), nullable=False),
        sa.Column("valid_from", UtcDateTime(), nullable=False),
        sa.Column("valid_until", UtcDateTime(), nullable=False),
        sa.Column("kept_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_since", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seal_certificate")),
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("key_id", sa.Text(), nullable=True),
        sa.Column("totp_secret", sa.LargeBinary(), nullable=True),
        sa.Column("totp_version", sa.Integer(), nullable=True),
        sa.Column("pin_hash", sa.Text(), nullable=True),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("email", name=op.f("uq_staff_email")),
    )
    op.create_table(
        "stamp_root",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("pem", sa.Text(), nullable=False),
        sa.Column("kept_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stamp_root")),
    )
    op.create_table(
        "stamp_turn",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_at", UtcDateTime(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_stamp_turn")),
    )
    op.create_table(
        "throttle",
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("what", name=op.f("pk_throttle")),
    )
    op.create_table(
        "totp_step",
        sa.Column("staff_id", sa.Text(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_totp_step")),
    )
    op.create_table(
        "form_approval",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("form_hash", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("approver_name", sa.Text(), nullable=False),
        sa.Column("approver_role", sa.Text(), nullable=False),
        sa.Column("approved_on", sa.Date(), nullable=False),
        sa.Column("fictitious", sa.Boolean(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=True),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["recorded_by"], ["staff.id"], name=op.f("fk_form_approval_recorded_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_approval")),
    )
    op.create_table(
        "held",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_held_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_held")),
    )
    op.create_index(op.f("ix_held_staff_id"), "held", ["staff_id"], unique=False)
    op.create_table(
        "image",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("medium", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=True),
        sa.Column("blob", sa.Text(), nullable=True),
        sa.Column("preview_blob", sa.Text(), nullable=True),
        sa.Column("parent_id", sa.Text(), nullable=True),
        sa.Column("people_count", sa.Integer(), nullable=True),
        sa.Column("review", sa.JSON(), nullable=True),
        sa.Column("reviewed_by", sa.Text(), nullable=True),
        sa.Column("reviewed_at", UtcDateTime(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["added_by"], ["staff.id"], name=op.f("fk_image_added_by_staff")),
        sa.ForeignKeyConstraint(["parent_id"], ["image.id"], name=op.f("fk_image_parent_id_image")),
        sa.ForeignKeyConstraint(["reviewed_by"], ["staff.id"], name=op.f("fk_image_reviewed_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_image")),
    )
    op.create_index(op.f("ix_image_parent_id"), "image", ["parent_id"], unique=False)
    op.create_index(op.f("ix_image_sha256"), "image", ["sha256"], unique=False)
    op.create_index(op.f("ix_image_state"), "image", ["state"], unique=False)
    op.create_table(
        "notice",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("once", sa.Text(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("about", sa.JSON(), nullable=False),
        sa.Column("to", sa.Text(), nullable=False),
        sa.Column("to_staff", sa.Text(), nullable=True),
        sa.Column("to_role", sa.Text(), nullable=True),
        sa.Column("key_id", sa.Text(), nullable=True),
        sa.Column("address", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("owed_at", UtcDateTime(), nullable=False),
        sa.Column("next_at", UtcDateTime(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("escalated_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["to_staff"], ["staff.id"], name=op.f("fk_notice_to_staff_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("once", name=op.f("uq_notice_once")),
    )
    op.create_index(op.f("ix_notice_next_at"), "notice", ["next_at"], unique=False)
    op.create_index(op.f("ix_notice_request_id"), "notice", ["request_id"], unique=False)
    op.create_index(op.f("ix_notice_state"), "notice", ["state"], unique=False)
    op.create_table(
        "patient",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("birth_date", sa.LargeBinary(), nullable=False),
        sa.Column("record_number", sa.LargeBinary(), nullable=True),
        sa.Column("contact", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("electronic_contact", sa.Boolean(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("fingerprint_key", sa.Text(), nullable=True),
        sa.Column("record_fingerprint", sa.Text(), nullable=True),
        sa.Column("person_fingerprint", sa.Text(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["staff.id"], name=op.f("fk_patient_made_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient")),
    )
    op.create_index(op.f("ix_patient_fingerprint_key"), "patient", ["fingerprint_key"], unique=False)
    op.create_index(op.f("ix_patient_person_fingerprint"), "patient", ["person_fingerprint"], unique=False)
    op.create_index(op.f("ix_patient_record_fingerprint"), "patient", ["record_fingerprint"], unique=False)
    op.create_table(
        "post",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("caption", sa.LargeBinary(), nullable=True),
        sa.Column("caption_mark", sa.Text(), nullable=True),
        sa.Column("checklist", sa.JSON(), nullable=False),
        sa.Column("planned_by", sa.Text(), nullable=False),
        sa.Column("planned_at", UtcDateTime(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("approved_at", UtcDateTime(), nullable=True),
        sa.Column("approved_alone", sa.Boolean(), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=True),
        sa.Column("recipient", sa.LargeBinary(), nullable=True),
        sa.Column("posted_at", UtcDateTime(), nullable=True),
        sa.Column("recorded_by", sa.Text(), nullable=True),
        sa.Column("recorded_at", UtcDateTime(), nullable=True),
        sa.Column("flagged_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["approved_by"], ["staff.id"], name=op.f("fk_post_approved_by_staff")),
        sa.ForeignKeyConstraint(["planned_by"], ["staff.id"], name=op.f("fk_post_planned_by_staff")),
        sa.ForeignKeyConstraint(["recorded_by"], ["staff.id"], name=op.f("fk_post_recorded_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post")),
    )
    op.create_index(op.f("ix_post_state"), "post", ["state"], unique=False)
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.Text(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_recovery_code_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
    )
    op.create_index(op.f("ix_recovery_code_staff_id"), "recovery_code", ["staff_id"], unique=False)
    op.create_table(
        "second_factor_reset",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("confirmed_by", sa.Text(), nullable=True),
        sa.Column("confirmed_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["asked_by"], ["staff.id"], name=op.f("fk_second_factor_reset_asked_by_staff")),
        sa.ForeignKeyConstraint(["confirmed_by"], ["staff.id"], name=op.f("fk_second_factor_reset_confirmed_by_staff")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_second_factor_reset_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_second_factor_reset")),
    )
    op.create_index(op.f("ix_second_factor_reset_staff_id"), "second_factor_reset", ["staff_id"], unique=False)
    op.create_table(
        "staff_session",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.Column("second_factor_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("ended_why", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_session_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_staff_session_token_hash")),
    )
    op.create_index(op.f("ix_staff_session_staff_id"), "staff_session", ["staff_id"], unique=False)
    op.create_table(
        "staff_token",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_token_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_staff_token_token_hash")),
    )
    op.create_index(op.f("ix_staff_token_staff_id"), "staff_token", ["staff_id"], unique=False)
    op.create_table(
        "task",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("once", sa.Text(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=True),
        sa.Column("about", sa.JSON(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("done_by", sa.Text(), nullable=True),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.Column("done_how", sa.Text(), nullable=True),
        sa.Column("key_id", sa.Text(), nullable=True),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["done_by"], ["staff.id"], name=op.f("fk_task_done_by_staff")),
        sa.ForeignKeyConstraint(["owner_id"], ["staff.id"], name=op.f("fk_task_owner_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
        sa.UniqueConstraint("once", name=op.f("uq_task_once")),
    )
    op.create_index(op.f("ix_task_owner_id"), "task", ["owner_id"], unique=False)
    op.create_index(op.f("ix_task_state"), "task", ["state"], unique=False)
    op.create_table(
        "consent",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("patient_id", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("form_version", sa.Integer(), nullable=False),
        sa.Column("form_hash", sa.Text(), nullable=False),
        sa.Column("extra", sa.JSON(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.Column("facts", sa.LargeBinary(), nullable=False),
        sa.Column("facts_version", sa.Integer(), nullable=False),
        sa.Column("identified_by", sa.JSON(), nullable=False),
        sa.Column("capacity", sa.Boolean(), nullable=False),
        sa.Column("told_voluntary", sa.Boolean(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("handed_over_at", UtcDateTime(), nullable=True),
        sa.Column("signed_at", UtcDateTime(), nullable=True),
        sa.Column("declined_at", UtcDateTime(), nullable=True),
        sa.Column("signer", sa.Text(), nullable=True),
        sa.Column("method", sa.Text(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("until", sa.Text(), nullable=True),
        sa.Column("event_confirmed_on", sa.Date(), nullable=True),
        sa.Column("majority_on", sa.Date(), nullable=True),
        sa.Column("suspended_at", UtcDateTime(), nullable=True),
        sa.Column("suspended_why", sa.Text(), nullable=True),
        sa.Column("recontact_at", UtcDateTime(), nullable=True),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.Column("void_at", UtcDateTime(), nullable=True),
        sa.Column("destroyed_at", UtcDateTime(), nullable=True),
        sa.Column("copy_given_at", UtcDateTime(), nullable=True),
        sa.Column("spoken_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["made_by"], ["staff.id"], name=op.f("fk_consent_made_by_staff")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_consent_patient_id_patient")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
        sa.UniqueConstraint("number", name=op.f("uq_consent_number")),
    )
    op.create_index(op.f("ix_consent_patient_id"), "consent", ["patient_id"], unique=False)
    op.create_index(op.f("ix_consent_status"), "consent", ["status"], unique=False)
    op.create_table(
        "image_clearance",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("image_id", sa.Text(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("rare", sa.Boolean(), nullable=False),
        sa.Column("reviewed_by", sa.Text(), nullable=False),
        sa.Column("reviewed_at", UtcDateTime(), nullable=False),
        sa.Column("second_reviewed_by", sa.Text(), nullable=True),
        sa.Column("second_reviewed_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name=op.f("fk_image_clearance_image_id_image")),
        sa.ForeignKeyConstraint(["reviewed_by"], ["staff.id"], name=op.f("fk_image_clearance_reviewed_by_staff")),
        sa.ForeignKeyConstraint(
            ["second_reviewed_by"], ["staff.id"], name=op.f("fk_image_clearance_second_reviewed_by_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_image_clearance")),
    )
    op.create_index(op.f("ix_image_clearance_image_id"), "image_clearance", ["image_id"], unique=False)
    op.create_table(
        "image_person",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("image_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("recognisable", sa.Boolean(), nullable=False),
        sa.Column("no_consent", sa.Boolean(), nullable=False),
        sa.Column("patient_id", sa.Text(), nullable=True),
        sa.Column("marked_by", sa.Text(), nullable=False),
        sa.Column("marked_at", UtcDateTime(), nullable=False),
        sa.Column("dropped_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name=op.f("fk_image_person_image_id_image")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_image_person")),
    )
    op.create_index(op.f("ix_image_person_image_id"), "image_person", ["image_id"], unique=False)
    op.create_index(op.f("ix_image_person_patient_id"), "image_person", ["patient_id"], unique=False)
    op.create_table(
        "incident",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("post_id", sa.Text(), nullable=True),
        sa.Column("image_id", sa.Text(), nullable=True),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=True),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("finding", sa.Text(), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["closed_by"], ["staff.id"], name=op.f("fk_incident_closed_by_staff")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_incident_post_id_post")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
    )
    op.create_index(op.f("ix_incident_post_id"), "incident", ["post_id"], unique=False)
    op.create_table(
        "post_image",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("post_id", sa.Text(), nullable=False),
        sa.Column("image_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name=op.f("fk_post_image_image_id_image")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_post_image_post_id_post")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_image")),
    )
    op.create_index(op.f("ix_post_image_image_id"), "post_image", ["image_id"], unique=False)
    op.create_index(op.f("ix_post_image_post_id"), "post_image", ["post_id"], unique=False)
    op.create_table(
        "release",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("image_id", sa.Text(), nullable=False),
        sa.Column("look_up_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("taken_by", sa.Text(), nullable=False),
        sa.Column("taken_at", UtcDateTime(), nullable=False),
        sa.Column("post_id", sa.Text(), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("closed_why", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name=op.f("fk_release_image_id_image")),
        sa.ForeignKeyConstraint(["look_up_id"], ["look_up.id"], name=op.f("fk_release_look_up_id_look_up")),
        sa.ForeignKeyConstraint(["taken_by"], ["staff.id"], name=op.f("fk_release_taken_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release")),
    )
    op.create_index(op.f("ix_release_image_id"), "release", ["image_id"], unique=False)
    op.create_index(op.f("ix_release_sha256"), "release", ["sha256"], unique=False)
    op.create_table(
        "card",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("consent_id", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["consent_id"], ["consent.id"], name=op.f("fk_card_consent_id_consent")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_card_token_hash")),
    )
    op.create_index(op.f("ix_card_consent_id"), "card", ["consent_id"], unique=False)
    op.create_table(
        "consent_answer",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("consent_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("answer", sa.Boolean(), nullable=False),
        sa.Column("withdrawn_by", sa.Text(), nullable=True),
        sa.Column("withdrawn_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["consent_id"], ["consent.id"], name=op.f("fk_consent_answer_consent_id_consent")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_answer")),
        sa.UniqueConstraint("consent_id", "kind", "code", name=op.f("uq_consent_answer_consent_id_kind_code")),
    )
    op.create_index(op.f("ix_consent_answer_consent_id"), "consent_answer", ["consent_id"], unique=False)
    op.create_table(
        "copy",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("consent_id", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=True),
        sa.Column("code_hash", sa.Text(), nullable=True),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.Column("opened_at", UtcDateTime(), nullable=True),
        sa.Column("given_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["consent_id"], ["consent.id"], name=op.f("fk_copy_consent_id_consent")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_copy")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_copy_token_hash")),
    )
    op.create_index(op.f("ix_copy_consent_id"), "copy", ["consent_id"], unique=False)
    op.create_table(
        "destruction",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("consent_id", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposed_at", UtcDateTime(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["consent_id"], ["consent.id"], name=op.f("fk_destruction_consent_id_consent")),
        sa.ForeignKeyConstraint(["decided_by"], ["staff.id"], name=op.f("fk_destruction_decided_by_staff")),
        sa.ForeignKeyConstraint(["proposed_by"], ["staff.id"], name=op.f("fk_destruction_proposed_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_destruction")),
    )
    op.create_index(op.f("ix_destruction_consent_id"), "destruction", ["consent_id"], unique=False)
    op.create_index(op.f("ix_destruction_state"), "destruction", ["state"], unique=False)
    op.create_table(
        "document",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("consent_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("blob", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("seal", sa.Text(), nullable=True),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["consent_id"], ["consent.id"], name=op.f("fk_document_consent_id_consent")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
        sa.UniqueConstraint("blob", name=op.f("uq_document_blob")),
    )
    op.create_index(op.f("ix_document_consent_id"), "document", ["consent_id"], unique=False)
    op.create_index(op.f("ix_document_sha256"), "document", ["sha256"], unique=False)
    op.create_table(
        "image_link",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("image_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("consent_id", sa.Text(), nullable=False),
        sa.Column("linked_by", sa.Text(), nullable=False),
        sa.Column("linked_at", UtcDateTime(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=True),
        sa.Column("why", sa.LargeBinary(), nullable=True),
        sa.Column("unlink_asked_by", sa.Text(), nullable=True),
        sa.Column("unlink_asked_at", UtcDateTime(), nullable=True),
        sa.Column("relink_to", sa.Text(), nullable=True),
        sa.Column("unlinked_by", sa.Text(), nullable=True),
        sa.Column("unlinked_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["consent_id"], ["consent.id"], name=op.f("fk_image_link_consent_id_consent")),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name=op.f("fk_image_link_image_id_image")),
        sa.ForeignKeyConstraint(["linked_by"], ["staff.id"], name=op.f("fk_image_link_linked_by_staff")),
        sa.ForeignKeyConstraint(["person_id"], ["image_person.id"], name=op.f("fk_image_link_person_id_image_person")),
        sa.ForeignKeyConstraint(["unlink_asked_by"], ["staff.id"], name=op.f("fk_image_link_unlink_asked_by_staff")),
        sa.ForeignKeyConstraint(["unlinked_by"], ["staff.id"], name=op.f("fk_image_link_unlinked_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_image_link")),
    )
    op.create_index(op.f("ix_image_link_consent_id"), "image_link", ["consent_id"], unique=False)
    op.create_index(op.f("ix_image_link_image_id"), "image_link", ["image_id"], unique=False)
    op.create_index(op.f("ix_image_link_person_id"), "image_link", ["person_id"], unique=False)
    op.create_table(
        "legal_hold",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("consent_id", sa.Text(), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("set_at", UtcDateTime(), nullable=False),
        sa.Column("lifted_by", sa.Text(), nullable=True),
        sa.Column("lifted_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["consent_id"], ["consent.id"], name=op.f("fk_legal_hold_consent_id_consent")),
        sa.ForeignKeyConstraint(["lifted_by"], ["staff.id"], name=op.f("fk_legal_hold_lifted_by_staff")),
        sa.ForeignKeyConstraint(["set_by"], ["staff.id"], name=op.f("fk_legal_hold_set_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_hold")),
    )
    op.create_index(op.f("ix_legal_hold_consent_id"), "legal_hold", ["consent_id"], unique=False)
    op.create_table(
        "paper_print",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("consent_id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("size", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("shown_hash", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["consent_id"], ["consent.id"], name=op.f("fk_paper_print_consent_id_consent")),
        sa.ForeignKeyConstraint(["made_by"], ["staff.id"], name=op.f("fk_paper_print_made_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_print")),
        sa.UniqueConstraint("code", name=op.f("uq_paper_print_code")),
    )
    op.create_index(op.f("ix_paper_print_consent_id"), "paper_print", ["consent_id"], unique=False)
    op.create_table(
        "post_consent",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("post_id", sa.Text(), nullable=False),
        sa.Column("consent_id", sa.Text(), nullable=False),
        sa.Column("image_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["consent_id"], ["consent.id"], name=op.f("fk_post_consent_consent_id_consent")),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name=op.f("fk_post_consent_image_id_image")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_post_consent_post_id_post")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_consent")),
    )
    op.create_index(op.f("ix_post_consent_consent_id"), "post_consent", ["consent_id"], unique=False)
    op.create_index(op.f("ix_post_consent_image_id"), "post_consent", ["image_id"], unique=False)
    op.create_index(op.f("ix_post_consent_post_id"), "post_consent", ["post_id"], unique=False)
    op.create_table(
        "revocation_request",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("patient_id", sa.Text(), nullable=False),
        sa.Column("consent_id", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("known_how", sa.LargeBinary(), nullable=True),
        sa.Column("doubt", sa.Boolean(), nullable=False),
        sa.Column("takedowns", sa.JSON(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("letter_document_id", sa.Text(), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("mistaken_by", sa.Text(), nullable=True),
        sa.Column("mistaken_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["consent_id"], ["consent.id"], name=op.f("fk_revocation_request_consent_id_consent")),
        sa.ForeignKeyConstraint(["mistaken_by"], ["staff.id"], name=op.f("fk_revocation_request_mistaken_by_staff")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_revocation_request_patient_id_patient")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revocation_request")),
        sa.UniqueConstraint("number", name=op.f("uq_revocation_request_number")),
    )
    op.create_index(op.f("ix_revocation_request_consent_id"), "revocation_request", ["consent_id"], unique=False)
    op.create_index(op.f("ix_revocation_request_patient_id"), "revocation_request", ["patient_id"], unique=False)
    op.create_table(
        "showing",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("consent_id", sa.Text(), nullable=False),
        sa.Column("images", sa.JSON(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("caption", sa.LargeBinary(), nullable=True),
        sa.Column("caption_mark", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("planned_by", sa.Text(), nullable=False),
        sa.Column("planned_at", UtcDateTime(), nullable=False),
        sa.Column("shown_at", UtcDateTime(), nullable=True),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("answered_by", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["consent_id"], ["consent.id"], name=op.f("fk_showing_consent_id_consent")),
        sa.ForeignKeyConstraint(["planned_by"], ["staff.id"], name=op.f("fk_showing_planned_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_showing")),
    )
    op.create_index(op.f("ix_showing_consent_id"), "showing", ["consent_id"], unique=False)
    op.create_index(op.f("ix_showing_state"), "showing", ["state"], unique=False)
    op.create_table(
        "showing_tablet",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("consent_id", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("handed_over_by", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("unlock_tries", sa.Integer(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=True),
        sa.Column("warns_at", UtcDateTime(), nullable=True),
        sa.Column("locked_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["consent_id"], ["consent.id"], name=op.f("fk_showing_tablet_consent_id_consent")),
        sa.ForeignKeyConstraint(["handed_over_by"], ["staff.id"], name=op.f("fk_showing_tablet_handed_over_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_showing_tablet")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_showing_tablet_token_hash")),
    )
    op.create_index(op.f("ix_showing_tablet_consent_id"), "showing_tablet", ["consent_id"], unique=False)
    op.create_table(
        "signature",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("consent_id", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Text(), nullable=True),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("disclosure_hash", sa.Text(), nullable=False),
        sa.Column("shown_hash", sa.Text(), nullable=False),
        sa.Column("document_sha256", sa.Text(), nullable=False),
        sa.Column("signed_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["consent_id"], ["consent.id"], name=op.f("fk_signature_consent_id_consent")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_signature_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signature")),
        sa.UniqueConstraint("consent_id", "place", name=op.f("uq_signature_consent_id_place")),
    )
    op.create_index(op.f("ix_signature_consent_id"), "signature", ["consent_id"], unique=False)
    op.create_table(
        "signing_link",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("consent_id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=True),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["consent_id"], ["consent.id"], name=op.f("fk_signing_link_consent_id_consent")),
        sa.ForeignKeyConstraint(["made_by"], ["staff.id"], name=op.f("fk_signing_link_made_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_signing_link_token_hash")),
    )
    op.create_index(op.f("ix_signing_link_consent_id"), "signing_link", ["consent_id"], unique=False)
    op.create_index(op.f("ix_signing_link_session_id"), "signing_link", ["session_id"], unique=False)
    op.create_index(op.f("ix_signing_link_state"), "signing_link", ["state"], unique=False)
    op.create_table(
        "signing_session",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("consent_id", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("handed_over_by", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("answers", sa.LargeBinary(), nullable=False),
        sa.Column("answers_version", sa.Integer(), nullable=False),
        sa.Column("comfort", sa.Text(), nullable=True),
        sa.Column("link_id", sa.Text(), nullable=True),
        sa.Column("unlock_tries", sa.Integer(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=True),
        sa.Column("warns_at", UtcDateTime(), nullable=True),
        sa.Column("locked_at", UtcDateTime(), nullable=True),
        sa.Column("claimed_at", UtcDateTime(), nullable=True),
        sa.Column("claim", sa.Text(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["consent_id"], ["consent.id"], name=op.f("fk_signing_session_consent_id_consent")),
        sa.ForeignKeyConstraint(["handed_over_by"], ["staff.id"], name=op.f("fk_signing_session_handed_over_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_signing_session_token_hash")),
    )
    op.create_index(op.f("ix_signing_session_consent_id"), "signing_session", ["consent_id"], unique=False)
    op.create_table(
        "spoken",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("consent_id", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("heard_by", sa.Text(), nullable=False),
        sa.Column("also_heard_by", sa.Text(), nullable=False),
        sa.Column("spoken_at", UtcDateTime(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("confirmed_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["also_heard_by"], ["staff.id"], name=op.f("fk_spoken_also_heard_by_staff")),
        sa.ForeignKeyConstraint(["consent_id"], ["consent.id"], name=op.f("fk_spoken_consent_id_consent")),
        sa.ForeignKeyConstraint(["heard_by"], ["staff.id"], name=op.f("fk_spoken_heard_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spoken")),
    )
    op.create_index(op.f("ix_spoken_also_heard_by"), "spoken", ["also_heard_by"], unique=False)
    op.create_index(op.f("ix_spoken_consent_id"), "spoken", ["consent_id"], unique=False)
    op.create_index(op.f("ix_spoken_state"), "spoken", ["state"], unique=False)
    op.create_table(
        "withdrawn_image",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("consent_id", sa.Text(), nullable=False),
        sa.Column("image_id", sa.Text(), nullable=False),
        sa.Column("withdrawn_by", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["consent_id"], ["consent.id"], name=op.f("fk_withdrawn_image_consent_id_consent")),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name=op.f("fk_withdrawn_image_image_id_image")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_withdrawn_image")),
    )
    op.create_index(op.f("ix_withdrawn_image_consent_id"), "withdrawn_image", ["consent_id"], unique=False)
    op.create_index(op.f("ix_withdrawn_image_image_id"), "withdrawn_image", ["image_id"], unique=False)
    op.create_table(
        "card_opening",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("card_id", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("browser_hash", sa.Text(), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["card_id"], ["card.id"], name=op.f("fk_card_opening_card_id_card")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card_opening")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_card_opening_token_hash")),
    )
    op.create_index(op.f("ix_card_opening_card_id"), "card_opening", ["card_id"], unique=False)
    op.create_table(
        "paper_scan",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("consent_id", sa.Text(), nullable=False),
        sa.Column("print_id", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("transcription", sa.LargeBinary(), nullable=True),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("scanned_by", sa.Text(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("transcribed_by", sa.Text(), nullable=True),
        sa.Column("transcribed_at", UtcDateTime(), nullable=True),
        sa.Column("checked_by", sa.Text(), nullable=True),
        sa.Column("checked_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["checked_by"], ["staff.id"], name=op.f("fk_paper_scan_checked_by_staff")),
        sa.ForeignKeyConstraint(["consent_id"], ["consent.id"], name=op.f("fk_paper_scan_consent_id_consent")),
        sa.ForeignKeyConstraint(["print_id"], ["paper_print.id"], name=op.f("fk_paper_scan_print_id_paper_print")),
        sa.ForeignKeyConstraint(["scanned_by"], ["staff.id"], name=op.f("fk_paper_scan_scanned_by_staff")),
        sa.ForeignKeyConstraint(["transcribed_by"], ["staff.id"], name=op.f("fk_paper_scan_transcribed_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_scan")),
    )
    op.create_index(op.f("ix_paper_scan_consent_id"), "paper_scan", ["consent_id"], unique=False)
    op.create_index(op.f("ix_paper_scan_state"), "paper_scan", ["state"], unique=False)
    op.create_table(
        "revocation",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("consent_id", sa.Text(), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["consent_id"], ["consent.id"], name=op.f("fk_revocation_consent_id_consent")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["revocation_request.id"], name=op.f("fk_revocation_request_id_revocation_request")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revocation")),
    )
    op.create_index(op.f("ix_revocation_consent_id"), "revocation", ["consent_id"], unique=False)
    op.create_index(op.f("ix_revocation_request_id"), "revocation", ["request_id"], unique=False)
    op.create_table(
        "stamp",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("consent_id", sa.Text(), nullable=False),
        sa.Column("follows", sa.Text(), nullable=False),
        sa.Column("stamped_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["consent_id"], ["consent.id"], name=op.f("fk_stamp_consent_id_consent")),
        sa.ForeignKeyConstraint(["follows"], ["document.id"], name=op.f("fk_stamp_follows_document")),
        sa.ForeignKeyConstraint(["id"], ["document.id"], name=op.f("fk_stamp_id_document")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stamp")),
        sa.UniqueConstraint("follows", name=op.f("uq_stamp_follows")),
    )
    op.create_index(op.f("ix_stamp_consent_id"), "stamp", ["consent_id"], unique=False)
    op.create_index(op.f("ix_stamp_ends_at"), "stamp", ["ends_at"], unique=False)
    op.create_table(
        "paper_page",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("scan_id", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("turns", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("blob", sa.Text(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["scan_id"], ["paper_scan.id"], name=op.f("fk_paper_page_scan_id_paper_scan")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_page")),
        sa.UniqueConstraint("blob", name=op.f("uq_paper_page_blob")),
    )
    op.create_index(op.f("ix_paper_page_scan_id"), "paper_page", ["scan_id"], unique=False)
    op.create_table(
        "takedown",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("post_id", sa.Text(), nullable=False),
        sa.Column("revocation_id", sa.Text(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=True),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("flagged_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=True),
        sa.Column("evidence", sa.LargeBinary(), nullable=True),
        sa.Column("evidence_blob", sa.Text(), nullable=True),
        sa.Column("evidence_sha256", sa.Text(), nullable=True),
        sa.Column("cannot_why", sa.Text(), nullable=True),
        sa.Column("seen_at", UtcDateTime(), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("escalated_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["closed_by"], ["staff.id"], name=op.f("fk_takedown_closed_by_staff")),
        sa.ForeignKeyConstraint(["owner_id"], ["staff.id"], name=op.f("fk_takedown_owner_id_staff")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_takedown_post_id_post")),
        sa.ForeignKeyConstraint(
            ["revocation_id"], ["revocation.id"], name=op.f("fk_takedown_revocation_id_revocation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_takedown")),
    )
    op.create_index(op.f("ix_takedown_due_at"), "takedown", ["due_at"], unique=False)
    op.create_index(op.f("ix_takedown_owner_id"), "takedown", ["owner_id"], unique=False)
    op.create_index(op.f("ix_takedown_post_id"), "takedown", ["post_id"], unique=False)
    op.create_index(op.f("ix_takedown_revocation_id"), "takedown", ["revocation_id"], unique=False)
    op.create_index(op.f("ix_takedown_state"), "takedown", ["state"], unique=False)
    for statement in guards(op.get_bind().dialect.name):
        op.execute(sa.text(statement))


def downgrade() -> None:
    """Drop every table."""
    op.drop_index(op.f("ix_takedown_state"), table_name="takedown")
    op.drop_index(op.f("ix_takedown_revocation_id"), table_name="takedown")
    op.drop_index(op.f("ix_takedown_post_id"), table_name="takedown")
    op.drop_index(op.f("ix_takedown_owner_id"), table_name="takedown")
    op.drop_index(op.f("ix_takedown_due_at"), table_name="takedown")
    op.drop_table("takedown")
    op.drop_index(op.f("ix_paper_page_scan_id"), table_name="paper_page")
    op.drop_table("paper_page")
    op.drop_index(op.f("ix_stamp_ends_at"), table_name="stamp")
    op.drop_index(op.f("ix_stamp_consent_id"), table_name="stamp")
    op.drop_table("stamp")
    op.drop_index(op.f("ix_revocation_request_id"), table_name="revocation")
    op.drop_index(op.f("ix_revocation_consent_id"), table_name="revocation")
    op.drop_table("revocation")
    op.drop_index(op.f("ix_paper_scan_state"), table_name="paper_scan")
    op.drop_index(op.f("ix_paper_scan_consent_id"), table_name="paper_scan")
    op.drop_table("paper_scan")
    op.drop_index(op.f("ix_card_opening_card_id"), table_name="card_opening")
    op.drop_table("card_opening")
    op.drop_index(op.f("ix_withdrawn_image_image_id"), table_name="withdrawn_image")
    op.drop_index(op.f("ix_withdrawn_image_consent_id"), table_name="withdrawn_image")
    op.drop_table("withdrawn_image")
    op.drop_index(op.f("ix_spoken_state"), table_name="spoken")
    op.drop_index(op.f("ix_spoken_consent_id"), table_name="spoken")
    op.drop_index(op.f("ix_spoken_also_heard_by"), table_name="spoken")
    op.drop_table("spoken")
    op.drop_index(op.f("ix_signing_session_consent_id"), table_name="signing_session")
    op.drop_table("signing_session")
    op.drop_index(op.f("ix_signing_link_state"), table_name="signing_link")
    op.drop_index(op.f("ix_signing_link_session_id"), table_name="signing_link")
    op.drop_index(op.f("ix_signing_link_consent_id"), table_name="signing_link")
    op.drop_table("signing_link")
    op.drop_index(op.f("ix_signature_consent_id"), table_name="signature")
    op.drop_table("signature")
    op.drop_index(op.f("ix_showing_tablet_consent_id"), table_name="showing_tablet")
    op.drop_table("showing_tablet")
    op.drop_index(op.f("ix_showing_state"), table_name="showing")
    op.drop_index(op.f("ix_showing_consent_id"), table_name="showing")
    op.drop_table("showing")
    op.drop_index(op.f("ix_revocation_request_patient_id"), table_name="revocation_request")
    op.drop_index(op.f("ix_revocation_request_consent_id"), table_name="revocation_request")
    op.drop_table("revocation_request")
    op.drop_index(op.f("ix_post_consent_post_id"), table_name="post_consent")
    op.drop_index(op.f("ix_post_consent_image_id"), table_name="post_consent")
    op.drop_index(op.f("ix_post_consent_consent_id"), table_name="post_consent")
    op.drop_table("post_consent")
    op.drop_index(op.f("ix_paper_print_consent_id"), table_name="paper_print")
    op.drop_table("paper_print")
    op.drop_index(op.f("ix_legal_hold_consent_id"), table_name="legal_hold")
    op.drop_table("legal_hold")
    op.drop_index(op.f("ix_image_link_person_id"), table_name="image_link")
    op.drop_index(op.f("ix_image_link_image_id"), table_name="image_link")
    op.drop_index(op.f("ix_image_link_consent_id"), table_name="image_link")
    op.drop_table("image_link")
    op.drop_index(op.f("ix_document_sha256"), table_name="document")
    op.drop_index(op.f("ix_document_consent_id"), table_name="document")
    op.drop_table("document")
    op.drop_index(op.f("ix_destruction_state"), table_name="destruction")
    op.drop_index(op.f("ix_destruction_consent_id"), table_name="destruction")
    op.drop_table("destruction")
    op.drop_index(op.f("ix_copy_consent_id"), table_name="copy")
    op.drop_table("copy")
    op.drop_index(op.f("ix_consent_answer_consent_id"), table_name="consent_answer")
    op.drop_table("consent_answer")
    op.drop_index(op.f("ix_card_consent_id"), table_name="card")
    op.drop_table("card")
    op.drop_index(op.f("ix_release_sha256"), table_name="release")
    op.drop_index(op.f("ix_release_image_id"), table_name="release")
    op.drop_table("release")
    op.drop_index(op.f("ix_post_image_post_id"), table_name="post_image")
    op.drop_index(op.f("ix_post_image_image_id"), table_name="post_image")
    op.drop_table("post_image")
    op.drop_index(op.f("ix_incident_post_id"), table_name="incident")
    op.drop_table("incident")
    op.drop_index(op.f("ix_image_person_patient_id"), table_name="image_person")
    op.drop_index(op.f("ix_image_person_image_id"), table_name="image_person")
    op.drop_table("image_person")
    op.drop_index(op.f("ix_image_clearance_image_id"), table_name="image_clearance")
    op.drop_table("image_clearance")
    op.drop_index(op.f("ix_consent_status"), table_name="consent")
    op.drop_index(op.f("ix_consent_patient_id"), table_name="consent")
    op.drop_table("consent")
    op.drop_index(op.f("ix_task_state"), table_name="task")
    op.drop_index(op.f("ix_task_owner_id"), table_name="task")
    op.drop_table("task")
    op.drop_index(op.f("ix_staff_token_staff_id"), table_name="staff_token")
    op.drop_table("staff_token")
    op.drop_index(op.f("ix_staff_session_staff_id"), table_name="staff_session")
    op.drop_table("staff_session")
    op.drop_index(op.f("ix_second_factor_reset_staff_id"), table_name="second_factor_reset")
    op.drop_table("second_factor_reset")
    op.drop_index(op.f("ix_recovery_code_staff_id"), table_name="recovery_code")
    op.drop_table("recovery_code")
    op.drop_index(op.f("ix_post_state"), table_name="post")
    op.drop_table("post")
    op.drop_index(op.f("ix_patient_record_fingerprint"), table_name="patient")
    op.drop_index(op.f("ix_patient_person_fingerprint"), table_name="patient")
    op.drop_index(op.f("ix_patient_fingerprint_key"), table_name="patient")
    op.drop_table("patient")
    op.drop_index(op.f("ix_notice_state"), table_name="notice")
    op.drop_index(op.f("ix_notice_request_id"), table_name="notice")
    op.drop_index(op.f("ix_notice_next_at"), table_name="notice")
    op.drop_table("notice")
    op.drop_index(op.f("ix_image_state"), table_name="image")
    op.drop_index(op.f("ix_image_sha256"), table_name="image")
    op.drop_index(op.f("ix_image_parent_id"), table_name="image")
    op.drop_table("image")
    op.drop_index(op.f("ix_held_staff_id"), table_name="held")
    op.drop_table("held")
    op.drop_table("form_approval")
    op.drop_table("totp_step")
    op.drop_table("throttle")
    op.drop_table("stamp_turn")
    op.drop_table("stamp_root")
    op.drop_table("staff")
    op.drop_table("seal_certificate")
    op.drop_table("organisation")
    op.drop_table("notice_claim")
    op.drop_table("look_up")
    op.drop_table("image_fingerprint")
    op.drop_table("form_extra")
    op.drop_index(op.f("ix_data_key_kek_id"), table_name="data_key")
    op.drop_table("data_key")
    op.drop_table("custody_text")
    op.drop_table("custody_stamp")
    op.drop_table("custody_head")
    op.drop_index("ix_custody_about_ref_number", table_name="custody_about")
    op.drop_table("custody_about")
    op.drop_index(op.f("ix_custody_at"), table_name="custody")
    op.drop_index(op.f("ix_custody_actor"), table_name="custody")
    op.drop_index(op.f("ix_custody_act"), table_name="custody")
    op.drop_table("custody")
    op.drop_table("chore")
    op.drop_index(op.f("ix_account_channel"), table_name="account")
    op.drop_table("account")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(sa.text("DROP FUNCTION only_grows()"))
