"""The vendored list is there and is what the rule expects: lower case, one a line."""

from __future__ import annotations

from consent.rules.passwords import password_objections
from tests.factory import ROOT


def test_the_list_refuses_what_everybody_uses() -> None:
    words = (ROOT / "consent" / "web" / "common_passwords.txt").read_text().split()
    assert len(words) > 19_000
    assert all(word == word.lower() for word in words)
    common = frozenset(words)
    for bad in ("qwertyuiop123", "Password1234!", "1q2w3e4r5t6y"):
        assert [reason.code for reason in password_objections(bad, common)] == ["password-common"], bad
    assert password_objections("seven quiet lanterns by the sea", common) == ()
