"""A consent entered in error, or held back for a while."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consent.acts import consent_mistakes
from consent.rules.access import Act
from consent.rules.refusal import Refused
from consent.web.desk import Desk, Visit
from consent.web.form import Form
from consent.web.posting_words import REASONS, SUSPENSIONS

desk = Desk("consent_mistakes", REASONS)


@desk.page("/consents/<consent_id>/void", Act.VOID_CONSENT, methods=("GET", "POST"))
def void(visit: Visit, consent_id: str) -> ResponseReturnValue:
    """Say that a consent was entered in error."""
    form = Form.sent() if request.method == "POST" else Form()
    if request.method == "POST":
        words = form.text("words", "Write what is wrong with it.", longest=2000)
        form.ticked("sure", "Tick this if you are sure.")
        if form:
            try:
                consent_mistakes.void(visit.house, visit.actor, consent_id, words)
                return redirect(url_for("consents.show", consent_id=consent_id), 303)
            except Refused as refused:
                form.refuse(refused)
    return _page(visit, "void", consent_id, form)


@desk.page("/consents/<consent_id>/suspend", Act.SUSPEND_CONSENT, methods=("GET", "POST"))
def suspend(visit: Visit, consent_id: str) -> ResponseReturnValue:
    """Hold a consent back."""
    form = Form.sent() if request.method == "POST" else Form()
    if request.method == "POST":
        why = form.choice("why", consent_mistakes.SUSPENSIONS, "Choose why.")
        words = form.text("words", "Write what you know.", longest=2000)
        if form:
            try:
                consent_mistakes.suspend(visit.house, visit.actor, consent_id, why or "", words)
                return redirect(url_for("consents.show", consent_id=consent_id), 303)
            except Refused as refused:
                form.refuse(refused)
    return _page(visit, "suspend", consent_id, form)


@desk.page("/consents/<consent_id>/lift", Act.LIFT_SUSPENSION, methods=("GET", "POST"))
def lift(visit: Visit, consent_id: str) -> ResponseReturnValue:
    """Let a consent count again."""
    form = Form.sent() if request.method == "POST" else Form()
    if request.method == "POST":
        words = form.text("words", "Write why it may count again.", longest=2000)
        if form:
            try:
                consent_mistakes.lift(visit.house, visit.actor, consent_id, words)
                return redirect(url_for("consents.show", consent_id=consent_id), 303)
            except Refused as refused:
                form.refuse(refused)
    return _page(visit, "lift", consent_id, form)


def _page(visit: Visit, which: str, consent_id: str, form: Form) -> ResponseReturnValue:
    page = render_template(
        f"consent_mistakes/{which}.html",
        form=form,
        consent_id=consent_id,
        standing=consent_mistakes.standing(visit.house, visit.actor, consent_id),
        suspensions=SUSPENSIONS,
    )
    return page, 200 if form else 422
