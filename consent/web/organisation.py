"""The organisation: its details, its rules, its accounts, and the approvals of its forms."""

from __future__ import annotations

from dataclasses import replace

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consent.acts import form_approvals, form_wordings, organisation
from consent.rules.access import Act
from consent.rules.refusal import Refused
from consent.web.desk import Desk, Visit
from consent.web.form import Form

desk = Desk(
    "organisation",
    reasons={
        "channel-unknown": "Choose a channel.",
        "account-name": "Enter the account's name.",
        "account-owner": "Say whose account it is.",
        "account-owner-name": "Enter the name of the person or organization whose account it is.",
        "account-taken": "There is an account of this name on this channel already.",
        "jurisdiction-unknown": "Choose whose rules the forms keep.",
        "term-unknown": "Choose one of the times that the forms offer.",
        "organisation-incomplete": "The administrator has not entered the organization's details yet.",
        "accounts-none": "The administrator has not entered any account yet.",
    },
)
FIELDS = (
    ("legal_name", "Legal name", "Enter the legal name."),
    ("address", "Postal address", "Enter the address."),
    ("privacy_office", "Privacy office", "Enter the name of the privacy office."),
    ("privacy_phone", "Telephone of the privacy office", "Enter the telephone number."),
    ("privacy_email", "E-mail address of the privacy office", "Enter the e-mail address."),
)
OWNERS = (
    ("organisation", "The organization"),
    ("clinician", "A clinician"),
    ("partner", "A partner, for instance a charity"),
)


@desk.page("/organisation", Act.EDIT_ORGANISATION)
def overview(visit: Visit) -> ResponseReturnValue:
    """Show everything, and what is missing before anybody can sign."""
    return render_template(
        "organisation/overview.html",
        own=organisation.in_force(visit.house),
        fields=FIELDS,
        accounts=organisation.accounts(visit.house),
        wordings=form_approvals.wordings(visit.house, visit.actor),
    )


@desk.page("/organisation/details", Act.EDIT_ORGANISATION, methods=("GET", "POST"))
def details(visit: Visit) -> ResponseReturnValue:
    """Enter what the forms say of the organisation."""
    if request.method == "GET":
        own = organisation.in_force(visit.house)
        form = Form(defaults={name: getattr(own, name) for name, _, _ in FIELDS})
        return render_template("organisation/details.html", form=form, fields=FIELDS)
    sent = Form.sent()
    typed = {name: sent.text(name, missing, longest=500) for name, _, missing in FIELDS}
    if "@" not in typed["privacy_email"]:
        sent.wrong("privacy_email", "Enter an e-mail address, for example privacy@hospital.example.")
    if not sent:
        return render_template("organisation/details.html", form=sent, fields=FIELDS), 422
    organisation.save_details(visit.house, visit.actor, **typed)
    return redirect(url_for("organisation.overview"), 303)


@desk.page("/organisation/policy", Act.EDIT_POLICY, methods=("GET", "POST"))
def policy(visit: Visit) -> ResponseReturnValue:
    """Set the organisation's own rules."""
    rules = organisation.in_force(visit.house).policy
    if request.method == "GET":
        defaults = {
            "consent_for_unrecognisable": "yes" if rules.consent_for_unrecognisable else "no",
            "one_person_clinic": "yes" if rules.one_person_clinic else "no",
        }
        return render_template("organisation/policy.html", form=Form(defaults=defaults))
    sent = Form.sent()
    names = ("consent_for_unrecognisable", "one_person_clinic")
    unrecognisable, alone = (sent.choice(name, ("yes", "no"), "Choose yes or no.") == "yes" for name in names)
    if not sent:
        return render_template("organisation/policy.html", form=sent), 422
    chosen = replace(rules, consent_for_unrecognisable=unrecognisable, one_person_clinic=alone)
    organisation.save_policy(visit.house, visit.actor, chosen)
    return redirect(url_for("organisation.overview"), 303)


@desk.page("/organisation/state", Act.EDIT_POLICY, methods=("GET", "POST"))
def state(visit: Visit) -> ResponseReturnValue:
    """Choose the state whose own rules the forms keep."""
    rules = organisation.in_force(visit.house).policy
    form = (
        Form.sent()
        if request.method == "POST"
        else Form(defaults={"jurisdiction": rules.jurisdiction, "usual_term": rules.usual_term})
    )
    if request.method == "POST":
        try:
            chosen = replace(rules, jurisdiction=form.text("jurisdiction"), usual_term=form.text("usual_term"))
            organisation.save_policy(visit.house, visit.actor, chosen)
        except Refused as refused:
            form.refuse(refused)
        else:
            return redirect(url_for("organisation.overview"), 303)
    words = visit.house.forms.newest(form_wordings.usual_form(visit.house)).texts["en"].text["terms"]
    terms = [(code, words.get(code, {}).get("text", code)) for code in organisation.usual_terms(visit.house)]
    return render_template("organisation/state.html", form=form, terms=terms), 200 if form else 422


@desk.page("/organisation/accounts", Act.EDIT_ACCOUNTS, methods=("GET", "POST"))
def accounts(visit: Visit) -> ResponseReturnValue:
    """Show the accounts and add one."""
    sent = Form.sent() if request.method == "POST" else Form(defaults={"owner": "organisation"})
    if request.method == "POST":
        try:
            organisation.add_account(
                visit.house,
                visit.actor,
                channel=sent.text("channel"),
                name=sent.text("name"),
                owner=sent.text("owner"),
                owner_name=sent.text("owner_name"),
            )
        except Refused as refused:
            sent.refuse(refused)
        else:
            return redirect(url_for("organisation.accounts"), 303)
    channels = {code: channel.words["en"].name for code, channel in visit.house.forms.channels.items()}
    page = render_template(
        "organisation/accounts.html",
        form=sent,
        accounts=organisation.accounts(visit.house),
        channels=channels,
        with_accounts=[(code, channels[code]) for code, each in visit.house.forms.channels.items() if each.accounts],
        owners=OWNERS,
        owner_names=dict(OWNERS),
    )
    return page, 200 if sent else 422


@desk.page("/organisation/accounts/<account_id>/use", Act.EDIT_ACCOUNTS, methods=("POST",))
def use_account(visit: Visit, account_id: str) -> ResponseReturnValue:
    """Take an account into use or out of it."""
    organisation.use_account(visit.house, visit.actor, account_id, request.form.get("active") == "yes")
    return redirect(url_for("organisation.accounts"), 303)
