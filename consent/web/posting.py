"""May this be posted? By image ID, by a pasted list, or by dropping the file."""

from __future__ import annotations

from datetime import date

from flask import render_template, request
from flask.typing import ResponseReturnValue

from consent.acts import asking_by_file, posting
from consent.acts.posting import Answer, ListAnswer, Question
from consent.rules.access import Act, may
from consent.rules.grounds import PublicGround
from consent.rules.identifiers import BadIdentifier, parse_image_id
from consent.rules.refusal import Reason, Refused
from consent.rules.verdict_words import CONDITION_WORDS, GROUND_WORDS, PUBLIC_WORDS
from consent.web.chosen_place import asked_before, read_place
from consent.web.desk import Desk, Visit
from consent.web.form import Form
from consent.web.pictures import as_image
from consent.web.posting_words import (
    BAD_ID,
    REASONS,
    account_choices,
    channels,
    in_one_line,
    purposes,
)

desk = Desk("posting", REASONS)


@desk.page("/ask", Act.LOOK_UP, methods=("GET", "POST"))
def ask(visit: Visit) -> ResponseReturnValue:
    """Ask about one image ID."""
    if request.method == "GET":
        return _form(visit, "posting/ask.html", Form(defaults=_asked_before()))
    form = Form.sent()
    typed = form.text("image", "Enter the image ID.", longest=60)
    question = _question(visit, form, "id")
    try:
        image = parse_image_id(typed) if typed else None
    except BadIdentifier as bad:
        form.wrong("image", BAD_ID[bad.kind])
        image = None
    if not form or image is None:
        return _form(visit, "posting/ask.html", form)
    return _show(visit, posting.ask_one(visit.house, visit.actor, image, question), question)


@desk.page("/ask/list", Act.LOOK_UP, methods=("GET", "POST"))
def ask_list(visit: Visit) -> ResponseReturnValue:
    """Ask about every image ID in a pasted list."""
    if request.method == "GET":
        return _form(visit, "posting/ask_list.html", Form(defaults=_asked_before()))
    form = Form.sent()
    typed = form.text("images", "Paste the image IDs.", longest=20000)
    question = _question(visit, form, "list")
    if not form:
        return _form(visit, "posting/ask_list.html", form)
    found = posting.ask_list(visit.house, visit.actor, typed, question)
    return _show_list(visit, found, question)


@desk.page("/ask/file", Act.LOOK_UP_BY_FILE, methods=("GET", "POST"))
def ask_file(visit: Visit) -> ResponseReturnValue:
    """Ask about a file: the very one is answered at once, a likely one is for the person to confirm."""
    if request.method == "GET":
        return _form(visit, "posting/ask_file.html", Form(defaults=_asked_before()))
    form = Form.sent()
    question = _question(visit, form, "file")
    digest = form.text("digest", longest=64)
    file = request.files.get("file")
    data = file.read() if file is not None and not digest else b""
    if not data and not digest:
        form.wrong("file", "Choose the file.")
    if not form:
        return _form(visit, "posting/ask_file.html", form)
    try:
        if digest:
            found = asking_by_file.compare_digest(visit.house, visit.actor, digest)
        else:
            found = asking_by_file.compare(visit.house, visit.actor, data)
    except Refused as refused:
        form.refuse(Refused([Reason(reason.code, "file", **reason.facts) for reason in refused.reasons]))
        return _form(visit, "posting/ask_file.html", form)
    if found.exact is None and found.likely:
        return render_template(
            "posting/candidates.html",
            dropped=as_image(found.shown),
            likely=[(image, as_image(small)) for image, small in found.likely],
            asked=_kept(question, form),
        )
    image = found.exact or asking_by_file.NO_SUCH_FILE
    return _show(visit, posting.ask_one(visit.house, visit.actor, image, question), question)


@desk.page("/ask/file/confirmed", Act.OPEN_CANDIDATE, methods=("POST",))
def confirmed(visit: Visit) -> ResponseReturnValue:
    """Answer about the candidate that the person recognised, or say no where it was none of them."""
    form = Form.sent()
    question = _question(visit, form, "file")
    typed = form.text("image")
    try:
        image = parse_image_id(typed) if typed else asking_by_file.NO_SUCH_FILE
    except BadIdentifier:
        form.wrong("file", "Choose the file again.")
    if not form:
        return _form(visit, "posting/ask_file.html", form)
    return _show(visit, posting.ask_one(visit.house, visit.actor, image, question), question)


def _question(visit: Visit, form: Form, how: str) -> Question:
    place = read_place(visit, form, "Choose where it would be posted.")
    return Question(place.channel, place.purpose, place.account_name, form.day("on"), how)


def _asked_before() -> dict[str, str]:
    """What a page before has asked already, from its link: codes and an image ID."""
    image = {"image": request.args["image"]} if "image" in request.args else {}
    return image | asked_before()


def _form(visit: Visit, template: str, form: Form) -> ResponseReturnValue:
    page = render_template(
        template, form=form, channels=channels(visit), purposes=purposes(visit), accounts=account_choices(visit)
    )
    return page, 200 if form else 422


def _kept(question: Question, form: Form) -> dict[str, str]:
    """What the next page sends again: the question without its image."""
    day: date | None = question.on
    kept = {"channel": question.channel, "purpose": question.purpose, "account": form.text("account")}
    if day is not None:
        kept |= {"on-year": str(day.year), "on-month": str(day.month), "on-day": str(day.day)}
    return kept


def _show(visit: Visit, answer: Answer, question: Question) -> ResponseReturnValue:
    page = render_template(
        "posting/answer.html",
        answer=answer,
        line=in_one_line(visit, answer),
        reasons=sentences(answer),
        conditions=[CONDITION_WORDS[each] for each in answer.conditions],
        is_file=answer.image == asking_by_file.NO_SUCH_FILE,
        is_today=answer.day == visit.house.today,
        asked={"image": answer.image, "channel": question.channel, "purpose": question.purpose}
        | ({"account": answer.place.account_id} if answer.place.account_id else {}),
        may_show=any(each.public is PublicGround.CONDITION_OPEN for each in answer.reasons)
        and may(visit.actor.roles, Act.PLAN_SHOWING),
        may_release=may(visit.actor.roles, Act.RELEASE_IMAGE),
    )
    return page, 200 if answer.look_up else 503


def _show_list(visit: Visit, found: ListAnswer, question: Question) -> ResponseReturnValue:
    return render_template(
        "posting/answers.html",
        found=found,
        line=in_one_line(visit, found.answers[0]) if found.answers else "",
        rows=[(answer, sentences(answer), [CONDITION_WORDS[c] for c in answer.conditions]) for answer in found.answers],
        bad=[(each.text, BAD_ID[each.kind]) for each in found.bad],
        asked={"channel": question.channel, "purpose": question.purpose},
    )


def sentences(answer: Answer) -> list[str]:
    """Return why not, in plain words, each once: the neutral reason, or the ground where it is the asker's to see."""
    said = []
    for reason in answer.reasons:
        words = GROUND_WORDS[reason.ground] if reason.ground else PUBLIC_WORDS[reason.public]
        said.append(f"Person {reason.person}: {words}" if reason.person else words)
    return list(dict.fromkeys(said))
