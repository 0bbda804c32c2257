"""What the caption scanner finds, and what it leaves alone."""

from __future__ import annotations

import re
from itertools import pairwise
from re._constants import MAXREPEAT

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.rules import caption
from consent.rules.caption import FindingCode, scan_caption


def found(text):
    return [(finding.code.value, finding.text) for finding in scan_caption(text)]


@pytest.mark.parametrize(
    ("text", "code", "passage"),
    [
        ("Seen on 12/03/2024 with burns", "date", "12/03/2024"),
        ("seen 2024-03-12", "date", "2024-03-12"),
        ("Healed by March 3, 2024.", "date", "March 3, 2024"),
        ("El 3 de marzo de 2024 ya curado", "date", "3 de marzo de 2024"),
        ("the 3rd of March", "date", "3rd of March"),
        ("In May we met again", "date", "In May"),
        ("it began in 1987", "date", "1987"),
        ("She came yesterday", "relative-date", "yesterday"),
        ("burned last week", "relative-date", "last week"),
        ("burned this morning", "relative-date", "this morning"),
        ("burned three days ago", "relative-date", "three days ago"),
        ("he came on Monday", "relative-date", "Monday"),
        ("Llegó ayer", "relative-date", "ayer"),
        ("la semana pasada", "relative-date", "la semana pasada"),
        ("hace tres días", "relative-date", "hace tres días"),
        ("llegó esta mañana", "relative-date", "esta mañana"),
        ("A 92-year-old man", "age-over-89", "92-year-old"),
        ("mujer de 91 años", "age-over-89", "91 años"),
        ("aged 90", "age-over-89", "aged 90"),
        ("edad 102", "age-over-89", "edad 102"),
        ("Our oldest guest, 94, goes home", "age-over-89", "94"),
        ("La vecina, 101.", "age-over-89", "101"),
        ("He lives in Springfield", "place", "in Springfield"),
        ("vive en Toledo", "place", "en Toledo"),
        ("Boston burn care", "place", "Boston"),
        ("St Mary Hospital", "place", "St Mary Hospital"),
        ("MRN 12345", "record-number", "MRN 12345"),
        ("chart #4455-1", "record-number", "chart #4455-1"),
        ("file 84736251 today's", "record-number", "84736251"),
        ("call 555-123-4567", "telephone", "555-123-4567"),
        ("call (555) 123-4567", "telephone", "(555) 123-4567"),
        ("call +15551234567", "telephone", "+15551234567"),
        ("write to a.b@c.org", "e-mail", "a.b@c.org"),
        ("J. D. did well", "initials", "J. D."),
        ("J.D. did well", "initials", "J.D."),
        ("Mr. Smith healed", "name", "Mr. Smith"),
        ("sanó María García", "name", "María García"),
        ("sanó Juan de la Cruz", "name", "Juan de la Cruz"),
        ("so proud #BostonStrong", "hashtag-place", "#BostonStrong"),
        ("so proud #los_angeles", "hashtag-place", "#los_angeles"),
        ("so proud #StMaryHospital", "hashtag-place", "#StMaryHospital"),
    ],
)
def test_rule_38_the_scanner_finds(text, code, passage):
    assert (code, passage) in found(text)


@pytest.mark.parametrize(
    "text",
    ["Living with HIV", "#HIV care", "Her gene test came back", "after an overdose", "su salud mental", "un aborto"],
)
def test_rule_11_the_scanner_warns_of_a_sensitive_topic(text):
    assert [each.code for each in scan_caption(text)] == [FindingCode.SENSITIVE]


@pytest.mark.parametrize("text", ["The hive in the garden", "A general view", "Genes and jeans", "no depressing tale"])
def test_rule_11_a_word_that_only_looks_like_one_is_left_alone(text):
    assert scan_caption(text) == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A burn that healed well in six weeks. Results vary.",
        "Una quemadura que sanó bien. Gracias al equipo.",
        "A 45-year-old man with a burn",
        "A man of 89 years of age",
        "Our youngest surgeon, 31, explains",
        "Call us, 95 percent of burns heal",
        "Before After",
        "Skin graft after 30 days #burncare #skin",
        "it may maintain its march",
    ],
)
def test_rule_38_what_tells_nothing_is_left_alone(text):
    assert found(text) == []


def test_a_finding_says_where_and_none_is_reported_twice():
    text = "Mr. Smith came on 12/03/2024, MRN 12345, call 555-123-4567"
    findings = scan_caption(text)
    assert [each.code.value for each in findings] == ["name", "date", "record-number", "telephone"]
    assert all(text[each.start : each.end] == each.text for each in findings)


@given(st.text(max_size=300))
def test_any_text_can_be_scanned_and_findings_do_not_overlap(text):
    findings = scan_caption(text)
    assert all(text[each.start : each.end] == each.text for each in findings)
    assert all(before.end <= after.start for before, after in pairwise(findings))


def _endless(parsed, inside=False):
    """Every repetition without an end in a pattern: what it repeats, and whether it stands inside another."""
    for code, about in parsed:
        name = str(code)
        if name in {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"}:
            _, most, body = about
            endless = most is MAXREPEAT
            if endless:
                yield (name, str(list(body)), inside)
            yield from _endless(body, inside or endless or most > 1)
        elif name == "BRANCH":
            for branch in about[1]:
                yield from _endless(branch, inside)
        elif name in {"SUBPATTERN", "ASSERT", "ASSERT_NOT", "ATOMIC_GROUP"}:
            yield from _endless(about if name == "ATOMIC_GROUP" else about[-1], inside)


def test_the_work_of_scanning_grows_with_the_length_of_the_text_alone():
    """Each place in the text costs so much at most, but for a run of blanks, digits or dashes that it looks along."""
    for pattern in (*(each for _, each in caption._PATTERNS), caption._AGE, caption._HASHTAG):
        for _, body, _ in _endless(re._parser.parse(pattern.pattern, pattern.flags)):
            assert "CATEGORY_SPACE" in body or "CATEGORY_DIGIT" in body, (pattern.pattern, body)
            assert "CATEGORY_WORD" not in body, (pattern.pattern, body)


class _Counted(bytearray):
    looked_at = 0

    def __getitem__(self, where):
        _Counted.looked_at += where.stop - where.start
        return super().__getitem__(where)


@pytest.mark.parametrize("sign", ["#Boston ", "12/03/2024 ", "A.B. ", "Ana-Ruiz "])
def test_each_finding_is_compared_with_its_own_signs_only(sign, monkeypatch):
    def work(times):
        _Counted.looked_at = 0
        assert len(scan_caption(sign * times)) > times // 3
        return _Counted.looked_at

    monkeypatch.setattr(caption, "bytearray", _Counted, raising=False)
    assert work(400) <= 4.2 * work(100)
