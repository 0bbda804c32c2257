"""The one gate: which act is this endpoint for, may this visitor, and what do refusals and faults look like.

Default deny: an endpoint that names no act is not there. Nothing here knows a rule of consent.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Mapping
from pathlib import Path

from flask import Flask, Response, abort, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.exceptions import HTTPException, SecurityError

from consent.acts import doors
from consent.acts.actor import Actor
from consent.acts.house import House
from consent.rules.access import Act, may
from consent.rules.refusal import NotFound, Refused
from consent.web import kept, light, strangers, tablet
from consent.web.desk import CARD_COOKIE, Door, Registry, Visit

log = logging.getLogger("consent.web")

NOBODY = Actor("visitor", "nobody")
HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), interest-cohort=()",
    "X-Robots-Tag": "noindex, nofollow",
}
CSP = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self'; img-src 'self' blob: data:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'"
)

# The largest number that every database keeps in a column.
LARGEST_NUMBER = 2**31 - 1
# More fields than any page of ours sends. To take a plain form of millions apart keeps a processor busy for seconds.
MOST_FIELDS = 5_000
# What was sent has been taken, or stands on the page again with what is wrong with it.
TAKEN = frozenset({200, 302, 303, 422})
# Where somebody without a second factor may go: to set one up, or away.
WITHOUT_SECOND_FACTOR = frozenset({"account.second_factor_set_up", "sign_in.out"})


def install(app: Flask, house: House, registry: Registry) -> None:
    """Put the gate in front of every request, and headers and error pages behind."""

    @app.before_request
    def enter() -> ResponseReturnValue | None:
        g.started = time.monotonic()
        g.request_id = secrets.token_hex(4)
        g.nonce = secrets.token_urlsafe(16)
        g.registry = registry
        g.visit = Visit(house, NOBODY)
        if request.endpoint == "static":
            return None
        if request.url_rule is None:
            # Not there, not in this way, or asked under a name that is not ours: Flask says which.
            return None
        strangers.take_place()
        _refuse_swarms()
        _refuse_unwritable()
        entry = registry.entry(request.endpoint)
        if entry is None:
            abort(404)
        return _admit(house, entry)

    @app.after_request
    def leave(response: Response) -> Response:
        return _finish(app, response)

    app.teardown_request(strangers.leave_place)
    app.register_error_handler(Refused, lambda refused: _refused(registry, refused))
    app.register_error_handler(NotFound, lambda _: _page(404))
    app.register_error_handler(HTTPException, lambda error: _page(error.code or 500))
    app.register_error_handler(Exception, _fault)


def _refuse_swarms() -> None:
    """Refuse a plain form with too many fields before it is taken apart; the parser counts those of the other kind."""
    if request.mimetype != "application/x-www-form-urlencoded":
        return
    if request.content_length is None:
        abort(411)
    if request.content_length > (request.max_form_memory_size or 0):
        abort(413)
    if request.get_data().count(b"&") > MOST_FIELDS:
        abort(413)


def _refuse_unwritable() -> None:
    """Refuse what no field or link of ours can hold, and one of the databases could not keep."""
    values = request.view_args.values() if request.view_args else ()
    if any(isinstance(value, int) and value > LARGEST_NUMBER for value in values):
        abort(404)
    sent = (request.path, *request.args.values(), *(each for _, held in request.form.lists() for each in held))
    if any("\x00" in each for each in sent):
        abort(400)


def _admit(house: House, entry: Act | Door) -> ResponseReturnValue | None:
    """Set `g.visit`, or answer for the visitor who may not come in."""
    if entry is Door.OPEN:
        if current_user.is_authenticated:
            g.visit = Visit(house, current_user.actor)
        return None
    if isinstance(entry, Door) and entry is not Door.STAFF:
        return _admit_by_cookie(house, entry)
    if not current_user.is_authenticated:
        kept.keep_typed(house)
        if request.method == "GET":
            session["going"] = request.full_path.rstrip("?")
        return redirect(url_for("sign_in.form"), 303)
    g.visit = Visit(house, current_user.actor)
    if _owes_second_factor(g.visit) and request.endpoint not in WITHOUT_SECOND_FACTOR:
        return redirect(url_for("account.second_factor_set_up"), 303)
    if isinstance(entry, Act) and not may(g.visit.actor.roles, entry):
        abort(403)
    tablet.limit_staff(house, g.visit.actor.id)
    return None


def _owes_second_factor(visit: Visit) -> bool:
    return visit.house.terms.second_factor_required and not visit.actor.second_factor


def _admit_by_cookie(house: House, door: Door) -> ResponseReturnValue | None:
    token = session.get(door.value)
    browser = request.cookies.get(CARD_COOKIE, "")
    held = doors.find(house, door.value, token, browser) if isinstance(token, str) else None
    if held is None:
        session.pop(door.value, None)
        return _page(410 if token else 404)
    g.visit = Visit(house, Actor(door.value, held), held)
    if door is Door.CARD and request.method == "GET" and isinstance(token, str):
        doors.see_card(house, token)
    if door is Door.CARD:
        tablet.limit_card()
    return tablet.hold(g.visit, door) if door in tablet.LENT else None


def _finish(app: Flask, response: Response) -> Response:
    if response.status_code in TAKEN:
        kept.let_go(g.visit)
    response = light.squeeze(tablet.finish(response), Path(app.static_folder or ""))
    for name, value in HEADERS.items():
        if name != "Cache-Control" or request.endpoint != "static":
            response.headers.setdefault(name, value)
    response.headers["Content-Security-Policy"] = CSP.format(nonce=g.get("nonce", ""))
    if app.config["SESSION_COOKIE_SECURE"]:
        response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    took = (time.monotonic() - g.get("started", time.monotonic())) * 1000
    # The route's name, never its path: a path may carry a token or an ID.
    log.info(
        "%s %s %s %.0fms %s",
        request.method,
        request.endpoint or "-",
        response.status_code,
        took,
        g.get("request_id"),
    )
    return response


def _page(status: int) -> ResponseReturnValue:
    if isinstance(request.routing_exception, SecurityError):
        # Asked under a name that is not ours: no page of ours, and no link built from that name.
        return "This is not the address of this service.", 400, {"Content-Type": "text/plain"}
    trouble = g.registry.trouble(request.endpoint) if "registry" in g else None
    if trouble is not None:
        return trouble(g.visit, status), status
    known = status if status in (400, 403, 404, 405, 409, 410, 413, 429, 503) else 500
    return render_template("error.html", status=known, request_id=g.get("request_id", "")), status


def _refused(registry: Registry, refused: Refused) -> ResponseReturnValue:
    status = 403 if "role" in refused.codes else 409
    if registry.trouble(request.endpoint) is not None:
        return _page(status)
    sentences = [registry.words(request.endpoint, reason.code, reason.facts) for reason in refused.reasons]
    return render_template("refused.html", sentences=sentences, request_id=g.get("request_id", "")), status


def _fault(error: Exception) -> ResponseReturnValue:
    # Where it happened, not what it said: a message may quote a value that somebody typed.
    places = []
    trace = error.__traceback__
    while trace is not None:
        places.append(f"{trace.tb_frame.f_code.co_filename.rpartition('/consent/')[2]}:{trace.tb_lineno}")
        trace = trace.tb_next
    log.error("fault %s %s at %s", g.get("request_id"), type(error).__name__, " < ".join(reversed(places[-8:])))
    return _page(503 if _out_of_reach(error) else 500)


def _out_of_reach(error: Exception) -> bool:
    """Return whether the database or the disk could not be reached, or not be written: worth trying again."""
    # PostgreSQL's own word for a database that may only be read for now: a standby, or a disk that went bad.
    only_read = getattr(getattr(error, "orig", None), "sqlstate", None) == "25006"
    return only_read or type(error).__name__ in ("OperationalError", "CannotStore", "TimeoutError", "KeyRetired")
