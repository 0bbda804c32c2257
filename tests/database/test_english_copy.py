"""Staff read in English what was signed in another language: beside it, marked as a help, with the same answers."""

from __future__ import annotations

import json

from consent.acts.house import House
from consent.records import custody
from consent.rules.access import Role
from tests.factory import Factory
from tests.staffroom import make_app, signed_in


def test_the_signed_language_and_english_stand_side_by_side(factory: Factory, house: House) -> None:
    made = factory.signed_consent(language="es", allow=(("medium", "photo"), ("channel", "conference")))
    desk = signed_in(make_app(house), house, factory.clinician())
    assert f"/consents/{made}/english" in desk.get(f"/consents/{made}").text
    page = desk.get(f"/consents/{made}/english").text
    assert '<div lang="es" dir="ltr">' in page
    for words in (
        "It is not sealed", "¿Puede cambiar de idea?", "Can you change your mind?", "Dijo que no",
        "We may not show it on Instagram.", "the signer (typed)",
    ):  # fmt: skip
        assert words in page, words
    # As many answers in one language as in the other, and the same ones.
    assert page.count("You said yes") == page.count("Dijo que sí") > 1
    with house.reading() as connection:
        entry = custody.about(connection, made)[-1]
    assert entry.act == "document.open"
    assert json.loads(entry.entry)["about"]["beside"] == "en"


def test_there_is_none_before_the_signature_and_no_way_there_from_an_english_form(
    factory: Factory, house: House
) -> None:
    desk = signed_in(make_app(house), house, factory.clinician())
    draft = factory.draft(language="es")
    assert desk.get(f"/consents/{draft}/english").status_code == 404
    assert "/english" not in desk.get(f"/consents/{factory.signed_consent()}").text
    poster = signed_in(make_app(house), house, factory.staff(Role.COMMUNICATIONS))
    assert poster.get(f"/consents/{draft}/english").status_code == 403
