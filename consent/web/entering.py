"""Put a sign-in into the browser, and take it out: used by every page at which somebody comes in or leaves."""

from __future__ import annotations

from flask import redirect, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_user, logout_user

from consent.acts import doors, held, sessions, showing_tablet, unlocking
from consent.acts.house import House
from consent.rules.refusal import NotFound
from consent.web.staff_login import StaffUser


def come_in(house: House, token: str) -> ResponseReturnValue:
    """Give this browser the sign-in and lead on: to what was typed before, to where he was going, or home.

    Whatever else the browser held, such as a signing session, is gone from it.
    """
    found = sessions.find(house, token)
    if not isinstance(found, sessions.SignedIn):
        raise NotFound
    going, signing, showing = session.get("going"), session.get("signing"), session.get("showing")
    session.clear()
    signing_id = doors.find(house, "signing", signing) if isinstance(signing, str) else None
    if signing_id is not None:
        unlocking.finish_signing(house, signing_id)
    tablet_id = doors.find(house, "showing", showing) if isinstance(showing, str) else None
    if tablet_id is not None:
        showing_tablet.finish(house, tablet_id)
    login_user(StaffUser(token, found))
    if held.waiting_form(house, found.actor) is not None:
        return redirect(url_for("kept.form"), 303)
    if isinstance(going, str) and going.startswith("/") and not going.startswith("//"):
        return redirect(going, 303)
    return redirect(url_for("home.start"), 303)


def leave() -> ResponseReturnValue:
    """Take everything from this browser and show the sign-in page."""
    logout_user()
    session.clear()
    return redirect(url_for("sign_in.form", out="yes"), 303)
