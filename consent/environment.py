"""One value of the environment after another, read as what it should be; what is wrong with each is collected."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo


class SettingsError(Exception):
    """What is wrong with the environment, one plain line each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Reader:
    """Reads one value after another and collects what is wrong with each."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = environment
        self.problems: list[str] = []
        self.known: set[str] = set()

    def text(self, name: str, default: str) -> str:
        """Return the words, or the default."""
        return self.optional(name) or default

    def optional(self, name: str) -> str | None:
        """Return the words, if there are any."""
        self.known.add(name)
        return self.environment.get(name, "").strip() or None

    def refuse_unknown(self) -> None:
        """Name what looks like a setting of ours and is none: mistyped, it would silently not count."""
        for name in sorted(self.environment):
            if name.startswith("CONSENT_") and name not in self.known:
                self.problems.append(f"{name} is no setting: is it mistyped?")

    def whole(self, name: str, default: int, low: int, high: int) -> int:
        """Return a whole number between the two."""
        written = self.text(name, str(default))
        if not (written.isascii() and written.isdecimal()) or not low <= int(written) <= high:
            self.problems.append(f"{name} must be a whole number from {low} to {high}, not {written!r}.")
            return default
        return int(written)

    def switch(self, name: str, default: bool) -> bool:
        """Return whether it says yes."""
        written = self.text(name, "yes" if default else "no").lower()
        if written not in ("yes", "no"):
            self.problems.append(f"{name} must be yes or no, not {written!r}.")
        return written == "yes"

    def one_of(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        """Return one of the words allowed."""
        written = self.text(name, default)
        if written not in allowed:
            self.problems.append(f"{name} must be one of {', '.join(allowed)}, not {written!r}.")
        return written

    def file(self, name: str) -> Path | None:
        """Return a file that is there, if one is named."""
        written = self.optional(name)
        if written is None:
            return None
        if not Path(written).is_file():
            self.problems.append(f"{name} names a file that is not there: {written}")
        return Path(written)

    def zone(self, name: str, default: str) -> ZoneInfo:
        """Return a time zone."""
        try:
            return ZoneInfo(self.text(name, default))
        except (KeyError, ValueError, OSError):
            self.problems.append(f"{name} is not a time zone: {self.text(name, default)!r}.")
            return ZoneInfo("UTC")

    def days(self, name: str) -> frozenset[date]:
        """Return dates."""
        found = set()
        for word in self.text(name, "").replace(",", " ").split():
            try:
                found.add(date.fromisoformat(word))
            except ValueError:
                self.problems.append(f"{name} must be dates such as 2027-01-01, not {word!r}.")
        return frozenset(found)

    def url(self, name: str, default: str) -> str:
        """Return an origin: scheme, host and port."""
        written = self.text(name, default).rstrip("/")
        if not _is_origin(written):
            self.problems.append(f"{name} must be like https://consent.example.org, not {written!r}.")
        return written

    def database(self, name: str, default: str) -> str:
        """Return a database's address; it is never repeated in a message."""
        written = self.text(name, default)
        scheme = written.partition("://")[0]
        if scheme not in ("sqlite", "postgresql", "postgresql+psycopg") or "://" not in written:
            # Not repeated: it may hold a password.
            self.problems.append(f"{name} must begin with postgresql:// or sqlite:///.")
        return written

    def bind(self, name: str, default: str) -> str:
        """Return an address to listen on."""
        written = self.text(name, default)
        try:
            if written != "localhost":
                ipaddress.ip_address(written)
        except ValueError:
            self.problems.append(f"{name} must be an address such as 127.0.0.1 or 0.0.0.0, not {written!r}.")
        return written


def _is_origin(written: str) -> bool:
    try:
        parts = urlsplit(written)
        whole = parts.port is None or parts.port > 0
    except ValueError:
        return False
    plain = not (parts.path or parts.query or parts.fragment or "@" in parts.netloc)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and plain and whole
