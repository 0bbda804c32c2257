"""Everybody's signature, one after the other, each on a page of its own that says who is asked and what for.

Pages of the desk `signing`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from consent.acts import answering, attesting, preparing, signature_blocks
from consent.acts.answering import Session
from consent.acts.hands import Hand, Signatory
from consent.rules.parties import PartyRole
from consent.rules.refusal import Refused
from consent.web import hand as hands
from consent.web import steps
from consent.web.desk import Door, Visit
from consent.web.finishing import led_away, new_claim, not_yet, submission, submit
from consent.web.form import Form
from consent.web.reading_room import session_page
from consent.web.signing import desk, switched
from consent.web.tablet import ASKS_WHERE


@desk.page("/sign/sign", Door.SIGNING, methods=("GET", "POST"))
def sign(visit: Visit) -> ResponseReturnValue:
    """Take the signer's signature. Where nobody else signs, this is all: a repeat signs once and leads on too."""
    return _signature(visit, "signer", "sign")


@desk.page("/sign/with/<key>", Door.SIGNING, methods=("GET", "POST"))
def other(visit: Visit, key: str) -> ResponseReturnValue:
    """Take the signature of somebody who signs beside the signer: child, interpreter, witness, staff."""
    return _signature(visit, key, f"with/{key}")


@dataclass(frozen=True)
class _Sheet:
    """One person's page, in one of the ways to sign."""

    visit: Visit
    session: Session
    place: steps.Place
    who: Signatory
    way: str

    def show(self, form: Form, status: int = 200) -> ResponseReturnValue:
        """Return the page with what stands in its fields."""
        session, who = self.session, self.who
        return session_page(
            "sign/sign.html" if who.role is PartyRole.SIGNER else "sign/other.html",
            session,
            status,
            form,
            self.place,
            who=who,
            way=self.way,
            other_ways=[each for each in hands.ways(session, who) if each.code != self.way],
            step_at=self.place.step,
            statement=signature_blocks.statement(session, who, session.facts),
            is_far=hands.is_far(session, who),
            interpreted=_interpreted(session),
            asks_marked_name=hands.asks_marked_name(session, who),
            signer=answering.signer_of(session),
            said_yes=_said_yes(session) if who.role is PartyRole.ASSENT else (),
            keep_times=self.visit.house.terms.keep_stroke_times,
        )


def _signature(visit: Visit, key: str, step: str) -> ResponseReturnValue:
    session = answering.open_session(visit.house, visit.held)
    stopped = not_yet(visit, session, step)
    if stopped is not None:
        return stopped
    who = attesting.who_signs(session, key)
    sheet = _Sheet(visit, session, steps.place(session, step), who, hands.chosen_way(session, who))
    if request.method == "GET":
        answering.show(visit.house, visit.held, step)
        return sheet.show(Form(defaults={"claim": new_claim(), **hands.blank(session, who)}))
    return _left(sheet) or _given(sheet)


def _left(sheet: _Sheet) -> ResponseReturnValue | None:
    """Lead back, to the no, to another way or language, if that was pressed; what was drawn so far is kept."""
    go = request.form.get("go", "sign")
    way = go.removeprefix("way-") if go.startswith("way-") else ""
    if go in ("sign", hands.PUT_MARK) and not (request.form.get("language") or request.form.get("comfort")):
        return None
    attesting.keep_unfinished(sheet.visit.house, sheet.visit.held, sheet.who.key, request.form)
    if go == "back" and ASKS_WHERE in request.headers:
        _print_ahead(sheet)
    if go == "decline" and sheet.who.role is PartyRole.ASSENT:
        return redirect(url_for("signing.decline", by=sheet.who.key), 303)
    if way:
        return redirect(sheet.place.step.url(way=way), 303)
    return switched(sheet.visit, sheet.place.step) or sheet.place.go(go)


def _print_ahead(sheet: _Sheet) -> None:
    """Have the paper printed with what is drawn so far, where this signature is all that it lacks."""
    visit, session, who = sheet.visit, sheet.session, sheet.who
    hand = hands.sent_hand(Form.sent(), session, who, sheet.way)
    if who.role is PartyRole.SIGNER and hand.is_present and not session.others(hand.method):
        preparing.ask(visit.house, visit.held, submission(hand))


def _given(sheet: _Sheet) -> ResponseReturnValue:
    """Take the signature, or say what is missing. The signer who needs nobody beside him has signed with it."""
    visit, session, who = sheet.visit, sheet.session, sheet.who
    form = Form.sent()
    hand = hands.sent_hand(form, session, who, sheet.way)
    hands.too_long(form, session)
    if not form:
        return sheet.show(form, 422)
    try:
        if who.role is PartyRole.SIGNER and not session.others(hand.method):
            return submit(visit, hand)
        if who.role is PartyRole.STAFF:
            hand = _of_staff(visit, who, hand, form)
        signed = attesting.give(visit.house, visit.held, who.key, hand, request.form.get("seen", ""))
        return steps.place(signed, sheet.place.step.key).go("next")
    except Refused as refused:
        hands.say_wrong(form, refused, session, sheet.way)
        return led_away(session, refused) or sheet.show(form, 422)


def _of_staff(visit: Visit, who: Signatory, hand: Hand, form: Form) -> Hand:
    """Return the signature with the account that stands behind it."""
    staff_id, name = attesting.of_staff(visit.house, visit.held, who.key, form.text("email"), form.text("pin"))
    return replace(hand, name=name, staff_id=staff_id)


def _interpreted(session: Session) -> str:
    interpreter = session.dossier.details.interpreter
    return "" if interpreter is None else signature_blocks.language_name(session, interpreter.language)


def _said_yes(session: Session) -> tuple[str, ...]:
    # The child reads of himself what his parent said yes to.
    facts = replace(session.facts, authority="")
    parts = session.version.review(session.dossier.asked, facts, session.given.answers, session.language)
    return tuple(line.text for part in parts for line in part.lines if line.said)
