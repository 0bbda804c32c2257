"""Who may do what: one table for roles, one rule for records.

Patients are not in it: their pages are opened by a signing session, a copy link or a withdrawal card.
Source: domain rule 50 (roles separated, least privilege, patient lists not visible to those who post).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Final

from consent.rules.identifiers import StaffId, UnitId


class Role(StrEnum):
    """What a member of staff is here for. One person may hold several."""

    CLINICIAN = "clinician"
    COMMUNICATIONS = "communications"
    PRIVACY_OFFICER = "privacy-officer"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class Act(StrEnum):
    """Everything that a member of staff can do."""

    # oneself
    SEE_HOME = "see-home"
    MANAGE_OWN_ACCOUNT = "manage-own-account"
    # people and organisation
    SEE_STAFF = "see-staff"
    INVITE_STAFF = "invite-staff"
    CHANGE_ROLES = "change-roles"
    DISABLE_STAFF = "disable-staff"
    RESET_SECOND_FACTOR = "reset-second-factor"
    CONFIRM_SECOND_FACTOR_RESET = "confirm-second-factor-reset"
    EDIT_ORGANISATION = "edit-organisation"
    EDIT_ACCOUNTS = "edit-accounts"
    SEE_FORMS = "see-forms"
    APPROVE_FORM = "approve-form"
    WITHDRAW_FORM = "withdraw-form"
    EDIT_POLICY = "edit-policy"
    LOOK_AFTER_KEYS = "look-after-keys"
    CONFIRM_CLOCK = "confirm-clock"
    BACK_UP = "back-up"
    AUDIT = "audit"
    SEE_RETENTION = "see-retention"
    SET_LEGAL_HOLD = "set-legal-hold"
    PROPOSE_DESTRUCTION = "propose-destruction"
    CONFIRM_DESTRUCTION = "confirm-destruction"
    # consents
    CREATE_CONSENT = "create-consent"
    EDIT_DRAFT = "edit-draft"
    DISCARD_DRAFT = "discard-draft"
    HAND_OVER = "hand-over"
    SEND_LINK = "send-link"
    PRINT_FORM = "print-form"
    TRANSCRIBE_SCAN = "transcribe-scan"
    CHECK_SCAN = "check-scan"
    RECORD_SPOKEN = "record-spoken"
    CONFIRM_SPOKEN = "confirm-spoken"
    SEE_CONSENT = "see-consent"
    FIND_BY_RECORD_NUMBER = "find-by-record-number"
    FIND_BY_NAME = "find-by-name"
    FIND_BY_SHORT_NUMBER = "find-by-short-number"
    OPEN_DOCUMENT = "open-document"
    GIVE_COPY = "give-copy"
    NEW_CARD = "new-card"
    CONFIRM_EVENT = "confirm-event"
    VOID_CONSENT = "void-consent"
    SUSPEND_CONSENT = "suspend-consent"
    LIFT_SUSPENSION = "lift-suspension"
    RECORD_LIFE_EVENT = "record-life-event"
    # pictures
    ADD_IMAGE = "add-image"
    SEE_IMAGE = "see-image"
    COVER_IMAGE = "cover-image"
    REVIEW_IMAGE = "review-image"
    LINK_IMAGE = "link-image"
    UNLINK_IMAGE = "unlink-image"
    RELINK_IMAGE = "relink-image"
    CONFIRM_LINK_CHANGE = "confirm-link-change"
    CLEAR_IMAGE = "clear-image"
    DISCARD_IMAGE = "discard-image"
    # posting
    LOOK_UP = "look-up"
    LOOK_UP_BY_FILE = "look-up-by-file"
    OPEN_CANDIDATE = "open-candidate"
    OPEN_GROUNDS = "open-grounds"
    RELEASE_IMAGE = "release-image"
    PLAN_POST = "plan-post"
    APPROVE_POST = "approve-post"
    RECORD_POST = "record-post"
    SEE_POSTS = "see-posts"
    PLAN_SHOWING = "plan-showing"
    SEE_SHOWINGS = "see-showings"
    SHOW_TO_PATIENT = "show-to-patient"
    ASK_AGAIN = "ask-again"
    # change of mind
    REVOKE_FOR_PATIENT = "revoke-for-patient"
    FIND_REVOCATION_MISTAKEN = "find-revocation-mistaken"
    SEE_TAKEDOWNS = "see-takedowns"
    SETTLE_TAKEDOWN = "settle-takedown"
    REPORT_INCIDENT = "report-incident"
    SEE_INCIDENTS = "see-incidents"
    HANDLE_INCIDENT = "handle-incident"
    SEE_NOTICES = "see-notices"
    RETRY_NOTICE = "retry-notice"
    SEE_TASKS = "see-tasks"
    CLOSE_TASK = "close-task"
    # the trail
    SEE_CUSTODY = "see-custody"
    VERIFY_CUSTODY = "verify-custody"
    EXPORT_CUSTODY = "export-custody"
    EXPORT_BUNDLE = "export-bundle"
    SEE_TIMELINE = "see-timeline"


_ALL: Final = frozenset(Role)
_CARE: Final = frozenset({Role.CLINICIAN, Role.PRIVACY_OFFICER})
_POSTING: Final = frozenset({Role.COMMUNICATIONS, Role.PRIVACY_OFFICER})
_ASKING: Final = frozenset({Role.CLINICIAN, Role.COMMUNICATIONS, Role.PRIVACY_OFFICER})
_WATCHING: Final = frozenset({Role.PRIVACY_OFFICER, Role.AUDITOR})
_OFFICER: Final = frozenset({Role.PRIVACY_OFFICER})
_CLINICIAN: Final = frozenset({Role.CLINICIAN})
_ADMINISTRATOR: Final = frozenset({Role.ADMINISTRATOR})

MAY: Final[Mapping[Act, frozenset[Role]]] = {
    Act.SEE_HOME: _ALL,
    Act.MANAGE_OWN_ACCOUNT: _ALL,
    Act.SEE_TASKS: _ALL,
    Act.CLOSE_TASK: _ALL,
    Act.REPORT_INCIDENT: _ALL,
    # The administrator runs the installation and sees no patient.
    Act.SEE_STAFF: _ADMINISTRATOR | _WATCHING,
    Act.INVITE_STAFF: _ADMINISTRATOR,
    Act.CHANGE_ROLES: _ADMINISTRATOR,
    Act.DISABLE_STAFF: _ADMINISTRATOR,
    Act.RESET_SECOND_FACTOR: _ADMINISTRATOR,
    Act.CONFIRM_SECOND_FACTOR_RESET: _ADMINISTRATOR | _OFFICER,
    Act.EDIT_ORGANISATION: _ADMINISTRATOR,
    Act.EDIT_ACCOUNTS: _ADMINISTRATOR,
    Act.SEE_FORMS: _ADMINISTRATOR | _WATCHING | _CLINICIAN,
    Act.APPROVE_FORM: _ADMINISTRATOR,
    Act.WITHDRAW_FORM: _ADMINISTRATOR | _OFFICER,
    Act.EDIT_POLICY: _ADMINISTRATOR,
    Act.LOOK_AFTER_KEYS: _ADMINISTRATOR,
    Act.CONFIRM_CLOCK: _ADMINISTRATOR,
    Act.BACK_UP: _ADMINISTRATOR,
    Act.AUDIT: _ADMINISTRATOR | _WATCHING,
    Act.SEE_RETENTION: _ADMINISTRATOR | _WATCHING,
    Act.SET_LEGAL_HOLD: _OFFICER,
    Act.PROPOSE_DESTRUCTION: _OFFICER,
    Act.CONFIRM_DESTRUCTION: _ADMINISTRATOR | _OFFICER,
    # Those who care for the patient take the consent; those who post never see who he is.
    Act.CREATE_CONSENT: _CLINICIAN,
    Act.EDIT_DRAFT: _CLINICIAN,
    Act.DISCARD_DRAFT: _CLINICIAN,
    Act.HAND_OVER: _CLINICIAN,
    Act.SEND_LINK: _CLINICIAN,
    Act.PRINT_FORM: _CLINICIAN,
    Act.TRANSCRIBE_SCAN: _CLINICIAN,
    # Another account than the one that transcribed, or that heard it first (rules 23, 24).
    Act.CHECK_SCAN: _CARE,
    Act.RECORD_SPOKEN: _CLINICIAN,
    Act.CONFIRM_SPOKEN: _CARE,
    Act.SEE_CONSENT: _CARE,
    Act.FIND_BY_RECORD_NUMBER: _CARE,
    Act.FIND_BY_NAME: _CARE,
    Act.FIND_BY_SHORT_NUMBER: _CARE,
    Act.OPEN_DOCUMENT: _CARE,
    Act.GIVE_COPY: _CARE,
    Act.NEW_CARD: _CARE,
    Act.CONFIRM_EVENT: _CARE,
    Act.VOID_CONSENT: _CARE,
    Act.SUSPEND_CONSENT: _OFFICER,
    Act.LIFT_SUSPENSION: _OFFICER,
    # Whoever cares for the patient hears of it first; only the privacy officer lets the consent count again.
    Act.RECORD_LIFE_EVENT: _CARE,
    Act.ADD_IMAGE: _CARE,
    Act.SEE_IMAGE: _CARE,
    Act.COVER_IMAGE: _CARE,
    Act.REVIEW_IMAGE: _CARE,
    Act.LINK_IMAGE: _CARE,
    Act.UNLINK_IMAGE: _CARE,
    Act.RELINK_IMAGE: _CARE,
    Act.CONFIRM_LINK_CHANGE: _CARE,
    Act.CLEAR_IMAGE: _OFFICER,
    Act.DISCARD_IMAGE: _CARE,
    # Anyone who might post may ask; what goes out goes through communications.
    Act.LOOK_UP: _ASKING,
    Act.LOOK_UP_BY_FILE: _ASKING,
    Act.OPEN_CANDIDATE: _ASKING,
    Act.OPEN_GROUNDS: _OFFICER,
    Act.RELEASE_IMAGE: _POSTING,
    Act.PLAN_POST: _POSTING,
    Act.APPROVE_POST: _POSTING,
    Act.RECORD_POST: _POSTING,
    Act.SEE_POSTS: _POSTING | _WATCHING,
    # Who posts plans what is shown first; who cares for the patient shows it, and asks him again.
    Act.PLAN_SHOWING: _POSTING,
    Act.SEE_SHOWINGS: _POSTING | _WATCHING,
    Act.SHOW_TO_PATIENT: _CARE,
    Act.ASK_AGAIN: _CARE,
    # Whoever hears the patient records it; only the privacy officer may find it mistaken (rule 49).
    Act.REVOKE_FOR_PATIENT: _CARE,
    Act.FIND_REVOCATION_MISTAKEN: _OFFICER,
    Act.SEE_TAKEDOWNS: _POSTING | _WATCHING,
    Act.SETTLE_TAKEDOWN: _POSTING,
    Act.SEE_INCIDENTS: _WATCHING,
    Act.HANDLE_INCIDENT: _OFFICER,
    Act.SEE_NOTICES: _WATCHING,
    Act.RETRY_NOTICE: _OFFICER,
    Act.SEE_CUSTODY: _WATCHING,
    Act.VERIFY_CUSTODY: _WATCHING,
    Act.EXPORT_CUSTODY: _WATCHING,
    # Everything about one patient leaves the house.
    Act.EXPORT_BUNDLE: _OFFICER,
    Act.SEE_TIMELINE: _CARE | _WATCHING,
}


def may(roles: Collection[Role], act: Act) -> bool:
    """Say whether somebody with these roles may do this act at all. What is not in the table is refused."""
    return not MAY.get(act, frozenset()).isdisjoint(roles)


class Opening(StrEnum):
    """How a record of one patient may be opened."""

    FREELY = "freely"
    WITH_REASON = "with-reason"
    """The reason given is kept in custody and shown to the privacy officer."""
    REASON_NEEDED = "reason-needed"
    """Not before a reason is stated."""


def may_open(
    *,
    actor: StaffId,
    actor_unit: UnitId | None,
    roles: Collection[Role],
    created_by: StaffId,
    record_unit: UnitId | None,
    reason: str | None = None,
) -> Opening:
    """Say whether this member of staff may open this record: his own, his unit's, or for a stated reason.

    It adds to `may`, never replaces it. The privacy officer needs no reason; custody keeps the opening anyway.
    """
    own = actor == created_by or (actor_unit is not None and actor_unit == record_unit)
    if own or Role.PRIVACY_OFFICER in roles:
        return Opening.FREELY
    return Opening.WITH_REASON if reason and reason.strip() else Opening.REASON_NEEDED


def is_second_person(first: StaffId, second: StaffId) -> bool:
    """Say whether two people acted: another account, whatever roles both hold."""
    return first != second
