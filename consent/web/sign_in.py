"""Sign in and out, and unlock a tablet that was handed over."""

from __future__ import annotations

from datetime import datetime

from flask import g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from consent.acts import lending, sign_in, unlocking
from consent.acts.sessions import SignedOut
from consent.acts.sign_in import PasswordShown
from consent.rules.refusal import Refused
from consent.web import entering
from consent.web.desk import Desk, Door, Visit
from consent.web.form import Form
from consent.web.handing_back import ask_pin

desk = Desk(
    "sign_in",
    reasons={
        "wait": "Too many tries. Seconds to wait before the next one: {seconds}.",
        "sign-in-wrong": "The e-mail address or the password is not right.",
        "code-wrong": "The code is not right. Enter the newest code from your app, or a recovery code.",
        "sign-in-stale": "That took too long. Enter your e-mail address and password again.",
        "password-old-wrong": "That is not your password.",
        "pin-wrong": "The PIN is not right. Tries left: {left}.",
        "pin-spent": "Too many wrong PINs. Sign in with your password and your code.",
        "unlock-too-late": "The hand-over was more than 8 hours ago. Sign in with your password and your code.",
    },
)
SHOWN = "password_shown"


@desk.page("/sign-in", Door.OPEN, methods=("GET", "POST"))
def form(visit: Visit) -> ResponseReturnValue:
    """Ask for e-mail address and password."""
    if request.method == "GET":
        if current_user.is_authenticated:
            return redirect(url_for("home.start"), 303)
        return _ask_password(Form(), 200)
    sent = Form.sent()
    email = sent.text("email", "Enter your e-mail address.")
    password = request.form.get("password", "")
    if not password:
        sent.wrong("password", "Enter your password.")
    if not sent:
        return _ask_password(sent, 422)
    try:
        begun = sign_in.show_password(visit.house, email, password, request.remote_addr or "")
    except Refused as refused:
        sent.refuse(refused)
        return _ask_password(sent, 422)
    if isinstance(begun, PasswordShown):
        session[SHOWN] = {"staff": begun.staff_id, "at": begun.at.isoformat(), "proof": begun.proof}
        return redirect(url_for("sign_in.code"), 303)
    return entering.come_in(visit.house, begun.token)


@desk.page("/sign-in/code", Door.OPEN, methods=("GET", "POST"))
def code(visit: Visit) -> ResponseReturnValue:
    """Ask for the second factor."""
    shown = _shown()
    if shown is None:
        return redirect(url_for("sign_in.form"), 303)
    if request.method == "GET":
        return render_template("sign_in/code.html", form=Form())
    sent = Form.sent()
    typed = sent.text("code", "Enter the code.", longest=40)
    if sent:
        try:
            begun = sign_in.show_code(visit.house, shown, typed)
        except Refused as refused:
            if "sign-in-stale" in refused.codes:
                session.pop(SHOWN, None)
                return redirect(url_for("sign_in.form", late="yes"), 303)
            sent.refuse(refused)
        else:
            return entering.come_in(visit.house, begun.token)
    return render_template("sign_in/code.html", form=sent), 422


@desk.page("/sign-out", Door.STAFF, methods=("POST",))
def out(visit: Visit) -> ResponseReturnValue:
    """End this sign-in."""
    sign_in.sign_out(visit.house, visit.actor, current_user.signed_in.session_id)
    return entering.leave()


@desk.page("/unlock", Door.SIGNING, methods=("GET", "POST"))
def unlock(visit: Visit) -> ResponseReturnValue:
    """Give the tablet back to the person who handed it over."""
    locked = lending.is_locked(visit.house, visit.held)
    return ask_pin(visit, locked, unlocking.unlock, unlocking.resume, "signing.welcome")


def _ask_password(form: Form, status: int) -> ResponseReturnValue:
    signed_out = g.get("signed_out")
    idle = isinstance(signed_out, SignedOut) and signed_out.why == "idle"
    minutes = int(g.visit.house.terms.idle.total_seconds() // 60)
    # Back may have brought a patient here from his form: he is led to it again, whichever language he reads.
    languages = g.visit.house.forms.languages.items() if {"signing", "showing"} & session.keys() else ()
    back = [(code, words("decline.return")) for code, words in languages]
    back_to = url_for("showing.look" if "showing" in session else "signing.welcome")
    page = render_template(
        "sign_in/form.html",
        form=form,
        idle=idle,
        minutes=minutes,
        out="out" in request.args,
        late="late" in request.args,
        back=back,
        back_to=back_to,
    )
    return page, status


def _shown() -> PasswordShown | None:
    kept = session.get(SHOWN)
    if not isinstance(kept, dict):
        return None
    return PasswordShown(kept["staff"], datetime.fromisoformat(kept["at"]), kept["proof"])
