"""When a takedown is settled and its case closed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from consent.rules.identifiers import TakedownId
from consent.rules.takedown import (
    Outcome,
    Takedown,
    is_overdue,
    objections_to_closing,
    objections_to_settling,
)

NOW = datetime(2026, 7, 2, 15, tzinfo=UTC)
OPEN = Takedown(TakedownId("t1"), NOW + timedelta(hours=24))
REMOVED = replace(OPEN, outcome=Outcome.REMOVED, seen_at=NOW, evidence="page gone")
KEPT = replace(OPEN, outcome=Outcome.CANNOT_BE_REMOVED, cause="printed in 2025")


@pytest.mark.parametrize(
    ("takedown", "codes"),
    [
        (OPEN, ["outcome-missing"]),
        (REMOVED, []),
        (KEPT, []),
        (replace(REMOVED, seen_at=None), ["time-missing"]),
        (replace(REMOVED, seen_at=NOW + timedelta(seconds=1)), ["time-in-future"]),
        (replace(REMOVED, evidence="  "), ["evidence-missing"]),
        (replace(KEPT, cause=" "), ["cause-missing"]),
    ],
)
def test_rule_42_removal_needs_evidence_and_its_impossibility_a_reason(takedown, codes):
    assert [reason.code for reason in objections_to_settling(takedown, NOW)] == codes
    assert bool(objections_to_closing([REMOVED, takedown], NOW)) is bool(codes)


def test_rule_42_a_takedown_is_overdue_only_while_open():
    late = NOW + timedelta(hours=25)
    assert is_overdue(OPEN, late)
    assert not is_overdue(OPEN, OPEN.due_at)
    assert not is_overdue(REMOVED, late)
