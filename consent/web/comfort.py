"""Switch how the pages look, from any page of the patient's. A page of the desk `signing`."""

from __future__ import annotations

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from consent.acts import comfort as act
from consent.web.desk import Door, Visit
from consent.web.signing import desk

# Pages without answers of their own, to which the patient comes back; from all others the answers go along.
BACK = frozenset(
    {
        "signing.done",
        "signing.declined",
        "signing.saving",
        "own_papers.copy",
        "own_papers.paper",
        "own_papers.phone",
        "own_papers.card",
        "own_papers.end",
    }
)


@desk.page("/sign/comfort", Door.SIGNING, methods=("POST",))
def comfort(visit: Visit) -> ResponseReturnValue:
    """Turn a mode on or off, and show the same page; a script that has changed the page itself gets no page."""
    act.switch(visit.house, visit.held, request.form.get("comfort", ""))
    if request.form.get("quiet"):
        return "", 204
    back = request.form.get("back", "")
    return redirect(url_for(back if back in BACK else "signing.welcome"), 303)
