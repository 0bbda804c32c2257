"""Say what is asked for: who the patient was found to be, what is recorded, why, where, for what payment, until when.

Pages of the desk `creating`.
"""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from consent.acts import attending, creating, planning, retrieval
from consent.acts.planning import Plan
from consent.rules.access import Act
from consent.rules.refusal import NotFound, Refused
from consent.web.creating import REASONS, desk
from consent.web.desk import Visit
from consent.web.form import Form
from consent.web.onward import onward
from consent.web.signer_words import POSTERS
from consent.web.signer_words import REFUSALS as SIGNER_REFUSALS

IDENTIFIERS = (
    ("name", "Said his or her full name"),
    ("birth-date", "Said the date of birth"),
    ("record-number", "Record number"),
    ("wristband", "Wristband"),
    ("photo-id", "Identity card with a picture"),
    ("telephone", "Said the telephone number"),
    ("address", "Said the address"),
)
CANNOT_DECIDE = (
    "Tick this only if it is so. Who cannot decide cannot sign: go back and change who will sign. "
    "If nobody may, the picture may wait in quarantine, for the record only."
)
ASKS = {
    "medium": ("What do you want to record?", "The patient is asked about each one that you choose."),
    "purpose": ("What is it for?", "The patient is asked about each one that you choose."),
    "channel": ("Where would it be shown?", "The patient is asked about each one that you choose."),
    "account": ("Whose account would show it?", "Without a choice here nobody could post it."),
}
PARTS = {
    "description": ("description", "recipients"),
    "payment": ("paid_by", "paid_to", "paid_what"),
    "event": ("event", "event_confirmer"),
}


@desk.page("/consents/<consent_id>/identity", Act.EDIT_DRAFT, methods=("GET", "POST"))
def identity(visit: Visit, consent_id: str) -> ResponseReturnValue:
    """Record who the patient was found to be, that he has capacity, and that he knows it is voluntary."""
    plan = planning.plan(visit.house, visit.actor, consent_id)
    typed = {
        "identified_by": list(plan.identified_by),
        "capacity": "yes" if plan.capacity else "",
        "told_voluntary": "yes" if plan.told_voluntary else "",
    }
    form = Form(defaults=typed)
    if request.method == "POST":
        form = Form.sent()
        known = form.choices("identified_by", tuple(code for code, _ in IDENTIFIERS))
        if len(known) < 2:
            form.wrong("identified_by", REASONS["two-identifiers-needed"])
        capacity = form.ticked("capacity", CANNOT_DECIDE)
        told = form.ticked("told_voluntary", "Say that it is voluntary, then tick this.")
        try:
            if form:
                creating.change_identity(visit.house, visit.actor, consent_id, known, capacity, told)
                return onward(visit, consent_id)
        except Refused as refused:
            form.refuse(refused)
    page = render_template("creating/identity.html", form=form, plan=plan, identifiers=IDENTIFIERS)
    return page, 200 if form else 422


@desk.page("/consents/<consent_id>/ask/<kind>", Act.EDIT_DRAFT, methods=("GET", "POST"))
def ask(visit: Visit, consent_id: str, kind: str) -> ResponseReturnValue:
    """Pick what of one kind is to be asked."""
    if kind not in ASKS:
        raise NotFound
    plan = planning.plan(visit.house, visit.actor, consent_id)
    options = _options(visit, plan, kind)
    form = Form.asked({kind: list(plan.picked(kind)), "poster": plan.poster, "poster_reason": plan.poster_reason})
    if form.is_sent:
        codes = form.choices(kind, tuple(option[0] for option in options), "Choose at least one.")
        poster = _poster(form) if kind == "account" else None
        try:
            if form:
                creating.change_asked(visit.house, visit.actor, consent_id, kind, codes)
                if poster is not None:
                    attending.change_poster(visit.house, visit.actor, consent_id, *poster)
                return onward(visit, consent_id)
        except Refused as refused:
            form.refuse(refused)
    heading, hint = ASKS[kind]
    posters = list(POSTERS.items()) if kind == "account" else []
    page = render_template(
        "creating/ask.html",
        form=form,
        plan=plan,
        kind=kind,
        heading=heading,
        hint=hint,
        options=options,
        posters=posters,
    )
    return page, 200 if form else 422


def _poster(form: Form) -> tuple[str, str]:
    """Return who means to post it, and why the one who asks does so too."""
    poster = form.choice("poster", tuple(POSTERS), SIGNER_REFUSALS["poster-missing"]) or ""
    missing = SIGNER_REFUSALS["poster-reason-missing"] if poster == "me" else None
    return poster, form.text("poster_reason", missing, longest=300)


def _options(visit: Visit, plan: Plan, kind: str) -> list[tuple[str, str, str]]:
    if kind == "account":
        return [(code, name, "") for code, name in planning.account_choices(visit.house)]
    version = plan.version
    if kind == "medium":
        said = {code: entry.words["en"] for code, entry in version.media.items()}
    elif kind == "purpose":
        said = {code: entry.words["en"] for code, entry in version.purposes.items()}
    else:
        said = {code: entry.words["en"] for code, entry in version.channels.items()}
    return [(code, words.name, words.hint) for code, words in said.items()]


@desk.page("/consents/<consent_id>/details/<part>", Act.EDIT_DRAFT, methods=("GET", "POST"))
def details(visit: Visit, consent_id: str, part: str) -> ResponseReturnValue:
    """Write what will be recorded, who pays, or the event with which the consent ends."""
    if part not in PARTS:
        raise NotFound
    plan = planning.plan(visit.house, visit.actor, consent_id)
    if request.method == "GET":
        known = retrieval.open_consent(visit.house, visit.actor, consent_id).dossier.details
        form = Form(defaults={name: getattr(known, name) for name in PARTS[part]})
    else:
        form = Form.sent()
        longest = 1000 if part == "description" else 200
        changes = {name: " ".join(form.text(name, longest=longest).split()) for name in PARTS[part]}
        try:
            if form:
                creating.change_details(visit.house, visit.actor, consent_id, part, **changes)
                return onward(visit, consent_id)
        except Refused as refused:
            form.refuse(refused)
    outside = [code for code in plan.picked("channel") if plan.version.channels[code].outside]
    page = render_template(f"creating/{part}.html", form=form, plan=plan, outside=outside)
    return page, 200 if form else 422
