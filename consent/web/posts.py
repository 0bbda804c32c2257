"""Posts: planned with the checklist, approved by a second person, recorded with their address."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consent.acts import post_reading, posts
from consent.rules.access import Act, may
from consent.rules.caption import Finding, scan_caption
from consent.rules.checklist import ASKED
from consent.rules.lookup import parse_image_list
from consent.rules.refusal import Reason, Refused
from consent.rules.scope import ORGANISATION
from consent.rules.verdict_words import CONDITION_WORDS
from consent.web.chosen_place import asked_before, read_place
from consent.web.desk import Desk, Visit
from consent.web.form import Form
from consent.web.posting_words import (
    ALL_ITEMS,
    ANSWERS,
    BAD_ID,
    FINDINGS,
    ITEMS,
    REASONS,
    SHORT_ITEMS,
    STATES,
    TICKS,
    WHY,
    account_choices,
    channels,
    purposes,
    where,
)

desk = Desk("posts", REASONS)
SHOWN = {
    "open": ("planned", "approved", "live", "review", "flagged"),
    "done": ("gone", "cannot-remove", "dropped"),
}


@desk.page("/posts", Act.SEE_POSTS)
def listed(visit: Visit) -> ResponseReturnValue:
    """Show the newest posts."""
    show = "done" if request.args.get("show") == "done" else "open"
    found = post_reading.listed(visit.house, visit.actor, SHOWN[show])
    rows = [(each, where(visit, each.place), STATES[each.state]) for each in found]
    return render_template("posts/listed.html", rows=rows, show=show, may_plan=may(visit.actor.roles, Act.PLAN_POST))


@desk.page("/posts/plan", Act.PLAN_POST, methods=("GET", "POST"))
def plan(visit: Visit) -> ResponseReturnValue:
    """Say what goes where with which words; then the checklist, beside what the caption tells."""
    if request.method == "GET":
        return _plan_page(visit, Form(defaults={**asked_before(), "images": request.args.get("image", "")}))
    form = Form.sent()
    if form.typed.get("step") == "change":
        return _plan_page(visit, form)
    images = _images(form)
    place = read_place(visit, form)
    caption = form.text("caption", longest=posts.LONGEST_CAPTION)
    if not form or form.typed.get("step") != "check":
        return _check_page(form, caption) if form else _plan_page(visit, form)
    ticks = {item.code: form.typed.get(item.code, "") for item in ASKED}
    why = form.text("interest_reason", longest=300)
    proposed = posts.Plan(images, place.channel, place.purpose, place.account_name, caption, ticks, why)
    try:
        made = posts.plan(visit.house, visit.actor, proposed)
    except Refused as refused:
        form.refuse(_named(refused))
        return _check_page(form, caption)
    return redirect(url_for("posts.one", post_id=made.id), 303)


def _named(refused: Refused) -> Refused:
    """Return the refusal with each item of the checklist by its name: the summary stands far from the item."""
    return Refused(
        Reason(each.code, each.field, item=SHORT_ITEMS[each.field])
        if each.field and each.field in SHORT_ITEMS
        else each
        for each in refused.reasons
    )


def _images(form: Form) -> tuple[str, ...]:
    typed = form.text("images", "Enter the image ID.", longest=4000)
    found = parse_image_list(typed)
    if found.bad:
        form.wrong("images", f"{found.bad[0].text}: {BAD_ID[found.bad[0].kind]}")
    return found.images


def _plan_page(visit: Visit, form: Form) -> ResponseReturnValue:
    lists = {"channels": channels(visit), "purposes": purposes(visit), "accounts": account_choices(visit)}
    return render_template("posts/plan.html", form=form, **lists), 200 if form else 422


def _check_page(form: Form, caption: str) -> ResponseReturnValue:
    rows = [(item.code, ITEMS[item.code], TICKS if item.may_not_apply else TICKS[:2]) for item in ASKED]
    kept = {name: form.typed.get(name, "") for name in ("images", "channel", "purpose", "account", "caption")}
    page = render_template(
        "posts/checklist.html", form=form, rows=rows, kept=kept, marked=marked(caption, scan_caption(caption))
    )
    return page, 200 if form else 422


def marked(caption: str, findings: tuple[Finding, ...]) -> list[tuple[str, str]]:
    """Return the caption in pieces: each passage with what it looks like, '' for what is plain."""
    pieces, end = [], 0
    for finding in findings:
        pieces += [(caption[end : finding.start], ""), (caption[finding.start : finding.end], FINDINGS[finding.code])]
        end = finding.end
    return [piece for piece in (*pieces, (caption[end:], "")) if piece[0]]


@desk.page("/posts/<post_id>", Act.SEE_POSTS)
def one(visit: Visit, post_id: str) -> ResponseReturnValue:
    """Show one post with everything; that somebody looked is kept."""
    post = post_reading.opened(visit.house, visit.actor, post_id)
    answered = [
        (ALL_ITEMS[code], ANSWERS[given["answer"]], post.names.get(given["by"] or "", ""))
        for code, given in post.checklist.items()
        if code in ALL_ITEMS
    ]
    return render_template(
        "posts/one.html",
        post=post,
        line=where(visit, post.listed.place),
        state=STATES[post.listed.state],
        marked=marked(post.caption, post.findings),
        answered=answered,
        conditions=[CONDITION_WORDS[code] for code in post.checklist.get("conditions", ())],
        why=WHY,
        may_post=may(visit.actor.roles, Act.RECORD_POST),
        may_settle=may(visit.actor.roles, Act.SETTLE_TAKEDOWN),
        own=post.listed.planned_by == visit.actor.id,
    )


@desk.page("/posts/<post_id>/approve", Act.APPROVE_POST, methods=("POST",))
def approve(visit: Visit, post_id: str) -> ResponseReturnValue:
    """Approve as the second person."""
    posts.approve(visit.house, visit.actor, post_id)
    return redirect(url_for("posts.one", post_id=post_id), 303)


@desk.page("/posts/<post_id>/drop", Act.PLAN_POST, methods=("POST",))
def drop(visit: Visit, post_id: str) -> ResponseReturnValue:
    """Give the plan up."""
    posts.drop(visit.house, visit.actor, post_id)
    return redirect(url_for("posts.listed"), 303)


@desk.page("/posts/<post_id>/record", Act.RECORD_POST, methods=("GET", "POST"))
def record(visit: Visit, post_id: str) -> ResponseReturnValue:
    """Write down where it is out and since when. On a no the truth can still be told."""
    listed_post = post_reading.found(visit.house, visit.actor, post_id)
    channel = visit.house.forms.channels[listed_post.place.channel]
    ours = not channel.outside and listed_post.place.account == ORGANISATION
    shown: dict[str, Any] = {"post": listed_post, "ours": ours, "online": channel.accounts, "refused": ()}
    zone = visit.house.terms.zone
    if request.method == "GET":
        now = visit.house.clock().astimezone(zone)
        parts = {"on-year": now.year, "on-month": now.month, "on-day": now.day, "time": f"{now:%H:%M}"}
        return render_template("posts/record.html", form=Form(defaults=parts), **shown)
    form = Form.sent()
    day = form.day("on", "Enter the day on which it was posted.")
    clock = _clock(form)
    posted_at = datetime.combine(day, clock, tzinfo=zone).astimezone(UTC) if day and clock else None
    written = posts.Record(
        form.text("address", longest=2000),
        posted_at,
        form.text("recipient"),
        form.text("contact", longest=500),
        form.text("interest_reason", longest=300),
    )
    if form:
        try:
            posts.record(visit.house, visit.actor, post_id, written, already_out=form.ticked("already_out"))
            return redirect(url_for("posts.one", post_id=post_id), 303)
        except Refused as refused:
            form.refuse(refused)
            shown["refused"] = [each for each in refused.codes if each.startswith("verdict-")]
    return render_template("posts/record.html", form=form, **shown), 422


def _clock(form: Form) -> time | None:
    try:
        return time.fromisoformat(form.text("time", "Enter the time at which it was posted.").zfill(5))
    except ValueError:
        form.wrong("time", "Enter a time such as 14:30.")
        return None
