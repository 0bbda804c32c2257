"""The pages of a change of mind: the patient's own, without a script, and the staff's desks behind them."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from consent.acts import cards, letters, notices, upkeep
from consent.acts.actor import SYSTEM
from consent.acts.house import Deed, House
from consent.records.tables.consents import consent
from consent.records.tables.owed import notice, task
from consent.records.tables.posts import post, takedown
from consent.records.tables.revocations import revocation_request
from consent.rules.access import Role
from consent.rules.identifiers import check_character
from consent.web.desk import CARD_COOKIE
from tests.asking import look_up
from tests.database.out_there import ADDRESS, ALLOWED, Office, only, rows
from tests.factory import Clock, Factory, somebody
from tests.staffroom import browser, path_of, send, signed_in, token_on


@pytest.fixture
def phone(app: Flask) -> FlaskClient:
    """The patient's own telephone."""
    return browser(app)


@pytest.fixture
def made(factory: Factory) -> str:
    return factory.signed_consent(allow=ALLOWED)


@pytest.fixture
def card(house: House, factory: Factory, made: str) -> cards.NewCard:
    return cards.make_card(house, factory.clinician(), made)


def open_card(phone: FlaskClient, card: cards.NewCard) -> Any:
    first = phone.get(path_of(card.address))
    assert (first.status_code, first.location) == (303, "/withdraw")
    answer = send(phone, "/withdraw", code=f" {card.code[:4]}-{card.code[4:]} ")
    assert (answer.status_code, answer.location) == (303, "/withdraw/choose")
    return phone.get("/withdraw/choose")


def test_rule_40_the_whole_way_on_the_phone_takes_four_pages(
    house: House, factory: Factory, office: Office, phone: FlaskClient, card: cards.NewCard, made: str
) -> None:
    image = factory.ready_picture(made)
    office.live(image)
    shown = open_card(phone, card).text
    assert "We may show it on Instagram." in shown
    assert f"{ADDRESS}17" in shown
    assert "Lopez" not in shown
    assert "<img" not in shown
    assert shown.index("All that I ever said yes to here") < shown.index("All of this form") < shown.index("Just some")
    asked = send(phone, "/withdraw/choose", stop="everything")
    assert asked.location == "/withdraw/check?stop=everything"
    done = send(phone, asked.location, stop="everything")
    assert done.status_code == 303
    told = phone.get(done.location).text
    assert "We have stopped" in told
    assert only(house, revocation_request).id in told
    assert "We are still working on this" in told
    assert not look_up(house, office.poster, image, "instagram", "public-education").allowed
    assert only(house, post).state == "flagged"


def test_rule_44_parts_are_marked_one_by_one(
    house: House, factory: Factory, phone: FlaskClient, card: cards.NewCard, made: str
) -> None:
    image = factory.ready_picture(made)
    open_card(phone, card)
    assert send(phone, "/withdraw/choose", stop="parts").location == "/withdraw/parts"
    assert send(phone, "/withdraw/parts").status_code == 422
    asked = send(phone, "/withdraw/parts", part=["channel/instagram", f"image/{image}"])
    checked = phone.get(asked.location).text
    assert "We may show it on Instagram." in checked
    assert f"Picture {image}" in checked
    done = send(phone, asked.location, stop="parts", part=["channel/instagram", f"image/{image}"])
    assert "What you did not stop stays as it was" in phone.get(done.location).text
    assert only(house, consent, id=made).status == "signed"
    again = send(phone, "/withdraw/check?stop=form", stop="parts", part="channel/instagram")
    assert again.location == "/withdraw/done"
    assert "There is nothing left to stop" in phone.get(again.location).text
    assert len(rows(house, revocation_request)) == 1


def test_the_page_speaks_the_patients_language_and_switches(
    house: House, factory: Factory, phone: FlaskClient, made: str
) -> None:
    spanish = factory.signed_consent(allow=ALLOWED, person=replace(somebody(77), language="es"), language="es")
    card = cards.make_card(house, factory.clinician(), spanish)
    shown = open_card(phone, card).text
    assert '<html lang="es"' in shown
    assert "Lo podemos mostrar en Instagram" in shown or "en Instagram" in shown
    english = phone.get("/withdraw/choose?language=en").text
    assert "We may show it on Instagram." in english
    assert '<html lang="en"' in phone.get("/withdraw/choose").text


def test_a_number_and_a_code_do_without_the_link(phone: FlaskClient, card: cards.NewCard) -> None:
    wrong = send(phone, "/withdraw", number="", code="")
    assert wrong.status_code == 422
    assert "Type the number from your card." in wrong.text
    answer = send(phone, "/withdraw", number=card.number.lower().replace("-", " "), code=card.code)
    assert answer.location == "/withdraw/choose"
    assert phone.get("/withdraw/choose").status_code == 200


def test_wrong_codes_slow_down_and_never_lock(
    house: House, phone: FlaskClient, card: cards.NewCard, clock: Clock
) -> None:
    phone.get(path_of(card.address))
    wrong = "00000000" if card.code != "00000000" else "11111111"
    answers = [send(phone, "/withdraw", code=wrong) for _ in range(5)]
    assert [answer.status_code for answer in answers][:3] == [422, 422, 422]
    assert answers[-1].status_code == 429
    assert "Wait" in answers[-1].text
    assert phone.get("/withdraw/choose").status_code == 404, "the link alone opens nothing"
    clock.pass_(hours=1)
    assert send(phone, "/withdraw", code=card.code).status_code == 303


def test_a_link_that_is_none_and_a_card_that_was_replaced(
    house: House, factory: Factory, phone: FlaskClient, card: cards.NewCard, made: str
) -> None:
    assert phone.get("/withdraw/no-such-card").status_code == 404
    assert phone.get("/withdraw/%23" + card.card_id + "%239999999999").status_code == 404, "a forged mark is no link"
    assert phone.get("/withdraw/choose").status_code == 404
    open_card(phone, card)
    cards.make_card(house, factory.clinician(), made)
    assert phone.get("/withdraw/choose").status_code == 410
    assert phone.get(path_of(card.address)).status_code == 404


def test_an_opened_card_closes_after_half_an_hour_or_by_hand(
    phone: FlaskClient, card: cards.NewCard, clock: Clock
) -> None:
    open_card(phone, card)
    clock.pass_(minutes=29)
    page = phone.get("/withdraw/choose")
    assert page.status_code == 200
    closed = send(phone, "/withdraw/close", page="/withdraw/choose")
    assert "This page is closed" in closed.text
    assert phone.get("/withdraw/choose").status_code == 404
    open_card(phone, card)
    clock.pass_(minutes=31)
    assert phone.get("/withdraw/choose").status_code == 410


def test_rule_18_reading_on_keeps_an_opened_card_open(phone: FlaskClient, card: cards.NewCard, clock: Clock) -> None:
    open_card(phone, card)
    for _ in range(12):
        clock.pass_(minutes=29)
        assert phone.get("/withdraw/choose").status_code == 200
    clock.pass_(minutes=31)
    assert phone.get("/withdraw/choose").status_code == 410


def test_rule_18_the_card_s_page_warns_before_its_time_and_can_be_kept_open(
    phone: FlaskClient, card: cards.NewCard, clock: Clock
) -> None:
    page = open_card(phone, card).text
    # It asks for two minutes, and closes before the server does.
    assert 'data-seconds="1680"' in page
    assert 'data-warning="120"' in page
    assert "Are you still there?" in page
    token = {"csrf_token": token_on(page)}
    for _ in range(11):
        clock.pass_(minutes=27)
        assert phone.post("/withdraw/here", data=token).json == {"open": True}
    clock.pass_(minutes=28.5)
    assert phone.get("/withdraw/choose").status_code == 200
    # Its cookie has no time of its own: it would run out under whoever reads on.
    cookie = phone.get_cookie(CARD_COOKIE)
    assert cookie is not None
    assert cookie.max_age is None


@pytest.mark.parametrize("has_script", [True, False])
def test_rule_18_what_was_typed_when_the_card_s_time_ended_is_not_lost(
    house: House, phone: FlaskClient, card: cards.NewCard, clock: Clock, has_script: bool
) -> None:
    open_card(phone, card)
    address = "/withdraw/check?stop=everything"
    token = {"csrf_token": token_on(phone.get(address).text)}
    typed = {"stop": "everything", "words": "My boss <saw> it.", "contact": "me@patient.example"}
    if has_script:
        # The page says that nobody is there, then brings along what stood in it.
        assert phone.post("/withdraw/over", data={**token, **typed}).location == "/withdraw/again"
        asked = phone.post("/withdraw/again", data={**token, **typed})
        assert asked.status_code == 200
    else:
        clock.pass_(minutes=31)
        asked = phone.post("/withdraw/check", data={**token, **typed})
        assert asked.status_code == 410
    assert phone.get("/withdraw/choose").status_code in (404, 410)
    assert rows(house, revocation_request) == []
    hidden = dict(re.findall(r'<input type="hidden" name="(words|contact|stop)" value="([^"]*)"', asked.text))
    assert hidden == {"stop": "everything", "words": "My boss &lt;saw&gt; it.", "contact": "me@patient.example"}
    # The code alone is asked; a wrong one loses nothing either.
    assert "My boss" in phone.post("/withdraw", data={**token, **typed, "code": "00000000"}).text
    back = phone.post("/withdraw", data={**token, **typed, "code": card.code})
    assert back.status_code == 200
    assert "My boss &lt;saw&gt; it.</textarea>" in back.text
    assert 'value="me@patient.example"' in back.text
    done = phone.post("/withdraw/check", data={"csrf_token": token_on(back.text), **typed})
    assert done.location.startswith("/withdraw/done")
    assert len(rows(house, revocation_request)) == 1


def test_rule_40_what_our_fault_kept_from_being_stopped_is_sent_again_with_one_press(
    house: House, phone: FlaskClient, card: cards.NewCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_card(phone, card)
    typed = {"stop": "everything", "words": "My boss <saw> it.", "contact": "me@patient.example"}
    token = token_on(phone.get("/withdraw/check?stop=everything").text)

    def full(*_: object) -> None:
        raise OperationalError("INSERT", {}, Exception("database or disk is full"))

    with monkeypatch.context() as patched:
        patched.setattr(Deed, "close", full)
        missed = phone.post("/withdraw/check", data={"csrf_token": token, **typed})
    assert missed.status_code == 503
    assert "It may not be stopped yet" in missed.text
    assert rows(house, revocation_request) == []
    held = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', missed.text))
    assert held.pop("csrf_token")
    assert {name: unescape(value) for name, value in held.items()} == typed
    assert send(phone, "/withdraw/check", page="/withdraw/choose", **typed).location.startswith("/withdraw/done")
    assert len(rows(house, revocation_request)) == 1


def test_another_site_puts_nothing_into_the_page_that_asks_for_the_code(
    phone: FlaskClient, card: cards.NewCard, clock: Clock
) -> None:
    open_card(phone, card)
    clock.pass_(minutes=31)
    answer = phone.post("/withdraw/check", data={"stop": "everything", "words": "Not his words."})
    assert answer.status_code in (400, 410)
    assert "Not his words." not in answer.text


def test_what_is_over_is_said_in_the_patients_language_and_in_both_while_it_is_unknown(
    house: House, app: Flask, factory: Factory, clock: Clock
) -> None:
    headings = [each("errors.link-heading") for each in map(house.forms.words, ("en", "es"))]
    for path in ("/withdraw/nothing", "/withdraw/choose"):
        stranger = browser(app).get(path, headers={"Accept-Language": "tlh"})
        assert stranger.status_code == 404
        assert all(heading in stranger.text for heading in headings)
        assert '<section lang="es"' in stranger.text
    copy_over = browser(app).get("/copy/nothing").text
    assert all(each("copy.ended-heading") in copy_over for each in map(house.forms.words, ("en", "es")))
    made = factory.signed_consent(language="es")
    card, phone = cards.make_card(house, factory.clinician(), made), browser(app)
    open_card(phone, card)
    clock.pass_(minutes=31)
    over = phone.get("/withdraw/choose")
    assert (over.status_code, headings[1] in over.text, headings[0] in over.text) == (410, True, False)
    assert '<html lang="es"' in over.text


def test_a_copy_of_the_session_opens_no_card_and_closing_ends_every_copy(
    app: Flask, phone: FlaskClient, card: cards.NewCard
) -> None:
    open_card(phone, card)
    with phone.session_transaction() as session:
        token = session["card"]
    kept = phone.get_cookie(CARD_COOKIE)
    assert kept is not None
    assert (kept.http_only, kept.same_site) == (True, "Strict")
    elsewhere = browser(app)
    with elsewhere.session_transaction() as session:
        session["card"] = token
    assert elsewhere.get("/withdraw/choose").status_code == 410
    twin = browser(app)
    twin.set_cookie(CARD_COOKIE, kept.value)
    with twin.session_transaction() as session:
        session["card"] = token
    assert twin.get("/withdraw/choose").status_code == 200, "both are as good as the browser, until it closes"
    send(phone, "/withdraw/close", page="/withdraw/choose")
    assert phone.get_cookie(CARD_COOKIE) is None
    with twin.session_transaction() as session:
        session["card"] = token
    assert twin.get("/withdraw/choose").status_code == 410


def test_the_number_that_the_patient_is_given_is_short_and_staff_find_the_request_by_it(
    house: House, app: Flask, factory: Factory, office: Office, phone: FlaskClient, card: cards.NewCard, made: str
) -> None:
    open_card(phone, card)
    done = phone.get(send(phone, "/withdraw/check?stop=everything", stop="everything").location)
    request = only(house, revocation_request)
    assert re.fullmatch(r"[2-9A-Z]{4}-[2-9A-Z]{4}", request.number)
    assert request.number in done.text
    desk = signed_in(app, house, office.officer)
    found = send(desk, "/revocations", number=f" {request.number.lower().replace('-', ' ')}")
    assert found.location == f"/revocations/{request.id}"
    wrong = request.number[:-1] + ("2" if request.number[-1] != "2" else "3")
    assert "One of the characters is wrong" in send(desk, "/revocations", number=wrong).text
    assert (
        "No request that you may see" in send(desk, "/revocations", number=f"2222-222{check_character('2' * 7)}").text
    )
    assert "It looks like" in send(desk, "/revocations", number="12").text


def test_nothing_typed_is_lost_and_each_field_says_what_is_wrong(
    house: House, factory: Factory, phone: FlaskClient, card: cards.NewCard
) -> None:
    open_card(phone, card)
    unchosen = send(phone, "/withdraw/choose")
    assert unchosen.status_code == 422
    assert "Pick what you want to stop." in unchosen.text
    bad = send(phone, "/withdraw/check?stop=form", stop="form", words="My reason.", contact="not an address")
    assert bad.status_code == 422
    assert "This does not look like an e-mail." in bad.text
    assert "My reason." in bad.text
    assert rows(house, revocation_request) == []


def test_rule_45_the_end_can_be_read_at_the_cards_link(
    house: House, app: Flask, factory: Factory, office: Office, phone: FlaskClient, card: cards.NewCard, made: str
) -> None:
    office.live(factory.ready_picture(made))
    open_card(phone, card)
    send(phone, "/withdraw/check?stop=everything", stop="everything")
    desk = signed_in(app, house, office.poster)
    down = only(house, takedown)
    assert f"{ADDRESS}17" in desk.get("/takedowns").text
    assert send(desk, f"/takedowns/{down.id}/take-over", page=f"/takedowns/{down.id}/settle").status_code == 303
    when = {"seen_at-year": "2026", "seen_at-month": "11", "seen_at-day": "2", "time": "9:30"}
    empty = send(desk, f"/takedowns/{down.id}/settle", outcome="removed", **when)
    assert empty.status_code == 422
    assert "Write what you saw" in empty.text
    shot = (io.BytesIO(b"\x89PNG\r\n\x1a\nx"), "s.png")
    settled = send(
        desk, f"/takedowns/{down.id}/settle", outcome="removed", evidence="Not there.", screenshot=shot, **when
    )
    assert settled.status_code == 303
    page = desk.get(settled.location).text
    assert "Not there." in page
    assert desk.get(f"/takedowns/{down.id}/screenshot").data.startswith(b"\x89PNG")
    assert "Gone" in desk.get("/takedowns?show=settled").text
    letters.write_due(house, SYSTEM)
    shown = phone.get("/withdraw/choose").text
    assert "Gone since November 2, 2026" in shown
    assert "Others may have saved it or passed it on." in shown
    officer = signed_in(app, house, office.officer)
    request_id = only(house, revocation_request).id
    for paper in ("acknowledgement", "letter"):
        answer = officer.get(f"/revocations/{request_id}/{paper}")
        assert (answer.mimetype, answer.data[:5]) == ("application/pdf", b"%PDF-")
    assert "Gone" in officer.get(f"/revocations/{request_id}").text


def test_staff_record_it_by_the_number_on_the_card(
    house: House, app: Flask, factory: Factory, office: Office, made: str
) -> None:
    desk = signed_in(app, house, factory.staff(Role.CLINICIAN, unit="Eyes"))
    number = only(house, consent, id=made).number
    assert send(desk, "/revocations/new", number="2222-222").status_code == 422
    found = send(desk, "/revocations/new", number=number.lower())
    assert found.location == f"/consents/{made}/change-of-mind"
    page = desk.get(found.location).text
    assert "We may show it on Instagram." in page
    assert "Lopez" not in page
    unknown = send(desk, found.location, scope="everything", way="telephone", words="He said stop.")
    assert unknown.status_code == 422
    assert "He said stop." in unknown.text
    done = send(desk, found.location, scope="everything", way="telephone", doubt="yes", words="He said stop.")
    shown = desk.get(done.location).text
    assert "He said stop." in shown
    assert "In doubt" in shown
    assert desk.get(found.location).status_code == 200
    assert send(desk, found.location, page="/revocations/new", scope="form", way="letter", known_how="x").location == (
        "/revocations/nothing"
    )
    assert "stays stopped" in desk.get("/revocations/nothing").text
    officer = signed_in(app, house, office.officer)
    request_id = only(house, revocation_request).id
    assert number in officer.get("/revocations").text
    assert send(officer, f"/revocations/{request_id}/mistaken", why="").status_code == 422
    mistaken = send(officer, f"/revocations/{request_id}/mistaken", why="It was his twin.")
    assert "found mistaken" in officer.get(mistaken.location).text


def test_staff_read_their_own_language_and_words_for_parts(
    house: House, app: Flask, factory: Factory, office: Office
) -> None:
    spanish = factory.signed_consent(allow=ALLOWED, person=replace(somebody(78), language="es"), language="es")
    image = factory.ready_picture(spanish)
    officer = signed_in(app, house, office.officer)
    page = officer.get(f"/consents/{spanish}/change-of-mind").text
    assert "We may show it on Instagram." in page
    assert "Podemos" not in page
    parts = ["channel/instagram", "medium/photo", f"image/{image}"]
    said = {"scope": "parts", "way": "letter", "known_how": "His signature.", "part": parts}
    done = send(officer, f"/consents/{spanish}/change-of-mind", **said)
    shown = officer.get(done.location).text
    assert re.search(rf"<bdi>[^<]*Picture {image}", shown)
    assert re.search("<bdi>[^<]*Instagram", shown)
    assert re.search("<bdi>[^<]*Photo", shown)
    assert "channel:" not in shown


def test_notices_and_tasks_at_their_desks(
    house: House, app: Flask, factory: Factory, office: Office, made: str, clock: Clock
) -> None:
    desk = signed_in(app, house, factory.clinician())
    send(desk, f"/consents/{made}/change-of-mind", scope="form", way="letter", known_how="his hand")
    officer = signed_in(app, house, office.officer)
    assert "Withdrawn: to the privacy officer" in officer.get("/notices").text
    owed = rows(house, notice, to="staff")[0]
    assert send(officer, f"/notices/{owed.id}/retry", page="/notices").status_code == 303
    assert send(officer, f"/notices/{owed.id}/tell", how="").status_code == 422
    assert send(officer, f"/notices/{owed.id}/tell", how="I told her.").status_code == 303
    notices.send_due(house, "w1")
    assert "Sent" in officer.get("/notices?show=sent").text
    assert officer.get("/notices?show=stuck").status_code == 200
    shown = officer.get("/tasks").text
    assert "Print a letter to a patient and post it" in shown
    assert "Acknowledgement to print" in shown
    # There is no closing letter yet, so none is offered.
    assert "Closing letter to print" not in shown
    to_print = only(house, task, kind="print-and-post")
    assert send(officer, f"/tasks/{to_print.id}/close", note="").status_code == 422
    assert send(officer, f"/tasks/{to_print.id}/close", note="Posted.").status_code == 303
    assert officer.get(f"/tasks/{to_print.id}/close").status_code == 404
    assert "Print a letter" not in officer.get("/tasks").text
    assert "Acknowledgement to the patient" in officer.get("/notices?show=sent").text


def test_deciding_about_a_post_whose_consent_has_ended(
    house: House, app: Flask, factory: Factory, office: Office, clock: Clock
) -> None:
    made = factory.signed_consent(allow=ALLOWED, term="1-year")
    office.live(factory.ready_picture(made))
    clock.pass_(days=366)
    upkeep.nightly(house)
    desk = signed_in(app, house, office.poster)
    assert "Posts to decide about" in desk.get("/takedowns").text
    assert "Decide about the post" in desk.get("/tasks").text
    path = f"/posts/{only(house, post).id}/review"
    assert send(desk, path, decision="stays").status_code == 422
    assert send(desk, path, decision="down", why="Nobody answered.").status_code == 303
    assert "Consent expired" in desk.get("/takedowns").text


def test_every_link_of_ours_is_built_from_the_public_address(
    house: House, app: Flask, factory: Factory, office: Office, made: str
) -> None:
    desk = signed_in(app, house, factory.clinician())
    send(desk, f"/consents/{made}/change-of-mind", scope="form", way="letter", known_how="his hand")
    notices.send_due(house, "w1")
    links = re.findall(r"https?://[^\s]+", " ".join(message.body for message in house.mailer.kept()))  # type: ignore[attr-defined]
    assert links
    assert all(link.startswith("http://127.0.0.1:8000/") for link in links)
