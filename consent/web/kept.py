"""What was typed when a sign-in had ended: kept for an hour for the same account, and offered back to it."""

from __future__ import annotations

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import ValidationError, validate_csrf

from consent.acts import held, sessions
from consent.acts.actor import Actor
from consent.acts.house import House
from consent.acts.sessions import SignedOut
from consent.rules.refusal import NotFound
from consent.web.desk import Desk, Door, Visit
from consent.web.form import Form

desk = Desk("kept")
KEPT_ID = "kept_form"
HELD_SUFFIX = "_held"
GOING = "going_to"
SECRET = frozenset({"csrf_token", "pin", "code", KEPT_ID, GOING})


def keep_typed(house: House) -> None:
    """Keep this request's form if its sign-in ended by idle time. Passwords and codes are typed again.

    Only with a right CSRF token: another site must not have something kept in this person's name.
    """
    signed_out = g.get("signed_out")
    if request.method != "POST" or not isinstance(signed_out, SignedOut) or signed_out.why != "idle":
        return
    try:
        validate_csrf(request.form.get("csrf_token"))
    except ValidationError:
        return
    _keep(house, Actor("staff", signed_out.staff_id), request.full_path.rstrip("?"))


def _keep(house: House, actor: Actor, path: str) -> None:
    typed = [(name, value) for name, values in request.form.lists() for value in values if not _is_secret(name)]
    for name, file in request.files.items(multi=True):
        if file.filename:
            typed.append((name + HELD_SUFFIX, held.hold_file(house, actor, file.read(), file.filename)))
    if typed:
        held.hold_form(house, actor.id, path, typed)


def let_go(visit: Visit) -> None:
    """Forget the kept form that this request sends again."""
    if request.method == "POST" and visit.actor.kind == "staff" and KEPT_ID in request.form:
        held.forget_form(visit.house, visit.actor, request.form[KEPT_ID])


def chosen_file(visit: Visit, form: Form, name: str, missing: str | None = None) -> held.HeldFile | None:
    """Return the file chosen in this request, or the one held from an earlier try. Either way it stays held.

    The page shows `form.values[name + "_held"]` as a hidden field and `form.values[name + "_name"]` as its name.
    After success the page calls `acts.held.forget_file`.
    """
    uploaded = request.files.get(name)
    if uploaded is not None and uploaded.filename:
        data = uploaded.read()
        held_id = held.hold_file(visit.house, visit.actor, data, uploaded.filename)
        found = held.HeldFile(held_id, uploaded.filename, data)
    else:
        try:
            found = held.take_file(visit.house, visit.actor, request.form.get(name + HELD_SUFFIX, ""))
        except NotFound:
            form.values.pop(name + HELD_SUFFIX, None)
            if missing:
                form.wrong(name, missing)
            return None
    form.values[name + HELD_SUFFIX] = found.id
    form.values[name + "_name"] = found.name
    return found


@desk.page("/kept", Door.STAFF)
def form(visit: Visit) -> ResponseReturnValue:
    """Offer back what was typed."""
    waiting = held.waiting_form(visit.house, visit.actor)
    if waiting is None:
        return redirect(url_for("home.start"), 303)
    return render_template("sign_in/kept.html", waiting=waiting)


@desk.page("/kept/over", Door.STAFF, methods=("POST",))
def over(visit: Visit) -> ResponseReturnValue:
    """Nobody answered the warning: keep what stood in the page's form, and end this sign-in."""
    going = request.form.get(GOING, "")
    if going.startswith("/") and not going.startswith(("//", "/\\")):
        _keep(visit.house, visit.actor, going)
    sessions.end(visit.house, current_user.signed_in.session_id, "idle")
    return redirect(url_for("sign_in.form"), 303)


@desk.page("/kept/discard", Door.STAFF, methods=("POST",))
def discard(visit: Visit) -> ResponseReturnValue:
    """Forget what was typed."""
    held.forget_form(visit.house, visit.actor, request.form.get("id", ""))
    return redirect(url_for("kept.form"), 303)


def _is_secret(name: str) -> bool:
    return name in SECRET or "password" in name
