"""What holds of the posting rule whatever the facts are."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from consent.rules.identifiers import ConsentId, ImageId
from consent.rules.posting import ConsentFacts, ImageFacts, ImageState, Person, PostingPolicy, may_post
from consent.rules.scope import Use
from tests.unit.rules.posting_cases import POST, RECOGNISABLE, TODAY, USE

OTHER = ("channel", "tiktok")
KEYS = sorted(USE | {RECOGNISABLE, OTHER})
IDS = [ConsentId(f"c{number}") for number in range(4)]
IMAGES = [ImageId("IMG-7K3Q-9XTF-H"), ImageId("IMG-2222-2222-X")]

EVERY = frozenset(KEYS)
mostly = st.sampled_from([True, True, True, False])
rarely = mostly.map(lambda value: not value)
days = st.integers(-3, 3).map(lambda number: TODAY + timedelta(days=number))
some_keys = st.sets(st.sampled_from(KEYS), min_size=1, max_size=3).map(frozenset)


@st.composite
def but_for(draw, sound, defects, most=2):
    """Give what is sound, with none or a few of the defects: a yes must be as usual as a no."""
    few = draw(st.sampled_from([0, 0, *range(1, most + 1)]))
    names = draw(st.lists(st.sampled_from(sorted(defects)), min_size=few, max_size=few, unique=True))
    return replace(sound, **{name: draw(defects[name]) for name in names})


def consents_named(number):
    sound = ConsentFacts(
        id=IDS[number],
        signed_at=datetime(2026, 1, 1 + number, tzinfo=UTC),
        asked=EVERY,
        allowed=EVERY,
        expires_on=date(2030, 1, 1),
        majority_on=TODAY + timedelta(days=9),
        signed_by_representative=number == 1,
    )
    defects = {
        "signed_at": st.none() | st.integers(0, 3).map(lambda day: datetime(2026, 1, 1 + day, tzinfo=UTC)),
        "asked": some_keys.map(lambda keys: EVERY - keys),
        "allowed": some_keys.map(lambda keys: EVERY - keys),
        "withdrawn": some_keys,
        "withdrawn_images": st.sampled_from([frozenset({each}) for each in IMAGES]),
        "revoked": st.just(True),
        "suspended": st.just(True),
        "void": st.just(True),
        "expires_on": st.none() | days,
        "majority_on": st.none() | days,
        "signed_by_representative": st.booleans(),
        "show_first_open": st.just(True),
        "recontact_open": st.just(True),
    }
    return but_for(sound, defects)


linked = st.lists(st.sampled_from(IDS), min_size=1, max_size=3, unique=True).map(tuple)
people = st.builds(
    Person,
    key=st.sampled_from(["p1", "p2", "p3"]),
    recognisable=mostly,
    no_consent=st.sampled_from([False] * 9 + [True]),
    consents=linked | linked | st.just(()),
)


@st.composite
def images(draw, name=IMAGES[0]):
    inside = tuple(draw(st.lists(people, max_size=2)))
    counted = sum(each.recognisable for each in inside)
    defects = {
        "medium": st.just("film"),
        "state": st.sampled_from(list(ImageState)),
        "reviewed": st.just(False),
        "people_counted": st.sampled_from([None, counted + 1]),
        "cleared": st.just(True),
    }
    sound = ImageFacts(name, "photo", ImageState.READY, True, counted, False, inside)
    return draw(but_for(sound, defects, most=1))


all_consents = st.tuples(*(consents_named(number) for number in range(4)))
albums = st.tuples(images()) | st.tuples(images(), images(IMAGES[1]))
policies = st.builds(PostingPolicy, consent_for_unrecognisable=mostly)


def allowed(album, consents, policy):
    return may_post(POST, album, consents, policy, TODAY).allowed


def governing_answers_yes(person, picture, consents):
    """Say it again in other words: the newest signed consent that asked, alone, alive, and all yes."""
    use = Use(POST.channel, POST.purpose, POST.account, picture.medium)
    linked = [each for each in consents if each.id in person.consents]
    asked = [each for each in linked if each.signed_at and use.keys <= each.asked]
    if not asked:
        return False
    newest = sorted(asked, key=lambda each: each.signed_at)[-1]
    if sum(each.signed_at == newest.signed_at for each in asked) > 1:
        return False
    dead = newest.revoked or newest.suspended or newest.void or picture.id in newest.withdrawn_images
    if dead or newest.show_first_open or newest.recontact_open:
        return False
    if newest.expires_on is None or newest.expires_on < TODAY:
        return False
    if newest.signed_by_representative and newest.majority_on and newest.majority_on <= TODAY:
        return False
    needed = use.keys | ({RECOGNISABLE} if person.recognisable else set())
    return needed <= (newest.asked & newest.allowed) - newest.withdrawn


@given(albums, all_consents, policies)
def test_rule_35_every_verdict_equals_the_answer_of_the_governing_consents(album, consents, policy):
    verdict = may_post(POST, album, consents, policy, TODAY)
    expected = True
    for picture in album:
        unasked = policy.consent_for_unrecognisable and not picture.cleared
        seen = sum(each.recognisable for each in picture.people)
        expected &= picture.state is ImageState.READY and picture.reviewed
        expected &= picture.people_counted is not None and picture.people_counted <= seen
        expected &= bool(picture.people) or not unasked
        for person in picture.people:
            if person.recognisable or person.no_consent or person.consents or unasked:
                expected &= not person.no_consent and governing_answers_yes(person, picture, consents)
    assert verdict.allowed is expected
    assert bool(verdict.reasons) is not verdict.allowed


@given(albums, all_consents, policies, st.sampled_from(range(4)), st.sampled_from(KEYS))
def test_rule_41_a_revocation_never_turns_a_no_into_a_yes(album, consents, policy, which, key):
    before = allowed(album, consents, policy)
    assume(not before)
    for change in (
        {"revoked": True},
        {"suspended": True},
        {"void": True},
        {"withdrawn": consents[which].withdrawn | {key}},
        {"withdrawn_images": frozenset(IMAGES)},
    ):
        after = [replace(each, **change) if n == which else each for n, each in enumerate(consents)]
        assert not allowed(album, after, policy)


@given(images(), all_consents, policies, people)
def test_rule_34_another_person_never_turns_a_no_into_a_yes(picture, consents, policy, newcomer):
    # A picture in which nobody is linked is a no for that reason; linking its first person is what mends it.
    assume(picture.people)
    assume(not allowed([picture], consents, policy))
    counted = picture.people_counted
    more = replace(
        picture,
        people=(*picture.people, newcomer),
        people_counted=None if counted is None else counted + newcomer.recognisable,
    )
    assert not allowed([more], consents, policy)


@given(albums, all_consents, policies, images(IMAGES[1]))
def test_rule_34_another_image_never_turns_a_no_into_a_yes(album, consents, policy, another):
    assume(not allowed(album, consents, policy))
    assert not allowed([*album, another], consents, policy)


@given(images(), all_consents, st.booleans())
def test_rule_33_an_unlinked_recognisable_person_is_a_no(picture, consents, consent_for_unrecognisable):
    unlinked = replace(picture, people=(*picture.people, Person("stranger")))
    assert not allowed([unlinked], consents, PostingPolicy(consent_for_unrecognisable))


@given(linked, all_consents)
def test_rule_39_a_yes_stays_good_through_its_last_day_and_not_one_more(ids, consents):
    album = [ImageFacts(IMAGES[0], "photo", reviewed=True, people_counted=1, people=(Person("p", consents=ids),))]
    policy = PostingPolicy()
    verdict = may_post(POST, album, consents, policy, TODAY)
    assume(verdict.allowed)
    assert may_post(POST, album, consents, policy, verdict.good_through).allowed
    assert not may_post(POST, album, consents, policy, verdict.good_through + timedelta(days=1)).allowed
