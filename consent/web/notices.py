"""What is owed, sent and stuck; and help for what does not get through."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consent.acts import on_record, outbox
from consent.rules.access import Act, may
from consent.web.desk import Desk, Visit
from consent.web.form import Form
from consent.web.withdrawal_words import NOTICE_STATES, NOTICES, REASONS, failure

desk = Desk("notices", REASONS)

SHOWN = {"owed": "Owed", "stuck": "Not getting through", "by-hand": "To be told by hand", "sent": "Sent or done"}
WHOM = {
    "patient": "The patient",
    "outside": "Recipient outside",
    "communications": "Communications, while nobody is in it",
    "privacy-officer": "Privacy officer, while there is none",
}


@desk.page("/notices", Act.SEE_NOTICES)
def listed(visit: Visit) -> ResponseReturnValue:
    """Show the newest notices of one sort."""
    which = request.args.get("show", "owed")
    which = which if which in SHOWN else "owed"
    return render_template(
        "notices/listed.html",
        found=outbox.listed(visit.house, visit.actor, which),
        which=which,
        shown=SHOWN,
        kinds=NOTICES,
        states=NOTICE_STATES,
        whom=WHOM,
        failure=failure,
        may_help=may(visit.actor.roles, Act.RETRY_NOTICE),
    )


@desk.page("/notices/<notice_id>/retry", Act.RETRY_NOTICE, methods=("POST",))
def retry(visit: Visit, notice_id: str) -> ResponseReturnValue:
    """Make the worker try it within seconds."""
    outbox.retry(visit.house, visit.actor, notice_id)
    return redirect(url_for("notices.listed"), 303)


@desk.page("/notices/<notice_id>/tell", Act.RETRY_NOTICE, methods=("GET", "POST"))
def tell(visit: Visit, notice_id: str) -> ResponseReturnValue:
    """Record that the person was told by hand."""
    on_record.check(visit.house, "notice", notice_id)
    form = Form.sent() if request.method == "POST" else Form()
    if request.method == "POST":
        how = form.text("how", missing="Write how the person was told.", longest=1000)
        if form:
            outbox.tell_by_hand(visit.house, visit.actor, notice_id, how)
            return redirect(url_for("notices.listed"), 303)
    return render_template("notices/tell.html", form=form, notice_id=notice_id), 200 if form else 422
