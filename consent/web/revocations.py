"""Staff record that a patient changed his mind: at once, by his number, whatever their unit. And what came of it."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consent.acts import letters, on_record, organisation, requests, revocation, standing
from consent.acts.change_of_mind import LONGEST_WORDS, STAFF_WAYS, Change, Scope, Way
from consent.acts.standing import Standing
from consent.rules.access import Act, may
from consent.rules.identifiers import BadIdentifier
from consent.rules.refusal import Refused
from consent.rules.scope import ORGANISATION
from consent.web.consents import PERMISSIONS
from consent.web.desk import Desk, Visit
from consent.web.form import Form
from consent.web.withdrawal_words import CAUSES, NOTICE_STATES, NOTICES, OUTCOMES, REASONS, SCOPES, STATES, WAYS

desk = Desk("revocations", REASONS)

BAD_NUMBER = {
    "format": "This is not the number of a request. It looks like 7K3Q-9XDB.",
    "check": "One of the characters is wrong. Compare the number once more.",
}
KNOWN_HOW = "Say how you knew who it was, or tick that you are not sure."


@desk.page("/revocations", Act.REVOKE_FOR_PATIENT, methods=("GET", "POST"))
def listed(visit: Visit) -> ResponseReturnValue:
    """Show the requests, the open ones first; find one by the number that its patient was given."""
    form = Form()
    if request.method == "POST":
        form = Form.sent()
        typed = form.text("number", "Enter the number that the patient was given.", longest=40)
        try:
            wanted = requests.by_number(visit.house, visit.actor, typed) if form else None
        except BadIdentifier as bad:
            wanted = None
            form.wrong("number", BAD_NUMBER[bad.kind])
        if wanted is not None:
            return redirect(url_for("revocations.one", request_id=wanted), 303)
        form.wrong("number", "No request that you may see has this number.")
    found = requests.listed(visit.house, visit.actor)
    officer = may(visit.actor.roles, Act.FIND_REVOCATION_MISTAKEN)
    words = {"ways": WAYS, "scopes": SCOPES, "states": STATES}
    page = render_template("revocations/listed.html", found=found, officer=officer, form=form, **words)
    return page, 200 if form else 422


@desk.page("/revocations/new", Act.REVOKE_FOR_PATIENT, methods=("GET", "POST"))
def begin(visit: Visit) -> ResponseReturnValue:
    """Find the consent by the number on the patient's card."""
    form = Form.sent() if request.method == "POST" else Form()
    if request.method == "POST":
        number = form.text("number", missing="Enter the number from the card.", longest=40)
        found = standing.by_number(visit.house, visit.actor, number) if form else None
        if found is not None:
            return redirect(url_for("revocations.record", consent_id=found), 303)
        form.wrong("number", "No consent has this number. Look at it again, or find the patient by name.")
    return render_template("revocations/new.html", form=form), 200 if form else 422


@desk.page("/consents/<consent_id>/change-of-mind", Act.REVOKE_FOR_PATIENT, methods=("GET", "POST"))
def record(visit: Visit, consent_id: str) -> ResponseReturnValue:
    """Record what the patient wants stopped, how he asked, and how he was known. It counts at once."""
    seen = standing.preview(visit.house, visit.actor, consent_id)
    if request.method == "GET":
        return _record_page(seen, Form())
    form = Form.sent()
    change = _change(form, seen)
    if form and change is not None:
        try:
            done = revocation.revoke(visit.house, visit.actor, change)
        except Refused as refused:
            form.refuse(refused)
        else:
            if done.request_id is None:
                return redirect(url_for("revocations.nothing"), 303)
            return redirect(url_for("revocations.one", request_id=done.request_id), 303)
    return _record_page(seen, form)


def _change(form: Form, seen: Standing) -> Change | None:
    scope = form.choice("scope", tuple(SCOPES), missing="Choose how much to stop.")
    way = form.choice("way", tuple(each.value for each in STAFF_WAYS), missing="Choose how the request reached us.")
    doubt = form.ticked("doubt")
    known_how = form.text("known_how", missing=None if doubt else KNOWN_HOW, longest=1000)
    missing = "Mark at least one part." if scope == Scope.PARTS.value else None
    marked = [part.partition("/") for part in form.choices("part", tuple(_parts(seen)), missing=missing)]
    words = form.text("words", longest=LONGEST_WORDS)
    contact = form.text("contact", longest=254)
    if scope is None or way is None:
        return None
    return Change(
        consent_id=seen.consent_id,
        scope=Scope(scope),
        way=Way(way),
        parts=frozenset((kind, code) for kind, _, code in marked if kind != "image"),
        images=frozenset(code for kind, _, code in marked if kind == "image"),
        words=words,
        known_how=known_how,
        doubt=doubt,
        contact=contact,
    )


def _parts(seen: Standing) -> dict[str, str]:
    lines = {f"{line.kind}/{line.code}": line.text for line in seen.stoppable}
    return lines | {f"image/{image}": f"Picture {image}" for image in seen.images}


def _record_page(seen: Standing, form: Form) -> ResponseReturnValue:
    ways = [(way.value, WAYS[way.value]) for way in STAFF_WAYS]
    scopes = [(code, words) for code, words in SCOPES.items() if seen.is_signed or code == "everything"]
    page = render_template(
        "revocations/record.html", seen=seen, form=form, ways=ways, scopes=scopes, parts=list(_parts(seen).items())
    )
    return page, 200 if form else 422


@desk.page("/revocations/nothing", Act.REVOKE_FOR_PATIENT)
def nothing(_visit: Visit) -> ResponseReturnValue:
    """Say that nothing was left to stop."""
    return render_template("revocations/nothing.html")


@desk.page("/revocations/<request_id>", Act.REVOKE_FOR_PATIENT)
def one(visit: Visit, request_id: str) -> ResponseReturnValue:
    """Show one request with what came of it."""
    found = requests.one(visit.house, visit.actor, request_id)
    return render_template(
        "revocations/one.html",
        found=found,
        withdrawn=[(number, whole, _named(visit, parts)) for number, whole, parts in found.withdrawn],
        ways=WAYS,
        scopes=SCOPES,
        states=STATES,
        outcomes=OUTCOMES,
        causes=CAUSES,
        notices=NOTICES,
        notice_states=NOTICE_STATES,
    )


def _named(visit: Visit, parts: Sequence[tuple[str, str]]) -> list[str]:
    """Return the parts that were withdrawn by the staff's names for them."""
    forms = visit.house.forms
    names = {("account", account.id): f"Account {account.name}" for account in organisation.accounts(visit.house)}
    for kind, catalogue in (("medium", forms.media), ("purpose", forms.purposes), ("channel", forms.channels)):
        names |= {(kind, code): entry.words["en"].name for code, entry in catalogue.items()}
    for version in visit.house.forms.versions():
        asked = version.texts["en"].text["ask"]["permission"]
        names |= {("permission", code): entry["full"] for code, entry in asked.items()}
    names |= {("permission", code): words for code, words in PERMISSIONS.items()}
    names["account", ORGANISATION] = "Our own accounts"
    return [names.get((kind, code), f"Picture {code}" if kind == "image" else code) for kind, code in parts]


@desk.page("/revocations/<request_id>/mistaken", Act.FIND_REVOCATION_MISTAKEN, methods=("GET", "POST"))
def mistaken(visit: Visit, request_id: str) -> ResponseReturnValue:
    """Record the finding that it was a mistake; nothing revives by it."""
    on_record.check(visit.house, "request", request_id)
    form = Form.sent() if request.method == "POST" else Form()
    if request.method == "POST":
        why = form.text("why", missing="Write how you know.", longest=LONGEST_WORDS)
        if form:
            revocation.find_mistaken(visit.house, visit.actor, request_id, why)
            return redirect(url_for("revocations.one", request_id=request_id), 303)
    return render_template("revocations/mistaken.html", form=form, request_id=request_id), 200 if form else 422


@desk.page("/revocations/<request_id>/acknowledgement", Act.OPEN_DOCUMENT)
def acknowledgement(visit: Visit, request_id: str) -> ResponseReturnValue:
    """Give the acknowledgement as a PDF, to print and post."""
    return _pdf(letters.acknowledgement(visit.house, visit.actor, request_id), "acknowledgement.pdf")


@desk.page("/revocations/<request_id>/letter", Act.OPEN_DOCUMENT)
def letter(visit: Visit, request_id: str) -> ResponseReturnValue:
    """Give the closing letter as a PDF, to print and post."""
    return _pdf(letters.closing_letter(visit.house, visit.actor, request_id), "letter.pdf")


def _pdf(content: bytes, name: str) -> Response:
    return Response(content, mimetype="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'})
