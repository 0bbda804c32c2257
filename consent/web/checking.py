"""The public check: is a copy genuine, and does it still count? Nobody signs in, and nobody learns whose it is.

With a script the file stays where it is and only its sum is sent; without one, or for the reason why a file is not
genuine, the file itself is sent, checked and not kept.
"""

from __future__ import annotations

from flask import Request, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from consent.acts import organisation, proving
from consent.acts.proving import Proof
from consent.formbook import Words
from consent.rules.refusal import Refused
from consent.web.desk import Desk, Door, Visit
from consent.web.form import Form
from consent.web.reading_room import patient_page

desk = Desk("checking")

LANGUAGE = "check-language"
FORM_ROOM = 64 << 10  # what a browser wraps around the file


@desk.page("/check", Door.OPEN, methods=("GET", "POST"))
def check(visit: Visit) -> ResponseReturnValue:
    """Ask for the file, or for number and code; answer on the same page."""
    wanted = request.args.get("language", "")
    if wanted in visit.house.forms.languages:
        session[LANGUAGE] = wanted
    say = _words(visit)
    if request.method == "GET":
        return _page(visit, say, "checking/ask.html")
    try:
        _limit(request)
        form = Form.sent()
        return _paper(visit, say, form) if form.typed.get("what") == "paper" else _file(visit, say, form)
    except RequestEntityTooLarge:
        too_big = Form()
        too_big.wrong("file", say("check.too-big"))
        return _page(visit, say, "checking/ask.html", 413, form=too_big)


def _limit(sent: Request) -> None:
    sent.max_content_length = proving.LARGEST + FORM_ROOM
    if (sent.content_length or 0) > proving.LARGEST + FORM_ROOM:
        raise RequestEntityTooLarge


def _file(visit: Visit, say: Words, form: Form) -> ResponseReturnValue:
    digest = form.text("sha256", longest=64)
    sent = request.files.get("file")
    data = sent.read(proving.LARGEST + 1) if sent is not None and not digest else b""
    if not digest and not data:
        form.wrong("file", say("check.file-missing"))
    elif len(data) > proving.LARGEST:
        form.wrong("file", say("check.too-big"))
    if not form:
        return _page(visit, say, "checking/ask.html", 422, form=form)
    try:
        proving.take_check(visit.house, request.remote_addr or "")
        found = proving.check_sum(visit.house, digest) if digest else proving.check_document(visit.house, data)
    except Refused as refused:
        return _wait(visit, say, form, refused, "file")
    return _answer(visit, say, found, "file", by_sum=bool(digest))


def _paper(visit: Visit, say: Words, form: Form) -> ResponseReturnValue:
    number = form.text("number", say("check.number-missing"), longest=40)
    code = form.text("code", say("errors.code-missing"), longest=40)
    if not form:
        return _page(visit, say, "checking/ask.html", 422, form=form)
    try:
        found = proving.check_printed(visit.house, number, code, request.remote_addr or "")
    except Refused as refused:
        if "code-wrong" in refused.codes:
            return _answer(visit, say, Proof(False, "code-wrong"), "paper")
        return _wait(visit, say, form, refused, "code")
    return _answer(visit, say, found, "paper")


def _wait(visit: Visit, say: Words, form: Form, refused: Refused, field: str) -> ResponseReturnValue:
    """Say that it is too much at once, and when to come again."""
    seconds = [reason.facts["seconds"] for reason in refused.reasons if reason.code == "wait"]
    form.wrong(field, say("check.wait", seconds=seconds[0]) if seconds else say("check.busy"))
    return _page(visit, say, "checking/ask.html", 429 if seconds else 503, form=form)


def _answer(visit: Visit, say: Words, found: Proof, what: str, *, by_sum: bool = False) -> ResponseReturnValue:
    when = found.sealed_at.astimezone(visit.house.terms.zone) if found.sealed_at is not None else None
    return _page(
        visit,
        say,
        "checking/answer.html",
        found=found,
        what=what,
        by_sum=by_sum,
        day=say.date(when.date()) if when is not None else "",
        clock=f"{when:%H:%M}" if when is not None else "",
    )


def _words(visit: Visit) -> Words:
    known = visit.house.forms.languages
    chosen = str(session.get(LANGUAGE, ""))
    if chosen not in known:
        chosen = request.accept_languages.best_match(list(known)) or "en"
    return visit.house.forms.words(chosen)


def _page(
    visit: Visit, say: Words, template: str, status: int = 200, *, form: Form | None = None, **more: object
) -> ResponseReturnValue:
    languages = [
        {
            "code": each.language,
            "name": each("language.name"),
            "href": url_for("checking.check", language=each.language),
            "current": each.language == say.language,
        }
        for each in visit.house.forms.languages.values()
    ]
    return patient_page(
        template, say, status, facts=organisation.in_force(visit.house), form=form, languages=languages, **more
    )
