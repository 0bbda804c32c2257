"""What every page in the patient's hands needs: the words of his language, and how to say what is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import g, render_template, request, session
from flask.typing import ResponseReturnValue

from consent.acts.answering import Session
from consent.acts.organisation import Organisation
from consent.formbook import Facts, Words
from consent.rules.comfort import Comfort
from consent.rules.direction import isolated
from consent.rules.refusal import Refused
from consent.web.desk import Visit
from consent.web.form import Form
from consent.web.steps import Place

# Refusal code -> the patient's phrase. What is not here is not the patient's to mend.
PHRASES: Mapping[str, str] = {
    "answers-changed": "errors.changed",
    "withdrawn-meanwhile": "errors.changed",
    "cannot-print": "errors.cannot-print",
    "disclosure-not-accepted": "errors.electronic",
    "signature-missing": "errors.signature-missing",
    "expiry-missing": "errors.until-missing",
    "not-asked-back": "errors.changed",
}


LOOKS = "looks"
"""Where the browser keeps how its patient wants his pages to look, for the same ones."""

SPEAKS = "speaks"
"""Where the browser keeps the language of its patient, for pages that cannot ask the database."""


COMMON = ("en", "es")
"""In these is said what is wrong to somebody whose language nobody knows."""


def tongues(visit: Visit) -> tuple[Words, ...]:
    """Return the languages in which to speak to this browser: its patient's, or several while that is not known."""
    languages = visit.house.forms.languages
    known = languages.get(str(session.get(SPEAKS)))
    if known is not None:
        return (known,)
    asked = request.accept_languages.best_match(tuple(languages)) or COMMON[0]
    return tuple(languages[code] for code in dict.fromkeys((asked, *COMMON)) if code in languages)


def trouble(visit: Visit, status: int, sent: Sequence[tuple[str, str]] = ()) -> str:
    """Return the page for what went wrong: whether it is over, has changed, or is our fault.

    `sent`: what came with a withdrawal that our fault kept us from; the page holds it, to be sent once more.
    """
    say, *also = tongues(visit)
    signing = (request.endpoint or "").startswith("signing.")
    heading, text = ("errors.trouble-heading", "errors.trouble" if signing else "errors.trouble-copy")
    if status in (404, 410):
        heading, text = ("errors.session-over-heading", "errors.session-over")
    elif status in (403, 409):
        heading, text = ("errors.changed-heading", "errors.changed")
    elif sent:
        text = "errors.trouble-again"
    return render_template(
        "sign/trouble.html",
        say=say,
        words=around(say),
        lang=say.language,
        direction=say("language.direction"),
        help_text=say("signing.ask-us"),
        heading=say(heading),
        text=say(text),
        also=[
            {"lang": each.language, "dir": each("language.direction"), "heading": each(heading), "text": each(text)}
            for each in also
        ],
        looks=session.get(LOOKS, ""),
        sent=sent,
        number=g.get("request_id", "") if status >= 500 else "",
    )


def around(say: Words) -> Mapping[str, str]:
    """Return the few words that the page around every page needs."""
    return {
        "back": say("buttons.back"),
        "skip": say("buttons.skip"),
        "error": say("errors.page"),
        "progress": say("labels.page-of", page="{step}", pages="{steps}"),
    }


def patient_page(
    template: str,
    say: Words,
    status: int = 200,
    *,
    facts: Facts | Organisation,
    form: Form | None = None,
    **more: object,
) -> ResponseReturnValue:
    """Return a page in the patient's language."""
    # Where it is said in several, none of them is known to be his.
    if session.get(SPEAKS) != say.language and not more.get("also"):
        session[SPEAKS] = say.language
    page = render_template(
        template,
        say=say,
        words=around(say),
        lang=say.language,
        direction=say("language.direction"),
        organisation=facts.organisation if isinstance(facts, Facts) else facts.legal_name,
        help_text=more.pop("help_text", say("signing.ask-us")),
        form=form if form is not None else Form(),
        facts=facts,
        **more,
    )
    return page, status


def session_page(
    template: str,
    signing: Session,
    status: int = 200,
    form: Form | None = None,
    place: Place | None = None,
    **more: object,
) -> ResponseReturnValue:
    """Return a page of a signing session; while it takes answers, with the languages to switch to.

    `place`: where this page stands among the steps, for pages that are one.
    """
    g.own_phone = signing.on_own_phone
    languages = [
        {"code": code, "name": words("language.name"), "href": None, "current": code == signing.language}
        for code, words in ((each, signing.words_of(each)) for each in signing.languages)
    ]
    if signing.on_own_phone:
        # Nobody of the staff stands beside him.
        phone = isolated(signing.facts.privacy_phone, signing.words("language.direction"), left_to_right=True)
        more.setdefault("help_text", f"{signing.words('remote.help')} {phone}")
    if place is not None:
        more |= {"step": place.number, "steps": place.count}
    more.setdefault("languages", languages if signing.state == "open" else [])
    looks = " ".join(signing.comfort)
    if session.get(LOOKS, "") != looks:
        session[LOOKS] = looks
    more |= {"looks": looks, "comfort": [(mode.value, mode in signing.comfort) for mode in Comfort]}
    return patient_page(template, signing.words, status, facts=signing.facts, form=form, session=signing, **more)


def say_refused(form: Form, refused: Refused, say: Words) -> None:
    """Put each reason beside its field in the patient's words."""
    fields = {"disclosure": "disclosure", "typed": "typed", "signature": "typed", "expires_on": "term"}
    for reason in refused.reasons:
        phrase = PHRASES.get(reason.code, "errors.trouble")
        form.wrong(fields.get(reason.field or "", ""), say(phrase))
