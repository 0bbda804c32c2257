"""Work on one picture: crop and cover it, look at it item by item, clear it of all identifiers."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consent.acts import clearing, covering, gallery, reviewing
from consent.acts.covering import MOST_BOXES
from consent.rules.access import Act
from consent.rules.clearance import ABSENT, IDENTIFIERS, KNOWLEDGE, PRESENT
from consent.rules.refusal import Refused
from consent.rules.review import ITEMS as LOOKED_FOR
from consent.rules.review import MOST_PEOPLE
from consent.web.desk import Desk, Visit
from consent.web.form import Form
from consent.web.picture_words import FINDINGS, ITEMS, REASONS
from consent.web.picture_words import IDENTIFIERS as IDENTIFIER_WORDS

desk = Desk("reviewing", REASONS)
EDGES = ("left", "top", "width", "height")
ANSWERS = ((ABSENT, "Not in the picture"), (PRESENT, "In the picture"))
Area = tuple[float, float, float, float]


@desk.page("/pictures/<image_id>/cover", Act.COVER_IMAGE, methods=("GET", "POST"))
def cover(visit: Visit, image_id: str) -> ResponseReturnValue:
    """Crop and cover, by numbers in percent, or by drawing on the picture where scripts run."""
    found = gallery.view(visit.house, visit.actor, image_id)
    form = Form.sent() if request.method == "POST" else Form()
    if request.method == "POST":
        crop = _area(form, "crop")
        boxes = [(name, area) for name in _names() if (area := _area(form, name)) is not None]
        if form:
            try:
                made = covering.cover(
                    visit.house,
                    visit.actor,
                    image_id,
                    covering.Box(*crop) if crop else None,
                    [covering.Box(*area) for _, area in boxes],
                )
            except Refused as refused:
                _beside_boxes(form, refused, [name for name, _ in boxes])
            else:
                return redirect(url_for("pictures.picture", image_id=made), 303)
    page = render_template("pictures/cover.html", picture=found, form=form, names=_names(), edges=EDGES)
    return page, 200 if form else 422


@desk.page("/pictures/<image_id>/new-id", Act.COVER_IMAGE, methods=("POST",))
def renew(visit: Visit, image_id: str) -> ResponseReturnValue:
    """Give the picture a new ID."""
    made = covering.renew(visit.house, visit.actor, image_id)
    return redirect(url_for("pictures.picture", image_id=made), 303)


@desk.page("/pictures/<image_id>/review", Act.REVIEW_IMAGE, methods=("GET", "POST"))
def review(visit: Visit, image_id: str) -> ResponseReturnValue:
    """Look at the picture large, answer item by item, and count the people."""
    found = gallery.view(visit.house, visit.actor, image_id)
    if request.method == "GET":
        known = {} if found.recognisable is None else {"recognisable": found.recognisable, "others": found.others}
        form = Form(defaults={**found.review, **known})
    else:
        form = Form.sent()
        answers = {item.value: request.form.get(item.value, "") for item in LOOKED_FOR}
        for item in (item for item, answer in answers.items() if not answer):
            form.wrong(item, REASONS["item-not-looked-at"])
        counts = [_count(form, "recognisable"), _count(form, "others")]
        if form:
            try:
                reviewing.review(visit.house, visit.actor, image_id, answers, counts[0], counts[1])
            except Refused as refused:
                form.refuse(refused)
            else:
                return redirect(url_for("pictures.picture", image_id=image_id), 303)
    page = render_template(
        "pictures/review.html",
        picture=found,
        form=form,
        items=[
            (item.value, *ITEMS[item.value], [(each.value, FINDINGS[each.value]) for each in findings])
            for item, findings in LOOKED_FOR.items()
        ],
        look_alikes=gallery.look_alikes(visit.house, visit.actor, image_id),
    )
    return page, 200 if form else 422


@desk.page("/pictures/<image_id>/clear", Act.CLEAR_IMAGE, methods=("GET", "POST"))
def clear(visit: Visit, image_id: str) -> ResponseReturnValue:
    """Make the 18-identifier check of 45 CFR 164.514(b)(2)."""
    found = gallery.view(visit.house, visit.actor, image_id)
    form = Form.sent() if request.method == "POST" else Form()
    if request.method == "POST":
        codes = (*IDENTIFIERS, KNOWLEDGE)
        answers = {code: request.form.get(code, "") for code in codes}
        rare = form.choice("rare", ("yes", "no"), "Say whether it is a rare or unique case.")
        if form:
            try:
                clearing.clear(visit.house, visit.actor, image_id, answers, rare == "yes")
            except Refused as refused:
                form.refuse(refused)
            else:
                return redirect(url_for("pictures.picture", image_id=image_id), 303)
    page = render_template(
        "pictures/clear.html", picture=found, form=form, identifiers=IDENTIFIER_WORDS, answers=ANSWERS
    )
    return page, 200 if form else 422


@desk.page("/pictures/<image_id>/clear-second", Act.CLEAR_IMAGE, methods=("GET", "POST"))
def clear_second(visit: Visit, image_id: str) -> ResponseReturnValue:
    """Look at a rare case as the second reviewer, and agree."""
    found = gallery.view(visit.house, visit.actor, image_id)
    form = Form()
    if request.method == "POST":
        try:
            clearing.second(visit.house, visit.actor, image_id)
        except Refused as refused:
            form.refuse(refused)
        else:
            return redirect(url_for("pictures.picture", image_id=image_id), 303)
    return render_template("pictures/clear_second.html", picture=found, form=form), 200 if form else 422


def _names() -> list[str]:
    return [f"box{number}" for number in range(1, MOST_BOXES + 1)]


def _area(form: Form, name: str) -> Area | None:
    """Return left, top, right, bottom as parts of the picture, from left, top, width and height in percent."""
    typed = [str(form.typed.get(f"{name}_{edge}", "")).strip().rstrip("%").replace(",", ".") for edge in EDGES]
    if not any(typed):
        return None
    try:
        left, top, width, height = (float(each) / 100 for each in typed)
    except ValueError:
        form.wrong(f"{name}_left", "Enter all four numbers, from 0 to 100.")
        return None
    # A hundredth of a percent too far is a rounding of the drawing, not a wish.
    right, bottom = (min(edge, 1.0) if edge < 1.0001 else edge for edge in (left + width, top + height))
    return left, top, right, bottom


def _beside_boxes(form: Form, refused: Refused, names: list[str]) -> None:
    for reason in refused.reasons:
        number = reason.facts.get("box")
        if isinstance(number, int) and number <= len(names):
            form.wrong(f"{names[number - 1] if number else 'crop'}_left", REASONS[reason.code])
        else:
            form.refuse(Refused(reason))


def _count(form: Form, name: str) -> int | None:
    typed = form.text(name, "Enter a number; 0 if there is nobody.")
    if typed and not (typed.isascii() and typed.isdigit() and len(typed) < 4):
        form.wrong(name, f"Enter a number from 0 to {MOST_PEOPLE}.")
        return None
    return int(typed) if typed else None
