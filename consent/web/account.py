"""One's own account: password, second factor, recovery codes, PIN, and signing out everywhere."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from consent.acts import second_factor, sign_in, unlocking
from consent.rules.access import Act
from consent.rules.refusal import Refused
from consent.web import entering
from consent.web.desk import Desk, Visit
from consent.web.form import Form
from consent.web.qr import qr_svg

desk = Desk(
    "account",
    reasons={
        "code-wrong": (
            "The code is not right, or its half minute is over. Wait for the next code in your app and enter that one. "
            "If it goes wrong again, let your phone set its clock by itself: the codes follow the clock."
        ),
        "set-up-stale": "This set-up took longer than an hour. Load the page again and scan the new code.",
        "second-factor-none": "There is no second factor on this account.",
        "pin-form": "Enter six digits.",
        "pin-easy": "This PIN is too easy to guess. Use another.",
    },
)
ISSUER = "Patient Media Consent"


@desk.page("/account", Act.MANAGE_OWN_ACCOUNT)
def overview(visit: Visit) -> ResponseReturnValue:
    """Show what is set and what can be changed."""
    own = sign_in.own_account(visit.house, visit.actor)
    left = second_factor.codes_left(visit.house, visit.actor)
    return render_template("account/overview.html", own=own, left=left, changed=request.args.get("changed"))


@desk.page("/account/password", Act.MANAGE_OWN_ACCOUNT, methods=("GET", "POST"))
def password(visit: Visit) -> ResponseReturnValue:
    """Change the password."""
    if request.method == "GET":
        return render_template("account/password.html", form=Form())
    sent = Form.sent()
    old = _own_password(sent)
    new = request.form.get("password", "")
    if new != request.form.get("password_again", ""):
        sent.wrong("password_again", "The two passwords are not the same.")
    if sent:
        try:
            sign_in.change_password(visit.house, visit.actor, current_user.signed_in.session_id, old, new)
        except Refused as refused:
            sent.refuse(refused)
        else:
            return redirect(url_for("account.overview", changed="password"), 303)
    return render_template("account/password.html", form=sent), 422


@desk.page("/account/second-factor", Act.MANAGE_OWN_ACCOUNT, methods=("GET", "POST"))
def second_factor_set_up(visit: Visit) -> ResponseReturnValue:
    """Set up the second factor, or replace it."""
    own = sign_in.own_account(visit.house, visit.actor)
    sent = Form.sent() if request.method == "POST" else Form()
    if request.method == "POST":
        old = _own_password(sent) if own.second_factor else ""
        code = sent.text("code", "Enter the six digits that your app shows now.", longest=40)
        if sent:
            try:
                if own.second_factor:
                    sign_in.check_own_password(visit.house, visit.actor, old)
                second_factor.confirm_set_up(visit.house, visit.actor, current_user.signed_in.session_id, code)
            except Refused as refused:
                sent.refuse(refused)
            else:
                return redirect(url_for("account.recovery_codes"), 303)
    secret = second_factor.begin_set_up(visit.house, visit.actor, current_user.signed_in.session_id)
    address = second_factor.address(visit.house, visit.actor, secret, ISSUER)
    page = render_template(
        "account/second_factor.html",
        form=sent,
        own=own,
        qr=qr_svg(address, "QR code for your authenticator app"),
        secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
    )
    return page, 200 if sent else 422


@desk.page("/account/recovery-codes", Act.MANAGE_OWN_ACCOUNT, methods=("GET", "POST"))
def recovery_codes(visit: Visit) -> ResponseReturnValue:
    """Show fresh recovery codes until they are said to be kept; make new ones."""
    if request.method == "GET":
        fresh = second_factor.codes_to_keep(visit.house, visit.actor)
        return render_template("account/recovery_codes.html", form=Form(), fresh=fresh)
    sent = Form.sent()
    if request.form.get("kept") == "yes":
        second_factor.codes_are_kept(visit.house, visit.actor)
        return redirect(url_for("home.start"), 303)
    old = _own_password(sent)
    if sent:
        try:
            sign_in.check_own_password(visit.house, visit.actor, old)
            second_factor.new_codes(visit.house, visit.actor)
        except Refused as refused:
            sent.refuse(refused)
        else:
            return redirect(url_for("account.recovery_codes"), 303)
    return render_template("account/recovery_codes.html", form=sent, fresh=()), 422


@desk.page("/account/pin", Act.MANAGE_OWN_ACCOUNT, methods=("GET", "POST"))
def pin(visit: Visit) -> ResponseReturnValue:
    """Set the PIN that unlocks a tablet after hand-over."""
    if request.method == "GET":
        return render_template("account/pin.html", form=Form())
    sent = Form.sent()
    old = _own_password(sent)
    digits = sent.text("pin", "Enter six digits.", longest=12)
    if digits != sent.text("pin_again", longest=12):
        sent.wrong("pin_again", "The two PINs are not the same.")
    if sent:
        try:
            unlocking.set_pin(visit.house, visit.actor, old, digits)
        except Refused as refused:
            sent.refuse(refused)
        else:
            return redirect(url_for("account.overview", changed="pin"), 303)
    return render_template("account/pin.html", form=sent), 422


@desk.page("/account/sign-out-everywhere", Act.MANAGE_OWN_ACCOUNT, methods=("POST",))
def sign_out_everywhere(visit: Visit) -> ResponseReturnValue:
    """End every sign-in of this account."""
    sign_in.sign_out_everywhere(visit.house, visit.actor)
    return entering.leave()


def _own_password(sent: Form) -> str:
    password = request.form.get("old_password", "")
    if not password:
        sent.wrong("old_password", "Enter your password.")
    return password
