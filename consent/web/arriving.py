"""The signer's own phone: the link, the two questions, and after signing his copy and his card.

What lies between is the same signing as on the hospital's tablet.
"""

from __future__ import annotations

from flask import Response, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from consent.acts import answering, arriving, copying, organisation
from consent.acts.actor import Actor
from consent.acts.answering import Session
from consent.rules.refusal import NotFound, Refused
from consent.web.desk import Desk, Door, Visit
from consent.web.form import Form
from consent.web.reading_room import patient_page, session_page, trouble

desk = Desk("arriving", trouble=trouble)
LINK, SIGNING = "own-phone", "signing"


@desk.page("/own-phone/<token>", Door.OPEN)
def link(visit: Visit, token: str) -> ResponseReturnValue:
    """Change the link's token for a cookie and lead on. On the phone that opened it before, go on where it was."""
    held = session.get(SIGNING)
    if isinstance(held, str) and arriving.is_open_here(visit.house, token, held):
        return redirect(url_for("signing.welcome"), 303)
    if arriving.find_waiting(visit.house, token) is None:
        return _over(visit)
    session.clear()
    # A phone forgets a cookie without a date as soon as its browser is put away.
    session.permanent = True
    session[LINK] = token
    return redirect(url_for("arriving.code"), 303)


@desk.page("/own-phone", Door.OPEN, methods=("GET", "POST"))
def code(visit: Visit) -> ResponseReturnValue:
    """Ask for the patient's date of birth and the code."""
    token = session.get(LINK)
    waiting = arriving.find_waiting(visit.house, token) if isinstance(token, str) else None
    if waiting is None or not isinstance(token, str):
        return _over(visit)
    say = visit.house.forms.words(waiting.language)
    form = Form.sent() if request.method == "POST" else Form()
    if request.method == "POST":
        typed = form.text("code", say("errors.code-missing"), longest=40)
        born_on = form.day("born", say("remote.birth-missing"))
        if "born" in form.errors:
            form.errors["born"] = say("remote.birth-missing")
        try:
            if form:
                fresh = arriving.arrive(visit.house, token, born_on, typed, request.remote_addr or "")
                session.clear()
                session.permanent = True
                session[SIGNING] = fresh
                return redirect(url_for("signing.welcome"), 303)
        except Refused as refused:
            slow = [reason.facts["seconds"] for reason in refused.reasons if reason.code == "wait"]
            form.wrong("code", say("errors.code-slow", seconds=slow[0]) if slow else say("remote.wrong"))
        # Neither is shown again: whoever looks on must not learn half of it.
        for name in ("code", "born-day", "born-month", "born-year"):
            form.values.pop(name, None)
    facts = organisation.in_force(visit.house)
    return patient_page("arriving/code.html", say, 200 if form else 422, facts=facts, form=form, waiting=waiting)


@desk.page("/sign/own-copy", Door.SIGNING)
def copy(visit: Visit) -> ResponseReturnValue:
    """Offer the sealed copy to the phone on which it was signed."""
    signing, _ = _signed(visit)
    return session_page("arriving/copy.html", signing, given=copying.given(visit.house, signing.consent_id))


@desk.page("/sign/own-copy/file", Door.SIGNING)
def file(visit: Visit) -> ResponseReturnValue:
    """Give the sealed PDF to the phone. It is the signer's own device, so it may keep it."""
    signing, signer = _signed(visit)
    pdf = copying.give_to_own_phone(visit.house, signer, signing.consent_id)
    headers = {"Content-Disposition": 'attachment; filename="copy.pdf"'}
    return Response(pdf, mimetype="application/pdf", headers=headers)


@desk.page("/sign/own-end", Door.SIGNING, methods=("GET", "POST"))
def end(visit: Visit) -> ResponseReturnValue:
    """Close the pages on this phone, after saying what that means."""
    signing = answering.open_session(visit.house, visit.held)
    if not signing.on_own_phone or signing.state not in ("signed", "declined"):
        raise NotFound
    if request.method == "GET":
        given = copying.given(visit.house, signing.consent_id) if signing.state == "signed" else ""
        return session_page("arriving/end.html", signing, given=given)
    arriving.finish(visit.house, visit.held)
    session.clear()
    return session_page("arriving/ended.html", signing)


def _signed(visit: Visit) -> tuple[Session, Actor]:
    """Return the session, if it was signed on the signer's own phone, and its signer. Raises: NotFound."""
    signing = answering.open_session(visit.house, visit.held)
    if signing.state != "signed" or not signing.on_own_phone:
        raise NotFound
    return signing, Actor("signer", visit.held)


def _over(visit: Visit) -> ResponseReturnValue:
    """Say that the link opens nothing: the same, whatever was the matter with it."""
    languages = tuple(visit.house.forms.languages)
    say = visit.house.forms.words(request.accept_languages.best_match(languages) or "en")
    return patient_page("arriving/over.html", say, 410, facts=organisation.in_force(visit.house))
