"""What is asked back: made from what this form asks and what was chosen, in the patient's language."""

from __future__ import annotations

from dataclasses import replace

import pytest

from consent.formbook import Answers, BadForm, lessons, load_formbook
from consent.formbook.structure import TAUGHT
from tests.unit.formbook.conftest import FACTS, USUAL, all_yes

LANGUAGES = ("en", "es")


def asked_back(book, release, answers, language="en", asked=USUAL):
    return {each.code: each for each in lessons(release, book.words(language), asked, FACTS, answers)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_rule_20_four_questions_each_with_one_right_answer(book, release, language):
    found = asked_back(book, release, all_yes(release), language)
    assert tuple(found) == TAUGHT
    for lesson in found.values():
        assert lesson.question.endswith("?")
        codes = [code for code, _ in lesson.options]
        assert len(set(codes)) == len({text for _, text in lesson.options}) == 3
        assert codes.count(lesson.right) == 1
        assert lesson.page in {sheet.key for sheet in release.structure.pages}


def test_rule_20_the_right_answer_does_not_always_stand_in_the_same_place(book, release):
    found = asked_back(book, release, all_yes(release))
    places = {[code for code, _ in each.options].index(each.right) for each in found.values()}
    assert len(places) > 1


def test_rule_20_each_question_leads_to_the_page_that_tells_it(book, release):
    found = asked_back(book, release, all_yes(release))
    assert {code: each.page for code, each in found.items()} == {
        "what": "media", "where": "channels", "change": "rights", "care": "about",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("language", "photo", "film"), [("en", "photos of you", "films of you"), ("es", "fotos", "videos")]
)
def test_rule_20_the_answers_name_what_he_chose_and_nothing_else(book, release, language, photo, film):
    answers = Answers({**all_yes(release).uses, ("medium", "film"): False}, "1-year")
    lesson = asked_back(book, release, answers, language)["what"]
    assert lesson.right == "some"
    assert photo in lesson.text_of("some")
    assert film not in lesson.text_of("some")


def test_rule_20_who_allowed_nothing_is_asked_that(book, release):
    nothing = asked_back(book, release, Answers(dict.fromkeys(all_yes(release).uses, False), "1-year"))
    assert (nothing["what"].right, nothing["where"].right) == ("none", "none")
    # What he did not allow is among the wrong answers, by its name.
    assert "Instagram" in nothing["where"].text_of("some")


@pytest.mark.parametrize(
    ("language", "parted"), [("en", ", "), ("es", ", "), ("ar", "، "), ("zh-Hans", "、"), ("vi", ", ")]
)
def test_rule_20_what_he_chose_is_parted_as_his_language_parts_a_list(book, release, language, parted):
    text = asked_back(book, release, all_yes(release), language)["what"].text_of("some")
    rows = [release.texts[language].row("medium", code, FACTS)[0] for code in ("photo", "film")]
    assert f"{rows[0]}{parted}{rows[1]}" in text
    if parted != ", ":
        assert ", " not in text


def test_rule_20_many_places_are_counted_not_listed(book, release):
    asked = (*USUAL, *(("channel", code) for code in release.channels))
    answers = Answers(dict.fromkeys(release.questions(asked), True), "1-year")
    text = asked_back(book, release, answers, asked=asked)["where"].text_of("some")
    assert f"and {len(release.channels) - 3} more that I said yes to" in text


def test_rule_20_another_choice_is_another_question(book, release):
    before, after = all_yes(release), Answers({**all_yes(release).uses, ("channel", "instagram"): False}, "1-year")
    old, new = asked_back(book, release, before), asked_back(book, release, after)
    assert old["where"].about != new["where"].about
    assert {code: each.about for code, each in old.items() if code != "where"} == {
        code: each.about for code, each in new.items() if code != "where"
    }
    assert old["where"].about == asked_back(book, release, before, "es")["where"].about


def test_a_form_without_such_a_page_does_not_ask_about_it(book, release):
    pages = tuple(replace(sheet, teaches="") for sheet in release.structure.pages)
    silent = replace(release, structure=replace(release.structure, pages=pages))
    assert tuple(asked_back(book, silent, all_yes(release))) == ("what", "where")


def test_a_page_teaches_one_of_the_four(copied, edit):
    edit("us-media-release/1/structure.toml", 'teaches = "care"', 'teaches = "law"')
    with pytest.raises(BadForm, match="teaches"):
        load_formbook(copied)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_drawing_has_its_words_and_its_file(book, release, language):
    drawings = [sheet.drawing for sheet in release.structure.pages if sheet.drawing]
    assert len(drawings) >= 6
    for name in drawings:
        assert book.words(language)(f"drawings.{name}")
