"""A house in which one of everything exists, and a browser at each of its doors."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from consent.acts import (
    answering,
    arriving,
    cards,
    copying,
    creating,
    doors,
    dossier,
    handing_over,
    incidents,
    looking,
    on_paper,
    own_phone,
    posts,
    releasing,
    revocation,
    scanning,
    showing_tablet,
    showings,
    signing,
    speaking,
    transcribing,
    unlinking,
)
from consent.acts.actor import Actor
from consent.acts.change_of_mind import Change, Scope, Way
from consent.acts.dossier import Person
from consent.acts.house import House
from consent.records import staff as records
from consent.records.base import metadata
from consent.rules.access import Act, Role
from consent.rules.identifiers import new_id
from consent.web.desk import CARD_COOKIE, Door
from tests.database.out_there import ADDRESS, ALLOWED, TICKS, Office
from tests.factory import FORM, Clock, Factory, picture_bytes
from tests.staffroom import browser, new_person, signed_in

# A variable of an address -> the table that has its IDs.
TABLES = {
    "request": "revocation_request",
    "reset": "second_factor_reset",
    "person": "image_person",
    "link": "image_link",
    "clearance": "image_clearance",
    "scan": "paper_scan",
    "page": "paper_page",
}
WORDS = {
    "form": [FORM],
    "version": ["1"],
    "language": ["en", "es"],
    "kind": ["medium", "purpose", "channel", "account"],
    "part": ["description", "payment", "event"],
    "number": ["1", "2"],
    "code": ["what", "change"],
    "filename": ["site.css"],
}
MOST_IDS = 3


@dataclass
class World:
    """One of everything. `person`: somebody with every role, for whom the gate is open."""

    house: House
    factory: Factory
    app: Flask
    person: Actor
    tokens: dict[Door, list[str]] = field(default_factory=dict)
    card_id: str = ""
    pages: list[str] = field(default_factory=list)

    def clients(self, entry: Act | Door) -> Iterator[FlaskClient]:
        """A fresh browser for each way in at this door."""
        if entry is Door.OPEN:
            yield browser(self.app)
        elif isinstance(entry, Act) or entry is Door.STAFF:
            yield signed_in(self.app, self.house, self.person)
        elif entry is Door.CARD:
            # Opened afresh each time: one of the pages closes it.
            client, opened = browser(self.app), doors.open_card(self.house, self.card_id)
            client.set_cookie(CARD_COOKIE, opened.browser)
            with client.session_transaction() as session:
                session[entry.value] = opened.token
            yield client
        else:
            for token in self.tokens.get(entry, []):
                client = browser(self.app)
                with client.session_transaction() as session:
                    session[entry.value] = token
                yield client

    def addresses(self, rule: Any) -> Iterator[str]:
        """Addresses of this endpoint that lead to things that exist."""
        yield from dict.fromkeys(self._addresses(rule))

    def _addresses(self, rule: Any) -> Iterator[str]:
        if not rule.arguments:
            yield str(rule.rule)
            return
        names = sorted(rule.arguments)
        offered = {name: self._values(name) for name in names}
        for place in range(max(len(values) for values in offered.values())):
            chosen = {name: offered[name][place % len(offered[name])] for name in names}
            if "image_id" in chosen and ("person_id" in chosen or "link_id" in chosen):
                chosen |= self._together("person_id" if "person_id" in chosen else "link_id", place)
            if "page_id" in chosen:
                chosen |= self._sheet()
            yield fill(str(rule.rule), chosen)

    def _values(self, name: str) -> list[str]:
        if name in WORDS:
            return WORDS[name]
        if name == "key":
            return self.pages
        if name == "token":
            return [secrets.token_urlsafe(16)]
        noun = name.removesuffix("_id")
        table = metadata.tables.get(TABLES.get(noun, noun))
        if table is None:
            return [new_id(secrets.token_bytes)]
        state = next((table.c[column] for column in ("status", "state") if column in table.c), table.c.id)
        with self.house.reading() as connection:
            rows = connection.execute(sa.select(state, table.c.id)).all()
        # One in each state: they behave differently.
        found = {row[0]: str(row.id) for row in rows if row.id != self.person.id}
        return list(found.values())[:MOST_IDS] or [new_id(secrets.token_bytes)]

    def _sheet(self) -> dict[str, str]:
        table = metadata.tables["paper_page"]
        with self.house.reading() as connection:
            row = connection.execute(sa.select(table.c.id, table.c.scan_id).order_by(table.c.id)).first()
        return {"page_id": row.id, "scan_id": row.scan_id} if row is not None else {}

    def _together(self, name: str, place: int) -> dict[str, str]:
        table = metadata.tables["image_person" if name == "person_id" else "image_link"]
        with self.house.reading() as connection:
            rows = connection.execute(sa.select(table.c.id, table.c.image_id)).all()
        row = rows[place % len(rows)]
        return {name: row.id, "image_id": row.image_id}


def fill(rule: str, values: dict[str, str]) -> str:
    """The address of a rule with these values."""
    for name, value in values.items():
        for converter in ("", "int:", "path:", "string:"):
            rule = rule.replace(f"<{converter}{name}>", value)
    return rule


def furnish(house: House, factory: Factory, clock: Clock, app: Flask, who: Person, words: str) -> World:
    """Make one of everything. `who`: the patient; `words`: what everybody writes wherever words are asked."""
    person = factory.staff(*Role)
    world = World(house, factory, app, person)
    office = Office(house, factory)
    factory.ready_organisation()
    factory.account("instagram", "@dradams")
    made = {"actor": person, "description": words}
    signed = factory.signed_consent(allow=ALLOWED, person=who, **made)
    again = {**made, "patient_id": factory.patient_of(signed)}
    factory.draft(**again)
    creating.discard(house, person, factory.draft(**again))
    world.tokens[Door.SIGNING] = list(_tablets(world, again, who))
    card = cards.make_card(house, person, signed)
    world.card_id = card.card_id
    offer = copying.offer_to_phone(house, person, signed)
    world.tokens[Door.COPY] = [copying.open_link(house, offer.address.rpartition("/")[2])]

    image = factory.ready_picture(signed, actor=person)
    factory.reviewed_picture(actor=person)
    linked = factory.ready_picture(signed, actor=person)
    unlinking.ask(house, factory.clinician(), _link_of(house, linked), words, reason=words)
    releasing.release(house, person, image, "instagram", "public-education", interest_reason=words)
    posts.plan(house, person, posts.Plan((image,), "instagram", "public-education", None, words, TICKS, words))
    office.live(image, address="1")
    incidents.report(house, person, incidents.Found("tiktok", "promotion", None, ADDRESS + "odd", words, (image,)))
    revoked = factory.signed_consent(allow=ALLOWED, **made)
    office.live(factory.ready_picture(revoked, actor=person), address="2")
    change = Change(revoked, Scope.FORM, Way.TELEPHONE, words=words, known_how=words, doubt=True)
    revocation.revoke(house, person, change)
    new_person(house, Role.CLINICIAN)
    other_ways(world, again, words)
    world.tokens[Door.SHOWING] = [_to_look_at(world, again, words)]
    clock.pass_(minutes=1)
    return world


def other_ways(world: World, draft: dict[str, Any], words: str) -> None:
    """A paper that waits for its check, another that is being taken in, a telephone call, an own phone."""
    house, factory, person = world.house, world.factory, world.person
    second = factory.staff(Role.CLINICIAN)
    for typed in (False, True):
        made = factory.draft(**draft)
        on_paper.print_form(house, person, made, "letter")
        scan_id = scanning.begin(house, person, made, on_paper.prints(house, person, made)[0].code)
        scanning.add(house, person, scan_id, picture_bytes(7))
        if typed:
            session = transcribing.open_case(house, person, scan_id).session
            uses = dict.fromkeys(session.version.questions(session.dossier.asked), True)
            read = transcribing.Reading(uses, "2-years", {"signer": words}, house.today)
            transcribing.transcribe(house, person, scan_id, read)
    made = factory.draft(**draft)
    session = speaking.session_of(house, person, made)
    uses = dict.fromkeys(session.version.questions(session.dossier.asked), True)
    with house.reading() as connection:
        row = records.find(connection, second.id)
    assert row is not None
    spoken_id = speaking.record(
        house, person, made, speaking.Said(uses, "2-years", words, words, words, True, row.email)
    )
    speaking.confirm(house, second, spoken_id, True)
    made = factory.draft(**draft)
    own_phone.send(house, person, made, "shown")
    waiting = own_phone.to_pass_on(house, person, made)
    assert waiting is not None
    with house.reading() as connection:
        born_on = dossier.load(house, connection, made).person.born_on
    token = arriving.arrive(house, waiting.address.rpartition("/")[2], born_on, waiting.code, "192.0.2.1")
    session_id = doors.find(house, "signing", token)
    assert session_id
    seen = factory.answer(session_id)
    factory.sign(session_id, signing.Submission(made, seen, True, typed=words))
    world.tokens[Door.SIGNING].append(token)


def _to_look_at(world: World, draft: dict[str, Any], words: str) -> str:
    """A tablet with a patient who looks at a planned post; another one he has agreed to."""
    house, factory, person = world.house, world.factory, world.person
    made = factory.signed_consent(allow=(*ALLOWED, ("permission", "show-first")), **draft)
    image = factory.ready_picture(made, actor=person)
    for caption in (words, f"{words}."):
        proposed = showings.Proposed((image,), "instagram", "public-education", None, caption)
        showings.plan(house, person, proposed)
    who = looking.Looking(made, "en", Actor("card", "x"))
    seen = looking.next_one(house, who)
    assert seen
    looking.answer(house, who, seen.id, agrees=True)
    return showing_tablet.hand_over(house, person, "no-browser", made)


def _tablets(world: World, draft: dict[str, Any], who: Person) -> Iterator[str]:
    """The tablet while the patient answers, and another one on which he has signed."""
    house, factory = world.house, world.factory
    for signs in (False, True):
        consent_id = factory.draft(**draft)
        token = handing_over.hand_over(house, world.person, "no-browser", consent_id)
        session_id = doors.find(house, "signing", token)
        assert session_id
        seen = factory.answer(session_id)
        session = answering.open_session(house, session_id)
        world.pages = [page.key for page in session.version.pages(session.dossier.asked, session.facts, "en")]
        if signs:
            factory.sign(session_id, signing.Submission(consent_id, seen, True, typed=who.name))
        yield token


def _link_of(house: House, image_id: str) -> str:
    table = metadata.tables["image_link"]
    with house.reading() as connection:
        return str(connection.execute(sa.select(table.c.id).where(table.c.image_id == image_id)).scalar_one())
