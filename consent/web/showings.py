"""Planned posts that a patient wants to see first: planned by who posts, shown by who cares for him."""

from __future__ import annotations

from flask import redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, logout_user

from consent.acts import showing_tablet, showings
from consent.rules.access import Act, may
from consent.rules.lookup import parse_image_list
from consent.rules.refusal import Refused
from consent.web.chosen_place import asked_before, read_place
from consent.web.desk import Desk, Visit
from consent.web.form import Form
from consent.web.posting_words import BAD_ID, account_choices, channels, purposes, where
from consent.web.posting_words import REASONS as POSTING

REASONS = {
    **POSTING,
    "showing-not-needed": "The answer is yes already: nobody has to see it first.",
    "showing-waits": "This very post waits to be looked at already.",
    "showing-declined": "Somebody in it said no to this very post. Do not ask again. Only if this person now asks to "
    "see it, tick this.",
    "showing-no-picture": "{image}: its file is not kept here, so it cannot be shown here.",
    "showing-settled": "This one is settled already.",
    "nothing-to-show": "There is nothing for this patient to look at now.",
}
STATES = {
    "open": "Waits for the person to look at it",
    "agreed": "Agreed to",
    "declined": "Not agreed to",
    "ended": "Over",
}

desk = Desk("showings", REASONS)


@desk.page("/showings", Act.SEE_SHOWINGS)
def listed(visit: Visit) -> ResponseReturnValue:
    """Show the planned posts that somebody wants to see first, newest first."""
    rows = [(each, where(visit, each.place), STATES[each.state]) for each in showings.listed(visit.house, visit.actor)]
    return render_template("showings/listed.html", rows=rows, may_plan=may(visit.actor.roles, Act.PLAN_SHOWING))


@desk.page("/showings/plan", Act.PLAN_SHOWING, methods=("GET", "POST"))
def plan(visit: Visit) -> ResponseReturnValue:
    """Say exactly what would go out: pictures, words, where, whose account."""
    if request.method == "GET":
        return _page(visit, Form(defaults={**asked_before(), "images": request.args.get("image", "")}))
    form = Form.sent()
    images = _images(form)
    place = read_place(visit, form)
    caption = form.text("caption", longest=showings.LONGEST_CAPTION)
    if form:
        again = form.ticked("again")
        proposed = showings.Proposed(images, place.channel, place.purpose, place.account_name, caption, again)
        try:
            showings.plan(visit.house, visit.actor, proposed)
            return redirect(url_for("showings.listed"), 303)
        except Refused as refused:
            form.refuse(refused)
    return _page(visit, form)


@desk.page("/showings/<showing_id>", Act.SEE_SHOWINGS)
def one(visit: Visit, showing_id: str) -> ResponseReturnValue:
    """Show one with its caption, and what came of it."""
    found = showings.one(visit.house, visit.actor, showing_id)
    place = found.listed.place
    return render_template(
        "showings/one.html",
        found=found,
        line=where(visit, place),
        state=STATES[found.listed.state],
        may_plan=may(visit.actor.roles, Act.PLAN_SHOWING),
        kept={
            "images": ", ".join(found.listed.images),
            "channel": place.channel,
            "purpose": place.purpose,
            "account": place.account_id or "",
            "caption": found.caption,
            "step": "change",
        },
    )


@desk.page("/showings/<showing_id>/drop", Act.PLAN_SHOWING, methods=("POST",))
def drop(visit: Visit, showing_id: str) -> ResponseReturnValue:
    """Give it up before anybody has answered."""
    showings.drop(visit.house, visit.actor, showing_id)
    return redirect(url_for("showings.listed"), 303)


@desk.page("/consents/<consent_id>/show", Act.SHOW_TO_PATIENT, methods=("POST",))
def hand_over(visit: Visit, consent_id: str) -> ResponseReturnValue:
    """Hand the tablet over: from here on this browser shows what is planned, and nothing else."""
    token = showing_tablet.hand_over(visit.house, visit.actor, current_user.signed_in.session_id, consent_id)
    logout_user()
    session.clear()
    session["showing"] = token
    return redirect(url_for("showing.look"), 303)


def _images(form: Form) -> tuple[str, ...]:
    found = parse_image_list(form.text("images", "Enter the image ID.", longest=4000))
    if found.bad:
        form.wrong("images", f"{found.bad[0].text}: {BAD_ID[found.bad[0].kind]}")
    return found.images


def _page(visit: Visit, form: Form) -> ResponseReturnValue:
    lists = {"channels": channels(visit), "purposes": purposes(visit), "accounts": account_choices(visit)}
    return render_template("showings/plan.html", form=form, **lists), 200 if form else 422
