"""The start page: what to do next, by role."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from consent.rules.access import Act
from consent.web.desk import Desk, Visit
from consent.web.menu import ITEMS, reachable

desk = Desk("home")


@desk.page("/", Act.SEE_HOME)
def start(visit: Visit) -> ResponseReturnValue:
    """Show what this person can do from here."""
    return render_template("home.html", choices=reachable(visit.actor, ITEMS[1:]))
