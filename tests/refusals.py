"""What an act refuses, and why."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from consent.rules.refusal import Refused


def refused(run: Callable[[], object], *codes: str) -> Refused:
    """See it refused, for these reasons among others."""
    with pytest.raises(Refused) as caught:
        run()
    assert set(codes) <= set(caught.value.codes), caught.value.codes
    return caught.value
