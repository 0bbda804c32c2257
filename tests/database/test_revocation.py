"""A change of mind: at once, whole or in part, for one form or all; and what stays as it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from consent.acts import cards, custody, declining, releasing, requests, revocation, standing, upkeep
from consent.acts.actor import SYSTEM, Actor
from consent.acts.change_of_mind import Change, Done, Scope, Way
from consent.acts.dossier import Person
from consent.acts.house import House
from consent.records.tables.consents import consent, consent_answer, patient, withdrawn_image
from consent.records.tables.custody import custody as chain
from consent.records.tables.owed import notice, task
from consent.records.tables.posts import post, release, takedown
from consent.records.tables.revocations import revocation as revocation_table
from consent.records.tables.revocations import revocation_request
from consent.rules.access import Role
from consent.rules.refusal import NotFound, Refused
from tests.asking import look_up
from tests.database.out_there import ADDRESS, ALLOWED, Office, only, rows
from tests.factory import Clock, Factory

ASKED_MORE = (
    ("medium", "photo"),
    ("purpose", "public-education"),
    ("channel", "instagram"),
    ("channel", "conference"),
    ("channel", "journal"),
    ("account", "organisation"),
)


def by_card(house: House, factory: Factory, consent_id: str) -> Actor:
    return Actor("card", cards.make_card(house, factory.clinician(), consent_id).card_id)


def stop(house: House, factory: Factory, consent_id: str, scope: Scope = Scope.FORM, **change: object) -> Done:
    """The patient says so in the room."""
    base = Change(consent_id, scope, Way.IN_PERSON, known_how="He is on my ward.")
    return revocation.revoke(house, factory.clinician(), replace(base, **change))  # type: ignore[arg-type]


def verdict(house: House, office: Office, image: str, channel: str = "instagram") -> bool:
    return look_up(house, office.poster, image, channel, "public-education").allowed


def test_rule_41_everything_stops_in_one_transaction(house: House, factory: Factory, office: Office) -> None:
    made = factory.signed_consent(allow=ALLOWED)
    image = factory.ready_picture(made)
    post_id = office.live(image)
    releasing.release(house, office.poster, image, "conference", "public-education")
    assert verdict(house, office, image)
    entries = custody.verify(house).entries
    done = stop(house, factory, made)
    assert custody.verify(house).entries == entries + 1
    assert (done.consents, done.posts) == (1, 1)
    kept = only(house, consent, id=made)
    assert (kept.status, kept.revoked_at) == ("revoked", done.at)
    assert not verdict(house, office, image)
    assert only(house, post, id=post_id).state == "flagged"
    flagged = only(house, takedown, post_id=post_id)
    assert (flagged.owner_id, flagged.why, flagged.due_at) == (
        office.poster.id,
        "revoked",
        done.at + timedelta(hours=24),
    )
    ended = only(house, release)
    assert (ended.closed_at, ended.closed_why) == (done.at, "revoked")
    with pytest.raises(Refused, match="verdict-withdrawn"):
        releasing.release(house, office.poster, image, "instagram", "public-education")
    kinds = {(row.kind, row.to_staff) for row in rows(house, notice)}
    assert kinds == {
        ("revocation-poster", office.poster.id),
        ("revocation-release-holder", office.poster.id),
        ("revocation-communications", office.poster.id),
        ("revocation-communications", office.second.id),
        ("revocation-privacy-officer", office.officer.id),
        ("revocation-acknowledgement", None),
    }
    assert custody.verify(house).sound


def test_rule_40_by_the_card_without_a_reason_and_by_every_other_way(house: House, factory: Factory) -> None:
    made = factory.signed_consent(allow=ALLOWED)
    done = revocation.revoke(house, by_card(house, factory, made), Change(made, Scope.FORM, Way.CARD))
    assert only(house, revocation_request, id=done.request_id).words is None
    for way in (Way.IN_PERSON, Way.LETTER, Way.TELEPHONE, Way.EMAIL):
        other = factory.signed_consent(allow=ALLOWED)
        assert stop(house, factory, other, way=way).request_id
        assert only(house, consent, id=other).status == "revoked"


def test_rule_40_what_was_said_is_kept_encrypted_and_shown_to_the_officer(
    house: House, factory: Factory, office: Office
) -> None:
    made = factory.signed_consent(allow=ALLOWED)
    done = stop(house, factory, made, words="My boss saw it.", known_how="He knew his record number.")
    assert done.request_id is not None
    found = requests.one(house, office.officer, done.request_id)
    assert (found.words, found.known_how) == ("My boss saw it.", "He knew his record number.")
    with house.reading() as connection:
        dump = b"".join(bytes(row.entry) for row in connection.execute(sa.select(chain)))
    assert b"boss" not in dump
    with pytest.raises(NotFound):
        requests.one(house, factory.staff(Role.CLINICIAN), done.request_id)
    assert [each.id for each in requests.listed(house, factory.clinician())] == [done.request_id]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"known_how": " "}, "known-how-missing"),
        ({"way": Way.CARD}, "way-unknown"),
        ({"way": Way.DECLINED}, "way-unknown"),
        ({"words": "x" * 4001}, "words-long"),
        ({"contact": "no address"}, "contact-bad"),
        ({"scope": Scope.PARTS}, "part-missing"),
    ],
)
def test_rule_40_staff_say_how_the_caller_was_known(
    house: House, factory: Factory, change: dict[str, object], code: str
) -> None:
    made = factory.signed_consent(allow=ALLOWED)
    with pytest.raises(Refused, match=code):
        stop(house, factory, made, **change)
    assert rows(house, revocation_request) == []


def test_who_may_record_a_request(house: House, factory: Factory, office: Office) -> None:
    made, other = factory.signed_consent(allow=ALLOWED), factory.signed_consent(allow=ALLOWED)
    change = Change(made, Scope.FORM, Way.TELEPHONE, known_how="by voice")
    with pytest.raises(Refused, match="role"):
        revocation.revoke(house, office.poster, change)
    with pytest.raises(NotFound):
        revocation.revoke(house, by_card(house, factory, other), replace(change, way=Way.CARD))
    stranger = factory.staff(Role.CLINICIAN, unit="Eyes")
    assert revocation.revoke(house, stranger, change).request_id, "another unit's nurse may not be a delay"


def test_rule_49_doubt_delays_nothing_and_only_the_officer_may_find_it_mistaken(
    house: House, factory: Factory, office: Office
) -> None:
    made = factory.signed_consent(allow=ALLOWED)
    image = factory.ready_picture(made)
    done = stop(house, factory, made, known_how="", doubt=True)
    assert done.request_id is not None
    assert not verdict(house, office, image)
    owed = only(house, task, kind="written-confirmation")
    assert (owed.queue, owed.state) == ("privacy-officer", "open")
    for actor in (office.poster, factory.clinician()):
        with pytest.raises(Refused, match="role"):
            revocation.find_mistaken(house, actor, done.request_id, "It was his brother.")
    with pytest.raises(Refused, match="why-missing"):
        revocation.find_mistaken(house, office.officer, done.request_id, " ")
    revocation.find_mistaken(house, office.officer, done.request_id, "It was his brother.")
    with pytest.raises(Refused, match="mistaken-already"):
        revocation.find_mistaken(house, office.officer, done.request_id, "Again.")
    assert only(house, task, kind="written-confirmation").done_how == "found-mistaken"
    assert not verdict(house, office, image), "nothing revives"
    assert only(house, consent, id=made).status == "revoked"


def test_rule_46_a_revoked_consent_stays_and_a_new_signature_allows_anew(
    house: House, factory: Factory, office: Office
) -> None:
    made = factory.signed_consent(allow=ALLOWED)
    image = factory.ready_picture(made)
    stop(house, factory, made)
    factory.clock.pass_(minutes=1)
    again = factory.signed_consent(allow=ALLOWED, patient_id=factory.patient_of(made))
    assert only(house, consent, id=made).status == "revoked"
    assert only(house, consent, id=again).status == "signed"
    assert not verdict(house, office, image), "the picture is not linked to the new one"
    assert verdict(house, office, factory.ready_picture(again))


def test_rule_44_a_part_narrows_the_scope_and_leaves_the_rest(house: House, factory: Factory, office: Office) -> None:
    made = factory.signed_consent(allow=ALLOWED)
    image, other = factory.ready_picture(made), factory.ready_picture(made)
    on_instagram, at_conference = office.live(image), office.live(other, channel="conference", address="talk")
    done = stop(house, factory, made, Scope.PARTS, parts=frozenset({("channel", "instagram")}))
    assert done.posts == 1
    assert only(house, consent, id=made).status == "signed"
    withdrawn = only(house, consent_answer, consent_id=made, kind="channel", code="instagram")
    assert (withdrawn.answer, withdrawn.withdrawn_at) == (True, done.at)
    assert only(house, post, id=on_instagram).state == "flagged"
    assert only(house, post, id=at_conference).state == "live"
    assert not verdict(house, office, image)
    assert verdict(house, office, image, "conference")


def test_rule_44_a_single_image(house: House, factory: Factory, office: Office) -> None:
    made = factory.signed_consent(allow=ALLOWED)
    image, other = factory.ready_picture(made), factory.ready_picture(made)
    post_id, stays = office.live(image), office.live(other)
    done = stop(house, factory, made, Scope.PARTS, images=frozenset({image, "IMG-2222-2222-2"}))
    assert [row.image_id for row in rows(house, withdrawn_image)] == [image]
    assert only(house, revocation_table, request_id=done.request_id).parts == [["image", image]]
    assert only(house, post, id=post_id).state == "flagged"
    assert only(house, post, id=stays).state == "live"
    assert (verdict(house, office, image), verdict(house, office, other)) == (False, True)


def test_a_wish_to_be_shown_first_cannot_be_withdrawn_into_a_wider_yes(house: House, factory: Factory) -> None:
    made = factory.signed_consent(allow=(*ALLOWED, ("permission", "show-first")))
    done = stop(house, factory, made, Scope.PARTS, parts=frozenset({("permission", "show-first")}))
    assert done.request_id is None


def test_a_repeat_finds_nothing_left_and_writes_nothing(house: House, factory: Factory) -> None:
    made = factory.signed_consent(allow=ALLOWED)
    card = by_card(house, factory, made)
    assert revocation.revoke(house, card, Change(made, Scope.FORM, Way.CARD)).request_id
    entries = custody.verify(house).entries
    for scope in (Scope.FORM, Scope.EVERYTHING):
        again = revocation.revoke(house, card, Change(made, scope, Way.CARD))
        assert (again.request_id, again.consents) == (None, 0)
    assert custody.verify(house).entries == entries
    assert len(rows(house, revocation_request)) == 1


def test_everything_follows_sameness_from_one_row_to_the_next(house: House, factory: Factory) -> None:
    born, misread = date(1981, 5, 17), date(1981, 7, 15)
    first = factory.signed_consent(person=Person("José Núñez", born, "MRN-30", language="en"))
    misspelt = factory.signed_consent(person=Person("Jose Nunes", misread, "MRN-31", language="en"))
    unnumbered = factory.signed_consent(person=Person("JOSE NUNES", misread, "", language="en"))
    other = factory.signed_consent(person=Person("Jose Nunes", born, "MRN-32", language="en"))
    # Two rows have one record number only from before that was refused.
    with house.writing(SYSTEM) as deed:
        number = only(house, patient, id=factory.patient_of(first)).record_fingerprint
        deed.ledger.update(patient, factory.patient_of(misspelt), record_fingerprint=number)
        deed.enter("patient.change", {"patient": factory.patient_of(misspelt)})
    stop(house, factory, first, scope=Scope.EVERYTHING)
    assert {row.id for row in rows(house, consent, status="signed")} == {other}
    assert {row.id for row in rows(house, consent, status="revoked")} == {first, misspelt, unnumbered}


def test_everything_reaches_each_consent_of_the_same_person_even_if_entered_twice(
    house: House, factory: Factory
) -> None:
    born = date(1980, 5, 17)
    first = factory.signed_consent(person=Person("José Núñez", born, "MRN-9", language="en"))
    same_patient = factory.signed_consent(patient_id=factory.patient_of(first))
    twice = factory.signed_consent(person=Person("jose  nunez", born, "", language="en"))
    namesake = factory.signed_consent(person=Person("José Núñez", date(1981, 5, 17), "MRN-10", language="en"))
    twin = factory.signed_consent(person=Person("Juan Núñez", born, "MRN-11", language="en"))
    seen = standing.of_card(house, by_card(house, factory, first).id)
    assert seen.others
    done = stop(house, factory, first, Scope.EVERYTHING)
    assert done.consents == 3
    revoked = {row.id for row in rows(house, consent, status="revoked")}
    assert revoked == {first, same_patient, twice}
    assert {row.id for row in rows(house, consent, status="signed")} == {namesake, twin}


def test_a_post_that_rests_on_two_has_one_takedown_and_both_cases_wait_for_it(
    house: House, factory: Factory, office: Office
) -> None:
    made, other = factory.signed_consent(allow=ALLOWED), factory.signed_consent(allow=ALLOWED)
    post_id = office.live(factory.ready_picture(made, other))
    first, second = stop(house, factory, made), stop(house, factory, other)
    down = only(house, takedown, post_id=post_id)
    assert (first.posts, second.posts) == (1, 1)
    for done in (first, second):
        assert only(house, revocation_request, id=done.request_id).takedowns == [down.id]


def test_rule_42_a_place_that_is_not_ours_has_two_working_days_and_its_recipient_is_told_once(
    house: House, factory: Factory, office: Office
) -> None:
    made = factory.signed_consent(asked=ASKED_MORE, allow=(*ASKED_MORE, ("permission", "recognisable")))
    image, other = factory.ready_picture(made), factory.ready_picture(made)
    outside = {"channel": "journal", "recipient": "The Journal", "contact": "editor@journal.example"}
    posts_outside = {office.live(image, address="a", **outside), office.live(other, address="b", **outside)}
    stop(house, factory, made)
    downs = [row for row in rows(house, takedown) if row.post_id in posts_outside]
    # Monday 2 November 2026 and two working days.
    assert {row.due_at.astimezone(house.terms.zone).date() for row in downs} == {date(2026, 11, 4)}
    told = only(house, notice, to="outside")
    assert set(told.about["post"]) == posts_outside
    assert set(told.about["image"]) == {image, other}


def test_somebody_who_has_left_owns_no_takedown_and_the_officers_hear_in_his_place(
    house: House, factory: Factory, office: Office
) -> None:
    made = factory.signed_consent(allow=ALLOWED)
    office.live(factory.ready_picture(made))
    with house.writing(Actor("command", "test")) as deed:
        from consent.records.tables.staff import staff

        deed.ledger.update(staff, office.poster.id, status="disabled")
        deed.enter("staff.disable", {"staff": office.poster.id})
    stop(house, factory, made)
    down = only(house, takedown)
    assert (down.owner_id, down.queue) == (None, "communications")
    assert only(house, notice, kind="revocation-poster").to_staff == office.officer.id
    assert {row.to_staff for row in rows(house, notice, kind="revocation-communications")} == {office.second.id}


def interrupted(*_: object) -> None:
    raise KeyboardInterrupt


def test_declining_a_newer_form_stops_the_earlier_ones_if_he_wants_that(house: House, factory: Factory) -> None:
    first = factory.signed_consent(allow=ALLOWED)
    newer = factory.draft(patient_id=factory.patient_of(first))
    declining.decline(house, factory.handed_over(newer), earlier_too=True)
    assert only(house, consent, id=first).status == "revoked"
    assert only(house, revocation_request).made_by.startswith("signer:")


def test_a_wish_to_stop_the_earlier_ones_survives_a_crash(
    house: House, factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = factory.signed_consent(allow=ALLOWED)
    newer = factory.draft(patient_id=factory.patient_of(first))
    session_id = factory.handed_over(newer)
    with monkeypatch.context() as patch:
        patch.setattr(revocation, "revoke_earlier", interrupted)
        with pytest.raises(KeyboardInterrupt):
            declining.decline(house, session_id, earlier_too=True)
    assert only(house, task, kind="withdraw-earlier").state == "open", "what a crash left is not lost"
    assert upkeep.finish_declined(house) == 1
    assert only(house, consent, id=first).status == "revoked"
    assert only(house, revocation_request).way == "declined"
    assert [row.state for row in rows(house, task, kind="withdraw-earlier")] == ["done"]
    before = custody.verify(house).entries
    assert revocation.revoke_earlier(house, factory.clinician(), newer).request_id is None
    assert custody.verify(house).entries == before
    with pytest.raises(NotFound):
        revocation.revoke_earlier(house, factory.clinician(), first)


def test_a_thousand_posts_are_flagged_in_one_transaction(house: House, factory: Factory, office: Office) -> None:
    made = factory.signed_consent(allow=ALLOWED)
    ids = office.many_live(1000, made, factory.ready_picture(made))
    entries = custody.verify(house).entries
    done = stop(house, factory, made)
    found = custody.verify(house)
    assert (found.entries, found.sound) == (entries + 1, True)
    assert done.posts == 1000
    assert {row.state for row in rows(house, post)} == {"flagged"}
    assert {row.post_id for row in rows(house, takedown, state="open")} == set(ids)
    assert len(only(house, revocation_request).takedowns) == 1000
    assert len(rows(house, notice, kind="revocation-poster")) == 1


def test_what_stands_is_said_in_plain_words_without_a_name(
    house: House, factory: Factory, office: Office, clock: Clock
) -> None:
    made = factory.signed_consent(allow=ALLOWED)
    image = factory.ready_picture(made)
    office.live(image)
    card = by_card(house, factory, made)
    seen = standing.of_card(house, card.id)
    said = [line.text for part in seen.parts for line in part.lines]
    assert "We may show it on Instagram." in said
    assert [(place.channel, place.address) for place in seen.places] == [("Instagram", f"{ADDRESS}17")]
    assert seen.images == (image,)
    assert not seen.others
    assert "Lopez" not in repr(seen)
    stop(house, factory, made, Scope.PARTS, parts=frozenset({("channel", "instagram")}))
    seen = standing.of_card(house, card.id)
    said = [line.text for part in seen.parts for line in part.lines]
    assert "We may show it on Instagram." not in said
    assert [outcome.state for outcome in seen.earlier[0].outcomes] == ["open"]
    clock.pass_(days=800)
    assert standing.of_card(house, card.id).parts == (), "expired: nothing may be shown"
    with pytest.raises(NotFound):
        standing.of_card(house, "no-such-card")
