"""Where preparing a consent goes on: the first thing that is still missing, or the overview."""

from __future__ import annotations

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from consent.acts import planning
from consent.rules.scope import NEEDED_KINDS
from consent.web.desk import Visit

_PAGES = ("signer", "alone", "representative", "authority", "interpreter")
_KINDS = tuple(kind.value for kind in NEEDED_KINDS)


def onward(visit: Visit, consent_id: str) -> ResponseReturnValue:
    """Lead to the first thing that is still missing, or to the overview."""
    part = planning.plan(visit.house, visit.actor, consent_id).next_part
    if part in _PAGES:
        return redirect(url_for(f"attending.{part}", consent_id=consent_id), 303)
    if part == "identity":
        return redirect(url_for("creating.identity", consent_id=consent_id), 303)
    if part in _KINDS:
        return redirect(url_for("creating.ask", consent_id=consent_id, kind=part), 303)
    if part:
        return redirect(url_for("creating.details", consent_id=consent_id, part=part), 303)
    return redirect(url_for("consents.show", consent_id=consent_id), 303)
