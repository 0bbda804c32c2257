"""The patient looks at a planned post first, in his language: on the hospital's tablet, or where his card opens."""

from __future__ import annotations

from flask import Response, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from consent.acts import lending, looking, organisation, showing_tablet
from consent.acts.looking import Looking
from consent.formbook import Words
from consent.rules.refusal import NotFound, Refused
from consent.web.card_pages import GOING, LANGUAGE
from consent.web.desk import Desk, Door, Visit
from consent.web.form import Form
from consent.web.handing_back import ask_pin
from consent.web.reading_room import patient_page, trouble

desk = Desk("showing", trouble=trouble)


@desk.page("/show", Door.OPEN)
def begin(visit: Visit) -> ResponseReturnValue:
    """Come here from the mail: the card's code is asked first."""
    session[GOING] = "show"
    return redirect(url_for("withdrawing.code"), 303)


@desk.page("/show/now", Door.CARD, methods=("GET", "POST"))
def by_card(visit: Visit) -> ResponseReturnValue:
    """Look at it where the card opens."""
    wanted = request.args.get("language", "")
    if wanted in visit.house.forms.languages:
        session[LANGUAGE] = wanted
    return _look(visit, looking.by_card(visit.house, visit.held, session.get(LANGUAGE)), "showing.by_card")


@desk.page("/show/picture/<showing_id>/<number>", Door.CARD)
def card_picture(visit: Visit, showing_id: str, number: str) -> ResponseReturnValue:
    """Show the picture itself, kept by no browser."""
    return _picture(visit, looking.by_card(visit.house, visit.held), showing_id, number)


@desk.page("/look", Door.SHOWING, methods=("GET", "POST"))
def look(visit: Visit) -> ResponseReturnValue:
    """Look at it on the hospital's tablet."""
    wanted = request.args.get("language", "")
    if wanted in visit.house.forms.languages:
        showing_tablet.switch_language(visit.house, visit.held, wanted)
    language = showing_tablet.language_of(visit.house, visit.held)
    return _look(visit, looking.by_tablet(visit.house, visit.held, language), "showing.look")


@desk.page("/look/picture/<showing_id>/<number>", Door.SHOWING)
def tablet_picture(visit: Visit, showing_id: str, number: str) -> ResponseReturnValue:
    """Show the picture itself, kept by no browser."""
    return _picture(visit, looking.by_tablet(visit.house, visit.held), showing_id, number)


@desk.page("/look/unlock", Door.SHOWING, methods=("GET", "POST"))
def unlock(visit: Visit) -> ResponseReturnValue:
    """Give the tablet back to the person who handed it over."""
    locked = lending.is_locked(visit.house, visit.held, lending.SHOWING)
    return ask_pin(visit, locked, showing_tablet.unlock, showing_tablet.resume, "showing.look")


def _look(visit: Visit, who: Looking, here: str) -> ResponseReturnValue:
    say = visit.house.forms.words(who.language)
    form = Form.sent() if request.method == "POST" else Form()
    if request.method == "POST":
        # A yes or a no for what was on the page: it names itself, so that nothing else is answered by mistake.
        said = form.choice("answer", ("yes", "no"), say("showing.missing"))
        if said is not None:
            return _answered(visit, who, say, here, form.text("showing"), agrees=said == "yes")
    seen = looking.next_one(visit.house, who)
    if seen is None:
        return _page(visit, who, say, here, "showing/nothing.html")
    pictures = [url_for(_picture_of(here), showing_id=seen.id, number=str(place)) for place in range(seen.pictures)]
    status = 200 if form else 422
    return _page(visit, who, say, here, "showing/look.html", status, form=form, seen=seen, pictures=pictures)


def _answered(
    visit: Visit, who: Looking, say: Words, here: str, showing_id: str, *, agrees: bool
) -> ResponseReturnValue:
    try:
        looking.answer(visit.house, who, showing_id, agrees)
        said = "showing.said-yes" if agrees else "showing.said-no"
    except (NotFound, Refused):
        said = "showing.over"
    left = looking.waits(visit.house, who)
    return _page(visit, who, say, here, "showing/thanks.html", said=say(said), left=left)


def _picture(visit: Visit, who: Looking, showing_id: str, number: str) -> ResponseReturnValue:
    if not (number.isascii() and number.isdigit() and len(number) < 4):
        raise NotFound
    data = looking.picture(visit.house, who, showing_id, int(number))
    return Response(data, mimetype="image/jpeg", headers={"Cache-Control": "no-store"})


def _picture_of(here: str) -> str:
    return "showing.card_picture" if here == "showing.by_card" else "showing.tablet_picture"


def _page(  # noqa: PLR0917 - who reads, in which words, on which page
    visit: Visit,
    who: Looking,
    say: Words,
    here: str,
    template: str,
    status: int = 200,
    form: Form | None = None,
    **more: object,
) -> ResponseReturnValue:
    known = visit.house.forms.languages
    languages = [
        {
            "code": code,
            "name": known[code]("language.name"),
            "href": url_for(here, language=code),
            "current": code == say.language,
        }
        for code in looking.languages(visit.house, who)
        if code in known
    ]
    office = organisation.in_force(visit.house)
    on_tablet = here == "showing.look"
    return patient_page(
        template, say, status, facts=office, form=form, here=here, languages=languages, on_tablet=on_tablet, **more
    )
