"""The media release itself: complete in law, asked one by one, said back in plain words."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest

from consent.formbook import REQUIRED_FACTS, Account, Answers, BadForm, Gap, load_formbook
from consent.formbook.checks import texts
from consent.formbook.texts import capitalised
from consent.rules import scope, signers
from tests.unit.formbook.conftest import FACTS, USUAL, all_yes

LANGUAGES = ("en", "es")


def everything_shown(release, facts, language, asked=USUAL):
    shown = []
    for section in release.paper_sections(asked, facts, all_yes(release), language):
        shown += [section.heading, *section.paragraphs, *section.bullets, *(line.text for line in section.lines)]
    return "\n".join(shown)


def test_rule_01_a_complete_form_has_no_gaps(release):
    assert release.gaps(USUAL, FACTS, all_yes(release)) == ()


@pytest.mark.parametrize("name", REQUIRED_FACTS)
def test_rule_01_an_empty_fact_is_a_gap(release, name):
    facts = replace(FACTS, **{name: "  "})
    assert release.gaps(USUAL, facts, all_yes(release)) == (Gap("fact", name),)


@pytest.mark.parametrize("kind", ["medium", "purpose", "channel", "account"])
def test_rule_01_nothing_asked_of_a_kind_is_a_gap(release, kind):
    asked = [ask for ask in USUAL if ask[0] != kind]
    assert Gap("nothing-asked", kind) in release.gaps(asked, FACTS, all_yes(release))


def test_rule_01_an_account_without_a_name_is_a_gap(release):
    asked = (*USUAL, ("account", "a1"))
    answers = Answers(dict.fromkeys(release.questions(asked), True), "1-year")
    assert release.gaps(asked, FACTS, answers) == (Gap("fact", "accounts"),)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_account_is_said_with_its_channel(release, language):
    ours = Account("organisation", "Riverside Hospital", (("instagram", "@river"), ("facebook", "@river")))
    guest = Account("a1", "Dr. Ana Ruiz", (("instagram", "@drana"),))
    asked, facts = (*USUAL, ("account", "a1")), replace(FACTS, accounts=(ours, guest))
    pages = release.pages(asked, facts, language)
    rows = {row.code: row for page in pages for group in page.groups for row in group.rows if row.kind == "account"}
    assert rows["organisation"].hint.splitlines() == ["Instagram: @river", "Facebook: @river"]
    assert rows["a1"].text == "Dr. Ana Ruiz (Instagram: @drana)"
    review = release.review(asked, facts, Answers({("account", "a1"): True}, None), language)
    assert any("Dr. Ana Ruiz (Instagram: @drana)" in line.text for part in review for line in part.lines)


@pytest.mark.parametrize("language", LANGUAGES)
def test_rule_01_the_paper_names_who_what_why_and_how_to_stop(release, language):
    shown = everything_shown(release, FACTS, language)
    for name in REQUIRED_FACTS:
        assert getattr(FACTS, name) in shown
    assert "Instagram" in shown


def test_rule_02_everything_asked_is_a_question_of_its_own(release):
    questions = release.questions(USUAL)
    assert len(set(questions)) == len(questions)
    always = {("permission", each.value) for each in scope.Permission if each.value not in scope.SENSITIVE}
    assert set(questions) == set(USUAL) | always
    on_pages = [
        (row.kind, row.code)
        for page in release.pages(USUAL, FACTS, "en")
        for group in page.groups
        for row in group.rows
    ]
    assert tuple(on_pages) == questions


def test_rule_11_a_sensitive_topic_is_asked_only_where_it_was_picked_and_as_a_question_of_its_own(release):
    hiv = ("permission", "sensitive-hiv")
    assert hiv not in release.questions(USUAL)
    questions = release.questions((*USUAL, hiv))
    assert [code for _, code in questions if code.startswith("sensitive")] == ["sensitive-hiv"]
    # The page says what is not told, whatever was asked.
    for language in release.languages:
        usual, asked = (
            " ".join(page.paragraphs)
            for facts in (FACTS, replace(FACTS, sensitive="yes"))
            for page in release.pages(USUAL, facts, language)
            if page.key == "known"
        )
        words = release.texts[language].text["pages"]["known"]
        assert (words["not-covered"] in usual, words["some-covered"] in usual) == (True, False)
        assert (words["not-covered"] in asked, words["some-covered"] in asked) == (False, True)


def test_rule_08_who_signs_for_the_patient_says_who_he_is_by_what_right_and_what_was_seen(release):
    facts = replace(FACTS, authority="legal-parent", relationship="mother", proof="birth certificate.")
    said = " ".join(release.closing("signature", facts, "en").paragraphs)
    assert "To the patient, I am: mother." in said
    assert "This is why I may sign: I am the parent by law. This was shown as proof: birth certificate." in said
    assert "Choose what your child would want." in " ".join(release.pages(USUAL, facts, "en")[0].paragraphs)
    assert "I sign for the patient" not in " ".join(release.closing("signature", FACTS, "en").paragraphs)
    grounds = {code for each in signers.GROUNDS.values() for code in each}
    for language in release.languages:
        assert set(release.texts[language].text["grounds"]) == grounds


OF_THE_PATIENT = {
    "en": {
        "legal-parent": "photos of your child",
        "agency": "photos of the child",
        "executor": "photos of the patient",
    },
    "es": {"legal-parent": "fotos de su hijo o hija", "executor": "fotos de esta persona"},
    "ar": {"legal-parent": "صور طفلك", "executor": "صور المريض"},
    "vi": {"legal-parent": "ảnh của con của quý vị", "executor": "ảnh của bệnh nhân"},
    "zh-Hans": {"legal-parent": "您的孩子的照片", "executor": "患者的照片"},
}


@pytest.mark.parametrize("language", OF_THE_PATIENT)
def test_rule_08_who_signs_for_another_reads_about_the_patient_and_not_about_himself(release, language):
    """On the screen, in what is said back, and on paper; the patient himself reads the same words as ever."""
    own = release.texts[language]
    for authority, photos in OF_THE_PATIENT[language].items():
        facts = replace(FACTS, authority=authority)
        rows = [row.text for page in release.pages(USUAL, facts, language) for each in page.groups for row in each.rows]
        assert capitalised(photos) in rows
        said = [
            line.text
            for section in release.paper_sections(USUAL, facts, all_yes(release), language)
            for line in section.lines
        ]
        assert any(photos in line for line in said)
        headings = [page.heading for page in release.pages(USUAL, facts, language)]
        called = own.text["other"]["patient"].get(authority, own.text["other"]["patient"]["any"])
        assert sum(called in heading for heading in headings) >= 2
        assert own.title not in own.title_for(facts)
        assert called in own.title_for(facts)
        assert not [text for text in (*headings, *rows, *said) if "{" in text]
    assert own.title_for(FACTS) == own.title
    own_rows = [row.text for page in release.pages(USUAL, FACTS, language) for each in page.groups for row in each.rows]
    assert not [row for row in own_rows if row.endswith(tuple(OF_THE_PATIENT[language].values()))]


def test_rule_08_every_language_says_the_same_things_otherwise_to_who_signs_for_another(release):
    keys = {language: set(dict(texts(words.text["other"]))) for language, words in release.texts.items()}
    assert all(each == keys["en"] for each in keys.values()), keys
    yours = re.compile(r"\b(?:you|your)\b", re.IGNORECASE)
    facts = replace(FACTS, authority="executor", description="a burn")
    about = [page for page in release.pages(USUAL, facts, "en") if page.key in {"media", "known", "purposes"}]
    rows = [row for page in about for each in page.groups for row in each.rows]
    assert not [text for row in rows for text in (row.text, row.full) if yours.search(text)]


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ('[other.patient]\nany = "the patient"', "[other.patient]"),
        ("[other.pages.known]", "[other.pages.nowhere]"),
        ('photo = { row = "photos of {patient}" }', 'portrait = { row = "photos of {patient}" }'),
        ('full = "May we say the age of {patient}?"', 'full = "May we say the age of {person}?"'),
    ],
)
def test_words_for_another_that_fit_nothing_are_refused(copied, edit, change, match):
    edit("us-media-release/1/en.toml", change, match)
    with pytest.raises(BadForm, match="other"):
        load_formbook(copied)


def test_rule_02_only_what_was_picked_is_asked(release):
    asked = {code for kind, code in release.questions(USUAL) if kind == "channel"}
    assert asked == {"instagram", "conference", "staff-teaching"}
    assert ("channel", "nowhere") not in release.questions((*USUAL, ("channel", "nowhere")))


def test_rule_02_one_unanswered_question_is_a_gap(release):
    for ask in release.questions(USUAL):
        answers = all_yes(release)
        uses = {each: said for each, said in answers.uses.items() if each != ask}
        assert release.gaps(USUAL, FACTS, replace(answers, uses=uses)) == (Gap("unanswered", "/".join(ask)),)


@pytest.mark.parametrize(
    ("term", "gap"), [(None, "missing"), ("none", "unknown"), ("10-years", "unknown"), ("event", "event")]
)
def test_rule_03_a_term_is_needed_and_never_without_end(release, term, gap):
    assert release.gaps(USUAL, FACTS, all_yes(release, term)) == (Gap("term", gap),)


def test_rule_03_an_event_is_offered_when_someone_confirms_it(release):
    facts = replace(FACTS, event="your care ends", event_confirmer="Dr. Ruiz")
    assert release.gaps(USUAL, facts, all_yes(release, "event")) == ()
    hint = release.terms(facts, "en")[-1].hint
    assert hint.startswith("Dr. Ruiz")
    assert "5 years at the latest" in hint


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "It is not a consent to care."),
        ("es", "No es un permiso para su atención médica."),
    ],
)
def test_rule_05_the_form_stands_alone(release, language, sentence):
    assert sentence in everything_shown(release, FACTS, language)
    for word in ("liability", "waive", "royalt", "responsabilidad", "renunci"):
        assert word not in everything_shown(release, FACTS, language).lower()


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "Your care stays the same."),
        ("es", "Su atención sigue igual."),
    ],
)
def test_rule_06_saying_no_changes_nothing_about_care(release, book, language, sentence):
    assert sentence in release.pages(USUAL, FACTS, language)[0].bullets
    assert sentence in book.words(language)("decline.text")


@pytest.mark.parametrize(("language", "nobody"), [("en", "No one is paid"), ("es", "A nadie se le paga")])
def test_rule_07_who_is_paid_or_that_nobody_is(release, language, nobody):
    assert nobody in everything_shown(release, FACTS, language)
    paid = replace(FACTS, paid_by="Acme Lasers", paid_to="Riverside Hospital", paid_what="a gift of $500")
    shown = everything_shown(release, paid, language)
    assert nobody not in shown
    for fact in ("Acme Lasers", "Riverside Hospital", "a gift of $500"):
        assert fact in shown


def test_rule_07_a_payment_without_what_and_to_whom_is_a_gap(release):
    gaps = release.gaps(USUAL, replace(FACTS, paid_by="Acme Lasers"), all_yes(release))
    assert gaps == (Gap("fact", "paid_to"), Gap("fact", "paid_what"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_rule_08_a_representatives_authority_is_printed(release, language):
    paragraphs = release.closing("signature", FACTS, language).paragraphs
    facts = replace(FACTS, authority="health-care agent, paper seen")
    signed = release.closing("signature", facts, language).paragraphs
    assert len(signed) == len(paragraphs) + 1
    assert "health-care agent, paper seen" in signed[-1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_rule_16_signing_on_a_screen_is_explained_and_paper_is_free(release, language):
    page = release.closing("electronic", FACTS, language)
    shown = " ".join(page.paragraphs)
    for needed in ("PDF", FACTS.privacy_phone, FACTS.privacy_email, {"en": "free", "es": "gratis"}[language]):
        assert needed in shown
    assert release.accept_label(language)
    assert "electronic" in {part.key for part in release.paper_sections(USUAL, FACTS, all_yes(release), language)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_rule_17_the_review_says_every_answer_back(release, language):
    answers = Answers({ask: i % 2 == 0 for i, ask in enumerate(release.questions(USUAL))}, "2-years")
    parts = release.review(USUAL, FACTS, answers, language)
    lines = [line for part in parts for line in part.lines]
    assert [(line.kind, line.code) for line in lines if line.kind != "until"] == sorted(
        answers.uses, key=[(line.kind, line.code) for line in lines].index
    )
    assert {(line.kind, line.code): line.said for line in lines if line.kind != "until"} == dict(answers.uses)
    assert len({line.text for line in lines}) == len(lines)
    keys = {page.key for page in release.pages(USUAL, FACTS, language)}
    assert {part.page for part in parts} <= keys


def test_rule_17_a_yes_and_a_no_are_different_sentences(release):
    for language in LANGUAGES:
        for ask in release.questions(USUAL):
            said = [
                {
                    (line.kind, line.code): line.text
                    for part in release.review(USUAL, FACTS, Answers({ask: yes}, "1-year"), language)
                    for line in part.lines
                }[ask]
                for yes in (True, False)
            ]
            assert said[0] != said[1]


def test_the_last_day_is_printed(release):
    facts = replace(FACTS, until="March 5, 2028")
    assert "The last day is March 5, 2028." in everything_shown(release, facts, "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_asks_one_thing_with_a_heading_that_is_the_question(release, language):
    pages = release.pages(USUAL, FACTS, language)
    assert len(pages) <= 12
    for page in pages:
        assert page.heading.endswith("?"), page.key
        assert page.bullets, page.key  # the short list of what it means for him
        asked = {row.kind for group in page.groups for row in group.rows} | ({"term"} if page.choices else set())
        assert len(asked - {"account"}) <= 1, page.key  # under whose name belongs to where
    alone = [[row.full for group in page.groups for row in group.rows] for page in pages if page.key in ALONE]
    assert alone == [[page.heading] for page in pages if page.key in ALONE]


ALONE = ("show-first", "train-ai")


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_cannot_be_undone_is_read_before_the_first_public_place_is_asked(release, language):
    keys = [page.key for page in release.pages(USUAL, FACTS, language)]
    assert keys.index("undo") == keys.index("channels") - 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_place_says_who_sees_it_and_whether_it_can_be_called_back(release, language):
    text = release.texts[language].text["ask"]["channel"]
    for code, channel in release.channels.items():
        question = release.texts[language].question("channel", code, FACTS)
        said = text["can-call-back" if channel.can_be_called_back else "cannot-call-back"]
        assert question.hint == f"{channel.words[language].hint} {said}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_rule_12_california_offers_one_year_first_and_says_that_more_is_an_own_wish(release, language):
    def until(facts):
        return next(page for page in release.pages(USUAL, facts, language) if page.key == "until")

    california = until(replace(FACTS, jurisdiction="US-CA"))
    assert california.choices[0].code == "1-year"
    assert release.texts[language].sheet("until")["one-year"] in california.paragraphs
    assert release.texts[language].sheet("until")["one-year"] not in until(FACTS).paragraphs


def test_channels_are_grouped_by_who_will_see_them(release):
    page = next(page for page in release.pages(USUAL, FACTS, "en") if page.key == "channels")
    assert [(group.audience, [row.code for row in group.rows]) for group in page.groups] == [
        ("public", ["instagram"]),
        ("clinicians", ["conference"]),
        ("internal", ["staff-teaching"]),
        ("", ["organisation"]),
    ]


def test_blank_paper_asks_each_question_in_full(release):
    sections = release.paper_sections(USUAL, FACTS, Answers(), "en")
    lines = [line for section in sections for line in section.lines]
    assert all(line.said is None for line in lines)
    assert "May we show it on Instagram?" in [line.text for line in lines]
    assert [line.code for line in lines if line.kind == "until"] == ["1-year", "2-years", "5-years"]


def test_what_a_clinician_types_is_never_read_as_a_placeholder(release):
    facts = replace(FACTS, description="scar {organisation} {0} {{x}}", accounts=(Account("organisation", "{row}"),))
    assert "scar {organisation} {0} {{x}}" in everything_shown(release, facts, "en")


def test_the_catalogues_and_the_rules_know_the_same_codes(book, release):
    assert set(book.media) == {each.value for each in scope.Medium}
    assert set(book.purposes) == {each.value for each in scope.Purpose}
    assert set(release.structure.permissions) == {each.value for each in scope.Permission}


def test_all_eighteen_channels_are_there(book):
    assert set(book.channels) == set(
        "facebook instagram threads x bluesky linkedin youtube tiktok reddit blog podcast doximity sermo "
        "journal conference staff-teaching leaflet news".split()
    )
    assert {code for code, each in book.channels.items() if each.outside} == {"journal", "news"}


def test_dates_are_written_as_each_language_does(book):
    assert book.words("en").date(date(2027, 3, 5)) == "March 5, 2027"
    assert book.words("es").date(date(2027, 3, 5)) == "5 de marzo de 2027"
