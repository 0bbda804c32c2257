"""Whatever the audit can find has words for it, on the page and in the command."""

from __future__ import annotations

import inspect
import re

from consent.acts import audit
from consent.cli.audit import FINDINGS as TOLD
from consent.web.retention import FINDINGS as SHOWN


def test_every_finding_has_words() -> None:
    kinds = set(re.findall(r'Finding\(\s*"([a-z-]+)"', inspect.getsource(audit)))
    assert len(kinds) > 6
    assert kinds == set(SHOWN) == set(TOLD)
