"""Signing on the signer's own phone, for staff: send the link, pass on what belongs to it, send again, cancel."""

from __future__ import annotations

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consent.acts import own_phone, planning
from consent.rules.access import Act
from consent.rules.refusal import Refused
from consent.web.desk import Desk, Visit
from consent.web.form import Form
from consent.web.qr import qr_svg

desk = Desk(
    "own_phone",
    {
        "mail-no-address": "There is no e-mail address to which the patient agreed. Show the code instead.",
        "mail-failed": "The e-mail could not be sent, so the link has ended. Try again, or show the code instead.",
        "link-not-open": "This link is over already.",
        "witness-not-remote": "A witness was entered. Nobody can be a witness from far away: ask the signer to come "
        "in, or use the paper form.",
        "interpreter-not-remote": "The interpreter was entered as in person. Choose phone or video.",
    },
)
STATES = {
    "sent": "Sent, not opened yet",
    "opened": "Opened on a phone, not signed yet",
    "signed": "Signed",
    "declined": "The signer said no",
    "expired": "Expired, not signed",
    "cancelled": "Cancelled",
}
WAYS = {"mail": "By e-mail", "shown": "QR code"}


@desk.page("/consents/<consent_id>/own-phone", Act.SEND_LINK, methods=("GET", "POST"))
def send(visit: Visit, consent_id: str) -> ResponseReturnValue:
    """Ask how the link goes to the signer, and make it."""
    plan = planning.plan(visit.house, visit.actor, consent_id)
    mail = own_phone.has_address(visit.house, visit.actor, consent_id)
    found = own_phone.links(visit.house, visit.actor, consent_id)
    running = bool(found) and found[0].state in ("sent", "opened")
    form = Form.sent() if request.method == "POST" else Form()
    if request.method == "POST":
        way = form.choice("way", own_phone.WAYS, "Choose how the link goes to the signer.")
        if form and way:
            try:
                own_phone.send(visit.house, visit.actor, consent_id, way)
                return redirect(url_for("own_phone.pass_on", consent_id=consent_id), 303)
            except Refused as refused:
                form.refuse(refused)
    against = own_phone.objections(visit.house, visit.actor, consent_id)
    page = render_template(
        "own_phone/send.html",
        plan=plan,
        form=form,
        mail=mail,
        running=running,
        against=[g.registry.words(request.endpoint, each.code, each.facts) for each in against],
    )
    return page, 200 if form else 422


@desk.page("/consents/<consent_id>/own-phone/link", Act.SEND_LINK)
def pass_on(visit: Visit, consent_id: str) -> ResponseReturnValue:
    """Show the link's QR code, to be scanned or printed; by e-mail it is on its way."""
    plan = planning.plan(visit.house, visit.actor, consent_id)
    waiting = own_phone.to_pass_on(visit.house, visit.actor, consent_id)
    if waiting is None:
        return redirect(url_for("consents.show", consent_id=consent_id), 303)
    qr = qr_svg(waiting.address, "QR code of the link") if waiting.address else None
    return render_template("own_phone/link.html", plan=plan, qr=qr, address=waiting.address)


@desk.page("/consents/<consent_id>/own-phone/code", Act.SEND_LINK, methods=("GET", "POST"))
def code(visit: Visit, consent_id: str) -> ResponseReturnValue:
    """Show the code that goes by voice or on paper, on a page without the link; once it is passed on, no more."""
    plan = planning.plan(visit.house, visit.actor, consent_id)
    if request.method == "POST":
        own_phone.passed_on(visit.house, visit.actor, consent_id)
        return redirect(url_for("consents.show", consent_id=consent_id), 303)
    waiting = own_phone.to_pass_on(visit.house, visit.actor, consent_id)
    if waiting is None:
        return redirect(url_for("consents.show", consent_id=consent_id), 303)
    return render_template("own_phone/code.html", plan=plan, code=f"{waiting.code[:3]} {waiting.code[3:]}")


@desk.page("/consents/<consent_id>/own-phone/cancel", Act.SEND_LINK, methods=("GET", "POST"))
def cancel(visit: Visit, consent_id: str) -> ResponseReturnValue:
    """Cancel the link, after asking."""
    plan = planning.plan(visit.house, visit.actor, consent_id)
    if request.method == "POST":
        own_phone.cancel(visit.house, visit.actor, consent_id)
        return redirect(url_for("consents.show", consent_id=consent_id), 303)
    return render_template("own_phone/cancel.html", plan=plan)
