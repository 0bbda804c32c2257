"""What is still to be done: one's own, and one's role's."""

from __future__ import annotations

from typing import Any

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consent.acts import task_list
from consent.acts.task_list import LONGEST_NOTE, Listed
from consent.rules.access import Act, may
from consent.web.desk import Desk, Registry, Visit
from consent.web.form import Form
from consent.web.withdrawal_words import REASONS, TASKS

desk = Desk("tasks", REASONS)

# What a task is about -> the page that shows it, the name of its ID there, and what the link says.
PAGES = {
    "incident": ("incidents.one", "incident_id", "The incident"),
    "request": ("revocations.one", "request_id", "The request"),
    "link": ("linking.change", "link_id", "The picture's link"),
    "consent": ("consents.show", "consent_id", "The consent"),
    "post": ("posts.one", "post_id", "The post"),
    "release": ("releases.waiting", "", "Pictures that were released"),
    "showing": ("showings.one", "showing_id", "What is to be shown"),
    "staff": ("staffing.person", "staff_id", "The account"),
    "notice": ("notices.listed", "", "Notices"),
}
# The notice that a letter delivers -> the letter's page, and what the link says.
LETTERS = {
    "revocation-acknowledgement": ("revocations.acknowledgement", "Acknowledgement to print"),
    "revocation-letter": ("revocations.letter", "Closing letter to print"),
}


@desk.page("/tasks", Act.SEE_TASKS)
def listed(visit: Visit) -> ResponseReturnValue:
    """Show the open tasks, oldest first, each with a way to what it is about."""
    found = task_list.listed(visit.house, visit.actor)
    rows = [(each, TASKS.get(each.kind, each.kind), _links(visit, each)) for each in found]
    return render_template("tasks/listed.html", rows=rows)


@desk.page("/tasks/<task_id>/close", Act.CLOSE_TASK, methods=("GET", "POST"))
def close(visit: Visit, task_id: str) -> ResponseReturnValue:
    """Close a task by hand, saying what was done."""
    form = Form.sent() if request.method == "POST" else Form()
    if request.method == "POST":
        note = form.text("note", missing="Write what was done.", longest=LONGEST_NOTE)
        if form:
            task_list.close(visit.house, visit.actor, task_id, note)
            return redirect(url_for("tasks.listed"), 303)
    found = task_list.one(visit.house, visit.actor, task_id)
    words = TASKS.get(found.kind, found.kind)
    page = render_template("tasks/close.html", form=form, found=found, words=words, links=_links(visit, found))
    return page, 200 if form else 422


def _links(visit: Visit, listed_task: Listed) -> list[tuple[str, str]]:
    """Return (address, words) of what the task is about, as far as this person may go there."""
    about = dict(listed_task.about)
    links = []
    if listed_task.kind.startswith("review-") and "post" in about and _may_go(visit, "takedowns.review"):
        links.append((url_for("takedowns.review", post_id=about["post"]), "Decide about the post"))
    for name, (endpoint, key, words) in PAGES.items():
        if about.get(name) and _may_go(visit, endpoint):
            links.append((_address(endpoint, key, about[name]), words))
    if listed_task.kind == "print-and-post" and about.get("request") and listed_task.delivers in LETTERS:
        endpoint, words = LETTERS[listed_task.delivers]
        if _may_go(visit, endpoint):
            links.append((url_for(endpoint, request_id=about["request"]), words))
    return links


def _may_go(visit: Visit, endpoint: str) -> bool:
    registry: Registry = g.registry
    entry = registry.entry(endpoint)
    return isinstance(entry, Act) and may(visit.actor.roles, entry)


def _address(endpoint: str, key: str, about: str) -> str:
    # Typed by name for the type checker: only the ID's name differs.
    values: dict[str, Any] = {key: about} if key else {}
    return url_for(endpoint, **values)
