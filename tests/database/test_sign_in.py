"""Password, second factor, back-off, idle time-out: through the acts and through the pages."""

from __future__ import annotations

import re
import threading

import pyotp
import pytest
from flask import Flask

from consent.acts import invitations, sessions, sign_in, throttle
from consent.acts.house import House
from consent.rules.access import Role
from consent.rules.refusal import Refused
from tests.factory import Clock
from tests.staffroom import PASSWORD, browser, enter, new_person, path_of, send, token_on, with_second_factor

EMAIL = "ada@hospital.example"


def refusal(house: House, email: str, password: str, origin: str = "192.0.2.1") -> str:
    with pytest.raises(Refused) as caught:
        sign_in.show_password(house, email, password, origin)
    return caught.value.codes[0]


def test_first_link_leads_to_an_account_with_second_factor_and_codes(house: House, app: Flask, clock: Clock) -> None:
    link = invitations.first_link(house)
    assert link
    again = invitations.first_link(house)
    assert again
    assert again != link
    client = browser(app)
    assert client.get(path_of(link)).status_code == 410  # a newer start printed a newer link
    entered = client.get(path_of(again))
    assert (entered.status_code, entered.location) == (303, "/invitation")
    typed = {"email": "Head@Hospital.example ", "name": "Head", "password": PASSWORD, "password_again": PASSWORD}
    assert send(client, "/invitation", **{**typed, "password_again": "other"}).status_code == 422
    done = send(client, "/invitation", **typed)
    assert (done.status_code, done.location) == (303, "/")
    assert client.get("/").location == "/account/second-factor"
    page = client.get("/account/second-factor").text
    key = re.search(r'Key: <span class="code">([A-Z2-7 ]+)</span>', page)
    assert key
    assert 'role="img"' in page
    phone = pyotp.TOTP(key.group(1).replace(" ", ""))
    wrong = send(client, "/account/second-factor", code="000000")
    assert wrong.status_code == 422
    assert "Wait for the next code" in wrong.text
    assert "set its clock" in wrong.text
    assert send(client, "/account/second-factor", code=phone.at(clock())).location == "/account/recovery-codes"
    assert len(re.findall(r'<li><span class="code">', client.get("/account/recovery-codes").text)) == 10
    assert send(client, "/account/recovery-codes", kept="yes").location == "/"
    assert client.get("/").status_code == 200
    assert invitations.first_link(house) is None
    assert browser(app).get(path_of(again)).status_code == 410


def test_sign_in_with_password_and_code(house: House, app: Flask, clock: Clock) -> None:
    phone, _ = with_second_factor(house, new_person(house, Role.CLINICIAN))
    clock.pass_(seconds=60)
    client = browser(app)
    assert client.get("/").location == "/sign-in"
    assert send(client, "/sign-in", email="", password="").status_code == 422
    assert send(client, "/sign-in", email=EMAIL.upper(), password=PASSWORD).location == "/sign-in/code"
    assert client.get("/").location == "/sign-in"  # half is not in
    assert send(client, "/sign-in/code", code=phone.at(clock())).location == "/"
    assert "What do you want to do?" in client.get("/").text
    out = client.post("/sign-out", data={"csrf_token": token_on(client.get("/").text)})
    assert out.status_code == 303
    assert client.get("/").location == "/sign-in"


def test_a_code_opens_once(house: House, clock: Clock) -> None:
    phone, codes = with_second_factor(house, new_person(house, Role.CLINICIAN))
    with pytest.raises(Refused):  # the set-up took this step
        enter(house, EMAIL, phone)
    clock.pass_(seconds=60)
    enter(house, EMAIL, phone)
    with pytest.raises(Refused):
        enter(house, EMAIL, phone)
    shown = sign_in.show_password(house, EMAIL, PASSWORD, "x")
    assert isinstance(shown, sign_in.PasswordShown)
    sign_in.show_code(house, shown, codes[0].lower().replace("-", " "))
    with pytest.raises(Refused):
        sign_in.show_code(house, shown, codes[0])
    sign_in.show_code(house, shown, codes[1])


def test_a_shown_password_is_worth_nothing_after_ten_minutes_or_a_change(house: House, clock: Clock) -> None:
    actor = new_person(house, Role.CLINICIAN)
    phone, _ = with_second_factor(house, actor)
    clock.pass_(minutes=1)
    shown = sign_in.show_password(house, EMAIL, PASSWORD, "x")
    assert isinstance(shown, sign_in.PasswordShown)
    sign_in.change_password(house, actor, "", PASSWORD, "another nine quiet lanterns")
    with pytest.raises(Refused, match="stale"):
        sign_in.show_code(house, shown, phone.at(clock()))
    late = sign_in.show_password(house, EMAIL, "another nine quiet lanterns", "x")
    assert isinstance(late, sign_in.PasswordShown)
    for minutes in (11, -22):  # too late, and shown under a clock that was ahead
        clock.pass_(minutes=minutes)
        with pytest.raises(Refused, match="stale"):
            sign_in.show_code(house, late, phone.at(clock()))


def test_wrong_tries_slow_down_alike_whether_the_account_exists(house: House, clock: Clock) -> None:
    new_person(house, Role.CLINICIAN)
    for email in (EMAIL, "nobody@hospital.example"):
        answers = [refusal(house, email, "wrong", origin=email) for _ in range(5)]
        assert answers == ["sign-in-wrong"] * 3 + ["wait"] * 2
    assert refusal(house, EMAIL, PASSWORD, origin=EMAIL) == "wait"
    clock.pass_(hours=1)
    assert enter(house, EMAIL, None)
    assert refusal(house, EMAIL, "wrong") == "sign-in-wrong"


def test_many_tries_at_once_are_no_way_around(house: House) -> None:
    new_person(house, Role.CLINICIAN)
    answers: list[str] = []
    threads = [
        threading.Thread(target=lambda at=at: answers.append(refusal(house, EMAIL, f"wrong {at}"))) for at in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers.count("sign-in-wrong") == 3
    assert answers.count("wait") == 5


def test_many_accounts_from_one_address_are_slowed_too(house: House) -> None:
    answers = [refusal(house, f"person{at}@hospital.example", "wrong", origin="192.0.2.9") for at in range(35)]
    assert answers[:33] == ["sign-in-wrong"] * 33
    assert answers[33:] == ["wait"] * 2


def test_one_line_with_many_ipv6_addresses_is_one_place(house: House) -> None:
    answers = [refusal(house, f"p{at}@hospital.example", "wrong", origin=f"2001:db8:1:2:{at:x}::1") for at in range(35)]
    assert answers[0] == "sign-in-wrong"
    assert answers[-1] == "wait"
    assert refusal(house, "p1@hospital.example", "wrong", origin="2001:db8:1:3::1") == "sign-in-wrong"
    # An IPv4 address that is written as an IPv6 one is still one machine's.
    mapped = {
        throttle.place_name(house, "address", each) for each in ("192.0.2.1", "::ffff:192.0.2.1", "::ffff:c000:201")
    }
    assert len(mapped) == 1
    assert throttle.place_name(house, "address", "") == throttle.name(house, "address", "")


def test_somebody_who_guesses_elsewhere_does_not_keep_the_person_out(house: House) -> None:
    new_person(house, Role.CLINICIAN)
    answers = [refusal(house, EMAIL, "wrong", origin="203.0.113.7") for _ in range(90)]
    assert answers == ["sign-in-wrong"] * 3 + ["wait"] * 87
    assert enter(house, EMAIL, None), "at his own address he is let in at once"


def test_many_addresses_that_guess_at_one_account_are_slowed_by_the_account(house: House) -> None:
    new_person(house, Role.CLINICIAN)
    answers = [refusal(house, EMAIL, "wrong", origin=f"203.0.113.{at}") for at in range(70)]
    assert answers == ["sign-in-wrong"] * 63 + ["wait"] * 7


def test_sign_out_everywhere_ends_every_sign_in(house: House, clock: Clock) -> None:
    actor = new_person(house, Role.CLINICIAN)
    tokens = [enter(house, EMAIL, None) for _ in range(2)]
    sign_in.sign_out_everywhere(house, actor)
    assert all(isinstance(sessions.find(house, token), sessions.SignedOut) for token in tokens)


def test_an_idle_sign_in_ends_and_an_active_one_goes_on(house: House, clock: Clock) -> None:
    new_person(house, Role.CLINICIAN)
    token = enter(house, EMAIL, None)
    for _ in range(4):
        clock.pass_(minutes=10)
        assert isinstance(sessions.find(house, token), sessions.SignedIn)
    clock.pass_(minutes=16)
    assert sessions.find(house, token) == sessions.SignedOut(sessions.find(house, token).staff_id, "idle")  # type: ignore[union-attr]


def test_a_password_hash_made_for_nobody_and_passwords_refused(house: House) -> None:
    actor = new_person(house, Role.CLINICIAN)
    for bad in ("short", "a" * 12, "ada byron ada", "x" * 129):
        with pytest.raises(Refused, match="password-"):
            sign_in.change_password(house, actor, "", PASSWORD, bad)
    with pytest.raises(Refused, match="password-old-wrong"):
        sign_in.change_password(house, actor, "", "wrong", "nine other quiet lanterns")
