"""The PIN gives a handed-over tablet back to the person who handed it over, within eight hours, in five tries."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from consent.acts import doors, handing_over, sessions, unlocking
from consent.acts.actor import Actor
from consent.acts.house import House
from consent.records.tables.consents import signing_session
from consent.rules.access import Role
from consent.rules.refusal import NotFound, Refused
from tests.factory import Clock, Factory
from tests.staffroom import PASSWORD, browser, make_app, new_person, send

PIN = "493817"


@pytest.fixture
def nurse(house: House) -> Actor:
    person = new_person(house, Role.CLINICIAN)
    unlocking.set_pin(house, person, PASSWORD, PIN)
    return person


@pytest.fixture
def signing(factory: Factory, nurse: Actor) -> str:
    return factory.handed_over(factory.draft(actor=nurse), nurse)


def refused(house: House, signing: str, pin: str) -> str:
    with pytest.raises(Refused) as caught:
        unlocking.unlock(house, signing, pin)
    return caught.value.codes[0]


def set_state(house: House, signing: str, state: str) -> None:
    with house.scratch() as deed:
        deed.connection.execute(sa.update(signing_session).where(signing_session.c.id == signing).values(state=state))


def test_the_pin_resumes_whoever_handed_over(house: House, signing: str, nurse: Actor) -> None:
    begun = unlocking.unlock(house, signing, " 493 817 ")
    found = sessions.find(house, begun.token)
    assert isinstance(found, sessions.SignedIn)
    assert found.actor.id == nurse.id


@pytest.mark.parametrize(
    "typed", ["493817", " 493 817\n", "493-817", "4-9-3-8-1-7", "493\u2011817", "\u00a0493\u2009817", "٤٩٣٨١٧"]
)
def test_a_pin_is_taken_however_it_is_pasted(house: House, factory: Factory, typed: str) -> None:
    person = new_person(house, Role.CLINICIAN)
    unlocking.set_pin(house, person, PASSWORD, typed)
    found = sessions.find(
        house, unlocking.unlock(house, factory.handed_over(factory.draft(actor=person), person), PIN).token
    )
    assert isinstance(found, sessions.SignedIn)
    again = factory.handed_over(factory.draft(actor=person), person)
    assert unlocking.unlock(house, again, typed).staff_id == person.id


def test_five_wrong_pins_and_only_a_full_sign_in_is_left(house: House, signing: str) -> None:
    assert [refused(house, signing, f"00000{at}") for at in range(5)] == ["pin-wrong"] * 5
    assert refused(house, signing, PIN) == "pin-spent"


def test_after_eight_hours_only_a_full_sign_in_is_left(house: House, signing: str, clock: Clock) -> None:
    clock.pass_(hours=8)
    unlocking.unlock(house, signing, PIN)
    clock.pass_(seconds=1)
    assert refused(house, signing, PIN) == "unlock-too-late"


def test_a_clock_set_back_keeps_no_pin_good_for_longer(house: House, signing: str, clock: Clock) -> None:
    clock.pass_(hours=-9)
    assert refused(house, signing, PIN) == "unlock-too-late"


def test_somebody_elses_pin_and_no_pin_open_nothing(house: House, factory: Factory, signing: str) -> None:
    other = new_person(house, Role.CLINICIAN, email="other@hospital.example")
    unlocking.set_pin(house, other, PASSWORD, "582936")
    assert refused(house, signing, "582936") == "pin-wrong"
    pinless = factory.staff(Role.CLINICIAN)
    theirs = factory.handed_over(factory.draft(actor=pinless), pinless)
    assert refused(house, theirs, PIN) == "pin-wrong"


def test_a_finished_signing_ends_and_an_unfinished_one_does_not(house: House, signing: str) -> None:
    unlocking.unlock(house, signing, PIN)
    set_state(house, signing, "signed")
    unlocking.unlock(house, signing, PIN)
    with pytest.raises(NotFound):
        unlocking.unlock(house, signing, PIN)


@pytest.mark.parametrize("easy", ["000000", "123456", "987654", "121212", "12345", "abcdef", "١٢٣٤٥٦"])
def test_easy_pins_are_refused(house: House, nurse: Actor, easy: str) -> None:
    with pytest.raises(Refused, match="pin-"):
        unlocking.set_pin(house, nurse, PASSWORD, easy)


def test_the_browser_gets_a_sign_in_and_loses_the_signing(house: House, factory: Factory, nurse: Actor) -> None:
    client = browser(make_app(house))
    made = factory.draft(actor=nurse)
    token = handing_over.hand_over(house, nurse, "no-browser", made)
    assert client.get("/unlock").status_code == 404
    with client.session_transaction() as session:
        session["signing"] = token
    assert client.get("/").location == "/sign-in"
    wrong = send(client, "/unlock", pin="111111")
    assert wrong.status_code == 422
    assert "Tries left: 4" in wrong.text
    assert send(client, "/unlock", pin=PIN).location == "/"
    assert client.get("/unlock").status_code == 404
    # A copy of the cookie opens nothing either, though the signing is not finished.
    assert doors.find(house, "signing", token) is None
    token = handing_over.hand_over(house, nurse, "no-browser", made)
    signing_id = doors.find(house, "signing", token)
    assert signing_id is not None
    set_state(house, signing_id, "signed")
    other = browser(make_app(house))
    with other.session_transaction() as session:
        session["signing"] = token
    send(other, "/sign-in", email="ada@hospital.example", password=PASSWORD)
    assert doors.find(house, "signing", token) is None
