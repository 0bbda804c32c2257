"""What each page weighs, gzipped, with every file that it loads."""

from __future__ import annotations

import gzip
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from consent.acts import answering, cards, copying, doors, handing_over, lending, signing
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
        seen = dict(_patient_pages(house, factory, everybody, app))
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


def _patient_pages(house: House, factory: Factory, actor: Actor, app) -> Iterator[tuple[str, float]]:
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
    offer = copying.offer_to_phone(house, Actor("signer", session_id), made)
    yield from _weights(browser(app), urlsplit(offer.address).path)
    yield from _card_pages(house, actor, app, made)
    lending.lock(house, session_id)
    yield from _weights(client, "/sign/locked", "/unlock")
    yield from _weights(browser(app), "/tablet", "/withdraw")


def _steps(house: House, app, session_id: str) -> list[str]:
    with app.test_request_context():
        return [step.url() for step in steps.steps(answering.open_session(house, session_id))]


def _shown_once(client: FlaskClient, *paths: str) -> Iterator[tuple[str, float]]:
    """Weigh pages that come as the answer to a press."""
    for path in paths:
        answer = client.post(path, data={"csrf_token": token_on(client.get("/sign/copy").text)})
        if answer.status_code == 200:
            yield f"{PATIENT}{path}, pressed", _with_files(client, path, answer)


def _card_pages(house: House, actor: Actor, app, made: str) -> Iterator[tuple[str, float]]:
    """Weigh the pages of the withdrawal card, entered as its holder enters it."""
    card = cards.make_card(house, actor, made)
    visitor = browser(app)
    yield from _weights(visitor, urlsplit(card.address).path)
    send(visitor, "/withdraw", code=card.code)
    paths = ("choose", "parts", "check?stop=everything", "done")
    yield from _weights(visitor, *(f"/withdraw/{path}" for path in paths))


def _at(app, door: str, token: str) -> FlaskClient:
    client = browser(app)
    with client.session_transaction() as session:
        session[door] = token
    return client


def _weights(client: FlaskClient, *paths: str) -> Iterator[tuple[str, float]]:
    """Weigh each page that is shown where it was asked for, and not another in its place."""
    for path in paths:
        answer = client.get(path, follow_redirects=True)
        is_link = len(path) > 30 and path.count("/") == 2 and "sign" not in path
        if answer.status_code == 200 and (is_link or answer.request.path == urlsplit(path).path):
            yield PATIENT + (f"/{path.split('/')[1]}/<token>" if is_link else path), _with_files(client, path, answer)


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
        file = client.get(address)
        if file.status_code != 200 or file.mimetype == "text/html":
            continue
        # What is compressed already does not shrink.
        total += min(len(file.data), _size(file.data))
        if file.mimetype == "text/css":
            wanted += [urljoin(address, each) for each in IN_STYLE.findall(file.text)]
    return total / 1024


def _size(data: bytes) -> int:
    return len(gzip.compress(data, 6))
