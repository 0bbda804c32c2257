"""The patient's pages: read, choose, check, sign or say no. The server decides what this browser may open."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from consent.acts import answering, declining, signing
from consent.acts.answering import Session
from consent.formbook import Page
from consent.rules.identifiers import new_id
from consent.rules.refusal import NotFound, Refused
from consent.web.desk import Desk, Door, Visit
from consent.web.drawing import drawn
from consent.web.form import Form
from consent.web.reading_room import say_refused, session_page, trouble

desk = Desk("signing", trouble=trouble)

# What nobody but staff can mend: the patient is asked to hand the tablet back.
STAFF_MUST_MEND = frozenset(
    {
        "form-not-approved",
        "form-withdrawn",
        "organisation-incomplete",
        "form-incomplete",
        "under-age",
        "capacity-missing",
        "signing-over",
    }
)


@desk.page("/sign", Door.SIGNING, methods=("GET", "POST"))
def welcome(visit: Visit) -> ResponseReturnValue:
    """Say what this is; nothing is asked yet."""
    session = answering.open_session(visit.house, visit.held)
    if session.state != "open":
        return _elsewhere(visit, session)
    if request.method == "POST":
        return _switched(visit, "signing.welcome") or redirect(url_for("signing.page", key=_pages(session)[0].key), 303)
    return session_page("sign/welcome.html", session)


@desk.page("/sign/page/<key>", Door.SIGNING, methods=("GET", "POST"))
def page(visit: Visit, key: str) -> ResponseReturnValue:
    """Show one page; keep its answers whichever way the patient goes on."""
    session = answering.open_session(visit.house, visit.held)
    if session.state != "open":
        return _elsewhere(visit, session)
    pages = _pages(session)
    place = next((number for number, each in enumerate(pages) if each.key == key), None)
    if place is None:
        raise NotFound
    if request.method == "GET":
        answering.show(visit.house, visit.held, key)
        return _page(session, place, Form(defaults=_answered(session)), 200)
    form = Form.sent()
    uses, term = _sent(form, pages[place])
    answering.save(visit.house, visit.held, uses, term)
    way = request.form.get("go", "next")
    switched = _switched(visit, "signing.page", key=key)
    if switched or way in ("back", "decline"):
        return switched or _way(way, pages, place)
    _note_missing(form, session, pages[place], uses, term)
    if not form:
        return _page(session, place, form, 422)
    if request.args.get("then") == "check":
        return redirect(url_for("signing.check"), 303)
    return _way("next", pages, place)


def _page(session: Session, place: int, form: Form, status: int) -> ResponseReturnValue:
    pages = _pages(session)
    return session_page(
        "sign/page.html", session, status, form, page=pages[place], step=place + 1, steps=len(pages) + 2
    )


@desk.page("/sign/check", Door.SIGNING, methods=("GET", "POST"))
def check(visit: Visit) -> ResponseReturnValue:
    """Show every answer in plain words, each with a way to change it (rule 17)."""
    session = answering.open_session(visit.house, visit.held)
    if session.state != "open":
        return _elsewhere(visit, session)
    form = Form.sent() if request.method == "POST" else Form()
    if request.method == "POST":
        switched = _switched(visit, "signing.check")
        way = request.form.get("go", "next")
        if switched or way in ("back", "decline"):
            return switched or _way(way, _pages(session), len(_pages(session)))
        gap = _first_gap(session)
        if gap is not None:
            return redirect(url_for("signing.page", key=gap, then="check"), 303)
        try:
            answering.review(visit.house, visit.held, request.form.get("seen", ""))
            return redirect(url_for("signing.sign"), 303)
        except Refused as refused:
            say_refused(form, refused, session.words)
    elif request.args.get("changed"):
        form.wrong("", session.words("errors.changed"))
    else:
        answering.show(visit.house, visit.held, "check")
    parts = session.version.review(session.dossier.asked, session.facts, session.given.answers, session.language)
    steps = len(_pages(session)) + 2
    status = 200 if form else 422
    return session_page("sign/check.html", session, status, form, parts=parts, step=steps - 1, steps=steps)


@desk.page("/sign/sign", Door.SIGNING, methods=("GET", "POST"))
def sign(visit: Visit) -> ResponseReturnValue:
    """Take the signature. A repeat of the same submission signs once and leads to the same page."""
    state = signing.result(visit.house, visit.held)
    if state in ("claimed", "signed", "declined", "ended"):
        return _elsewhere(visit, answering.open_session(visit.house, visit.held))
    session = answering.open_session(visit.house, visit.held)
    if not session.given.reviewed or session.given.reviewed != session.given.digest:
        return redirect(url_for("signing.check"), 303)
    if request.method == "GET":
        answering.show(visit.house, visit.held, "sign")
        return _sign(visit, session, Form(defaults={"claim": new_id(secrets.token_bytes)}), 200)
    form = Form.sent()
    switched = _switched(visit, "signing.sign")
    way = request.form.get("go", "sign")
    if switched or way in ("back", "decline"):
        return switched or redirect(url_for("signing.check" if way == "back" else "signing.decline"), 303)
    return _submit(visit, session, form)


def _submit(visit: Visit, session: Session, form: Form) -> ResponseReturnValue:
    typed = form.text("typed")
    if "typed" in form.errors:
        form.errors["typed"] = session.words("errors.name-long", count=200)
    strokes, times = ((), ()) if typed else drawn(request.form.get("strokes", ""))
    submission = signing.Submission(
        claim=request.form.get("claim", "")[:40],
        seen=request.form.get("seen", ""),
        disclosure_accepted=request.form.get("disclosure") == "yes",
        typed=typed,
        strokes=strokes,
        times=times,
    )
    if not form:
        return _sign(visit, session, form, 422)
    try:
        signing.sign(visit.house, visit.held, submission)
    except Refused as refused:
        if "signing-now" in refused.codes:
            return redirect(url_for("signing.saving"), 303)
        if not STAFF_MUST_MEND.isdisjoint(refused.codes):
            return session_page("sign/gone.html", session, 409)
        if "answers-changed" in refused.codes:
            return redirect(url_for("signing.check", changed="yes"), 303)
        say_refused(form, refused, session.words)
        return _sign(visit, session, form, 422)
    return redirect(url_for("signing.done"), 303)


def _sign(visit: Visit, session: Session, form: Form, status: int) -> ResponseReturnValue:
    steps = len(_pages(session)) + 2
    return session_page(
        "sign/sign.html",
        session,
        status,
        form,
        electronic=session.version.closing("electronic", session.facts, session.language),
        statement=session.version.closing("signature", session.facts, session.language),
        keep_times=visit.house.terms.keep_stroke_times,
        accept=session.version.accept_label(session.language),
        step=steps,
        steps=steps,
    )


@desk.page("/sign/saving", Door.SIGNING)
def saving(visit: Visit) -> ResponseReturnValue:
    """Wait for a submission that is being signed; this page asks again by itself."""
    session = answering.open_session(visit.house, visit.held)
    if signing.result(visit.house, visit.held) == "claimed":
        return session_page("sign/saving.html", session)
    return _elsewhere(visit, session)


@desk.page("/sign/done", Door.SIGNING)
def done(visit: Visit) -> ResponseReturnValue:
    """Say that it is signed and safe: only when it is."""
    session = answering.open_session(visit.house, visit.held)
    if session.state != "signed":
        return _elsewhere(visit, session)
    return session_page("sign/done.html", session)


@desk.page("/sign/decline", Door.SIGNING, methods=("GET", "POST"))
def decline(visit: Visit) -> ResponseReturnValue:
    """Say no to all of it, with no more steps than yes; ask about earlier ones if there are any."""
    session = answering.open_session(visit.house, visit.held)
    if session.state != "open":
        return _elsewhere(visit, session)
    earlier = declining.has_earlier(visit.house, visit.held)
    form = Form.sent() if request.method == "POST" else Form()
    if request.method == "POST":
        switched = _switched(visit, "signing.decline")
        if switched:
            return switched
        wish = form.choice("earlier", ("yes", "no"), session.words("decline.earlier") if earlier else None)
        if form:
            declining.decline(visit.house, visit.held, earlier_too=wish == "yes")
            return redirect(url_for("signing.declined", earlier="stopped" if wish == "yes" else None), 303)
    back = url_for("signing.page", key=_pages(session)[0].key)
    return session_page("sign/decline.html", session, 200 if form else 422, form, earlier=earlier, back=back)


@desk.page("/sign/declined", Door.SIGNING)
def declined(visit: Visit) -> ResponseReturnValue:
    """Confirm the no."""
    session = answering.open_session(visit.house, visit.held)
    if session.state != "declined":
        return _elsewhere(visit, session)
    # Said only if it is so: none of what he signed before is in force any more.
    stopped = request.args.get("earlier") == "stopped" and not declining.has_earlier(visit.house, visit.held)
    return session_page("sign/declined.html", session, stopped=stopped)


def _elsewhere(visit: Visit, session: Session) -> ResponseReturnValue:
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


def _pages(session: Session) -> tuple[Page, ...]:
    return session.version.pages(session.dossier.asked, session.facts, session.language)


def _switched(visit: Visit, endpoint: str, key: str | None = None) -> ResponseReturnValue | None:
    """Switch the language if that was pressed; whatever was answered has been kept before."""
    language = request.form.get("language", "")
    if not language:
        return None
    answering.switch_language(visit.house, visit.held, language)
    return redirect(url_for(endpoint, key=key), 303)


def _way(way: str, pages: tuple[Page, ...], place: int) -> ResponseReturnValue:
    if way == "decline":
        return redirect(url_for("signing.decline"), 303)
    if way == "back":
        return redirect(url_for("signing.page", key=pages[place - 1].key) if place else url_for("signing.welcome"), 303)
    onward = place + 1 < len(pages)
    return redirect(url_for("signing.page", key=pages[place + 1].key) if onward else url_for("signing.check"), 303)


def _answered(session: Session) -> Mapping[str, str]:
    given = {f"{kind}:{code}": "yes" if said else "no" for (kind, code), said in session.given.uses.items()}
    return {**given, "term": session.given.term or ""}


def _sent(form: Form, page: Page) -> tuple[dict[tuple[str, str], bool], str | None]:
    """Return the answers of this page that were sent."""
    uses = {}
    for group in page.groups:
        for row in group.rows:
            said = form.typed.get(f"{row.kind}:{row.code}")
            if said in ("yes", "no"):
                uses[row.kind, row.code] = said == "yes"
    term = form.typed.get("term")
    return uses, term if term in {choice.code for choice in page.choices} else None


def _note_missing(
    form: Form, session: Session, page: Page, uses: Mapping[tuple[str, str], bool], term: str | None
) -> None:
    for group in page.groups:
        for row in group.rows:
            if (row.kind, row.code) not in uses:
                form.wrong(f"{row.kind}:{row.code}", session.words("errors.unanswered", what=row.full))
    if page.choices and term is None:
        form.wrong("term", session.words("errors.until-missing"))


def _first_gap(session: Session) -> str | None:
    """Return the first page on which something is not answered yet."""
    for page in _pages(session):
        rows = [(row.kind, row.code) for group in page.groups for row in group.rows]
        if any(row not in session.given.uses for row in rows) or (page.choices and session.given.term is None):
            return page.key
    return None
