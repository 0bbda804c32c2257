"""What each page weighs, gzipped, with every file that it loads."""

from __future__ import annotations

import gzip
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from consent.acts import answering, cards, copying, doors, handing_over, lending, own_phone, signing
from consent.acts.actor import Actor
from consent.acts.house import House
from consent.rules.access import Role
from consent.web import steps
from tests.bench.measure import Row
from tests.factory import Clock, Factory, make_house
from tests.staffroom import browser, make_app, send, signed_in, token_on

SECTION = "Weight of a page, gzipped, with all that it loads"
PATIENT = "patient: "
AT_MOST = 60.0  # KB, each patient's page
BORN = {"born-day": "17", "born-month": "5", "born-year": "1980"}
LINKED = re.compile(r"""<(?:link|script|img|source|use)\b[^>]*?\b(?:href|src)="([^"#]+)""")
IN_STYLE = re.compile(r"""url\(["']?([^"')#]+)""")


def rows() -> Iterator[Row]:
    """Open every page that needs no more than a signed-in person, and every page of one patient's."""
    with tempfile.TemporaryDirectory() as folder:
        clock = Clock()
        house = make_house(f"sqlite:///{folder}/consent.sqlite", Path(folder), clock)
        factory = Factory(house, clock)
        everybody = factory.staff(*Role)
        factory.ready_organisation()
        app = make_app(house)
        seen = dict(patient_pages(house, factory, everybody, app))
        client = signed_in(app, house, everybody)
        for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
            if not rule.arguments and "GET" in (rule.methods or ()) and not rule.rule.startswith("/sign/"):
                weight = weigh(client, rule.rule)
                if weight is not None:
                    seen.setdefault(rule.rule, weight)
        house.engine.dispose()
    for name, weight in seen.items():
        is_patients = name.startswith(PATIENT)
        aim = f"<= {AT_MOST:g} KB" if is_patients else ""
        met = weight <= AT_MOST if is_patients else None
        yield Row(SECTION, name, weight, weight, "KB", 1, aim=aim, met=met)


def patient_pages(house: House, factory: Factory, actor: Actor, app: Flask) -> Iterator[tuple[str, float]]:
    """Weigh every page that a patient, or somebody who holds his copy, can come to."""
    made = factory.draft(actor=actor)
    token = handing_over.hand_over(house, actor, "no-browser", made)
    client = _at(app, "signing", token)
    session_id = str(doors.find(house, "signing", token))
    yield from _weights(client, "/sign", "/sign/decline", *_steps(house, app, session_id))
    seen = factory.answer(session_id)
    yield from _weights(client, *_steps(house, app, session_id))
    signing.sign(house, session_id, signing.Submission(made, seen, typed="Maria Lopez"))
    yield from _weights(client, "/sign/done", "/sign/copy", "/sign/copy/paper", "/sign/copy/phone", "/sign/card")
    yield from _shown_once(client, "/sign/copy/phone", "/sign/copy/phone/code", "/sign/card")
    yield from _weights(client, "/sign/end")
    yield from _copy_pages(house, Actor("signer", session_id), app, made)
    yield from _card_pages(house, actor, app, made)
    lending.lock(house, session_id)
    yield from _weights(client, "/sign/locked", "/unlock")
    yield from _own_phone_pages(house, factory, actor, app)
    yield from _weights(browser(app), "/tablet", "/withdraw")
    yield from _check_pages(browser(app))


def _copy_pages(house: House, signer: Actor, app: Flask, made: str) -> Iterator[tuple[str, float]]:
    """Weigh what the phone shows that fetches the copy: the link leads on, and opens once."""
    link = urlsplit(copying.offer_to_phone(house, signer, made).address).path
    code = copying.code_for_phone(house, signer, made)
    phone = browser(app)
    yield _link(phone, link)
    yield from _weights(phone, "/copy")
    yield from _sent(phone, "/copy", "wrong code", code="000000" if code != "000000" else "111111")
    send(phone, "/copy", code=code)
    yield f"{PATIENT}/copy, opened", _of(phone, "/copy")
    yield f"{PATIENT}/copy/<token>, over", _of(browser(app), link, 410)


def _own_phone_pages(house: House, factory: Factory, actor: Actor, app: Flask) -> Iterator[tuple[str, float]]:
    """Weigh the way in on the signer's own phone; what follows is the same signing, and its own end."""
    made = factory.draft(actor=actor)
    own_phone.send(house, actor, made, "shown")
    waiting = own_phone.to_pass_on(house, actor, made)
    if waiting is None:
        raise LookupError("the link was not kept for whoever made it")
    link = urlsplit(waiting.address).path
    phone = browser(app)
    yield _link(phone, link)
    yield from _weights(phone, "/own-phone")
    yield from _sent(phone, "/own-phone", "wrong code", code="000000", **BORN)
    send(phone, "/own-phone", code=waiting.code, **BORN)
    yield f"{PATIENT}/sign, own phone", _of(phone, "/sign")
    with phone.session_transaction() as kept:
        session_id = str(doors.find(house, "signing", kept["signing"]))
    seen = factory.answer(session_id)
    signing.sign(house, session_id, signing.Submission(made, seen, typed="Maria Lopez"))
    yield from _weights(phone, "/sign/own-copy", "/sign/own-end")
    yield from _sent(phone, "/sign/own-end", "closed", 200)
    yield f"{PATIENT}/own-phone/<token>, over", _of(browser(app), link, 410)


def _check_pages(visitor: FlaskClient) -> Iterator[tuple[str, float]]:
    """Weigh the public page that checks a copy, and its answer."""
    yield from _weights(visitor, "/check")
    yield from _sent(visitor, "/check", "answer", 200, what="file", sha256="0" * 64)
    yield from _sent(visitor, "/check", "nothing typed", what="paper")


def _steps(house: House, app: Flask, session_id: str) -> list[str]:
    with app.test_request_context():
        return [step.url() for step in steps.steps(answering.open_session(house, session_id))]


def _shown_once(client: FlaskClient, *paths: str) -> Iterator[tuple[str, float]]:
    """Weigh pages that come as the answer to a press."""
    for path in paths:
        answer = client.post(path, data={"csrf_token": token_on(client.get("/sign/copy").text)})
        if answer.status_code == 200:
            yield f"{PATIENT}{path}, pressed", _with_files(client, path, answer)


def _card_pages(house: House, actor: Actor, app: Flask, made: str) -> Iterator[tuple[str, float]]:
    """Weigh the pages of the withdrawal card, entered as its holder enters it."""
    card = cards.make_card(house, actor, made)
    visitor = browser(app)
    yield _link(visitor, urlsplit(card.address).path)
    yield from _sent(visitor, "/withdraw", "wrong code", code="00000000")
    send(visitor, "/withdraw", code=card.code)
    paths = ("choose", "parts", "check?stop=everything", "done")
    yield from _weights(visitor, *(f"/withdraw/{path}" for path in paths))
    yield from _weights(visitor, "/show/now")
    yield from _sent(visitor, "/withdraw/choose", "nothing chosen")
    yield from _sent(visitor, "/withdraw/close", "closed", 200, source="/withdraw/choose")
    yield f"{PATIENT}/withdraw/<token>, unknown", _of(browser(app), "/withdraw/unknown", 404)


def _at(app: Flask, door: str, token: str) -> FlaskClient:
    client = browser(app)
    with client.session_transaction() as session:
        session[door] = token
    return client


def _weights(client: FlaskClient, *paths: str) -> Iterator[tuple[str, float]]:
    """Weigh each page that is shown where it was asked for, and not another in its place."""
    for path in paths:
        answer = client.get(path, follow_redirects=True)
        if answer.status_code == 200 and answer.request.path == urlsplit(path).path:
            yield PATIENT + path, _with_files(client, path, answer)


def _link(client: FlaskClient, path: str) -> tuple[str, float]:
    """Weigh what a link with a token opens, which is another page always."""
    return f"{PATIENT}/{path.split('/')[1]}/<token>", _of(client, path)


def _of(client: FlaskClient, path: str, status: int = 200) -> float:
    """Weigh a page that has to be there. Raises: LookupError."""
    answer = client.get(path, follow_redirects=True)
    if answer.status_code != status:
        raise LookupError(f"{path.rpartition('/')[0]}: {answer.status_code}")
    return _with_files(client, path, answer)


def _sent(
    client: FlaskClient, path: str, state: str, status: int = 422, source: str = "", **fields: str
) -> Iterator[tuple[str, float]]:
    """Weigh the page that answers what was sent. Raises: LookupError."""
    answer = client.post(path, data={"csrf_token": token_on(client.get(source or path).text), **fields})
    if answer.status_code != status:
        raise LookupError(f"{path}: {answer.status_code}")
    yield f"{PATIENT}{path}, {state}", _with_files(client, path, answer)


def weigh(client: FlaskClient, path: str) -> float | None:
    """KB (1,024 bytes) of the page and of each file that it loads, once; None if it shows no page."""
    answer = client.get(path, follow_redirects=True)
    if answer.status_code != 200 or answer.mimetype != "text/html":
        return None
    return _with_files(client, path, answer)


def _with_files(client: FlaskClient, path: str, answer: TestResponse) -> float:
    total, loaded = _size(answer.data), set()
    wanted = [urljoin(path, each) for each in LINKED.findall(answer.text)]
    while wanted:
        address = wanted.pop()
        if address in loaded or address.startswith("data:"):
            continue
        loaded.add(address)
        file = client.get(address, buffered=True)
        if file.status_code != 200 or file.mimetype == "text/html":
            continue
        # What is compressed already does not shrink.
        total += min(len(file.data), _size(file.data))
        if file.mimetype == "text/css":
            wanted += [urljoin(address, each) for each in IN_STYLE.findall(file.text)]
    return total / 1024


def _size(data: bytes) -> int:
    return len(gzip.compress(data, 6))
