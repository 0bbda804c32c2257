"""Who signs and why that person may, one thing per page."""

from __future__ import annotations

from datetime import date

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from consent.acts import attending, planning, retrieval
from consent.acts.attending import Authority
from consent.acts.dossier import Details
from consent.acts.planning import Plan
from consent.rules.access import Act
from consent.rules.parties import Representative
from consent.rules.refusal import NotFound, Refused
from consent.web.desk import Desk, Visit
from consent.web.form import Form
from consent.web.onward import onward
from consent.web.signer_words import (
    ALONE,
    FOR_ADULTS,
    FOR_CHILDREN,
    GROUNDS,
    GROUNDS_OF,
    REFUSALS,
    SIGNER_HINTS,
    SIGNERS,
)

desk = Desk("attending", REFUSALS)


@desk.page("/consents/<consent_id>/signer", Act.EDIT_DRAFT, methods=("GET", "POST"))
def signer(visit: Visit, consent_id: str) -> ResponseReturnValue:
    """Say who will sign."""
    plan = planning.plan(visit.house, visit.actor, consent_id)
    offered = FOR_CHILDREN if plan.is_minor else FOR_ADULTS
    form = Form.asked({"signer": plan.signer})
    if form.is_sent:
        chosen = form.choice("signer", offered, REFUSALS["signer-missing"])
        try:
            if form and chosen:
                attending.change_signer(visit.house, visit.actor, consent_id, chosen)
                return onward(visit, consent_id)
        except Refused as refused:
            form.refuse(refused)
    options = [(code, SIGNERS[code], SIGNER_HINTS.get(code, "")) for code in offered]
    page = render_template("creating/signer.html", form=form, plan=plan, options=options)
    return page, 200 if form else 422


@desk.page("/consents/<consent_id>/representative", Act.EDIT_DRAFT, methods=("GET", "POST"))
def representative(visit: Visit, consent_id: str) -> ResponseReturnValue:
    """Say who it is that signs for the patient."""
    plan, details = _for_another(visit, consent_id)
    named = details.representative
    known = {} if named is None else {"name": named.name, "relationship": named.relationship, "reads": named.language}
    form = Form.asked(known)
    if form.is_sent:
        name = form.text("name", REFUSALS["representative-name-missing"])
        relationship = form.text("relationship", REFUSALS["representative-relationship-missing"])
        reads = form.text("reads", "Choose the language that this person reads best.", longest=35)
        try:
            if form:
                attending.change_representative(visit.house, visit.actor, consent_id, name, relationship, reads)
                return onward(visit, consent_id)
        except Refused as refused:
            form.refuse(refused)
    page = render_template("creating/representative.html", form=form, plan=plan, languages=languages(visit))
    return page, 200 if form else 422


@desk.page("/consents/<consent_id>/authority", Act.EDIT_DRAFT, methods=("GET", "POST"))
def authority(visit: Visit, consent_id: str) -> ResponseReturnValue:
    """Say why this person may sign, and what was seen as proof."""
    plan, details = _for_another(visit, consent_id)
    named = details.representative
    if named is None:
        return redirect(url_for("attending.representative", consent_id=consent_id), 303)
    offered = GROUNDS_OF[named.kind.value]
    form = Form.asked(_authority_known(named))
    if form.is_sent:
        try:
            given = _authority(form, offered)
            if form:
                attending.change_authority(visit.house, visit.actor, consent_id, given)
                return onward(visit, consent_id)
        except Refused as refused:
            form.refuse(refused)
    grounds = [(code, GROUNDS[code]) for code in offered]
    page = render_template("creating/authority.html", form=form, plan=plan, named=named, grounds=grounds)
    return page, 200 if form else 422


def _authority_known(named: Representative) -> dict[str, object]:
    died = date.fromisoformat(named.died_on) if named.died_on else None
    known: dict[str, object] = {
        "ground": named.ground,
        "proof": named.proof,
        "concern": named.concern,
        "patient_cannot_decide": "yes" if named.patient_cannot_decide else "",
    }
    if died is not None:
        known |= {"died_on-day": str(died.day), "died_on-month": str(died.month), "died_on-year": str(died.year)}
    return known


def _authority(form: Form, offered: tuple[str, ...]) -> Authority:
    died = form.day("died_on")
    return Authority(
        ground=form.choice("ground", offered, REFUSALS["ground-missing"]) or "",
        proof=form.text("proof", REFUSALS["representative-proof-missing"], longest=300),
        concern=form.choice("concern", ("yes", "no"), REFUSALS["concern-unanswered"]) or "",
        patient_cannot_decide=form.ticked("patient_cannot_decide"),
        died_on=died.isoformat() if died is not None else "",
    )


@desk.page("/consents/<consent_id>/assent", Act.EDIT_DRAFT, methods=("GET", "POST"))
def assent(visit: Visit, consent_id: str) -> ResponseReturnValue:
    """Say whether the child can be asked too."""
    plan, details = _for_another(visit, consent_id)
    form = Form.asked({"asked": "no" if details.assent_excused else "yes", "reason": details.assent_excused})
    if form.is_sent:
        asked = form.choice("asked", ("yes", "no"), "Say whether the child can be asked.")
        reason = form.text("reason", "Say why the child cannot be asked." if asked == "no" else None, longest=300)
        try:
            if form:
                reason = reason if asked == "no" else ""
                attending.excuse_assent(visit.house, visit.actor, consent_id, reason)
                return onward(visit, consent_id)
        except Refused as refused:
            form.refuse(refused)
    return render_template("creating/assent.html", form=form, plan=plan), 200 if form else 422


@desk.page("/consents/<consent_id>/alone", Act.EDIT_DRAFT, methods=("GET", "POST"))
def alone(visit: Visit, consent_id: str) -> ResponseReturnValue:
    """Say why a patient who is not of age may sign alone."""
    plan = planning.plan(visit.house, visit.actor, consent_id)
    details = details_of(visit, consent_id)
    form = Form.asked({"alone_ground": details.alone_ground, "alone_proof": details.alone_proof})
    if form.is_sent:
        ground = form.choice("alone_ground", tuple(ALONE), REFUSALS["alone-ground-missing"])
        proof = form.text("alone_proof", REFUSALS["alone-proof-missing"], longest=300)
        try:
            if form and ground:
                attending.change_alone(visit.house, visit.actor, consent_id, ground, proof)
                return onward(visit, consent_id)
        except Refused as refused:
            form.refuse(refused)
    page = render_template("creating/alone.html", form=form, plan=plan, grounds=list(ALONE.items()))
    return page, 200 if form else 422


def _for_another(visit: Visit, consent_id: str) -> tuple[Plan, Details]:
    """Return the draft where somebody signs for the patient. Raises: NotFound where nobody does."""
    plan = planning.plan(visit.house, visit.actor, consent_id)
    if plan.signer in ("", "patient", attending.NOBODY):
        raise NotFound
    return plan, details_of(visit, consent_id)


def details_of(visit: Visit, consent_id: str) -> Details:
    """Return what was prepared of the draft."""
    return retrieval.open_consent(visit.house, visit.actor, consent_id).dossier.details


def languages(visit: Visit) -> list[tuple[str, str]]:
    """Return the languages that somebody may read best, as (code, name)."""
    named = [(code, words("language.name")) for code, words in visit.house.forms.languages.items()]
    return [*named, ("other", "Another")]
