"""Reasons, refusals, and the keys of questions."""

from __future__ import annotations

import pytest

from consent.rules.refusal import Reason, Refused, refuse_if
from consent.rules.scope import Kind, Medium, Permission, Use, kinds_missing, permission


def test_reasons_are_values():
    assert Reason("x", "field", years=5) == Reason("x", "field", years=5)
    assert len({Reason("x", a=1, b="2"), Reason("x", b="2", a=1)}) == 1
    assert Reason("x", years=5).facts == {"years": 5}
    with pytest.raises(TypeError):
        Reason("x", years=5).facts["years"] = 6
    with pytest.raises(AttributeError):
        Reason("x").code = "y"


def test_a_refusal_says_why():
    assert Refused(Reason("one")).codes == ("one",)
    assert str(Refused([Reason("one"), Reason("two")])) == "one, two"
    with pytest.raises(ValueError, match="at least one"):
        Refused([])


def test_refuse_if_raises_only_for_reasons():
    refuse_if([])
    with pytest.raises(Refused) as refused:
        refuse_if(iter([Reason("one")]))
    assert refused.value.reasons == (Reason("one"),)


def test_a_use_needs_all_four_answers():
    use = Use("instagram", "promotion", "organisation", Medium.PHOTO)
    assert use.keys == {
        ("channel", "instagram"),
        ("purpose", "promotion"),
        ("account", "organisation"),
        ("medium", "photo"),
    }
    assert kinds_missing(use.keys) == ()
    assert kinds_missing(frozenset({permission(Permission.FIRST_NAME), (Kind.MEDIUM, "film")})) == (
        Kind.PURPOSE,
        Kind.CHANNEL,
        Kind.ACCOUNT,
    )
