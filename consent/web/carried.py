"""What somebody had chosen and typed when the time of his card was over: it goes along while he types the code again.

It stands in the page that asks for the code, on his own device, and nowhere else.
"""

from __future__ import annotations

from flask import request
from flask_wtf.csrf import ValidationError, validate_csrf

NAMES = ("stop", "part", "words", "contact")
LONGEST = 20_000


def along() -> list[tuple[str, str]]:
    """Return what this request brings along, as fields of a page. Raises: nothing; what is too long is left."""
    if request.method != "POST" or not _is_ours():
        return []
    return [(name, value) for name in NAMES for value in request.form.getlist(name) if len(value) <= LONGEST]


def _is_ours() -> bool:
    """Another site must not put words into his page."""
    try:
        validate_csrf(request.form.get("csrf_token"))
    except ValidationError:
        return False
    return True
