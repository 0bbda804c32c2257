"""The page on which staff unlock a tablet that they lent, with the PIN of whoever handed it over."""

from __future__ import annotations

from collections.abc import Callable

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consent.acts.house import House
from consent.acts.sign_in import Begun
from consent.rules.refusal import Refused
from consent.web import entering
from consent.web.desk import Visit
from consent.web.form import Form


def ask_pin(
    visit: Visit,
    locked: bool,
    unlock: Callable[[House, str, str], Begun],
    resume: Callable[[House, str, str], None],
    patients_page: str,
) -> ResponseReturnValue:
    """Ask for the PIN; then the sign-in of staff begins, or a locked tablet goes back to its patient.

    `patients_page`: the endpoint of the patient's own pages.
    """
    form, status = Form(), 200
    if request.method == "POST":
        form, status = Form.sent(), 422
        pin = form.text("pin", "Enter your PIN of six digits.", longest=12)
        if form:
            try:
                if request.form.get("then") == "patient":
                    resume(visit.house, visit.held, pin)
                    return redirect(url_for(patients_page), 303)
                begun = unlock(visit.house, visit.held, pin)
            except Refused as refused:
                form.refuse(refused)
            else:
                return entering.come_in(visit.house, begun.token)
    return render_template("sign_in/unlock.html", form=form, locked=locked, here=request.endpoint), status
