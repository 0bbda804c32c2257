"""The pictures' desks in a browser without scripts: add, look, cover, review, link, unlink, clear."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from consent.acts.house import House
from consent.records import consents, custody, images
from consent.rules.access import Role
from consent.rules.clearance import IDENTIFIERS, KNOWLEDGE
from tests.factory import Factory, looked_at, picture_bytes
from tests.staffroom import send, signed_in

REVIEW = {**looked_at(), "recognisable": "1", "others": "0"}


@pytest.fixture
def nurse(app: Flask, house: House, factory: Factory) -> FlaskClient:
    return signed_in(app, house, factory.clinician())


def upload(client: FlaskClient, data: bytes, name: str = "Zebulon 1955.jpg", **fields: Any) -> Any:
    return send(client, "/pictures/add", file=(io.BytesIO(data), name), **fields)


def number_of(house: House, consent_id: str) -> str:
    with house.reading() as connection:
        return consents.find(connection, consent_id).number


def acts_about(house: House, ref: str) -> list[str]:
    with house.reading() as connection:
        return [row.act for row in custody.about(connection, ref)]


def state_of(house: House, image_id: str) -> str:
    with house.reading() as connection:
        return images.find(connection, image_id).state


def test_a_picture_from_file_to_ready(house: House, factory: Factory, nurse: FlaskClient) -> None:
    signed = factory.signed_consent()
    added = upload(nurse, picture_bytes(21), medium="photo")
    assert added.status_code == 303
    path = added.location
    image_id = path.rpartition("/")[2]
    page = nurse.get(path)
    assert "In quarantine" in page.text
    assert image_id in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert send(nurse, f"{path}/review", **REVIEW).location == path
    with house.reading() as connection:
        person = images.people(connection, image_id)[0].id
    checked = send(nurse, f"{path}/people/{person}", number=number_of(house, signed).lower())
    assert "Is this the person in the picture?" in checked.text
    assert "Maria Lopez" in checked.text
    assert state_of(house, image_id) == "quarantine"
    linked = send(nurse, f"{path}/people/{person}", number=number_of(house, signed), step="link", reason="")
    assert linked.location == path
    shown = nurse.get(path).text
    assert "Ready" in shown
    assert "Maria Lopez" not in shown
    assert number_of(house, signed) in shown
    assert image_id in nurse.get("/pictures?show=ready").text
    assert image_id not in nurse.get("/pictures").text


def test_the_list_opens_small_pictures_with_one_custody_entry(
    house: House, factory: Factory, nurse: FlaskClient
) -> None:
    made = [factory.picture(), factory.picture()]
    page = nurse.get("/pictures").text
    assert page.count("data:image/jpeg;base64,") == 2
    for image_id in made:
        assert acts_about(house, image_id) == ["image.add", "image.list"]


def test_the_file_is_given_as_what_it_is_without_a_name(house: House, factory: Factory, nurse: FlaskClient) -> None:
    made = factory.picture()
    answer = nurse.get(f"/pictures/{made}/file?size=full")
    assert answer.content_type == "image/jpeg"
    assert answer.headers["Content-Disposition"] == "inline"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.data.startswith(b"\xff\xd8")
    assert acts_about(house, made)[-1] == "image.open"
    assert nurse.get("/pictures/IMG-2222-2222-2/file").status_code == 404


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"%PDF-1.7 not a picture", "This is no JPEG, PNG or WebP picture"),
        (picture_bytes(1)[:3000], "The file is not complete"),
        (b"GIF89a" + bytes(100), "This is no JPEG, PNG or WebP picture"),
    ],
)
def test_a_bad_file_is_refused_beside_its_field(nurse: FlaskClient, data: bytes, words: str) -> None:
    answer = upload(nurse, data, medium="scan")
    assert answer.status_code == 422
    assert words in answer.text
    assert 'href="#file"' in answer.text
    assert re.search(r'value="scan" checked', answer.text)


def test_a_chosen_file_is_kept_when_another_field_is_wrong(nurse: FlaskClient) -> None:
    first = upload(nurse, picture_bytes(22))
    assert first.status_code == 422
    assert "Choose what kind of picture it is." in first.text
    held = re.search(r'name="file_held" value="([^"]+)"', first.text)
    assert held
    second = send(nurse, "/pictures/add", medium="photo", file_held=held.group(1))
    assert second.status_code == 303
    assert upload(nurse, picture_bytes(22), medium="photo").status_code == 422


def test_nothing_chosen_says_so(nurse: FlaskClient) -> None:
    answer = send(nurse, "/pictures/add", medium="photo")
    assert answer.status_code == 422
    assert "Choose a picture." in answer.text


def test_film_by_file_and_by_digest(nurse: FlaskClient) -> None:
    film = b"\0\0\0\x18ftypisom" + bytes(5000)
    assert send(nurse, "/pictures/add-film", file=(io.BytesIO(film), "x.mp4")).status_code == 303
    added = send(nurse, "/pictures/add-film", digest="ab" * 32, kind="sound")
    assert "ab" * 32 in nurse.get(added.location).text
    for fields in ({}, {"digest": "ab" * 32}, {"digest": "xy", "kind": "film"}):
        assert send(nurse, "/pictures/add-film", **fields).status_code == 422
    assert send(nurse, "/pictures/add-film", file=(io.BytesIO(b"hello"), "x.mp4")).status_code == 422


def test_covering_by_numbers(house: House, factory: Factory, nurse: FlaskClient) -> None:
    made = factory.picture()
    path = f"/pictures/{made}/cover"
    box = {"box1_left": "10", "box1_top": "10", "box1_width": "20", "box1_height": "20 %"}
    for fields, words in (
        ({}, "Enter a crop or at least one box."),
        ({**box, "box1_width": "wide"}, "Enter all four numbers"),
        ({**box, "box1_width": "95"}, "reaches beyond"),
        ({**box, "box1_width": "nan"}, "Enter numbers from 0 to 100"),
        ({"crop_left": "0", "crop_top": "0", "crop_width": "1", "crop_height": "1"}, "Too little"),
    ):
        answer = send(nurse, path, **fields)
        assert answer.status_code == 422
        assert words in answer.text
    done = send(nurse, path, **box, crop_left="0", crop_top="0", crop_width="100", crop_height="50")
    assert done.status_code == 303
    assert state_of(house, made) == "replaced"
    assert "Replaced by" in nurse.get(f"/pictures/{made}").text
    assert nurse.get("/pictures?show=replaced").text.count(made) >= 1


def test_a_review_says_what_is_missing(house: House, factory: Factory, nurse: FlaskClient) -> None:
    made = factory.picture()
    path = f"/pictures/{made}/review"
    empty = send(nurse, path)
    assert empty.status_code == 422
    assert "Enter a number; 0 if there is nobody." in empty.text
    assert empty.text.count("Say what you found.") >= 5
    silent = send(nurse, path, recognisable="1", others="0")
    assert silent.text.count("Say what you found.") >= 5
    covered = send(nurse, path, **{**REVIEW, "screens-and-wristbands": "cover"})
    assert "Cover it first" in covered.text
    assert send(nurse, path, **{**REVIEW, "recognisable": "many"}).status_code == 422
    assert state_of(house, made) == "quarantine"


def test_a_picture_of_somebody_without_consent_is_not_called_ready(factory: Factory, nurse: FlaskClient) -> None:
    made = factory.reviewed_picture()
    marked = send(nurse, f"/pictures/{made}/people/{factory.people(made)[0]}/no-consent")
    page = nurse.get(marked.location).text
    assert "Cannot be posted" in page
    assert not re.search(r"<strong[^>]*>\s*Ready", page)


def test_days_are_written_out_in_the_houses_zone(house: House, factory: Factory, nurse: FlaskClient) -> None:
    signed = factory.signed_consent()
    made = factory.reviewed_picture()
    added = house.clock().astimezone(house.terms.zone)
    assert f"{added:%B} {added.day}, {added.year}, " in nurse.get(f"/pictures/{made}").text
    path = f"/pictures/{made}/people/{factory.people(made)[0]}"
    pages = nurse.get(path).text + send(nurse, path, number=number_of(house, signed)).text
    assert "May 17, 1980" in pages
    assert not re.search(r"\b\d{4}-\d\d-\d\d\b", pages)


def test_a_picture_that_looks_like_another_is_pointed_out(factory: Factory, nurse: FlaskClient) -> None:
    from tests.unit.images.pictures import photograph, saved

    first = factory.picture(seed=31)
    again = upload(nurse, saved(photograph(31, 320, 240), quality=60), medium="photo").location
    assert first in nurse.get(f"{again}/review").text


def test_a_wrong_number_is_said_beside_the_field(factory: Factory, nurse: FlaskClient) -> None:
    made = factory.reviewed_picture()
    path = f"/pictures/{made}/people/{factory.people(made)[0]}"
    for number, words in (("", "Enter the consent"), ("abc", "short number"), ("2222-222", "no consent with this")):
        answer = send(nurse, path, number=number)
        assert answer.status_code == 422
        assert words in answer.text
    assert nurse.get(f"/pictures/{made}/people/nobody").status_code == 404
    assert send(nurse, f"{path}/no-consent").status_code == 303
    assert "No consent" in nurse.get(f"/pictures/{made}").text


def test_unlinking_takes_two_people(house: House, app: Flask, factory: Factory, nurse: FlaskClient) -> None:
    made = factory.ready_picture(factory.signed_consent())
    with house.reading() as connection:
        link_id = images.links(connection, made)[0].id
    path = f"/pictures/{made}/links/{link_id}/wrong"
    assert send(nurse, path, why="").status_code == 422
    assert send(nurse, path, why="It is another man.", number="2222-222").status_code == 422
    assert send(nurse, path, why="It is another man.").status_code == 303
    change = f"/pictures/link-changes/{link_id}"
    assert "somebody else must confirm it" in nurse.get(change).text
    assert send(nurse, change, decision="confirm").status_code == 422
    second = signed_in(app, house, factory.staff(Role.CLINICIAN))
    assert made in second.get("/pictures/link-changes").text
    assert "It is another man." in second.get(change).text
    assert send(second, change).status_code == 422
    assert "No post stood on it." in send(second, change, decision="confirm").text
    assert second.get(change).status_code == 404
    assert state_of(house, made) == "quarantine"


def test_rule_36_the_officer_signs_the_check_and_another_a_rare_one(house: House, app: Flask, factory: Factory) -> None:
    made = factory.reviewed_picture(recognisable=0)
    officer = signed_in(app, house, factory.staff(Role.PRIVACY_OFFICER))
    second = signed_in(app, house, factory.staff(Role.PRIVACY_OFFICER))
    path = f"/pictures/{made}/clear"
    absent = dict.fromkeys((*IDENTIFIERS, KNOWLEDGE), "absent")
    assert send(officer, path, **absent).status_code == 422
    assert "Then the picture tells who it is." in send(officer, path, **{**absent, "names": "present"}, rare="no").text
    assert send(officer, path, **absent, rare="yes").status_code == 303
    assert send(officer, f"{path}-second").status_code == 422
    assert state_of(house, made) == "quarantine"
    assert send(second, f"{path}-second").status_code == 303
    assert state_of(house, made) == "ready"


def test_another_unit_states_a_reason_that_is_kept(house: House, app: Flask, factory: Factory) -> None:
    made = factory.picture()
    stranger = signed_in(app, house, factory.staff(Role.CLINICIAN, unit="Eyes"))
    path = f"/pictures/{made}"
    assert "Why do you need to see this picture?" in stranger.get(path).text
    assert "data:image" not in stranger.get(path).text
    assert stranger.get(f"{path}/file").status_code == 409
    assert send(stranger, path, reason="").status_code == 422
    opened = send(stranger, path, reason="Asked for a second opinion.")
    assert opened.status_code == 200
    assert "data:image/jpeg;base64," in opened.text
    assert acts_about(house, made) == ["image.add", "image.see", "image.open"]
    assert stranger.get(f"{path}/review").status_code == 409


def test_finding_by_id_and_discarding(house: House, factory: Factory, nurse: FlaskClient) -> None:
    made = factory.picture()
    typed = made.lower().replace("-", " ")
    assert nurse.get("/pictures/find", query_string={"id": typed}).location == f"/pictures/{made}"
    assert nurse.get("/pictures/find", query_string={"id": "IMG-1"}).status_code == 422
    assert (
        nurse.get("/pictures/find", query_string={"id": made[:-1] + ("2" if made[-1] != "2" else "3")}).status_code
        == 422
    )
    assert send(nurse, f"/pictures/{made}/discard").status_code == 303
    page = nurse.get(f"/pictures/{made}")
    assert "Discarded" in page.text
    assert nurse.get(f"/pictures/{made}/file").status_code == 404
    assert nurse.get("/pictures/IMG-2222-2222-2").status_code == 404
