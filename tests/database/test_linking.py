"""Who is in a picture, whose consent that is, and what happens when it was the wrong one."""

from __future__ import annotations

import secrets

import pytest
import sqlalchemy as sa

from consent.acts import clearing, custody, linking, reviewing, unlinking
from consent.acts.actor import Actor
from consent.acts.house import House
from consent.records import consents, images
from consent.records.tables.owed import task
from consent.records.tables.posts import incident, post, post_consent, post_image, takedown
from consent.rules.access import Role
from consent.rules.clearance import ABSENT, IDENTIFIERS, KNOWLEDGE, PRESENT
from consent.rules.identifiers import new_id
from consent.rules.posting_facts import ImageFacts, ImageState, Person
from consent.rules.refusal import NotFound, Refused
from tests.factory import Factory, looked_at

ALL_ABSENT = dict.fromkeys((*IDENTIFIERS, KNOWLEDGE), ABSENT)


def facts(house: House, image_id: str) -> ImageFacts:
    with house.reading() as connection:
        return images.image_facts(connection, [image_id])[image_id]


def number_of(house: House, consent_id: str) -> str:
    with house.reading() as connection:
        return consents.find(connection, consent_id).number


def link_of(house: House, image_id: str) -> str:
    with house.reading() as connection:
        return images.links(connection, image_id)[0].id


def rows(house: House, table: sa.Table) -> list[sa.Row]:
    with house.reading() as connection:
        return list(connection.execute(sa.select(table)).all())


def live_post(house: House, actor: Actor, image_id: str, consent_id: str) -> str:
    """A post that stands on this link."""
    post_id = new_id(secrets.token_bytes)
    with house.writing(actor) as deed:
        blank = {
            "channel": "instagram",
            "account": "organisation",
            "purpose": "public-education",
            "checklist": {},
            "approved_alone": False,
        }
        key_id = deed.new_key()
        deed.ledger.insert(
            post, id=post_id, state="live", key_id=key_id, planned_by=actor.id, planned_at=deed.now, **blank
        )
        deed.ledger.insert(post_image, id=new_id(secrets.token_bytes), post_id=post_id, image_id=image_id)
        deed.ledger.insert(
            post_consent, id=new_id(secrets.token_bytes), post_id=post_id, consent_id=consent_id, image_id=image_id
        )
        deed.enter("post.record", {"post": post_id})
    return post_id


def test_rule_34_facts_hold_everybody_and_every_consent_linked(house: House, factory: Factory) -> None:
    first, second = factory.signed_consent(), factory.signed_consent()
    made = factory.ready_picture(first, second)
    factory.clock.pass_(seconds=1)
    newer = factory.signed_consent(patient_id=factory.patient_of(first))
    people = factory.people(made)
    linking.link(house, factory.clinician(), made, people[0], number_of(house, newer))
    assert facts(house, made) == ImageFacts(
        id=made,
        medium="photo",
        state=ImageState.READY,
        reviewed=True,
        people_counted=2,
        cleared=False,
        people=(Person(people[0], consents=(first, newer)), Person(people[1], consents=(second,))),
    )
    assert facts(house, "IMG-2222-2222-2").state is ImageState.UNKNOWN


def test_a_picture_waits_in_quarantine_until_everybody_is_settled(house: House, factory: Factory) -> None:
    made = factory.reviewed_picture(recognisable=2)
    first, second = factory.people(made)
    assert facts(house, made).state is ImageState.QUARANTINE
    linking.link(house, factory.clinician(), made, first, number_of(house, factory.signed_consent()))
    assert facts(house, made).state is ImageState.QUARANTINE
    reviewing.mark_no_consent(house, factory.clinician(), made, second)
    reviewing.mark_no_consent(house, factory.clinician(), made, second)
    assert facts(house, made).state is ImageState.READY
    assert facts(house, made).people[1].no_consent
    with pytest.raises(Refused) as refused:
        reviewing.mark_no_consent(house, factory.clinician(), made, first)
    assert refused.value.codes == ("picture-is-linked",)


def test_a_picture_of_nobody_recognisable_still_shows_somebody(house: House, factory: Factory) -> None:
    made = factory.reviewed_picture(recognisable=0)
    assert facts(house, made).people == (Person(factory.people(made)[0], recognisable=False),)
    assert facts(house, made).people_counted == 0
    ready = factory.ready_picture(factory.signed_consent(), recognisable=False)
    assert facts(house, ready).state is ImageState.READY


def test_one_person_in_a_picture_is_one_patient(house: House, factory: Factory) -> None:
    first, other = factory.signed_consent(), factory.signed_consent()
    made = factory.reviewed_picture(recognisable=2)
    one, two = factory.people(made)
    clinician = factory.clinician()
    link_id = linking.link(house, clinician, made, one, number_of(house, first))
    assert linking.link(house, clinician, made, one, number_of(house, first).lower()) == link_id
    for person, code in ((one, "other-patient"), (two, "same-patient-twice")):
        wrong = other if person == one else first
        with pytest.raises(Refused) as refused:
            linking.link(house, clinician, made, person, number_of(house, wrong))
        assert refused.value.codes == (code,)


def test_only_a_signed_consent_that_one_may_open_is_linked(house: House, factory: Factory) -> None:
    made = factory.reviewed_picture()
    person = factory.people(made)[0]
    stranger = factory.staff(Role.CLINICIAN, unit="Eyes")
    theirs = number_of(house, factory.signed_consent(actor=stranger))
    for number, code in (
        (number_of(house, factory.draft()), "consent-not-signed"),
        ("2222-222", "consent-unknown"),
        ("2222-223", "number-unreadable"),
        ("nothing", "number-unreadable"),
        (theirs, "reason-needed"),
    ):
        with pytest.raises(Refused) as refused:
            linking.link(house, factory.clinician(), made, person, number)
        assert refused.value.codes == (code,)
    linking.link(house, factory.clinician(), made, person, theirs, "moved to our ward")
    with pytest.raises(NotFound):
        linking.link(house, factory.clinician(), made, "nobody", theirs, "moved to our ward")


def test_whoever_links_sees_the_name_first_and_custody_says_so(house: House, factory: Factory) -> None:
    signed = factory.signed_consent()
    made = factory.reviewed_picture()
    number = number_of(house, signed)
    proposed = linking.propose(house, factory.clinician(), made, factory.people(made)[0], number)
    assert (proposed.number, proposed.name.split()[0]) == (number, "Maria")
    entries = custody.timeline(house, factory.staff(Role.AUDITOR), signed)
    assert entries[-1].act == "consent.open-name"
    assert number in {each.number for each in linking.linkable(house, factory.clinician())}


def test_the_count_of_people_grows_freely_and_shrinks_only_over_the_unsettled(house: House, factory: Factory) -> None:
    made = factory.reviewed_picture(recognisable=3)
    one, *_ = factory.people(made)
    clinician = factory.clinician()
    linking.link(house, clinician, made, one, number_of(house, factory.signed_consent()))
    reviewing.review(house, clinician, made, looked_at(1), 1, 0)
    assert factory.people(made) == [one]
    assert facts(house, made).state is ImageState.READY
    reviewing.review(house, clinician, made, looked_at(1, 1), 1, 1)
    assert len(factory.people(made)) == 2
    assert facts(house, made).state is ImageState.QUARANTINE
    with pytest.raises(Refused) as refused:
        reviewing.review(house, clinician, made, looked_at(0), 0, 1)
    assert refused.value.codes == ("people-already-settled",)


def test_somebody_added_under_a_live_post_flags_it(house: House, factory: Factory) -> None:
    signed = factory.signed_consent()
    made = factory.ready_picture(signed)
    post_id = live_post(house, factory.clinician(), made, signed)
    reviewing.review(house, factory.clinician(), made, looked_at(2), 2, 0)
    assert [(row.post_id, row.why) for row in rows(house, takedown)] == [(post_id, "no-consent")]
    assert [row.kind for row in rows(house, incident)] == ["post-without-consent"]
    assert custody.verify(house).sound


def test_unlinking_needs_a_second_person(house: House, factory: Factory) -> None:
    made = factory.ready_picture(factory.signed_consent())
    clinician, other = factory.clinician(), factory.staff(Role.CLINICIAN)
    link_id = link_of(house, made)
    with pytest.raises(Refused) as refused:
        unlinking.confirm(house, other, link_id)
    assert refused.value.codes == ("not-asked",)
    with pytest.raises(Refused):
        unlinking.ask(house, clinician, link_id, " ")
    unlinking.ask(house, clinician, link_id, "It is his brother.")
    with pytest.raises(Refused) as refused:
        unlinking.ask(house, other, link_id, "It is his brother.")
    assert refused.value.codes == ("already-asked",)
    assert facts(house, made).people[0].consents
    with pytest.raises(Refused) as refused:
        unlinking.confirm(house, clinician, link_id)
    assert refused.value.codes == ("second-person-needed",)
    assert [each.is_own for each in unlinking.asked(house, clinician)] == [True]
    assert unlinking.asked(house, factory.staff(Role.CLINICIAN, unit="Eyes")) == ()
    assert unlinking.look(house, other, link_id).why == "It is his brother."
    assert unlinking.confirm(house, other, link_id) == unlinking.Unlinked(0, 0)
    assert facts(house, made).people[0].consents == ()
    assert facts(house, made).state is ImageState.QUARANTINE
    assert [row.state for row in rows(house, task) if row.kind == "link-change"] == ["done"]
    with pytest.raises(NotFound):
        unlinking.confirm(house, other, link_id)
    assert custody.verify(house).sound


def test_relinking_flags_live_posts_and_opens_an_incident(house: House, factory: Factory) -> None:
    wrong, right = factory.signed_consent(), factory.signed_consent()
    made = factory.ready_picture(wrong)
    post_id = live_post(house, factory.clinician(), made, wrong)
    other_picture = factory.ready_picture(wrong)
    untouched = live_post(house, factory.clinician(), other_picture, wrong)
    link_id = link_of(house, made)
    unlinking.ask(house, factory.clinician(), link_id, "Mixed up two cards.", number_of(house, right))
    assert unlinking.asked(house, factory.clinician())[0].relink_number == number_of(house, right)
    outcome = unlinking.confirm(house, factory.staff(Role.CLINICIAN), link_id)
    assert outcome == unlinking.Unlinked(flagged=1, incidents=1)
    assert facts(house, made).people[0].consents == (right,)
    assert facts(house, made).state is ImageState.READY
    assert {row.id: row.state for row in rows(house, post)} == {post_id: "flagged", untouched: "live"}
    assert [(row.post_id, row.why, row.state) for row in rows(house, takedown)] == [(post_id, "unlinked", "open")]
    assert [(row.kind, row.image_id) for row in rows(house, incident)] == [("wrong-link", made)]
    assert custody.verify(house).sound


def test_a_request_to_unlink_can_be_declined(house: House, factory: Factory) -> None:
    made = factory.ready_picture(factory.signed_consent())
    unlinking.ask(house, factory.clinician(), link_of(house, made), "Not sure.")
    unlinking.decline(house, factory.staff(Role.CLINICIAN), link_of(house, made))
    assert unlinking.asked(house, factory.clinician()) == ()
    assert facts(house, made).state is ImageState.READY
    unlinking.ask(house, factory.clinician(), link_of(house, made), "Sure now.")
    assert custody.verify(house).sound


def test_rule_36_a_clearance_needs_all_18_and_no_knowledge_by_a_named_officer(house: House, factory: Factory) -> None:
    made = factory.reviewed_picture(recognisable=0)
    officer = factory.staff(Role.PRIVACY_OFFICER, unit="Office")
    with pytest.raises(Refused):
        clearing.clear(house, factory.clinician(), made, ALL_ABSENT, rare=False)
    with pytest.raises(Refused) as refused:
        clearing.clear(house, officer, made, {}, rare=False)
    assert len(refused.value.reasons) == 19
    for code in (*IDENTIFIERS, KNOWLEDGE):
        with pytest.raises(Refused) as refused:
            clearing.clear(house, officer, made, {**ALL_ABSENT, code: PRESENT}, rare=False)
        assert refused.value.reasons[0].field == code
    clearing.clear(house, officer, made, ALL_ABSENT, rare=False)
    assert facts(house, made).cleared
    assert facts(house, made).state is ImageState.READY
    with pytest.raises(Refused):
        clearing.clear(house, officer, made, ALL_ABSENT, rare=False)


def test_rule_36_a_rare_case_forces_a_second_reviewer(house: House, factory: Factory) -> None:
    made = factory.reviewed_picture(recognisable=0)
    officer, second = factory.staff(Role.PRIVACY_OFFICER), factory.staff(Role.PRIVACY_OFFICER)
    clearing.clear(house, officer, made, ALL_ABSENT, rare=True)
    assert not facts(house, made).cleared
    assert facts(house, made).state is ImageState.QUARANTINE
    with pytest.raises(Refused) as refused:
        clearing.second(house, officer, made)
    assert refused.value.codes == ("second-person-needed",)
    clearing.second(house, second, made)
    assert facts(house, made).cleared
    assert custody.verify(house).sound


def test_rule_36_nobody_recognisable_can_be_cleared_away(house: House, factory: Factory) -> None:
    officer = factory.staff(Role.PRIVACY_OFFICER)
    for made, code in ((factory.reviewed_picture(), "somebody-recognisable"), (factory.picture(), "review-first")):
        with pytest.raises(Refused) as refused:
            clearing.clear(house, officer, made, ALL_ABSENT, rare=False)
        assert refused.value.codes == (code,)
