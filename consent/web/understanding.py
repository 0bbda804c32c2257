"""Ask back what was understood: a question, and after a wrong answer the passage, kindly. Pages of `signing`."""

from __future__ import annotations

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from consent.acts import answering, teaching
from consent.acts.answering import Session
from consent.formbook import Lesson
from consent.rules.refusal import Refused
from consent.web import steps
from consent.web.desk import Door, Visit
from consent.web.form import Form
from consent.web.reading_room import session_page
from consent.web.signing import desk, elsewhere, switched

OWN_CHOICES = ("what", "where")


@desk.page("/sign/understand/<code>", Door.SIGNING, methods=("GET", "POST"))
def understand(visit: Visit, code: str) -> ResponseReturnValue:
    """Ask one question. Nothing is marked beforehand, and a wrong answer leads to the passage that tells it."""
    session = answering.open_session(visit.house, visit.held)
    if session.state != "open":
        return elsewhere(visit, session)
    lesson, place = teaching.find(session, code), steps.place(session, f"understand/{code}")
    if request.method == "POST":
        return _answered(visit, session, place, lesson)
    gap = _gap(session)
    if gap is not None:
        return redirect(gap.url(), 303)
    answering.show(visit.house, visit.held, f"understand/{code}")
    return _ask(session, place, lesson, Form(), 200)


def _answered(visit: Visit, session: Session, place: steps.Place, lesson: Lesson) -> ResponseReturnValue:
    way = request.form.get("go", "next")
    language = switched(visit, place.step)
    if language or way in ("back", "decline"):
        return language or place.go(way)
    form = Form.sent()
    chosen = form.choice("said", tuple(dict(lesson.options)), session.words("teach.missing"))
    if chosen is None:
        return _ask(session, place, lesson, form, 422)
    if not teaching.answer(visit.house, visit.held, lesson.code, chosen):
        return redirect(url_for("signing.once_more", code=lesson.code, then=request.args.get("then")), 303)
    return _onward(session, place)


@desk.page("/sign/understand/<code>/again", Door.SIGNING, methods=("GET", "POST"))
def once_more(visit: Visit, code: str) -> ResponseReturnValue:
    """Show the passage again; ask again, or go on once somebody has explained it."""
    session = answering.open_session(visit.house, visit.held)
    if session.state != "open":
        return elsewhere(visit, session)
    lesson, place = teaching.find(session, code), steps.place(session, f"understand/{code}")
    if request.method == "GET":
        return _passage(session, place, lesson, Form(), 200)
    language = switched(visit, steps.Step(f"understand/{code}", "signing.once_more", {"code": code}))
    way = request.form.get("go", "next")
    if language or way == "decline":
        return language or place.go(way)
    if way == "helped":
        return _helped(visit, session, place, lesson)
    return redirect(place.step.url(then=request.args.get("then")), 303)


def _helped(visit: Visit, session: Session, place: steps.Place, lesson: Lesson) -> ResponseReturnValue:
    """Go on after somebody explained it; he types his name."""
    form = Form.sent()
    missing = session.words("errors.name-missing")
    helper = form.text("helper", missing, longest=120)
    if form:
        try:
            teaching.explained(visit.house, visit.held, lesson.code, helper)
            return _onward(session, place)
        except Refused as refused:
            if "not-yet" in refused.codes:
                return redirect(place.step.url(then=request.args.get("then")), 303)
            form.wrong("helper", session.words("errors.cannot-print") if "cannot-print" in refused.codes else missing)
    return _passage(session, place, lesson, form, 422)


def _gap(session: Session) -> steps.Step | None:
    """Return the first page of the form that is not answered yet: there is nothing to ask back before."""
    gap = steps.unfinished(session, until="check")
    return gap if gap is not None and gap.endpoint == "signing.page" else None


def _onward(session: Session, place: steps.Place) -> ResponseReturnValue:
    if request.args.get("then") == "check":
        return redirect(steps.place(session, "check").step.url(), 303)
    return place.go("next")


def _ask(session: Session, place: steps.Place, lesson: Lesson, form: Form, status: int) -> ResponseReturnValue:
    return session_page("sign/understand.html", session, status, form, place, lesson=lesson)


def _passage(session: Session, place: steps.Place, lesson: Lesson, form: Form, status: int) -> ResponseReturnValue:
    parts = session.version.review(session.dossier.asked, session.facts, session.given.answers, session.language)
    chosen = [part for part in parts if part.page == lesson.page and lesson.code in OWN_CHOICES]
    return session_page(
        "sign/once_more.html",
        session,
        status,
        form,
        place,
        lesson=lesson,
        passage=session.page(lesson.page),
        chosen=chosen,
        may_go_on=teaching.may_be_explained(teaching.current(session, lesson)),
    )
