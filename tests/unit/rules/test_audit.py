"""Did a consent live behind a post on its day?"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from consent.rules.audit import Lifetime, had_consent, lived

AT, ON = datetime(2026, 5, 1, 12, tzinfo=UTC), date(2026, 5, 1)
GOOD = Lifetime(AT - timedelta(days=1), ON, None, is_void=False)


@pytest.mark.parametrize(
    ("consent", "expected"),
    [
        (GOOD, True),
        (Lifetime(AT + timedelta(seconds=1), ON, None, is_void=False), False),
        (Lifetime(None, ON, None, is_void=False), False),
        (Lifetime(GOOD.signed_at, ON - timedelta(days=1), None, is_void=False), False),
        (Lifetime(GOOD.signed_at, None, None, is_void=False), False),
        (Lifetime(GOOD.signed_at, ON, AT, is_void=False), False),
        (Lifetime(GOOD.signed_at, ON, AT + timedelta(seconds=1), is_void=False), True),
        (Lifetime(GOOD.signed_at, ON, None, is_void=True), False),
    ],
)
def test_a_consent_lives_from_its_signature_through_its_last_day(consent: Lifetime, expected: bool) -> None:
    assert lived(consent, AT, ON) is expected


def test_rule_48_every_consent_must_have_lived_and_none_is_needed_where_nobody_is_shown() -> None:
    ended = Lifetime(GOOD.signed_at, ON - timedelta(days=1), None, is_void=False)
    assert had_consent([GOOD], AT, ON, nobody_shown=False)
    assert not had_consent([GOOD, ended], AT, ON, nobody_shown=True)
    assert had_consent([], AT, ON, nobody_shown=True)
    assert not had_consent([], AT, ON, nobody_shown=False)
