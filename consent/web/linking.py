"""Who is in a picture: link each person to his consent; say that a link is wrong; confirm that as a second person."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consent.acts import gallery, linking, reviewing, unlinking
from consent.rules.access import Act
from consent.rules.refusal import NotFound, Refused
from consent.web.desk import Desk, Visit
from consent.web.form import Form
from consent.web.picture_words import REASONS

desk = Desk("linking", REASONS)


@desk.page("/pictures/<image_id>/people/<person_id>", Act.LINK_IMAGE, methods=("GET", "POST"))
def person(visit: Visit, image_id: str, person_id: str) -> ResponseReturnValue:
    """Name the consent by its short number, look whose it is, then link. Two steps, so that no slip links."""
    found, who = _person(visit, image_id, person_id)
    form = Form.sent() if request.method == "POST" else Form()
    refused_codes: tuple[str, ...] = ()
    if request.method == "POST":
        number = form.text("number") or form.text("picked", "Enter the consent's short number, or pick one.")
        reason = form.text("reason", longest=500)
        if form:
            try:
                if request.form.get("step") == "link":
                    linking.link(visit.house, visit.actor, image_id, person_id, number, reason)
                    return redirect(url_for("pictures.picture", image_id=image_id), 303)
                proposed = linking.propose(visit.house, visit.actor, image_id, person_id, number, reason)
            except Refused as refused:
                refused_codes = refused.codes
                form.refuse(refused)
            else:
                return render_template(
                    "pictures/link_check.html", picture=found, person=who, proposed=proposed, reason=reason
                )
    page = render_template(
        "pictures/link.html",
        picture=found,
        person=who,
        form=form,
        linkable=linking.linkable(visit.house, visit.actor),
        needs_reason="reason-needed" in refused_codes or bool(form.values.get("reason")),
        tells="image-id-tells" in refused_codes,
    )
    return page, 200 if form else 422


@desk.page("/pictures/<image_id>/people/<person_id>/no-consent", Act.LINK_IMAGE, methods=("GET", "POST"))
def no_consent(visit: Visit, image_id: str, person_id: str) -> ResponseReturnValue:
    """Mark somebody as not consenting: the picture can then not be posted anywhere."""
    found, who = _person(visit, image_id, person_id)
    form = Form()
    if request.method == "POST":
        try:
            reviewing.mark_no_consent(visit.house, visit.actor, image_id, person_id)
        except Refused as refused:
            form.refuse(refused)
        else:
            return redirect(url_for("pictures.picture", image_id=image_id), 303)
    page = render_template("pictures/no_consent.html", picture=found, person=who, form=form)
    return page, 200 if form else 422


@desk.page("/pictures/<image_id>/links/<link_id>/wrong", Act.UNLINK_IMAGE, methods=("GET", "POST"))
def wrong(visit: Visit, image_id: str, link_id: str) -> ResponseReturnValue:
    """Say that a link is wrong, and which consent was meant."""
    found = gallery.view(visit.house, visit.actor, image_id)
    if link_id not in {link.id for person in found.people for link in person.links}:
        raise NotFound
    form = Form.sent() if request.method == "POST" else Form()
    if request.method == "POST":
        why = form.text("why", "Say what is wrong with the link.", longest=1000)
        number = form.text("number")
        reason = form.text("reason", longest=500)
        if form:
            try:
                unlinking.ask(visit.house, visit.actor, link_id, why, number, reason)
            except Refused as refused:
                form.refuse(refused)
            else:
                return redirect(url_for("pictures.picture", image_id=image_id), 303)
    needs_reason = "reason" in form.errors or bool(form.values.get("reason"))
    page = render_template("pictures/wrong.html", picture=found, link_id=link_id, form=form, needs_reason=needs_reason)
    return page, 200 if form else 422


@desk.page("/pictures/link-changes", Act.CONFIRM_LINK_CHANGE)
def changes(visit: Visit) -> ResponseReturnValue:
    """Show the links that somebody calls wrong and nobody has confirmed."""
    return render_template("pictures/changes.html", changes=unlinking.asked(visit.house, visit.actor))


@desk.page("/pictures/link-changes/<link_id>", Act.CONFIRM_LINK_CHANGE, methods=("GET", "POST"))
def change(visit: Visit, link_id: str) -> ResponseReturnValue:
    """Confirm, as the second person, or leave the link as it is."""
    form = Form.sent() if request.method == "POST" else Form()
    if request.method == "POST":
        decision = form.choice("decision", ("confirm", "decline"), "Choose what to do.")
        if form:
            try:
                if decision == "confirm":
                    done = unlinking.confirm(visit.house, visit.actor, link_id)
                    return render_template("pictures/changed.html", done=done)
                unlinking.decline(visit.house, visit.actor, link_id)
            except Refused as refused:
                form.refuse(refused)
            else:
                return redirect(url_for("linking.changes"), 303)
    asked = unlinking.look(visit.house, visit.actor, link_id)
    return render_template("pictures/change.html", asked=asked, form=form), 200 if form else 422


def _person(visit: Visit, image_id: str, person_id: str) -> tuple[gallery.PictureView, gallery.PersonView]:
    found = gallery.view(visit.house, visit.actor, image_id)
    for each in found.people:
        if each.id == person_id:
            return found, each
    raise NotFound
