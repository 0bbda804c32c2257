"""The patient's phone fetches the copy: a link that opens once, six digits, the sealed file."""

from __future__ import annotations

from flask import Response, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from consent.acts import copying, organisation
from consent.rules.refusal import NotFound, Refused
from consent.web.desk import Desk, Door, Visit
from consent.web.form import Form
from consent.web.reading_room import patient_page, tongues, trouble

desk = Desk("copying", trouble=trouble)


@desk.page("/copy/<token>", Door.OPEN)
def link(visit: Visit, token: str) -> ResponseReturnValue:
    """Change the link's token for a cookie and lead on, so that the token stays in no history."""
    try:
        fresh = copying.open_link(visit.house, token)
    except NotFound:
        say, *also = tongues(visit)
        return patient_page("copy/link_over.html", say, 410, facts=organisation.in_force(visit.house), also=also)
    session.clear()
    session["copy"] = fresh
    return redirect(url_for("copying.code"), 303)


@desk.page("/copy", Door.COPY, methods=("GET", "POST"))
def code(visit: Visit) -> ResponseReturnValue:
    """Ask for the six digits that the other screen shows."""
    language, state = copying.language_of(visit.house, visit.held)
    say = visit.house.forms.words(language)
    office = organisation.in_force(visit.house)
    if state in ("unlocked", "given"):
        return patient_page("copy/ready.html", say, facts=office)
    form = Form()
    if request.method == "POST":
        form = Form.sent()
        typed = form.text("code", say("errors.code-missing"), longest=40)
        try:
            if form:
                fresh = copying.check_code(visit.house, visit.held, typed, request.remote_addr or "")
                if fresh is not None:
                    session["copy"] = fresh
                return redirect(url_for("copying.code"), 303)
        except Refused as refused:
            waiting = [reason.facts["seconds"] for reason in refused.reasons if reason.code == "wait"]
            slow = say("errors.code-slow", seconds=waiting[0]) if waiting else say("errors.code-wrong")
            form.wrong("code", slow)
    return patient_page("copy/ask_code.html", say, 200 if form else 422, facts=office, form=form)


@desk.page("/copy/file", Door.COPY)
def file(visit: Visit) -> ResponseReturnValue:
    """Hand over the sealed PDF, byte for byte."""
    pdf = copying.fetch(visit.house, visit.held)
    headers = {"Content-Disposition": 'attachment; filename="copy.pdf"'}
    return Response(pdf, mimetype="application/pdf", headers=headers)
