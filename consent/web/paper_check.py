"""What stands on a signed paper: one person types it, another compares it with the scan, answer by answer."""

from __future__ import annotations

from collections.abc import Mapping

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consent.acts import on_paper, scanning, second_look, transcribing
from consent.acts.hands import Signatory
from consent.acts.kept_certificates import refusing_dead_seals
from consent.acts.transcribing import TERM, Case, Reading
from consent.rules.access import Act
from consent.rules.parties import PartyRole
from consent.rules.refusal import NotFound, Refused
from consent.web.desk import Desk, Visit
from consent.web.form import Form
from consent.web.paper_forms import as_jpeg

desk = Desk(
    "paper_check",
    {
        "paper-unsigned": "Enter the signer's name as it stands on the paper. Without a signature it does not count.",
        "paper-name-missing": "Enter the name of this person as it stands on the paper. All of them have to sign.",
        "paper-date-missing": "Enter the date beside the signature.",
        "paper-date-future": "The date on the paper lies ahead. Look again; if it stands there, have it signed again.",
        "paper-date-before-print": "The date on the paper lies before the day on which it was printed. Look again; if "
        "it stands there, the form must be signed again.",
        "paper-too-old": "This paper was signed more than {days} days ago. Ask the person to sign a new one.",
        "unanswered": "Choose what is ticked on the paper. If nothing or both is ticked, the form does not count: "
        "have it signed again.",
        "expiry-missing": "Choose for how long, as ticked on the paper.",
        "expiry-past": "The time that was chosen is over already.",
        "witness-takes-part": "A witness cannot be somebody else who signs this form.",
        "scan-not-transcribed": "What stands on this form is not typed, or was sent back.",
        "same-person": "Another person has to compare it: you typed it yourself.",
        "not-compared": "Say whether this is the same on the scan.",
        "differs": "You marked this as different. Send it back, with what is wrong.",
        "note-missing": "Write what is wrong.",
        "clock-wrong": "Another form of this patient was signed on that day or later, so nobody can tell which of the "
        "two is the last word. Ask the patient to sign again.",
        "withdrawn-meanwhile": "The patient has stopped everything since this paper was signed. It does not count.",
        "cannot-seal": "The certificate of the seal does not count any more, so nothing can be signed. What was typed "
        "is kept. Ask your administrator, then confirm again.",
    },
)
ROLES: Mapping[PartyRole, str] = {
    PartyRole.SIGNER: "Who signed",
    PartyRole.ASSENT: "The child, who says yes too",
    PartyRole.INTERPRETER: "The interpreter",
    PartyRole.WITNESS: "Witness",
    PartyRole.STAFF: "Member of staff",
}
FIELDS = {"expires_on": TERM, "signer": "signer", "signer_name": "signer"}


@desk.page("/scans/<scan_id>/answers", Act.TRANSCRIBE_SCAN, methods=("GET", "POST"))
def transcribe(visit: Visit, scan_id: str) -> ResponseReturnValue:
    """Type what stands on the paper, beside its pages."""
    case = transcribing.open_case(visit.house, visit.actor, scan_id)
    if request.method == "GET":
        return _answers(visit, case, Form(defaults=_typed(case)), 200)
    form = Form.sent()
    reading = _read(form, case)
    try:
        transcribing.transcribe(visit.house, visit.actor, scan_id, reading)
        return redirect(url_for("paper_check.waiting", scan_id=scan_id), 303)
    except Refused as refused:
        _refuse(form, refused)
    return _answers(visit, case, form, 422)


@desk.page("/scans/<scan_id>/waiting", Act.CHECK_SCAN)
def waiting(visit: Visit, scan_id: str) -> ResponseReturnValue:
    """Say that another person has to compare it."""
    case = transcribing.open_case(visit.house, visit.actor, scan_id)
    return render_template("paper/waiting.html", case=case, scan=case.scan)


@desk.page("/scans/<scan_id>/check", Act.CHECK_SCAN, methods=("GET", "POST"))
def check(visit: Visit, scan_id: str) -> ResponseReturnValue:
    """Compare everything that was typed with the scan; then it counts."""
    try:
        case = transcribing.open_case(visit.house, visit.actor, scan_id)
    except NotFound:
        # Pressed twice: it is signed.
        return redirect(url_for("consents.show", consent_id=second_look.confirmed_consent(visit.house, scan_id)), 303)
    if case.is_own or case.scan.state != "transcribed":
        return redirect(url_for("paper_check.waiting", scan_id=scan_id), 303)
    items = transcribing.items(case)
    form = Form.sent() if request.method == "POST" else Form()
    if request.method == "POST":
        said = {item.key: form.typed.get(item.key, "") for item in items}
        try:
            with refusing_dead_seals():
                made = second_look.confirm(
                    visit.house,
                    visit.actor,
                    scan_id,
                    same=[key for key, value in said.items() if value == "same"],
                    different=[key for key, value in said.items() if value == "different"],
                )
            return redirect(url_for("consents.show", consent_id=made), 303)
        except Refused as refused:
            form.refuse(refused)
    _, shown = scanning.look(visit.house, visit.actor, scan_id)
    names = {who.key: _role(who) for who in case.everybody}
    names |= {"marked": "Signed with a mark", "date": "Date beside the signature"}
    page = render_template(
        "paper/check.html",
        form=form,
        case=case,
        scan=case.scan,
        items=[(item, names.get(item.key, item.text)) for item in items],
        pages=[(each, as_jpeg(each.jpeg)) for each in shown],
    )
    return page, 200 if form else 422


@desk.page("/scans/<scan_id>/send-back", Act.CHECK_SCAN, methods=("GET", "POST"))
def send_back(visit: Visit, scan_id: str) -> ResponseReturnValue:
    """Give it back to whoever typed it, with what is wrong."""
    case = transcribing.open_case(visit.house, visit.actor, scan_id)
    form = Form.sent() if request.method == "POST" else Form()
    if request.method == "POST":
        note = form.text("note", "Write what is wrong.", longest=500)
        if form:
            transcribing.send_back(visit.house, visit.actor, scan_id, note)
            return redirect(url_for("consents.show", consent_id=case.scan.consent_id), 303)
    return render_template("paper/send_back.html", form=form, scan=case.scan), 200 if form else 422


def _answers(visit: Visit, case: Case, form: Form, status: int) -> ResponseReturnValue:
    if case.scan.state == "transcribed":
        return redirect(url_for("paper_check.waiting", scan_id=case.scan.id), 303)
    session = case.session
    everybody = transcribing.signatories(session, marked=True)
    always = {who.key for who in transcribing.signatories(session, marked=False)}
    _, shown = scanning.look(visit.house, visit.actor, case.scan.id)
    page = render_template(
        "paper/answers.html",
        form=form,
        case=case,
        scan=case.scan,
        sections=session.version.pages(session.dossier.asked, session.facts, session.language),
        numbers=on_paper.question_numbers(session),
        people=[(who, _role(who), who.key not in always) for who in everybody],
        pages=[(each, as_jpeg(each.jpeg)) for each in shown],
        say=session.words,
    )
    return page, status


def _typed(case: Case) -> dict[str, str]:
    """Return what was typed before, for the page; nothing is marked that nobody has typed."""
    reading = case.reading
    found = {f"{kind}:{code}": "yes" if said else "no" for (kind, code), said in reading.uses.items()}
    found |= {f"name-{key}": name for key, name in reading.names.items()}
    found |= {TERM: reading.term, "marked": "yes" if reading.marked else ("no" if reading.uses else "")}
    if reading.signed_on is not None:
        day = reading.signed_on
        found |= {"signed_on-day": str(day.day), "signed_on-month": str(day.month), "signed_on-year": str(day.year)}
    return found


def _read(form: Form, case: Case) -> Reading:
    session = case.session
    uses = {}
    for kind, code in session.version.questions(session.dossier.asked):
        said = form.typed.get(f"{kind}:{code}", "")
        if said in ("yes", "no"):
            uses[kind, code] = said == "yes"
    marked = form.choice("marked", ("yes", "no"), "Choose how it was signed.") == "yes"
    names = {who.key: form.text(f"name-{who.key}") for who in transcribing.signatories(session, marked) if who.key}
    return Reading(
        uses=uses,
        term=form.typed.get(TERM, ""),
        names={key: name for key, name in names.items() if name},
        signed_on=form.day("signed_on"),
        marked=marked,
    )


def _refuse(form: Form, refused: Refused) -> None:
    """Put each reason beside its field: people under their names, the rest where it was typed."""
    people = ("signer", "assent", "interpreter", "witness", "staff")
    before = set(form.errors)
    form.refuse(refused)
    for name in [each for each in form.errors if each not in before]:
        field = FIELDS.get(name, name)
        if field.startswith(people):
            field = f"name-{field}"
        if field != name:
            form.errors[field] = form.errors.pop(name)


def _role(who: Signatory) -> str:
    return f"{ROLES[who.role]} {who.number}" if who.role is PartyRole.WITNESS else ROLES[who.role]
