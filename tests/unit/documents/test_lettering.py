"""Which typefaces a text needs, and that English needs none but the paper's own."""

from __future__ import annotations

import pytest

from consent.documents.isolation import isolate
from consent.documents.lettering import ARABIC, CHINESE, LATIN, CannotPrint, Lettering
from consent.rules.direction import direction_of


@pytest.fixture(scope="module")
def lettering():
    return Lettering()


@pytest.mark.parametrize(
    ("text", "language", "families"),
    [
        ("Zoë O’Brien", "en", (LATIN.name,)),
        ("Nguyễn Thị Ánh", "vi", (LATIN.name,)),
        ("محمد", "en", (LATIN.name,)),
        ("محمد", "ar", (ARABIC.name, LATIN.name)),
        ("王小明", "zh-Hans", (LATIN.name, CHINESE.name)),
        ("राम 王", "es", (LATIN.name, CHINESE.name, "Noto Sans Devanagari")),
    ],
)
def test_a_text_is_set_in_the_typefaces_that_it_needs(lettering, text, language, families):
    lettering.check(text)
    assert lettering.families(text, language) == families


def test_direction_marks_need_no_glyph_and_runes_have_none(lettering):
    lettering.check("\u2068محمد\u2069 \u200f12\u200e")
    with pytest.raises(CannotPrint) as caught:
        lettering.check("Anna ᚠ")
    assert caught.value.missing == ("ᚠ",)


def test_a_piece_is_isolated_where_something_runs_the_other_way():
    assert isolate("<bdi>Anna</bdi>", "ltr") == "Anna"
    assert isolate("<bdi>محمد</bdi>", "ltr") == "\u2068محمد\u2069"
    assert isolate('<bdi dir="ltr">K7XQ-3M9</bdi>', "rtl") == "\u2066K7XQ-3M9\u2069"
    assert [direction_of(each) for each in ("ar", "fa-IR", "zh-Hans")] == ["rtl", "rtl", "ltr"]
