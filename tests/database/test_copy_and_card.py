"""The patient's copy and card: what they open, for how long, and what the server keeps of them."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from consent.acts import answering, cards, copying, doors, filing, planning, signing
from consent.acts.actor import Actor
from consent.acts.house import House
from consent.records import consents, copies, custody, tasks
from consent.records.tables.consents import card, copy
from consent.rules.access import Role
from consent.rules.refusal import NotFound, Refused
from tests.factory import Clock, Factory
from tests.refusals import refused

PLACE = "192.0.2.7"


def signed(factory: Factory) -> tuple[str, Actor]:
    """A consent that was signed a moment ago, and its signer with the tablet in his hands."""
    made = factory.draft()
    session_id = factory.handed_over(made)
    seen = factory.answer(session_id)
    factory.sign(session_id, signing.Submission("a", seen, True, typed="Maria Lopez"))
    return made, Actor("signer", session_id)


def token_of(address: str) -> str:
    return address.rpartition("/")[2]


def task_of(house: House, consent_id: str) -> Any:
    with house.reading() as connection:
        return tasks.find_once(connection, f"copy-not-given:{consent_id}")


def phone_with_file(house: House, made: str, signer: Actor) -> str:
    """The patient's phone has scanned the code and typed the digits; returns the copy's ID."""
    offer = copying.offer_to_phone(house, signer, made)
    cookie = copying.open_link(house, token_of(offer.address))
    copying.check_code(house, offer.copy_id, copying.code_for_phone(house, signer, made), PLACE)
    assert doors.find(house, "copy", cookie) == offer.copy_id
    return offer.copy_id


def test_rule_22_a_copy_not_yet_given_is_an_open_task(factory: Factory, house: House) -> None:
    made, signer = signed(factory)
    assert task_of(house, made).state == "open"
    assert copying.given(house, made) == ""
    copying.give_paper(house, signer, made, "tablet")
    done = task_of(house, made)
    assert (done.state, done.done_how) == ("done", "paper-tablet")
    with house.reading() as connection:
        row = consents.find(connection, made)
        assert row
        (kept,) = copies.of_consent(connection, made)
    assert row.copy_given_at is not None
    assert (kept.method, kept.state) == ("paper", "given")


def test_rule_22_the_phone_gets_the_sealed_file_byte_for_byte(factory: Factory, house: House) -> None:
    made, signer = signed(factory)
    copy_id = phone_with_file(house, made, signer)
    assert task_of(house, made).state == "open"
    with house.reading() as connection:
        sealed = filing.take_out(house, connection, made)
    assert copying.fetch(house, copy_id) == sealed
    assert copying.fetch(house, copy_id) == sealed
    assert task_of(house, made).done_how == "phone"
    assert copying.given(house, made) == "phone"
    assert copying.read_for_paper(house, signer, made) == sealed


def test_paper_said_twice_is_recorded_once(factory: Factory, house: House, clock: Clock) -> None:
    made, signer = signed(factory)
    copying.give_paper(house, signer, made, "tablet")
    copying.give_paper(house, signer, made, "tablet")
    with house.reading() as connection:
        assert len(copies.of_consent(connection, made)) == 1
    clock.pass_(minutes=5)
    copying.give_paper(house, factory.clinician(), made, "desk")
    with house.reading() as connection:
        assert len(copies.of_consent(connection, made)) == 2


def test_the_link_opens_once(factory: Factory, house: House) -> None:
    made, signer = signed(factory)
    token = token_of(copying.offer_to_phone(house, signer, made).address)
    assert len(token) >= 22  # 128 bits
    cookie = copying.open_link(house, token)
    assert cookie != token
    assert doors.find(house, "copy", cookie)
    assert doors.find(house, "copy", token) is None
    with pytest.raises(NotFound):
        copying.open_link(house, token)


def test_the_link_opens_within_15_minutes(factory: Factory, house: House, clock: Clock) -> None:
    made, signer = signed(factory)
    late = token_of(copying.offer_to_phone(house, signer, made).address)
    clock.pass_(minutes=15)
    with pytest.raises(NotFound):
        copying.open_link(house, late)
    refused(lambda: copying.code_for_phone(house, signer, made), "copy-ended")
    copy_id = phone_with_file(house, made, signer)
    clock.pass_(minutes=15)
    with pytest.raises(NotFound):
        copying.fetch(house, copy_id)


def test_the_link_ends_when_its_page_is_left_unless_the_phone_has_opened_it(factory: Factory, house: House) -> None:
    made, signer = signed(factory)
    left = token_of(copying.offer_to_phone(house, signer, made).address)
    copying.withdraw_offer(house, signer, made)
    copying.withdraw_offer(house, signer, made)
    with pytest.raises(NotFound):
        copying.open_link(house, left)
    older = token_of(copying.offer_to_phone(house, signer, made).address)
    newer = token_of(copying.offer_to_phone(house, signer, made).address)
    with pytest.raises(NotFound):
        copying.open_link(house, older)
    cookie = copying.open_link(house, newer)
    copying.withdraw_offer(house, signer, made)
    assert doors.find(house, "copy", cookie)


def test_the_code_is_for_the_newest_link_also_where_two_were_made_at_one_instant(
    factory: Factory, house: House
) -> None:
    for _ in range(6):  # IDs are random: one of these would come out the wrong way round
        made, signer = signed(factory)
        older = copying.offer_to_phone(house, signer, made)
        copying.open_link(house, token_of(older.address))
        newer = copying.offer_to_phone(house, signer, made)
        copying.open_link(house, token_of(newer.address))
        copying.check_code(house, newer.copy_id, copying.code_for_phone(house, signer, made), PLACE)


def test_without_the_code_there_is_no_file_and_wrong_codes_slow(factory: Factory, house: House, clock: Clock) -> None:
    made, signer = signed(factory)
    offer = copying.offer_to_phone(house, signer, made)
    copying.open_link(house, token_of(offer.address))
    with pytest.raises(NotFound):
        copying.fetch(house, offer.copy_id)
    refused(lambda: copying.check_code(house, offer.copy_id, "000000", PLACE), "code-wrong")
    code = copying.code_for_phone(house, signer, made)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    for _ in range(2):
        refused(lambda: copying.check_code(house, offer.copy_id, wrong, PLACE), "code-wrong")
    refused(lambda: copying.check_code(house, offer.copy_id, code, PLACE), "wait")
    clock.pass_(minutes=1)
    copying.check_code(house, offer.copy_id, f" {code[:3]}-{code[3:]} ", PLACE)
    assert copying.fetch(house, offer.copy_id)


def test_only_its_signer_in_his_session_or_staff_may_have_the_papers(factory: Factory, house: House) -> None:
    made, signer = signed(factory)
    other, other_signer = signed(factory)
    draft = factory.draft()
    unsigned = Actor("signer", factory.handed_over(draft))
    elsewhere = factory.staff(Role.CLINICIAN, unit="ENT")
    for run in (copying.offer_to_phone, copying.read_for_paper, cards.make_card):
        with pytest.raises(NotFound):
            run(house, other_signer, made)
        with pytest.raises(NotFound):
            run(house, unsigned, draft)
        refused(lambda run=run: run(house, elsewhere, made), "reason-needed")
        refused(lambda run=run: run(house, factory.staff(Role.COMMUNICATIONS), made), "role")
        run(house, signer, made)
        run(house, factory.clinician(), other)


def test_the_server_keeps_hashes_of_token_and_code_only(factory: Factory, house: House) -> None:
    made, signer = signed(factory)
    new = cards.make_card(house, signer, made)
    offer = copying.offer_to_phone(house, signer, made)
    six = copying.code_for_phone(house, signer, made)
    with house.reading() as connection:
        rows = [*connection.execute(sa.select(card)), *connection.execute(sa.select(copy))]
        entries = "".join(bytes(row.entry).decode() for row in custody.entries(connection))
        # Ciphertext and random IDs hold six digits by chance now and then; these columns would hold them on purpose.
        written = repr([(row.token_hash, row.made_by) for row in rows])
        sealed = filing.take_out(house, connection, made)
    for secret in (new.token, token_of(offer.address)):
        assert secret not in written + entries
        assert secret.encode() not in sealed
    assert all(row.code_hash is None or "$argon2id$" in row.code_hash for row in rows)
    assert new.code not in entries
    assert six not in [row.code_hash for row in rows]


def test_a_card_opens_by_token_and_code_however_it_is_typed(factory: Factory, house: House) -> None:
    made, signer = signed(factory)
    new = cards.make_card(house, signer, made)
    assert new.address == f"http://127.0.0.1:8000/withdraw/{new.token}"
    found = cards.find_card(house, new.token)
    assert found
    assert (found.consent_id, found.number) == (made, new.number)
    spaced = f" {new.code[:4]} - {new.code[4:]} "
    assert cards.check_code(house, new.number.lower().replace("-", " "), spaced, PLACE).consent_id == made
    # The link alone opens neither the withdrawal page nor the document.
    assert doors.find(house, "card", new.token) is None
    assert doors.find(house, "copy", new.token) is None
    assert cards.find_card(house, "nonsense") is None


def test_a_new_card_ends_the_old_one(factory: Factory, house: House) -> None:
    made, signer = signed(factory)
    old = cards.make_card(house, signer, made)
    new = cards.make_card(house, factory.clinician(), made)
    assert cards.find_card(house, old.token) is None
    refused(lambda: cards.check_code(house, old.number, old.code, PLACE), "code-wrong")
    assert cards.check_code(house, new.number, new.code, PLACE).id == new.card_id


def test_a_card_never_expires(factory: Factory, house: House, clock: Clock) -> None:
    made, signer = signed(factory)
    new = cards.make_card(house, signer, made)
    clock.pass_(days=365 * 30)
    assert cards.find_card(house, new.token)
    assert cards.check_code(house, new.number, new.code, PLACE).consent_id == made


def test_wrong_card_codes_slow_per_card_and_pause_for_an_hour_at_most(
    factory: Factory, house: House, clock: Clock
) -> None:
    made, signer = signed(factory)
    new = cards.make_card(house, signer, made)
    longest = 0
    for guess in range(24):
        wrong = f"{(int(new.code) + 1 + guess) % 10**8:08}"
        place = f"192.0.2.{guess}"
        try:
            cards.check_code(house, new.number, wrong, place)
        except Refused as no:
            if "wait" in no.codes:
                seconds = no.reasons[0].facts["seconds"]
                assert isinstance(seconds, int)
                longest = max(longest, seconds)
                clock.pass_(seconds=seconds)
    assert 0 < longest <= 3600
    clock.pass_(hours=1)
    assert cards.check_code(house, new.number, new.code, "192.0.2.99").consent_id == made


def test_an_unknown_card_is_answered_as_a_wrong_code(factory: Factory, house: House) -> None:
    made, _ = signed(factory)
    number = planning.plan(house, factory.clinician(), made).number
    refused(lambda: cards.check_code(house, number, "12345678", PLACE), "code-wrong")
    refused(lambda: cards.check_code(house, "no number", "12345678", PLACE), "code-wrong")


def test_no_card_and_no_copy_before_it_is_signed(factory: Factory, house: House) -> None:
    made = factory.draft()
    session_id = factory.handed_over(made)
    assert answering.open_session(house, session_id).state == "open"
    for who in (Actor("signer", session_id), factory.clinician()):
        with pytest.raises(NotFound):
            cards.make_card(house, who, made)
        with pytest.raises(NotFound):
            copying.offer_to_phone(house, who, made)
