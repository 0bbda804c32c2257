"""Who else is there at a signing, and what is asked beyond the usual: pages of the desk `attending`."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from consent.acts import attending, planning
from consent.acts.planning import Plan
from consent.rules.access import Act
from consent.rules.parties import Interpreter, Witness
from consent.rules.refusal import Refused
from consent.web.attending import desk, details_of, languages
from consent.web.desk import Visit
from consent.web.form import Form
from consent.web.onward import onward
from consent.web.signer_words import MODES, REFUSALS, TOPIC_HINTS, TOPICS


@desk.page("/consents/<consent_id>/interpreter", Act.EDIT_DRAFT, methods=("GET", "POST"))
def interpreter(visit: Visit, consent_id: str) -> ResponseReturnValue:
    """Say whether somebody interprets, and who."""
    plan = planning.plan(visit.house, visit.actor, consent_id)
    names = dict(languages(visit))
    reads = names.get(plan.reads, "") if plan.reads != "other" else ""
    form = Form.asked(_interpreter_known(details_of(visit, consent_id).interpreter, plan, reads))
    if form.is_sent:
        try:
            given = _interpreter(form)
            if form:
                attending.change_interpreter(visit.house, visit.actor, consent_id, given)
                return onward(visit, consent_id)
        except Refused as refused:
            form.refuse(refused)
    page = render_template(
        "creating/interpreter.html",
        form=form,
        plan=plan,
        modes=list(MODES.items()),
        reads=reads,
        written=names.get(plan.language, plan.language),
    )
    return page, 200 if form else 422


def _interpreter_known(found: Interpreter | None, plan: Plan, reads: str) -> dict[str, object]:
    if found is None:
        return {"needed": "yes", "interpreter_language": reads} if plan.reads != plan.language else {"needed": ""}
    return {
        "needed": "yes",
        "name_or_number": found.name_or_number,
        "interpreter_language": found.language,
        "mode": found.mode,
        "adult": "yes" if found.adult else "no",
        "family": "yes" if found.family else "no",
        "family_reason": found.family_reason,
    }


def _interpreter(form: Form) -> Interpreter | None:
    """Return the interpreter as typed; None where none is needed. Mistakes are noted beside their fields."""
    if form.choice("needed", ("yes", "no"), "Say whether an interpreter is needed.") != "yes":
        return None
    # In the order of the page, so that its mistakes are listed in that order.
    name = form.text("name_or_number", REFUSALS["interpreter-unnamed"])
    language = form.text("interpreter_language", REFUSALS["interpreter-language-missing"], longest=60)
    mode = form.choice("mode", tuple(MODES), REFUSALS["interpreter-mode-missing"]) or ""
    adult = form.choice("adult", ("yes", "no"), "Say whether the interpreter is of age.") == "yes"
    family = form.choice("family", ("yes", "no"), "Say whether the interpreter is a relative or friend.") == "yes"
    reason = form.text("family_reason", longest=300) if family else ""
    return Interpreter(name, language, mode, family, reason, adult)


@desk.page("/consents/<consent_id>/witnesses", Act.EDIT_DRAFT, methods=("GET", "POST"))
def witnesses(visit: Visit, consent_id: str) -> ResponseReturnValue:
    """Write down who will see the signing, where that is known already."""
    plan = planning.plan(visit.house, visit.actor, consent_id)
    known = details_of(visit, consent_id).witnesses
    form = Form.asked({f"witness-{place}": each.name for place, each in enumerate(known, 1)})
    if form.is_sent:
        names = [form.text(f"witness-{place}") for place in range(1, attending.MOST_WITNESSES + 1)]
        given = tuple(Witness(name) for name in names if name)
        try:
            if form:
                attending.change_witnesses(visit.house, visit.actor, consent_id, given)
                return onward(visit, consent_id)
        except Refused as refused:
            form.refuse(refused)
    page = render_template("creating/witnesses.html", form=form, plan=plan, places=attending.MOST_WITNESSES)
    return page, 200 if form else 422


@desk.page("/consents/<consent_id>/sensitive", Act.EDIT_DRAFT, methods=("GET", "POST"))
def sensitive(visit: Visit, consent_id: str) -> ResponseReturnValue:
    """Pick sensitive topics to ask about, each on its own; usually none."""
    plan = planning.plan(visit.house, visit.actor, consent_id)
    form = Form.asked({"sensitive": list(plan.picked("permission"))})
    if form.is_sent:
        topics = form.choices("sensitive", tuple(TOPICS))
        try:
            if form:
                attending.change_sensitive(visit.house, visit.actor, consent_id, topics)
                return onward(visit, consent_id)
        except Refused as refused:
            form.refuse(refused)
    options = [(code, words, TOPIC_HINTS.get(code, "")) for code, words in TOPICS.items()]
    return render_template("creating/sensitive.html", form=form, plan=plan, options=options), 200 if form else 422
