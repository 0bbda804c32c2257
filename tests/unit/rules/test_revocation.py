"""What a revocation brings with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from consent.rules.identifiers import ConsentId, ImageId, PostId, ReleaseId, StaffId
from consent.rules.revocation import (
    NoticeKind,
    OwnerKind,
    PostFacts,
    ReleaseFacts,
    Rest,
    TakedownPolicy,
    Withdrawal,
    consequences,
    touches,
)

C1, C2 = ConsentId("c1"), ConsentId("c2")
IMAGE, OTHER_IMAGE = ImageId("IMG-7K3Q-9XTF-3"), ImageId("IMG-2222-2222-X")
POLICY = TakedownPolicy(ZoneInfo("America/New_York"), frozenset({date(2026, 7, 3)}))
NOW = datetime(2026, 7, 2, 15, tzinfo=UTC)  # a Thursday, 11:00 in New York
WHOLE = Withdrawal(frozenset({C1}), whole=True)


def post(name="post1", **changes):
    facts = PostFacts(
        PostId(name),
        "instagram",
        "public-education",
        "organisation",
        StaffId("poster"),
        (Rest(C1, IMAGE, "photo"),),
    )
    return replace(facts, **changes)


def release(name="release1", **changes):
    facts = ReleaseFacts(
        ReleaseId(name),
        "instagram",
        "public-education",
        "organisation",
        StaffId("holder"),
        (Rest(C1, IMAGE, "photo"),),
    )
    return replace(facts, **changes)


def part(kind, code):
    return Withdrawal(frozenset({C1}), parts=frozenset({(kind, code)}))


@pytest.mark.parametrize(
    ("withdrawal", "touched"),
    [
        (WHOLE, True),
        (Withdrawal(frozenset({C2}), whole=True), False),
        (part("channel", "instagram"), True),
        (part("channel", "tiktok"), False),
        (part("purpose", "public-education"), True),
        (part("purpose", "promotion"), False),
        (part("account", "organisation"), True),
        (part("medium", "photo"), True),
        (part("medium", "film"), False),
        (part("permission", "recognisable"), True),
        (part("permission", "first-name"), True),
        (part("permission", "show-first"), False),
        (part("permission", "train-ai"), False),
        (Withdrawal(frozenset({C1}), images=frozenset({IMAGE})), True),
        (Withdrawal(frozenset({C1}), images=frozenset({OTHER_IMAGE})), False),
        (Withdrawal(frozenset({C1})), False),
    ],
)
def test_rule_44_a_withdrawal_touches_what_rests_on_it_and_nothing_else(withdrawal, touched):
    assert touches(withdrawal, post()) is touched
    assert touches(withdrawal, release()) is touched
    assert bool(consequences(withdrawal, [post()], [], POLICY, NOW).flags) is touched


def test_rule_44_where_nobody_is_recognisable_that_permission_touches_nothing():
    unseen = post(rests_on=(Rest(C1, IMAGE, "photo", recognisable=False),))
    assert not touches(part("permission", "recognisable"), unseen)
    assert touches(part("permission", "first-name"), unseen)


def test_an_empty_withdrawal_is_known():
    assert Withdrawal(frozenset({C1})).is_empty
    assert Withdrawal(frozenset(), whole=True).is_empty
    assert not WHOLE.is_empty
    assert not part("channel", "instagram").is_empty


def test_rule_41_every_live_post_is_flagged_with_its_owner_and_due_time():
    theirs = post("post2", account="journal", recipient="journal-1")
    other_account = post("post3", account="dr-lee")
    gone = post("post4", live=False)
    unrelated = post("post5", rests_on=(Rest(C2, IMAGE, "photo"),))
    mixed = post("post6", rests_on=(Rest(C2, OTHER_IMAGE, "photo"), Rest(C1, IMAGE, "photo")))
    found = consequences(WHOLE, [post(), theirs, other_account, gone, unrelated, mixed], [], POLICY, NOW)
    in_a_day = datetime(2026, 7, 3, 15, tzinfo=UTC)
    # Friday 3 July is a holiday, so two working days end on Tuesday.
    in_two_working_days = datetime(2026, 7, 7, 15, tzinfo=UTC)
    assert [(flag.post, flag.owner, flag.due_at) for flag in found.flags] == [
        ("post1", OwnerKind.ORGANISATION, in_a_day),
        ("post2", OwnerKind.OTHER, in_two_working_days),
        ("post3", OwnerKind.OTHER, in_two_working_days),
        ("post6", OwnerKind.ORGANISATION, in_a_day),
    ]


def test_rule_41_deadlines_are_settings():
    policy = replace(POLICY, own_hours=1, others_working_days=1)
    found = consequences(WHOLE, [post(), post("p2", recipient="x")], [], policy, NOW)
    assert [flag.due_at for flag in found.flags] == [
        datetime(2026, 7, 2, 16, tzinfo=UTC),
        datetime(2026, 7, 6, 15, tzinfo=UTC),
    ]


def test_everybody_who_must_act_is_told_once():
    posts = [post("a"), post("b"), post("c", poster=StaffId("second"), recipient="journal")]
    releases = [release("r1"), release("r2"), release("r3", recipient="journal"), release("r4", recipient="tv")]
    untouched = release("r5", rests_on=(Rest(C2, IMAGE, "photo"),))
    found = consequences(WHOLE, posts, [*releases, untouched], POLICY, NOW)
    told = {(notice.kind, notice.to): (notice.posts, notice.releases) for notice in found.notices}
    assert len(told) == len(found.notices)
    assert told == {
        (NoticeKind.POSTER, "poster"): (("a", "b"), ()),
        (NoticeKind.POSTER, "second"): (("c",), ()),
        (NoticeKind.RELEASE_HOLDER, "holder"): ((), ("r1", "r2", "r3", "r4")),
        (NoticeKind.RECIPIENT, "journal"): (("c",), ("r3",)),
        (NoticeKind.RECIPIENT, "tv"): ((), ("r4",)),
        (NoticeKind.COMMUNICATIONS, "communications"): (("a", "b", "c"), ("r1", "r2", "r3", "r4")),
        (NoticeKind.PRIVACY_OFFICER, "privacy-officer"): (("a", "b", "c"), ("r1", "r2", "r3", "r4")),
        (NoticeKind.ACKNOWLEDGEMENT, ""): (("a", "b", "c"), ("r1", "r2", "r3", "r4")),
    }
    assert found.releases == ("r1", "r2", "r3", "r4")


def test_rule_45_the_patient_is_answered_even_when_nothing_was_posted():
    kinds = [notice.kind for notice in consequences(WHOLE, [], [], POLICY, NOW).notices]
    assert kinds == [NoticeKind.COMMUNICATIONS, NoticeKind.PRIVACY_OFFICER, NoticeKind.ACKNOWLEDGEMENT]
