"""Who may do what, against a table written by hand."""

from __future__ import annotations

import pytest

from consent.rules.access import MAY, Act, Opening, Role, is_second_person, may, may_open
from consent.rules.identifiers import StaffId, UnitId

# Columns: clinician, communications, privacy officer, auditor, administrator. Written down from the house's
# duties, not copied from the program: a change must be made twice.
BY_HAND = """
see-home                      x x x x x
manage-own-account            x x x x x
see-tasks                     x x x x x
close-task                    x x x x x
report-incident               x x x x x
see-staff                     . . x x x
invite-staff                  . . . . x
change-roles                  . . . . x
disable-staff                 . . . . x
reset-second-factor           . . . . x
confirm-second-factor-reset   . . x . x
edit-organisation             . . . . x
edit-accounts                 . . . . x
see-forms                     x . x x x
approve-form                  . . . . x
withdraw-form                 . . x . x
edit-policy                   . . . . x
look-after-keys               . . . . x
confirm-clock                 . . . . x
back-up                       . . . . x
audit                         . . x x x
see-retention                 . . x x x
set-legal-hold                . . x . .
propose-destruction           . . x . .
confirm-destruction           . . x . x
create-consent                x . . . .
edit-draft                    x . . . .
discard-draft                 x . . . .
hand-over                     x . . . .
send-link                     x . . . .
print-form                    x . . . .
transcribe-scan               x . . . .
check-scan                    x . x . .
record-spoken                 x . . . .
confirm-spoken                x . x . .
see-consent                   x . x . .
find-by-record-number         x . x . .
find-by-name                  x . x . .
find-by-short-number          x . x . .
open-document                 x . x . .
give-copy                     x . x . .
new-card                      x . x . .
confirm-event                 x . x . .
void-consent                  x . x . .
suspend-consent               . . x . .
record-life-event             x . x . .
lift-suspension               . . x . .
add-image                     x . x . .
see-image                     x . x . .
cover-image                   x . x . .
review-image                  x . x . .
link-image                    x . x . .
unlink-image                  x . x . .
relink-image                  x . x . .
confirm-link-change           x . x . .
clear-image                   . . x . .
discard-image                 x . x . .
look-up                       x x x . .
look-up-by-file               x x x . .
open-candidate                x x x . .
open-grounds                  . . x . .
release-image                 . x x . .
plan-post                     . x x . .
approve-post                  . x x . .
record-post                   . x x . .
see-posts                     . x x x .
plan-showing                  . x x . .
see-showings                  . x x x .
show-to-patient               x . x . .
ask-again                     x . x . .
revoke-for-patient            x . x . .
find-revocation-mistaken      . . x . .
see-takedowns                 . x x x .
settle-takedown               . x x . .
see-incidents                 . . x x .
handle-incident               . . x . .
see-notices                   . . x x .
retry-notice                  . . x . .
see-custody                   . . x x .
verify-custody                . . x x .
export-custody                . . x x .
export-bundle                 . . x . .
see-timeline                  x . x x .
"""
COLUMNS = (Role.CLINICIAN, Role.COMMUNICATIONS, Role.PRIVACY_OFFICER, Role.AUDITOR, Role.ADMINISTRATOR)
ROWS = {line.split()[0]: line.split()[1:] for line in BY_HAND.strip().splitlines()}


def test_every_act_is_in_both_tables():
    assert set(ROWS) == {act.value for act in Act}
    assert set(MAY) == set(Act)


@pytest.mark.parametrize("act", list(Act))
def test_rule_50_each_role_may_do_just_this(act):
    assert [may([role], act) for role in COLUMNS] == [mark == "x" for mark in ROWS[act.value]]


def test_several_roles_add_up_and_no_role_may_nothing():
    both = [Role.CLINICIAN, Role.COMMUNICATIONS]
    assert may(both, Act.CREATE_CONSENT)
    assert may(both, Act.RECORD_POST)
    assert not any(may([], act) for act in Act)


def test_what_is_not_in_the_table_is_refused():
    assert not may(list(Role), "no-such-act")


def test_rule_50_those_who_post_never_find_or_open_a_patient():
    for act in (Act.SEE_CONSENT, Act.FIND_BY_NAME, Act.FIND_BY_RECORD_NUMBER, Act.OPEN_DOCUMENT):
        assert not may([Role.COMMUNICATIONS], act)


def test_rule_49_only_the_privacy_officer_finds_a_revocation_mistaken():
    assert MAY[Act.FIND_REVOCATION_MISTAKEN] == {Role.PRIVACY_OFFICER}


WARD, THEATRE = UnitId("ward"), UnitId("theatre")


@pytest.mark.parametrize(
    ("actor", "unit", "roles", "record_unit", "reason", "expected"),
    [
        ("me", WARD, [Role.CLINICIAN], THEATRE, None, Opening.FREELY),
        ("you", THEATRE, [Role.CLINICIAN], THEATRE, None, Opening.FREELY),
        ("you", WARD, [Role.CLINICIAN], THEATRE, None, Opening.REASON_NEEDED),
        ("you", WARD, [Role.CLINICIAN], THEATRE, "  ", Opening.REASON_NEEDED),
        ("you", WARD, [Role.CLINICIAN], THEATRE, "on call tonight", Opening.WITH_REASON),
        ("you", None, [Role.CLINICIAN], None, None, Opening.REASON_NEEDED),
        ("you", WARD, [Role.PRIVACY_OFFICER], THEATRE, None, Opening.FREELY),
        ("you", WARD, [Role.AUDITOR], THEATRE, None, Opening.REASON_NEEDED),
    ],
)
def test_rule_50_a_record_opens_to_its_maker_his_unit_or_for_a_reason(
    actor, unit, roles, record_unit, reason, expected
):
    opening = may_open(
        actor=StaffId(actor),
        actor_unit=unit,
        roles=roles,
        created_by=StaffId("me"),
        record_unit=record_unit,
        reason=reason,
    )
    assert opening is expected


def test_a_second_person_is_another_account():
    assert is_second_person(StaffId("a"), StaffId("b"))
    assert not is_second_person(StaffId("a"), StaffId("a"))
