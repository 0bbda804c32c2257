"""The checklist before posting."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from consent.rules.checklist import (
    ASKED,
    CHECKLIST,
    PostRecord,
    Tick,
    approval_objections,
    checklist_objections,
    record_objections,
)
from consent.rules.identifiers import ImageId, StaffId

NOW = datetime(2026, 7, 2, 15, tzinfo=UTC)
COMPLETE = {item.code: Tick.YES for item in ASKED}
POST = PostRecord("instagram", "organisation", "https://example.org/p/1", NOW, (ImageId("IMG-7K3Q-9XTF-3"),))


def codes(reasons):
    return [(reason.code, reason.field) for reason in reasons]


def test_rule_37_the_checklist_is_complete_or_no_post():
    assert checklist_objections(COMPLETE) == ()
    assert codes(checklist_objections({})) == [("item-unanswered", item.code) for item in ASKED]
    assert len({item.code for item in CHECKLIST}) == len(CHECKLIST)


@pytest.mark.parametrize("item", ASKED)
def test_rule_37_a_no_stops_and_only_some_items_may_not_apply(item):
    assert codes(checklist_objections({**COMPLETE, item.code: Tick.NO})) == [("item-not-met", item.code)]
    set_aside = checklist_objections({**COMPLETE, item.code: Tick.NOT_APPLICABLE})
    assert codes(set_aside) == ([] if item.may_not_apply else [("item-always-applies", item.code)])


@pytest.mark.parametrize(
    ("approvers", "one_person_clinic", "allowed"),
    [
        ((), False, False),
        ((), True, False),
        (("me",), False, False),
        (("me",), True, True),
        (("you",), False, True),
        (("me", "you"), False, True),
    ],
)
def test_the_poster_is_never_the_only_approver(approvers, one_person_clinic, allowed):
    found = approval_objections(StaffId("me"), frozenset(map(StaffId, approvers)), one_person_clinic=one_person_clinic)
    assert (found == ()) is allowed


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"channel": ""}, [("missing", "channel")]),
        ({"account": ""}, [("missing", "account")]),
        ({"address": ""}, [("missing", "address")]),
        ({"images": ()}, [("missing", "images")]),
        ({"address": "javascript:alert(1)"}, [("address-not-a-link", "address")]),
        ({"address": "Waiting room, ground floor", "is_online": False}, []),
        ({"posted_at": None}, [("missing", "posted_at")]),
        ({"posted_at": NOW + timedelta(minutes=1)}, [("time-in-future", "posted_at")]),
        ({"is_ours": False}, [("missing", "recipient")]),
        ({"is_ours": False, "recipient": "The Journal"}, []),
    ],
)
def test_rule_37_a_post_is_recorded_with_address_account_time_and_images(changes, expected):
    assert codes(record_objections(replace(POST, **changes), NOW)) == expected
