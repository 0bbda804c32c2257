"""Posts found without a valid consent: reported by anybody, judged by the privacy officer."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consent.acts import incidents, on_record
from consent.rules.access import Act, may
from consent.rules.lookup import parse_image_list
from consent.rules.refusal import Refused
from consent.web.chosen_place import asked_before, read_place
from consent.web.desk import Desk, Visit
from consent.web.form import Form
from consent.web.posting_words import BAD_ID, REASONS, account_choices, channels, purposes

desk = Desk("incidents", REASONS)
KINDS = {"post-without-consent": "Posted without a valid consent", "wrong-link": "Linked to the wrong consent"}
FINDINGS = (("breach", "It is a breach"), ("no-breach", "It is no breach"))


@desk.page("/incidents", Act.SEE_INCIDENTS)
def listed(visit: Visit) -> ResponseReturnValue:
    """Show the incidents, the open ones first."""
    found = incidents.listed(visit.house, visit.actor)
    return render_template("incidents/listed.html", incidents=found, kinds=KINDS, findings=dict(FINDINGS))


@desk.page("/incidents/report", Act.REPORT_INCIDENT, methods=("GET", "POST"))
def report(visit: Visit) -> ResponseReturnValue:
    """Report a post that somebody came upon."""
    if request.method == "GET":
        return _report_page(visit, Form(defaults={**asked_before(), "images": request.args.get("image", "")}))
    form = Form.sent()
    place = read_place(visit, form, "Choose where it is.", "Choose what it seems to be for.")
    address = form.text("address", "Enter where it can be found.", longest=2000)
    words = form.text("words", "Write what you saw.", longest=5000)
    images = parse_image_list(form.text("images", longest=4000))
    if images.bad:
        form.wrong("images", f"{images.bad[0].text}: {BAD_ID[images.bad[0].kind]}")
    if form:
        found = incidents.Found(place.channel, place.purpose, place.account_name, address, words, images.images)
        try:
            incidents.report(visit.house, visit.actor, found)
            return redirect(url_for("incidents.reported"), 303)
        except Refused as refused:
            form.refuse(refused)
    return _report_page(visit, form)


def _report_page(visit: Visit, form: Form) -> ResponseReturnValue:
    lists = {"channels": channels(visit), "purposes": purposes(visit), "accounts": account_choices(visit)}
    return render_template("incidents/report.html", form=form, **lists), 200 if form else 422


@desk.page("/incidents/reported", Act.REPORT_INCIDENT)
def reported(visit: Visit) -> ResponseReturnValue:
    """Say what happens now."""
    return render_template("incidents/reported.html", may_see=may(visit.actor.roles, Act.SEE_INCIDENTS))


@desk.page("/posts/<post_id>/report", Act.REPORT_INCIDENT, methods=("GET", "POST"))
def report_post(visit: Visit, post_id: str) -> ResponseReturnValue:
    """Report a post that is on record."""
    on_record.check(visit.house, "post", post_id)
    form = Form.sent() if request.method == "POST" else Form()
    if request.method == "POST":
        words = form.text("words", "Write what is wrong with it.", longest=5000)
        if form:
            incidents.report_recorded(visit.house, visit.actor, post_id, words)
            return redirect(url_for("incidents.reported"), 303)
    return render_template("incidents/report_post.html", form=form, post_id=post_id), 200 if form else 422


@desk.page("/incidents/<incident_id>", Act.SEE_INCIDENTS)
def one(visit: Visit, incident_id: str) -> ResponseReturnValue:
    """Show one incident with what its finder wrote."""
    found = incidents.opened(visit.house, visit.actor, incident_id)
    return render_template(
        "incidents/one.html",
        incident=found,
        kinds=KINDS,
        findings=FINDINGS,
        may_close=may(visit.actor.roles, Act.HANDLE_INCIDENT) and found.state == "open",
        form=Form(),
    )


@desk.page("/incidents/<incident_id>/close", Act.HANDLE_INCIDENT, methods=("GET", "POST"))
def close(visit: Visit, incident_id: str) -> ResponseReturnValue:
    """Close it with a finding."""
    on_record.check(visit.house, "incident", incident_id)
    form = Form.sent() if request.method == "POST" else Form()
    if request.method == "POST":
        finding = form.choice("finding", incidents.FINDINGS, "Choose what you found.")
        words = form.text("words", "Write why.", longest=5000)
        if form:
            incidents.close(visit.house, visit.actor, incident_id, finding or "", words)
            return redirect(url_for("incidents.listed"), 303)
    page = render_template("incidents/close.html", form=form, incident_id=incident_id, findings=FINDINGS)
    return page, 200 if form else 422
