"""The administrator's page on keys: what they wrap, when they were exported, and that they are kept elsewhere."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consent.acts import certificate_care, key_care
from consent.rules.access import Act
from consent.rules.refusal import Refused
from consent.web.desk import Desk, Visit
from consent.web.form import Form

desk = Desk(
    "keys",
    reasons={
        "keys-not-exported": "Nobody has exported the keys yet: see how, above.",
        "keys-changed": "A key was made after the last export. Export the keys again first: see how, above.",
    },
)


@desk.page("/keys", Act.LOOK_AFTER_KEYS, methods=("GET", "POST"))
def overview(visit: Visit) -> ResponseReturnValue:
    """Show how the keys stand; record that the newest export is kept apart from the backups."""
    form = Form.sent() if request.method == "POST" else Form()
    if request.method == "POST":
        form.ticked("apart", "Tick this when the file is kept elsewhere.")
        try:
            if form:
                key_care.confirm_kept_apart(visit.house, visit.actor)
                return redirect(url_for("keys.overview"), 303)
        except Refused as refused:
            form.refuse(refused)
    page = render_template(
        "keys/overview.html",
        form=form,
        standing=key_care.standing(visit.house, visit.actor),
        hardware=visit.house.keyring.hardware_keys,
        certificates=certificate_care.known(visit.house, visit.actor),
        ending=certificate_care.near_end(visit.house, visit.house.clock()),
        troubles=certificate_care.troubles(visit.house),
    )
    return page, 200 if form else 422
