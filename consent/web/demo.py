"""The demonstration's own desk: who plays here, with codes that an app would show, and the mail that did not go out.

Only a demonstration registers it. It tells no password: those stand in demo.json, which its owner alone can read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import pyotp
from flask import render_template
from flask.typing import ResponseReturnValue

from consent.web.desk import Desk, Door, Visit


class Mail(Protocol):
    """A message that was kept instead of sent."""

    @property
    def at(self) -> datetime:
        """When it would have gone out (UTC)."""

    @property
    def to(self) -> str:
        """Its address."""

    @property
    def subject(self) -> str:
        """Its subject."""

    @property
    def body(self) -> str:
        """Its text."""


def make_desk(read_demo: Callable[[], Mapping[str, Any]], read_mail: Callable[[], Sequence[Mail]]) -> Desk:
    """Return the desk over this demo.json and this mail, each read anew for every page."""
    desk = Desk("demo")

    @desk.page("/demo", Door.OPEN)
    def people(visit: Visit) -> ResponseReturnValue:
        """Show everybody's address and the code of this half minute."""
        now = visit.house.clock()
        accounts = read_demo().get("accounts", {})
        rows = [
            {
                "part": account["part"],
                "name": account["name"],
                "email": account["email"],
                "code": pyotp.TOTP(account["totp_secret"]).at(now),
            }
            for account in accounts.values()
        ]
        return render_template("demo/people.html", rows=rows, seconds=30 - int(now.timestamp()) % 30)

    @desk.page("/demo/mail", Door.OPEN)
    def mail(visit: Visit) -> ResponseReturnValue:
        """Show what would have been sent, newest first."""
        return render_template("demo/mail.html", messages=tuple(reversed(read_mail())))

    return desk
