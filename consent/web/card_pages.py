"""What the pages of an opened card share: in which words, with what to stop, and what is said when its time is over."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from flask import make_response, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from consent.acts import form_wordings, letters, organisation, standing
from consent.acts.change_of_mind import LONGEST_WORDS, Scope
from consent.acts.standing import Standing
from consent.formbook import Words
from consent.rules.refusal import Refused
from consent.web import carried
from consent.web.desk import Visit
from consent.web.form import Form
from consent.web.reading_room import patient_page, tongues
from consent.web.reading_room import trouble as plain_trouble

LANGUAGE, NUMBER, GOING = "card-language", "card-number", "card-going"
LAST = "card-last"
"""Which card was open here: its code alone is asked again."""
MOST_SHOWN = 50
# Refusal code -> the patient's phrase.
PHRASES: Mapping[str, str] = {
    "code-wrong": "errors.code-wrong",
    "contact-bad": "errors.contact-bad",
    "part-missing": "errors.choose-part",
    "words-long": "errors.words-long",
}


def trouble(visit: Visit, status: int) -> str:
    """What is over can be said with the office's telephone; what is our fault must not need the database."""
    if status == 410 and LAST in session and carried.along():
        # He was slow, or had no script to warn him: what he sent waits for his code.
        return make_response(ask_again(visit)).get_data(as_text=True)
    return (
        make_response(bad_link(visit, status)).get_data(as_text=True)
        if status in (404, 410)
        # Nobody who wants it stopped must choose and type it all again because of us.
        else plain_trouble(visit, status, sent=carried.along() if status >= 500 else ())
    )


def ask_again(visit: Visit) -> ResponseReturnValue:
    """Ask for the code again after the card's time; what had been typed goes along and is not lost."""
    if LAST in session:
        session[NUMBER] = session.pop(LAST)
    waiting = carried.along()
    if not waiting:
        return redirect(url_for("withdrawing.code"), 303)
    known = session.get(NUMBER, "")
    return card_page(
        visit, "withdrawing/code.html", words_of(visit), known=known, to_look=False, waiting=waiting, can_switch=False
    )


def go_on(visit: Visit, card_id: str, form: Form) -> ResponseReturnValue:
    """Return the page on which he was, with what he had chosen and typed."""
    seen = standing.of_card(visit.house, card_id, session.get(LANGUAGE))
    say = visit.house.forms.words(seen.language)
    known = parts_of(seen, say)
    marked = tuple(part for part in known if part in form.typed.getlist("part"))
    scope = form.text("stop") or (Scope.PARTS.value if marked else "")
    if scope in scopes_of(seen) and (scope != Scope.PARTS.value or marked):
        return check_page(visit, say, seen, scope, marked, form=form, can_switch=False)
    return redirect(url_for("withdrawing.choose"), 303)


def bad_link(visit: Visit, status: int) -> ResponseReturnValue:
    """Say that the link or its half hour is over, in the card's language, or in several while that is not known."""
    known = visit.house.forms.languages.get(str(session.get(LANGUAGE)))
    say, *also = (known,) if known is not None else tongues(visit)
    return card_page(visit, "withdrawing/bad_link.html", say, status, also=also)


def seen_by(visit: Visit) -> tuple[Standing, Words]:
    """Return what stands for this card, and the words of its holder's language."""
    seen = standing.of_card(visit.house, visit.held, session.get(LANGUAGE))
    return seen, visit.house.forms.words(seen.language)


def scopes_of(seen: Standing) -> tuple[str, ...]:
    """Return how much can be stopped: everything first, then this form, then parts of it."""
    if seen.nothing_left:
        return ()
    if not seen.is_signed:
        return (Scope.EVERYTHING.value,)
    whole = (Scope.EVERYTHING.value, Scope.FORM.value)
    return (*whole, Scope.PARTS.value) if seen.stoppable or seen.images else whole


def parts_of(seen: Standing, say: Words) -> dict[str, str]:
    """Return what can be stopped by itself, as kind/code to its sentence."""
    lines = {f"{line.kind}/{line.code}": line.text for line in seen.stoppable}
    return lines | {f"image/{image}": say("withdrawal.image-line", number=image) for image in seen.images}


def check_page(  # noqa: PLR0917 - what was chosen, then what is wrong with it
    visit: Visit,
    say: Words,
    seen: Standing,
    scope: str,
    marked: tuple[str, ...],
    status: int = 200,
    form: Form | None = None,
    *,
    can_switch: bool = True,
) -> ResponseReturnValue:
    """Return the page that says once more what will be stopped."""
    known = parts_of(seen, say)
    chosen = [(part, known[part]) for part in marked]
    return card_page(
        visit, "withdrawing/check.html", say, status, form=form, can_switch=can_switch, scope=scope, chosen=chosen
    )


def pick_language(visit: Visit) -> None:
    """Take the language that was asked for in the address, and keep it."""
    wanted = request.args.get("language", "")
    if wanted in visit.house.forms.languages:
        session[LANGUAGE] = wanted


def words_of(visit: Visit) -> Words:
    """Return the words of the language that was chosen, or that the browser asks for."""
    known = visit.house.forms.languages
    chosen = str(session.get(LANGUAGE, ""))
    if chosen not in known:
        chosen = request.accept_languages.best_match(form_wordings.spoken(visit.house)) or "en"
    return visit.house.forms.words(chosen)


def say_refused(visit: Visit, form: Form, refused: Refused, say: Words) -> int:
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


def card_page(
    visit: Visit,
    template: str,
    say: Words,
    status: int = 200,
    *,
    form: Form | None = None,
    can_switch: bool = True,
    **more: object,
) -> ResponseReturnValue:
    """Return a page of the card. `can_switch`: it is the same page when it is asked for in another language."""
    can_switch = can_switch and status not in (404, 410)
    can_switch = can_switch and request.endpoint not in ("withdrawing.link", "withdrawing.close")
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
