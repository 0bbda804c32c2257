"""What a browser says of its device, in two plain words: how large, and which browser. No fingerprint of anything.

The version, the model and the system are dropped on purpose: they name a person's own device, and prove nothing.
Source: RFC 9110, 10.1.5 (a User-Agent may be anything; what cannot be told is left unsaid).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

LONGEST: Final = 1_000
# In this order, because most browsers name others beside themselves.
_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Chromium/", "Chrome"),
    ("Safari/", "Safari"),
)
_PHONES: Final = ("iPhone", "Mobile")
_ALL: Final = ("Windows", "Macintosh", "Linux", "Android", "iPad", "iPhone", "CrOS")


@dataclass(frozen=True)
class Device:
    """`size`: phone, wide (a tablet or a computer: they say the same of themselves), or empty. `browser`: its name."""

    size: str = ""
    browser: str = ""


def describe(user_agent: str) -> Device:
    """Return what can be told; nothing of what is unknown. A tablet that calls itself a computer is `wide` as well."""
    said = user_agent[:LONGEST]
    browser = next((name for sign, name in _BROWSERS if sign in said), "")
    if not any(system in said for system in _ALL):
        return Device("", browser)
    is_phone = "iPad" not in said and any(sign in said for sign in _PHONES)
    return Device("phone" if is_phone else "wide", browser)
