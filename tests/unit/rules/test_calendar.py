"""Dates and deadlines."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.rules.calendar import (
    add_months,
    add_working_days,
    add_years,
    age_on,
    birthday,
    day_in,
    due_in_hours,
    due_in_working_days,
    is_working_day,
)

NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2025, 1, 31), 1, date(2025, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
        (date(2026, 1, 15), -1, date(2025, 12, 15)),
    ],
)
def test_rule_53_months_end_where_the_month_ends(day, months, expected):
    assert add_months(day, months) == expected


@pytest.mark.parametrize(
    ("born", "age", "expected"),
    [
        (date(2008, 5, 4), 18, date(2026, 5, 4)),
        (date(2008, 2, 29), 18, date(2026, 3, 1)),
        (date(2008, 2, 29), 20, date(2028, 2, 29)),
        (date(2008, 2, 29), 19, date(2027, 3, 1)),
        (date(2005, 12, 31), 21, date(2026, 12, 31)),
    ],
)
def test_rule_53_age_of_majority_on_leap_days(born, age, expected):
    assert birthday(born, age) == expected
    assert age_on(born, expected) == age
    assert age_on(born, expected - timedelta(days=1)) == age - 1


def test_an_age_before_birth_is_negative():
    assert age_on(date(2026, 5, 4), date(2026, 5, 3)) < 0


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.integers(0, 100))
def test_rule_53_the_birthday_is_the_first_day_of_that_age(born, years):
    day = birthday(born, years)
    assert age_on(born, day) == years
    assert day >= add_years(born, years)


def test_working_days_leave_out_weekends_and_holidays():
    friday = date(2026, 7, 3)
    assert is_working_day(friday, ())
    assert not is_working_day(friday, {friday})
    assert not is_working_day(date(2026, 7, 4), ())
    assert add_working_days(friday, 2, ()) == date(2026, 7, 7)
    assert add_working_days(date(2026, 7, 2), 2, {friday}) == date(2026, 7, 7)
    assert add_working_days(date(2026, 7, 4), 1, ()) == date(2026, 7, 6)
    assert add_working_days(friday, 0, ()) == friday


def test_rule_53_the_day_is_the_organisation_s():
    late = datetime(2026, 3, 2, 4, 30, tzinfo=UTC)
    assert day_in(NEW_YORK, late) == date(2026, 3, 1)
    assert day_in(ZoneInfo("UTC"), late) == date(2026, 3, 2)


def test_rule_53_hours_are_real_hours_across_a_change_of_clocks():
    before = datetime(2026, 3, 7, 12, tzinfo=NEW_YORK)
    due = due_in_hours(before, 24)
    assert due - before.astimezone(UTC) == timedelta(hours=24)
    assert due.astimezone(NEW_YORK).hour == 13


@pytest.mark.parametrize(
    ("now", "count", "expected"),
    [
        # The clocks go forward on Sunday 8 March and back on Sunday 1 November.
        (datetime(2026, 3, 6, 9, tzinfo=NEW_YORK), 2, datetime(2026, 3, 10, 13, tzinfo=UTC)),
        (datetime(2026, 10, 30, 9, tzinfo=NEW_YORK), 2, datetime(2026, 11, 3, 14, tzinfo=UTC)),
        (datetime(2028, 2, 28, 9, tzinfo=NEW_YORK), 1, datetime(2028, 2, 29, 14, tzinfo=UTC)),
    ],
)
def test_rule_53_working_days_keep_the_time_of_day(now, count, expected):
    assert due_in_working_days(now, count, NEW_YORK, ()) == expected
