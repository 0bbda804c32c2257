"""Before the first signature and after the last: the words about signing on a screen, and Finish.

Pages of the desk `signing`.
"""

from __future__ import annotations

import secrets

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from consent.acts import answering, preparing, signature_blocks, signing
from consent.acts.answering import Session
from consent.acts.hands import Hand
from consent.acts.kept_certificates import refusing_dead_seals
from consent.rules.devices import describe
from consent.rules.identifiers import new_id
from consent.rules.refusal import Refused
from consent.web import hand as hands
from consent.web import steps
from consent.web.desk import Door, Visit
from consent.web.form import Form
from consent.web.reading_room import say_refused, session_page
from consent.web.signing import desk, elsewhere, switched

# What can be mended on the patient's own pages. Everything else staff must: he is asked to hand the tablet back.
PATIENT_MENDS = frozenset(
    {"answers-changed", "not-reviewed", "unanswered", "disclosure-not-accepted", "expiry-missing", "signature-missing"}
    | {"cannot-print", "withdrawn-meanwhile", "not-asked-back", "signing-now", "wait", "clock-wrong", *hands.PHRASES}
)


@desk.page("/sign/electronic", Door.SIGNING, methods=("GET", "POST"))
def electronic(visit: Visit) -> ResponseReturnValue:
    """Show the words about signing on a screen; whoever agrees goes on, whoever does not gets paper (rule 16)."""
    session = answering.open_session(visit.house, visit.held)
    stopped = not_yet(visit, session, "electronic")
    if stopped is not None:
        return stopped
    place = steps.place(session, "electronic")
    if request.method == "GET":
        answering.show(visit.house, visit.held, "electronic")
        return _electronic(session, place, Form(defaults={"disclosure": "yes" if session.has_accepted else ""}), 200)
    form = Form.sent()
    language = switched(visit, place.step)
    way = request.form.get("go", "next")
    if language or way in ("back", "decline"):
        return language or place.go(way)
    if not form.ticked("disclosure", session.words("errors.electronic")):
        return _electronic(session, place, form, 422)
    answering.accept(visit.house, visit.held, request.form.get("words", ""))
    return place.go("next")


def _electronic(session: Session, place: steps.Place, form: Form, status: int) -> ResponseReturnValue:
    return session_page(
        "sign/electronic.html",
        session,
        status,
        form,
        place,
        words_shown=session.disclosure_hash,
        electronic=session.version.closing("electronic", session.facts, session.language),
        accept=session.version.accept_label(session.language),
    )


@desk.page("/sign/finish", Door.SIGNING, methods=("GET", "POST"))
def finish(visit: Visit) -> ResponseReturnValue:
    """Everybody has signed: say so, and make it count with one press. A repeat signs once."""
    session = answering.open_session(visit.house, visit.held)
    stopped = not_yet(visit, session, "finish")
    if stopped is not None:
        return stopped
    place = steps.place(session, "finish")
    if request.method == "GET":
        answering.show(visit.house, visit.held, "finish")
        preparing.ask(visit.house, visit.held, submission(None))
        return _finish(session, place, Form(defaults={"claim": new_claim()}), 200)
    form = Form.sent()
    language = switched(visit, place.step)
    go = request.form.get("go", "sign")
    if language or go in ("back", "decline"):
        return language or place.go(go)
    try:
        return submit(visit, None)
    except Refused as refused:
        say_refused(form, refused, session.words)
        return led_away(session, refused) or _finish(session, place, form, 422)


def _finish(session: Session, place: steps.Place, form: Form, status: int) -> ResponseReturnValue:
    signed = [
        (signature_blocks.heading(session.words, who), hand.name, signature_blocks.method_words(session.words, hand))
        for who in session.signatories
        if (hand := session.hand(who.key)) is not None
    ]
    return session_page("sign/finish.html", session, status, form, place, signed=signed)


def not_yet(visit: Visit, session: Session, key: str) -> ResponseReturnValue | None:
    """Lead away from a step that is over, or that something before it still stands in the way of."""
    if session.state != "open" and signing.result(visit.house, visit.held) != "open":
        return elsewhere(visit, session)
    gap = steps.unfinished(session, until=steps.place(session, key).step.key)
    return None if gap is None else redirect(gap.url(), 303)


def submit(visit: Visit, hand: Hand | None) -> ResponseReturnValue:
    """Sign, with this signature or with those that were given before, and lead to the page that says so.

    Raises: Refused, with what the signer can mend on the page that sent it.
    """
    with refusing_dead_seals():
        signing.sign(visit.house, visit.held, submission(hand))
    return redirect(url_for("signing.done"), 303)


def submission(hand: Hand | None) -> signing.Submission:
    """Return what this request sends, with this signature or with those that were given before."""
    return signing.Submission(
        claim=request.form.get("claim", "")[:40],
        seen=request.form.get("seen", ""),
        typed=hand.typed if hand is not None else "",
        strokes=hand.strokes if hand is not None else (),
        times=hand.times if hand is not None else (),
        device=describe(request.headers.get("User-Agent", "")),
    )


def led_away(session: Session, refused: Refused) -> ResponseReturnValue | None:
    """Lead to where a refusal can be mended, if that is not the page that was refused."""
    if "signing-now" in refused.codes:
        return redirect(url_for("signing.saving"), 303)
    if not PATIENT_MENDS.issuperset(refused.codes):
        return session_page("sign/gone.html", session, 409, cannot_seal="cannot-seal" in refused.codes)
    if {"answers-changed", "not-reviewed"} & set(refused.codes):
        return redirect(url_for("signing.check", changed="yes"), 303)
    return None


def new_claim() -> str:
    """Return a name for one submission, so that a repeat of it signs once."""
    return new_id(secrets.token_bytes)
