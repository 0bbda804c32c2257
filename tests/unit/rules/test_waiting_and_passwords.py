"""Passwords, back-off, expiry, pasted lists."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.rules.backoff import LONGEST_PAUSE, may_try_at, pause_after, pin_is_spent, wait_left
from consent.rules.expiry import (
    ReviewCause,
    is_good,
    is_release_chased,
    review_causes,
    warnings_due,
)
from consent.rules.identifiers import new_image_id
from consent.rules.lookup import LONGEST_LIST, BadEntry, parse_image_list
from consent.rules.passwords import normalised, password_objections

COMMON = frozenset({"passwordpassword", "qwertyuiopasdf", "correcthorsebattery"})
NOW = datetime(2026, 7, 2, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("elevenchars", "password-short"),
        ("twelve chars", None),
        ("plover under stone", None),
        ("x" * 129, "password-long"),
        ("ab cd ef gh " * 10, None),
        ("PasswordPassword", "password-common"),
        ("passwordpassword2026!", "password-common"),
        ("aaaaaaaaaaaaa", "password-pattern"),
        ("abababababab", "password-pattern"),
        ("lanternlantern", "password-pattern"),
        ("passwordpasswordpassword", "password-pattern"),
        ("abcdefghijklm", "password-pattern"),
        ("mlkjihgfedcba", "password-pattern"),
        ("Fernandez-2026", "password-own-name"),
        ("ana.fernandez@clinic", "password-own-name"),
        ("fernandez under a green stone", None),
        ("пароль на завтра", None),
    ],
)
def test_passwords_are_refused_for_being_short_common_a_pattern_or_a_name(password, code):
    found = password_objections(password, COMMON, ["Ana Fernández", "ana.fernandez@clinic.example"])
    assert [reason.code for reason in found] == ([code] if code else [])


def test_two_keyboards_write_the_same_password():
    assert normalised("e\u0301tude") == normalised("\u00e9tude")


@pytest.mark.parametrize(
    ("wrong", "seconds"), [(0, 0), (2, 0), (3, 2), (4, 4), (8, 64), (13, 2048), (14, 3600), (10**9, 3600)]
)
def test_wrong_tries_slow_down_and_pause_an_hour_at_most(wrong, seconds):
    assert pause_after(wrong) == timedelta(seconds=seconds)


@given(st.integers(0, 10_000))
def test_a_pause_only_grows_and_never_locks_for_good(wrong):
    assert pause_after(wrong) <= pause_after(wrong + 1) <= LONGEST_PAUSE


def test_the_pause_is_counted_from_the_last_try():
    assert may_try_at(5, None) is None
    assert may_try_at(0, NOW) is None
    assert may_try_at(4, NOW) == NOW + timedelta(seconds=4)
    assert wait_left(4, NOW, NOW + timedelta(seconds=1)) == timedelta(seconds=3)
    assert wait_left(4, NOW, NOW + timedelta(seconds=4)) == timedelta(0)
    assert wait_left(0, None, NOW) == timedelta(0)
    # The last try was noted under a clock two days ahead.
    assert wait_left(4, NOW + timedelta(days=2), NOW) == pause_after(4)


def test_five_wrong_pins_are_the_end_of_the_pin():
    assert [pin_is_spent(wrong) for wrong in (0, 4, 5, 6)] == [False, False, True, True]


TODAY = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("left", "given_before", "expected"),
    [
        (91, (), ()),
        (90, (), (90,)),
        (89, (90,), ()),
        (30, (90,), (30,)),
        (7, (90, 30), (7,)),
        (7, (90, 30, 7), ()),
        (5, (), (7,)),
        (5, (7,), ()),
        (20, (7,), ()),
        (0, (90, 30), (7,)),
        (-1, (90, 30), ()),
    ],
)
def test_rule_39_expiring_consents_warn_once_at_90_30_and_7_days(left, given_before, expected):
    assert warnings_due(TODAY + timedelta(days=left), given_before, TODAY) == expected


def test_rule_39_on_expiry_and_majority_live_posts_are_reviewed():
    yesterday = TODAY - timedelta(days=1)

    def causes(expires_on, majority_on, by_representative=True):
        return review_causes(expires_on, majority_on, by_representative=by_representative, today=TODAY)

    assert is_good(TODAY, TODAY)
    assert causes(TODAY, None) == ()
    assert causes(yesterday, None) == (ReviewCause.EXPIRED,)
    assert causes(TODAY, TODAY) == (ReviewCause.CAME_OF_AGE,)
    assert causes(TODAY, TODAY, by_representative=False) == ()
    assert causes(yesterday, TODAY) == (ReviewCause.EXPIRED, ReviewCause.CAME_OF_AGE)


def test_a_release_without_a_post_is_chased_after_seven_days():
    week = timedelta(days=7)
    assert is_release_chased(NOW, post_recorded=False, now=NOW + week)
    assert not is_release_chased(NOW, post_recorded=False, now=NOW + week - timedelta(seconds=1))
    assert not is_release_chased(NOW, post_recorded=True, now=NOW + week)


def test_a_pasted_list_is_read_however_it_is_parted():
    seeds = iter(range(1, 250))
    first, second, third = (
        new_image_id(lambda count: bytes((next(seeds) * 7) % 250 for _ in range(count))) for _ in range(3)
    )
    spaced = first.lower().replace("-", " ")
    wrong = second[:-1] + ("2" if second[-1] != "2" else "3")
    read = parse_image_list(f"{spaced}\n{second}, {third};{first} {second}\n\nnonsense\n{wrong}\n")
    assert read.images == (first, second, third)
    assert read.bad == (BadEntry("nonsense", "format"), BadEntry(wrong, "check"))
    assert not read.is_cut
    assert parse_image_list("") == parse_image_list(" \n, ")


def test_a_list_too_long_is_cut_and_says_so():
    read = parse_image_list("x\n" * (LONGEST_LIST + 1))
    assert read.is_cut
    assert len(read.bad) == LONGEST_LIST
