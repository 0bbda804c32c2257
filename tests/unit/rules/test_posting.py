"""The posting rule, case by case."""

from __future__ import annotations

import inspect
from datetime import UTC, date, datetime

import pytest

from consent.rules.grounds import TELLS_NOTHING
from consent.rules.identifiers import ImageId
from consent.rules.posting import (
    Condition,
    Ground,
    ImageFacts,
    ImageState,
    PostingPolicy,
    PostingReason,
    ProposedPost,
    PublicGround,
    governing_consent,
    may_post,
    no,
    public_reason,
)
from consent.rules.scope import SENSITIVE, Use
from tests.unit.rules.posting_cases import (
    IMAGE,
    POLICY,
    POST,
    RECOGNISABLE,
    TODAY,
    USE,
    consent,
    image,
    person,
)

ALL = USE | {RECOGNISABLE}
LINKED = image(person("c1"))
# Said each by itself only where some topic was agreed to; else one sentence stands for all.
ONE_BY_ONE = {
    Condition.NO_HIV,
    Condition.NO_MENTAL_HEALTH,
    Condition.NO_GENETIC,
    Condition.NO_REPRODUCTIVE,
    Condition.NO_SUBSTANCE_USE,
}


def ask(images, consents, *, post=POST, policy=POLICY, today=TODAY):
    return may_post(post, images, consents, policy, today)


def grounds(*args, **kwargs):
    verdict = ask(*args, **kwargs)
    assert verdict.allowed is not bool(verdict.reasons)
    return {reason.code.value for reason in verdict.reasons}


def test_a_linked_agreed_and_living_consent_is_a_yes():
    verdict = ask([LINKED], [consent()])
    assert verdict.allowed
    assert verdict.reasons == ()
    assert verdict.good_through == date(2027, 1, 10)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"signed_at": None}, {"not-signed"}),
        ({"expires_on": None}, {"no-expiry"}),
        ({"expires_on": date(2026, 2, 28)}, {"expired"}),
        ({"revoked": True}, {"revoked"}),
        ({"suspended": True}, {"suspended"}),
        ({"void": True}, {"void"}),
        ({"show_first_open": True}, {"show-first-open"}),
        ({"recontact_open": True}, {"recontact-open"}),
        ({"allowed": ALL - {("channel", "instagram")}}, {"use-refused"}),
        ({"allowed": ALL - {("purpose", "public-education")}}, {"use-refused"}),
        ({"allowed": ALL - {("account", "organisation")}}, {"use-refused"}),
        ({"allowed": ALL - {("medium", "photo")}}, {"use-refused"}),
        ({"apart": frozenset({("instagram", "public-education")})}, {"use-refused"}),
        ({"allowed": ALL - {RECOGNISABLE}}, {"recognisable-refused"}),
        ({"asked": ALL - {RECOGNISABLE}}, {"recognisable-refused"}),
        ({"asked": ALL - {("channel", "instagram")}}, {"use-not-asked"}),
        ({"asked": ALL - {("medium", "photo")}}, {"use-not-asked"}),
        ({"revoked": True, "expires_on": date(2026, 1, 1)}, {"revoked", "expired"}),
    ],
)
def test_rule_32_anything_short_of_valid_and_inside_scope_is_a_no_with_its_code(changes, expected):
    assert grounds([LINKED], [consent(**changes)]) == expected


@pytest.mark.parametrize(("last_day", "allowed"), [(date(2026, 2, 28), False), (TODAY, True), (date(2026, 3, 2), True)])
def test_rule_32_a_consent_is_good_through_the_end_of_its_last_day(last_day, allowed):
    assert ask([LINKED], [consent(expires_on=last_day)]).allowed is allowed


@pytest.mark.parametrize(
    "post",
    [
        ProposedPost("tiktok", "public-education", "organisation"),
        ProposedPost("instagram", "promotion", "organisation"),
        ProposedPost("instagram", "public-education", "dr-lee"),
    ],
)
def test_rule_32_a_use_nobody_asked_about_is_a_no(post):
    assert grounds([LINKED], [consent()], post=post) == {"use-not-asked"}


def test_rule_31_a_verdict_carries_conditions_and_expiry_and_nobody_s_identity():
    verdict = ask([LINKED], [consent()])
    assert set(verdict.conditions) == set(Condition) - {Condition.NOT_RECOGNISABLE, Condition.AS_SHOWN} - ONE_BY_ONE
    fields = {"allowed", "reasons", "conditions", "good_through"}
    assert set(verdict.__dataclass_fields__) == fields
    told = {("permission", "first-name"), ("permission", "tell-condition")}
    generous = ask([LINKED], [consent(asked=ALL | told, allowed=ALL | told)])
    assert set(generous.conditions).isdisjoint({Condition.NO_FIRST_NAME, Condition.NO_CONDITION})
    assert Condition.NO_AI_TRAINING in generous.conditions


def test_rule_31_conditions_are_the_strictest_of_all_people():
    name = ("permission", "first-name")
    generous = consent("c1", asked=ALL | {name}, allowed=ALL | {name})
    both = image(person("c1"), person("c2", key="p2"))
    assert Condition.NO_FIRST_NAME not in ask([LINKED], [generous]).conditions
    assert Condition.NO_FIRST_NAME in ask([both], [generous, consent("c2")]).conditions


def test_rule_31_communications_see_few_neutral_reasons():
    assert {public_reason(ground) for ground in Ground} == set(PublicGround)
    for telling in (Ground.CAME_OF_AGE, Ground.VOID, Ground.SUSPENDED, Ground.CONSENTS_TIE):
        assert public_reason(telling) is PublicGround.ON_HOLD
        assert telling not in TELLS_NOTHING
    # Whatever is said about a picture that is on record is one of the six.
    about_no_picture = {"no-image", "unknown-image", "unknown-account", "database-unavailable", "clock-error"}
    assert {ground.value for ground in TELLS_NOTHING} == about_no_picture
    verdict = ask([LINKED], [consent(revoked=True, withdrawn=frozenset({RECOGNISABLE}))])
    assert len(verdict.reasons) == 2
    assert verdict.public_reasons == (PublicGround.WITHDRAWN,)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (ImageFacts.unknown(IMAGE), {"unknown-image"}),
        (image(person("c1"), state=ImageState.DESTROYED), {"destroyed"}),
        (image(person("c1"), state=ImageState.QUARANTINE), {"in-quarantine"}),
        (image(person("c1"), state=ImageState.SUPERSEDED), {"superseded"}),
        (image(person("c1"), state=ImageState.HELD), {"image-held"}),
        (image(person("c1"), reviewed=False), {"not-reviewed"}),
        (image(person("c1"), counted=2), {"person-not-linked"}),
        (image(person()), {"person-not-linked"}),
        (image(person("c1", no_consent=True)), {"no-consent"}),
        (image(person("gone")), {"consent-missing"}),
        (image(counted=0), {"not-linked"}),
        (image(counted=1), {"person-not-linked"}),
        (ImageFacts(IMAGE, "photo", reviewed=True), {"people-not-counted"}),
    ],
)
def test_rule_33_what_is_unknown_unreviewed_or_unlinked_is_a_no(facts, expected):
    assert grounds([facts], [consent()]) == expected


def test_rule_33_no_image_at_all_is_a_no():
    assert grounds([], [consent()]) == {"no-image"}


@pytest.mark.parametrize("ground", [Ground.UNKNOWN_IMAGE, Ground.DATABASE_UNAVAILABLE, Ground.CLOCK_ERROR])
def test_rule_33_a_caller_that_cannot_ask_answers_no(ground):
    verdict = no(ground, IMAGE)
    assert not verdict.allowed
    assert verdict.reasons == (PostingReason(ground, IMAGE),)
    assert ground in TELLS_NOTHING


def test_rule_34_every_person_in_every_image_must_allow_it():
    both = image(person("c1"), person("c2", key="p2"))
    assert ask([both], [consent("c1"), consent("c2")]).allowed
    verdict = ask([both], [consent("c1"), consent("c2", revoked=True)])
    assert verdict.reasons == (PostingReason(Ground.REVOKED, IMAGE, "p2"),)
    other = image(person("c2", key="p2"), id=ImageId("IMG-2222-2222-X"))
    assert not ask([LINKED, other], [consent("c1"), consent("c2", suspended=True)]).allowed


NEW = {"signed": "2026-02-01"}


@pytest.mark.parametrize(
    ("newer", "expected"),
    [
        ({}, set()),
        ({"revoked": True}, {"revoked"}),
        ({"suspended": True}, {"suspended"}),
        ({"void": True}, {"void"}),
        ({"expires_on": date(2026, 2, 2)}, {"expired"}),
        ({"allowed": frozenset()}, {"use-refused", "recognisable-refused"}),
        ({"withdrawn": frozenset({("channel", "instagram")})}, {"use-withdrawn"}),
        ({"asked": frozenset({("channel", "tiktok")})}, set()),
        ({"asked": USE - {("account", "organisation")}}, set()),
        ({"signed_at": None, "revoked": True}, set()),
    ],
)
def test_rule_35_the_newest_that_asked_governs_even_when_it_says_no(newer, expected):
    consents = [consent("old"), consent("new", **NEW, **newer)]
    for linked in (("old", "new"), ("new", "old")):
        assert grounds([image(person(*linked))], consents) == expected


def test_rule_35_a_newer_yes_supersedes_an_older_no():
    consents = [consent("old", revoked=True), consent("new", **NEW)]
    assert ask([image(person("old", "new"))], consents).allowed


def test_rule_35_two_signed_at_the_same_instant_are_a_no():
    assert grounds([image(person("a", "b"))], [consent("a"), consent("b")]) == {"consents-tie"}
    assert ask([image(person("a", "a"))], [consent("a")]).allowed


def test_rule_35_each_use_has_its_own_governing_consent():
    old = consent("old")
    new = consent("new", **NEW, asked=(USE - {("channel", "instagram")}) | {("channel", "tiktok")})
    by_id = {old.id: old, new.id: new}
    use = Use("instagram", "public-education", "organisation", "photo")
    assert governing_consent((old.id, new.id), use, by_id) is old
    on_tiktok = Use("tiktok", "public-education", "organisation", "photo")
    assert governing_consent((old.id, new.id), on_tiktok, by_id) is new


@pytest.mark.parametrize("key", sorted(USE | {RECOGNISABLE}))
def test_rule_44_a_part_withdrawn_makes_that_use_a_no(key):
    assert grounds([LINKED], [consent(withdrawn=frozenset({key}))]) == {"use-withdrawn"}


def test_rule_44_other_uses_and_images_stay():
    withdrawn = consent(
        withdrawn=frozenset({("channel", "tiktok")}), withdrawn_images=frozenset({ImageId("IMG-2222-2222-X")})
    )
    assert ask([LINKED], [withdrawn]).allowed


def test_rule_44_a_single_image_can_be_withdrawn():
    assert grounds([LINKED], [consent(withdrawn_images=frozenset({IMAGE}))]) == {"image-withdrawn"}


def test_rule_46_a_revoked_consent_is_never_valid_again_and_only_a_new_one_helps():
    revoked = consent("old", revoked=True)
    assert not ask([image(person("old"))], [revoked]).allowed
    assert ask([image(person("old", "new"))], [revoked, consent("new", **NEW)]).allowed


@pytest.mark.parametrize(
    ("majority", "by_representative", "expected"),
    [
        (TODAY, True, {"came-of-age"}),
        (date(2026, 2, 1), True, {"came-of-age"}),
        (date(2026, 3, 2), True, set()),
        (None, True, set()),
        (TODAY, False, set()),
    ],
)
def test_rule_47_from_majority_a_representative_s_signature_carries_no_post(majority, by_representative, expected):
    signed = consent(majority_on=majority, signed_by_representative=by_representative)
    assert grounds([LINKED], [signed]) == expected


def test_rule_47_a_yes_lasts_until_the_day_before_majority():
    signed = consent(majority_on=date(2026, 6, 1), signed_by_representative=True)
    assert ask([LINKED], [signed]).good_through == date(2026, 5, 31)


def test_rule_23_what_was_only_spoken_is_never_a_yes():
    said = consent(signed_at=None, spoken_at=datetime(2026, 1, 5, 12, tzinfo=UTC))
    assert grounds([LINKED], [said]) == {"spoken-only"}
    assert ask([LINKED], [said]).public_reasons == (PublicGround.NOT_LINKED,)


def test_rule_11_a_sensitive_topic_is_told_only_where_everybody_agreed_to_just_that():
    hiv, genes = ("permission", "sensitive-hiv"), ("permission", "sensitive-genetic")
    silent = ask([LINKED], [consent()])
    assert Condition.NO_SENSITIVE in silent.conditions
    assert ONE_BY_ONE.isdisjoint(silent.conditions)
    one = consent(asked=ALL | {hiv, genes}, allowed=ALL | {hiv})
    found = set(ask([LINKED], [one]).conditions)
    assert found & (ONE_BY_ONE | {Condition.NO_SENSITIVE}) == ONE_BY_ONE - {Condition.NO_HIV}
    both = ask([image(person("c1"), person("c2", key="p2"))], [one, consent("c2")])
    assert Condition.NO_SENSITIVE in both.conditions
    withdrawn = consent(asked=ALL | {hiv}, allowed=ALL | {hiv}, withdrawn=frozenset({hiv}))
    assert Condition.NO_SENSITIVE in ask([LINKED], [withdrawn]).conditions


def test_rule_11_no_answer_lets_drug_or_alcohol_use_be_told():
    every = {("permission", code) for code in SENSITIVE}
    found = ask([LINKED], [consent(asked=ALL | every, allowed=ALL | every)]).conditions
    assert ONE_BY_ONE & set(found) == {Condition.NO_SUBSTANCE_USE}


UNRECOGNISABLE = {"recognisable": False}
OFF = PostingPolicy(consent_for_unrecognisable=False)


@pytest.mark.parametrize(
    ("facts", "consents", "policy", "expected"),
    [
        (image(person("c1", **UNRECOGNISABLE)), [consent(allowed=USE)], POLICY, set()),
        (image(person("c1", **UNRECOGNISABLE)), [consent(revoked=True)], POLICY, {"revoked"}),
        (image(person("c1", **UNRECOGNISABLE), cleared=True), [consent(revoked=True)], POLICY, {"revoked"}),
        (image(person("c1", **UNRECOGNISABLE)), [consent(revoked=True)], OFF, {"revoked"}),
        (image(person(**UNRECOGNISABLE)), [], POLICY, {"person-not-linked"}),
        (image(person(**UNRECOGNISABLE), cleared=True), [], POLICY, set()),
        (image(person(**UNRECOGNISABLE)), [], OFF, set()),
        (image(person(**UNRECOGNISABLE, no_consent=True)), [], OFF, {"no-consent"}),
        (image(counted=0), [], OFF, set()),
        (image(counted=0, cleared=True), [], POLICY, set()),
        (image(person(), cleared=True), [], OFF, {"person-not-linked"}),
    ],
)
def test_an_image_of_nobody_needs_a_consent_or_the_privacy_reviewer_s_check(facts, consents, policy, expected):
    assert grounds([facts], consents, policy=policy) == expected


def test_where_nobody_was_asked_nothing_may_be_told():
    verdict = ask([image(counted=0, cleared=True)], [])
    assert set(verdict.conditions) == set(Condition) - {Condition.AS_SHOWN} - ONE_BY_ONE
    assert verdict.good_through is None


def test_the_question_reads_on_one_screen():
    assert len(inspect.getsource(may_post).splitlines()) < 40
