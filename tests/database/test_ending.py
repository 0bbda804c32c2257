"""A consent that ends by an event ends on the day on which the event is known to have happened."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from consent.acts import custody, ending, finding, handing_over, posting, standing, upkeep
from consent.acts.house import House
from consent.records.tables.consents import consent
from consent.rules.access import Role
from consent.rules.grounds import PublicGround
from consent.rules.refusal import Refused
from tests.asking import look_up
from tests.database.out_there import only
from tests.factory import USUAL, Clock, Factory


def allowed(house: House, factory: Factory, image: str) -> posting.Answer:
    return look_up(house, factory.staff(Role.COMMUNICATIONS), image, "instagram", "public-education")


def test_rule_03_an_event_ends_a_consent_from_its_day_on(house: House, factory: Factory, clock: Clock) -> None:
    clinician = factory.clinician()
    made = factory.signed_consent(
        allow=(*USUAL, ("permission", "recognisable")),
        term="event",
        actor=clinician,
        event="the study ends",
        event_confirmer="Dr. Moss",
    )
    image = factory.ready_picture(made, actor=clinician)
    assert allowed(house, factory, image).allowed
    assert standing.preview(house, clinician, made).is_good
    assert ending.event_of(house, clinician, made) == ("the study ends", "Dr. Moss")
    clock.pass_(days=10)
    for day, words, code in (
        (None, "he rang", "day-missing"),
        (date(2020, 1, 1), "he rang", "day-impossible"),
        (date(2030, 1, 1), "he rang", "day-impossible"),
        (house.today, " ", "missing"),
    ):
        with pytest.raises(Refused) as refused:
            ending.confirm_event(house, clinician, made, day, words)
        assert refused.value.codes == (code,)
    ending.confirm_event(house, clinician, made, house.today, "Dr. Moss rang")
    answer = allowed(house, factory, image)
    assert not answer.allowed
    assert [reason.public for reason in answer.reasons] == [PublicGround.EXPIRED]
    # What the patient is shown says the same.
    assert not standing.preview(house, clinician, made).is_good
    with pytest.raises(Refused, match="event-known"):
        ending.confirm_event(house, clinician, made, house.today, "again")
    # Nobody is warned any more that it will end by its latest date.
    latest = only(house, consent, id=made).expires_on
    clock.now += timedelta(days=(latest - house.today).days - 7)
    assert upkeep.nightly(house).warnings == 0
    assert custody.verify(house).sound


def test_other_consents_have_no_event_and_other_units_need_a_reason(house: House, factory: Factory) -> None:
    made = factory.signed_consent()
    with pytest.raises(Refused, match="no-event"):
        ending.confirm_event(house, factory.staff(Role.PRIVACY_OFFICER), made, house.today, "he rang")
    with pytest.raises(Refused, match="reason-needed"):
        ending.event_of(house, factory.staff(Role.CLINICIAN, unit="Heart"), made)


def test_an_expired_consent_is_listed_as_expired(house: House, factory: Factory, clock: Clock) -> None:
    clinician = factory.clinician()
    made = factory.signed_consent(term="1-year", actor=clinician)
    assert [each.status for each in finding.lists(house, clinician).decided if each.id == made] == ["signed"]
    clock.pass_(days=367)
    assert [each.status for each in finding.lists(house, clinician).decided if each.id == made] == ["expired"]


def test_the_preview_shows_the_words_of_signing_too(house: House, factory: Factory) -> None:
    clinician = factory.clinician()
    shown = handing_over.preview(house, clinician, factory.draft(actor=clinician))
    assert [page.key for page in shown][-2:] == ["electronic", "signature"]
