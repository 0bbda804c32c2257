"""When a consent may be destroyed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from consent.rules.retention import Life, RetentionPolicy, due_on, may_destroy

POLICY = RetentionPolicy()
LIFE = Life(made_on=date(2026, 1, 10), signed_on=date(2026, 1, 10), expired_on=date(2028, 1, 10))


@pytest.mark.parametrize(
    ("changes", "due"),
    [
        ({}, date(2034, 1, 10)),
        ({"expired_on": None}, date(2032, 1, 10)),
        ({"withdrawn_on": date(2028, 3, 1)}, date(2034, 3, 1)),
        ({"withdrawn_on": date(2027, 3, 1)}, date(2034, 1, 10)),
        ({"last_removed_on": date(2029, 2, 28)}, date(2035, 2, 28)),
        ({"expired_on": date(2028, 2, 29)}, date(2034, 2, 28)),
        ({"majority_on": date(2040, 6, 1)}, date(2046, 6, 1)),
        ({"majority_on": date(2026, 6, 1)}, date(2034, 1, 10)),
    ],
)
def test_rule_27_six_years_after_the_latest_day_that_counts(changes: dict[str, date], due: date) -> None:
    life = replace(LIFE, **changes)  # type: ignore[arg-type]
    assert due_on(life, POLICY) == due
    assert may_destroy(life, POLICY, due) == ()
    assert [each.code for each in may_destroy(life, POLICY, date.fromordinal(due.toordinal() - 1))] == ["not-due"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"is_held": True}, "legal-hold"),
        ({"posts_out": 1}, "posts-out"),
        ({"tasks_open": 2}, "still-open"),
        ({"is_destroyed": True}, "destroyed-already"),
    ],
)
def test_rule_27_what_keeps_it_longer(changes: dict[str, object], code: str) -> None:
    life = replace(LIFE, **changes)  # type: ignore[arg-type]
    assert [each.code for each in may_destroy(life, POLICY, date(2060, 1, 1))] == [code]


def test_a_longer_policy_keeps_longer() -> None:
    assert due_on(LIFE, RetentionPolicy(years=10)) == date(2038, 1, 10)
    child = replace(LIFE, majority_on=date(2040, 6, 1))
    assert due_on(child, RetentionPolicy(after_majority=0)) == date(2040, 6, 1)
