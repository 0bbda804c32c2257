"""Signing on the signer's own phone: one link, one phone, two questions, and no way around them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from consent.acts import answering, arriving, copying, doors, drafts, handing_over, own_phone, signing, unlocking
from consent.acts.actor import SYSTEM, Actor
from consent.acts.house import House
from consent.records import consents, tasks, ways
from consent.records import custody as trail
from consent.records.tables.custody import custody
from consent.rules.access import Role
from consent.rules.refusal import NotFound, Refused
from tests.factory import Clock, Factory, somebody
from tests.refusals import refused
from tests.staffroom import browser, make_app, path_of, send, signed_in, token_on

PLACE = "192.0.2.7"
BORN = date(1980, 5, 17)
BIRTHDAY = {"born-day": "17", "born-month": "5", "born-year": "1980"}


def sent(factory: Factory, **draft: Any) -> tuple[str, str, str]:
    """A link that is out: the consent, the link's token, the code."""
    made = factory.draft(**draft)
    own_phone.send(factory.house, factory.clinician(), made, "shown")
    waiting = own_phone.to_pass_on(factory.house, factory.clinician(), made)
    assert waiting is not None
    return made, waiting.address.rpartition("/")[2], waiting.code


def arrived(factory: Factory, **draft: Any) -> tuple[str, str, str]:
    """The signer has opened it: the consent, the phone's token, the session."""
    made, token, code = sent(factory, **draft)
    phone = arriving.arrive(factory.house, token, BORN, code, PLACE)
    session_id = doors.find(factory.house, "signing", phone)
    assert session_id is not None
    return made, phone, session_id


def state(factory: Factory, made: str) -> str:
    return own_phone.links(factory.house, factory.clinician(), made)[0].state


def status(house: House, made: str) -> str:
    with house.reading() as connection:
        row = consents.find(connection, made)
        assert row is not None
        return str(row.status)


def sign(factory: Factory, session_id: str) -> None:
    seen = factory.answer(session_id)
    factory.sign(session_id, signing.Submission("a", seen, True, typed="Maria Lopez"))


def test_it_is_signed_on_the_phone_and_the_staff_see_how_it_stands(factory: Factory, house: House) -> None:
    made, token, code = sent(factory)
    assert state(factory, made) == "sent"
    phone = arriving.arrive(house, token, BORN, f"{code[:3]} {code[3:]}", PLACE)
    session_id = doors.find(house, "signing", phone)
    assert session_id is not None
    assert answering.open_session(house, session_id).on_own_phone
    assert state(factory, made) == "opened"
    sign(factory, session_id)
    assert (state(factory, made), status(house, made)) == ("signed", "signed")
    assert own_phone.settle(house, SYSTEM) == 1
    assert own_phone.settle(house, SYSTEM) == 0
    assert state(factory, made) == "signed"
    assert copying.give_to_own_phone(house, Actor("signer", session_id), made).startswith(b"%PDF")
    assert copying.given(house, made) == "phone"
    arriving.finish(house, session_id)
    assert doors.find(house, "signing", phone) is None


def test_a_mail_program_that_looks_ahead_spends_no_link(factory: Factory, house: House) -> None:
    _, token, code = sent(factory)
    for _ in range(3):
        assert arriving.find_waiting(house, token) is not None
    arriving.arrive(house, token, BORN, code, PLACE)


@pytest.mark.parametrize("what", ["code", "born", "no-date", "unknown", "dead"])
def test_whatever_is_wrong_the_answer_is_the_same(factory: Factory, house: House, what: str, clock: Clock) -> None:
    made, token, code = sent(factory)
    born: date | None = BORN
    if what == "code":
        code = "000000" if code != "000000" else "111111"
    elif what == "born":
        born = date(1980, 5, 18)
    elif what == "no-date":
        born = None
    elif what == "unknown":
        token = "x" * 22
    else:
        own_phone.cancel(house, factory.clinician(), made)
    found = refused(lambda: arriving.arrive(house, token, born, code, PLACE))
    assert found.codes == ("code-wrong",)
    assert [dict(each.facts) for each in found.reasons] == [{}]
    # Where the birth date was opened to be compared, the trail says so.
    with house.reading() as connection:
        told = [each.act for each in trail.about(connection, made) if each.act == "consent.refuse-link"]
    assert told == (["consent.refuse-link"] if what in {"code", "born", "no-date"} else [])


def test_wrong_codes_are_slowed_down_for_this_link_from_wherever_they_come(factory: Factory, house: House) -> None:
    _, token, code = sent(factory)
    wrong = "000000" if code != "000000" else "111111"
    slowed = 0
    for number in range(12):
        found = refused(lambda n=number: arriving.arrive(house, token, BORN, wrong, f"192.0.2.{n}"))  # type: ignore[misc]
        slowed += "wait" in found.codes
    assert slowed >= 6
    refused(lambda: arriving.arrive(house, token, BORN, code, "192.0.2.99"), "wait")


def test_the_right_code_opens_again_when_the_pause_is_over(factory: Factory, house: House, clock: Clock) -> None:
    _, token, code = sent(factory)
    for _ in range(8):
        with pytest.raises(Refused):
            arriving.arrive(house, token, BORN, "999999" if code != "999999" else "111111", PLACE)
    clock.pass_(hours=2)
    assert arriving.arrive(house, token, BORN, code, PLACE)


def test_a_link_opens_on_one_phone_and_that_one_may_come_back(factory: Factory, house: House) -> None:
    _, token, code = sent(factory)
    phone = arriving.arrive(house, token, BORN, code, PLACE)
    assert arriving.find_waiting(house, token) is None
    refused(lambda: arriving.arrive(house, token, BORN, code, "192.0.2.8"), "code-wrong")
    assert arriving.is_open_here(house, token, phone)
    assert not arriving.is_open_here(house, token, "another phone's")


def test_a_new_link_ends_the_old_one_and_keeps_the_answers(factory: Factory, house: House) -> None:
    made, phone, session_id = arrived(factory)
    factory.answer(session_id)
    own_phone.send(house, factory.clinician(), made, "shown")
    assert doors.find(house, "signing", phone) is None
    assert [each.state for each in own_phone.links(house, factory.clinician(), made)] == ["sent", "cancelled"]
    again = own_phone.to_pass_on(house, factory.clinician(), made)
    assert again is not None
    fresh = arriving.arrive(house, again.address.rpartition("/")[2], BORN, again.code, PLACE)
    found = doors.find(house, "signing", fresh)
    assert found == session_id
    assert answering.open_session(house, session_id).given.term == "2-years"


@pytest.mark.parametrize("how", ["cancel", "edit", "tablet"])
def test_what_ends_a_link_ends_it_on_the_phone_too(factory: Factory, house: House, how: str) -> None:
    made, phone, session_id = arrived(factory)
    if how == "cancel":
        own_phone.cancel(house, factory.clinician(), made)
        assert status(house, made) == "draft"
    elif how == "edit":
        with drafts.editing(house, factory.clinician(), made, "form"):
            pass
    else:
        handing_over.hand_over(house, factory.clinician(), "no-browser", made)
    assert doors.find(house, "signing", phone) is None
    assert state(factory, made) == "cancelled"
    if how != "tablet":
        seen = answering.open_session(house, session_id).given.digest
        refused(lambda: signing.sign(house, session_id, signing.Submission("a", seen, True, typed="x")))
    refused(lambda: own_phone.cancel(house, factory.clinician(), made), "link-not-open")


def test_after_72_hours_it_is_a_draft_again_and_somebody_is_told(factory: Factory, house: House, clock: Clock) -> None:
    made, phone, _ = arrived(factory)
    clock.pass_(hours=71, minutes=59)
    assert doors.find(house, "signing", phone) is not None
    assert own_phone.settle(house, SYSTEM) == 0
    clock.pass_(minutes=1)
    assert doors.find(house, "signing", phone) is None
    assert state(factory, made) == "expired"
    assert own_phone.settle(house, SYSTEM) == 1
    assert (state(factory, made), status(house, made)) == ("expired", "draft")
    with house.reading() as connection:
        waiting = tasks.open_for(connection, factory.clinician().id, [], 50)
    assert [each.kind for each in waiting] == ["link-lapsed"]
    own_phone.send(house, factory.clinician(), made, "shown")
    assert state(factory, made) == "sent"


def test_nobody_tries_out_the_pins_of_staff_on_his_own_phone(factory: Factory, house: House) -> None:
    _, _, session_id = arrived(factory)
    with pytest.raises(NotFound):
        unlocking.unlock(house, session_id, "271828")


def test_the_tablet_has_no_own_copy(factory: Factory, house: House) -> None:
    made = factory.draft()
    session_id = factory.handed_over(made)
    sign(factory, session_id)
    with pytest.raises(NotFound):
        copying.give_to_own_phone(house, Actor("signer", session_id), made)
    with pytest.raises(NotFound):
        arriving.finish(house, session_id)


@pytest.fixture
def mails(tmp_path: Path) -> Iterator[Any]:
    def read() -> list[dict[str, str]]:
        kept = tmp_path / "mail.jsonl"
        return [json.loads(line) for line in kept.read_text().splitlines()] if kept.exists() else []

    return read


def test_the_mail_goes_only_to_an_address_agreed_to_and_says_nothing(
    factory: Factory, house: House, mails: Any
) -> None:
    plain = factory.draft()
    assert not own_phone.has_address(house, factory.clinician(), plain)
    refused(lambda: own_phone.send(house, factory.clinician(), plain, "mail"), "mail-no-address")
    person = replace(somebody(900), email="m.lopez@example.org", electronic_contact=True)
    made = factory.draft(person=person)
    assert own_phone.has_address(house, factory.clinician(), made)
    own_phone.send(house, factory.clinician(), made, "mail")
    waiting = own_phone.to_pass_on(house, factory.clinician(), made)
    assert waiting is not None
    assert waiting.address == ""
    (mail,) = mails()
    said = json.dumps(mail)
    for secret in (waiting.code, "Maria", "Lopez 900", "MRN", "1980", "burn", "photo", "consent"):
        assert secret not in said.replace("m.lopez@example.org", "").replace("Patient Media Consent", ""), secret
    assert "/own-phone/" in mail["body"]


def test_it_may_not_be_another_unit_or_role(factory: Factory, house: House) -> None:
    made = factory.draft()
    other = factory.staff(Role.CLINICIAN, unit="Eyes")
    refused(lambda: own_phone.send(house, other, made, "shown"), "other-unit")
    for role in (Role.COMMUNICATIONS, Role.AUDITOR, Role.ADMINISTRATOR, Role.PRIVACY_OFFICER):
        refused(lambda r=role: own_phone.send(house, factory.staff(r), made, "shown"), "role")  # type: ignore[misc]


def test_custody_has_each_act_and_no_token(factory: Factory, house: House) -> None:
    made, token, code = sent(factory)
    phone = arriving.arrive(house, token, BORN, code, PLACE)
    own_phone.cancel(house, factory.clinician(), made)
    with house.reading() as connection:
        bodies = [str(tuple(row)) for row in connection.execute(sa.select(custody)).all()]
        acts = [each.act for each in connection.execute(sa.select(custody.c.act)).all()]
    expected = ["consent.cancel-link", "consent.open-link", "consent.send-link"]
    assert sorted(each for each in acts if "link" in each) == expected
    for secret in (token, code, phone):
        assert all(secret not in row for row in bodies)


# ------------------------------------------------------------------ the pages


def phone_at_door(house: House, token: str) -> Any:
    client = browser(make_app(house))
    answer = client.get(f"/own-phone/{token}")
    return client, answer


def test_the_link_is_exchanged_at_the_first_hit(factory: Factory, house: House) -> None:
    _, token, code = sent(factory)
    client, answer = phone_at_door(house, token)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/own-phone")
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "Expires=" in answer.headers["Set-Cookie"]
    page = client.get("/own-phone").text
    assert token not in page
    assert "Maria" not in page
    wrong = send(client, "/own-phone", **{"born-day": "17", "born-month": "5", "born-year": "1980", "code": "000001"})
    assert wrong.status_code == 422
    assert "1980" not in wrong.text
    right = client.post(
        "/own-phone",
        data={"csrf_token": token_on(wrong.text), **BIRTHDAY, "code": code},
    )
    assert (right.status_code, right.headers["Location"]) == (303, "/sign")
    welcome = client.get("/sign").text
    assert "Unlock this tablet" not in welcome
    assert token not in welcome
    # Nobody stands beside him: the help at the foot of his pages is a telephone.
    assert "555 0100" in welcome.split("<footer")[1]
    # The same phone may press the link in its mail again.
    again = client.get(f"/own-phone/{token}")
    assert (again.status_code, again.headers["Location"]) == (303, "/sign")
    # Another may not, and sees no more than that.
    other, closed = phone_at_door(house, token)
    assert closed.status_code == 410
    assert other.get("/own-phone").status_code == 410
    assert other.get("/sign").status_code == 404
    unknown = browser(make_app(house)).get("/own-phone/" + "z" * 22)
    assert unknown.status_code == 410


def test_no_pin_page_on_the_own_phone(factory: Factory, house: House) -> None:
    _, token, code = sent(factory)
    client, _ = phone_at_door(house, token)
    born = {"born-day": "17", "born-month": "5", "born-year": "1980"}
    send(client, "/own-phone", **born, code=code)
    shown = client.get("/sign").text
    tried = client.post("/unlock", data={"csrf_token": token_on(shown), "pin": "271828"})
    assert tried.status_code in (404, 410)


def test_staff_make_pass_on_and_cancel(factory: Factory, house: House) -> None:
    made = factory.draft()
    client = signed_in(make_app(house), house, factory.clinician())
    answer = send(client, f"/consents/{made}/own-phone", way="shown")
    assert answer.headers["Location"].endswith("/own-phone/link")
    page = client.get(f"/consents/{made}/own-phone/link").text
    assert "<svg" in page
    code = client.get(f"/consents/{made}/own-phone/code").text
    assert "<svg" not in code.split("<main")[1]
    send(client, f"/consents/{made}/own-phone/code")
    assert client.get(f"/consents/{made}/own-phone/code").status_code == 303
    assert "Sent, not opened yet" in client.get(f"/consents/{made}").text
    send(client, f"/consents/{made}/own-phone/cancel")
    assert "Cancelled" in client.get(f"/consents/{made}").text
    assert path_of(f"http://127.0.0.1:8000/consents/{made}")
    with house.reading() as connection:
        assert ways.open_links(connection, made) == []
    assert timedelta(hours=72) == own_phone.GOOD_FOR
