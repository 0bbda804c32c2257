"""The start page: what to do next, by role."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from consent.acts import form_approvals, sign_in
from consent.rules.access import Act, may
from consent.web.desk import Desk, Visit
from consent.web.menu import ITEMS, reachable

desk = Desk("home")


@desk.page("/", Act.SEE_HOME)
def start(visit: Visit) -> ResponseReturnValue:
    """Show what has to be done first, and what this person can do from here."""
    takes_consents = may(visit.actor.roles, Act.HAND_OVER)
    return render_template(
        "home.html",
        choices=reachable(visit.actor, ITEMS[1:]),
        ready=form_approvals.ready(visit.house),
        sets_up=may(visit.actor.roles, Act.EDIT_ORGANISATION),
        takes_consents=takes_consents,
        pin_missing=takes_consents and not sign_in.own_account(visit.house, visit.actor).pin,
    )
