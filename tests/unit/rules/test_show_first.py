"""A wish to see it first is met by one agreed showing of exactly that picture, there, with those words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.rules.identifiers import ImageId
from consent.rules.posting import Condition, may_post
from consent.rules.posting_facts import Shown
from tests.unit.rules.posting_cases import IMAGE, POLICY, POST, TODAY, consent, image, person

WORDS = "fingerprint-of-the-caption"
SHOWN = Shown(IMAGE, POST.channel, POST.purpose, POST.account, WORDS)
WITH_WORDS = replace(POST, caption=WORDS)


def ask(shown=(), post=WITH_WORDS, **wishes):
    facts = consent(**{"show_first_open": True, **wishes}, agreed=frozenset(shown))
    return may_post(post, [image(person("c1"))], [facts], POLICY, TODAY)


def test_an_agreed_showing_of_just_that_makes_it_a_yes():
    assert not ask().allowed
    verdict = ask([SHOWN])
    assert verdict.allowed
    assert Condition.AS_SHOWN in verdict.conditions


@pytest.mark.parametrize(
    "changed",
    [
        {"image": ImageId("IMG-7K3Q-9XTF-4")},
        {"channel": "tiktok"},
        {"purpose": "promotion"},
        {"account": "dr-lee"},
        {"caption": "other words"},
    ],
)
def test_anything_else_that_was_shown_does_not(changed):
    assert {each.code.value for each in ask([replace(SHOWN, **changed)]).reasons} == {"show-first-open"}


def test_before_the_words_are_known_the_yes_says_that_only_those_shown_may_go_out():
    verdict = ask([SHOWN], post=POST)
    assert verdict.allowed
    assert Condition.AS_SHOWN in verdict.conditions
    assert not ask([], post=POST).allowed


def test_whoever_is_to_be_asked_again_must_have_been_shown_it_since():
    again = {"show_first_open": False, "recontact_open": True}
    assert not ask([], **again).allowed
    assert {each.code.value for each in ask([SHOWN], **again).reasons} == {"recontact-open"}
    assert ask([replace(SHOWN, asked_again=True)], **again).allowed


@given(
    st.sampled_from(["revoked", "suspended", "void"]),
    st.booleans(),
)
def test_a_showing_opens_nothing_that_is_shut_for_another_reason(way, again):
    assert not ask([replace(SHOWN, asked_again=again)], **{way: True}).allowed


def test_nobody_else_is_asked_to_show_anything():
    assert Condition.AS_SHOWN not in ask(show_first_open=False).conditions
