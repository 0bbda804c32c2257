"""Ways around the rules that somebody tried: each was open once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pyotp
import pytest

from consent.acts import (
    covering,
    creating,
    custody,
    doors,
    dossier,
    filing,
    handing_over,
    letters,
    linking,
    organisation,
    planning,
    posting,
    retrieval,
    reviewing,
    revocation,
    second_factor,
    sessions,
    signing,
    unlocking,
)
from consent.acts.change_of_mind import Change, Scope, Way
from consent.acts.house import House
from consent.records import consents
from consent.records.tables.posts import post
from consent.rules.access import Role
from consent.rules.grounds import PublicGround
from consent.rules.refusal import NotFound, Refused
from tests.asking import look_up
from tests.database.out_there import ALLOWED, TICKS, Office, only
from tests.factory import FORM, Clock, Factory, looked_at
from tests.staffroom import make_app, send, signed_in


def ask(house: House, office: Office, image: str, **question: Any) -> posting.Answer:
    return look_up(house, office.poster, image, "instagram", "public-education", **question)


def stop(house: House, factory: Factory, consent_id: str, **change: Any) -> None:
    said = {"way": Way.IN_PERSON, "known_how": "He is on my ward."} | change
    revocation.revoke(house, factory.clinician(), Change(consent_id, **said))


def link_again(house: House, factory: Factory, image: str, consent_id: str) -> None:
    """Review the picture and link its one person to the consent."""
    actor = factory.clinician()
    reviewing.review(house, actor, image, looked_at(), 1, 0)
    with house.reading() as connection:
        row = consents.find(connection, consent_id)
    assert row is not None
    linking.link(house, actor, image, factory.people(image)[0], row.number)


def test_rule_46_a_withdrawn_picture_stays_so_under_a_new_id(house: House, factory: Factory, office: Office) -> None:
    made = factory.signed_consent(allow=ALLOWED)
    image = factory.ready_picture(made)
    stop(house, factory, made, scope=Scope.PARTS, images=frozenset({image}))
    renewed = covering.renew(house, factory.clinician(), image)
    link_again(house, factory, renewed, made)
    assert not ask(house, office, renewed).allowed


def test_rule_46_withdrawing_a_picture_stops_what_was_made_from_it(
    house: House, factory: Factory, office: Office
) -> None:
    made = factory.signed_consent(allow=ALLOWED)
    image = factory.ready_picture(made)
    renewed = covering.renew(house, factory.clinician(), image)
    link_again(house, factory, renewed, made)
    post_id = office.live(renewed)
    stop(house, factory, made, scope=Scope.PARTS, images=frozenset({image}))
    assert not ask(house, office, renewed).allowed
    assert only(house, post, id=post_id).state == "flagged"


def test_rule_46_the_picture_that_another_was_made_from_stops_with_it(
    house: House, factory: Factory, office: Office
) -> None:
    made = factory.signed_consent(allow=ALLOWED)
    image = factory.ready_picture(made)
    renewed = covering.renew(house, factory.clinician(), image)
    link_again(house, factory, renewed, made)
    stop(house, factory, made, scope=Scope.PARTS, images=frozenset({renewed}))
    third = covering.renew(house, factory.clinician(), image)
    link_again(house, factory, third, made)
    assert not ask(house, office, third).allowed


def test_everything_withdrawn_while_a_signature_is_on_its_way_stops_that_too(
    house: House, factory: Factory, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = factory.signed_consent(allow=ALLOWED)
    second = factory.draft(patient_id=factory.patient_of(first))
    session_id = factory.handed_over(second)
    seen = factory.answer(session_id)
    put_away = filing.put_away

    def meanwhile(*given: Any) -> Any:
        clock.pass_(seconds=1)
        stop(house, factory, first, scope=Scope.EVERYTHING)
        return put_away(*given)

    monkeypatch.setattr(filing, "put_away", meanwhile)
    with pytest.raises(Refused, match="withdrawn-meanwhile"):
        signing.sign(house, session_id, signing.Submission("one", seen, True, typed="Maria Lopez"))
    monkeypatch.undo()
    clock.pass_(seconds=1)
    signing.sign(house, session_id, signing.Submission("two", seen, True, typed="Maria Lopez"))


def test_a_clock_that_was_fast_lets_no_older_consent_govern(
    house: House, factory: Factory, office: Office, clock: Clock
) -> None:
    right = clock()
    clock.pass_(hours=3)
    made = factory.signed_consent(allow=ALLOWED)
    image = factory.ready_picture(made)
    clock.pass_(seconds=(right - clock()).total_seconds())
    # The first entry after the clock was put right must not make the future look sound.
    factory.staff(Role.CLINICIAN)
    assert not ask(house, office, image).allowed
    with pytest.raises(Refused, match="clock-wrong"):
        factory.signed_consent(allow=(), patient_id=factory.patient_of(made))


def test_rule_31_nobody_has_allowed_anything_before_he_signed(house: House, factory: Factory, office: Office) -> None:
    image = factory.ready_picture(factory.signed_consent(allow=ALLOWED))
    today = house.today
    assert ask(house, office, image, on=today).allowed
    early = ask(house, office, image, on=today - timedelta(days=1))
    assert not early.allowed
    assert {each.public for each in early.reasons} == {PublicGround.NOT_LINKED}


def test_rule_50_another_units_timeline_needs_a_reason(house: House, factory: Factory, office: Office) -> None:
    made = factory.signed_consent()
    stranger = factory.staff(Role.CLINICIAN, unit="Eyes")
    with pytest.raises(Refused, match="reason-needed"):
        custody.timeline(house, stranger, made)
    with pytest.raises(NotFound):
        custody.timeline(house, stranger, factory.patient_of(made))
    retrieval.state_reason(house, stranger, made, "He is on our ward now.")
    assert custody.timeline(house, stranger, made)
    assert custody.timeline(house, factory.clinician(), made)
    assert custody.timeline(house, factory.staff(Role.AUDITOR), made)


def test_rule_50_another_units_letters_need_a_reason(house: House, factory: Factory) -> None:
    made = factory.signed_consent()
    done = revocation.revoke(house, factory.clinician(), Change(made, Scope.FORM, Way.LETTER, known_how="His letter."))
    assert done.request_id
    stranger = factory.staff(Role.CLINICIAN, unit="Eyes")
    with pytest.raises(Refused, match="reason-needed"):
        letters.acknowledgement(house, stranger, done.request_id)
    with pytest.raises((Refused, NotFound)):
        letters.closing_letter(house, stranger, done.request_id)
    assert letters.acknowledgement(house, factory.clinician(), done.request_id).startswith(b"%PDF-")


def test_a_sign_in_without_second_factor_ends_when_one_is_set_up(house: House, factory: Factory) -> None:
    person = factory.staff(Role.CLINICIAN)
    with house.scratch() as deed:
        stolen = sessions.begin(deed, person.id, second_factor=False)
        own = sessions.begin(deed, person.id, second_factor=False)
    found = sessions.find(house, own)
    assert isinstance(found, sessions.SignedIn)
    other = sessions.find(house, stolen)
    assert isinstance(other, sessions.SignedIn)
    secret = second_factor.begin_set_up(house, person, found.session_id)
    assert second_factor.begin_set_up(house, person, other.session_id) != secret
    phone = pyotp.TOTP(secret)
    second_factor.confirm_set_up(house, person, found.session_id, phone.at(house.clock()))
    assert isinstance(sessions.find(house, stolen), sessions.SignedOut)
    assert isinstance(sessions.find(house, own), sessions.SignedIn)


def test_a_copied_signing_cookie_opens_nothing_once_staff_have_the_tablet_back(house: House, factory: Factory) -> None:
    person = factory.clinician()
    token = handing_over.hand_over(house, person, "no-browser", factory.draft())
    signing_id = doors.find(house, "signing", token)
    assert signing_id is not None
    unlocking.finish_signing(house, signing_id)
    assert doors.find(house, "signing", token) is None


def test_an_account_is_not_registered_twice_under_a_name_that_reads_the_same(house: House, factory: Factory) -> None:
    factory.ready_organisation()
    boss = factory.staff(Role.ADMINISTRATOR)
    for name in ("testhospital", "@TestHospital", " @testhospital "):
        with pytest.raises(Refused, match="account-taken"):
            organisation.add_account(
                house, boss, channel="instagram", name=name, owner="partner", owner_name="Somebody"
            )


def test_a_number_that_is_none_is_no_fault_of_ours(house: House, factory: Factory) -> None:
    app = make_app(house)
    clinician = signed_in(app, house, factory.clinician())
    auditor = signed_in(app, house, factory.staff(Role.AUDITOR))
    for odd in ("\u00b2", "9" * 30, "-1", "\u0663"):
        assert clinician.get("/pictures", query_string={"page": odd}).status_code == 200
        assert auditor.get("/custody", query_string={"before": odd}).status_code == 200


def test_a_plan_for_an_account_that_is_gone_does_not_become_one_for_ours(house: House, office: Office) -> None:
    made = office.factory.signed_consent(allow=ALLOWED)
    image = office.factory.ready_picture(made)
    client = signed_in(make_app(house), house, office.poster)
    place = {"images": image, "channel": "instagram", "purpose": "public-education", "account": "gone"}
    shown = send(client, "/posts/plan", step="check", caption="Healed well.", **place, **TICKS)
    assert shown.status_code == 422
    assert "Choose an account from the list." in shown.text


def test_who_takes_up_another_units_patient_does_not_make_him_somebody_else(house: House, factory: Factory) -> None:
    made = factory.signed_consent()
    patient_id = factory.patient_of(made)
    stranger = factory.staff(Role.CLINICIAN, unit="Eyes")
    here = creating.draft(house, stranger, FORM, "en", patient_id=patient_id, reason="He is on our ward now.")
    with house.reading() as connection:
        known = dossier.load_person(house, connection, patient_id)
    creating.change_person(house, stranger, here, replace(known, email="new@mail.example", electronic_contact=True))
    for other in ({"name": "Joan Doe"}, {"born_on": date(1970, 1, 1)}, {"record_number": "MRN-999"}):
        with pytest.raises(Refused, match="patient-of-another-unit"):
            creating.change_person(house, stranger, here, replace(known, **other))
    creating.change_person(house, factory.clinician(), factory.draft(patient_id=patient_id), replace(known, name="Jo"))


def test_whoever_has_signed_is_not_made_somebody_else(house: House, factory: Factory) -> None:
    """The signed form would be found under the other person's number, and carry the other person's pictures."""
    patient_id = factory.patient_of(factory.signed_consent())
    here, by = factory.draft(patient_id=patient_id), factory.clinician()
    with house.reading() as connection:
        known = dossier.load_person(house, connection, patient_id)
    other = replace(known, name="Joan Doe", born_on=date(1970, 1, 1), record_number="MRN-999")
    for changed in (other, replace(other, name=known.name), replace(other, record_number=known.record_number)):
        with pytest.raises(Refused, match="another-person"):
            creating.change_person(house, by, here, changed)
    # One of the three may have been mistyped.
    creating.change_person(house, by, here, replace(known, born_on=date(1980, 5, 18)))


def test_another_patient_on_a_draft_is_identified_and_told_again(house: House, factory: Factory) -> None:
    made, by = factory.draft(), factory.clinician()
    with house.reading() as connection:
        known = dossier.load_person(house, connection, factory.patient_of(made))
    creating.change_person(house, by, made, replace(known, name="Maria Lopes"))
    assert planning.plan(house, by, made).next_part == ""
    creating.change_person(house, by, made, replace(known, name="Joan Doe", born_on=date(1970, 1, 1)))
    assert planning.plan(house, by, made).next_part == "identity"
    with pytest.raises(Refused, match="two-identifiers-needed"):
        handing_over.hand_over(house, by, "no-browser", made)
