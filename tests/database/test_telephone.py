"""By telephone: two of the staff heard it; never enough for the public, and a signature completes it (rule 23)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from consent.acts import revocation, signing, speaking
from consent.acts.actor import Actor
from consent.acts.change_of_mind import Change, Scope, Way
from consent.acts.house import House
from consent.acts.speaking import Said
from consent.records import consents, tasks
from consent.records.staff import find
from consent.records.tables.ways import spoken
from consent.rules.access import Role
from consent.rules.grounds import Ground
from consent.rules.refusal import NotFound
from tests.asking import look_up
from tests.factory import Clock, Factory
from tests.refusals import refused

ASKED = (
    ("medium", "photo"),
    ("purpose", "professional-teaching"),
    ("channel", "staff-teaching"),
    ("channel", "instagram"),
    ("account", "organisation"),
)


def email(house: House, actor: Actor) -> str:
    with house.reading() as connection:
        row = find(connection, actor.id)
        assert row is not None
        return str(row.email)


def words(factory: Factory, made: str, other: Actor, **more: Any) -> Said:
    session = speaking.session_of(factory.house, factory.clinician(), made)
    uses = {ask: ask in ASKED for ask in session.version.questions(session.dossier.asked)}
    said = Said(
        uses, "2-years", "Maria Lopez", "555 0123", "In the record since 2024", True, email(factory.house, other)
    )
    return replace(said, **more)


def heard(factory: Factory, made: str | None = None, **draft: Any) -> tuple[str, str]:
    made = made or factory.draft(asked=ASKED, **draft)
    other = factory.staff(Role.CLINICIAN)
    spoken_id = speaking.record(factory.house, factory.clinician(), made, words(factory, made, other))
    speaking.confirm(factory.house, other, spoken_id, True)
    return made, spoken_id


def ask(house: House, factory: Factory, image: str, channel: str) -> Any:
    return look_up(house, factory.staff(Role.PRIVACY_OFFICER), image, channel, "professional-teaching")


def grounds(answer: Any) -> set[Any]:
    return {reason.ground for reason in answer.reasons}


def test_rule_23_inside_and_unrecognised_and_nothing_else(factory: Factory, house: House) -> None:
    made, _ = heard(factory)
    image = factory.ready_picture(made, recognisable=False)
    assert ask(house, factory, image, "staff-teaching").allowed
    assert grounds(ask(house, factory, image, "instagram")) == {Ground.SPOKEN_ONLY}
    shown = factory.ready_picture(made, recognisable=True)
    assert Ground.SPOKEN_ONLY in grounds(ask(house, factory, shown, "staff-teaching"))


def test_rule_23_it_counts_when_the_other_has_confirmed_it(factory: Factory, house: House) -> None:
    made = factory.draft(asked=ASKED)
    other = factory.staff(Role.CLINICIAN)
    spoken_id = speaking.record(house, factory.clinician(), made, words(factory, made, other))
    with house.reading() as connection:
        assert [each.kind for each in tasks.open_for(connection, other.id, [], 9)] == ["spoken-to-confirm"]
        row = consents.find(connection, made)
        assert row is not None
        assert (row.status, row.signed_at, row.spoken_at) == ("draft", None, None)
    with pytest.raises(NotFound):
        speaking.confirm(house, factory.clinician(), spoken_id, True)
    with pytest.raises(NotFound):
        speaking.confirm(house, factory.staff(Role.CLINICIAN), spoken_id, True)
    speaking.confirm(house, other, spoken_id, False)
    assert speaking.of_consent(house, factory.clinician(), made)[0].state == "not-heard"
    # Said again, nothing changes.
    speaking.confirm(house, other, spoken_id, True)
    assert speaking.of_consent(house, factory.clinician(), made)[0].state == "not-heard"


def test_rule_23_a_signature_completes_it(factory: Factory, house: House) -> None:
    made, _ = heard(factory)
    session_id = factory.handed_over(made)  # type: ignore[arg-type]
    seen = factory.answer(session_id, [*ASKED, ("permission", "recognisable")])  # type: ignore[arg-type]
    signing.sign(house, session_id, signing.Submission("a", seen, True, typed="Maria Lopez"))
    image = factory.ready_picture(made)
    assert ask(house, factory, image, "instagram").allowed


def test_it_ends_when_the_person_thinks_otherwise(factory: Factory, house: House) -> None:
    made, spoken_id = heard(factory)
    image = factory.ready_picture(made, recognisable=False)
    speaking.withdraw(house, factory.clinician(), spoken_id)
    assert grounds(ask(house, factory, image, "staff-teaching")) == {Ground.NOT_SIGNED}


def test_who_stops_everything_stops_what_he_said_too(factory: Factory, house: House, clock: Clock) -> None:
    before = factory.signed_consent()
    made, _ = heard(factory, patient_id=factory.patient_of(before))
    image = factory.ready_picture(made, recognisable=False)
    assert ask(house, factory, image, "staff-teaching").allowed
    clock.pass_(hours=1)
    change = Change(before, Scope.EVERYTHING, Way.IN_PERSON, known_how="He is on my ward.")
    revocation.revoke(house, factory.clinician(), change)
    assert not ask(house, factory, image, "staff-teaching").allowed


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"who": ""}, "who-missing"),
        ({"number": " "}, "phone-missing"),
        ({"known_how": ""}, "known-how-missing"),
        ({"read_out": False}, "not-read-out"),
        ({"also_heard": "nobody@hospital.example"}, "staff-unknown"),
        ({"term": ""}, "expiry-missing"),
        ({"term": "event"}, "expiry-missing"),
        ({"uses": {}}, "unanswered"),
    ],
)
def test_what_is_missing_is_refused(factory: Factory, house: House, more: dict[str, Any], code: str) -> None:
    made = factory.draft(asked=ASKED)
    said = words(factory, made, factory.staff(Role.CLINICIAN), **more)
    refused(lambda: speaking.record(house, factory.clinician(), made, said), code)


def test_one_person_is_not_two(factory: Factory, house: House) -> None:
    made = factory.draft(asked=ASKED)
    said = words(factory, made, factory.clinician())
    refused(lambda: speaking.record(house, factory.clinician(), made, said), "same-person")


def test_nothing_of_it_is_readable_in_the_database(factory: Factory, house: House) -> None:
    heard(factory)
    with house.reading() as connection:
        (row,) = connection.execute(sa.select(spoken)).all()
    assert "555 0123" not in str(tuple(row))
    assert b"Maria" not in bytes(row.content)


def test_who_may_not(factory: Factory, house: House) -> None:
    made = factory.draft(asked=ASKED)
    said = words(factory, made, factory.staff(Role.CLINICIAN))
    for role in (Role.COMMUNICATIONS, Role.AUDITOR, Role.ADMINISTRATOR, Role.PRIVACY_OFFICER):
        refused(lambda r=role: speaking.record(house, factory.staff(r), made, said), "role")  # type: ignore[misc]
    other = factory.staff(Role.CLINICIAN, unit="Eyes")
    refused(lambda: speaking.record(house, other, made, said), "other-unit")
