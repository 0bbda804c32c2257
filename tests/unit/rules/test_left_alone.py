"""When a tablet that nobody touches closes its pages: never unfelt, never without a warning of twenty seconds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from consent.rules.left_alone import SLACK, UNWARNED, Presence, staff_limit, warning

START = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)
AWAY = timedelta(minutes=15)


def test_a_browser_that_warns_closes_a_little_after_it_did() -> None:
    there = Presence(START, seen_at=START, warns_at=START)
    assert not there.is_locked(START + AWAY + SLACK, AWAY)
    assert there.is_locked(START + AWAY + SLACK + timedelta(seconds=1), AWAY)


def test_rule_18_a_browser_that_cannot_warn_has_no_limit_that_anybody_feels() -> None:
    there = Presence(START)
    assert timedelta(hours=20) <= UNWARNED
    assert not there.is_locked(START + UNWARNED, AWAY)
    assert there.is_locked(START + UNWARNED + timedelta(seconds=1), AWAY)


def test_each_sign_of_the_patient_begins_the_time_again() -> None:
    for number in range(1, 30):
        seen = START + number * AWAY
        assert not Presence(START, seen, START).is_locked(seen + AWAY, AWAY)


def test_what_was_locked_stays_locked_until_it_is_handed_over_again() -> None:
    locked = Presence(START, START, START, locked_at=START + AWAY)
    assert locked.is_locked(START + AWAY, AWAY)
    # Handing over begins with nothing known.
    again = Presence(START + 2 * AWAY)
    assert not again.is_locked(START + 2 * AWAY, AWAY)
    assert not again.warns
    assert again.last == START + 2 * AWAY


def test_a_clock_set_back_opens_nothing_and_locks_nobody_out() -> None:
    back = START - timedelta(hours=1)
    assert Presence(START, START, START, locked_at=back).is_locked(back, AWAY)
    assert not Presence(START, START, START).is_locked(back, AWAY)
    # The next sign of him is noted rightly, and counts from then on.
    assert Presence(START, back, START).is_locked(back + AWAY + 2 * SLACK, AWAY)
    assert Presence(START, START, START).is_locked(START - timedelta(days=2), AWAY)


@pytest.mark.parametrize("minutes", [1, 2, 5, 15, 60, 240, 720])
def test_rule_18_a_warning_stands_for_twenty_seconds_at_least(minutes: int) -> None:
    limit = timedelta(minutes=minutes)
    assert timedelta(seconds=20) <= warning(limit) < limit
    assert staff_limit(limit) < limit
    assert timedelta(seconds=20) <= warning(staff_limit(limit)) < staff_limit(limit)
