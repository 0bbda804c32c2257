"""Read and choose, one thing per page; then see every choice on one page. Pages of the desk `signing`."""

from __future__ import annotations

from collections.abc import Mapping

from flask import redirect, request
from flask.typing import ResponseReturnValue

from consent.acts import answering
from consent.acts.answering import Session
from consent.formbook import Page
from consent.rules.refusal import Refused
from consent.web import steps
from consent.web.desk import Door, Visit
from consent.web.form import Form
from consent.web.reading_room import say_refused, session_page
from consent.web.signing import desk, elsewhere, switched


@desk.page("/sign/page/<key>", Door.SIGNING, methods=("GET", "POST"))
def page(visit: Visit, key: str) -> ResponseReturnValue:
    """Show one page; keep its answers whichever way the patient goes on."""
    session = answering.open_session(visit.house, visit.held)
    if session.state != "open":
        return elsewhere(visit, session)
    place, shown = steps.place(session, f"page/{key}"), session.page(key)
    if request.method == "GET":
        answering.show(visit.house, visit.held, key)
        return _page(session, place, shown, Form(defaults=_answered(session)), 200)
    form = Form.sent()
    uses, term = _sent(form, shown)
    answering.save(visit.house, visit.held, uses, term)
    way = request.form.get("go", "next")
    language = switched(visit, place.step)
    if language or way in ("back", "decline"):
        return language or place.go(way)
    _note_missing(form, session, shown, uses, term)
    if not form:
        return _page(session, place, shown, form, 422)
    if request.args.get("then") == "check":
        session = answering.open_session(visit.house, visit.held)
        gap = steps.unfinished(session, until="check")
        return redirect(gap.url(then="check") if gap else steps.place(session, "check").step.url(), 303)
    return place.go("next")


def _page(session: Session, place: steps.Place, shown: Page, form: Form, status: int) -> ResponseReturnValue:
    return session_page("sign/page.html", session, status, form, place, page=shown)


@desk.page("/sign/check", Door.SIGNING, methods=("GET", "POST"))
def check(visit: Visit) -> ResponseReturnValue:
    """Show every answer in plain words, each with a way to change it (rule 17)."""
    session = answering.open_session(visit.house, visit.held)
    if session.state != "open":
        return elsewhere(visit, session)
    place = steps.place(session, "check")
    form = Form.sent() if request.method == "POST" else Form()
    if request.method == "POST":
        language = switched(visit, place.step)
        way = request.form.get("go", "next")
        if language or way in ("back", "decline"):
            return language or place.go(way)
        gap = steps.unfinished(session, until="check")
        if gap is not None:
            return redirect(gap.url(then="check"), 303)
        try:
            answering.review(visit.house, visit.held, request.form.get("seen", ""))
            return place.go("next")
        except Refused as refused:
            say_refused(form, refused, session.words)
    elif request.args.get("changed"):
        form.wrong("", session.words("errors.changed"))
    else:
        answering.show(visit.house, visit.held, "check")
    parts = session.version.review(session.dossier.asked, session.facts, session.given.answers, session.language)
    return session_page("sign/check.html", session, 200 if form else 422, form, place, parts=parts)


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
