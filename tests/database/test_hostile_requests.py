"""Every address of the application, asked wrongly: nothing falls over, nothing changes, nothing foreign shows."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import islice
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from consent.acts import custody
from consent.acts.dossier import Person
from consent.acts.house import House
from consent.records.base import metadata
from consent.rules.access import Act
from consent.rules.identifiers import new_id
from consent.web.application import Front, make_application
from tests.conftest import KINDS
from tests.database.crawling import Field, Page, csrf, is_page
from tests.database.furnished import World, fill, furnish
from tests.database.postgres import Cluster
from tests.factory import ROOT, Clock, Factory, make_house, short_printer
from tests.staffroom import browser, make_app, signed_in

MARK = "<img src=x onerror=alert(1)>"
RAW = re.compile(r"<img src=x|<script>mark|60481729")
NONCE = re.compile(r"'nonce-[\w-]+'")
WHO = Person(f'Zoë "{MARK}" O\'Neil', date(1980, 5, 17), f"MRN<{MARK}>'1", language="en")
WORDS = f"Words {MARK} <script>mark()</script> {{{{7777*7777}}}} \"quoted\" 'single' & more"
GARBAGE = (
    WORDS,
    "مريم الأحمد \u200f🙂 O'Brien",
    "x" * 70_000,
    "-1",
    "9" * 40,
    "²",
    "nan",
    "../../../etc/passwd",
    "1'; DROP TABLE consent; --",
    "2026-13-45T99:99",
)
# Fields that pages read, for those whose form a page shows only in another state.
COMMON = (
    "name birth_date-day birth_date-month birth_date-year born_on-day born_on-month born_on-year record_number email "
    "post reason why words number code pin password password_again way go language claim seen strokes typed disclosure "
    "term earlier step roles unit id file file_held kept_form caption address channel purpose account images image "
    "size recognisable others outcome evidence cause seen_at-day seen_at-month seen_at-year time stop part scope "
    "known_how doubt contact description note how once patient preferred finding decision"
).split()
SLOW = frozenset({"sign_in.form"})
# What shuts the door for everything that comes after it is asked last.
ENDS = frozenset(
    "arriving.end own_papers.leave sign_in.unlock signing.decline signing.finish showing.unlock tablet.lock "
    "tablet.look_lock account.sign_out_everywhere".split()
)
# As many tests, so that more than one process can share the work.
PARTS = 4


@pytest.fixture(scope="module", params=KINDS)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One for all of this file: what is sent in the last test is the only thing that changes it."""
    folder = tmp_path_factory.mktemp("hostile")
    if request.param == "sqlite":
        url = f"sqlite:///{folder / 'consent.sqlite'}"
    else:
        cluster: Cluster = request.getfixturevalue("cluster")
        url = cluster.url(cluster.create(request.getfixturevalue("migrated_template")))
    clock = Clock()
    made = make_house(url, folder, clock)
    yield furnish(made, Factory(made, clock, short_printer()), clock, make_app(made), WHO, WORDS)
    made.engine.dispose()


def rules(world: World, method: str) -> Iterator[tuple[Any, Any]]:
    registry = world.app.extensions["consent.registry"]
    for rule in world.app.url_map.iter_rules():
        if rule.endpoint != "static" and method in rule.methods:
            yield rule, registry.entry(rule.endpoint)


def judge(response: TestResponse, path: str, problems: list[str]) -> Page | None:
    """Note whatever no answer of ours may be."""
    where = f"{response.status_code} {response.request.method} {path[:80]}"
    if response.status_code >= 500:
        problems.append(f"{where}: a fault")
    for name, value in (
        ("Cache-Control", "no-store"),
        ("Referrer-Policy", "no-referrer"),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
    ):
        if response.headers.get(name) != value:
            problems.append(f"{where}: {name} is {response.headers.get(name)}")
    # Without the nonce: chance spells every word in one some day.
    policy = NONCE.sub("", response.headers.get("Content-Security-Policy", ""))
    if "default-src 'none'" not in policy or "unsafe" in policy or "*" in policy or "http" in policy:
        problems.append(f"{where}: policy {policy}")
    if not is_page(response):
        return None
    page = Page(response, path.partition("?")[0])
    problems += [f"{where}: {wrong}" for wrong in page.wrong]
    if found := RAW.search(response.text):
        around = response.text[max(0, found.start() - 60) : found.end() + 30]
        problems.append(f"{where}: not escaped: {around!r}")
    if response.status_code == 200 and not page.title.strip():
        problems.append(f"{where}: no title")
    return page


def everything(house: House, *but: str) -> dict[str, str]:
    """A fingerprint of all that is on record, table by table."""
    found = {}
    with house.reading() as connection:
        for table in metadata.sorted_tables:
            if table.name not in but:
                rows = sorted(repr(row) for row in connection.execute(sa.select(table)))
                found[table.name] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return found


def test_every_page_is_strict_and_escapes_what_was_written(world: World) -> None:
    """Every GET with IDs that exist, and every page that they link to."""
    problems: list[str] = []
    shown = 0
    for rule, entry in rules(world, "GET"):
        for address in world.addresses(rule):
            for client in world.clients(entry):
                page = judge(client.get(address), address, problems)
                shown += page is not None
                for link in sorted(page.links if page else ())[:40]:
                    if "?" in link:
                        judge(client.get(link), link, problems)
    assert not problems, "\n".join(sorted(set(problems)))
    assert shown > 40
    assert custody.verify(world.house).sound


def test_what_does_not_exist_is_a_page_that_says_so(world: World) -> None:
    problems: list[str] = []
    huge = {"number": "9" * 30, "version": "9" * 30}
    for method in ("GET", "POST"):
        for rule, entry in rules(world, method):
            if not rule.arguments:
                continue
            for kind in ("random", "nul", "arabic", "mark", "long", "upper"):
                values = {name: huge.get(name) or strange(kind) for name in rule.arguments}
                address = fill(str(rule.rule), values)
                for client in world.clients(entry):
                    data = {"csrf_token": csrf(client)} if method == "POST" else None
                    answer = client.open(address, method=method, data=data)
                    judge(answer, address, problems)
                    # A form may be complained about before what it is for is looked up.
                    allowed = {303, 308, 400, 404, 405, 410, *((422,) if method == "POST" else ())}
                    if answer.status_code not in allowed:
                        problems.append(f"{answer.status_code} {method} {rule.rule} for {kind}")
    assert not problems, "\n".join(sorted(set(problems)))


def strange(kind: str) -> str:
    return {
        "random": new_id(lambda count: b"\x07" * count),
        "nul": "%00a%00",
        "arabic": "%D9%85%D8%B1%D9%8A%D9%85",
        "mark": "%3Cimg%20src=x%20onerror=alert(1)%3E",
        "long": "z" * 3000,
        "upper": "IMG-ZZZZ-ZZZZ-Z",
    }[kind]


def test_a_form_without_its_token_changes_nothing(world: World) -> None:
    problems: list[str] = []
    # When a card was last read moves with every page that its holder reads.
    before = everything(world.house, "staff_session", "card_opening")
    for rule, entry in rules(world, "POST"):
        for address in world.addresses(rule):
            for client in world.clients(entry):
                for data in ({}, {"csrf_token": "forged"}, {"csrf_token": "Zm9v.YmFy.baz", "name": "x"}):
                    answer = client.post(address, data=data)
                    judge(answer, address, problems)
                    if answer.status_code != 400:
                        problems.append(f"{answer.status_code} POST {rule.rule} without a token")
    assert not problems, "\n".join(sorted(set(problems)))
    assert everything(world.house, "staff_session", "card_opening") == before


def test_what_a_page_does_not_take_is_refused(world: World) -> None:
    problems: list[str] = []
    for rule in world.app.url_map.iter_rules():
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"} - rule.methods:
            address = fill(str(rule.rule), dict.fromkeys(rule.arguments, "1"))
            answer = browser(world.app).open(address, method=method)
            # Whoever is not signed in, or not known, learns no more than that.
            if answer.status_code not in (303, 400, 404, 405, 410):
                problems.append(f"{answer.status_code} {method} {rule.rule}")
    assert not problems, "\n".join(problems)


def test_an_unknown_host_gets_nothing_of_ours(world: World) -> None:
    for rule in world.app.url_map.iter_rules():
        address = fill(str(rule.rule), dict.fromkeys(rule.arguments, "1"))
        for host in ("evil.example", "127.0.0.1.evil.example", "evil.example:8000", "a b"):
            for method in ("GET", "POST"):
                answer = browser(world.app).open(address, method=method, headers={"Host": host})
                assert answer.status_code == 400, (rule.rule, host)
                assert "evil" not in answer.text + str(answer.headers)


def test_no_link_is_built_from_what_the_request_says(world: World) -> None:
    said = {"Host": "localhost", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    for rule, entry in rules(world, "GET"):
        for address in world.addresses(rule):
            for client in world.clients(entry):
                answer = client.get(address, headers=said)
                assert b"evil.example" not in answer.data
                assert "localhost" not in str(answer.headers)


@pytest.mark.parametrize(
    "path", ["../gate.py", "..%2fgate.py", "%2e%2e/gate.py", "vendor/../../gate.py", "/etc/passwd"]
)
def test_static_gives_no_other_file(world: World, path: str) -> None:
    answer = browser(world.app).get(f"/static/{path}")
    assert answer.status_code in (400, 404)
    assert b"import" not in answer.data


def test_the_cookie_is_for_us_alone(house: House, factory: Factory) -> None:
    client = browser(make_app(house))
    cookies = client.get("/sign-in").headers.getlist("Set-Cookie")
    assert cookies
    for cookie in cookies:
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "Domain" not in cookie
    assert "Strict-Transport-Security" not in client.get("/sign-in").headers


def test_behind_tls_the_cookie_and_the_browser_stay_there(house: House) -> None:
    secure = replace(house, terms=replace(house.terms, public_url="https://consent.hospital.example"))
    app = make_application(secure, Front(ROOT / "templates", b"a test's secret", behind_proxy=True))
    client = app.test_client()
    answer = client.get("/sign-in", base_url="https://consent.hospital.example")
    assert answer.status_code == 200
    assert "Secure" in answer.headers["Set-Cookie"]
    assert "max-age=" in answer.headers["Strict-Transport-Security"]
    assert client.get("/sign-in", headers={"Host": "127.0.0.1"}).status_code == 400


def test_what_is_too_large_is_refused_before_it_is_read(world: World) -> None:
    client = signed_in(world.app, world.house, world.person)
    # When a card was last read moves with every page that its holder reads.
    before = everything(world.house, "staff_session", "card_opening")
    for rule, entry in rules(world, "POST"):
        address = fill(str(rule.rule), dict.fromkeys(rule.arguments, "1"))
        answer = client.post(
            address, data=b"x", headers={"Content-Length": str(60 * 1024 * 1024)}, content_type="multipart/form-data"
        )
        assert answer.status_code in (303, 400, 404, 410, 413), (rule.rule, entry)
    assert everything(world.house, "staff_session", "card_opening") == before


@pytest.mark.parametrize("part", range(PARTS))
def test_no_form_falls_over_whatever_is_sent(world: World, part: int) -> None:
    problems: list[str] = []
    followed: set[str] = set()
    every = in_turn(world)
    for rule, entry in every[part * len(every) // PARTS : (part + 1) * len(every) // PARTS]:
        for ways in alike(world, rule, entry):
            for turn, (client, address, fields) in enumerate(ways):
                for data in islice(payloads(fields, rule.endpoint in SLOW), turn, None, len(ways)):
                    fresh = next(world.clients(entry), client) if rule.endpoint == "sign_in.out" else client
                    answer = fresh.post(address, data={**data, "csrf_token": csrf(fresh)})
                    judge(answer, address, problems)
                    if answer.status_code == 303 and answer.location not in followed:
                        followed.add(answer.location)
                        judge(fresh.get(answer.location), answer.location, problems)
    assert not problems, "\n".join(sorted(set(problems)))
    assert custody.verify(world.house).sound


def in_turn(world: World) -> list[tuple[Any, Any]]:
    """Every form: the patients' before the staff's, who change what those are about; last what shuts a door."""

    def place(each: tuple[Any, Any]) -> tuple[bool, bool, str, str]:
        rule, entry = each
        return rule.endpoint in ENDS, isinstance(entry, Act), rule.endpoint, rule.rule

    return sorted(rules(world, "POST"), key=place)


Way = tuple[FlaskClient, str, dict[str, Field]]


def alike(world: World, rule: Any, entry: Any) -> list[list[Way]]:
    """Every way to this form, together those that answer alike: they share the payloads between them."""
    found: dict[tuple[int | str, ...], list[Way]] = {}
    for address in islice(world.addresses(rule), 2):
        for client in world.clients(entry):
            shown = client.get(address)
            forms = Page(shown, address).forms if is_page(shown) else []
            mine = [form for form in forms if form.action.partition("?")[0] in ("", address)]
            fields = {name: known for form in mine for name, known in form.fields.items() if name != "csrf_token"}
            found.setdefault((shown.status_code, *sorted(fields)), []).append((client, address, fields))
    return list(found.values())


def payloads(fields: dict[str, Field], slow: bool) -> Iterator[dict[str, Any]]:
    """Nothing; rubbish in every field; rubbish beside right choices; everything twice; files that are none."""
    names = [*fields] or COMMON
    yield {}
    for place, rubbish in enumerate(GARBAGE[:2] if slow else GARBAGE):
        if place % 2 or not fields:
            yield dict.fromkeys(names, rubbish)
        else:
            yield {name: known.offered[:1] or rubbish for name, known in fields.items()}
    yield {name: ["", "\x00", "a\x00b"] for name in names}
    if slow:
        return
    yield {name: [*known.offered, WORDS, WORDS] for name, known in fields.items()}
    yield {name: (known.offered[-1:] or ["\x1b[31m\u202e"]) for name, known in fields.items()}
    yield {"strokes": '[[{"x":1e400,"y":"NaN"}]]', "boxes": "[[null]]", "x-" + "y" * 500: "z"}
    yield {name: (io.BytesIO(b"\xff\xd8\xff" + WORDS.encode()), MARK + ".jpg") for name in ("file", "screenshot")}
    yield {name: (io.BytesIO(b""), "empty.png") for name in ("file", "screenshot", *fields)}
