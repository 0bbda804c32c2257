"""Who takes part in a signing: kept, refused, signed for, and what follows from it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from consent.acts import attending, creating, custody, dossier, handing_over, planning, readiness
from consent.acts.house import House
from consent.records import consents
from consent.records import custody as trail
from consent.records.tables.consents import consent, consent_answer
from consent.rules.access import Role
from consent.rules.parties import Interpreter, Method, PartyRole, SignerKind, Witness
from consent.rules.posting import Condition
from consent.rules.refusal import NotFound, Refused
from tests.asking import look_up
from tests.bedside import REPRESENTATIVE, authority, child, drafted_for, signed_by_all
from tests.database.out_there import ALLOWED, only, rows
from tests.factory import FORM, USUAL, Clock, Factory, somebody
from tests.refusals import refused


def hand_over(factory: Factory, made: str) -> str:
    return handing_over.hand_over(factory.house, factory.clinician(), "no-browser", made)


def details(house: House, made: str) -> dossier.Details:
    with house.reading() as connection:
        return dossier.load(house, connection, made).details


@pytest.mark.parametrize("kind", [kind for kind in SignerKind if kind is not SignerKind.PATIENT])
def test_rule_08_every_kind_of_representative_can_be_handed_the_tablet(
    factory: Factory, house: House, kind: SignerKind
) -> None:
    made = drafted_for(factory, kind)
    assert planning.plan(house, factory.clinician(), made).next_part == ""
    hand_over(factory, made)
    named = details(house, made).representative
    assert named is not None
    assert (named.name, named.relationship, named.kind) == (REPRESENTATIVE, "mother", kind)
    assert named.proof_seen_by


def test_rule_08_who_signs_and_why_stands_nowhere_in_the_clear(factory: Factory, house: House) -> None:
    made = drafted_for(factory, SignerKind.COURT_GUARDIAN, proof="Order XK-99 of the Canary court")
    by = factory.clinician()
    attending.change_interpreter(house, by, made, Interpreter("Canary Lee", "Vietnamese", "phone"))
    attending.change_witnesses(house, by, made, (Witness("Wanda Canary"),))
    attending.change_poster(house, by, made, "me", "the Canary reason")
    with house.reading() as connection:
        row = consents.find(connection, made)
        entries = b"".join(bytes(each.entry) for each in trail.entries(connection))
    written = repr(tuple(row or ())).encode() + entries
    for word in (b"Quill", b"XK-99", b"Canary", b"Vietnamese", b"mother"):
        assert word not in written
    assert row is not None
    assert row.signer == "court-guardian"
    assert custody.verify(house).sound


def test_rule_08_what_is_missing_is_refused_when_it_is_written(factory: Factory, house: House) -> None:
    made, by = drafted_for(factory, SignerKind.PARENT), factory.clinician()
    refused(lambda: attending.change_representative(house, by, made, "", "mother"), "representative-name-missing")
    for changes, code in (
        ({"ground": "power-of-attorney"}, "bare-power-of-attorney"),
        ({"ground": "executor"}, "ground-missing"),
        ({"proof": ""}, "representative-proof-missing"),
        ({"concern": ""}, "concern-unanswered"),
    ):
        given = authority(SignerKind.PARENT, **changes)
        refused(lambda given=given: attending.change_authority(house, by, made, given), code)  # type: ignore[misc]
    named = details(house, made).representative
    assert named is not None
    assert named.ground == "legal-parent"


def test_rule_08_a_concern_of_abuse_is_kept_and_nothing_is_handed_over(factory: Factory, house: House) -> None:
    made = drafted_for(factory, SignerKind.PARENT, concern="yes")
    refused(lambda: hand_over(factory, made), "abuse-concern")
    # Another person has to be recorded afresh, with a right of his own.
    attending.change_representative(house, factory.clinician(), made, "Uncle Bo", "uncle")
    named = details(house, made).representative
    assert named is not None
    assert (named.name, named.ground, named.concern) == ("Uncle Bo", "", "")
    # That she understands what it is about was confirmed of the mother.
    refused(lambda: hand_over(factory, made), "ground-missing", "concern-unanswered", "signer-cannot-decide")


def test_another_signer_takes_nothing_over_from_the_one_before(factory: Factory, house: House) -> None:
    made, by = drafted_for(factory, SignerKind.PARENT), factory.clinician()
    attending.change_signer(house, by, made, "guardian")
    assert details(house, made).representative is None
    # Capacity was confirmed of the mother, not of the guardian.
    refused(lambda: hand_over(factory, made), "representative-missing", "signer-cannot-decide")
    refused(lambda: attending.change_signer(house, by, made, "neighbour"), "signer-missing")
    attending.change_signer(house, by, made, "patient")
    refused(lambda: attending.change_representative(house, by, made, "X", "y"), "signer-missing")


def test_rule_09_a_parent_signs_with_the_childs_own_yes_and_the_day_of_majority_is_kept(
    factory: Factory, house: House
) -> None:
    made = drafted_for(factory, SignerKind.PARENT)
    with house.reading() as connection:
        opened = dossier.load(house, connection, made)
    assert readiness.also_sign(house, opened, Method.DRAWN, house.today) == (PartyRole.ASSENT,)
    signed_by_all(factory, made)
    row = only(house, consent, id=made)
    born = opened.person.born_on
    assert (row.signer, row.majority_on) == ("parent", date(born.year + 18, born.month, born.day))
    with house.reading() as connection:
        assert [each.role for each in consents.signatures(connection, made)] == ["signer", "assent"]


def test_rule_09_a_child_below_the_age_or_who_cannot_be_asked_does_not_sign(factory: Factory, house: House) -> None:
    small = drafted_for(factory, SignerKind.PARENT, child(factory, 6))
    asleep = drafted_for(factory, SignerKind.PARENT, replace(child(factory), record_number="MRN-12"))
    attending.excuse_assent(house, factory.clinician(), asleep, "asleep for treatment")
    for made in (small, asleep):
        with house.reading() as connection:
            opened = dossier.load(house, connection, made)
        assert readiness.also_sign(house, opened, Method.DRAWN, house.today) == ()


def test_rule_09_a_minor_who_may_decide_alone_signs_and_keeps_what_he_signed(factory: Factory, house: House) -> None:
    made, by = factory.draft(person=child(factory, 16)), factory.clinician()
    refused(lambda: hand_over(factory, made), "under-age")
    assert planning.plan(house, by, made).next_part == "alone"
    refused(lambda: attending.change_alone(house, by, made, "wants-to", "x"), "alone-ground-missing")
    refused(lambda: attending.change_alone(house, by, made, "emancipated", " "), "alone-proof-missing")
    attending.change_alone(house, by, made, "emancipated", "order of the family court")
    signed_by_all(factory, made)
    assert only(house, consent, id=made).majority_on is None


def test_rule_10_for_the_dead_the_day_of_death_and_a_right_of_the_estate(factory: Factory, house: House) -> None:
    made, by = drafted_for(factory, SignerKind.ESTATE), factory.clinician()
    for changes, code in (
        ({"ground": "family"}, "estate-authority-missing"),
        ({"died_on": ""}, "death-date-missing"),
        ({"died_on": "2027-01-01"}, "death-date-impossible"),
    ):
        given = authority(SignerKind.ESTATE, **changes)
        refused(lambda given=given: attending.change_authority(house, by, made, given), code)  # type: ignore[misc]
    signed_by_all(factory, made)
    row = only(house, consent, id=made)
    assert (row.signer, row.majority_on) == ("estate", None)


def test_rule_11_a_sensitive_topic_is_asked_when_picked_and_the_verdict_keeps_to_the_answer(
    factory: Factory, house: House
) -> None:
    by = factory.clinician()
    hiv, genes = ("permission", "sensitive-hiv"), ("permission", "sensitive-genetic")
    usual, asked = factory.draft(), factory.draft()
    refused(lambda: attending.change_sensitive(house, by, asked, ("substance-use",)), "own-form-needed")
    refused(lambda: attending.change_sensitive(house, by, asked, ("tell-age",)), "choice-unknown")
    attending.change_sensitive(house, by, asked, ("sensitive-hiv", "sensitive-genetic"))
    # What else is picked later leaves it alone, and it leaves that alone.
    creating.change_asked(house, by, asked, "medium", ("photo",))
    assert planning.plan(house, by, asked).picked("permission") == ("sensitive-hiv", "sensitive-genetic")
    for made in (usual, asked):
        signed_by_all(factory, made, (*ALLOWED, hiv))
    answers = {(row.kind, row.code): row.answer for row in rows(house, consent_answer, consent_id=asked)}
    assert (answers[hiv], answers[genes]) == (True, False)
    assert hiv not in {(row.kind, row.code) for row in rows(house, consent_answer, consent_id=usual)}
    office = factory.staff(Role.COMMUNICATIONS)
    silent, open_to_it = (
        look_up(house, office, factory.ready_picture(made), "instagram", "public-education").conditions
        for made in (usual, asked)
    )
    assert Condition.NO_SENSITIVE in silent
    assert {Condition.NO_GENETIC, Condition.NO_SUBSTANCE_USE} <= set(open_to_it)
    assert {Condition.NO_SENSITIVE, Condition.NO_HIV}.isdisjoint(open_to_it)


def test_rule_13_where_nobody_may_sign_nothing_is_handed_over(factory: Factory, house: House) -> None:
    made, by = factory.draft(), factory.clinician()
    attending.change_signer(house, by, made, attending.NOBODY)
    refused(lambda: hand_over(factory, made), "nobody-to-sign")
    plan = planning.plan(house, by, made)
    assert (plan.signer, plan.next_part) == (attending.NOBODY, "")
    # Somebody has come who may: the draft goes on where it was.
    attending.change_signer(house, by, made, "patient")
    creating.change_identity(house, by, made, ("name", "birth-date"), True, True)
    hand_over(factory, made)


def test_rule_14_an_interpreter_stands_in_for_a_form_in_the_language(factory: Factory, house: House) -> None:
    made, by = factory.draft(person=replace(somebody(1), language="other")), factory.clinician()
    refused(lambda: hand_over(factory, made), "interpreter-needed")
    assert planning.plan(house, by, made).next_part == "interpreter"
    refused(lambda: attending.change_interpreter(house, by, made, None), "interpreter-needed")
    lee = Interpreter("Lee 4711", "Somali", "phone")
    for wrong, code in (
        (replace(lee, adult=False), "interpreter-minor"),
        (replace(lee, family=True), "interpreter-family"),
        (replace(lee, mode="letter"), "interpreter-mode-missing"),
        (replace(lee, name_or_number=""), "interpreter-unnamed"),
        (replace(lee, name_or_number=somebody(1).name.upper()), "interpreter-signs"),
    ):
        refused(lambda wrong=wrong: attending.change_interpreter(house, by, made, wrong), code)  # type: ignore[misc]
    attending.change_interpreter(house, by, made, lee)
    signed_by_all(factory, made)
    with house.reading() as connection:
        assert [each.role for each in consents.signatures(connection, made)] == ["signer", "interpreter"]


def test_rule_14_it_is_the_language_of_whoever_signs_that_counts(factory: Factory, house: House) -> None:
    made, by = drafted_for(factory, SignerKind.PARENT), factory.clinician()
    attending.change_representative(house, by, made, REPRESENTATIVE, "madre", "es")
    refused(lambda: hand_over(factory, made), "interpreter-needed")
    creating.change_form(house, by, made, FORM, "es")
    hand_over(factory, made)


def test_rule_15_a_witness_named_beforehand_signs_and_takes_no_other_part(factory: Factory, house: House) -> None:
    made, by = drafted_for(factory, SignerKind.HEALTH_CARE_AGENT), factory.clinician()
    for names, code in (((REPRESENTATIVE,), "witness-takes-part"), (("A B", "a b"), "witness-takes-part")):
        given = tuple(Witness(name) for name in names)
        refused(lambda given=given: attending.change_witnesses(house, by, made, given), code)  # type: ignore[misc]
    refused(lambda: attending.change_witnesses(house, by, made, (Witness("a"),) * 3), "too-many-witnesses")
    attending.change_witnesses(house, by, made, (Witness("Sam Poe"),))
    signed_by_all(factory, made)
    with house.reading() as connection:
        assert [each.role for each in consents.signatures(connection, made)] == ["signer", "witness"]


def test_rule_21_whoever_means_to_post_is_asked_and_says_why(factory: Factory, house: House) -> None:
    made, by = creating.draft(house, factory.clinician(), FORM, "en", person=somebody(7)), factory.clinician()
    refused(lambda: hand_over(factory, made), "poster-missing")
    refused(lambda: attending.change_poster(house, by, made, "me"), "poster-reason-missing")
    refused(lambda: attending.change_poster(house, by, made, "", "x"), "poster-missing")
    attending.change_poster(house, by, made, "me", "a clinic of one")
    assert details(house, made).poster_reason == "a clinic of one"
    attending.change_poster(house, by, made, "other", "left over")
    assert details(house, made).poster_reason == ""


def test_a_change_while_the_tablet_is_out_takes_it_back(factory: Factory, house: House) -> None:
    made, by = drafted_for(factory, SignerKind.PARENT), factory.clinician()
    factory.handed_over(made)
    attending.change_witnesses(house, by, made, (Witness("Sam Poe"),))
    with house.reading() as connection:
        session = consents.session_of(connection, made)
        row = consents.find(connection, made)
    assert session is not None
    assert row is not None
    assert (session.state, row.status) == ("ended", "draft")


def test_rule_50_only_the_unit_that_prepares_it_says_who_signs(factory: Factory, house: House) -> None:
    made = factory.draft(USUAL)
    for actor, error in (
        (factory.staff(Role.CLINICIAN, unit="Eyes"), "other-unit"),
        (factory.staff(Role.AUDITOR), "role"),
    ):
        with pytest.raises(Refused, match=error):
            attending.change_signer(house, actor, made, "parent")
    with pytest.raises(NotFound):
        attending.change_signer(house, factory.clinician(), "nothing", "parent")


def test_rule_09_majority_by_the_jurisdiction(factory: Factory, house: House, clock: Clock) -> None:
    older = replace(house, terms=replace(house.terms, age_of_majority=21))
    made = factory.draft(person=child(factory, 20))
    with pytest.raises(Refused, match="under-age"):
        handing_over.hand_over(older, factory.clinician(), "no-browser", made)
    hand_over(factory, made)
