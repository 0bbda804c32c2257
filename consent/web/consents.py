"""Consents at the desk: drafts, finding again, one consent, the hand-over."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, logout_user

from consent.acts import (
    creating,
    drafts,
    finding,
    form_wordings,
    handing_over,
    organisation,
    planning,
    retrieval,
    showing_tablet,
)
from consent.acts.dossier import Dossier
from consent.rules.access import Act, may
from consent.rules.refusal import NotFound, Refused
from consent.web import other_ways, parties_shown
from consent.web.describing import IDENTIFIERS
from consent.web.desk import Desk, Visit
from consent.web.form import Form
from consent.web.signer_words import METHODS

desk = Desk(
    "consents",
    {
        "record-number-missing": "Enter the record number.",
        "name-missing": "Enter the patient's full name, in letters.",
        "number-format": "Enter the number from the card, for example 7K3Q-9XD.",
        "number-mistyped": "One character is wrong. Look at the card again.",
        "birth-date-impossible": "The date of birth cannot be right. Correct it.",
        "not-told-voluntary": "Tell the patient that it is voluntary, and tick it.",
        "organisation-incomplete": "The administrator has not entered the organization yet. Nothing can be signed.",
        "accounts-none": "The administrator has entered no account yet. Nothing can be signed.",
        "cannot-seal": "The certificate of the seal does not count. Nothing can be signed. Ask your administrator.",
        "form-incomplete": "The form names something that nobody has entered yet ({what}).",
        "form-not-approved": "Nobody has approved this form in this language. Ask your administrator.",
        "form-withdrawn": "The approval or review of this form in this language was taken back. It can be signed once "
        "one is recorded again. Or discard the draft and begin with another form or language.",
    },
)
STATUS: Mapping[str, str] = {
    "draft": "Draft",
    "handed-over": "With the patient",
    "paper": "On paper, being checked",
    "signed": "Signed",
    "declined": "Declined",
    "discarded": "Discarded",
    "revoked": "Withdrawn",
    "expired": "Expired",
    "void": "Void",
}
UNTIL: Mapping[str, str] = {"1-year": "1 year", "2-years": "2 years", "5-years": "5 years", "event": "an event"}
COPY_WAYS: Mapping[str, str] = {"paper": "On paper", "phone": "On the patient's phone", "mail": "By e-mail"}
IDENTIFIED: Mapping[str, str] = dict(IDENTIFIERS)


@desk.page("/consents", Act.SEE_CONSENT)
def listed(visit: Visit) -> ResponseReturnValue:
    """Show the drafts of this person's unit, and what was decided lately."""
    lists = finding.lists(visit.house, visit.actor)
    may_create = may(visit.actor.roles, Act.CREATE_CONSENT)
    return render_template("consents/listed.html", lists=lists, status=STATUS, may_create=may_create)


@desk.page("/consents/find", Act.SEE_CONSENT)
def find(visit: Visit) -> ResponseReturnValue:
    """Offer the three ways to find a patient or a consent again."""
    return render_template("consents/find.html", form=Form())


@desk.page("/consents/find/record-number", Act.FIND_BY_RECORD_NUMBER, methods=("POST",))
def find_by_record_number(visit: Visit) -> ResponseReturnValue:
    """Find by the exact record number; no name is shown."""
    form = Form.sent()
    record_number = form.text("record_number", "Enter the record number.", longest=60)
    if form:
        found = finding.by_record_number(visit.house, visit.actor, record_number)
        return render_template("consents/found.html", found=found, status=STATUS)
    return render_template("consents/find.html", form=form), 422


@desk.page("/consents/find/name", Act.FIND_BY_NAME, methods=("POST",))
def find_by_name(visit: Visit) -> ResponseReturnValue:
    """Find by name and date of birth together; no name is shown that was not typed."""
    form = Form.sent()
    name = form.text("name", "Enter the patient's full name.")
    born_on = form.day("born_on", "Enter the date of birth.")
    if form and born_on is not None:
        try:
            found = finding.by_name(visit.house, visit.actor, name, born_on)
            return render_template("consents/found.html", found=found, status=STATUS)
        except Refused as refused:
            form.refuse(refused)
    return render_template("consents/find.html", form=form), 422


@desk.page("/consents/find/number", Act.FIND_BY_SHORT_NUMBER, methods=("POST",))
def find_by_number(visit: Visit) -> ResponseReturnValue:
    """Find by the short number on the patient's copy or card."""
    form = Form.sent()
    number = form.text("number", "Enter the number from the card.", longest=40)
    if form:
        try:
            return redirect(
                url_for("consents.show", consent_id=finding.by_number(visit.house, visit.actor, number)), 303
            )
        except NotFound:
            form.wrong("number", "There is no consent with this number.")
        except Refused as refused:
            form.refuse(refused)
    return render_template("consents/find.html", form=form), 422


@desk.page("/consents/<consent_id>", Act.SEE_CONSENT)
def show(visit: Visit, consent_id: str) -> ResponseReturnValue:
    """Show one consent; who looks is in custody. Another unit's needs a reason first."""
    return _show(visit, consent_id, 200)


def _show(visit: Visit, consent_id: str, status: int, form: Form | None = None) -> ResponseReturnValue:
    try:
        opened = retrieval.open_consent(visit.house, visit.actor, consent_id)
    except Refused as refused:
        if "reason-needed" not in refused.codes:
            raise
        return render_template(
            "consents/reason.html", form=form if form is not None else Form(), consent_id=consent_id
        ), status
    row = opened.dossier.row
    against = handing_over.objections(visit.house, visit.actor, consent_id) if row.status in drafts.UNSIGNED else ()
    page = render_template(
        "consents/show.html",
        opened=opened,
        row=row,
        status=STATUS[finding.state_today(row, visit.house.today)],
        until=UNTIL.get(row.until or "", ""),
        identified=[IDENTIFIED[code] for code in row.identified_by],
        copy_ways=COPY_WAYS,
        methods=METHODS,
        form_name=_form_name(visit, row.form, row.form_version),
        language=_language(visit, row.language),
        reads=_language(visit, opened.dossier.person.language),
        labels=_labels(visit, opened.dossier),
        parties=parties_shown.rows(visit, opened.dossier),
        against=[g.registry.words(request.endpoint, each.code, each.facts) for each in against],
        unsigned=row.status in drafts.UNSIGNED,
        own=visit.actor.id == row.made_by or visit.actor.unit == row.unit,
        may_edit=may(visit.actor.roles, Act.EDIT_DRAFT),
        may_read=may(visit.actor.roles, Act.OPEN_DOCUMENT),
        to_show=showing_tablet.waiting(visit.house, visit.actor, consent_id) if row.signed_at else 0,
        other=other_ways.overview(visit, consent_id),
    )
    return page, status


@desk.page("/consents/<consent_id>/reason", Act.SEE_CONSENT, methods=("POST",))
def reason(visit: Visit, consent_id: str) -> ResponseReturnValue:
    """Take the reason for looking at another unit's consent."""
    form = Form.sent()
    stated = form.text("reason", "Say why you need to see this. It is kept, and the privacy officer sees it.", 500)
    if not form:
        return _show(visit, consent_id, 422, form)
    retrieval.state_reason(visit.house, visit.actor, consent_id, stated)
    return redirect(url_for("consents.show", consent_id=consent_id), 303)


@desk.page("/consents/<consent_id>/document", Act.OPEN_DOCUMENT)
def document(visit: Visit, consent_id: str) -> ResponseReturnValue:
    """Show the sealed PDF, byte for byte."""
    pdf = retrieval.open_document(visit.house, visit.actor, consent_id)
    # The file's name says nothing about the patient.
    headers = {"Content-Disposition": 'inline; filename="consent.pdf"'}
    return Response(pdf, mimetype="application/pdf", headers=headers)


@desk.page("/consents/<consent_id>/preview", Act.SEE_CONSENT)
def preview(visit: Visit, consent_id: str) -> ResponseReturnValue:
    """Show every page as the patient will see it."""
    plan = planning.plan(visit.house, visit.actor, consent_id)
    pages = handing_over.preview(visit.house, visit.actor, consent_id)
    say = visit.house.forms.words(plan.language)
    return render_template("consents/preview.html", plan=plan, pages=pages, say=say, form=Form())


@desk.page("/consents/<consent_id>/hand-over", Act.HAND_OVER, methods=("POST",))
def hand_over(visit: Visit, consent_id: str) -> ResponseReturnValue:
    """Hand the tablet over: from here on this browser opens the patient's pages only."""
    try:
        token = handing_over.hand_over(visit.house, visit.actor, current_user.signed_in.session_id, consent_id)
    except Refused:
        # The page itself lists what is in the way.
        return redirect(url_for("consents.show", consent_id=consent_id), 303)
    logout_user()
    session.clear()
    session["signing"] = token
    return redirect(url_for("signing.welcome"), 303)


@desk.page("/consents/<consent_id>/form", Act.EDIT_DRAFT, methods=("GET", "POST"))
def wording(visit: Visit, consent_id: str) -> ResponseReturnValue:
    """Pick another form or language for a draft; what was prepared stays."""
    plan = planning.plan(visit.house, visit.actor, consent_id)
    book = visit.house.forms
    forms = {version.form: version.texts["en"].short for version in book.versions()}
    spoken = form_wordings.spoken(visit.house)
    languages = {code: words("language.name") for code, words in book.languages.items() if code in spoken}
    form = Form(defaults={"form": plan.form, "language": plan.language})
    if request.method == "POST":
        form = Form.sent()
        chosen = form.choice("form", tuple(forms), "Choose a form.")
        language = form.choice("language", tuple(languages), "Choose a language.")
        if form and chosen and language:
            creating.change_form(visit.house, visit.actor, consent_id, chosen, language)
            return redirect(url_for("consents.show", consent_id=consent_id), 303)
    page = render_template("creating/form.html", form=form, plan=plan, forms=forms, languages=languages)
    return page, 200 if form else 422


@desk.page("/consents/<consent_id>/discard", Act.DISCARD_DRAFT, methods=("GET", "POST"))
def discard(visit: Visit, consent_id: str) -> ResponseReturnValue:
    """Discard a draft, after asking."""
    if request.method == "POST":
        creating.discard(visit.house, visit.actor, consent_id)
        return redirect(url_for("consents.listed"), 303)
    plan = planning.plan(visit.house, visit.actor, consent_id)
    return render_template("consents/discard.html", plan=plan)


def _form_name(visit: Visit, form: str, version: int) -> str:
    known = visit.house.forms.forms.get((form, version))
    return f"{known.texts['en'].short if known else form}, version {version}"


def _language(visit: Visit, code: str) -> str:
    words = visit.house.forms.languages.get(code)
    return words("language.name") if words else "Another language"


def _labels(visit: Visit, opened: Dossier) -> Mapping[tuple[str, str], str]:
    """Return the staff's name of everything that can be asked in this consent."""
    version = visit.house.forms.version(opened.row.form, opened.row.form_version)
    names = {("account", code): name for code, name in planning.account_choices(visit.house)}
    for kind, catalogue in (("medium", version.media), ("purpose", version.purposes), ("channel", version.channels)):
        names |= {(kind, code): entry.words["en"].name for code, entry in catalogue.items()}
    asked = version.texts["en"].text["ask"]["permission"]
    # A form may ask for something of its own; then it is called as the form asks for it.
    names |= {("permission", code): PERMISSIONS.get(code, entry["full"]) for code, entry in asked.items()}
    # An account that is out of use is not in the list of what can be asked any more.
    named = {account.id: account for account in organisation.accounts(visit.house)}
    retired = (code for kind, code in opened.asked if kind == "account" and ("account", code) not in names)
    return names | {("account", code): f"{named[code].name} (not in use any more)" for code in retired}


PERMISSIONS = {
    "recognisable": "May be recognizable",
    "first-name": "First name may be used",
    "tell-condition": "Condition may be told",
    "tell-treatment": "Treatment may be told",
    "tell-age": "Age may be told",
    "tell-region": "State may be told",
    "show-first": "Wants to see it first",
    "train-ai": "May train computer programs",
    "sensitive-hiv": "HIV may be told",
    "sensitive-mental-health": "Mental health may be told",
    "sensitive-genetic": "Gene tests may be told",
    "sensitive-reproductive": "Care to have or to end a pregnancy may be told",
}
