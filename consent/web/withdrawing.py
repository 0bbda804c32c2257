"""The patient changes his mind, on his own phone: his card's link, its code, what to stop, done. No script needed."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from flask import make_response, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from consent.acts import cards, doors, form_wordings, letters, looking, organisation, revocation, standing
from consent.acts.change_of_mind import LONGEST_WORDS, Change, Done, Scope, Way
from consent.acts.standing import Standing
from consent.formbook import Words
from consent.rules.refusal import Refused
from consent.web.desk import CARD_COOKIE, Desk, Door, Visit
from consent.web.form import Form
from consent.web.reading_room import patient_page, tongues, trouble


def _trouble(visit: Visit, status: int) -> str:
    """What is over can be said with the office's telephone; what is our fault must not need the database."""
    return (
        make_response(_bad_link(visit, status)).get_data(as_text=True)
        if status in (404, 410)
        else trouble(visit, status)
    )


desk = Desk("withdrawing", trouble=_trouble)

LANGUAGE, NUMBER, GOING = "card-language", "card-number", "card-going"
MOST_SHOWN = 50
# Refusal code -> the patient's phrase.
PHRASES: Mapping[str, str] = {
    "code-wrong": "errors.code-wrong",
    "contact-bad": "errors.contact-bad",
    "part-missing": "errors.choose-part",
    "words-long": "errors.words-long",
}


@desk.page("/withdraw/<token>", Door.OPEN)
def link(visit: Visit, token: str) -> ResponseReturnValue:
    """Take the card's link out of the address bar at once; the code is asked next."""
    card = cards.find_card(visit.house, token)
    if card is None:
        return _bad_link(visit, 404)
    session[NUMBER], session[LANGUAGE] = card.number, card.language
    session.pop(Door.CARD.value, None)
    return redirect(url_for("withdrawing.code"), 303)


@desk.page("/withdraw", Door.OPEN, methods=("GET", "POST"))
def code(visit: Visit) -> ResponseReturnValue:
    """Ask for the card's code, and for its number where no link brought it along."""
    _pick_language(visit)
    say = _words(visit)
    known = session.get(NUMBER, "")
    to_look = session.get(GOING) == "show"
    if request.method == "GET":
        return _page(visit, "withdrawing/code.html", say, known=known, to_look=to_look)
    form = Form.sent()
    number = known or form.text("number", missing=say("errors.number-missing"), longest=40)
    typed = form.text("code", missing=say("errors.code-missing"), longest=40)
    if not form:
        return _page(visit, "withdrawing/code.html", say, 422, form=form, known=known, to_look=to_look)
    try:
        card = cards.check_code(visit.house, number, typed, request.remote_addr or "")
    except Refused as refused:
        status = _say_refused(visit, form, refused, say)
        return _page(visit, "withdrawing/code.html", say, status, form=form, known=known, to_look=to_look)
    standing.enter(visit.house, card.id, card.consent_id)
    opened = doors.open_card(visit.house, card.id)
    session[Door.CARD.value] = opened.token
    session.pop(NUMBER, None)
    if LANGUAGE not in session:
        session[LANGUAGE] = card.language
    session.pop(GOING, None)
    answer = redirect(url_for("showing.by_card" if to_look else "withdrawing.choose"), 303)
    answer.set_cookie(
        CARD_COOKIE,
        opened.browser,
        max_age=doors.CARD_STAYS_OPEN,
        httponly=True,
        samesite="Strict",
        secure=visit.house.terms.public_url.startswith("https://"),
    )
    return answer


@desk.page("/withdraw/choose", Door.CARD, methods=("GET", "POST"))
def choose(visit: Visit) -> ResponseReturnValue:
    """Show what is allowed now and where it is shown; ask how much to stop, everything first."""
    _pick_language(visit)
    seen, say = _seen(visit)
    to_see = looking.waits(visit.house, looking.by_card(visit.house, visit.held))
    if request.method == "GET":
        return _page(visit, "withdrawing/choose.html", say, seen=seen, to_see=to_see)
    form = Form.sent()
    scope = form.choice("stop", _scopes(seen), missing=say("errors.choose-stop"))
    if scope is None:
        return _page(visit, "withdrawing/choose.html", say, 422, form=form, seen=seen, to_see=to_see)
    if scope == Scope.PARTS.value:
        return redirect(url_for("withdrawing.parts"), 303)
    return redirect(url_for("withdrawing.check", stop=scope), 303)


@desk.page("/withdraw/parts", Door.CARD, methods=("GET", "POST"))
def parts(visit: Visit) -> ResponseReturnValue:
    """Ask which parts to stop: each is marked by itself."""
    _pick_language(visit)
    seen, say = _seen(visit)
    if Scope.PARTS.value not in _scopes(seen):
        return redirect(url_for("withdrawing.choose"), 303)
    form = Form.sent() if request.method == "POST" else Form(defaults={"part": request.args.getlist("part")})
    if request.method == "POST":
        marked = form.choices("part", tuple(_parts(seen, say)), missing=say("errors.choose-part"))
        if form:
            return redirect(url_for("withdrawing.check", stop=Scope.PARTS.value, part=marked), 303)
    status = 200 if form else 422
    return _page(visit, "withdrawing/parts.html", say, status, form=form, seen=seen)


@desk.page("/withdraw/check", Door.CARD, methods=("GET", "POST"))
def check(visit: Visit) -> ResponseReturnValue:
    """Say once more what will be stopped; pressing the button stops it. A repeat finds nothing left."""
    _pick_language(visit)
    seen, say = _seen(visit)
    sent = request.args if request.method == "GET" else request.form
    scope = sent.get("stop", "")
    known = _parts(seen, say)
    marked = tuple(part for part in known if part in sent.getlist("part"))
    if request.method == "GET":
        if scope not in _scopes(seen) or (scope == Scope.PARTS.value and not marked):
            return redirect(url_for("withdrawing.choose"), 303)
        return _check_page(visit, say, seen, scope, marked)
    form = Form.sent()
    if scope not in tuple(Scope):
        return redirect(url_for("withdrawing.choose"), 303)
    keys = [tuple(part.split("/", 1)) for part in sent.getlist("part") if "/" in part]
    change = Change(
        consent_id=seen.consent_id,
        scope=Scope(scope),
        way=Way.CARD,
        parts=frozenset((kind, each) for kind, each in keys if kind != "image"),
        images=frozenset(each for kind, each in keys if kind == "image"),
        words=form.text("words", longest=LONGEST_WORDS),
        contact=form.text("contact", longest=254),
    )
    try:
        done = revocation.revoke(visit.house, visit.actor, change)
    except Refused as refused:
        status = _say_refused(visit, form, refused, say)
        return _check_page(visit, say, seen, scope, marked, status, form)
    return redirect(_done_address(done), 303)


@desk.page("/withdraw/done", Door.CARD)
def done(visit: Visit) -> ResponseReturnValue:
    """Say that it has stopped, under which number; or, calmly, that nothing was left to stop."""
    _pick_language(visit)
    seen, say = _seen(visit)
    mine = next((each for each in seen.earlier if each.id == request.args.get("request")), None)
    return _page(visit, "withdrawing/done.html", say, seen=seen, mine=mine)


@desk.page("/withdraw/close", Door.CARD, methods=("POST",))
def close(visit: Visit) -> ResponseReturnValue:
    """Close the card on this browser."""
    say = _words(visit)
    token = session.pop(Door.CARD.value, None)
    session.pop(NUMBER, None)
    if isinstance(token, str):
        doors.close_card(visit.house, token)
    answer = make_response(_page(visit, "withdrawing/closed.html", say))
    answer.delete_cookie(CARD_COOKIE)
    return answer


def _bad_link(visit: Visit, status: int) -> ResponseReturnValue:
    """Say that the link or its half hour is over, in the card's language, or in several while that is not known."""
    known = visit.house.forms.languages.get(str(session.get(LANGUAGE)))
    say, *also = (known,) if known is not None else tongues(visit)
    return _page(visit, "withdrawing/bad_link.html", say, status, also=also)


def _done_address(done: Done) -> str:
    return url_for("withdrawing.done", request=done.request_id) if done.request_id else url_for("withdrawing.done")


def _seen(visit: Visit) -> tuple[Standing, Words]:
    seen = standing.of_card(visit.house, visit.held, session.get(LANGUAGE))
    return seen, visit.house.forms.words(seen.language)


def _scopes(seen: Standing) -> tuple[str, ...]:
    """Return how much can be stopped: everything first, then this form, then parts of it."""
    if seen.nothing_left:
        return ()
    if not seen.is_signed:
        return (Scope.EVERYTHING.value,)
    whole = (Scope.EVERYTHING.value, Scope.FORM.value)
    return (*whole, Scope.PARTS.value) if seen.stoppable or seen.images else whole


def _parts(seen: Standing, say: Words) -> dict[str, str]:
    """Return what can be stopped by itself, as kind/code to its sentence."""
    lines = {f"{line.kind}/{line.code}": line.text for line in seen.stoppable}
    return lines | {f"image/{image}": say("withdrawal.image-line", number=image) for image in seen.images}


def _check_page(  # noqa: PLR0917 - what was chosen, then what is wrong with it
    visit: Visit,
    say: Words,
    seen: Standing,
    scope: str,
    marked: tuple[str, ...],
    status: int = 200,
    form: Form | None = None,
) -> ResponseReturnValue:
    known = _parts(seen, say)
    chosen = [(part, known[part]) for part in marked]
    return _page(visit, "withdrawing/check.html", say, status, form=form, scope=scope, chosen=chosen)


def _pick_language(visit: Visit) -> None:
    wanted = request.args.get("language", "")
    if wanted in visit.house.forms.languages:
        session[LANGUAGE] = wanted


def _words(visit: Visit) -> Words:
    known = visit.house.forms.languages
    chosen = str(session.get(LANGUAGE, ""))
    if chosen not in known:
        chosen = request.accept_languages.best_match(form_wordings.spoken(visit.house)) or "en"
    return visit.house.forms.words(chosen)


def _say_refused(visit: Visit, form: Form, refused: Refused, say: Words) -> int:
    """Put each reason beside its field in the patient's words; return the status."""
    office = organisation.in_force(visit.house)
    for reason in refused.reasons:
        if reason.code == "wait":
            seconds = int(str(reason.facts["seconds"]))
            minutes = -(-seconds // 60)
            facts = {"seconds": seconds, "minutes": minutes, "privacy_phone": office.privacy_phone}
            form.wrong("code", say("errors.code-slow" if seconds < 60 else "errors.code-paused", **facts))
            return 429
        facts = {"count": LONGEST_WORDS, "privacy_phone": office.privacy_phone}
        form.wrong(reason.field or "", say(PHRASES.get(reason.code, "errors.trouble-stop"), **facts))
    return 422


def _page(
    visit: Visit, template: str, say: Words, status: int = 200, *, form: Form | None = None, **more: object
) -> ResponseReturnValue:
    can_switch = status not in (404, 410) and request.endpoint not in ("withdrawing.link", "withdrawing.close")
    offered = form_wordings.spoken(visit.house) if can_switch else ()
    languages = [
        {
            "code": each.language,
            "name": each("language.name"),
            "href": _in_language(each.language),
            "current": each.language == say.language,
        }
        for each in map(visit.house.forms.words, offered)
    ]
    return patient_page(
        template,
        say,
        status,
        facts=organisation.in_force(visit.house),
        form=form,
        languages=languages,
        zone=visit.house.terms.zone,
        most_shown=MOST_SHOWN,
        outcome=lambda each: letters.outcome_words(say, each, visit.house),
        **more,
    )


def _in_language(language: str) -> str:
    """Return this page's address in another language; what stands in it, such as marked parts, goes along."""
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != "language"]
    return f"{request.path}?{urlencode([*kept, ('language', language)])}"
