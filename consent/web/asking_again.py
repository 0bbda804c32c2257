"""A patient is to be asked again before anything new of him is shown; and he was."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consent.acts import asking_again
from consent.rules.access import Act
from consent.rules.refusal import Refused
from consent.web.desk import Desk, Visit
from consent.web.form import Form

WHYS = (
    ("patient-asked", "The patient asked for it"),
    ("seen-widely", "It would be seen far and wide: a billboard, television, paid advertising"),
    ("changed", "Something has changed since the patient signed"),
)
REASONS = {
    "why-missing": "Choose one of these.",
    "missing": "This is needed.",
    "not-signed": "This consent is not in force.",
    "asking-again-already": "The patient is to be asked again already.",
    "not-asking-again": "The patient does not have to be asked again now.",
}

desk = Desk("asking_again", REASONS)


@desk.page("/consents/<consent_id>/ask-again", Act.ASK_AGAIN, methods=("GET", "POST"))
def ask(visit: Visit, consent_id: str) -> ResponseReturnValue:
    """Have the patient asked again; or, while that stands, say that he was and still agrees."""
    standing = asking_again.standing(visit.house, visit.actor, consent_id)
    form = Form.sent() if request.method == "POST" else Form()
    if request.method == "POST":
        words = form.text("words", "Write what was said.", longest=2000)
        try:
            if standing.is_asking:
                if form:
                    asking_again.end(visit.house, visit.actor, consent_id, words)
            else:
                why = form.choice("why", asking_again.WHYS, "Choose why.")
                if form:
                    asking_again.begin(visit.house, visit.actor, consent_id, why or "", words)
            if form:
                return redirect(url_for("consents.show", consent_id=consent_id), 303)
        except Refused as refused:
            form.refuse(refused)
    page = render_template("consents/ask_again.html", form=form, standing=standing, whys=WHYS, consent_id=consent_id)
    return page, 200 if form else 422
