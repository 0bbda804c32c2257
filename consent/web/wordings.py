"""The forms and their words in each language: read, measured, approved or reviewed, taken back, added to."""

from __future__ import annotations

import re

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consent.acts import form_approvals, form_extras, form_review
from consent.acts.form_approvals import Wording
from consent.formbook import SCALES, Extra, FormVersion
from consent.rules.access import Act, may
from consent.rules.refusal import NotFound, Refused
from consent.web.desk import Visit
from consent.web.form import Form
from consent.web.organisation import desk

desk.reasons |= {
    "approver-name": "Enter the name of the person.",
    "approver-role": "Enter the role or qualification of the person.",
    "approved-later": "This cannot lie in the future.",
    "wording-changed": "The wording has changed since this page was loaded. Read it again.",
    "form-not-approved": "Nobody has approved this form in this language yet.",
    "form-withdrawn": "The approval of this form in this language was taken back.",
    "translation-not-reviewed": "Nobody qualified has reviewed this translation yet.",
    "translation-incomplete": "Some words around the form are not translated yet. `consent check-forms` lists them.",
    "language-cannot-print": "The fonts on the server cannot print this language.",
    "extra-untranslated": "Your own paragraphs are not written in this language yet, or not as many as in English.",
    "extra-heading": "Give your own page a heading.",
    "extra-long": "Write at most {most} paragraphs of at most {longest} characters each.",
    "extra-hard": "Too hard to read: {scale} {found}, and the limit is {limit}. Use shorter words and sentences.",
    "cannot-print": "One of these letters cannot be printed with the fonts on the server.",
}
_BETWEEN_PARAGRAPHS = re.compile(r"\n\s*\n")


@desk.page("/forms", Act.SEE_FORMS)
def forms(visit: Visit) -> ResponseReturnValue:
    """Show every form version and language and how it stands."""
    found = form_approvals.wordings(visit.house, visit.actor)
    return render_template(
        "organisation/forms.html",
        wordings=[(wording, _title(visit, wording)) for wording in found],
        forms=list(_names(visit).items()),
        reasons=desk.reasons,
        may_approve=may(visit.actor.roles, Act.APPROVE_FORM),
        may_withdraw=may(visit.actor.roles, Act.WITHDRAW_FORM),
        may_write=may(visit.actor.roles, Act.EDIT_ORGANISATION),
    )


@desk.page("/forms/<form>/<int:version>/<language>", Act.SEE_FORMS)
def preview(visit: Visit, form: str, version: int, language: str) -> ResponseReturnValue:
    """Show the whole wording, and beside each section how it reads and which law it meets."""
    wording = form_approvals.wording(visit.house, visit.actor, form, version, language, _revision())
    measured = form_review.reading(visit.house, visit.actor, form, version, language, revision=wording.revision)
    words = visit.house.forms.words(language)
    return render_template(
        "organisation/preview.html",
        title=_title(visit, wording),
        wording=wording,
        direction_of_form=words("language.direction"),
        scale=SCALES.get(language),
        measured={each.section: each for each in measured},
        sections=form_approvals.preview(visit.house, visit.actor, form, version, language, wording.revision),
        for_another=form_approvals.preview_for_another(
            visit.house, visit.actor, form, version, language, wording.revision
        ),
    )


@desk.page("/forms/<form>/<int:version>/<language>/approve", Act.APPROVE_FORM, methods=("GET", "POST"))
def approve(visit: Visit, form: str, version: int, language: str) -> ResponseReturnValue:
    """Record who approved this wording or reviewed this translation, in which role, when."""
    wording = form_approvals.wording(visit.house, visit.actor, form, version, language, _revision())
    sent = Form.sent() if request.method == "POST" else Form()
    if request.method == "POST":
        done = "reviewed" if wording.unreviewed else "approved"
        name = sent.text("approver_name", f"Enter the name of the person who {done} it.")
        role = sent.text("approver_role", _role_missing(wording))
        on = sent.day("approved_on", f"Enter the day on which it was {done}.")
        read = sent.ticked("read", "Tick the box once the person has read this wording.")
        if sent and on and read:
            try:
                form_approvals.approve(
                    visit.house, visit.actor, wording, approver_name=name, approver_role=role, approved_on=on
                )
            except Refused as refused:
                sent.refuse(refused)
            else:
                return redirect(url_for("organisation.forms"), 303)
    page = render_template("organisation/approve.html", form=sent, wording=wording, title=_title(visit, wording))
    return page, 200 if sent else 422


@desk.page("/forms/<form>/<int:version>/<language>/withdraw", Act.WITHDRAW_FORM, methods=("GET", "POST"))
def withdraw(visit: Visit, form: str, version: int, language: str) -> ResponseReturnValue:
    """Take the approval or review back, after asking."""
    wording = form_approvals.wording(visit.house, visit.actor, form, version, language, _revision())
    if request.method == "GET":
        return render_template("organisation/withdraw.html", wording=wording, title=_title(visit, wording))
    form_approvals.withdraw(visit.house, visit.actor, wording)
    return redirect(url_for("organisation.forms"), 303)


@desk.page("/forms/<form>/own/<language>", Act.EDIT_ORGANISATION, methods=("GET", "POST"))
def own_words(visit: Visit, form: str, language: str) -> ResponseReturnValue:
    """Write the organisation's own paragraphs on a form, in one language."""
    version, own = _newest(visit, form, language), form_extras.newest(visit.house, visit.actor, form)
    kept = own.pages.get(language, Extra("", ()))
    sent = Form(defaults={"heading": kept.heading, "paragraphs": "\n\n".join(kept.paragraphs)})
    if request.method == "POST":
        sent = Form.sent()
        typed = sent.text("paragraphs", longest=form_extras.MOST_PARAGRAPHS * form_extras.LONGEST_PARAGRAPH)
        page = Extra(" ".join(sent.text("heading").split()), paragraphs(typed))
        try:
            if sent:
                form_extras.write(visit.house, visit.actor, form, language, page)
                return redirect(url_for("organisation.forms"), 303)
        except Refused as refused:
            sent.refuse(refused)
    page_html = render_template(
        "organisation/own_words.html",
        form=sent,
        about=version,
        language=language,
        direction_of_form=visit.house.forms.words(language)("language.direction"),
        name=_names(visit)[form],
        english=own.pages.get("en"),
        languages=[(code, visit.house.forms.words(code)("language.english")) for code in version.languages],
        most=form_extras.MOST_PARAGRAPHS,
    )
    return page_html, 200 if sent else 422


def paragraphs(typed: str) -> tuple[str, ...]:
    """Return what stands between empty lines, each on one line."""
    return tuple(" ".join(each.split()) for each in _BETWEEN_PARAGRAPHS.split(typed.replace("\r", "")) if each.strip())


def _newest(visit: Visit, form: str, language: str) -> FormVersion:
    if form not in _names(visit) or language not in visit.house.forms.newest(form).languages:
        raise NotFound
    return visit.house.forms.newest(form)


def _revision() -> int | None:
    """Which revision of the organisation's own paragraphs is meant; None for the one in force."""
    typed = request.args.get("own", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 6 else None


def _role_missing(wording: Wording) -> str:
    if wording.unreviewed:
        return "Enter the qualification of the person who reviewed it."
    return "Enter the role in which the person approved it."


def _title(visit: Visit, wording: Wording) -> str:
    """Return what a wording is called: the form, its version, the language, and whose paragraphs are on it."""
    named = f"{_names(visit)[wording.form]}, version {wording.version}"
    own = f", with your own paragraphs ({wording.revision})" if wording.revision else ""
    return f"{named}, {visit.house.forms.words(wording.language)('language.english')}{own}"


def _names(visit: Visit) -> dict[str, str]:
    """Return how people call each form, by its code."""
    return {version.form: version.texts["en"].short for version in visit.house.forms.versions()}
