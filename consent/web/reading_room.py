"""What every page in the patient's hands needs: the words of his language, and how to say what is wrong."""

from __future__ import annotations

from collections.abc import Mapping

from flask import render_template
from flask.typing import ResponseReturnValue

from consent.acts.answering import Session
from consent.acts.organisation import Organisation
from consent.formbook import Facts, Words
from consent.rules.refusal import Refused
from consent.web.form import Form

# Refusal code -> the patient's phrase. What is not here is not the patient's to mend.
PHRASES: Mapping[str, str] = {
    "answers-changed": "errors.changed",
    "cannot-print": "errors.cannot-print",
    "disclosure-not-accepted": "errors.electronic",
    "signature-missing": "errors.signature-missing",
    "expiry-missing": "errors.until-missing",
}


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
    page = render_template(
        template,
        say=say,
        words=around(say),
        lang=say.language,
        direction=say("language.direction"),
        organisation=facts.organisation if isinstance(facts, Facts) else facts.legal_name,
        help_text=say("signing.ask-us"),
        form=form if form is not None else Form(),
        facts=facts,
        **more,
    )
    return page, status


def session_page(
    template: str, session: Session, status: int = 200, form: Form | None = None, **more: object
) -> ResponseReturnValue:
    """Return a page of a signing session; while it takes answers, with the languages to switch to."""
    languages = [
        {"code": code, "name": words("language.name"), "href": None, "current": code == session.language}
        for code, words in ((each, session.words_of(each)) for each in session.languages)
    ]
    more.setdefault("languages", languages if session.state == "open" else [])
    return patient_page(template, session.words, status, facts=session.facts, form=form, session=session, **more)


def say_refused(form: Form, refused: Refused, say: Words) -> None:
    """Put each reason beside its field in the patient's words."""
    fields = {"disclosure": "disclosure", "typed": "typed", "signature": "typed", "expires_on": "term"}
    for reason in refused.reasons:
        phrase = PHRASES.get(reason.code, "errors.trouble")
        form.wrong(fields.get(reason.field or "", ""), say(phrase))
