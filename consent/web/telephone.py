"""Consent by telephone: read the form out, keep what was said, and have the other who heard it confirm."""

from __future__ import annotations

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consent.acts import planning, speaking
from consent.acts.answering import Session
from consent.acts.speaking import Said
from consent.rules.access import Act
from consent.rules.refusal import Refused
from consent.web.desk import Desk, Visit
from consent.web.form import Form

desk = Desk(
    "telephone",
    {
        "who-missing": "Enter the name of the person who spoke.",
        "phone-missing": "Enter the number that was called.",
        "known-how-missing": "Say how you know that this is the person's number.",
        "not-read-out": "Read the whole form out, and tick it.",
        "staff-unknown": "Enter the e-mail address of a colleague with an account here, who was on the line too.",
        "same-person": "Two different people have to hear it. Enter a colleague's address, not your own.",
        "unanswered": "Choose what the person said.",
        "expiry-missing": "Choose for how long, as the person said.",
    },
)
STATES = {
    "waiting": "Waits until the other who heard it confirms it",
    "heard": "Heard by two. Enough for our own staff where nobody can be recognized, and for nothing else",
    "not-heard": "Not confirmed: it counts for nothing",
    "withdrawn": "Ended",
}


@desk.page("/consents/<consent_id>/telephone", Act.RECORD_SPOKEN, methods=("GET", "POST"))
def record(visit: Visit, consent_id: str) -> ResponseReturnValue:
    """Show the form to be read out, and take what was said."""
    plan = planning.plan(visit.house, visit.actor, consent_id)
    session = speaking.session_of(visit.house, visit.actor, consent_id)
    form = Form.sent() if request.method == "POST" else Form()
    if request.method == "POST":
        said = _said(form, session)
        try:
            speaking.record(visit.house, visit.actor, consent_id, said)
            return redirect(url_for("consents.show", consent_id=consent_id), 303)
        except Refused as refused:
            form.refuse(refused)
    against = speaking.objections(visit.house, visit.actor, consent_id)
    page = render_template(
        "telephone/record.html",
        plan=plan,
        form=form,
        say=session.words,
        pages=session.version.pages(session.dossier.asked, session.facts, session.language),
        against=[g.registry.words(request.endpoint, each.code, each.facts) for each in against],
    )
    return page, 200 if form else 422


@desk.page("/spoken/<spoken_id>", Act.CONFIRM_SPOKEN, methods=("GET", "POST"))
def confirm(visit: Visit, spoken_id: str) -> ResponseReturnValue:
    """Show what was said; the other who heard it says whether it was so."""
    heard, said, session = speaking.one(visit.house, visit.actor, spoken_id)
    form = Form.sent() if request.method == "POST" else Form()
    if request.method == "POST":
        answer = form.choice("heard", ("yes", "no"), "Say whether you heard it like this.")
        if form:
            speaking.confirm(visit.house, visit.actor, spoken_id, answer == "yes")
            return redirect(url_for("tasks.listed"), 303)
    parts = session.version.review(session.dossier.asked, session.facts, session.given.answers, session.language)
    page = render_template(
        "telephone/confirm.html",
        form=form,
        heard=heard,
        said=said,
        parts=parts,
        say=session.words,
        state=STATES[heard.state],
        asks=heard.also_heard_by == visit.actor.id and heard.state == "waiting",
    )
    return page, 200 if form else 422


@desk.page("/spoken/<spoken_id>/withdraw", Act.CONFIRM_SPOKEN, methods=("GET", "POST"))
def withdraw(visit: Visit, spoken_id: str) -> ResponseReturnValue:
    """End it, after asking."""
    heard, _, _ = speaking.one(visit.house, visit.actor, spoken_id)
    if request.method == "POST":
        speaking.withdraw(visit.house, visit.actor, spoken_id)
        return redirect(url_for("consents.show", consent_id=heard.consent_id), 303)
    return render_template("telephone/withdraw.html", heard=heard)


def _said(form: Form, session: Session) -> Said:
    uses = {}
    for kind, code in session.version.questions(session.dossier.asked):
        value = form.typed.get(f"{kind}:{code}", "")
        if value in ("yes", "no"):
            uses[kind, code] = value == "yes"
    return Said(
        uses=uses,
        term=form.typed.get("term", ""),
        who=form.text("who"),
        number=form.text("number", longest=60),
        known_how=form.text("known_how", longest=300),
        read_out=form.typed.get("read_out") == "yes",
        also_heard=form.text("also_heard"),
    )
