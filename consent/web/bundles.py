"""The bundle about one consent, for a court's expert: made by the privacy officer alone, for a stated reason."""

from __future__ import annotations

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue

from consent.acts import bundling
from consent.rules.access import Act
from consent.rules.refusal import Refused
from consent.web import custody_words
from consent.web.desk import Desk, Visit
from consent.web.form import Form

desk = Desk(
    "bundles",
    {
        "reason-needed": "Write why you make it.",
        "reason-long": "Use {most} characters or fewer.",
        "destroyed": "This consent was destroyed: nothing is left to show but the trail.",
    },
)


@desk.page("/consents/<consent_id>/bundle", Act.EXPORT_BUNDLE, methods=("GET", "POST"))
def make(visit: Visit, consent_id: str) -> ResponseReturnValue:
    """Ask why, then hand the file over; it is kept nowhere."""
    number = bundling.check(visit.house, visit.actor, consent_id)
    form = Form.sent() if request.method == "POST" else Form()
    if request.method == "POST":
        reason = form.text("reason", "Write why you make it.", longest=bundling.LONGEST_REASON)
        try:
            if form:
                made = bundling.bundle(visit.house, visit.actor, consent_id, reason, custody_words.TRAIL)
                headers = {"Content-Disposition": f'attachment; filename="{made.name}"', "Cache-Control": "no-store"}
                return Response(made.content, mimetype="application/zip", headers=headers)
        except Refused as refused:
            form.refuse(refused)
    page = render_template("bundles/make.html", form=form, consent_id=consent_id, number=number)
    return page, 200 if form else 422
