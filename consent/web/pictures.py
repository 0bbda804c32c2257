"""The pictures' desk: what waits, adding, one picture with its ID, its file, discarding."""

from __future__ import annotations

import base64
import io

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consent.acts import gallery, held, pictures
from consent.rules.access import Act, may
from consent.rules.identifiers import BadIdentifier, ImageId, parse_image_id
from consent.rules.refusal import Refused
from consent.web.desk import Desk, Visit
from consent.web.form import Form, whole_number
from consent.web.kept import HELD_SUFFIX, chosen_file
from consent.web.picture_words import MEDIA, REASONS

desk = Desk("pictures", REASONS)
SAME_ORIGIN_FILE = {"Content-Disposition": "inline", "X-Content-Type-Options": "nosniff"}


def as_image(data: bytes | None) -> str:
    """Return a small JPEG as an address for an `img`: it never travels outside the page that custody knows of."""
    return "" if data is None else "data:image/jpeg;base64," + base64.b64encode(data).decode("ascii")


@desk.page("/pictures", Act.SEE_IMAGE)
def shelf(visit: Visit) -> ResponseReturnValue:
    """Show what waits, with what to do next; or what is ready."""
    show = request.args.get("show", "waiting")
    show = show if show in gallery.SHOWN else "waiting"
    page = whole_number(request.args.get("page", "")) or 1
    tiles, more = gallery.tiles(visit.house, visit.actor, show, page)
    return render_template(
        "pictures/shelf.html",
        tiles=[(tile, as_image(tile.preview)) for tile in tiles],
        show=show,
        page=page,
        more=more,
        form=Form(),
        media=dict(MEDIA),
    )


@desk.page("/pictures/find", Act.SEE_IMAGE)
def find(visit: Visit) -> ResponseReturnValue:
    """Go to the picture with the typed image ID."""
    form = Form(request.args)
    typed = form.text("id", "Enter an image ID.")
    if form:
        try:
            return redirect(url_for("pictures.picture", image_id=parse_image_id(typed)), 303)
        except BadIdentifier as bad:
            form.wrong("id", REASONS[f"image-id-{bad.kind}"])
    return render_template("pictures/find.html", form=form), 422


@desk.page("/pictures/add", Act.ADD_IMAGE, methods=("GET", "POST"))
def add(visit: Visit) -> ResponseReturnValue:
    """Take in a picture. What was chosen stays chosen when something else is wrong."""
    if request.method == "GET":
        return render_template("pictures/add.html", form=Form(), media=_picture_media())
    sent = Form.sent()
    medium = sent.choice("medium", pictures.PICTURE_MEDIA, "Choose what kind of picture it is.")
    file = chosen_file(visit, sent, "file", "Choose a picture.")
    if sent and file is not None and medium is not None:
        try:
            made = pictures.add_picture(visit.house, visit.actor, file.data, medium)
        except Refused as refused:
            sent.refuse(refused)
            # A file that was refused is not kept for another try.
            held.forget_file(visit.house, visit.actor, file.id)
            sent.values.pop("file" + HELD_SUFFIX, None)
        else:
            held.forget_file(visit.house, visit.actor, file.id)
            return redirect(url_for("pictures.picture", image_id=made), 303)
    return render_template("pictures/add.html", form=sent, media=_picture_media()), 422


@desk.page("/pictures/add-film", Act.ADD_IMAGE, methods=("GET", "POST"))
def add_film(visit: Visit) -> ResponseReturnValue:
    """Give a film or a sound recording an ID, from the file itself or from its SHA-256."""
    if request.method == "GET":
        return render_template("pictures/add_film.html", form=Form())
    sent = Form.sent()
    try:
        made = _film(visit, sent)
    except Refused as refused:
        sent.refuse(refused)
        made = None
    if made is not None:
        return redirect(url_for("pictures.picture", image_id=made), 303)
    return render_template("pictures/add_film.html", form=sent), 422


def _film(visit: Visit, sent: Form) -> ImageId | None:
    uploaded = request.files.get("file")
    if uploaded is not None and uploaded.filename:
        return pictures.add_film(visit.house, visit.actor, io.BytesIO(uploaded.read()))
    digest = sent.text("digest")
    if not digest:
        sent.wrong("file", "Choose a file, or enter its SHA-256.")
        return None
    kind = sent.choice("kind", ("film", "sound"), "Choose film or sound.")
    return pictures.add_film_by_digest(visit.house, visit.actor, kind, digest) if kind else None


@desk.page("/pictures/<image_id>", Act.SEE_IMAGE, methods=("GET", "POST"))
def picture(visit: Visit, image_id: str) -> ResponseReturnValue:
    """Show one picture, its state and what to do next. Another unit's opens for a stated reason only."""
    form = Form.sent() if request.method == "POST" else Form()
    reason = form.text("reason", "State why you need to see it.", longest=500) if request.method == "POST" else ""
    try:
        found = gallery.view(visit.house, visit.actor, image_id, reason)
    except Refused as refused:
        if "reason-needed" not in refused.codes:
            raise
        if request.method == "GET":
            return render_template("pictures/reason.html", form=form, image_id=image_id)
        return render_template("pictures/reason.html", form=form, image_id=image_id), 422
    shown = ""
    if found.has_file and not found.is_free:
        opened = pictures.open_picture(visit.house, visit.actor, image_id, reason, longest=pictures.SCREEN_PIXELS)
        shown = as_image(opened.data)
    return render_template(
        "pictures/picture.html",
        picture=found,
        shown=shown,
        media=dict(MEDIA),
        may_clear=may(visit.actor.roles, Act.CLEAR_IMAGE),
    )


@desk.page("/pictures/<image_id>/file", Act.SEE_IMAGE)
def file(visit: Visit, image_id: str) -> ResponseReturnValue:
    """Give the picture's bytes: as large as a screen, or `?size=full`. Every opening is in custody."""
    longest = None if request.args.get("size") == "full" else pictures.SCREEN_PIXELS
    opened = pictures.open_picture(visit.house, visit.actor, image_id, longest=longest)
    # The type is ours, told by content; nothing that somebody uploaded is ever shown as a page.
    return Response(opened.data, content_type=opened.media_type, headers=SAME_ORIGIN_FILE)


@desk.page("/pictures/<image_id>/discard", Act.DISCARD_IMAGE, methods=("GET", "POST"))
def discard(visit: Visit, image_id: str) -> ResponseReturnValue:
    """Ask once more, then delete the file."""
    found = gallery.view(visit.house, visit.actor, image_id)
    form = Form()
    if request.method == "POST":
        try:
            pictures.discard(visit.house, visit.actor, image_id)
        except Refused as refused:
            form.refuse(refused)
        else:
            return redirect(url_for("pictures.shelf"), 303)
    return render_template("pictures/discard.html", picture=found, form=form), 200 if form else 422


def _picture_media() -> list[tuple[str, str]]:
    return [(code, words) for code, words in MEDIA if code in pictures.PICTURE_MEDIA]
