"""The pages of sections Create and Sign: bad input comes back with a sentence beside its field, and nothing is lost."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from consent.acts import answering, creating, doors, organisation, planning, retrieval
from consent.acts.house import House
from consent.records import consents
from consent.rules.access import Role
from consent.vault.blobs import CannotStore
from tests.factory import FORM, Factory
from tests.staffroom import browser, path_of, send, signed_in, token_on

BORN = {"born_on-day": "3", "born_on-month": "4", "born_on-year": "1980"}


def tablet(app: Flask, factory: Factory, made: str) -> tuple[FlaskClient, str]:
    """A browser in the patient's hands, and the signing session's ID."""
    client = signed_in(app, factory.house, factory.clinician())
    done = send(client, f"/consents/{made}/hand-over", f"/consents/{made}")
    assert done.headers["Location"] == "/sign"
    with client.session_transaction() as kept:
        found = doors.find(factory.house, "signing", kept["signing"])
    assert found
    return client, found


def value(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    assert found, name
    return found.group(1)


def beside(page: str, field: str, sentence: str) -> None:
    """The sentence stands beside the field and in the summary, and the summary leads to the field."""
    error = re.search(rf'id="{re.escape(field)}(?:-date)?-error"[^>]*>(.*?)</span>\s*([^<]*)', page, re.S)
    assert error, f"nothing beside {field}"
    assert sentence in " ".join(error.group(0).split())
    assert f'href="#{field}"' in page
    assert f'id="{field}"' in page


NEW = "/consents/new/patient?form=us-media-release&language=en"


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"name": ""}, "name", "Enter the patient"),
        ({"born_on-month": "13"}, "born_on", "real date"),
        ({"born_on-year": "84"}, "born_on", "four digits"),
        ({"born_on-year": "2984"}, "born_on", "in the future"),
        ({"email": "someone", "electronic_contact": "yes"}, "email", "name@example.com"),
        ({"email": "a@example.com"}, "electronic_contact", "agrees to e-mail"),
        ({"name": "ᚠᚢᚦᚨ"}, "name", "letters or signs"),
        ({"preferred": ""}, "preferred", "Choose the language"),
    ],
)
def test_a_bad_patient_comes_back_with_everything_that_was_typed(
    desk: FlaskClient, typed: dict[str, str], field: str, sentence: str
) -> None:
    sent = {"name": "Zoë O'Brien", **BORN, "record_number": "A-1", "preferred": "en", "post": "9 Row\nTown",
            "form": FORM, "language": "en", "once": "", **typed}  # fmt: skip
    answer = send(desk, "/consents/new/patient", NEW, **sent)
    assert answer.status_code == 422
    beside(answer.text, field, sentence)
    assert value(answer.text, "record_number") == "A-1"
    assert "9 Row\nTown" in answer.text
    assert "Error:" in answer.text.split("</title>")[0]
    if "name" not in typed:
        assert value(answer.text, "name") == "Zoë O&#39;Brien"


def test_a_draft_is_made_page_by_page_and_a_repeat_makes_no_second(
    desk: FlaskClient, house: House, factory: Factory
) -> None:
    started = send(desk, "/consents/new", form=FORM, language="en")
    page = started.headers["Location"]
    once = value(desk.get(page).text, "once")
    sent = {"name": "Zoë O'Brien", **BORN, "preferred": "en", "form": FORM, "language": "en", "once": once}
    first = send(desk, "/consents/new/patient", page, **sent)
    again = send(desk, "/consents/new/patient", page, **sent)
    assert first.headers["Location"] == again.headers["Location"]
    made = first.headers["Location"].split("/")[2]
    assert first.headers["Location"] == f"/consents/{made}/signer"
    last = send(desk, f"/consents/{made}/signer", signer="patient")
    assert last.headers["Location"] == f"/consents/{made}/identity"
    last = send(desk, f"/consents/{made}/identity", identified_by=["name", "wristband"], capacity="yes",
                told_voluntary="yes")  # fmt: skip
    for kind, codes in (("medium", "photo"), ("purpose", "news"), ("channel", "news"), ("account", "organisation")):
        assert last.headers["Location"] == f"/consents/{made}/ask/{kind}"
        more = {"poster": "other"} if kind == "account" else {}
        last = send(desk, last.headers["Location"], **{kind: codes}, **more)
    assert last.headers["Location"] == f"/consents/{made}/details/description"
    assert "Which journal" in desk.get(last.headers["Location"]).text
    last = send(desk, last.headers["Location"], description="A film of the walk", recipients="The Daily")
    assert last.headers["Location"] == f"/consents/{made}"
    assert "Hand over to the patient" in desk.get(last.headers["Location"]).text
    assert retrieval.open_consent(house, factory.clinician(), made).dossier.details.recipients == "The Daily"


def test_every_missing_piece_of_a_draft_is_said_beside_its_field(desk: FlaskClient, factory: Factory) -> None:
    patient = factory.patient_of(factory.draft())
    made = creating.draft(factory.house, factory.clinician(), FORM, "en", patient_id=patient)
    answer = send(desk, f"/consents/{made}/identity", identified_by=["name"])
    assert answer.status_code == 422
    beside(answer.text, "identified_by", "at least two")
    beside(answer.text, "capacity", "cannot sign")
    beside(answer.text, "told_voluntary", "voluntary")
    for kind in ("medium", "purpose", "channel", "account"):
        answer = send(desk, f"/consents/{made}/ask/{kind}")
        assert answer.status_code == 422
        beside(answer.text, kind, "at least one")
    answer = send(desk, f"/consents/{made}/details/description", description=" ")
    beside(answer.text, "description", "in your own words")
    answer = send(desk, f"/consents/{made}/details/payment", paid_by="Acme")
    beside(answer.text, "paid_to", "leave all three empty")
    assert value(answer.text, "paid_by") == "Acme"
    page = desk.get(f"/consents/{made}").text
    assert "Before you can hand over" in page
    assert "Hand over to the patient" not in page
    # A page from before, or a made-up request, hands nothing over either.
    refused = desk.post(f"/consents/{made}/hand-over", data={"csrf_token": token_on(page)})
    assert refused.headers["Location"] == f"/consents/{made}"


def test_a_draft_moves_to_another_language_with_all_that_was_prepared(
    desk: FlaskClient, house: House, factory: Factory
) -> None:
    made = factory.draft()
    path = f"/consents/{made}/form"
    answer = send(desk, path, form=FORM, language="")
    assert answer.status_code == 422
    beside(answer.text, "language", "Choose a language")
    assert send(desk, path, form=FORM, language="es").headers["Location"] == f"/consents/{made}"
    plan = planning.plan(house, factory.clinician(), made)
    assert (plan.language, plan.next_part) == ("es", "interpreter")
    # The language on the tablet is the draft's, also after an earlier hand-over in another one.
    assert "reads another language best than" in desk.get(f"/consents/{made}").text


def test_what_is_unknown_is_not_there(desk: FlaskClient, factory: Factory) -> None:
    made = factory.draft()
    for path in ("/consents/nonsense", f"/consents/{made}/ask/secrets", f"/consents/{made}/details/secrets",
                 f"/consents/{made}/document", "/consents/nonsense/preview"):  # fmt: skip
        assert desk.get(path).status_code == 404


def test_another_units_consent_asks_why(app: Flask, house: House, factory: Factory) -> None:
    made = factory.draft()
    other = signed_in(app, house, factory.staff(Role.CLINICIAN, unit="ENT"))
    page = other.get(f"/consents/{made}").text
    assert "Why do you need to see this?" in page
    assert "Maria Lopez" not in page
    answer = send(other, f"/consents/{made}/reason", f"/consents/{made}", reason=" ")
    assert answer.status_code == 422
    beside(answer.text, "reason", "Say why")
    send(other, f"/consents/{made}/reason", f"/consents/{made}", reason="On call")
    page = other.get(f"/consents/{made}").text
    assert "Maria Lopez" in page
    assert "Hand over" not in page


def test_finding_answers_beside_the_field(desk: FlaskClient, factory: Factory) -> None:
    made = factory.draft()
    number = planning.plan(factory.house, factory.clinician(), made).number
    mistyped = number[:-1] + ("2" if number[-1] != "2" else "3")
    for path, sent, field, sentence in (
        ("number", {"number": mistyped}, "number", "One character is wrong"),
        ("number", {"number": "xx"}, "number", "for example 7K3Q-9XD"),
        ("number", {"number": "2222-222"}, "number", "no consent with this number"),
        ("record-number", {"record_number": ""}, "record_number", "Enter the record number"),
        ("name", BORN, "name", "Enter the patient"),
        ("name", {**BORN, "name": "- - -"}, "name", "in letters"),
        ("name", {"name": "Maria Lopez"}, "born_on", "Enter the date of birth"),
    ):
        answer = send(desk, f"/consents/find/{path}", "/consents/find", **sent)
        assert answer.status_code == 422, sent
        beside(answer.text, field, sentence)
    found = send(desk, "/consents/find/number", "/consents/find", number=number.lower())
    assert found.headers["Location"] == f"/consents/{made}"


def test_after_the_hand_over_the_browser_opens_the_patients_pages_only(app: Flask, factory: Factory) -> None:
    made = factory.draft()
    client, _ = tablet(app, factory, made)
    assert client.get("/sign").status_code == 200
    for path in ("/", "/consents", f"/consents/{made}", "/consents/new", "/people", "/custody"):
        assert client.get(path).headers["Location"] == "/sign-in"
    # And nobody without the session opens them, whatever he knows.
    assert browser(app).get("/sign/page/about").status_code == 404


def test_who_comes_to_the_staffs_door_with_a_form_in_his_hands_is_led_back(app: Flask, factory: Factory) -> None:
    client, _ = tablet(app, factory, factory.draft())
    door = client.get("/consents", follow_redirects=True).text
    for words in ("Go back to the form", "Volver a la hoja"):
        assert words in door
    assert 'href="/sign"' in door
    assert "Go back to the form" not in browser(app).get("/sign-in").text


def test_an_unanswered_page_keeps_what_was_answered(app: Flask, factory: Factory) -> None:
    client, session_id = tablet(app, factory, factory.draft())
    answer = send(client, "/sign/page/purposes", **{"purpose:public-education": "no"})
    assert answer.status_code == 422
    beside(answer.text, "purpose:professional-teaching", "Say yes or no to this")
    assert 'id="purpose:public-education-error"' not in answer.text
    kept = answering.open_session(factory.house, session_id).given.uses
    assert kept == {("purpose", "public-education"): False}
    # Nothing is marked for him.
    shown = client.get("/sign/page/channels").text
    assert "checked" not in shown
    answer = send(client, "/sign/page/until", term="forever")
    beside(answer.text, "term", "Pick how long")


def test_back_and_the_language_switch_lose_nothing(app: Flask, factory: Factory) -> None:
    client, session_id = tablet(app, factory, factory.draft())
    back = send(client, "/sign/page/purposes", go="back", **{"purpose:public-education": "yes"})
    assert back.headers["Location"] == "/sign/page/known"
    switched = send(client, "/sign/page/purposes", language="es", **{"purpose:professional-teaching": "no"})
    assert switched.headers["Location"] == "/sign/page/purposes"
    page = client.get("/sign/page/purposes").text
    assert '<html lang="es"' in page
    assert page.count("checked") == 2
    assert len(answering.open_session(factory.house, session_id).given.uses) == 2


def ready_to_sign(app: Flask, factory: Factory) -> tuple[FlaskClient, str, dict[str, str]]:
    made = factory.draft()
    client, session_id = tablet(app, factory, made)
    seen = factory.answer(session_id)
    page = client.get("/sign/sign").text
    return client, made, {"claim": value(page, "claim"), "seen": seen, "go": "sign"}


def test_a_signature_with_something_missing_comes_back_as_it_was(app: Flask, factory: Factory) -> None:
    client, _, sent = ready_to_sign(app, factory)
    answer = send(client, "/sign/sign", typed="Maria <b>Lopez</b> ᚠᛁ", **sent)
    assert answer.status_code == 422
    assert value(answer.text, "typed") == "Maria &lt;b&gt;Lopez&lt;/b&gt; ᚠᛁ"
    assert value(answer.text, "claim") == sent["claim"]
    answer = send(client, "/sign/sign", strokes="[[not a drawing", **sent)
    beside(answer.text, "signature", "Draw your name or type it")
    answer = send(client, "/sign/sign", typed="ᚠᛁ", **sent)
    beside(answer.text, "typed", "printer does not know")


def test_the_page_says_done_only_when_it_is_on_record_and_a_repeat_leads_there_too(
    app: Flask, factory: Factory
) -> None:
    client, made, sent = ready_to_sign(app, factory)
    assert client.get("/sign/done").headers["Location"] == "/sign/sign"
    page = client.get("/sign/sign").text
    whole = {"csrf_token": token_on(page), "typed": "Maria Lopez", **sent}
    for _ in range(2):
        assert client.post("/sign/sign", data=whole).headers["Location"] == "/sign/done"
    with factory.house.reading() as connection:
        row = consents.find(connection, made)
    assert row
    assert row.status == "signed"
    assert "Your form is signed and safe" in client.get("/sign/done").text
    assert client.get("/sign/page/about").headers["Location"] == "/sign/done"


def test_a_drawing_signs_too(app: Flask, factory: Factory) -> None:
    client, _, sent = ready_to_sign(app, factory)
    answer = send(client, "/sign/sign", strokes='[[{"x": 1, "y": 2, "t": 3}]]', **sent)
    assert answer.headers["Location"] == "/sign/done"


def test_a_second_tab_with_older_answers_has_to_check_again(app: Flask, factory: Factory) -> None:
    client, _, sent = ready_to_sign(app, factory)
    send(client, "/sign/page/until", term="5-years")
    answer = client.get("/sign/sign")
    assert answer.headers["Location"] == "/sign/check"
    seen = value(client.get("/sign/check").text, "seen")
    assert send(client, "/sign/check", seen=sent["seen"]).status_code == 422
    assert send(client, "/sign/check", seen=seen).headers["Location"] == "/sign/electronic"
    answer = send(client, "/sign/sign", typed="Maria", **sent)
    assert answer.headers["Location"] == "/sign/check?changed=yes"
    assert "Your choices were changed" in client.get("/sign/check?changed=yes").text


def test_what_only_staff_can_mend_is_said_kindly_and_names_nobody(app: Flask, factory: Factory) -> None:
    client, _, sent = ready_to_sign(app, factory)
    factory.withdraw_form()
    answer = send(client, "/sign/sign", typed="Maria", **sent)
    assert answer.status_code == 409
    # Why it cannot be signed is for staff: it may be about somebody else, or about what they have to look at.
    assert "We must look at this first" in answer.text
    assert "nothing was signed" in answer.text
    assert "newer form" not in answer.text
    assert "Ruiz" not in answer.text


def test_check_answers_leads_to_what_is_not_answered(app: Flask, factory: Factory) -> None:
    client, session_id = tablet(app, factory, factory.draft())
    factory.read(session_id)
    page = client.get("/sign/check").text
    assert "Not answered yet" in page
    assert send(client, "/sign/check", seen=value(page, "seen")).headers["Location"].startswith("/sign/page/media")


def test_rule_06_declining_is_two_presses_from_any_page(app: Flask, factory: Factory) -> None:
    made = factory.draft()
    client, _ = tablet(app, factory, made)
    assert "I do not want this" in client.get("/sign/page/channels").text
    asked = send(client, "/sign/page/channels", go="decline").headers["Location"]
    assert asked == "/sign/decline?at=page/channels"
    assert 'href="/sign/page/channels"' in client.get(asked).text  # whoever thinks again goes on where he was
    assert send(client, "/sign/decline").headers["Location"] == "/sign/declined"
    assert "Your care stays the same" in client.get("/sign/declined").text
    assert client.get("/sign").headers["Location"] == "/sign/declined"


def test_declining_asks_about_earlier_ones_and_needs_an_answer(app: Flask, factory: Factory) -> None:
    first = factory.signed_consent()
    client, _ = tablet(app, factory, factory.draft(patient_id=factory.patient_of(first)))
    # One thing on a page: first the no, then what about the earlier ones.
    assert "signed a form like this one before" not in client.get("/sign/decline").text
    second = send(client, "/sign/decline").headers["Location"]
    assert second == "/sign/decline?about=earlier"
    assert "signed a form like this one before" in client.get(second).text
    answer = send(client, second)
    assert answer.status_code == 422
    beside(answer.text, "earlier", "signed a form like this one before")
    assert send(client, second, earlier="no").headers["Location"] == "/sign/declined"
    # What is still in force is never said to be stopped.
    assert "stopped the old ones" not in client.get("/sign/declined?earlier=stopped").text


def test_who_stops_the_earlier_ones_too_is_told_that_it_is_done(app: Flask, factory: Factory) -> None:
    first = factory.signed_consent()
    client, _ = tablet(app, factory, factory.draft(patient_id=factory.patient_of(first)))
    done = send(client, "/sign/decline", earlier="yes").headers["Location"]
    assert "We have stopped the old ones as well." in client.get(done).text


def signed_tablet(app: Flask, factory: Factory) -> tuple[FlaskClient, str]:
    client, made, sent = ready_to_sign(app, factory)
    send(client, "/sign/sign", typed="Maria Lopez", **sent)
    return client, made


def test_the_code_is_never_on_the_screen_of_the_qr(app: Flask, factory: Factory) -> None:
    client, _ = signed_tablet(app, factory)
    assert "<svg" not in client.get("/sign/copy/phone").text
    qr = send(client, "/sign/copy/phone").text
    assert "<svg" in qr
    assert 'http-equiv="refresh" content="120' in qr
    assert not re.search(r'class="code"', qr)
    code = send(client, "/sign/copy/phone/code", "/sign/copy/phone").text
    assert re.search(r'class="code">\d{3} \d{3}<', code)
    assert "<svg" not in code


def test_the_phone_opens_the_copy_once_with_the_code(
    app: Flask, factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    from consent.web import own_papers

    addresses: list[str] = []
    monkeypatch.setattr(own_papers, "qr_svg", lambda address, _: addresses.append(address) or "<svg></svg>")
    client, _ = signed_tablet(app, factory)
    send(client, "/sign/copy/phone")
    phone = browser(app)
    opened = phone.get(path_of(addresses[0]))
    assert opened.headers["Location"] == "/copy"
    over = browser(app).get(path_of(addresses[0]))
    assert over.status_code == 410
    assert "This link has ended" in over.text
    assert phone.get("/copy/file").status_code == 404
    wrong = send(phone, "/copy", code="")
    beside(wrong.text, "code", "Type the code")
    wrong = send(phone, "/copy", code="abc")
    beside(wrong.text, "code", "not right")
    page = send(client, "/sign/copy/phone/code", "/sign/copy/phone").text
    digits = re.search(r'class="code">([\d ]+)<', page)
    assert digits
    assert send(phone, "/copy", code=digits.group(1)).headers["Location"] == "/copy"
    file = phone.get("/copy/file")
    assert file.mimetype == "application/pdf"
    assert file.headers["Cache-Control"] == "no-store"
    assert file.data == client.get("/sign/copy/print").data
    assert "You have your copy on your phone" in client.get("/sign/card").text


def test_leaving_the_page_ends_the_code(app: Flask, factory: Factory) -> None:
    client, _ = signed_tablet(app, factory)
    page = send(client, "/sign/copy/phone").text
    assert client.post("/sign/copy/phone/leave", data={"csrf_token": token_on(page)}).status_code == 204
    assert send(client, "/sign/copy/phone/code", "/sign/copy/phone").status_code == 410


def test_the_card_is_shown_once_and_has_every_way(app: Flask, factory: Factory) -> None:
    client, _ = signed_tablet(app, factory)
    shown = send(client, "/sign/card").text
    for way in ("/withdraw/", "555 0100", "1 Hospital Way", "privacy@hospital.example"):
        assert way in shown
    assert 'id="card-code"' in shown
    assert 'id="card-number"' in shown
    again = client.get("/sign/card").text
    assert 'id="card-code"' not in again
    assert "/withdraw/" not in again


def test_who_asks_for_a_second_card_is_told_that_the_first_one_stops(app: Flask, factory: Factory) -> None:
    client, _ = signed_tablet(app, factory)
    ends = "If you had a card before, the old one stops."
    assert ends not in client.get("/sign/card").text
    assert ends not in send(client, "/sign/card").text
    assert ends in client.get("/sign/card").text
    assert ends in send(client, "/sign/card").text


def test_a_consents_page_speaks_in_words_not_in_codes(app: Flask, house: House, factory: Factory) -> None:
    made = factory.signed_consent(language="es")
    desk: Any = signed_in(app, house, factory.clinician())
    send(desk, f"/consents/{made}/copy")
    page = desk.get(f"/consents/{made}").text
    for words in ("Media release, version 1, in Español", "Said the date of birth", "On paper, "):
        assert words in page
    for code in ("us-media-release", "birth-date", ">paper, "):
        assert code not in page


def test_an_account_out_of_use_still_has_its_name(app: Flask, house: House, factory: Factory) -> None:
    desk: Any = signed_in(app, house, factory.clinician())
    head = factory.staff(Role.ADMINISTRATOR)
    factory.ready_organisation()
    guest = organisation.add_account(
        house, head, channel="instagram", name="@drana", owner="clinician", owner_name="Dr. Ana Ruiz"
    )
    made = factory.draft(actor=factory.clinician())
    send(desk, f"/consents/{made}/ask/account", account=["organisation", guest], poster="other")
    organisation.use_account(house, head, guest, False)
    page = desk.get(f"/consents/{made}").text
    assert "@drana (not in use any more)" in page
    assert guest not in page


def test_staff_give_a_copy_and_a_new_card_later(app: Flask, house: House, factory: Factory) -> None:
    made = factory.signed_consent(language="es")
    desk: Any = signed_in(app, house, factory.clinician())
    assert desk.get(f"/consents/{made}/document").data.startswith(b"%PDF")
    assert "No copy was given yet" in desk.get(f"/consents/{made}/copy").text
    send(desk, f"/consents/{made}/copy")
    assert "given: on paper" in desk.get(f"/consents/{made}/copy").text
    card = send(desk, f"/consents/{made}/card").text
    assert "Su tarjeta" in card


def test_what_goes_wrong_in_the_patients_hands_is_said_in_his_language(
    app: Flask, house: House, factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, made, sent = ready_to_sign(app, factory)
    send(client, "/sign/sign", language="es")
    # What he allows is checked in the language in which he signs (rule 17).
    assert client.get("/sign/sign").headers["Location"] == "/sign/check"
    send(client, "/sign/check", seen=value(client.get("/sign/check").text, "seen"))
    assert client.get("/sign/sign").headers["Location"] == "/sign/electronic"
    send(client, "/sign/electronic", disclosure="yes", words=value(client.get("/sign/electronic").text, "words"))

    def full(*_: Any) -> str:
        raise CannotStore(full=True)

    monkeypatch.setattr(type(house.blobs), "put", full)
    broken = send(client, "/sign/sign", typed="Maria", **sent)
    monkeypatch.undo()
    assert broken.status_code == 503
    assert '<html lang="es"' in broken.text
    assert "no se firmó nada" in broken.text.lower()
    assert "Maria" not in broken.text
    # The tablet was taken back: the page is over, in his language too.
    creating.change_asked(house, factory.clinician(), made, "medium", ("film",))
    over = client.get("/sign/page/about")
    assert over.status_code == 410
    assert '<html lang="es"' in over.text
