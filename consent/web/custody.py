"""The auditor's desk: the trail, the words beside an entry, and whether it is sound."""

from __future__ import annotations

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consent.acts import custody, printed_heads
from consent.rules.access import Act
from consent.rules.refusal import Refused
from consent.web import custody_words
from consent.web.desk import Desk, Visit
from consent.web.form import Form, whole_number

desk = Desk(
    "custody",
    {
        "number-wrong": "Enter the number of the entry, for example 1284.",
        "hash-wrong": "Type the hash as it is printed: the digits 0 to 9 and the letters a to f.",
        "hash-short": "Type at least the first half of the hash: {least} digits and letters.",
    },
)


@desk.page("/custody", Act.SEE_CUSTODY)
def trail(visit: Visit) -> ResponseReturnValue:
    """Show the trail, newest first, filtered by act, actor or ID."""
    wanted = {name: request.args.get(name, "").strip()[:80] for name in ("act", "actor", "ref")}
    before = request.args.get("before", "")
    entries = custody.page(
        visit.house,
        visit.actor,
        act=wanted["act"] or None,
        actor=wanted["actor"] or None,
        ref=wanted["ref"] or None,
        before=whole_number(before),
    )
    more = entries[-1].number if len(entries) == custody.PAGE_SIZE else None
    acts = sorted(custody.acts_seen(visit.house, visit.actor), key=lambda act: custody_words.ACTS.get(act, act))
    return render_template(
        "custody/trail.html", entries=entries, wanted=wanted, more=more, acts=acts, said=custody_words
    )


@desk.page("/custody/<int:number>/words", Act.SEE_CUSTODY, methods=("POST",))
def words(visit: Visit, number: int) -> ResponseReturnValue:
    """Show the words kept beside an entry; that they were read is an entry too, so this is not a link."""
    found = custody.read_words(visit.house, visit.actor, number)
    return render_template("custody/words.html", number=number, words=found)


@desk.page("/custody/check", Act.VERIFY_CUSTODY, methods=("GET", "POST"))
def check(visit: Visit) -> ResponseReturnValue:
    """Check the whole trail now."""
    if request.method == "GET":
        return redirect(url_for("custody.trail"), 303)
    return render_template("custody/check.html", found=custody.check(visit.house, visit.actor), said=custody_words)


@desk.page("/custody/head", Act.VERIFY_CUSTODY, methods=("GET", "POST"))
def head(visit: Visit) -> ResponseReturnValue:
    """Show where the trail stands, and say whether it still holds a head that was printed."""
    form, answer = Form.sent() if request.method == "POST" else Form(), None
    if request.method == "POST":
        number, typed = form.text("number", "Enter the number."), form.text("hash", "Type the hash.")
        try:
            answer = printed_heads.check(visit.house, visit.actor, number, typed) if form else None
        except Refused as refused:
            form.refuse(refused)
    standing = printed_heads.standing(visit.house, visit.actor)
    page = render_template("custody/head.html", form=form, answer=answer, standing=standing, said=custody_words)
    return page, 200 if form else 422


@desk.page("/custody/head/print", Act.VERIFY_CUSTODY, methods=("POST",))
def print_head(visit: Visit) -> ResponseReturnValue:
    """Sign where the trail stands, as a page to print and file."""
    pdf = printed_heads.print_head(visit.house, visit.actor)
    headers = {"Content-Disposition": 'inline; filename="trail-head.pdf"'}
    return Response(pdf, mimetype="application/pdf", headers=headers)


@desk.page("/consents/<consent_id>/timeline", Act.SEE_TIMELINE)
def timeline(visit: Visit, consent_id: str) -> ResponseReturnValue:
    """Show all that ever happened about one consent."""
    try:
        entries = custody.timeline(visit.house, visit.actor, consent_id)
    except Refused as refused:
        if "reason-needed" not in refused.codes:
            raise
        # Its page asks why.
        return redirect(url_for("consents.show", consent_id=consent_id), 303)
    return render_template("custody/timeline.html", entries=entries, said=custody_words)
