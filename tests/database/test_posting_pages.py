"""The pages for asking, releasing and posting, as a browser without scripts uses them."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from consent.acts import releasing
from consent.acts.actor import Actor
from consent.acts.consent_mistakes import suspend
from consent.acts.house import House
from consent.records.tables.consents import consent
from consent.records.tables.organisation import organisation
from consent.records.tables.posts import incident, look_up, post, release
from consent.rules.access import Role
from consent.rules.checklist import ASKED
from tests.factory import USUAL, Factory
from tests.staffroom import send, signed_in, token_on

ALLOWED = (*USUAL, ("permission", "recognisable"))
HERE = {"channel": "instagram", "purpose": "public-education", "account": ""}
TICKS = {item.code: "yes" for item in ASKED}


@pytest.fixture
def client(app: Flask, house: House, poster: Actor) -> FlaskClient:
    return signed_in(app, house, poster)


@pytest.fixture
def made(factory: Factory) -> str:
    return factory.signed_consent(allow=ALLOWED)


@pytest.fixture
def image(factory: Factory, made: str) -> str:
    return factory.ready_picture(made)


def count(house: House, table: sa.Table) -> int:
    with house.reading() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def test_yes_in_one_line_with_what_it_does_not_cover(client: FlaskClient, image: str, made: str) -> None:
    page = send(client, "/ask", image=image.lower().replace("-", ""), **HERE)
    assert page.status_code == 200
    assert "<title>Yes" in page.text
    assert re.search(rf"<strong>{image}</strong>: Instagram, for .*, our own account, on November 2, 2026", page.text)
    assert "Do not give a name." in page.text
    assert made not in page.text


def test_rule_31_communications_read_the_neutral_reason_and_the_officer_the_ground(
    app: Flask, client: FlaskClient, house: House, factory: Factory, image: str, made: str
) -> None:
    officer = factory.staff(Role.PRIVACY_OFFICER)
    suspend(house, officer, made, "death", "his wife rang")
    page = send(client, "/ask", image=image, **HERE).text
    assert "<title>No" in page
    assert "It is on hold. Ask the privacy officer." in page
    assert "suspended" not in page
    assert (
        "Person 1: The consent is suspended." in send(signed_in(app, house, officer), "/ask", image=image, **HERE).text
    )


def test_rule_31_communications_do_not_read_how_far_a_picture_has_come(client: FlaskClient, factory: Factory) -> None:
    page = send(client, "/ask", image=factory.picture(), **HERE).text
    assert "A condition is still open." in page
    assert "It is not linked to a signed consent." in page
    assert not re.search("quarantine|checked|recognized", page)


def test_what_was_typed_wrong_is_said_beside_it_and_asks_nothing(client: FlaskClient, house: House) -> None:
    for typed, words in (
        ("", "Enter the image ID."),
        ("IMG-7K3Q-9XTF-K", "One of the characters is wrong."),
        ("x", "not an"),
    ):
        page = send(client, "/ask", image=typed, **HERE)
        assert page.status_code == 422
        assert words in page.text
        assert f'value="{typed}"' in page.text or not typed
    assert "Choose where" in send(client, "/ask", image="IMG-7K3Q-9XTF-3", channel="myspace", purpose="x").text
    assert count(house, look_up) == 0


def test_a_list_is_answered_line_by_line(client: FlaskClient, image: str) -> None:
    page = send(client, "/ask/list", images=f"{image}\nIMG-7K3Q-9XTF-3\nIMG-7K3Q-9XTF-K", **HERE).text
    assert "1 yes, 1 no" in page
    assert "No image with this ID is on record." in page
    assert "One of the characters is wrong." in page


def drop(client: FlaskClient, data: bytes) -> str:
    token = token_on(client.get("/ask/file").text)
    sent = {"csrf_token": token, **HERE, "file": (io.BytesIO(data), "holiday.jpg")}
    return client.post("/ask/file", data=sent, content_type="multipart/form-data").text


def test_the_very_file_is_answered_and_a_likely_one_is_confirmed(
    client: FlaskClient, house: House, poster: Actor, image: str
) -> None:
    out = releasing.release(house, poster, image, "instagram", "public-education")
    assert out.content is not None
    assert "<title>Yes" in drop(client, out.content)

    smaller = Image.open(io.BytesIO(out.content)).convert("RGB")
    smaller.thumbnail((400, 400))
    saved = io.BytesIO()
    smaller.save(saved, "JPEG", quality=70)
    page = drop(client, saved.getvalue())
    assert "Is it this one?" in page
    assert page.count("data:image/jpeg;base64,") == 2
    sent = {"csrf_token": token_on(page), **HERE}
    assert "<title>Yes" in client.post("/ask/file/confirmed", data={**sent, "image": image}).text
    none = client.post("/ask/file/confirmed", data=sent).text
    assert "<title>No" in none
    assert "none of our pictures" in none
    with house.reading() as connection:
        asked = connection.execute(sa.select(look_up.c.how, look_up.c.yes).where(look_up.c.how == "file")).all()
    assert sorted(map(tuple, asked)) == [("file", False), ("file", True), ("file", True)]


def test_an_unreadable_file_is_said_beside_it(client: FlaskClient) -> None:
    assert "This is no JPEG, PNG or WebP picture" in drop(client, b"hello")


def test_the_whole_way_to_a_recorded_post(
    app: Flask, client: FlaskClient, house: House, factory: Factory, image: str
) -> None:
    answer = send(client, "/ask", image=image, **HERE).text
    sent = {"csrf_token": token_on(answer), "image": image, **HERE}
    file = client.post("/releases/new", data=sent)
    assert (file.status_code, file.mimetype[:6]) == (200, "image/")
    assert f'filename="{image}.' in file.headers["Content-Disposition"]
    assert image in client.get("/releases").text

    words = {"images": image, **HERE, "caption": "Seen last Tuesday."}
    checklist = send(client, "/posts/plan", **words)
    assert "A day that can be worked out" in checklist.text
    changing = client.post("/posts/plan", data={"csrf_token": token_on(checklist.text), "step": "change", **words})
    assert changing.status_code == 200
    assert "Seen last Tuesday." in changing.text
    unfinished = send(client, "/posts/plan", step="check", **words, **{**TICKS, "policy-met": ""})
    assert unfinished.status_code == 422
    summary = unfinished.text.split("nhsuk-error-summary", 1)[1].split("</ul>", 1)[0]
    assert "Our own rules: choose an answer." in summary
    planned = send(client, "/posts/plan", step="check", **words, **TICKS)
    assert planned.status_code == 303
    path = planned.headers["Location"]
    assert f'action="{path}/approve"' not in client.get(path).text
    alone = client.post(f"{path}/approve", data={"csrf_token": token_on(client.get(path).text)})
    assert alone.status_code == 409
    assert "Another person must approve it" in alone.text

    second = signed_in(app, house, factory.staff(Role.COMMUNICATIONS))
    page = second.get(path).text
    assert "<mark>" in page
    assert f'action="{path}/approve"' in page
    second.post(f"{path}/approve", data={"csrf_token": token_on(page)})
    now = house.clock() - timedelta(hours=6)
    when = {"on-year": now.year, "on-month": now.month, "on-day": now.day, "time": "9:05"}
    wrong = send(client, f"{path}/record", address="our page", **when)
    assert wrong.status_code == 422
    assert "begins with https://" in wrong.text
    done = send(client, f"{path}/record", address="https://social.example/p/1", **when)
    assert done.status_code == 303
    shown = client.get(path).text
    assert "https://social.example/p/1" in shown
    assert "09:05" in shown
    assert image not in client.get("/releases").text
    assert image in client.get("/posts").text


def test_a_clinic_of_one_is_told_that_approving_alone_is_in_the_trail(
    client: FlaskClient, house: House, image: str
) -> None:
    with house.writing(Actor("command", "test")) as deed:
        row = deed.connection.execute(sa.select(organisation)).one()
        deed.ledger.update(organisation, row.id, policy={"one_person_clinic": True})
        deed.enter("organisation.save", {"organisation": row.id})
    path = send(client, "/posts/plan", step="check", images=image, **HERE, **TICKS).location
    page = client.get(path).text
    assert "that you approved it alone is in the trail" in page
    client.post(f"{path}/approve", data={"csrf_token": token_on(page)})
    assert "(alone: a one-person clinic)" in client.get(path).text


def test_rule_54_what_leaves_carries_the_image_id_alone(client: FlaskClient, image: str) -> None:
    sent = {"csrf_token": token_on(client.get("/ask").text), "image": image, **HERE}
    file = client.post("/releases/new", data=sent)
    assert re.search(rf'filename="?{image}\.jpg"?$', file.headers["Content-Disposition"])
    left = Image.open(io.BytesIO(file.data))
    assert dict(left.getexif()) == {}
    assert set(left.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "progressive", "progression"}
    assert b"Lopez" not in file.data
    assert b"MRN" not in file.data


def test_recording_on_a_no_offers_to_tell_the_truth(
    app: Flask, client: FlaskClient, house: House, factory: Factory, image: str, made: str
) -> None:
    words = {"images": image, **HERE, "caption": ""}
    path = send(client, "/posts/plan", step="check", **words, **TICKS).headers["Location"]
    second = signed_in(app, house, factory.staff(Role.COMMUNICATIONS))
    second.post(f"{path}/approve", data={"csrf_token": token_on(second.get(path).text)})
    with house.writing(Actor("command", "test")) as deed:
        deed.ledger.update(consent, made, status="revoked", revoked_at=deed.now)
        deed.enter("test.revoke", {"consent": made})
    now = house.clock()
    typed = {"address": "https://social.example/p/1", "on-year": now.year, "on-month": now.month, "on-day": now.day}
    refused = send(client, f"{path}/record", time="9:05", **typed)
    assert refused.status_code == 422
    assert "The answer is no now" in refused.text
    assert "https://social.example/p/1" in refused.text
    done = send(client, f"{path}/record", time="9:05", already_out="yes", **typed)
    assert done.status_code == 303
    assert "It must come down" in client.get(path).text
    assert count(house, incident) == 1


def test_a_refused_release_says_why(client: FlaskClient, house: House, image: str) -> None:
    token = token_on(client.get("/ask").text)
    sent = {"csrf_token": token, "image": image, "channel": "tiktok", "purpose": "promotion"}
    page = client.post("/releases/new", data=sent)
    assert page.status_code == 409
    assert "this use was not agreed to" in page.text
    assert count(house, release) == 0


def test_rule_48_anybody_reports_and_the_officer_closes(app: Flask, house: House, factory: Factory, image: str) -> None:
    nurse = signed_in(app, house, factory.staff(Role.CLINICIAN))
    typed = {"address": "https://tok.example/1", "words": "I know that hand.", "images": image, **HERE}
    assert send(nurse, "/incidents/report", **{**typed, "address": ""}).status_code == 422
    assert send(nurse, "/incidents/report", **typed).headers["Location"] == "/incidents/reported"
    assert nurse.get("/incidents/reported").status_code == 200
    assert nurse.get("/incidents").status_code == 403
    officer = signed_in(app, house, factory.staff(Role.PRIVACY_OFFICER))
    with house.reading() as connection:
        incident_id = connection.execute(sa.select(incident.c.id)).scalar_one()
        post_id = connection.execute(sa.select(post.c.id)).scalar_one()
    assert "I know that hand." in officer.get(f"/incidents/{incident_id}").text
    assert "It must come down" in officer.get(f"/posts/{post_id}").text
    path = f"/incidents/{incident_id}/close"
    assert send(officer, path, finding="breach", words="").status_code == 422
    assert send(officer, path, finding="breach", words="The patient was told.").status_code == 303
    assert "It is a breach" in officer.get("/incidents").text


def test_void_suspend_and_lift(app: Flask, house: House, factory: Factory, image: str, made: str) -> None:
    officer = signed_in(app, house, factory.staff(Role.PRIVACY_OFFICER))
    assert send(officer, f"/consents/{made}/suspend", why="dispute", words="").status_code == 422
    assert send(officer, f"/consents/{made}/suspend", why="dispute", words="he says so").status_code == 303
    assert send(officer, f"/consents/{made}/lift", words="it was he").status_code == 303
    nurse = signed_in(app, house, factory.clinician())
    assert nurse.get(f"/consents/{made}/suspend").status_code == 403
    assert send(nurse, f"/consents/{made}/void", words="wrong patient").status_code == 422
    assert send(nurse, f"/consents/{made}/void", words="wrong patient", sure="yes").status_code == 303
    again = send(nurse, f"/consents/{made}/void", words="wrong patient", sure="yes")
    assert again.status_code == 422
    assert "void already" in again.text
    stranger = signed_in(app, house, factory.staff(Role.CLINICIAN, unit="Eyes"))
    assert stranger.get(f"/consents/{made}/void").status_code == 409
