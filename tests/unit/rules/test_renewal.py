"""A stamp is renewed in time, and an authority about to change its certificate is not asked every night."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from consent.rules.renewal import renew_from

AT = datetime(2026, 11, 22, tzinfo=UTC)
DAYS_90 = timedelta(days=90)


def test_ninety_days_before_the_end() -> None:
    ends = AT + timedelta(days=1000)
    assert renew_from(AT, ends, DAYS_90) == ends - DAYS_90


def test_a_short_life_is_halved() -> None:
    assert renew_from(AT, AT + timedelta(days=100), DAYS_90) == AT + timedelta(days=50)


def test_an_authority_whose_certificate_ends_tomorrow_is_asked_once_a_day() -> None:
    assert renew_from(AT, AT + timedelta(hours=20), DAYS_90) == AT + timedelta(days=1)
    assert renew_from(AT, AT - timedelta(days=5), DAYS_90) == AT + timedelta(days=1)


@given(st.integers(3, 9000), st.integers(1, 3650))
def test_it_is_always_before_the_end_and_never_at_once(life: int, before: int) -> None:
    ends = AT + timedelta(days=life)
    due = renew_from(AT, ends, timedelta(days=before))
    assert AT + timedelta(days=1) <= due < ends


def test_a_row_of_renewals_before_the_authority_changes_its_certificate_is_short() -> None:
    """A bad year: the certificate ends, and the authority goes on with it until the last day."""
    ends, now, count = AT + timedelta(days=400), AT, 0
    while now < ends:
        now, count = renew_from(now, ends, DAYS_90), count + 1
    assert count < 12
