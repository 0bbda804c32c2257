"""The tablet in the patient's hands: is anybody still there, has it locked, where does it begin.

Every page under a time limit knows it (`Limit`) and warns before it ends; the server decides by itself whether the
pages are open. A page that is locked shows nothing, but what it had sent is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from flask import g, jsonify, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask.wrappers import Response
from flask_login import current_user

from consent.acts import doors, lending
from consent.acts.house import House
from consent.formbook import Words
from consent.rules.left_alone import staff_limit, warning
from consent.web import reading_room
from consent.web.desk import Desk, Door, Visit

desk = Desk("tablet", trouble=reading_room.trouble)

# What a page of ours sends along that wants to hear where to go, in place of being led there.
ASKS_WHERE = "X-Asks-Where"
# The server hears of him at most every half minute, and notes it at most every minute.
CARD_SLACK = timedelta(minutes=2)
# What is reached while it is locked: staff's way in, and what says so.
WHILE_LOCKED = frozenset({
    "tablet.locked", "tablet.here", "tablet.lock", "sign_in.unlock",
    "tablet.look_locked", "tablet.look_here", "tablet.look_lock", "showing.unlock",
})  # fmt: skip
# What somebody who came upon a locked tablet must not decide; all else that its page sends is kept, and shows nothing.
DECIDES = frozenset({"signing.sign", "signing.other", "signing.decline", "signing.finish"})


@dataclass(frozen=True)
class Limit:
    """How long a page may lie untouched, in seconds, and the addresses that its script needs.

    `here` hears that somebody is there, `over` that nobody is, `away` is where the page leads then. `announces`: the
    page says at once that it will warn.
    """

    seconds: int
    warning: int
    here: str
    over: str
    away: str
    announces: bool
    carries: bool = False
    """What was typed goes along to `away`, because its device is the reader's own."""
    whose: str = ""
    """Whose page it is, by an ID. In another tab of this browser it closes as soon as one of somebody else's opens."""


@dataclass(frozen=True)
class _Lent:
    """The endpoints of what a tablet is lent for: where it begins, and what its pages need under their limit."""

    start: str
    here: str
    lock: str
    locked: str
    way_in: str


LENT: Mapping[Door, _Lent] = {
    Door.SIGNING: _Lent("signing.welcome", "tablet.here", "tablet.lock", "tablet.locked", "sign_in.unlock"),
    Door.SHOWING: _Lent("showing.look", "tablet.look_here", "tablet.look_lock", "tablet.look_locked", "showing.unlock"),
}


def hold(visit: Visit, door: Door) -> ResponseReturnValue | None:
    """Note that the patient is there, or answer for a tablet that has locked. Called by the gate."""
    endpoint, lent = request.endpoint or "", LENT[door]
    if endpoint in WHILE_LOCKED:
        return None
    # What is sent may come from another site, until its token has been looked at: reading is a sign of the patient.
    is_open = lending.see if request.method == "GET" else lending.is_open
    if is_open(visit.house, visit.held, door):
        if not lending.is_own_device(visit.house, visit.held, door):
            found = _limit(visit.house.terms.away, lent.here, lent.lock, lent.locked, True)
            g.limit = replace(found, whose=f"{door.value} {visit.held}")
        return None
    if request.method == "POST" and endpoint.startswith("signing.") and endpoint not in DECIDES:
        g.locked = True
        return None
    return redirect(url_for(lent.locked), 303)


def limit_staff(house: House, staff_id: str) -> None:
    """Tell the page of a signed-in person how long it may lie untouched."""
    found = _limit(staff_limit(house.terms.idle), "tablet.staff_here", "kept.over", "sign_in.form", False)
    g.limit = replace(found, whose=f"staff {staff_id}")


def limit_card() -> None:
    """Tell the page of an opened card how long it may lie untouched: a little less than the card stays open."""
    limit = doors.CARD_STAYS_OPEN - CARD_SLACK
    g.limit = _limit(limit, "withdrawing.here", "withdrawing.over", "withdrawing.again", False, carries=True)


def finish(response: Response) -> Response:
    """Return the answer as this browser can take it: nothing of a locked tablet, and an address where one was asked."""
    if g.get("locked") and response.status_code != 303:
        response = Response(status=303, headers={"Location": url_for("tablet.locked")})
    if ASKS_WHERE in request.headers and response.status_code == 303:
        to = response.headers.pop("Location", url_for("tablet.start"))
        response.status_code = 200
        response.mimetype = "application/json"
        response.set_data(jsonify(to=to).get_data())
    return response


@desk.page("/tablet", Door.OPEN)
def start(visit: Visit) -> ResponseReturnValue:
    """Begin where this browser stands: the signing it holds, the staff's start, or a page that shows nobody."""
    if current_user.is_authenticated:
        return redirect(url_for("home.start"), 303)
    for door, lent in LENT.items():
        token = session.get(door.value)
        if isinstance(token, str) and doors.find(visit.house, door.value, token) is not None:
            return redirect(url_for(lent.start), 303)
    return _neutral(_spoken(visit), url_for("sign_in.form"))


@desk.page("/sign/locked", Door.SIGNING)
def locked(visit: Visit) -> ResponseReturnValue:
    """Say that it has locked, to nobody in particular; staff open it again."""
    return _locked(visit, Door.SIGNING)


@desk.page("/look/locked", Door.SHOWING)
def look_locked(visit: Visit) -> ResponseReturnValue:
    """Say the same of a tablet on which somebody looked at what is planned."""
    return _locked(visit, Door.SHOWING)


@desk.page("/sign/here", Door.SIGNING, methods=("POST",))
def here(visit: Visit) -> ResponseReturnValue:
    """Hear that the patient is there; answer whether his pages are still open."""
    return jsonify(open=lending.see(visit.house, visit.held, warns=True))


@desk.page("/look/here", Door.SHOWING, methods=("POST",))
def look_here(visit: Visit) -> ResponseReturnValue:
    """Hear that whoever looks is there; answer whether his pages are still open."""
    return jsonify(open=lending.see(visit.house, visit.held, lending.SHOWING, warns=True))


@desk.page("/sign/lock", Door.SIGNING, methods=("POST",))
def lock(visit: Visit) -> ResponseReturnValue:
    """Lock: nobody answered the warning."""
    lending.lock(visit.house, visit.held)
    return redirect(url_for("tablet.locked"), 303)


@desk.page("/look/lock", Door.SHOWING, methods=("POST",))
def look_lock(visit: Visit) -> ResponseReturnValue:
    """Lock what is planned: nobody answered the warning."""
    lending.lock(visit.house, visit.held, lending.SHOWING)
    return redirect(url_for("tablet.look_locked"), 303)


@desk.page("/here", Door.STAFF, methods=("POST",))
def staff_here(_visit: Visit) -> ResponseReturnValue:
    """Hear that somebody still works at this page: every request of a sign-in counts."""
    return jsonify(open=True)


def _locked(visit: Visit, door: Door) -> ResponseReturnValue:
    if lending.is_open(visit.house, visit.held, door):
        return redirect(url_for(LENT[door].start), 303)
    return _neutral(_spoken(visit), url_for(LENT[door].way_in))


def _limit(  # noqa: PLR0917 - the limit, then the endpoints that Limit names
    limit: timedelta, here: str, over: str, away: str, announces: bool, carries: bool = False
) -> Limit:
    warns = int(warning(limit).total_seconds())
    return Limit(int(limit.total_seconds()), warns, url_for(here), url_for(over), url_for(away), announces, carries)


def _spoken(visit: Visit) -> Words:
    languages = visit.house.forms.languages
    spoken = session.get(reading_room.SPEAKS) or request.accept_languages.best_match(tuple(languages))
    return languages.get(str(spoken), languages["en"])


def _neutral(say: Words, way_in: str) -> ResponseReturnValue:
    return render_template(
        "sign/locked.html",
        say=say,
        words=reading_room.around(say),
        lang=say.language,
        direction=say("language.direction"),
        help_text=say("signing.ask-us"),
        way_in=way_in,
    )
