"""The patient's copy and card, on the tablet right after signing. The tablet never saves the PDF."""

from __future__ import annotations

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from consent.acts import answering, cards, copy_by_mail, copying
from consent.acts.actor import Actor
from consent.acts.answering import Session
from consent.rules.refusal import NotFound, Refused
from consent.web.desk import Desk, Door, Visit
from consent.web.form import Form
from consent.web.qr import qr_svg
from consent.web.reading_room import session_page, trouble

desk = Desk("own_papers", trouble=trouble)


@desk.page("/sign/copy", Door.SIGNING, methods=("GET", "POST"))
def copy(visit: Visit) -> ResponseReturnValue:
    """Ask how he would like his copy. Coming here ends a code for the phone that nobody has opened."""
    session, signer = _signed(visit)
    form = Form.sent() if request.method == "POST" else Form()
    if request.method == "POST":
        way = form.choice("way", ("paper", "phone", "mail"), session.words("errors.choose-copy"))
        if way == "paper":
            return redirect(url_for("own_papers.paper"), 303)
        if way == "phone":
            return redirect(url_for("own_papers.phone"), 303)
        if way == "mail":
            return redirect(url_for("own_papers.mail"), 303)
    copying.withdraw_offer(visit.house, signer, session.consent_id)
    given = copying.given(visit.house, session.consent_id)
    by_mail = copy_by_mail.agreed(session.dossier.person)
    return session_page("copy/choose.html", session, 200 if form else 422, form, given=given, by_mail=by_mail)


@desk.page("/sign/copy/paper", Door.SIGNING, methods=("GET", "POST"))
def paper(visit: Visit) -> ResponseReturnValue:
    """Print it here or at the desk, and say which."""
    session, signer = _signed(visit)
    if request.method == "POST":
        copying.give_paper(visit.house, signer, session.consent_id, request.form.get("way", ""))
        return redirect(url_for("own_papers.card"), 303)
    return session_page("copy/paper.html", session)


@desk.page("/sign/copy/print", Door.SIGNING)
def print_copy(visit: Visit) -> ResponseReturnValue:
    """Show the sealed PDF to the print dialogue: shown, not saved."""
    session, signer = _signed(visit)
    pdf = copying.read_for_paper(visit.house, signer, session.consent_id)
    return Response(pdf, mimetype="application/pdf", headers={"Content-Disposition": 'inline; filename="copy.pdf"'})


@desk.page("/sign/copy/mail", Door.SIGNING, methods=("GET", "POST"))
def mail(visit: Visit) -> ResponseReturnValue:
    """Send the link to the address that he agreed to; its code is shown here, once, and is not in the mail."""
    session, signer = _signed(visit)
    person, form = session.dossier.person, Form()
    if not copy_by_mail.agreed(person):
        return redirect(url_for("own_papers.copy"), 303)
    if request.method == "POST":
        try:
            six = copy_by_mail.send(visit.house, signer, session.consent_id)
            return session_page("copy/mail_sent.html", session, code=f"{six[:3]} {six[3:]}")
        except Refused:
            form.wrong("", session.words("copy.mail-failed"))
    return session_page("copy/mail.html", session, 200 if form else 503, form, address=person.email)


@desk.page("/sign/copy/phone", Door.SIGNING, methods=("GET", "POST"))
def phone(visit: Visit) -> ResponseReturnValue:
    """Show the QR code, for two minutes at most and only as the answer to a press."""
    session, signer = _signed(visit)
    if request.method == "GET":
        return session_page("copy/phone.html", session, qr=None, seconds=0, minutes=2)
    offer = copying.offer_to_phone(visit.house, signer, session.consent_id)
    qr = qr_svg(offer.address, session.words("copy.qr-label"))
    return session_page("copy/phone.html", session, qr=qr, seconds=copying.SHOWN_SECONDS, minutes=2)


@desk.page("/sign/copy/phone/code", Door.SIGNING, methods=("GET", "POST"))
def code(visit: Visit) -> ResponseReturnValue:
    """Show the six digits, on a screen without the QR code."""
    session, signer = _signed(visit)
    if request.method == "GET":
        return redirect(url_for("own_papers.copy"), 303)
    try:
        six = copying.code_for_phone(visit.house, signer, session.consent_id)
    except Refused:
        return session_page("copy/ended.html", session, 410)
    return session_page("copy/code.html", session, code=f"{six[:3]} {six[3:]}")


@desk.page("/sign/copy/phone/leave", Door.SIGNING, methods=("POST",))
def leave(visit: Visit) -> ResponseReturnValue:
    """End the code for the phone, because its page was left."""
    session, signer = _signed(visit)
    copying.withdraw_offer(visit.house, signer, session.consent_id)
    return "", 204


@desk.page("/sign/card", Door.SIGNING, methods=("GET", "POST"))
def card(visit: Visit) -> ResponseReturnValue:
    """Offer the withdrawal card; show it once, as the answer to a press."""
    session, signer = _signed(visit)
    given = copying.given(visit.house, session.consent_id)
    if request.method == "GET":
        copying.withdraw_offer(visit.house, signer, session.consent_id)
        before = cards.has_card(visit.house, session.consent_id)
        return session_page("copy/before_card.html", session, given=given, before=before)
    made = cards.make_card(visit.house, signer, session.consent_id)
    qr = qr_svg(made.address, session.words("card.qr-label"))
    code = f"{made.code[:4]} {made.code[4:]}"
    return session_page("copy/card.html", session, made=made, qr=qr, code=code)


@desk.page("/sign/end", Door.SIGNING)
def end(visit: Visit) -> ResponseReturnValue:
    """Thank him and ask for the tablet back."""
    session, _ = _signed(visit)
    given = copying.given(visit.house, session.consent_id)
    return session_page(
        "copy/end.html", session, given=given, mailed=copy_by_mail.waits(visit.house, session.consent_id)
    )


def _signed(visit: Visit) -> tuple[Session, Actor]:
    """Return the session, if it is signed, and its signer. Raises: NotFound."""
    session = answering.open_session(visit.house, visit.held)
    if session.state != "signed":
        raise NotFound
    return session, Actor("signer", visit.held)
