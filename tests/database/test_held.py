"""What was typed or chosen is kept for an hour, encrypted, for the same account and nobody else."""

from __future__ import annotations

import html
import io
import re
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from consent.acts import held
from consent.acts.house import House
from consent.records.tables.custody import data_key
from consent.records.tables.staff import held as table
from consent.rules.access import Role
from consent.rules.refusal import NotFound
from tests.factory import Clock, Factory
from tests.staffroom import PASSWORD, browser, make_app, new_person, send, signed_in, token_on

NAME = "O'Brien <b>Zoë</b>"


def test_a_file_is_kept_for_its_account_for_an_hour(house: House, factory: Factory, clock: Clock) -> None:
    one, other = factory.staff(Role.CLINICIAN), factory.staff(Role.CLINICIAN)
    held_id = held.hold_file(house, one, b"\x00picture\n\xff", "wound.jpg")
    kept = held.take_file(house, one, held_id)
    assert (kept.data, kept.name) == (b"\x00picture\n\xff", "wound.jpg")
    with pytest.raises(NotFound):
        held.take_file(house, other, held_id)
    with house.reading() as connection:
        row = connection.execute(sa.select(table)).one()
    assert b"picture" not in row.content
    clock.pass_(minutes=61)
    with pytest.raises(NotFound):
        held.take_file(house, one, held_id)
    assert held.sweep(house) == 1
    with house.reading() as connection:
        assert connection.execute(sa.select(data_key).where(data_key.c.id == row.key_id)).first() is None


def test_the_oldest_goes_when_there_is_too_much(house: House, factory: Factory, clock: Clock) -> None:
    one = factory.staff(Role.CLINICIAN)
    ids = []
    for _ in range(held.MOST_KEPT + 1):
        clock.pass_(seconds=1)
        ids.append(held.hold_file(house, one, b"x"))
    with pytest.raises(NotFound):
        held.take_file(house, one, ids[0])
    assert held.take_file(house, one, ids[1]).data == b"x"


def test_idle_time_gives_back_what_was_typed_to_the_same_account_only(house: House, clock: Clock) -> None:
    app = make_app(replace(house, terms=replace(house.terms, second_factor_required=False)))
    head = new_person(house, Role.ADMINISTRATOR, name="Head", email="head@hospital.example")
    new_person(house, Role.ADMINISTRATOR, name="Other", email="other@hospital.example")
    client = signed_in(app, house, head)
    page = client.get("/people/invite").text
    clock.pass_(minutes=16)
    typed = {"name": NAME, "email": "zoe@hospital.example", "unit": "", "roles": ["auditor", "clinician"]}
    sent = client.post("/people/invite", data={"csrf_token": token_on(page), "password": "hunter22", **typed})
    assert (sent.status_code, sent.location) == (303, "/sign-in")
    assert "What you sent in the last hour is kept" in client.get("/sign-in").text
    other = browser(app)
    landed = send(other, "/sign-in", email="other@hospital.example", password=PASSWORD)
    assert landed.location == "/"
    assert other.get("/kept").location == "/"
    back = send(client, "/sign-in", email="head@hospital.example", password=PASSWORD)
    assert back.location == "/kept"
    offer = client.get("/kept").text
    assert "What you typed is kept" in offer
    assert "hunter22" not in offer
    form = re.search(r'<form method="post" action="(/people/invite)">(.*?)</form>', offer, re.S)
    assert form
    fields = re.findall(r'name="(\w+)" value="([^"]*)"', form.group(2))
    values: dict[str, list[str]] = {}
    for name, value in fields:
        values.setdefault(name, []).append(html.unescape(value))
    assert values["name"] == [NAME]
    assert values["roles"] == ["auditor", "clinician"]
    done = client.post(form.group(1), data=values)
    assert done.status_code == 303
    assert done.location.endswith("/link")
    assert client.get("/kept").location == "/"


def test_a_chosen_file_survives_an_idle_time_out(house: House, app: Flask, factory: Factory, clock: Clock) -> None:
    nurse = factory.staff(Role.CLINICIAN)
    client = signed_in(app, house, nurse)
    page = client.get("/account/pin").text
    clock.pass_(minutes=16)
    data = {"csrf_token": token_on(page), "note": "x", "picture": (io.BytesIO(b"bytes"), "a.jpg")}
    client.post("/account/pin", data=data, content_type="multipart/form-data")
    waiting = held.waiting_form(house, nurse)
    assert waiting
    assert dict(waiting.fields)["note"] == "x"
    assert held.take_file(house, nurse, dict(waiting.fields)["picture_held"]).data == b"bytes"


def test_nothing_is_kept_for_a_form_without_its_token_or_a_sign_in_that_ended_otherwise(
    house: House, app: Flask, factory: Factory, clock: Clock
) -> None:
    nurse = factory.staff(Role.CLINICIAN)
    client = signed_in(app, house, nurse)
    page = client.get("/account/pin").text
    clock.pass_(minutes=16)
    client.post("/account/pin", data={"csrf_token": "forged", "note": "x"})
    assert held.waiting_form(house, nurse) is None
    client = signed_in(app, house, nurse)
    page = client.get("/account/pin").text
    from consent.acts import sign_in

    sign_in.sign_out_everywhere(house, nurse)
    client.post("/account/pin", data={"csrf_token": token_on(page), "note": "x"})
    assert held.waiting_form(house, nurse) is None


def test_discarding_forgets(house: House, app: Flask, factory: Factory) -> None:
    nurse = factory.staff(Role.CLINICIAN)
    held.hold_form(house, nurse.id, "/account/pin", [("note", "x")])
    client = signed_in(app, house, nurse)
    waiting = held.waiting_form(house, nurse)
    assert waiting
    gone = client.post("/kept/discard", data={"csrf_token": token_on(client.get("/kept").text), "id": waiting.id})
    assert gone.location == "/kept"
    assert client.get("/kept").location == "/"
    assert timedelta(hours=1) == held.KEPT_FOR
