"""Several people sign one form, one after the other: while one is missing, it is not signed."""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from consent.acts import answering, attending, attesting, creating, declining, filing, signing, unlocking
from consent.acts.dossier import Person
from consent.acts.hands import CROSS, Hand
from consent.acts.house import House
from consent.acts.opening import open_text
from consent.acts.signing import Submission
from consent.records import consents, custody
from consent.rules.access import Role
from consent.rules.parties import Interpreter, Method, Witness
from consent.rules.refusal import NotFound
from tests.database.test_consent_pages import tablet, value
from tests.factory import Factory
from tests.refusals import refused
from tests.staffroom import make_app, new_person, send, signed_in, token_on

INK = (((1.0, 2.0), (30.5, 40.0)), ((9.0, 9.0),))
PIN = "482913"


def for_a_child(factory: Factory, house: House, born_on: date = date(2014, 5, 17)) -> str:
    """A draft that a mother signs for her child."""
    made = factory.draft(person=Person("Ana Lopez", born_on, language="en"))
    by = factory.clinician()
    attending.change_signer(house, by, made, "parent")
    creating.change_identity(house, by, made, ("name", "birth-date"), True, True)
    attending.change_representative(house, by, made, "Rosa Lopez", "mother")
    attending.change_authority(house, by, made, attending.Authority("legal-parent", "Birth certificate", concern="no"))
    return made


def with_everybody(factory: Factory, house: House) -> str:
    """Mother, child, interpreter and two witnesses: the longest plausible case."""
    made = for_a_child(factory, house)
    by = factory.clinician()
    attending.change_interpreter(house, by, made, Interpreter("No. 40417", "Mixteco", "in-person"))
    attending.change_witnesses(house, by, made, (Witness("Wanda Seen"), Witness("Walter Sawit")))
    return made


def ready(factory: Factory, made: str) -> tuple[str, str]:
    session_id = factory.handed_over(made)  # type: ignore[arg-type]
    return session_id, factory.answer(session_id)


def give(house: House, session_id: str, key: str, seen: str, hand: Hand) -> None:
    attesting.give(house, session_id, key, hand, seen)


def kept(house: House, made: str) -> list[tuple[Any, dict[str, Any]]]:
    """Every signature row with what is encrypted in it, in order."""
    with house.reading() as connection:
        return [
            (row, json.loads(open_text(house, connection, "signature", row.id, "content", row.content)))
            for row in consents.signatures(connection, made)
        ]


def text_of(house: House, made: str) -> str:
    with house.reading() as connection:
        pdf = filing.take_out(house, connection, made)
    found = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    return " ".join(found.stdout.decode().split())


def test_rules_08_09_and_25_a_mother_and_her_child_of_twelve_sign(factory: Factory, house: House) -> None:
    made = for_a_child(factory, house)
    session_id, seen = ready(factory, made)
    assert [who.key for who in answering.open_session(house, session_id).signatories] == ["signer", "assent"]
    refused(lambda: signing.sign(house, session_id, Submission("a", seen, typed="Rosa Lopez")), "signature-missing")
    give(house, session_id, "signer", seen, Hand(Method.DRAWN, "Rosa Lopez", strokes=INK))
    refused(lambda: signing.sign(house, session_id, Submission("a", seen)), "signature-missing")
    give(house, session_id, "assent", seen, Hand(Method.TYPED, "Ana Lopez", typed="ana"))
    assert signing.sign(house, session_id, Submission("a", seen)) == made
    assert signing.sign(house, session_id, Submission("a", seen)) == made
    rows = kept(house, made)
    assert [(row.place, row.role, row.method) for row, _ in rows] == [(1, "signer", "drawn"), (2, "assent", "typed")]
    assert [content["name"] for _, content in rows] == ["Rosa Lopez", "Ana Lopez"]
    # Rule 25: each of them names the one sealed file, and the words that were shown.
    with house.reading() as connection:
        pdf = filing.take_out(house, connection, made)
    assert {row.document_sha256 for row, _ in rows} == {hashlib.sha256(pdf).hexdigest()}
    assert len({row.shown_hash for row, _ in rows}) == len({row.disclosure_hash for row, _ in rows}) == 1
    with house.reading() as connection:
        row = consents.find(connection, made)
    assert row
    assert (row.signer, row.method, row.majority_on) == ("parent", "drawn", date(2032, 5, 17))
    text = text_of(house, made)
    for words in (
        "I sign for the patient.", "mother", "Birth certificate", "Parent by law", "The child says yes too",
        "I say yes too. I can say no later.", "Typed on the screen", "Proof seen by Person 1",
    ):  # fmt: skip
        assert words in text, words


def test_rule_09_the_childs_no_stops_it(factory: Factory, house: House) -> None:
    made = for_a_child(factory, house)
    session_id, seen = ready(factory, made)
    give(house, session_id, "signer", seen, Hand(Method.DRAWN, "Rosa Lopez", strokes=INK))
    client, _ = _at(make_app(house), house, session_id)
    page = client.get("/sign/with/assent").text
    assert "Ana Lopez, is this fine with you too?" in page
    assert "<title>The child says yes too" in page
    went = client.post("/sign/with/assent", data={"csrf_token": token_on(page), "go": "decline"})
    assert went.location == "/sign/decline?by=assent"
    assert "No one is mad at you" in client.get(went.location).text
    assert send(client, "/sign/decline?by=assent").location == "/sign/declined"
    with house.reading() as connection:
        row = consents.find(connection, made)
        entry = custody.about(connection, made)[-1]
    assert row
    assert row.status == "declined"
    assert json.loads(entry.entry)["about"]["by"] == "assent"
    assert kept(house, made) == []


@pytest.mark.parametrize("age", [6, 7])
def test_rule_09_the_child_is_asked_from_seven_on(factory: Factory, house: House, age: int) -> None:
    made = for_a_child(factory, house, date(house.today.year - age, 1, 2))
    session_id, seen = ready(factory, made)
    asked = [who.key for who in answering.open_session(house, session_id).signatories]
    assert ("assent" in asked) is (age >= 7)
    if age < 7:
        assert signing.sign(house, session_id, Submission("a", seen, typed="Rosa Lopez")) == made


def test_rule_15_a_mark_needs_witnesses_who_write_the_name(factory: Factory, house: House) -> None:
    made = factory.draft()
    session_id, seen = ready(factory, made)
    name = answering.open_session(house, session_id).dossier.person.name
    give(house, session_id, "signer", seen, Hand(Method.MARK, name, strokes=(((5.0, 5.0),),)))
    keys = [who.key for who in answering.open_session(house, session_id).signatories]
    assert keys == ["signer", "witness-1", "witness-2"]
    refused(lambda: signing.sign(house, session_id, Submission("a", seen)), "signature-missing")

    def witness(number: int, who: str, note: str = name) -> None:
        give(house, session_id, f"witness-{number}", seen, Hand(Method.DRAWN, who, strokes=INK, note=note))

    refused(lambda: witness(1, "Wanda Seen", note=" "), "marked-name-missing")
    refused(lambda: witness(1, name.upper()), "witness-takes-part")
    refused(lambda: witness(1, " "), "name-missing")
    witness(1, "Wanda Seen")
    refused(lambda: witness(2, "wanda  seen"), "witness-takes-part")
    witness(2, "Walter Sawit")
    with pytest.raises(NotFound):
        witness(3, "Third")
    signing.sign(house, session_id, Submission("a", seen))
    rows = kept(house, made)
    assert [(row.role, row.method) for row, _ in rows] == [
        ("signer", "mark"),
        ("witness", "drawn"),
        ("witness", "drawn"),
    ]
    assert [content.get("note") for _, content in rows] == [None, name, name]
    text = text_of(house, made)
    assert f"The mark of {name}, made on the screen" in text
    assert "I wrote down the name of the person who made it." in text
    assert text.count(f"Name, written by the {name} witness") == 2  # the label takes two lines


def test_rule_15_one_witness_where_the_organisation_says_so(factory: Factory, house: House) -> None:
    object.__setattr__(house.terms, "mark_witnesses", 1)
    made = factory.draft()
    session_id, seen = ready(factory, made)
    give(house, session_id, "signer", seen, Hand(Method.MARK, "Maria", strokes=CROSS, by_button=True))
    give(house, session_id, "witness-1", seen, Hand(Method.DRAWN, "Wanda Seen", strokes=INK, note="Maria"))
    assert signing.sign(house, session_id, Submission("a", seen)) == made
    assert "put on the screen with a button" in text_of(house, made)


def test_rules_15_and_17_a_new_mark_needs_new_witnesses_and_a_changed_answer_new_signatures(
    factory: Factory, house: House
) -> None:
    made = factory.draft()
    session_id, seen = ready(factory, made)
    mark = Hand(Method.MARK, "Maria", strokes=CROSS)
    give(house, session_id, "signer", seen, mark)
    give(house, session_id, "witness-1", seen, Hand(Method.TYPED, "Wanda", typed="Wanda", note="Maria"))
    give(house, session_id, "signer", seen, mark)
    assert answering.open_session(house, session_id).hand("witness-1") is None
    answering.save(house, session_id, {("channel", "instagram"): False})
    session = answering.open_session(house, session_id)
    assert session.hand("signer") is None
    refused(lambda: give(house, session_id, "signer", seen, mark), "answers-changed")
    answering.review(house, session_id, session.given.digest)
    refused(lambda: signing.sign(house, session_id, Submission("a", session.given.digest)), "signature-missing")
    answering.switch_language(house, session_id, "es")
    assert answering.open_session(house, session_id).hand("signer") is None


def test_unable_to_sign_two_of_the_staff_sign_with_their_pins(app: Flask, factory: Factory, house: House) -> None:
    first, second = (
        new_person(house, Role.CLINICIAN, name=name, email=f"{name.split()[0].lower()}@hospital.example")
        for name in ("Nora Field", "Sam Sutter")
    )
    for actor in (first, second):
        unlocking.set_pin(house, actor, "seven quiet lanterns by the sea", PIN)
    made = factory.draft()
    client, session_id = tablet(app, factory, made)
    seen = factory.answer(session_id)

    def staff(number: int, **fields: str) -> Any:
        path = f"/sign/with/staff-{number}?way=type"
        return send(client, path, seen=seen, go="sign", **{"typed": "N. F.", "pin": PIN, **fields})

    answer = send(client, "/sign/sign?way=unable", seen=seen, go="sign")
    assert answer.status_code == 422
    assert "Type how you say yes." in answer.text
    answer = send(client, "/sign/sign?way=unable", seen=seen, go="sign", note="Blinks twice for yes")
    assert answer.location == "/sign/with/staff-1"
    assert "Said yes in this way: Blinks twice for yes" in client.get("/sign/with/staff-1").text
    # Who left a field empty has tried no PIN, and need not wait.
    assert "The e-mail or the PIN is not right" in staff(1, email="nora@hospital.example", pin="").text
    assert "The e-mail or the PIN is not right" in staff(1, email="nora@hospital.example", pin="111222").text
    send(client, "/sign/with/staff-1?way=type", seen=seen, go="way-draw", email="nora@hospital.example", pin="111222")
    page = client.get("/sign/with/staff-1").text
    assert (value(page, "email"), value(page, "pin")) == ("nora@hospital.example", "")
    assert "The e-mail or the PIN is not right" in staff(1, email="nobody@hospital.example").text
    factory.clock.pass_(minutes=30)
    answer = staff(1, email=" Nora@hospital.example ")
    assert answer.location == "/sign/with/staff-2", answer.text
    answer = staff(2, email="nora@hospital.example")
    assert answer.status_code == 422
    assert "This person has signed here." in answer.text
    assert PIN not in answer.text
    assert staff(2, email="sam@hospital.example", typed="S. S.").location == "/sign/finish"
    assert PIN not in json.dumps({key: str(hand) for key, hand in _hands(house, session_id).items()})
    assert send(client, "/sign/finish", seen=seen, claim="one", go="sign").location == "/sign/done"
    rows = kept(house, made)
    assert [(row.role, row.staff_id) for row, _ in rows] == [
        ("signer", None), ("staff", first.id), ("staff", second.id),
    ]  # fmt: skip
    assert [content["name"] for _, content in rows][1:] == ["Nora Field", "Sam Sutter"]
    text = text_of(house, made)
    assert text.count("Could not sign. Said yes in this way: Blinks twice for yes") == 3
    with house.reading() as connection:
        entry = custody.about(connection, made)[-1]
    assert json.loads(entry.entry)["about"]["staff"] == [first.id, second.id]
    nurse = signed_in(app, house, replace(first, second_factor=True))
    assert ", could not sign, so two of the staff signed" in nurse.get(f"/consents/{made}").text


def test_guessing_a_pin_is_slowed_down_whoever_is_asked_for(app: Flask, factory: Factory, house: House) -> None:
    made = factory.draft()
    client, session_id = tablet(app, factory, made)
    seen = factory.answer(session_id)
    send(client, "/sign/sign?way=unable", seen=seen, go="sign", note="Nods")
    texts = [
        send(
            client, "/sign/with/staff-1?way=type", seen=seen, typed="x", email=f"p{n}@hospital.example", pin="111222"
        ).text
        for n in range(12)
    ]
    assert "There were too many wrong tries." in texts[-1]


def test_rule_14_the_interpreter_signs_and_stands_on_the_paper(app: Flask, factory: Factory, house: House) -> None:
    made = factory.draft()
    attending.change_interpreter(house, factory.clinician(), made, Interpreter("No. 40417", "es", "phone"))
    client, session_id = tablet(app, factory, made)
    seen = factory.answer(session_id)
    ink = '[[{"x": 1, "y": 2}]]'
    assert send(client, "/sign/sign", seen=seen, go="sign", strokes=ink).location == "/sign/with/interpreter"
    page = client.get("/sign/with/interpreter").text
    assert "The interpreter is not in this room." in page
    assert 'id="pad"' not in page
    assert "Name or number of the interpreter" in page
    assert "Type your full name" not in page
    assert value(page, "typed") == "No. 40417"
    assert send(client, "/sign/with/interpreter", seen=seen, go="sign", typed="No. 40417").location == "/sign/finish"
    assert send(client, "/sign/finish", seen=seen, claim="one", go="sign").location == "/sign/done"
    text = text_of(house, made)
    for words in ("Interpreter", "No. 40417", "Español", "By phone", "I left nothing out, and I added nothing."):
        assert words in text, words


def test_the_longest_case_is_printed_whole(factory: Factory, house: House) -> None:
    made = with_everybody(factory, house)
    session_id, seen = ready(factory, made)
    give(house, session_id, "signer", seen, Hand(Method.DRAWN, "Rosa Lopez", strokes=INK))
    give(house, session_id, "assent", seen, Hand(Method.DRAWN, "Ana Lopez", strokes=INK))
    give(house, session_id, "interpreter", seen, Hand(Method.TYPED, "No. 40417", typed="No. 40417"))
    give(house, session_id, "witness-1", seen, Hand(Method.DRAWN, "Wanda Seen", strokes=INK))
    give(house, session_id, "witness-2", seen, Hand(Method.TYPED, "Walter Sawit", typed="Walter Sawit"))
    signing.sign(house, session_id, Submission("a", seen))
    assert [row.role for row, _ in kept(house, made)] == ["signer", "assent", "interpreter", "witness", "witness"]
    text = text_of(house, made)
    for words in ("Witness 1", "Witness 2", "I saw Rosa Lopez sign this form.", "Mixteco", "In the room"):
        assert words in text, words


def test_nobody_signs_out_of_turn_or_past_a_gap(app: Flask, factory: Factory, house: House) -> None:
    made = for_a_child(factory, house)
    client, session_id = tablet(app, factory, made)
    assert client.get("/sign/with/assent").location.startswith("/sign/page/")
    factory.answer(session_id, on_screen=False)
    assert client.get("/sign/with/assent").location == "/sign/electronic"
    answering.accept(house, session_id, answering.open_session(house, session_id).disclosure_hash)
    assert client.get("/sign/with/assent").location == "/sign/sign"
    assert client.get("/sign/finish").location == "/sign/sign"
    assert client.get("/sign/with/witness-1").status_code == 404
    assert client.get("/sign/with/staff-1").status_code == 404


def test_what_is_drawn_and_not_given_is_kept_encrypted_and_comes_back(
    app: Flask, factory: Factory, house: House
) -> None:
    made = factory.draft()
    client, session_id = tablet(app, factory, made)
    factory.answer(session_id)
    ink = '[[{"x":1,"y":2}]]'
    page = client.get("/sign/sign").text
    kept_so_far = client.post(
        "/sign/sign?way=draw", data={"csrf_token": token_on(page), "go": "back", "strokes": ink, "pin": PIN}
    )
    assert kept_so_far.location == "/sign/electronic"
    assert value(client.get("/sign/sign").text, "strokes").replace("&#34;", '"') == ink
    with house.reading() as connection:
        row = consents.find_session(connection, session_id)
    assert row
    assert b'"x"' not in row.answers
    declining.decline(house, session_id, earlier_too=False)
    assert answering.open_session(house, session_id).given.ink == {}


def test_rule_15_nothing_is_refused_for_being_simple(app: Flask, factory: Factory, house: House) -> None:
    """Neat X's and dots, each sent to the page as the browser sends it: all of them are taken."""
    made = factory.draft()
    client, session_id = tablet(app, factory, made)
    seen = factory.answer(session_id)
    token = token_on(client.get("/sign/sign?way=mark").text)
    dice = random.Random(15)
    taken = 0
    for number in range(60):
        x, y, size = dice.uniform(0, 700), dice.uniform(0, 200), dice.choice((2, 8, 20, 60))
        cross = [[(x, y), (x + size, y + size)], [(x + size, y), (x, y + size)]]
        lines = cross if number < 50 else [[(x, y)]]
        strokes = json.dumps([[{"x": px, "y": py} for px, py in line] for line in lines])
        sent = {"csrf_token": token, "seen": seen, "go": "sign", "strokes": strokes}
        taken += client.post("/sign/sign?way=mark", data=sent).location == "/sign/with/witness-1"
    assert taken == 60


def test_a_thousand_strokes_in_one_signature_are_one_signature(factory: Factory, house: House) -> None:
    """500 X's and 100 dots, all in the same box."""
    made = factory.draft()
    session_id, seen = ready(factory, made)
    lines = [((n, 10.0), (n + 6.0, 16.0)) for n in range(1000)] + [((n, 40.0),) for n in range(100)]
    assert signing.sign(house, session_id, Submission("a", seen, strokes=tuple(lines))) == made
    assert len(kept(house, made)[0][1]["strokes"]) == 1100


def _at(app: Flask, house: House, session_id: str) -> tuple[FlaskClient, str]:
    from consent.vault.secrets import new_token

    token, digest = new_token()
    with house.scratch() as deed:
        consents.change_session(deed.connection, session_id, None, token_hash=digest)
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["signing"] = token
    return client, session_id


def _hands(house: House, session_id: str) -> Any:
    return answering.open_session(house, session_id).given.hands
