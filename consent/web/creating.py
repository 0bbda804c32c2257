"""Prepare a consent, one thing per page; every page saves, so that a draft can be left and resumed."""

from __future__ import annotations

import secrets

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consent.acts import creating, form_wordings, planning, retrieval
from consent.acts.dossier import Person
from consent.acts.planning import Plan
from consent.rules.access import Act
from consent.rules.identifiers import new_id
from consent.rules.refusal import Refused
from consent.web.desk import Desk, Visit
from consent.web.form import Form
from consent.web.onward import onward

REASONS = {
    "form-unknown": "Choose one of the forms and languages.",
    "patient-known": "Another patient has this record number. Find that patient and start from there, "
    "or correct the number.",
    "patient-of-another-unit": "This is another unit's patient. Ask them to correct the name, date of birth or number.",
    "name-missing": "Enter the patient's full name, in letters.",
    "cannot-print": "This holds letters or signs that the printed form cannot show. Use other letters.",
    "two-identifiers-needed": "Choose at least two ways in which you identified the patient.",
    "nothing-asked": "Choose at least one of each: what, why, where and whose account.",
    "choice-unknown": "Choose from the list.",
    "description-missing": "Say in your own words what will be recorded.",
    "payment-incomplete": "Say who pays, who is paid and what is given, or leave all three empty.",
    "event-without-person": "Name the event and the person who confirms it, or leave both empty.",
    "another-person": "This would make the patient somebody else, who has not signed what this patient has. Begin a "
    "new consent for the other person.",
    "other-unit": "Another unit prepares this consent. Only that unit can change it.",
    "not-a-draft": "This was signed, declined or discarded. It cannot be changed.",
    "signing-now": "The patient is signing this at this moment. Wait two minutes, then look again.",
    "reason-needed": "Say why you need to see this. It is kept, and the privacy officer sees it.",
}
desk = Desk("creating", REASONS)


@desk.page("/consents/new", Act.CREATE_CONSENT, methods=("GET", "POST"))
def begin(visit: Visit) -> ResponseReturnValue:
    """Pick form and language, for a new patient or for one who was found again."""
    patient_id = request.values.get("patient", "")
    if request.method == "GET":
        usual = form_wordings.usual_form(visit.house)
        form = Form(defaults={"form": usual, "once": new_id(secrets.token_bytes), "patient": patient_id})
        return _begin(visit, form, 200)
    form = Form.sent()
    names = tuple(dict.fromkeys(version.form for version in visit.house.forms.versions()))
    chosen = form.choice("form", names, "Choose a form.")
    language = form.choice("language", tuple(visit.house.forms.languages), "Choose a language.")
    reason = form.text("reason", longest=500)
    if form and chosen and language:
        if not patient_id:
            return redirect(url_for("creating.patient_new", form=chosen, language=language), 303)
        try:
            made = creating.draft(
                visit.house,
                visit.actor,
                chosen,
                language,
                patient_id=patient_id,
                reason=reason,
                once=request.form.get("once", ""),
            )
        except Refused as refused:
            form.refuse(refused)
        else:
            return redirect(url_for("attending.signer", consent_id=made), 303)
    return _begin(visit, form, 422)


def _begin(visit: Visit, form: Form, status: int) -> ResponseReturnValue:
    book, opened = visit.house.forms, form_wordings.open_wordings(visit.house)
    forms = {version.form: version.texts["en"].short for version in book.versions()}
    # Before anything was approved all are shown: a draft can be prepared, and says what it waits for.
    usual = form_wordings.usual_form(visit.house)
    offered = [(code, name) for code, name in forms.items() if code in opened] or list(forms.items())
    offered.sort(key=lambda each: each[0] != usual)
    spoken = {language for languages in opened.values() for language in languages} or set(book.languages)
    languages = [(code, words("language.name")) for code, words in book.languages.items() if code in spoken]
    page = render_template("creating/begin.html", form=form, forms=offered, languages=languages)
    return page, status


@desk.page("/consents/new/patient", Act.CREATE_CONSENT, methods=("GET", "POST"))
def patient_new(visit: Visit) -> ResponseReturnValue:
    """Enter a new patient; the draft begins with it."""
    chosen, language = request.values.get("form", ""), request.values.get("language", "")
    if request.method == "GET":
        once = new_id(secrets.token_bytes)
        form = Form(defaults={"form": chosen, "language": language, "preferred": language, "once": once})
        return _patient(visit, form, None, 200)
    form = Form.sent()
    person = _person(visit, form)
    if person is not None:
        try:
            once = request.form.get("once", "")
            made = creating.draft(visit.house, visit.actor, chosen, language, person=person, once=once)
        except Refused as refused:
            form.refuse(refused)
        else:
            return redirect(url_for("attending.signer", consent_id=made), 303)
    return _patient(visit, form, None, 422)


@desk.page("/consents/<consent_id>/patient", Act.EDIT_DRAFT, methods=("GET", "POST"))
def patient(visit: Visit, consent_id: str) -> ResponseReturnValue:
    """Correct what is known of the patient."""
    plan = planning.plan(visit.house, visit.actor, consent_id)
    if request.method == "GET":
        person = retrieval.open_consent(visit.house, visit.actor, consent_id).dossier.person
        born = person.born_on
        typed: dict[str, object] = {
            "name": person.name,
            "born_on-day": str(born.day),
            "born_on-month": str(born.month),
            "born_on-year": str(born.year),
            "record_number": person.record_number,
            "email": person.email,
            "post": person.post,
            "electronic_contact": "yes" if person.electronic_contact else "",
            "preferred": person.language,
        }
        return _patient(visit, Form(defaults=typed), plan, 200)
    form = Form.sent()
    changed = _person(visit, form)
    if changed is not None:
        try:
            creating.change_person(visit.house, visit.actor, consent_id, changed)
        except Refused as refused:
            form.refuse(refused)
        else:
            return onward(visit, consent_id)
    return _patient(visit, form, plan, 422)


def _person(visit: Visit, form: Form) -> Person | None:
    """Return the patient as typed, or None with the mistakes noted."""
    name = form.text("name", "Enter the patient's full name.")
    born_on = form.day("born_on", "Enter the date of birth.")
    if born_on is not None and not born_on.year > visit.house.today.year - 131:
        form.wrong("born_on", "Enter the year with four digits, for example 1984.")
    if born_on is not None and born_on > visit.house.today:
        form.wrong("born_on", "The date of birth is in the future. Check the year.")
    email = form.text("email", longest=254)
    if email and ("@" not in email[1:-1] or " " in email):
        form.wrong("email", "Enter an e-mail address such as name@example.com, or leave it empty.")
    agreed = form.ticked("electronic_contact")
    if email and not agreed:
        form.wrong("electronic_contact", "Tick this if the patient agrees to e-mail, or take the address out.")
    language = form.text("preferred", "Choose the language that the patient reads best.", longest=35)
    record_number = form.text("record_number", longest=60)
    post = form.text("post", longest=500)
    if not form or born_on is None:
        return None
    return Person(name, born_on, record_number, email, post, agreed and bool(email), language)


def _patient(visit: Visit, form: Form, plan: Plan | None, status: int) -> ResponseReturnValue:
    languages = [(code, words("language.name")) for code, words in visit.house.forms.languages.items()]
    page = render_template("creating/patient.html", form=form, plan=plan, languages=[*languages, ("other", "Another")])
    return page, status
