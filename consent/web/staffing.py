"""People: who works here, invited, given roles, disabled; a lost second factor reset by two."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consent.acts import invitations, staffing
from consent.rules.access import Act, Role, may
from consent.rules.refusal import Refused
from consent.web.desk import Desk, Visit
from consent.web.form import Form

desk = Desk(
    "staffing",
    reasons={
        "role": "Your roles do not include this.",
        "roles-none": "Tick at least one role.",
        "last-administrator": "There must be one active administrator. Give somebody else that role first.",
        "own-account": "You cannot do this to your own account.",
        "second-person": "A second person must confirm this: not the one who asked, and not the one it is for.",
        "staff-disabled": "This account is disabled. Enable it first.",
    },
)
ROLES = (
    (Role.CLINICIAN.value, "Clinician", "Takes consents and adds pictures."),
    (Role.COMMUNICATIONS.value, "Communications", "Asks before posting, releases pictures, records posts."),
    (Role.PRIVACY_OFFICER.value, "Privacy officer", "Settles disputes, sees grounds, watches takedowns."),
    (Role.AUDITOR.value, "Auditor", "Reads the trail."),
    (Role.ADMINISTRATOR.value, "Administrator", "Runs the installation and sees no patient."),
)
NAMES = {value: text for value, text, _ in ROLES}


@desk.page("/people", Act.SEE_STAFF)
def listed(visit: Visit) -> ResponseReturnValue:
    """Show everybody, and the resets that wait for a second person."""
    return render_template(
        "staffing/listed.html",
        people=staffing.people(visit.house, visit.actor),
        resets=staffing.asked_resets(visit.house, visit.actor),
        names=NAMES,
        may_invite=may(visit.actor.roles, Act.INVITE_STAFF),
        may_confirm=may(visit.actor.roles, Act.CONFIRM_SECOND_FACTOR_RESET),
    )


@desk.page("/people/invite", Act.INVITE_STAFF, methods=("GET", "POST"))
def invite(visit: Visit) -> ResponseReturnValue:
    """Invite somebody by a one-time link."""
    if request.method == "GET":
        return render_template("staffing/invite.html", form=Form(), roles=ROLES)
    sent = Form.sent()
    name = sent.text("name", "Enter the person's name.")
    email = sent.text("email", "Enter the person's e-mail address.")
    unit = sent.text("unit")
    roles = sent.choices("roles", tuple(NAMES), "Tick at least one role.")
    if sent:
        try:
            wanted = [Role(role) for role in roles]
            link = invitations.invite(visit.house, visit.actor, email=email, name=name, roles=wanted, unit=unit)
        except Refused as refused:
            sent.refuse(refused)
        else:
            found = invitations.find_invited(visit.house, link.rpartition("/")[2])
            return _show_link(visit, found.staff_id if found else "", link)
    return render_template("staffing/invite.html", form=sent, roles=ROLES), 422


@desk.page("/people/<staff_id>", Act.SEE_STAFF)
def person(visit: Visit, staff_id: str) -> ResponseReturnValue:
    """Show one account and what can be done with it."""
    resets = staffing.asked_resets(visit.house, visit.actor)
    return render_template(
        "staffing/person.html",
        person=staffing.person(visit.house, visit.actor, staff_id),
        names=NAMES,
        waiting=any(reset.staff_id == staff_id for reset in resets),
        administers=may(visit.actor.roles, Act.CHANGE_ROLES),
        own=staff_id == visit.actor.id,
    )


@desk.page("/people/<staff_id>/roles", Act.CHANGE_ROLES, methods=("GET", "POST"))
def roles(visit: Visit, staff_id: str) -> ResponseReturnValue:
    """Give and take roles."""
    person = staffing.person(visit.house, visit.actor, staff_id)
    if request.method == "GET":
        form = Form(defaults={"roles": [role.value for role in person.roles], "unit": person.unit})
        return render_template("staffing/roles.html", form=form, person=person, roles=ROLES)
    sent = Form.sent()
    unit = sent.text("unit")
    wanted = [Role(role) for role in sent.choices("roles", tuple(NAMES), "Tick at least one role.")]
    if sent:
        try:
            staffing.change_roles(visit.house, visit.actor, staff_id, wanted, unit)
        except Refused as refused:
            sent.refuse(refused)
        else:
            return redirect(url_for("staffing.person", staff_id=staff_id), 303)
    return render_template("staffing/roles.html", form=sent, person=person, roles=ROLES), 422


@desk.page("/people/<staff_id>/disable", Act.DISABLE_STAFF, methods=("GET", "POST"))
def disable(visit: Visit, staff_id: str) -> ResponseReturnValue:
    """Ask once more, then disable the account."""
    person = staffing.person(visit.house, visit.actor, staff_id)
    sent = Form.sent() if request.method == "POST" else Form()
    if request.method == "POST":
        try:
            staffing.disable(visit.house, visit.actor, staff_id)
        except Refused as refused:
            sent.refuse(refused)
        else:
            return redirect(url_for("staffing.person", staff_id=staff_id), 303)
    return render_template("staffing/disable.html", form=sent, person=person), 200 if sent else 422


@desk.page("/people/<staff_id>/enable", Act.DISABLE_STAFF, methods=("POST",))
def enable(visit: Visit, staff_id: str) -> ResponseReturnValue:
    """Let a disabled account in again."""
    staffing.enable(visit.house, visit.actor, staff_id)
    return redirect(url_for("staffing.person", staff_id=staff_id), 303)


@desk.page("/people/<staff_id>/link", Act.INVITE_STAFF, methods=("GET", "POST"))
def link(visit: Visit, staff_id: str) -> ResponseReturnValue:
    """Make a fresh one-time link; show it until it is said to be passed on."""
    person = staffing.person(visit.house, visit.actor, staff_id)
    if request.method == "GET":
        shown = invitations.link_to_pass_on(visit.house, visit.actor, staff_id)
        return render_template("staffing/link.html", person=person, link=shown)
    if request.form.get("passed") == "yes":
        invitations.link_is_passed_on(visit.house, visit.actor, staff_id)
        return redirect(url_for("staffing.person", staff_id=staff_id), 303)
    return _show_link(visit, staff_id, invitations.link_again(visit.house, visit.actor, staff_id))


@desk.page("/people/<staff_id>/reset", Act.RESET_SECOND_FACTOR, methods=("POST",))
def ask_reset(visit: Visit, staff_id: str) -> ResponseReturnValue:
    """Ask that a lost second factor be taken away."""
    staffing.ask_reset(visit.house, visit.actor, staff_id)
    return redirect(url_for("staffing.person", staff_id=staff_id), 303)


@desk.page("/people/resets/<reset_id>/confirm", Act.CONFIRM_SECOND_FACTOR_RESET, methods=("POST",))
def confirm_reset(visit: Visit, reset_id: str) -> ResponseReturnValue:
    """Confirm it, as the second person."""
    staffing.confirm_reset(visit.house, visit.actor, reset_id)
    return redirect(url_for("staffing.listed"), 303)


def _show_link(visit: Visit, staff_id: str, link: str) -> ResponseReturnValue:
    invitations.hold_link(visit.house, visit.actor, staff_id, link)
    return redirect(url_for("staffing.link", staff_id=staff_id), 303)
