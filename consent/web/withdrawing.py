"""The patient changes his mind, on his own phone: his card's link, its code, what to stop, done. No script needed."""

from __future__ import annotations

from flask import jsonify, make_response, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from consent.acts import cards, doors, looking, revocation, standing
from consent.acts.change_of_mind import LONGEST_WORDS, Change, Done, Scope, Way
from consent.rules.refusal import Refused
from consent.web import carried
from consent.web.card_pages import (
    GOING,
    LANGUAGE,
    LAST,
    NUMBER,
    ask_again,
    bad_link,
    card_page,
    check_page,
    go_on,
    parts_of,
    pick_language,
    say_refused,
    scopes_of,
    seen_by,
    trouble,
    words_of,
)
from consent.web.desk import CARD_COOKIE, Desk, Door, Visit
from consent.web.form import Form

desk = Desk("withdrawing", trouble=trouble)


@desk.page("/withdraw/<token>", Door.OPEN)
def link(visit: Visit, token: str) -> ResponseReturnValue:
    """Take the card's link out of the address bar at once; the code is asked next."""
    card = cards.find_card(visit.house, token)
    if card is None:
        return bad_link(visit, 404)
    session[NUMBER], session[LANGUAGE] = card.number, card.language
    session.pop(Door.CARD.value, None)
    return redirect(url_for("withdrawing.code"), 303)


@desk.page("/withdraw", Door.OPEN, methods=("GET", "POST"))
def code(visit: Visit) -> ResponseReturnValue:
    """Ask for the card's code, and for its number where no link brought it along."""
    pick_language(visit)
    say = words_of(visit)
    known = session.get(NUMBER, "")
    to_look, waiting = session.get(GOING) == "show", carried.along()
    shown = {"known": known, "to_look": to_look, "waiting": waiting, "can_switch": not waiting}
    if request.method == "GET":
        return card_page(visit, "withdrawing/code.html", say, **shown)
    form = Form.sent()
    number = known or form.text("number", missing=say("errors.number-missing"), longest=40)
    typed = form.text("code", missing=say("errors.code-missing"), longest=40)
    if not form:
        return card_page(visit, "withdrawing/code.html", say, 422, form=form, **shown)
    try:
        card = cards.check_code(visit.house, number, typed, request.remote_addr or "")
    except Refused as refused:
        status = say_refused(visit, form, refused, say)
        return card_page(visit, "withdrawing/code.html", say, status, form=form, **shown)
    standing.enter(visit.house, card.id, card.consent_id)
    opened = doors.open_card(visit.house, card.id)
    session[Door.CARD.value] = opened.token
    session.pop(NUMBER, None)
    session[LAST] = card.number
    if LANGUAGE not in session:
        session[LANGUAGE] = card.language
    session.pop(GOING, None)
    if waiting:
        answer = make_response(go_on(visit, card.id, form))
    else:
        answer = make_response(redirect(url_for("showing.by_card" if to_look else "withdrawing.choose"), 303))
    # It has no time of its own: the server ends it half an hour after the last page, and the browser with itself.
    answer.set_cookie(
        CARD_COOKIE,
        opened.browser,
        httponly=True,
        samesite="Strict",
        secure=visit.house.terms.public_url.startswith("https://"),
    )
    return answer


@desk.page("/withdraw/again", Door.OPEN, methods=("GET", "POST"))
def again(visit: Visit) -> ResponseReturnValue:
    """Ask for the code again after the card's time."""
    return ask_again(visit)


@desk.page("/withdraw/here", Door.CARD, methods=("POST",))
def here(visit: Visit) -> ResponseReturnValue:
    """Hear that he is still there: the half hour begins again."""
    doors.see_card(visit.house, session[Door.CARD.value])
    return jsonify(open=True)


@desk.page("/withdraw/over", Door.CARD, methods=("POST",))
def over(visit: Visit) -> ResponseReturnValue:
    """Nobody answered the warning: the card is closed. What he typed comes to `again` afterwards."""
    doors.close_card(visit.house, session.pop(Door.CARD.value))
    return redirect(url_for("withdrawing.again"), 303)


@desk.page("/withdraw/choose", Door.CARD, methods=("GET", "POST"))
def choose(visit: Visit) -> ResponseReturnValue:
    """Show what is allowed now and where it is shown; ask how much to stop, everything first."""
    pick_language(visit)
    seen, say = seen_by(visit)
    to_see = looking.waits(visit.house, looking.by_card(visit.house, visit.held))
    if request.method == "GET":
        return card_page(visit, "withdrawing/choose.html", say, seen=seen, to_see=to_see)
    form = Form.sent()
    scope = form.choice("stop", scopes_of(seen), missing=say("errors.choose-stop"))
    if scope is None:
        return card_page(visit, "withdrawing/choose.html", say, 422, form=form, seen=seen, to_see=to_see)
    if scope == Scope.PARTS.value:
        return redirect(url_for("withdrawing.parts"), 303)
    return redirect(url_for("withdrawing.check", stop=scope), 303)


@desk.page("/withdraw/parts", Door.CARD, methods=("GET", "POST"))
def parts(visit: Visit) -> ResponseReturnValue:
    """Ask which parts to stop: each is marked by itself."""
    pick_language(visit)
    seen, say = seen_by(visit)
    if Scope.PARTS.value not in scopes_of(seen):
        return redirect(url_for("withdrawing.choose"), 303)
    form = Form.sent() if request.method == "POST" else Form(defaults={"part": request.args.getlist("part")})
    if request.method == "POST":
        marked = form.choices("part", tuple(parts_of(seen, say)), missing=say("errors.choose-part"))
        if form:
            return redirect(url_for("withdrawing.check", stop=Scope.PARTS.value, part=marked), 303)
    status = 200 if form else 422
    return card_page(visit, "withdrawing/parts.html", say, status, form=form, seen=seen)


@desk.page("/withdraw/check", Door.CARD, methods=("GET", "POST"))
def check(visit: Visit) -> ResponseReturnValue:
    """Say once more what will be stopped; pressing the button stops it. A repeat finds nothing left."""
    pick_language(visit)
    seen, say = seen_by(visit)
    sent = request.args if request.method == "GET" else request.form
    scope = sent.get("stop", "")
    known = parts_of(seen, say)
    marked = tuple(part for part in known if part in sent.getlist("part"))
    if request.method == "GET":
        if scope not in scopes_of(seen) or (scope == Scope.PARTS.value and not marked):
            return redirect(url_for("withdrawing.choose"), 303)
        return check_page(visit, say, seen, scope, marked)
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
        status = say_refused(visit, form, refused, say)
        return check_page(visit, say, seen, scope, marked, status, form)
    return redirect(_done_address(done), 303)


@desk.page("/withdraw/done", Door.CARD)
def done(visit: Visit) -> ResponseReturnValue:
    """Say that it has stopped, under which number; or, calmly, that nothing was left to stop."""
    pick_language(visit)
    seen, say = seen_by(visit)
    mine = next((each for each in seen.earlier if each.id == request.args.get("request")), None)
    return card_page(visit, "withdrawing/done.html", say, seen=seen, mine=mine)


@desk.page("/withdraw/close", Door.CARD, methods=("POST",))
def close(visit: Visit) -> ResponseReturnValue:
    """Close the card on this browser."""
    say = words_of(visit)
    token = session.pop(Door.CARD.value, None)
    for key in (NUMBER, LAST):
        session.pop(key, None)
    if isinstance(token, str):
        doors.close_card(visit.house, token)
    answer = make_response(card_page(visit, "withdrawing/closed.html", say))
    answer.delete_cookie(CARD_COOKIE)
    return answer


def _done_address(done: Done) -> str:
    return url_for("withdrawing.done", request=done.request_id) if done.request_id else url_for("withdrawing.done")
