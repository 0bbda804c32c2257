"""The takedown list: who is at it, what somebody saw, and posts to decide about."""

from __future__ import annotations

from datetime import UTC, datetime, time

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consent.acts import on_record, takedowns
from consent.acts.takedowns import LONGEST_NOTE, Seen
from consent.rules.access import Act, may
from consent.rules.refusal import Refused
from consent.rules.takedown import Outcome
from consent.web.desk import Desk, Visit
from consent.web.form import Form
from consent.web.withdrawal_words import CAUSES, OUTCOMES, REASONS, WHY

desk = Desk("takedowns", REASONS)

FOUND = (
    (Outcome.REMOVED.value, "I looked, and it is gone"),
    (Outcome.CANNOT_BE_REMOVED.value, "It cannot be removed"),
)
DECISIONS = (("down", "It is to come down"), ("stays", "It stays: it is covered, or past use is allowed"))


@desk.page("/takedowns", Act.SEE_TAKEDOWNS)
def listed(visit: Visit) -> ResponseReturnValue:
    """Show what must come down, by due time, and posts to decide about."""
    settled = request.args.get("show") == "settled"
    return render_template(
        "takedowns/listed.html",
        found=takedowns.listed(visit.house, visit.actor, is_open=not settled),
        reviews=() if settled else takedowns.in_review(visit.house, visit.actor),
        settled=settled,
        why=WHY,
        outcomes=OUTCOMES,
        may_settle=may(visit.actor.roles, Act.SETTLE_TAKEDOWN),
    )


@desk.page("/takedowns/<takedown_id>", Act.SEE_TAKEDOWNS)
def one(visit: Visit, takedown_id: str) -> ResponseReturnValue:
    """Show one takedown."""
    return render_template(
        "takedowns/one.html",
        found=takedowns.one(visit.house, visit.actor, takedown_id),
        why=WHY,
        outcomes=OUTCOMES,
        causes=CAUSES,
        may_settle=may(visit.actor.roles, Act.SETTLE_TAKEDOWN),
    )


@desk.page("/takedowns/<takedown_id>/take-over", Act.SETTLE_TAKEDOWN, methods=("POST",))
def take_over(visit: Visit, takedown_id: str) -> ResponseReturnValue:
    """Make it one's own."""
    takedowns.take_over(visit.house, visit.actor, takedown_id)
    return redirect(url_for("takedowns.one", takedown_id=takedown_id), 303)


@desk.page("/takedowns/<takedown_id>/settle", Act.SETTLE_TAKEDOWN, methods=("GET", "POST"))
def settle(visit: Visit, takedown_id: str) -> ResponseReturnValue:
    """Record that it is gone, with what was seen, or that it cannot be removed, and why."""
    found = takedowns.one(visit.house, visit.actor, takedown_id)
    if request.method == "GET":
        now = visit.house.clock().astimezone(visit.house.terms.zone)
        parts = {"seen_at-year": now.year, "seen_at-month": now.month, "seen_at-day": now.day, "time": f"{now:%H:%M}"}
        return _settle_page(found, Form(defaults=parts))
    form = Form.sent()
    seen = _seen(visit, form)
    if form and seen is not None:
        try:
            takedowns.settle(visit.house, visit.actor, takedown_id, seen)
            return redirect(url_for("takedowns.one", takedown_id=takedown_id), 303)
        except Refused as refused:
            form.refuse(refused)
    return _settle_page(found, form)


def _settle_page(found: takedowns.Listed, form: Form) -> ResponseReturnValue:
    page = render_template("takedowns/settle.html", found=found, form=form, outcomes=FOUND, causes=list(CAUSES.items()))
    return page, 200 if form else 422


def _seen(visit: Visit, form: Form) -> Seen | None:
    outcome = form.choice("outcome", tuple(code for code, _ in FOUND), missing="Choose what you found.")
    note = form.text("evidence", longest=LONGEST_NOTE)
    if outcome is None:
        return None
    if outcome == Outcome.CANNOT_BE_REMOVED.value:
        cause = form.choice("cause", tuple(CAUSES), missing="Choose why it cannot be removed.")
        return Seen(Outcome.CANNOT_BE_REMOVED, note=note, cause=cause or "")
    day, clock = form.day("seen_at", "Enter the day on which you looked."), _clock(form)
    seen_at = datetime.combine(day, clock, tzinfo=visit.house.terms.zone).astimezone(UTC) if day and clock else None
    chosen = request.files.get("screenshot")
    return Seen(Outcome.REMOVED, seen_at, note, screenshot=chosen.read() if chosen else b"")


def _clock(form: Form) -> time | None:
    typed = form.text("time", "Enter the time, for example 14:30.", longest=5)
    try:
        return time.fromisoformat(typed.zfill(5)) if typed else None
    except ValueError:
        form.wrong("time", "Enter the time, for example 14:30.")
        return None


@desk.page("/takedowns/<takedown_id>/screenshot", Act.SEE_TAKEDOWNS)
def screenshot(visit: Visit, takedown_id: str) -> ResponseReturnValue:
    """Give the screenshot as a download: it is never shown as a page of ours."""
    content = takedowns.screenshot(visit.house, visit.actor, takedown_id)
    headers = {"Content-Disposition": 'attachment; filename="evidence"'}
    return Response(content, mimetype="application/octet-stream", headers=headers)


@desk.page("/posts/<post_id>/review", Act.SETTLE_TAKEDOWN, methods=("GET", "POST"))
def review(visit: Visit, post_id: str) -> ResponseReturnValue:
    """Decide about a post whose consent has ended."""
    on_record.check(visit.house, "post", post_id)
    form = Form.sent() if request.method == "POST" else Form()
    if request.method == "POST":
        decision = form.choice("decision", tuple(code for code, _ in DECISIONS), missing="Choose one of these.")
        why = form.text("why", missing="Write why.", longest=LONGEST_NOTE)
        if form:
            takedowns.settle_review(visit.house, visit.actor, post_id, why, stays=decision == "stays")
            return redirect(url_for("takedowns.listed"), 303)
    page = render_template("takedowns/review.html", form=form, post_id=post_id, decisions=DECISIONS)
    return page, 200 if form else 422
