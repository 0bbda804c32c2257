"""May this be posted? Asked on real records: consents that were signed, pictures that were linked."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
import sqlalchemy as sa

from consent.acts import custody, linking, posting, unlinking
from consent.acts.actor import COMMAND, Actor
from consent.acts.consent_mistakes import lift, suspend, void
from consent.acts.house import House
from consent.records.tables.consents import consent, consent_answer, withdrawn_image
from consent.records.tables.images import image_link
from consent.records.tables.posts import look_up
from consent.rules.access import Role
from consent.rules.grounds import Ground, PublicGround
from consent.rules.identifiers import BadIdentifier, new_id
from consent.rules.posting import Condition
from consent.rules.refusal import Refused
from tests import asking
from tests.factory import USUAL, Clock, Factory

UNKNOWN = "IMG-7K3Q-9XTF-3"
NO_SOCIAL = tuple(ask for ask in USUAL if ask != ("channel", "instagram"))
RECOGNISABLE = ("permission", "recognisable")


def ask(house: House, actor: Actor, image: str, channel: str = "instagram", **more: object) -> posting.Answer:
    return asking.look_up(house, actor, image, channel, "public-education", **more)  # type: ignore[arg-type]


def grounds(answer: posting.Answer) -> set[Ground | None]:
    return {reason.ground for reason in answer.reasons}


def change(house: House, consent_id: str, **values: object) -> None:
    """Turn a consent into what time or another act would make of it."""
    with house.writing(COMMAND) as deed:
        deed.ledger.update(consent, consent_id, **values)
        deed.enter("test.change", {"consent": consent_id})


def withdraw(house: House, consent_id: str, kind: str, code: str) -> None:
    with house.writing(COMMAND) as deed:
        wanted = sa.select(consent_answer.c.id).where(
            consent_answer.c.consent_id == consent_id, consent_answer.c.kind == kind, consent_answer.c.code == code
        )
        row_id = deed.connection.execute(wanted).scalar_one()
        deed.ledger.update(consent_answer, row_id, withdrawn_by="r", withdrawn_at=deed.now)
        deed.enter("test.withdraw", {"consent": consent_id})


def test_rule_32_a_linked_agreed_living_consent_is_a_yes_and_is_kept(
    house: House, factory: Factory, poster: Actor
) -> None:
    made = factory.signed_consent(allow=(*USUAL, RECOGNISABLE))
    image = factory.ready_picture(made)
    answer = ask(house, poster, image.lower().replace("-", " "))
    assert answer.allowed
    assert answer.reasons == ()
    assert answer.good_through is not None
    assert Condition.NO_FIRST_NAME in answer.conditions
    assert answer.day == house.today
    with house.reading() as connection:
        kept = connection.execute(sa.select(look_up)).one()
    assert (kept.id, kept.yes, kept.asked_by, kept.consents) == (answer.look_up, True, poster.name, [made])
    entry = custody.timeline(house, factory.staff(Role.AUDITOR), image)[-1]
    assert (entry.act, entry.actor, entry.about["yes"]) == ("posting.look-up", poster.name, 1)
    assert custody.verify(house).sound


def test_rule_32_verdicts_from_real_records(house: House, factory: Factory, officer: Actor, clock: Clock) -> None:
    made = factory.signed_consent(allow=(*USUAL, RECOGNISABLE))
    image = factory.ready_picture(made)
    assert ask(house, officer, image).allowed
    assert ask(house, officer, image, "conference").allowed
    assert grounds(ask(house, officer, image, "tiktok")) == {Ground.USE_NOT_ASKED}
    asked_news = asking.look_up(house, officer, image, "instagram", "news")
    assert grounds(asked_news) == {Ground.USE_NOT_ASKED}

    withdraw(house, made, "channel", "conference")
    assert ask(house, officer, image).allowed
    assert grounds(ask(house, officer, image, "conference")) == {Ground.USE_WITHDRAWN}

    last = ask(house, officer, image).good_through
    assert last is not None
    assert ask(house, officer, image, on=last).allowed
    assert grounds(ask(house, officer, image, on=last + timedelta(days=1))) == {Ground.EXPIRED}

    change(house, made, event_confirmed_on=house.today)
    assert grounds(ask(house, officer, image)) == {Ground.EXPIRED}
    change(house, made, event_confirmed_on=None)
    assert ask(house, officer, image).allowed

    with house.writing(COMMAND) as deed:
        row_id = new_id(lambda size: b"w" * size)
        values = {"consent_id": made, "image_id": image, "withdrawn_by": "r", "withdrawn_at": deed.now}
        deed.ledger.insert(withdrawn_image, id=row_id, **values)
        deed.enter("test.withdraw", {"image": image})
    assert grounds(ask(house, officer, image)) == {Ground.IMAGE_WITHDRAWN}
    assert custody.verify(house).sound


def test_rule_32_a_refused_use_an_unrecognisable_wish_and_show_me_first(
    house: House, factory: Factory, officer: Actor
) -> None:
    refused = factory.ready_picture(factory.signed_consent(allow=(*NO_SOCIAL, RECOGNISABLE)))
    assert grounds(ask(house, officer, refused)) == {Ground.USE_REFUSED}
    hidden = factory.ready_picture(factory.signed_consent(allow=USUAL))
    assert grounds(ask(house, officer, hidden)) == {Ground.RECOGNISABLE_REFUSED}
    first = factory.signed_consent(allow=(*USUAL, RECOGNISABLE, ("permission", "show-first")))
    shown_first = factory.ready_picture(first)
    assert grounds(ask(house, officer, shown_first)) == {Ground.SHOW_FIRST_OPEN}


def test_rule_31_communications_see_neutral_reasons_and_never_who(
    house: House, factory: Factory, poster: Actor, officer: Actor
) -> None:
    made = factory.signed_consent(allow=(*USUAL, RECOGNISABLE))
    image = factory.ready_picture(made)
    suspend(house, officer, made, "capacity", "his son rang")
    for actor in (poster, factory.clinician()):
        answer = ask(house, actor, image)
        assert [(reason.public, reason.ground, reason.person) for reason in answer.reasons] == [
            (PublicGround.ON_HOLD, None, None)
        ]
        assert made not in repr(answer)
    assert grounds(ask(house, officer, image)) == {Ground.SUSPENDED}
    lift(house, officer, made, "he can decide for himself")
    assert ask(house, poster, image).allowed


def test_rule_33_an_unknown_image_is_a_no_that_is_kept(house: House, factory: Factory, poster: Actor) -> None:
    factory.ready_organisation()
    answer = ask(house, poster, UNKNOWN)
    assert not answer.allowed
    assert grounds(answer) == {Ground.UNKNOWN_IMAGE}
    with house.reading() as connection:
        assert connection.execute(sa.select(look_up.c.image_id, look_up.c.yes)).one() == (UNKNOWN, False)


def test_rule_33_a_database_out_of_reach_is_a_no(
    house: House, factory: Factory, poster: Actor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    factory.ready_organisation()

    def gone(*_: object) -> None:
        raise sa.exc.OperationalError("SELECT", {}, Exception("gone"))

    monkeypatch.setattr("consent.acts.verdicts.image_facts", gone)
    with caplog.at_level(logging.ERROR):
        answer = ask(house, poster, UNKNOWN)
    assert grounds(answer) == {Ground.DATABASE_UNAVAILABLE}
    assert (answer.allowed, answer.look_up) == (False, None)
    assert "database-unavailable" in caplog.text


def test_rule_33_a_clock_that_runs_behind_the_trail_is_a_no(
    house: House, factory: Factory, officer: Actor, clock: Clock
) -> None:
    image = factory.ready_picture(factory.signed_consent(allow=(*USUAL, RECOGNISABLE)))
    clock.pass_(hours=-3)
    assert grounds(ask(house, officer, image)) == {Ground.CLOCK_ERROR}


def test_a_mistyped_image_id_asks_nothing(house: House, poster: Actor) -> None:
    with pytest.raises(BadIdentifier):
        ask(house, poster, "IMG-7K3Q-9XTF-K")
    with house.reading() as connection:
        assert connection.execute(sa.select(look_up)).all() == []


def test_accounts_are_known_by_name(house: House, factory: Factory, officer: Actor) -> None:
    clinician_account = factory.account("instagram", "@dr.jones")
    asked = (*(each for each in USUAL if each[0] != "account"), ("account", clinician_account))
    image = factory.ready_picture(factory.signed_consent(asked=asked, allow=(*asked, RECOGNISABLE)))
    assert ask(house, officer, image, account="Dr.Jones").allowed
    assert grounds(ask(house, officer, image)) == {Ground.USE_NOT_ASKED}
    assert grounds(ask(house, officer, image, account="@somebody")) == {Ground.UNKNOWN_ACCOUNT}
    own = factory.ready_picture(factory.signed_consent(allow=(*USUAL, RECOGNISABLE)))
    assert ask(house, officer, own).allowed
    assert ask(house, officer, own, account="@testhospital").allowed
    with pytest.raises(Refused, match="channel-unknown, purpose-unknown"):
        asking.look_up(house, officer, own, "myspace", "fun")


def test_rule_34_everybody_in_the_picture_must_allow_it(house: House, factory: Factory, officer: Actor) -> None:
    yes = factory.signed_consent(allow=(*USUAL, RECOGNISABLE))
    no = factory.signed_consent(allow=(*NO_SOCIAL, RECOGNISABLE))
    both = factory.ready_picture(yes, no)
    assert grounds(ask(house, officer, both)) == {Ground.USE_REFUSED}
    assert ask(house, officer, both, "conference").allowed


def test_rule_35_the_newest_that_asked_governs_and_an_older_yes_never_revives(
    house: House, factory: Factory, officer: Actor, clock: Clock
) -> None:
    older = factory.signed_consent(allow=(*USUAL, RECOGNISABLE))
    patient = factory.patient_of(older)
    image = factory.ready_picture(older)
    clock.pass_(days=1)
    newer = factory.signed_consent(allow=(*NO_SOCIAL, RECOGNISABLE), patient_id=patient)
    assert ask(house, officer, image).allowed
    with house.reading() as connection:
        number = connection.execute(sa.select(consent.c.number).where(consent.c.id == newer)).scalar_one()
    linking.link(house, factory.clinician(), image, factory.people(image)[0], number)
    assert grounds(ask(house, officer, image)) == {Ground.USE_REFUSED}
    void(house, officer, newer, "wrong patient")
    assert grounds(ask(house, officer, image)) == {Ground.VOID, Ground.USE_REFUSED}


def test_unlinking_turns_the_answer_at_commit(house: House, factory: Factory, officer: Actor) -> None:
    image = factory.ready_picture(factory.signed_consent(allow=(*USUAL, RECOGNISABLE)))
    with house.reading() as connection:
        link_id = connection.execute(sa.select(image_link.c.id)).scalar_one()
    unlinking.ask(house, factory.clinician(), link_id, "another hand")
    assert ask(house, officer, image).allowed
    unlinking.confirm(house, officer, link_id)
    assert not ask(house, officer, image).allowed


def test_a_pasted_list_is_answered_one_by_one(house: House, factory: Factory, poster: Actor) -> None:
    image = factory.ready_picture(factory.signed_consent(allow=(*USUAL, RECOGNISABLE)))
    text = f"{image}\n{UNKNOWN.lower()}, IMG-7K3Q-9XTF-K"
    found = posting.ask_list(house, poster, text, posting.Question("instagram", "public-education", how="list"))
    assert [(answer.image, answer.allowed) for answer in found.answers] == [(image, True), (UNKNOWN, False)]
    assert [(bad.text, bad.kind) for bad in found.bad] == [("IMG-7K3Q-9XTF-K", "check")]


def test_rule_50_the_auditor_and_the_administrator_do_not_ask(house: House, factory: Factory) -> None:
    for role in (Role.AUDITOR, Role.ADMINISTRATOR):
        with pytest.raises(Refused, match="role"):
            ask(house, factory.staff(role), UNKNOWN)
