"""The checks that keep an unfit form from being used, each seen to refuse."""

from __future__ import annotations

from datetime import date

import pytest

from consent.formbook import BadForm, check_forms, load_formbook, report
from consent.formbook.checks import form_sections
from consent.formbook.reading import SCALES, Section, joined, lengths, measure, under_stem

STRUCTURE = "us-media-release/1/structure.toml"
ENGLISH = "us-media-release/1/en.toml"
SPANISH = "us-media-release/1/es.toml"


def failures(path):
    return [(each.section, each.language) for each in check_forms(load_formbook(path)) if each.level == "fail"]


def test_the_forms_as_they_are_meet_every_aim(book):
    assert [each for each in check_forms(book) if each.level != "ok"] == []


def test_rule_01_every_required_paragraph_is_met(book):
    for version in book.versions():
        assert set(book.jurisdictions[version.structure.jurisdiction].required) <= version.structure.law()


@pytest.mark.parametrize(
    ("clause", "paragraph"),
    [
        ('    { key = "who-gives", law = ["164.508(c)(1)(ii)"] },\n', "164.508(c)(1)(ii)"),
        ('    { key = "voluntary", law = ["164.508(c)(2)(ii)"] },\n', "164.508(c)(2)(ii)"),
        ('    { key = "redisclosure", law = ["164.508(c)(2)(iii)"] },\n', "164.508(c)(2)(iii)"),
        ('    { key = "copy", law = ["164.508(c)(4)"] },\n', "164.508(c)(4)"),
    ],
)
def test_rule_01_a_removed_clause_fails(copied, edit, clause, paragraph):
    key = clause.split('"')[1]
    edit(STRUCTURE, clause, "")
    with pytest.raises(BadForm, match=key):  # its words are still there, and belong nowhere
        load_formbook(copied)
    for path in (copied / ENGLISH).parent.glob("*.toml"):
        if path.name != "structure.toml":
            drop_passage(path, key)
    assert (paragraph, "") in failures(copied)


def drop_passage(path, key):
    lines, dropping = [], False
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith((f"[pages.about.{key}]", f"[other.pages.about.{key}]")):
            dropping = True
        elif line.startswith("["):
            dropping = False
        if not dropping and not line.startswith(f"{key} = "):
            lines.append(line)
    path.write_text("\n".join(lines), encoding="utf-8")


@pytest.mark.parametrize("name", [ENGLISH, SPANISH])
def test_each_language_must_have_every_passage(copied, name):
    drop_passage(copied / name, "redisclosure")
    with pytest.raises(BadForm, match="redisclosure"):
        load_formbook(copied)


def test_each_language_must_have_every_item_of_a_list(copied, edit):
    edit(SPANISH, '    "lo que otros guardaron o pasaron",\n', "")
    assert ("undo", "es") in failures(copied)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        (ENGLISH, "{clinician}", "{surgeon}"),
        (ENGLISH, "{organisation} asks", "{organisation!r} asks"),
        (ENGLISH, "{organisation} asks", "{organisation asks"),
        ("words/en.toml", "{page}", "{leaf}"),
        (ENGLISH, "[ask.permission.train-ai]", "[ask.permission.train]"),
        (STRUCTURE, '"channel"', '"chanel"'),
        (STRUCTURE, 'when = "paid"', 'when = "rich"'),
        ("channels.toml", '"internal"', '"secret"'),
        ("media.toml", "es = { name", "xx = { name"),
    ],
)
def test_a_file_that_cannot_be_right_is_refused_when_loaded(copied, edit, name, old, new):
    edit(name, old, new)
    with pytest.raises(BadForm):
        load_formbook(copied)


def test_rule_04_a_changed_word_changes_the_hash_and_fails_the_published_version(copied, edit, release):
    assert failures(copied) == []
    edit(SPANISH, "Nadie se va a molestar con usted.", "Nadie se va a enojar con usted.")
    changed = load_formbook(copied).version("us-media-release", 1)
    assert changed.hash_in("es") != release.hash_in("es")
    assert changed.hash_in("en") == release.hash_in("en")
    assert failures(copied) == [("published", "es")]


def test_rule_04_a_channels_words_are_frozen_too(copied, edit):
    edit("channels.toml", "on Instagram", "on any site")
    assert ("published", "en") in failures(copied)


def test_rule_04_line_ends_and_remarks_do_not_count(copied, release):
    path = copied / ENGLISH
    path.write_bytes(b"# a remark\r\n" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert load_formbook(copied).version("us-media-release", 1).hashes == release.hashes


def test_rule_04_a_published_version_cannot_vanish(copied, edit):
    edit("published.toml", "[us-media-release.1", "[us-media-release.2")
    assert ("published", "") in failures(copied)


def test_rule_04_a_published_language_cannot_vanish(copied):
    (copied / SPANISH).unlink()
    assert ("published", "es") in failures(copied)


def test_a_phrase_that_a_translation_lacks_is_english_meanwhile_and_fails_the_check(copied, edit):
    edit("words/es.toml", 'next = "Siguiente"\n', "")
    words = load_formbook(copied).words("es")
    assert (words("buttons.next"), words.missing) == ("Next", ("buttons.next",))
    assert ("missing", "es") in failures(copied)


def test_adding_a_channel_is_one_line_and_changes_nothing_signed(copied, release):
    path = copied / "channels.toml"
    line = next(each for each in path.read_text(encoding="utf-8").splitlines() if each.startswith("bluesky"))
    new = line.replace("bluesky", "mastodon").replace("Bluesky", "Mastodon")
    path.write_text(path.read_text(encoding="utf-8") + new + "\n", encoding="utf-8")
    version = load_formbook(copied).version("us-media-release", 1)
    assert version.hashes == release.hashes
    assert ("channel", "mastodon") in version.questions([("channel", "mastodon")])
    assert failures(copied) == []


HARD_ENGLISH = (
    "Notwithstanding any limitation heretofore articulated, individually identifiable information "
    "disseminated pursuant to this authorization may subsequently be redisclosed by recipients. "
) * 8
HARD_SPANISH = (
    "No obstante cualquier limitación anteriormente establecida, la información identificable que "
    "se divulgue conforme a esta autorización podrá ser posteriormente comunicada por terceros. "
) * 8


@pytest.mark.parametrize(
    ("name", "old", "hard", "language"),
    [
        (ENGLISH, "Those who get it may share it with others.", HARD_ENGLISH, "en"),
        (SPANISH, "Quien lo reciba lo puede pasar a otros.", HARD_SPANISH, "es"),
    ],
)
def test_rule_19_hard_words_in_one_section_fail(copied, edit, name, old, hard, language):
    edit(name, old, hard)
    assert ("passages", language) in [(section[:8], spoken) for section, spoken in failures(copied)]


def test_rule_19_hard_words_beside_the_form_fail_too(copied, edit):
    edit("words/en.toml", "We keep what you have chosen.", HARD_ENGLISH)
    assert [spoken for section, spoken in failures(copied) if section.startswith("phrases, signing")] == ["en"]


def test_rule_19_a_hard_row_counts_with_its_question(copied, edit):
    edit("purposes.toml", "to teach the public about health", HARD_ENGLISH.rstrip(". "))
    assert "en" in [spoken for section, spoken in failures(copied) if section.startswith("rows")]


def test_rule_19_short_sections_are_measured_with_their_neighbour():
    sections = [
        Section("a", ("word " * 60,)),
        Section("b", ("word " * 60,)),
        Section("c", ("word " * 120,)),
        Section("d", ("word " * 10,)),
    ]
    assert [(each.name, each.words) for each in joined(sections)] == [("a + b", 120), ("c + d", 130)]


def test_rule_19_a_list_is_read_under_its_stem():
    assert under_stem("It is out. We cannot take back:", ["what was kept", "what was said"]) == (
        "It is out.",
        "We cannot take back what was kept.",
        "We cannot take back what was said.",
    )
    assert under_stem("If you say no:", ["Care stays.", "Pay stays."]) == (
        "If you say no.",
        "Care stays.",
        "Pay stays.",
    )


def test_rule_19_every_question_is_measured(release):
    text = " ".join(section.text for section in form_sections(release, "en"))
    for question in ("May we show it on TikTok?", "May we use your voice?", "May we say your age?"):
        assert question in text


def test_rule_19_the_harder_of_exact_and_rounded_counts():
    text = "The cat sat on the mat. " * 5 + "Authorization information is individually identifiable. " * 2
    assert measure(text, "en") >= 6.0
    assert measure("El gato se sienta. " * 10, "es") > 70


def test_rule_19_a_language_without_a_measure_gets_no_invented_score(book):
    for each in report(book):
        assert (each.measure is None) == (each.language not in SCALES)
        assert each.lengths.sentences > 0
        assert each.lengths.unit == ("characters" if each.language == "zh-Hans" else "words")
        assert bool(each.lengths.longest_words) == (each.language != "zh-Hans")


def test_what_an_author_mends_is_named_with_its_law(book):
    found = {each.section: each for each in report(book) if (each.form, each.language) == ("us-media-release/1", "en")}
    assert ("164.508(c)(2)(iii)", "redisclosure") in found["undo"].law
    assert "authorization" in found["about"].lengths.longest_words
    assert "Hospital" not in found["about"].lengths.longest_words  # no author's word
    sizes = [size for size, _ in found["about"].lengths.longest_sentences]
    assert sizes == sorted(sizes, reverse=True)


@pytest.mark.parametrize(
    ("text", "language", "unit", "sentences", "most"),
    [
        ("我们停止。您可以说不可以！好吗？", "zh-Hans", "characters", 3, 7),
        ("هل توافق؟ نعم. لا نعرض شيئا.", "ar", "words", 3, 3),
        ("Một hai ba. Bốn năm!", "vi", "words", 2, 3),
    ],
)
def test_sentences_end_as_their_script_ends_them(text, language, unit, sentences, most):
    counted = lengths((text,), language)
    assert (counted.unit, counted.sentences, counted.longest_sentences[0][0]) == (unit, sentences, most)


@pytest.mark.parametrize("language", ["ar", "es", "vi", "zh-Hans"])
def test_a_translation_that_loses_a_fact_fails(copied, edit, language):
    path = copied / "us-media-release/1" / f"{language}.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("{privacy_phone}", "555", 1), encoding="utf-8")
    assert ("pages.rights.how.items", language) in failures(copied)


def test_every_language_writes_its_month_in_words_and_fills_every_fact(book):
    day = date(2027, 3, 5)
    written = {language: words.date(day) for language, words in book.languages.items()}
    assert written == {
        "en": "March 5, 2027",
        "es": "5 de marzo de 2027",
        "ar": "5 مارس 2027",
        "vi": "ngày 5 tháng Ba, 2027",
        "zh-Hans": "2027年3月5日",
    }


def test_what_runs_the_other_way_is_isolated(book):
    said = book.words("ar")("check.wait", seconds=20)
    assert "\u206820\u2069" in said
    assert book.words("en")("copy.later", privacy_phone="555 0100") == (
        "We owe you a copy. Call 555 0100 if you do not get it."
    )
    assert "\u2068محمد\u2069" in book.words("en")("attest.witness", name="محمد")
