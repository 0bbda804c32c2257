"""Sign: first the words about signing on a screen, then the signature. Pages of the desk `signing`."""

from __future__ import annotations

import secrets

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from consent.acts import answering, signing
from consent.acts.answering import Session
from consent.rules.identifiers import new_id
from consent.rules.refusal import Refused
from consent.web import steps
from consent.web.desk import Door, Visit
from consent.web.drawing import drawn
from consent.web.form import Form
from consent.web.reading_room import say_refused, session_page
from consent.web.signing import desk, elsewhere, switched

# What nobody but staff can mend: the patient is asked to hand the tablet back.
STAFF_MUST_MEND = frozenset(
    {
        "form-not-approved",
        "form-withdrawn",
        "organisation-incomplete",
        "form-incomplete",
        "under-age",
        "capacity-missing",
        "signing-over",
    }
)


@desk.page("/sign/electronic", Door.SIGNING, methods=("GET", "POST"))
def electronic(visit: Visit) -> ResponseReturnValue:
    """Show the words about signing on a screen; whoever agrees goes on, whoever does not gets paper (rule 16)."""
    session = answering.open_session(visit.house, visit.held)
    if session.state != "open":
        return elsewhere(visit, session)
    place = steps.place(session, "electronic")
    if request.method == "GET":
        gap = steps.unfinished(session, until="electronic")
        if gap is not None:
            return redirect(gap.url(), 303)
        answering.show(visit.house, visit.held, "electronic")
        return _electronic(session, place, Form(defaults={"disclosure": "yes" if session.has_accepted else ""}), 200)
    form = Form.sent()
    language = switched(visit, place.step)
    way = request.form.get("go", "next")
    if language or way in ("back", "decline"):
        return language or place.go(way)
    if not form.ticked("disclosure", session.words("errors.electronic")):
        return _electronic(session, place, form, 422)
    answering.accept(visit.house, visit.held, request.form.get("words", ""))
    return place.go("next")


def _electronic(session: Session, place: steps.Place, form: Form, status: int) -> ResponseReturnValue:
    return session_page(
        "sign/electronic.html",
        session,
        status,
        form,
        place,
        words_shown=session.disclosure_hash,
        electronic=session.version.closing("electronic", session.facts, session.language),
        accept=session.version.accept_label(session.language),
    )


@desk.page("/sign/sign", Door.SIGNING, methods=("GET", "POST"))
def sign(visit: Visit) -> ResponseReturnValue:
    """Take the signature. A repeat of the same submission signs once and leads to the same page."""
    state = signing.result(visit.house, visit.held)
    session = answering.open_session(visit.house, visit.held)
    if state in ("claimed", "signed", "declined", "ended"):
        return elsewhere(visit, session)
    gap = steps.unfinished(session, until="sign")
    if gap is not None:
        return redirect(gap.url(), 303)
    place = steps.place(session, "sign")
    if request.method == "GET":
        answering.show(visit.house, visit.held, "sign")
        return _sign(visit, session, place, Form(defaults={"claim": new_id(secrets.token_bytes)}), 200)
    form = Form.sent()
    language = switched(visit, place.step)
    way = request.form.get("go", "sign")
    if language or way in ("back", "decline"):
        return language or place.go(way)
    return _submit(visit, session, place, form)


def _submit(visit: Visit, session: Session, place: steps.Place, form: Form) -> ResponseReturnValue:
    typed = form.text("typed")
    if "typed" in form.errors:
        form.errors["typed"] = session.words("errors.name-long", count=200)
    strokes, times = ((), ()) if typed else drawn(request.form.get("strokes", ""))
    submission = signing.Submission(
        claim=request.form.get("claim", "")[:40],
        seen=request.form.get("seen", ""),
        typed=typed,
        strokes=strokes,
        times=times,
    )
    if not form:
        return _sign(visit, session, place, form, 422)
    try:
        signing.sign(visit.house, visit.held, submission)
    except Refused as refused:
        if "signing-now" in refused.codes:
            return redirect(url_for("signing.saving"), 303)
        if not STAFF_MUST_MEND.isdisjoint(refused.codes):
            return session_page("sign/gone.html", session, 409)
        if "answers-changed" in refused.codes:
            return redirect(url_for("signing.check", changed="yes"), 303)
        say_refused(form, refused, session.words)
        return _sign(visit, session, place, form, 422)
    return redirect(url_for("signing.done"), 303)


def _sign(visit: Visit, session: Session, place: steps.Place, form: Form, status: int) -> ResponseReturnValue:
    return session_page(
        "sign/sign.html",
        session,
        status,
        form,
        place,
        statement=session.version.closing("signature", session.facts, session.language),
        keep_times=visit.house.terms.keep_stroke_times,
    )
