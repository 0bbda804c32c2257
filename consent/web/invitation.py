"""One-time links for staff: the first administrator, an invitation, a forgotten password."""

from __future__ import annotations

from flask import redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from consent.acts import invitations
from consent.rules.refusal import NotFound, Refused
from consent.web import entering
from consent.web.desk import Desk, Door, Visit
from consent.web.form import Form

desk = Desk(
    "invitation",
    reasons={
        "password-short": "Use {shortest} characters or more. Several words in a row are good.",
        "password-long": "Use {longest} characters or fewer.",
        "password-common": "This password is on the list of common passwords. Use another.",
        "password-pattern": "This password is one simple pattern. Use another.",
        "password-own-name": "This password is mostly your name or address. Use another.",
        "email-wrong": "Enter an e-mail address, for example name@hospital.example.",
        "email-taken": "Somebody with this e-mail address has an account already.",
    },
)


@desk.page("/invitation/<token>", Door.OPEN)
def enter(visit: Visit, token: str) -> ResponseReturnValue:
    """Take the token out of the address: it goes into the cookie, and the browser goes on."""
    if invitations.find_invited(visit.house, token) is None:
        return _over()
    session.clear()
    session["invitation"] = token
    return redirect(url_for("invitation.accept"), 303)


@desk.page("/invitation", Door.OPEN, methods=("GET", "POST"))
def accept(visit: Visit) -> ResponseReturnValue:
    """Set name and password."""
    token = session.get("invitation")
    invited = invitations.find_invited(visit.house, token) if isinstance(token, str) else None
    if invited is None or not isinstance(token, str):
        return _over()
    if request.method == "GET":
        return render_template("sign_in/accept.html", form=Form(defaults={"name": invited.name}), invited=invited)
    sent = Form.sent()
    email = invited.email or sent.text("email", "Enter your e-mail address.")
    name = sent.text("name", "Enter your name, as your colleagues know it.")
    password = request.form.get("password", "")
    if password != request.form.get("password_again", ""):
        sent.wrong("password_again", "The two passwords are not the same.")
    if sent:
        try:
            begun = invitations.accept(visit.house, token, email=email, name=name, password=password)
        except Refused as refused:
            sent.refuse(refused)
        except NotFound:
            return _over()
        else:
            session.clear()
            return entering.come_in(visit.house, begun) if begun else redirect(url_for("sign_in.form"), 303)
    return render_template("sign_in/accept.html", form=sent, invited=invited), 422


def _over() -> ResponseReturnValue:
    return render_template("sign_in/link_over.html"), 410
