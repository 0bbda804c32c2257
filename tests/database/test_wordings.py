"""Which words count: translations that wait for their review, the organisation's own paragraphs, another country's
form, a new language and a whole new form that are files alone."""

from __future__ import annotations

import hashlib
import io
import re
import shutil
import subprocess
import unicodedata
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest
import sqlalchemy as sa

from consent.acts import (
    answering,
    creating,
    custody,
    form_approvals,
    form_extras,
    form_wordings,
    organisation,
    readiness,
    retrieval,
    revocation,
)
from consent.acts.actor import Actor
from consent.acts.change_of_mind import Change, Scope, Way
from consent.acts.form_approvals import Wording
from consent.acts.house import House
from consent.formbook import Extra, check_forms, load_formbook
from consent.records import consents
from consent.records.tables.consents import signature
from consent.rules.access import Role
from consent.rules.refusal import Refused
from tests import asking
from tests.factory import FORM, ROOT, USUAL, Clock, Factory, somebody
from tests.staffroom import make_app, send, signed_in

UK = "uk-media-consent"
LEVELS = (
    ("medium", "photo"),
    ("purpose", "professional-teaching"),
    ("purpose", "publication"),
    ("channel", "staff-teaching"),
    ("channel", "instagram"),
    ("account", "organisation"),
)
PARAGRAPHS = ("We have a show room in our hall. You can ask us to see it.", "Braces {like these} stand for nothing.")


def codes(house: House, language: str, form: str = FORM) -> list[str]:
    with house.reading() as connection:
        return [reason.code for reason in form_wordings.signing_open(house, connection, form, 1, language)]


def record(house: House, head: Actor, wording: Wording) -> None:
    form_approvals.approve(
        house, head, wording, approver_name="Huda Nasser", approver_role="Certified translator", approved_on=house.today
    )


def printed(house: House, actor: Actor, consent_id: str) -> str:
    pdf = retrieval.open_document(house, actor, consent_id)
    shown = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    return bare(shown)


def bare(text: str) -> str:
    kept = unicodedata.normalize("NFKC", text)
    return re.sub(r"[\s\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+", "", kept)


# ---------------------------------------------------------------- translations


@pytest.mark.parametrize("language", ["ar", "vi", "zh-Hans"])
def test_an_unreviewed_translation_is_shut_until_its_review_is_recorded(
    house: House, head: Actor, factory: Factory, clock: Clock, language: str
) -> None:
    organisation.save_details(
        house, head, legal_name="Test Hospital", address="1 Way", privacy_office="Office", privacy_phone="555 0100",
        privacy_email="p@hospital.example",
    )  # fmt: skip
    organisation.add_account(house, head, channel="instagram", name="@test")
    record(house, head, form_approvals.wording(house, head, FORM, 1, "en"))
    wording = form_approvals.wording(house, head, FORM, 1, language)
    assert (wording.unreviewed, wording.decision, codes(house, language)) == (
        True,
        "none",
        ["translation-not-reviewed"],
    )
    assert language not in form_wordings.spoken(house)
    with pytest.raises(Refused, match="approver-role"):  # no review without a qualification
        form_approvals.approve(
            house, head, wording, approver_name="Huda Nasser", approver_role=" ", approved_on=house.today
        )
    record(house, head, wording)
    assert (codes(house, language), language in form_wordings.spoken(house)) == ([], True)
    clock.pass_(minutes=1)
    form_approvals.withdraw(house, factory.staff(Role.PRIVACY_OFFICER), wording)
    assert codes(house, language) == ["form-withdrawn"]
    assert {"form.review-translation", "form.withdraw"} <= set(custody.acts_seen(house, factory.staff(Role.AUDITOR)))
    assert custody.verify(house).problems == ()


def test_rule_14_nobody_is_handed_a_translation_without_a_review(house: House, factory: Factory, clock: Clock) -> None:
    made = factory.draft(language="ar")
    factory.withdraw_form(language="ar")
    with pytest.raises(Refused, match="form-withdrawn"):
        factory.handed_over(made)


def test_a_review_counts_for_the_words_around_the_form_too(house: House, head: Actor, tmp_path: Path) -> None:
    record(house, head, form_approvals.wording(house, head, FORM, 1, "vi"))
    folder = copied(tmp_path)
    edit(folder / "words" / "vi.toml", 'start = "Bắt đầu"', 'start = "Bắt đầu ngay"')
    changed = replace(house, forms=load_formbook(folder))
    assert form_approvals.wording(changed, head, FORM, 1, "vi").decision == "none"
    assert form_approvals.wording(house, head, FORM, 1, "vi").decision == "approved"


def test_a_translation_with_a_gap_cannot_be_reviewed(house: House, head: Actor, tmp_path: Path) -> None:
    folder = copied(tmp_path)
    edit(folder / "words" / "vi.toml", 'start = "Bắt đầu"\n', "")
    changed = replace(house, forms=load_formbook(folder))
    wording = form_approvals.wording(changed, head, FORM, 1, "vi")
    assert wording.lacks == ("translation-incomplete",)
    with pytest.raises(Refused, match="translation-incomplete"):
        record(changed, head, wording)


@pytest.mark.parametrize("language", ["ar", "es", "vi", "zh-Hans"])
@pytest.mark.usefixtures("in_full")
def test_a_consent_is_signed_in_every_language_and_its_paper_says_so(
    house: House, factory: Factory, language: str
) -> None:
    made = factory.signed_consent(language=language)
    with house.reading() as connection:
        row = consents.find(connection, made)
        assert row is not None
        version = readiness.version_of(house, row)
    assert (row.language, row.form_hash) == (language, version.hash_in(language))
    text = printed(house, factory.clinician(), made)
    assert row.form_hash in text
    if language != "ar":  # extraction puts Arabic letters into disorder; see tests/unit/documents
        assert bare(version.texts[language].title) in text
        assert bare(house.forms.words(language).date(house.today)) in text


@pytest.mark.parametrize("language", ["ar", "en", "es", "vi", "zh-Hans"])
@pytest.mark.usefixtures("in_full")
def test_the_text_of_the_pdf_is_the_text_shown(house: House, factory: Factory, language: str) -> None:
    """After NFKC, without white space and direction marks. The shaping of Arabic puts extracted letters into another
    order: there the characters agree, and the exact text is an associated file, as it is in every language."""
    name = "محمد الأحمد" if language == "ar" else "王小明 Łucja Nguyễn"
    person = replace(somebody(9), name=name, language=language)
    made = factory.signed_consent(language=language, person=person, clinician="Dr. O’Brien")
    pdf = retrieval.open_document(house, factory.clinician(), made)
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        shown = opened.attachments["shown-text.txt"].get_file().read_bytes()
        added = opened.attachments["evidence.txt"].get_file().read_bytes().decode()
        assert opened.attachments["shown-text.txt"].relationship == "/Alternative"
        assert opened.Root.Lang == language
    with house.reading() as connection:
        kept = connection.execute(sa.select(signature.c.shown_hash).where(signature.c.consent_id == made)).scalar_one()
    assert hashlib.sha256(shown).hexdigest() == kept
    crop = ["-r", "72", "-x", "0", "-y", "50", "-W", "612", "-H", str(792 - 124)]
    # In the order of the page's own content, which is that of the document.
    taken = subprocess.run(["pdftotext", "-raw", *crop, "-", "-"], input=pdf, capture_output=True, check=True)
    text = taken.stdout.decode()
    if language == "ar":
        assert Counter(bare(text)) == Counter(bare(shown.decode() + added))
    else:
        assert bare(text) == bare(shown.decode() + added)


# ------------------------------------------------- the organisation's own words


@pytest.mark.usefixtures("in_full")
def test_rule_52_own_paragraphs_are_approved_like_a_version_and_old_consents_keep_theirs(
    house: House, head: Actor, factory: Factory, clock: Clock
) -> None:
    before = factory.signed_consent()
    form_extras.write(house, head, FORM, "en", Extra("What else is there?", PARAGRAPHS))
    waiting = [each for each in form_approvals.wordings(house, head) if each.waiting]
    assert {(each.form, each.revision) for each in waiting} == {(FORM, 1)}
    meanwhile = factory.signed_consent()  # what waits is not shown to anybody
    clock.pass_(minutes=1)
    record(house, head, form_approvals.wording(house, head, FORM, 1, "en", 1))
    assert form_approvals.wording(house, head, FORM, 1, "en").revision == 1
    after = factory.signed_consent()
    texts = [printed(house, factory.clinician(), made) for made in (before, meanwhile, after)]
    assert [bare(PARAGRAPHS[1]) in text for text in texts] == [False, False, True]
    with house.reading() as connection:
        rows = [consents.find(connection, made) for made in (before, after)]
    hashes = [row.form_hash for row in rows if row is not None]
    assert hashes[0] != hashes[1]
    assert hashes[1] in texts[2]
    form_extras.write(house, head, FORM, "en", Extra("What else is there?", PARAGRAPHS[:1]))
    assert rows[1] is not None
    assert readiness.version_of(house, rows[1]).extra["en"].paragraphs == PARAGRAPHS
    assert custody.verify(house).problems == ()


def test_own_paragraphs_must_be_in_every_language_that_is_signed(
    house: House, head: Actor, factory: Factory, clock: Clock
) -> None:
    factory.ready_organisation()
    form_extras.write(house, head, FORM, "en", Extra("What else is there?", PARAGRAPHS[:1]))
    assert codes(house, "es") == []  # the English is not in force yet
    clock.pass_(minutes=1)
    record(house, head, form_approvals.wording(house, head, FORM, 1, "en", 1))
    assert codes(house, "es") == ["extra-untranslated"]
    spanish = Extra("¿Qué más hay?", ("Hay una sala en la entrada. La puede ver si nos lo pide.",))
    form_extras.write(house, head, FORM, "es", spanish)
    assert codes(house, "es") == ["form-not-approved"]
    clock.pass_(minutes=1)
    record(house, head, form_approvals.wording(house, head, FORM, 1, "es"))
    assert codes(house, "es") == []
    form_extras.write(house, head, FORM, "es", Extra("", ()))
    form_extras.write(house, head, FORM, "en", Extra("", ()))
    assert (codes(house, "en"), codes(house, "es")) == ([], [])


def test_rule_19_own_paragraphs_pass_the_gate_of_the_form(house: House, head: Actor) -> None:
    hard = "Notwithstanding any limitation heretofore articulated, information disseminated may be redisclosed."
    refusals = {
        "extra-hard": Extra("What else?", (hard,)),
        "extra-heading": Extra(" ", PARAGRAPHS),
        "extra-long": Extra("What else?", ("We are here.",) * 7),
        "cannot-print": Extra("What else?", ("\u16a0 is a rune.",)),
    }
    for code, page in refusals.items():
        with pytest.raises(Refused, match=code):
            form_extras.write(house, head, FORM, "en", page)
    assert form_extras.newest(house, head, FORM).revision == 0
    with pytest.raises(Refused, match="role"):
        form_extras.write(house, Actor("staff", "x", frozenset({Role.CLINICIAN})), FORM, "en", Extra("a", PARAGRAPHS))


def test_the_page_for_own_paragraphs_keeps_what_was_typed(house: House, head: Actor) -> None:
    client = signed_in(make_app(house), house, head)
    path = f"/forms/{FORM}/own/en"
    hard = "Notwithstanding limitations heretofore articulated, dissemination necessitates authorization."
    refused = send(client, path, heading="What else?", paragraphs=hard)
    assert refused.status_code == 422
    assert "Too hard to read: Flesch-Kincaid grade" in refused.text
    assert "heretofore" in refused.text
    assert (
        send(client, path, heading="What else?", paragraphs="We are here.\r\n\r\nCome and see us.").status_code == 303
    )
    assert form_extras.newest(house, head, FORM).pages["en"].paragraphs == ("We are here.", "Come and see us.")
    listed = client.get("/forms").text
    assert "with your own paragraphs (1)" in listed
    assert "Waiting:" in listed
    assert "Come and see us." in client.get(f"/forms/{FORM}/1/en?own=1").text
    assert "Come and see us." not in client.get(f"/forms/{FORM}/1/en").text
    assert client.get(f"/forms/{FORM}/own/xx").status_code == 404


def test_the_preview_measures_every_section_in_every_language(house: House, head: Actor) -> None:
    client = signed_in(make_app(house), house, head)
    english = client.get(f"/forms/{FORM}/1/en").text
    assert "Flesch-Kincaid grade" in english
    assert "The aim is 5.0, the limit 6.0." in english
    assert "164.508(c)(2)(iii): redisclosure" in english
    chinese = client.get(f"/forms/{FORM}/1/zh-Hans").text
    assert "There is no established measure for this language" in chinese
    assert "characters in" in chinese
    assert 'dir="rtl"' in client.get(f"/forms/{FORM}/1/ar").text
    # Who approves it reads it all: also as somebody does who signs for the patient, with every topic asked about.
    also = english.partition("Where somebody signs for the patient")[2]
    assert "May we use photos of the patient?" in also
    assert "May we tell about HIV?" in also
    assert "I sign for the patient." in also
    assert "May we show it on Instagram?" not in also
    record(house, head, form_approvals.wording(house, head, FORM, 1, "ar"))
    assert "Reviewed by Huda Nasser, Certified translator" in client.get(f"/forms/{FORM}/1/ar").text


def test_the_usual_term_is_offered_first_and_chosen_by_nobody(house: House, head: Actor, factory: Factory) -> None:
    factory.ready_organisation()
    rules = organisation.in_force(house).policy
    with pytest.raises(Refused, match="term-unknown"):
        organisation.save_policy(house, head, replace(rules, usual_term="forever"))
    organisation.save_policy(house, head, replace(rules, usual_term="5-years"))
    session = answering.open_session(house, factory.handed_over(factory.draft()))
    until = next(page for page in session.version.pages(USUAL, session.facts, "en") if page.choices)
    assert [choice.code for choice in until.choices] == ["5-years", "1-year", "2-years"]
    assert session.given.term is None
    client = signed_in(make_app(house), house, head)
    assert send(client, "/organisation/state", jurisdiction="UK", usual_term="2-years").status_code == 303
    assert organisation.in_force(house).policy.offered_first == "2-years"
    assert form_wordings.usual_form(house) == UK


# ------------------------------------------------------------- another country


@pytest.mark.usefixtures("in_full")
def test_rule_51_the_uk_form_does_the_whole_job_as_data_alone(house: House, factory: Factory) -> None:
    allow = (*LEVELS, ("permission", "keep-record"), ("permission", "recognisable"))
    made = factory.signed_consent(allow=allow, asked=LEVELS, form=UK)
    text = printed(house, factory.clinician(), made)
    assert bare("We may keep it in your health record (level 1).") in text
    assert bare("We may use it to publish it, in print or on the web (level 3).") in text
    assert bare("It is as easy as it was to give it.") in text
    for word in ("HIPAA", "authorization", "164.508", "health plan"):
        assert bare(word).lower() not in text.lower()
    image, poster = factory.ready_picture(made), factory.staff(Role.COMMUNICATIONS)

    def may(channel: str, purpose: str) -> bool:
        return asking.look_up(house, poster, image, channel, purpose).allowed

    assert may("instagram", "publication")
    assert may("staff-teaching", "professional-teaching")
    # What anyone can see is published, for whatever purpose: level 2 does not lead there.
    assert not may("instagram", "professional-teaching")
    assert not may("instagram", "promotion")  # this form never asks for it
    parts = Change(
        made, Scope.PARTS, Way.IN_PERSON, parts=frozenset({("purpose", "publication")}), known_how="In the room."
    )
    revocation.revoke(house, factory.clinician(), parts)
    assert (may("instagram", "publication"), may("staff-teaching", "professional-teaching")) == (False, True)
    revocation.revoke(house, factory.clinician(), Change(made, Scope.FORM, Way.IN_PERSON, known_how="In the room."))
    assert not may("staff-teaching", "professional-teaching")
    assert custody.verify(house).problems == ()


def test_rule_51_level_one_alone_shows_nothing(house: House, factory: Factory) -> None:
    made = factory.signed_consent(allow=(("medium", "photo"), ("permission", "keep-record")), asked=LEVELS, form=UK)
    image, poster = factory.ready_picture(made), factory.staff(Role.COMMUNICATIONS)
    answers = [
        asking.look_up(house, poster, image, channel, purpose).allowed
        for channel in ("staff-teaching", "instagram")
        for purpose in ("professional-teaching", "publication")
    ]
    assert answers == [False] * 4


def test_rule_51_a_form_asks_only_what_it_offers(house: House, factory: Factory) -> None:
    made = factory.draft(LEVELS, form=UK)
    with pytest.raises(Refused, match="choice-unknown"):
        creating.change_asked(house, factory.clinician(), made, "purpose", ("promotion",))
    version = house.forms.newest(UK)
    assert tuple(version.purposes) == ("professional-teaching", "publication")
    assert version.structure.jurisdiction == "UK"


# -------------------------------------------------- files alone: a language, a form


def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "forms", tmp_path / "forms"))


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def backwards(path: Path, into: Path) -> None:
    """A made-up language: every word of the English turned round; placeholders and keys stay."""

    def turned(found: re.Match[str]) -> str:
        pieces = re.split(r"(\{\w+\})", found[0])
        return "".join(
            piece if piece.startswith("{") else re.sub(r"[A-Za-z]+", lambda word: word[0][::-1], piece)
            for piece in pieces
        )

    lines = path.read_text(encoding="utf-8").splitlines()
    into.write_text("\n".join(re.sub(r'"[^"]*"', turned, line) for line in lines) + "\n", encoding="utf-8")


def test_adding_a_language_is_adding_files_and_it_can_be_signed(house: House, factory: Factory, tmp_path: Path) -> None:
    folder = copied(tmp_path)
    backwards(folder / FORM / "1" / "en.toml", folder / FORM / "1" / "qaa.toml")
    backwards(folder / "words" / "en.toml", folder / "words" / "qaa.toml")
    for name, new in (
        ("english", "Backwards"), ("name", "sdrawkcaB"), ("direction", "ltr"), ("review", "unreviewed"),
    ):  # fmt: skip
        text = (folder / "words" / "qaa.toml").read_text(encoding="utf-8")
        changed = re.sub(rf'(?m)^{name} = ".*"$', f'{name} = "{new}"', text, count=1)
        (folder / "words" / "qaa.toml").write_text(changed, encoding="utf-8")
    said = ["[other-channel]", 'row = "no {name}"']
    said += [f'{audience} = "oohW sees it."' for audience in ("public", "clinicians", "internal")]
    for kind, entries in (("medium", house.forms.media), ("purpose", house.forms.purposes)):
        for code in entries:
            said += [f"[{kind}.{code}]", f'name = "{code}"', f'row = "{code[::-1]}"', 'hint = "tnih."']
    (folder / "catalogue" / "qaa.toml").write_text("\n".join(said) + "\n", encoding="utf-8")

    book = load_formbook(folder)
    assert [each for each in check_forms(book) if each.level == "fail"] == []
    for language in house.forms.newest(FORM).languages:  # nothing that was there before has another hash
        assert book.newest(FORM).hash_in(language) == house.forms.newest(FORM).hash_in(language)
    theirs = replace(house, forms=book)
    with_language = Factory(theirs, factory.clock)
    made = with_language.signed_consent(language="qaa")
    text = printed(theirs, with_language.clinician(), made)
    assert bare(book.newest(FORM).texts["qaa"].title) in text
    assert bare(book.words("qaa").date(theirs.today)) in text
    assert book.words("qaa")("buttons.sign") == "ngiS"


def test_a_whole_new_form_is_a_folder(house: House, factory: Factory, tmp_path: Path) -> None:
    folder = copied(tmp_path)
    shutil.copytree(folder / UK, folder / "our-own-form")
    own = folder / "our-own-form" / "1"
    edit(own / "structure.toml", 'form = "uk-media-consent"', 'form = "our-own-form"')
    edit(own / "en.toml", 'title = "Consent to recordings and their use"', 'title = "Pictures of our garden party"')
    theirs = replace(house, forms=load_formbook(folder))
    fresh = Factory(theirs, factory.clock)
    made = fresh.signed_consent(asked=LEVELS, form="our-own-form")
    assert bare("Pictures of our garden party") in printed(theirs, fresh.clinician(), made)
