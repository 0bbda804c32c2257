"""One signature as a page takes it: by which way, from which fields, and what is wrong with it in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import request

from consent.acts import attesting
from consent.acts.answering import Session
from consent.acts.hands import CROSS, Hand, Signatory
from consent.rules.parties import Method, PartyRole
from consent.rules.refusal import Refused
from consent.web.drawing import drawn, sent_again
from consent.web.form import Form
from consent.web.reading_room import say_refused

DRAW, TYPE, MARK, UNABLE = "draw", "type", "mark", "unable"
PUT_MARK = "put-mark"
"""The button that puts the mark for who can press a key and draw nothing."""
WAYS: Mapping[Method, str] = {Method.DRAWN: DRAW, Method.TYPED: TYPE, Method.MARK: MARK, Method.UNABLE: UNABLE}
FIELDS: Mapping[str, str] = {DRAW: "signature", MARK: "signature", TYPE: "typed", UNABLE: "note"}
MISSING: Mapping[str, str] = {MARK: "errors.mark-missing", UNABLE: "errors.unable-missing"}
PHRASES: Mapping[str, tuple[str, str]] = {
    "name-missing": ("name", "errors.name-missing"),
    "witness-takes-part": ("name", "errors.witness-takes-part"),
    "marked-name-missing": ("note", "errors.marked-name-missing"),
    "staff-unknown": ("pin", "errors.staff-wrong"),
    "staff-wrong": ("pin", "errors.staff-wrong"),
    "staff-twice": ("email", "errors.staff-twice"),
}


@dataclass(frozen=True)
class Way:
    """One way to sign, as its page offers the others: `code` in the address, `words` on the link."""

    code: str
    words: str


def ways(session: Session, who: Signatory) -> tuple[Way, ...]:
    """Return the ways in which this person can sign. A mark and "unable" need people of the hospital beside."""
    codes = [DRAW, TYPE]
    if who.role is PartyRole.SIGNER and not session.on_own_phone:
        codes += [MARK, UNABLE]
    if is_far(session, who):
        codes = [TYPE]
    return tuple(Way(code, session.words(f"signing.way-{code}")) for code in codes)


def is_far(session: Session, who: Signatory) -> bool:
    """Say whether this is an interpreter who is not in the room: staff type what he says."""
    interpreter = session.dossier.details.interpreter
    return who.role is PartyRole.INTERPRETER and interpreter is not None and interpreter.mode != "in-person"


def chosen_way(session: Session, who: Signatory) -> str:
    """Return the way of this page: the one in its address, else as he signed before, else the first."""
    offered = [way.code for way in ways(session, who)]
    before = session.hand(who.key)
    for code in (request.args.get("way", ""), WAYS.get(before.method, "") if before is not None else ""):
        if code in offered:
            return code
    return offered[0]


def blank(session: Session, who: Signatory) -> dict[str, str]:
    """Return what stands in the fields at first: what he gave before, or had not finished, or what is known."""
    before, found = session.hand(who.key), {"name": who.name}
    if before is not None:
        strokes = "" if before.by_button else sent_again(before.strokes, before.times)
        found |= {"strokes": strokes, "typed": before.typed, "name": before.name, "note": before.note}
    elif is_far(session, who):
        found["typed"] = who.name
    return {**found, **attesting.unfinished(session, who.key)}


def sent_hand(form: Form, session: Session, who: Signatory, way: str) -> Hand:
    """Return the signature that was sent, which may be none at all."""
    name = who.name or form.text("name")
    if way == UNABLE:
        return Hand(Method.UNABLE, name, note=form.text("note"))
    note = form.text("note") if asks_marked_name(session, who) else ""
    if way == MARK and request.form.get("go") == PUT_MARK:
        return Hand(Method.MARK, name, strokes=CROSS, by_button=True)
    typed = form.text("typed") if way in (DRAW, TYPE) else ""
    if typed:
        return Hand(Method.TYPED, name, typed=typed, note=note)
    strokes, times = drawn(request.form.get("strokes", ""))
    return Hand(Method.MARK if way == MARK else Method.DRAWN, name, strokes=strokes, times=times, note=note)


def asks_marked_name(session: Session, who: Signatory) -> bool:
    """Say whether this person is a witness to a mark, who writes down whose mark it is (rule 15)."""
    signer = session.hand("signer")
    return who.role is PartyRole.WITNESS and signer is not None and signer.method is Method.MARK


def too_long(form: Form, session: Session) -> None:
    """Say in the patient's words which line is too long."""
    for name in ("typed", "name", "note"):
        if name in form.errors:
            form.errors[name] = session.words("errors.name-long", count=200)


def say_wrong(form: Form, refused: Refused, session: Session, way: str) -> None:
    """Put each reason beside its field, in the patient's words."""
    for reason in refused.reasons:
        if reason.code == "signature-missing":
            form.wrong(FIELDS[way], session.words(MISSING.get(way, "errors.signature-missing")))
        elif reason.code == "cannot-print":
            form.wrong(reason.field or "", session.words("errors.cannot-print"))
        elif reason.code == "wait":
            form.wrong("pin", session.words("errors.staff-wait", **reason.facts))
        elif reason.code in PHRASES:
            field, phrase = PHRASES[reason.code]
            form.wrong(field, session.words(phrase))
        else:
            say_refused(form, Refused(reason), session.words)
