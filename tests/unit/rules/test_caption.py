"""What the caption scanner finds, and what it leaves alone."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
