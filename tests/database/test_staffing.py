"""People: invited, given roles, disabled, their second factor reset by two; through the acts and the pages."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from consent.acts import custody, invitations, revocation, sessions, staffing, task_list, tasks
from consent.acts.actor import SYSTEM, Actor
from consent.acts.change_of_mind import Change, Scope, Way
from consent.acts.house import House
from consent.records import tasks as task_records
from consent.records.tables.owed import notice, task
from consent.records.tables.posts import takedown
from consent.rules.access import Role
from consent.rules.refusal import NotFound, Refused
from tests.database.out_there import ALLOWED, Office, only, rows
from tests.factory import Clock, Factory
from tests.staffroom import (
    PASSWORD,
    browser,
    enter,
    new_person,
    path_of,
    send,
    signed_in,
    token_on,
    with_second_factor,
)


def invite(house: House, head: Actor, email: str = "ben@hospital.example") -> str:
    link = invitations.invite(house, head, email=email, name="Ben", roles=[Role.COMMUNICATIONS])
    return link.rpartition("/")[2]


def test_the_administrator_invites_and_the_person_comes_in(house: House, app: Flask, head: Actor) -> None:
    client = signed_in(app, house, head)
    wrong = send(client, "/people/invite", name="Ben", email="ben")
    assert wrong.status_code == 422
    assert "Tick at least one role" in wrong.text
    assert 'value="Ben"' in wrong.text
    typed = {"name": "Ben", "email": "Ben@hospital.example", "unit": "Press", "roles": ["communications", "auditor"]}
    shown = send(client, "/people/invite", **typed)
    page = client.get(shown.location).text
    link = re.search(r"http://127.0.0.1:8000/invitation/[\w-]+", page)
    assert link
    assert send(client, shown.location, passed="yes").status_code == 303
    assert link.group() not in client.get(shown.location).text
    guest = browser(app)
    assert guest.get(path_of(link.group())).location == "/invitation"
    entered = send(guest, "/invitation", name="Ben B.", password=PASSWORD, password_again=PASSWORD)
    assert entered.location == "/"
    assert guest.get("/").location == "/account/second-factor"
    person = next(each for each in staffing.people(house, head) if each.name == "Ben B.")
    assert person.roles == {Role.COMMUNICATIONS, Role.AUDITOR}
    assert (person.email, person.unit, person.status) == ("ben@hospital.example", "Press", "active")


def test_the_links_page_shows_nothing_to_another_administrator(
    house: House, app: Flask, head: Actor, factory: Factory
) -> None:
    token = invite(house, head)
    found = invitations.find_invited(house, token)
    assert found
    invitations.hold_link(house, head, found.staff_id, "the link")
    other = signed_in(app, house, factory.staff(Role.ADMINISTRATOR))
    assert "the link that you made before" in other.get(f"/people/{found.staff_id}/link").text.lower()


def test_a_link_opens_once_for_a_day_and_a_newer_one_ends_it(house: House, head: Actor, clock: Clock) -> None:
    token = invite(house, head)
    found = invitations.find_invited(house, token)
    assert found
    newer = invitations.link_again(house, head, found.staff_id).rpartition("/")[2]
    assert invitations.find_invited(house, token) is None
    invitations.accept(house, newer, email="", name="Ben", password=PASSWORD)
    with pytest.raises(NotFound):
        invitations.accept(house, newer, email="", name="Ben", password=PASSWORD)
    late = invite(house, head, "late@hospital.example")
    clock.pass_(hours=24)
    assert invitations.find_invited(house, late) is None


def test_two_at_once_take_a_link_once(house: House, head: Actor) -> None:
    import threading

    token = invite(house, head)
    answers: list[str] = []

    def take(name: str) -> None:
        try:
            invitations.accept(house, token, email="", name=name, password=PASSWORD)
            answers.append("in")
        except NotFound:
            answers.append("out")

    threads = [threading.Thread(target=take, args=(name,)) for name in ("Ben", "Eve")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["in", "out"]


def test_one_address_has_one_account(house: House, head: Actor) -> None:
    invite(house, head)
    with pytest.raises(Refused, match="email-taken"):
        invite(house, head, "BEN@hospital.example ")


def test_a_new_password_by_link_ends_older_sign_ins_and_keeps_the_second_factor(
    house: House, head: Actor, clock: Clock
) -> None:
    actor = new_person(house, Role.CLINICIAN)
    before = enter(house, "ada@hospital.example", None)
    with_second_factor(house, actor)
    token = invitations.link_again(house, head, actor.id).rpartition("/")[2]
    assert invitations.accept(house, token, email="", name="Ada", password="nine other quiet lanterns") is None
    assert isinstance(sessions.find(house, before), sessions.SignedOut)


def test_roles_count_from_the_next_request(house: House, app: Flask, head: Actor, factory: Factory) -> None:
    nurse = factory.staff(Role.CLINICIAN)
    client = signed_in(app, house, nurse)
    assert client.get("/people").status_code == 403
    administrator = signed_in(app, house, head)
    path = f"/people/{nurse.id}/roles"
    assert send(administrator, path, unit="Burns").status_code == 422
    assert send(administrator, path, unit="Burns", roles=["auditor"]).status_code == 303
    assert client.get("/people").status_code == 200


def test_there_is_always_an_administrator(house: House, head: Actor, factory: Factory) -> None:
    with pytest.raises(Refused, match="last-administrator"):
        staffing.change_roles(house, head, head.id, [Role.AUDITOR], "")
    with pytest.raises(Refused, match="own-account"):
        staffing.disable(house, head, head.id)
    second = factory.staff(Role.ADMINISTRATOR)
    staffing.disable(house, head, second.id)
    with pytest.raises(Refused, match="last-administrator"):
        staffing.change_roles(house, head, head.id, [Role.AUDITOR], "")


def test_disabling_ends_sign_ins_and_links_and_gives_tasks_back(house: House, head: Actor, factory: Factory) -> None:
    nurse = new_person(house, Role.CLINICIAN)
    sign_in_token = enter(house, "ada@hospital.example", None)
    link = invitations.link_again(house, head, nurse.id).rpartition("/")[2]
    with house.writing(head) as deed:
        tasks.leave(deed, "copy-owed", "once", queue=Role.CLINICIAN.value, about={}, owner_id=nurse.id)
        deed.enter("task.leave", {})
    staffing.disable(house, head, nurse.id)
    staffing.disable(house, head, nurse.id)
    assert sessions.find(house, sign_in_token) == sessions.SignedOut(nurse.id, "disabled")
    assert invitations.find_invited(house, link) is None
    with house.reading() as connection:
        task = task_records.find_once(connection, "once")
    assert task is not None
    assert (task.owner_id, task.state, task.queue) == (None, "open", "clinician")
    with pytest.raises(Refused, match="sign-in-wrong"):
        enter(house, "ada@hospital.example", None)
    staffing.enable(house, head, nurse.id)
    assert enter(house, "ada@hospital.example", None)


def test_a_second_factor_is_reset_by_two_people(house: House, app: Flask, head: Actor, factory: Factory) -> None:
    nurse = new_person(house, Role.CLINICIAN, Role.ADMINISTRATOR)
    with_second_factor(house, nurse)
    officer = factory.staff(Role.PRIVACY_OFFICER)
    administrator = signed_in(app, house, head)
    page = administrator.get(f"/people/{nurse.id}").text
    asked = administrator.post(f"/people/{nurse.id}/reset", data={"csrf_token": token_on(page)})
    assert asked.status_code == 303
    staffing.ask_reset(house, head, nurse.id)  # again changes nothing
    (reset,) = staffing.asked_resets(house, head)
    for same in (head, nurse):
        with pytest.raises(Refused, match="second-person"):
            staffing.confirm_reset(house, same, reset.id)
    with pytest.raises(Refused, match="role"):
        staffing.confirm_reset(house, factory.staff(Role.CLINICIAN), reset.id)
    client = signed_in(app, house, officer)
    people = client.get("/people").text
    assert "Confirm the reset" in people
    assert "Confirm the reset" not in administrator.get("/people").text
    confirmed = client.post(f"/people/resets/{reset.id}/confirm", data={"csrf_token": token_on(people)})
    assert confirmed.status_code == 303
    assert not staffing.person(house, head, nurse.id).second_factor
    assert staffing.asked_resets(house, head) == ()
    assert enter(house, "ada@hospital.example", None)


def test_everything_about_people_is_in_custody(house: House, head: Actor) -> None:
    invite(house, head)
    assert custody.verify(house).problems == ()


def stop_everything(house: House, factory: Factory, consent_id: str) -> None:
    change = Change(consent_id, Scope.EVERYTHING, Way.IN_PERSON, known_how="He stood there.")
    revocation.revoke(house, factory.clinician(), change)


def test_what_a_role_was_for_goes_back_to_its_queue_when_the_role_is_taken(
    house: House, factory: Factory, head: Actor
) -> None:
    ben = factory.staff(Role.CLINICIAN, Role.COMMUNICATIONS)
    office = Office(house, factory)
    office.live(factory.ready_picture(made := factory.signed_consent(allow=ALLOWED)))
    with house.writing(SYSTEM) as deed:
        for kind, queue in (("ask-again", Role.CLINICIAN), ("release-unposted", Role.COMMUNICATIONS)):
            tasks.leave(deed, kind, kind, queue=queue.value, about={}, owner_id=ben.id)
        deed.enter("test.leave", {})
    stop_everything(house, factory, made)
    with house.writing(SYSTEM) as deed:
        deed.ledger.update(takedown, only(house, takedown).id, owner_id=ben.id)
        deed.enter("test.own", {})
    staffing.change_roles(house, head, ben.id, [Role.CLINICIAN], "Burns")
    assert only(house, task, kind="ask-again").owner_id == ben.id
    assert only(house, task, kind="release-unposted").owner_id is None
    assert only(house, takedown).owner_id is None
    assert custody.verify(house).sound


def test_a_new_account_is_known_by_somebody_who_neither_made_nor_uses_it(
    house: House, app: Flask, factory: Factory
) -> None:
    head = factory.staff(Role.ADMINISTRATOR, Role.PRIVACY_OFFICER)
    token = invite(house, head)
    made = only(house, task, kind="know-person")
    assert made.queue == Role.PRIVACY_OFFICER.value
    assert {row.kind for row in rows(house, notice)} == {"person-invited"}
    own = invitations.accept(house, token, email="", name="Ben", password=PASSWORD)
    assert own
    # The very thing: an administrator's second account, with every role that he likes.
    second = Actor("staff", made.about["staff"], frozenset({Role.PRIVACY_OFFICER}))
    for closer in (head, second):
        with pytest.raises(Refused, match="third-person"):
            task_list.close(house, closer, made.id, "I know him.")
    officer = factory.staff(Role.PRIVACY_OFFICER)
    client = signed_in(app, house, officer)
    assert "Find out who a new account is for" in client.get("/tasks").text
    assert f"/people/{second.id}" in client.get("/tasks").text
    task_list.close(house, officer, made.id, "Met him in the press office.")
    assert only(house, task, id=made.id).state == "done"
    # Made at the console: whoever has that has everything.
    invitations.create_administrator(house, "second@hospital.example")
    assert len(rows(house, task)) == 1


def test_nobody_makes_a_link_for_his_own_password(house: House, app: Flask, head: Actor, factory: Factory) -> None:
    """It would set a new password without the old one, for whoever took over a signed-in browser."""
    factory.staff(Role.ADMINISTRATOR)
    client = signed_in(app, house, head)
    page = f"/people/{head.id}"
    refused = client.post(f"{page}/link", data={"csrf_token": token_on(client.get(f"{page}/roles").text)})
    assert refused.status_code == 409
    assert "You cannot do this to your own account." in refused.text
    with pytest.raises(Refused, match="own-account"):
        invitations.link_again(house, head, head.id)


def test_a_link_to_an_account_without_second_factor_is_known_by_a_third(house: House, factory: Factory) -> None:
    head = factory.staff(Role.ADMINISTRATOR, Role.PRIVACY_OFFICER)
    nurse = new_person(house, Role.CLINICIAN)
    invitations.link_again(house, head, nurse.id)
    made = only(house, task, kind="know-link")
    assert made.about == {"staff": nurse.id, "by": head.id}
    for closer in (head, Actor("staff", nurse.id, frozenset({Role.PRIVACY_OFFICER}))):
        with pytest.raises(Refused, match="third-person"):
            task_list.close(house, closer, made.id, "I gave it to her.")
    task_list.close(house, factory.staff(Role.PRIVACY_OFFICER), made.id, "She asked for it, and has it.")
    with_second_factor(house, nurse)
    invitations.link_again(house, head, nurse.id)
    assert len([row for row in rows(house, task) if row.kind == "know-link"]) == 1


def test_rule_50_roles_that_somebody_gives_himself_are_known_by_a_third(house: House, factory: Factory) -> None:
    head = factory.staff(Role.ADMINISTRATOR)
    both = [Role.ADMINISTRATOR, Role.PRIVACY_OFFICER]
    # Alone in his clinic there is nobody who could be asked.
    staffing.change_roles(house, head, head.id, both, "")
    assert not rows(house, task)
    staffing.change_roles(house, head, head.id, [Role.ADMINISTRATOR], "")
    officer = factory.staff(Role.PRIVACY_OFFICER)
    staffing.change_roles(house, head, head.id, both, "")
    made = only(house, task, kind="know-roles")
    assert only(house, notice, kind="roles-given", to_staff=officer.id).state == "owed"
    with pytest.raises(Refused, match="third-person"):
        task_list.close(house, Actor("staff", head.id, frozenset(both)), made.id, "It is me.")
    task_list.close(house, officer, made.id, "She stands in for me this week.")
    staffing.change_roles(house, head, head.id, [Role.ADMINISTRATOR], "")
    assert len([row for row in rows(house, task) if row.kind == "know-roles"]) == 1
