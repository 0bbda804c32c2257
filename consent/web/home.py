"""The start page: what to do next, by role."""

from __future__ import annotations

from collections.abc import Mapping

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from consent.acts import form_approvals, sign_in, waiting
from consent.rules.access import Act, may
from consent.web.desk import Desk, Visit
from consent.web.menu import ITEMS, reachable

desk = Desk("home")

# What waits -> where it is done, and how it is said of one and of many.
WAITING: Mapping[str, tuple[str, str, str]] = {
    "takedowns": ("takedowns.listed", "{} post must come down", "{} posts must come down"),
    "takedowns-overdue": (
        "takedowns.listed",
        "{} post is out past the time to take it down",
        "{} posts are out past the time to take them down",
    ),
    "incidents": ("incidents.listed", "{} incident is open", "{} incidents are open"),
    "notices": ("notices.listed", "{} notice needs help to get through", "{} notices need help to get through"),
    "reviews": ("takedowns.listed", "{} post to decide about", "{} posts to decide about"),
    "link-changes": ("linking.changes", "{} wrong link to confirm", "{} wrong links to confirm"),
    "approvals": ("posts.listed", "{} post waits for approval", "{} posts wait for approval"),
    "to-record": ("posts.listed", "{} approved post to record", "{} approved posts to record"),
    "releases": (
        "releases.waiting",
        "{} picture is released and not posted",
        "{} pictures are released and not posted",
    ),
    "drafts": ("consents.listed", "{} consent is begun", "{} consents are begun"),
    "pictures": ("pictures.shelf", "{} picture is in quarantine", "{} pictures are in quarantine"),
    "keys": (
        "keys.overview",
        "The keys are not kept elsewhere yet: if this machine is lost, every consent is lost",
        "",
    ),
    "certificates": (
        "keys.overview",
        "A certificate of the seal is to be renewed, or nobody can sign",
        "{} certificates of the seal are to be renewed, or nobody can sign",
    ),
    "tasks": ("tasks.listed", "{} task is open", "{} tasks are open"),
}


@desk.page("/", Act.SEE_HOME)
def start(visit: Visit) -> ResponseReturnValue:
    """Show what has to be done first, and what this person can do from here."""
    takes_consents = may(visit.actor.roles, Act.HAND_OVER)
    return render_template(
        "home.html",
        waiting=[(each, *_words(each)) for each in waiting.for_staff(visit.house, visit.actor)],
        choices=reachable(visit.actor, ITEMS[1:]),
        ready=form_approvals.ready(visit.house),
        sets_up=may(visit.actor.roles, Act.EDIT_ORGANISATION),
        takes_consents=takes_consents,
        pin_missing=takes_consents and not sign_in.own_account(visit.house, visit.actor).pin,
    )


def _words(each: waiting.Waiting) -> tuple[str, str]:
    endpoint, one, many = WAITING[each.kind]
    return url_for(endpoint), (one if each.count == 1 else many).format(each.count)
