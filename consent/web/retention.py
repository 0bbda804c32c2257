"""What is kept, held and destroyed: the privacy officer proposes, another person confirms."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consent.acts import audit as auditing
from consent.acts import retention
from consent.rules.access import Act
from consent.rules.audit import Worry
from consent.rules.refusal import NotFound, Refused
from consent.web.desk import Desk, Visit
from consent.web.form import Form

desk = Desk(
    "retention",
    {
        "destroyed-already": "It was destroyed already.",
        "not-due": "It must be kept until {due}.",
        "legal-hold": "It is under a legal hold.",
        "posts-out": "{count} posts that rest on it are planned or still out.",
        "still-open": "{count} takedowns or changes of mind about it are not closed.",
        "same-person": "You proposed this: another person has to confirm it.",
        "person-not-known": "One of the two accounts is new, or was given new roles or a new link, and nobody has "
        "said yet who uses it. A privacy officer has to close that task first.",
        "held-already": "It is under a legal hold already.",
        "missing": "Write why.",
    },
)

FINDINGS = {
    Worry.POST_WITHOUT_CONSENT: "A post had no living consent on its day",
    Worry.TAKEDOWN_OVERDUE: "A takedown is past its deadline",
    Worry.TRAIL: "The trail is not sound",
    Worry.CANNOT_BE_OPENED: "Something encrypted cannot be opened",
    Worry.SEAL_BROKEN: "A sealed form is not what was sealed",
    Worry.CERTIFICATE_ENDS: "A certificate that the seal rests on ends soon",
    Worry.CERTIFICATE_REVOKED: "The sealing certificate is revoked: nobody can sign",
    Worry.CRL_OLD: "The list of revoked certificates is out of date",
    Worry.KEYS_NOT_KEPT_APART: "The keys were not exported, or nobody confirmed that they are kept elsewhere",
    Worry.KEY_OLD: "The key-encryption key is more than two years old",
    Worry.STAMP_OWED: "A sealed form has no time-stamp a day after it was signed, or one that has ended",
    Worry.ISSUERS_SILENT: "For a day nobody has said whether the certificates that a sealed form rests on are good",
    Worry.HEAD_NOT_STAMPED: "The trail was not time-stamped for three days, though an authority is named",
    Worry.BACKUP_OLD: "There is no backup of the last seven days",
    Worry.CLOCK_IN_DOUBT: "The trail has entries that lie ahead of the server's clock. Every look-up says no until it "
    "is set right, or the administrator confirms that it is right",
}


@desk.page("/retention", Act.SEE_RETENTION)
def overview(visit: Visit) -> ResponseReturnValue:
    """Show what is due, what waits for a second person, and what is held."""
    return render_template(
        "retention/overview.html",
        found=retention.overview(visit.house, visit.actor),
        years=visit.house.terms.keep_years,
    )


@desk.page("/retention/<consent_id>/propose", Act.PROPOSE_DESTRUCTION, methods=("GET", "POST"))
def propose(visit: Visit, consent_id: str) -> ResponseReturnValue:
    """Propose to destroy one consent, after asking whether that is meant."""
    form, due = Form(), None
    try:
        if request.method == "POST":
            retention.propose(visit.house, visit.actor, consent_id)
            return redirect(url_for("retention.overview"), 303)
        due = retention.due_now(visit.house, visit.actor, consent_id)
    except Refused as refused:
        form.refuse(refused)
    page = render_template("retention/propose.html", form=form, consent_id=consent_id, due=due)
    return page, 200 if form else 422


@desk.page("/retention/proposals/<destruction_id>", Act.SEE_RETENTION, methods=("GET", "POST"))
def decide(visit: Visit, destruction_id: str) -> ResponseReturnValue:
    """Confirm or give up what was proposed. Confirming cannot be undone."""
    form = Form.sent() if request.method == "POST" else Form()
    if request.method == "POST":
        try:
            if request.form.get("go") == "drop":
                retention.drop(visit.house, visit.actor, destruction_id)
                return redirect(url_for("retention.overview"), 303)
            if form.ticked("sure", "Tick this if you are sure."):
                retention.destroy(visit.house, visit.actor, destruction_id)
                return redirect(url_for("retention.overview"), 303)
        except Refused as refused:
            form.refuse(refused)
    found = [each for each in retention.overview(visit.house, visit.actor).proposed if each.id == destruction_id]
    if not found:
        raise NotFound
    page = render_template("retention/decide.html", form=form, proposal=found[0], own_id=visit.actor.id)
    return page, 200 if form else 422


@desk.page("/consents/<consent_id>/hold", Act.SET_LEGAL_HOLD, methods=("GET", "POST"))
def hold(visit: Visit, consent_id: str) -> ResponseReturnValue:
    """Put a consent under a legal hold, or lift it."""
    held = retention.is_held(visit.house, visit.actor, consent_id)
    form = Form.sent() if request.method == "POST" else Form()
    if request.method == "POST":
        words = form.text("words", "Write why.", longest=2000)
        try:
            if form:
                (retention.lift_hold if held else retention.hold)(visit.house, visit.actor, consent_id, words)
                return redirect(url_for("retention.overview"), 303)
        except Refused as refused:
            form.refuse(refused)
    page = render_template("retention/hold.html", form=form, consent_id=consent_id, held=held)
    return page, 200 if form else 422


@desk.page("/audit", Act.AUDIT, methods=("GET", "POST"))
def audit(visit: Visit) -> ResponseReturnValue:
    """Look at everything at once; it opens and checks all that there is, so it is asked for, not linked."""
    found = auditing.audit(visit.house, visit.actor) if request.method == "POST" else None
    return render_template("retention/audit.html", found=found, said=FINDINGS)
