"""The printer knows no `<bdi>`, so that the isolating characters of Unicode itself stand in its place."""

from __future__ import annotations

import re

from consent.rules.direction import isolated

_PIECE = re.compile(r'<bdi( dir="ltr")?>(.*?)</bdi>', re.DOTALL)


def isolate(page: str, direction: str) -> str:
    """The page with each `<bdi>` as isolating characters, where anything in or around it runs the other way."""
    return _PIECE.sub(lambda found: isolated(found[2], direction, left_to_right=bool(found[1])), page)
