"""Whatever the audit can find has words for it, on the page and in the command."""

from __future__ import annotations

from consent.cli.audit import FINDINGS as TOLD
from consent.rules.audit import Worry
from consent.web.retention import FINDINGS as SHOWN


def test_every_finding_has_words() -> None:
    assert set(Worry) == set(SHOWN) == set(TOLD)
