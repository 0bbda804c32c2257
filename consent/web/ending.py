"""The event that a consent was to end with has happened."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consent.acts import ending
from consent.rules.access import Act
from consent.rules.refusal import Refused
from consent.web.desk import Desk, Visit
from consent.web.form import Form

desk = Desk(
    "ending",
    {
        "no-event": "This consent does not end by an event.",
        "event-known": "It is on record already that the event has happened.",
        "day-missing": "Enter the day on which it happened.",
        "day-impossible": "Enter a day from the signature to today.",
        "missing": "Write who says so, and how you know.",
    },
)


@desk.page("/consents/<consent_id>/event", Act.CONFIRM_EVENT, methods=("GET", "POST"))
def event(visit: Visit, consent_id: str) -> ResponseReturnValue:
    """Record that the event has happened."""
    form = Form.sent() if request.method == "POST" else Form()
    if request.method == "POST":
        happened_on = form.day("happened_on", "Enter the day on which it happened.")
        words = form.text("words", "Write who says so, and how you know.", longest=2000)
        if form:
            try:
                ending.confirm_event(visit.house, visit.actor, consent_id, happened_on, words)
                return redirect(url_for("consents.show", consent_id=consent_id), 303)
            except Refused as refused:
                form.refuse(refused)
    named, confirmer = ending.event_of(visit.house, visit.actor, consent_id)
    page = render_template("ending/event.html", form=form, consent_id=consent_id, event=named, confirmer=confirmer)
    return page, 422 if form.errors else 200
