"""A copy or a new card later, at the desk: for a patient who has none, or has lost it."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consent.acts import cards, copy_by_mail, copying, english_copy, organisation, planning
from consent.acts.paperwork import PAGE_SIZES
from consent.rules.access import Act
from consent.rules.refusal import NotFound
from consent.web.desk import Desk, Visit
from consent.web.qr import qr_svg
from consent.web.reading_room import patient_page
from consent.web.signer_words import METHODS

desk = Desk(
    "papers",
    {
        "copy-ended": "This code has ended. Make a new one.",
        "mail-no-address": "The patient has not agreed to any e-mail address.",
        "mail-failed": "The mail could not be sent. Give the copy in another way.",
    },
)
GIVEN = {"paper": "on paper", "phone": "on the patient's phone", "mail": "by e-mail"}
SHEETS = (("letter", "Letter"), ("A4", "A4"))


@desk.page("/consents/<consent_id>/copy", Act.GIVE_COPY, methods=("GET", "POST"))
def copy(visit: Visit, consent_id: str) -> ResponseReturnValue:
    """Print the sealed PDF at the desk, then record that the patient holds it."""
    plan = planning.plan(visit.house, visit.actor, consent_id)
    if request.method == "POST":
        copying.give_paper(visit.house, visit.actor, consent_id, "desk")
        return redirect(url_for("consents.show", consent_id=consent_id), 303)
    return render_template(
        "consents/copy.html",
        plan=plan,
        given=GIVEN.get(copying.given(visit.house, consent_id), ""),
        sheets=SHEETS,
        by_mail=copy_by_mail.may_send(visit.house, visit.actor, consent_id),
    )


@desk.page("/consents/<consent_id>/copy/print", Act.GIVE_COPY)
def print_copy(visit: Visit, consent_id: str) -> ResponseReturnValue:
    """Show the paper to the print dialogue on the sheet that is in the printer."""
    wanted = request.args.get("sheet", "")
    size = PAGE_SIZES.get(wanted)
    pdf = copying.read_for_paper(visit.house, visit.actor, consent_id, size)
    return Response(pdf, mimetype="application/pdf", headers={"Content-Disposition": 'inline; filename="copy.pdf"'})


@desk.page("/consents/<consent_id>/copy/mail", Act.GIVE_COPY, methods=("POST",))
def mail(visit: Visit, consent_id: str) -> ResponseReturnValue:
    """Send the link to the address that the patient agreed to; its code is for this screen or the patient's ear."""
    plan = planning.plan(visit.house, visit.actor, consent_id)
    six = copy_by_mail.send(visit.house, visit.actor, consent_id)
    return render_template("consents/copy_mail.html", plan=plan, code=f"{six[:3]} {six[3:]}")


ROLES: Mapping[str, str] = {
    "signer": "the signer", "assent": "the child", "interpreter": "the interpreter", "witness": "a witness",
    "staff": "a member of staff",
}  # fmt: skip


@desk.page("/consents/<consent_id>/english", Act.OPEN_DOCUMENT)
def english(visit: Visit, consent_id: str) -> ResponseReturnValue:
    """Show what was signed with its English beside it: a reading aid."""
    read = english_copy.read(visit.house, visit.actor, consent_id)
    say = visit.house.forms.words(read.language)
    return render_template(
        "consents/english.html",
        copy=read,
        name=say("language.name"),
        say=say,
        english_say=visit.house.forms.words(english_copy.ENGLISH),
        roles=ROLES,
        methods=METHODS,
    )


@desk.page("/consents/<consent_id>/copy/phone", Act.GIVE_COPY, methods=("GET", "POST"))
def phone(visit: Visit, consent_id: str) -> ResponseReturnValue:
    """Show the QR code for the patient's phone, for two minutes at most."""
    plan = planning.plan(visit.house, visit.actor, consent_id)
    if request.method == "GET":
        return redirect(url_for("papers.copy", consent_id=consent_id), 303)
    offer = copying.offer_to_phone(visit.house, visit.actor, consent_id)
    say = visit.house.forms.words(plan.language)
    qr = qr_svg(offer.address, say("copy.qr-label"))
    return render_template("consents/copy_phone.html", plan=plan, qr=qr, seconds=copying.SHOWN_SECONDS)


@desk.page("/consents/<consent_id>/copy/code", Act.GIVE_COPY, methods=("GET", "POST"))
def code(visit: Visit, consent_id: str) -> ResponseReturnValue:
    """Show the six digits, on a screen without the QR code."""
    plan = planning.plan(visit.house, visit.actor, consent_id)
    if request.method == "GET":
        return redirect(url_for("papers.copy", consent_id=consent_id), 303)
    six = copying.code_for_phone(visit.house, visit.actor, consent_id)
    return render_template("consents/copy_code.html", plan=plan, code=f"{six[:3]} {six[3:]}")


@desk.page("/consents/<consent_id>/copy/leave", Act.GIVE_COPY, methods=("POST",))
def leave(visit: Visit, consent_id: str) -> ResponseReturnValue:
    """End the code for the phone, because its page was left."""
    copying.withdraw_offer(visit.house, visit.actor, consent_id)
    return "", 204


@desk.page("/consents/<consent_id>/card", Act.NEW_CARD, methods=("GET", "POST"))
def card(visit: Visit, consent_id: str) -> ResponseReturnValue:
    """Make a new card, which ends the old one; it is shown once, in the patient's language."""
    plan = planning.plan(visit.house, visit.actor, consent_id)
    if plan.status not in ("signed", "revoked"):
        raise NotFound
    if request.method == "GET":
        return render_template("consents/new_card.html", plan=plan)
    made = cards.make_card(visit.house, visit.actor, consent_id)
    say = visit.house.forms.words(made.language)
    return patient_page(
        "copy/card.html",
        say,
        facts=organisation.in_force(visit.house),
        made=made,
        qr=qr_svg(made.address, say("card.qr-label")),
        code=f"{made.code[:4]} {made.code[4:]}",
        back_to=url_for("consents.show", consent_id=consent_id),
    )
