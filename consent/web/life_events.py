"""What has happened in a patient's life, and holds his consents back."""

from __future__ import annotations

from collections.abc import Mapping

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from consent.acts import life_events
from consent.rules.access import Act
from consent.rules.refusal import Refused
from consent.web.desk import Desk, Visit
from consent.web.form import Form

WHAT: Mapping[str, tuple[str, str]] = {
    "capacity": ("The patient can no longer decide", "Every consent of the patient is put on hold."),
    "death": ("The patient has died", "Every consent of the patient is put on hold until the estate has spoken."),
    "abuse": (
        "There is a concern about the person who signed",
        "That this person abuses, neglects or endangers the patient. What was signed for the patient is put on hold.",
    ),
    "guardianship": (
        "The person who signed has no right to any more",
        "A guardianship, custody or power of attorney has ended. What was signed for the patient is put on hold.",
    ),
}
desk = Desk(
    "life_events",
    {
        "why-missing": "Choose what has happened.",
        "missing": "Write what you know, and from whom.",
        "not-signed": "This consent is not in force, so nothing has to be put on hold.",
        "event-not-here": "The patient signed this alone, so it does not rest on anybody else.",
        "already-suspended": "It is on hold already. The privacy officer knows.",
    },
)


@desk.page("/consents/<consent_id>/life-event", Act.RECORD_LIFE_EVENT, methods=("GET", "POST"))
def record(visit: Visit, consent_id: str) -> ResponseReturnValue:
    """Record what has happened: from that moment nothing new is posted."""
    offered = life_events.offered(visit.house, visit.actor, consent_id)
    form = Form.asked({})
    if form.is_sent:
        event = form.choice("event", offered, "Choose what has happened.")
        words = form.text("words", "Write what you know, and from whom.", longest=2000)
        try:
            if form and event:
                life_events.record(visit.house, visit.actor, consent_id, event, words)
                return redirect(url_for("consents.show", consent_id=consent_id), 303)
        except Refused as refused:
            form.refuse(refused)
    options = [(code, *WHAT[code]) for code in offered]
    page = render_template("consents/life_event.html", form=form, consent_id=consent_id, options=options)
    return page, 200 if form else 422
