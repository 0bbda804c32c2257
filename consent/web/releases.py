"""Pictures that leave, and those that left without a post yet."""

from __future__ import annotations

from flask import Response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from consent.acts import releasing
from consent.rules.access import Act, may
from consent.rules.identifiers import BadIdentifier
from consent.rules.refusal import Refused
from consent.web.desk import Desk, Visit
from consent.web.form import Form
from consent.web.posting_words import REASONS, known_account, where

desk = Desk("releases", REASONS)
CLOSED = (
    ("deleted-unused", "It was not used, and the file is deleted"),
    ("posting-cancelled", "The post was called off"),
)


@desk.page("/releases", Act.SEE_POSTS)
def waiting(visit: Visit) -> ResponseReturnValue:
    """Show what left and was not posted yet."""
    taken = releasing.waiting(visit.house, visit.actor)
    rows = [(each, where(visit, each.place)) for each in taken]
    return render_template(
        "posts/releases.html", rows=rows, closed=CLOSED, may_close=may(visit.actor.roles, Act.RELEASE_IMAGE)
    )


@desk.page("/releases/new", Act.RELEASE_IMAGE, methods=("POST",))
def release(visit: Visit) -> ResponseReturnValue:
    """Let the picture out as a download, or say why not: what changed since the answer counts."""
    form = Form.sent()
    channel, purpose = form.text("channel"), form.text("purpose")
    account = known_account(visit, form.text("account"))
    try:
        out = releasing.release(
            visit.house,
            visit.actor,
            form.text("image"),
            channel,
            purpose,
            account=account.name if account else form.text("account") or None,
            interest_reason=form.text("interest_reason", longest=300),
        )
    except BadIdentifier:
        return redirect(url_for("posting.ask"), 303)
    except Refused as refused:
        form.refuse(refused)
        if "interest-reason-missing" in refused.codes:
            kept = {name: form.text(name) for name in ("image", "channel", "purpose", "account")}
            return render_template("posts/interest.html", form=form, kept=kept), 422
        return render_template("posts/not_released.html", sentences=list(form.errors.values()), form=Form()), 409
    if out.content is None:
        return render_template("posts/released.html", released=out)
    headers = {"Content-Disposition": f'attachment; filename="{out.filename}"', "Cache-Control": "no-store"}
    return Response(out.content, mimetype=out.media_type, headers=headers)


@desk.page("/releases/<release_id>/close", Act.RELEASE_IMAGE, methods=("POST",))
def close(visit: Visit, release_id: str) -> ResponseReturnValue:
    """Say that a released picture will not be posted."""
    form = Form.sent()
    releasing.close(visit.house, visit.actor, release_id, form.text("why"))
    return redirect(url_for("releases.waiting"), 303)
