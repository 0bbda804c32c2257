"""The paper form at the desk: print it, take the signed sheets in again as scans or photographs."""

from __future__ import annotations

import base64

from flask import Response, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consent.acts import held, on_paper, planning, scanning
from consent.rules.access import Act
from consent.rules.refusal import Refused
from consent.web.desk import Desk, Visit
from consent.web.form import Form
from consent.web.kept import HELD_SUFFIX, chosen_file

REASONS = {
    "draft-changed": "The draft was changed after this form was printed. Print it again, and have the new one signed.",
    "scan-in-hand": "A signed form has been scanned already. Finish its check, or discard the scan first.",
    "print-code-format": "Enter the print code from the foot of the sheets, for example 4T7-K2M.",
    "print-code-check": "One character of the print code is wrong. Look at the sheet again.",
    "print-code-other": "This print code does not belong to this consent. Find the consent by the number on the sheet.",
    "print-void": "This form is void: it was printed again afterwards. Only the newest printing can be scanned.",
    "print-used": "This form was scanned and checked already.",
    "scan-closed": "What stands on this form is typed already. If a page is wrong, ask the second person to send it "
    "back, or discard the scan.",
    "scan-kind-unknown": "Choose a JPEG or PNG picture, or a PDF.",
    "scan-pdf-locked": "This PDF is locked with a password. Scan the sheets again without one.",
    "scan-pdf-script": "This PDF has a program in it, so it is no scan. Scan the sheets again.",
    "scan-pdf-files": "This PDF has other files in it, so it is no scan. Scan the sheets again.",
    "scan-pdf-damaged": "This PDF cannot be read. Scan the sheets again, or photograph them.",
    "scan-pages": "A scan has 1 to 20 pages.",
    "scan-empty": "There is no page yet. Add the pages first.",
    "picture-too-large": "The file is too large. Use one of 50 MB or less.",
    "picture-too-many-pixels": "The picture has too many pixels. Photograph the sheet at a lower resolution.",
    "picture-truncated": "The end of the file is missing. Choose it again.",
    "picture-damaged": "The file cannot be read. Scan or photograph the sheet again.",
    "picture-animated": "This file moves. Choose a single picture.",
}
desk = Desk("paper_forms", REASONS)
SIZES = {"letter": "Letter (8.5 by 11 inches)", "A4": "A4 (210 by 297 mm)"}
STATES = {"open": "can be scanned", "void": "void", "used": "scanned and checked"}


@desk.page("/consents/<consent_id>/paper", Act.PRINT_FORM, methods=("GET", "POST"))
def print_form(visit: Visit, consent_id: str) -> ResponseReturnValue:
    """Make a printing with a code of its own; the one before is void then, which is said first."""
    plan = planning.plan(visit.house, visit.actor, consent_id)
    prints = on_paper.prints(visit.house, visit.actor, consent_id)
    form = Form.sent() if request.method == "POST" else Form(defaults={"size": _usual(visit)})
    if request.method == "POST":
        size = form.choice("size", on_paper.SIZES, "Choose the size of the paper.")
        if form and size:
            try:
                on_paper.print_form(visit.house, visit.actor, consent_id, size)
                return redirect(url_for("paper_forms.printed", consent_id=consent_id), 303)
            except Refused as refused:
                form.refuse(refused)
    against = on_paper.objections(visit.house, visit.actor, consent_id)
    page = render_template(
        "paper/print.html",
        plan=plan,
        form=form,
        sizes=tuple(SIZES.items()),
        ends=next((each for each in prints if each.state == "open"), None),
        against=[g.registry.words(request.endpoint, each.code, each.facts) for each in against],
    )
    return page, 200 if form else 422


@desk.page("/consents/<consent_id>/paper/printed", Act.PRINT_FORM)
def printed(visit: Visit, consent_id: str) -> ResponseReturnValue:
    """Lead to the form and say what to do with it."""
    plan = planning.plan(visit.house, visit.actor, consent_id)
    prints = on_paper.prints(visit.house, visit.actor, consent_id)
    newest = next((each for each in prints if each.state == "open"), None)
    if newest is None:
        return redirect(url_for("paper_forms.print_form", consent_id=consent_id), 303)
    void = [each for each in prints if each.state == "void"]
    return render_template("paper/printed.html", plan=plan, newest=newest, size=SIZES[newest.size], void=void)


@desk.page("/consents/<consent_id>/paper/file", Act.PRINT_FORM)
def file(visit: Visit, consent_id: str) -> ResponseReturnValue:
    """Show the form to the print dialogue."""
    pdf = on_paper.open_print(visit.house, visit.actor, consent_id)
    return Response(pdf, mimetype="application/pdf", headers={"Content-Disposition": 'inline; filename="form.pdf"'})


@desk.page("/consents/<consent_id>/scan", Act.TRANSCRIBE_SCAN, methods=("GET", "POST"))
def begin(visit: Visit, consent_id: str) -> ResponseReturnValue:
    """Ask for the print code on the signed sheets."""
    plan = planning.plan(visit.house, visit.actor, consent_id)
    form = Form.sent() if request.method == "POST" else Form()
    if request.method == "POST":
        code = form.text("code", REASONS["print-code-format"], longest=40)
        if form:
            try:
                scan_id = scanning.begin(visit.house, visit.actor, consent_id, code)
                return redirect(url_for("paper_forms.pages", scan_id=scan_id), 303)
            except Refused as refused:
                form.refuse(refused)
    return render_template("paper/begin.html", plan=plan, form=form), 200 if form else 422


@desk.page("/scans/<scan_id>", Act.TRANSCRIBE_SCAN, methods=("GET", "POST"))
def pages(visit: Visit, scan_id: str) -> ResponseReturnValue:
    """Show the pages that are in, and take more."""
    form = Form.sent() if request.method == "POST" else Form()
    if request.method == "POST":
        chosen = chosen_file(visit, form, "file", "Choose a scan or a photograph.")
        if chosen is not None:
            try:
                scanning.add(visit.house, visit.actor, scan_id, chosen.data)
                return redirect(url_for("paper_forms.pages", scan_id=scan_id), 303)
            except Refused as refused:
                form.refuse(refused)
                if "" in form.errors:
                    # Whatever belongs to no field is about the file.
                    form.errors["file"] = form.errors.pop("")
            finally:
                held.forget_file(visit.house, visit.actor, chosen.id)
                form.values.pop("file" + HELD_SUFFIX, None)
    scan, shown = scanning.look(visit.house, visit.actor, scan_id)
    page = render_template(
        "paper/pages.html", form=form, scan=scan, pages=[(each, as_jpeg(each.jpeg)) for each in shown]
    )
    return page, 200 if form else 422


@desk.page("/scans/<scan_id>/pages/<page_id>/turn", Act.TRANSCRIBE_SCAN, methods=("POST",))
def turn(visit: Visit, scan_id: str, page_id: str) -> ResponseReturnValue:
    """Turn a page a quarter to the right."""
    scanning.turn_page(visit.house, visit.actor, scan_id, page_id)
    return redirect(url_for("paper_forms.pages", scan_id=scan_id), 303)


@desk.page("/scans/<scan_id>/pages/<page_id>/remove", Act.TRANSCRIBE_SCAN, methods=("GET", "POST"))
def remove(visit: Visit, scan_id: str, page_id: str) -> ResponseReturnValue:
    """Take a page out, after asking."""
    if request.method == "POST":
        scanning.remove_page(visit.house, visit.actor, scan_id, page_id)
        return redirect(url_for("paper_forms.pages", scan_id=scan_id), 303)
    scanning.check_page(visit.house, visit.actor, scan_id, page_id)
    return render_template("paper/remove.html", scan_id=scan_id, page_id=page_id)


@desk.page("/scans/<scan_id>/pages/<page_id>", Act.CHECK_SCAN)
def page_file(visit: Visit, scan_id: str, page_id: str) -> ResponseReturnValue:
    """Show one page as large as it is kept."""
    data = scanning.page_file(visit.house, visit.actor, scan_id, page_id)
    return Response(data, mimetype="image/jpeg", headers={"Content-Disposition": 'inline; filename="page.jpg"'})


@desk.page("/scans/<scan_id>/discard", Act.TRANSCRIBE_SCAN, methods=("GET", "POST"))
def discard(visit: Visit, scan_id: str) -> ResponseReturnValue:
    """Give the scan up, after asking: the consent is a draft again."""
    scan = scanning.in_hand_of(visit.house, visit.actor, scan_id)
    if request.method == "POST":
        scanning.discard(visit.house, visit.actor, scan_id)
        return redirect(url_for("consents.show", consent_id=scan.consent_id), 303)
    return render_template("paper/discard.html", scan=scan)


def as_jpeg(data: bytes) -> str:
    """Return a page as an address for an `img`: it never travels outside the page that custody knows of."""
    return "data:image/jpeg;base64," + base64.b64encode(data).decode("ascii")


def _usual(visit: Visit) -> str:
    return "A4" if visit.house.terms.paper_size.upper() == "A4" else "letter"
