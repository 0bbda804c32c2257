"""The patient's pages, from the first to the last: begin, wait, done, or no. What the server decides, a page shows.

The pages between are in `choosing` (read, choose, check), `understanding` (what is asked back), `finishing` (the words
about screens, Finish) and `signatures` (who signs, and how); they are pages of this desk.
"""

from __future__ import annotations

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from consent.acts import answering, comfort, declining, signing
from consent.acts.answering import Session
from consent.rules.parties import PartyRole
from consent.web import steps
from consent.web.desk import Desk, Door, Visit
from consent.web.form import Form
from consent.web.reading_room import session_page, trouble

desk = Desk("signing", trouble=trouble)


@desk.page("/sign", Door.SIGNING, methods=("GET", "POST"))
def welcome(visit: Visit) -> ResponseReturnValue:
    """Say what this is; nothing is asked yet."""
    session = answering.open_session(visit.house, visit.held)
    if session.state != "open":
        return elsewhere(visit, session)
    if request.method == "POST":
        if language := switched(visit, steps.WELCOME):
            return language
        declines = request.form.get("go") == "decline"
        return redirect(url_for("signing.decline") if declines else steps.steps(session)[0].url(), 303)
    answering.show(visit.house, visit.held, "welcome")
    return session_page("sign/welcome.html", session)


@desk.page("/sign/saving", Door.SIGNING)
def saving(visit: Visit) -> ResponseReturnValue:
    """Wait for a submission that is being signed; this page asks again by itself."""
    session = answering.open_session(visit.house, visit.held)
    if signing.result(visit.house, visit.held) == "claimed":
        return session_page("sign/saving.html", session)
    return elsewhere(visit, session)


@desk.page("/sign/done", Door.SIGNING)
def done(visit: Visit) -> ResponseReturnValue:
    """Say that it is signed and safe: only when it is."""
    session = answering.open_session(visit.house, visit.held)
    if session.state != "signed":
        return elsewhere(visit, session)
    return session_page("sign/done.html", session)


@desk.page("/sign/decline", Door.SIGNING, methods=("GET", "POST"))
def decline(visit: Visit) -> ResponseReturnValue:
    """Say no to all of it, with no more steps than yes; ask about earlier ones if there are any."""
    session = answering.open_session(visit.house, visit.held)
    if session.state != "open":
        return elsewhere(visit, session)
    by_child = request.args.get("by") == PartyRole.ASSENT
    # A child is asked about this form only.
    earlier = not by_child and declining.has_earlier(visit.house, visit.held)
    form, page = Form(), "sign/decline_child.html" if by_child else "sign/decline.html"
    if earlier and request.args.get("about") == "earlier":
        page = "sign/decline_earlier.html"
    if request.method == "POST":
        form = Form.sent()
        done = _declined(visit, session, form, earlier)
        if done is not None:
            return done
    back = "with/assent" if by_child else request.args.get("at", "")
    # Whoever thinks again goes on where he was.
    step = next((each for each in steps.steps(session) if each.key == back), steps.steps(session)[0])
    return session_page(page, session, 200 if form else 422, form, back=step.url())


def _declined(visit: Visit, session: Session, form: Form, earlier: bool) -> ResponseReturnValue | None:
    """Take the no; whoever signed before is asked about that on a page of its own. None: with what is missing."""
    about = {name: request.args[name] for name in ("by", "about") if name in request.args}
    if language := switched(visit, steps.Step("decline", "signing.decline", about)):
        return language
    if earlier and not about and "earlier" not in form.typed:
        return redirect(url_for("signing.decline", about="earlier"), 303)
    wish = form.choice("earlier", ("yes", "no"), session.words("decline.earlier") if earlier else None)
    if not form:
        return None
    by = PartyRole.ASSENT if about.get("by") == PartyRole.ASSENT else PartyRole.SIGNER
    declining.decline(visit.house, visit.held, earlier_too=wish == "yes", by=by)
    return redirect(url_for("signing.declined", earlier="stopped" if wish == "yes" else None), 303)


@desk.page("/sign/declined", Door.SIGNING)
def declined(visit: Visit) -> ResponseReturnValue:
    """Confirm the no."""
    session = answering.open_session(visit.house, visit.held)
    if session.state != "declined":
        return elsewhere(visit, session)
    # Said only if it is so: none of what he signed before is in force any more.
    stopped = request.args.get("earlier") == "stopped" and not declining.has_earlier(visit.house, visit.held)
    return session_page("sign/declined.html", session, stopped=stopped)


def elsewhere(visit: Visit, session: Session) -> ResponseReturnValue:
    """Lead to the page that fits how the session stands."""
    state = signing.result(visit.house, session.id)
    places = {
        "claimed": "signing.saving",
        "signed": "signing.done",
        "declined": "signing.declined",
        "open": "signing.sign",
    }
    if state not in places:
        return session_page("sign/over.html", session, 410)
    return redirect(url_for(places[state]), 303)


def switched(visit: Visit, step: steps.Step) -> ResponseReturnValue | None:
    """Switch the language, or how the pages look, if that was pressed; whatever was answered has been kept before."""
    language, mode = request.form.get("language", ""), request.form.get("comfort", "")
    if language:
        answering.switch_language(visit.house, visit.held, language)
    elif mode:
        comfort.switch(visit.house, visit.held, mode)
    else:
        return None
    return redirect(step.url(then=request.args.get("then")), 303)
