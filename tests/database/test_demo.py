"""The demonstration: made once, through the acts, in a folder of its own, and never taken for a real hospital."""

from __future__ import annotations

import json
import os
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyotp
import pytest
from flask.testing import FlaskClient

from consent import wiring
from consent.acts import cards, custody, handing_over, posting, proving, takedowns
from consent.acts.actor import Actor
from consent.acts.house import House
from consent.cli import demo
from consent.rules.access import Role
from consent.settings import Settings
from consent.wiring import CannotStart
from tests.asking import look_up
from tests.factory import Clock, make_house
from tests.staffroom import browser, make_app, token_on

POSTER = Actor("staff", "a-poster", frozenset({Role.COMMUNICATIONS}))


def settings_for(folder: Path, **more: str) -> Settings:
    return wiring.settings_from({"CONSENT_INSTANCE": str(folder), **more})


def demo_settings(folder: Path, **more: str) -> Settings:
    return settings_for(folder, CONSENT_DEMO="yes", **more)


class Hospital:
    """A furnished demonstration."""

    def __init__(self, folder: Path) -> None:
        self.settings = demo_settings(folder)
        self.house = wiring.make_house(self.settings)
        self.made = demo.furnish(self.house, self.settings)

    def app_client(self, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
        """A browser before the application as a WSGI server would load it."""
        monkeypatch.setenv("CONSENT_DEMO", "yes")
        monkeypatch.setenv("CONSENT_INSTANCE", str(self.settings.instance))
        return wiring.create_app().test_client()


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hospital]:
    """One for all tests here: making it takes as long as it takes."""
    made = Hospital(tmp_path_factory.mktemp("demo") / "instance-demo")
    yield made
    made.house.engine.dispose()


@pytest.fixture
def real(tmp_path: Path, sqlite_url: str) -> Iterator[House]:
    made = make_house(sqlite_url, tmp_path, Clock())
    yield made
    made.engine.dispose()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def lines(error: pytest.ExceptionInfo[CannotStart]) -> list[str]:
    return str(error.value).splitlines()


def test_a_second_start_adds_nothing_and_says_the_same(hospital: Hospital) -> None:
    before = custody.verify(hospital.house), (hospital.settings.instance / "demo.json").read_bytes()
    demo.sweep_unfinished(hospital.settings)
    again = wiring.make_house(hospital.settings)
    made = demo.furnish(again, hospital.settings)
    again.engine.dispose()
    assert made == hospital.made
    assert (custody.verify(hospital.house), (hospital.settings.instance / "demo.json").read_bytes()) == before
    assert demo.sign_ins(made, hospital.settings) == demo.sign_ins(hospital.made, hospital.settings)


def test_another_port_moves_the_link(tmp_path: Path) -> None:
    made = {
        "complete": True,
        "public_url": "http://127.0.0.1:8000",
        "withdrawal": {"link": "http://127.0.0.1:8000/w/t"},
    }
    settings = demo_settings(tmp_path / "demo", CONSENT_PORT="8765")
    settings.instance.mkdir()
    wiring.keep_demo(settings, made)
    house = wiring.make_house(settings)
    assert demo.furnish(house, settings)["withdrawal"]["link"] == "http://127.0.0.1:8765/w/t"
    house.engine.dispose()
    assert wiring.read_demo(settings)["public_url"] == "http://127.0.0.1:8765"


def test_what_it_writes_is_for_its_owner_alone(hospital: Hospital) -> None:
    assert mode(hospital.settings.instance / "demo.json") == 0o600
    assert mode(Path(hospital.made["signed_pdf"])) == 0o600
    assert mode(hospital.settings.instance) == 0o700


def test_every_role_can_be_played(hospital: Hospital, monkeypatch: pytest.MonkeyPatch) -> None:
    accounts = hospital.made["accounts"]
    assert {account["role"] for account in accounts.values()} == {role.value for role in Role}
    for account in accounts.values():
        client = hospital.app_client(monkeypatch)
        asked = client.get("/sign-in").text
        typed = {"csrf_token": token_on(asked), "email": account["email"], "password": account["password"]}
        shown = client.post("/sign-in", data=typed, follow_redirects=True)
        assert 'href="/demo"' in shown.text
        code = pyotp.TOTP(account["totp_secret"]).now()
        done = client.post(shown.request.path, data={"csrf_token": token_on(shown.text), "code": code})
        assert done.status_code == 303
        home = client.get("/")
        assert home.status_code == 200
        assert "Demonstration" in home.text


def asked(house: House, each: dict[str, Any]) -> posting.Answer:
    return look_up(house, POSTER, each["image"], each["channel"], each["purpose"], account=each["account"])


def test_look_ups_answer_as_demo_json_says(hospital: Hospital) -> None:
    for each in [*hospital.made["images_yes"], *hospital.made["withdrawal"]["images"]]:
        assert asked(hospital.house, each).allowed, each
    for each in hospital.made["images_no"]:
        answer = asked(hospital.house, each)
        assert not answer.allowed, each
        assert each["reason"] in {reason.public.value for reason in answer.reasons}, each
    reasons = {each["reason"] for each in hospital.made["images_no"]}
    assert {"use-not-agreed", "withdrawn", "expired", "not-linked"} <= reasons


def test_the_trail_is_sound(hospital: Hospital) -> None:
    found = custody.verify(hospital.house)
    assert found.sound, found.problems


def test_one_consent_waits_for_its_signature(hospital: Hospital) -> None:
    nurse = Actor("staff", "nurse", frozenset({Role.CLINICIAN}), "Burns")
    for ready in ("ready_to_sign", "child_ready_to_sign"):
        assert handing_over.objections(hospital.house, nurse, hospital.made[ready]["consent"]) == ()


def test_the_card_opens_with_link_and_with_number_and_code(hospital: Hospital) -> None:
    card = hospital.made["withdrawal"]
    by_link = cards.find_card(hospital.house, card["link"].rpartition("/")[2])
    by_code = cards.check_code(hospital.house, card["number"], card["code"], "192.0.2.9")
    assert by_link == by_code
    assert by_code.consent_id == card["consent"]


def test_one_takedown_is_open(hospital: Hospital) -> None:
    assert len(takedowns.listed(hospital.house, POSTER)) == 1


def test_the_forms_approver_is_marked_as_fictitious(hospital: Hospital) -> None:
    from consent.acts import form_approvals

    administrator = Actor("staff", "administrator", frozenset({Role.ADMINISTRATOR}))
    standing = form_approvals.wordings(hospital.house, administrator)
    assert standing
    assert all(each.fictitious and "fictitious" in each.approver_name for each in standing)


def test_its_paper_says_specimen_and_is_genuine_only_here(hospital: Hospital, real: House) -> None:
    pdf = Path(hospital.made["signed_pdf"]).read_bytes()
    text = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    pages = text.split("\f")[:-1]
    assert pages
    assert all("SPECIMEN" in page or "MUESTRA" in page for page in pages)
    assert proving.check_document(hospital.house, pdf).genuine
    elsewhere = proving.check_document(real, pdf)
    assert not elsewhere.genuine
    assert elsewhere.reason == "demo"


def test_its_pages_show_codes_and_unsent_mail_and_no_password(
    hospital: Hospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = hospital.app_client(monkeypatch)
    page = client.get("/demo").text
    for account in hospital.made["accounts"].values():
        assert account["email"] in page
        assert account["password"] not in page
        assert account["totp_secret"] not in page
    assert client.get("/demo/mail").status_code == 200
    assert client.get("/demo", headers={"Host": "elsewhere.example"}).status_code == 400


def test_a_real_installation_has_no_such_pages(real: House) -> None:
    client = browser(make_app(real))
    assert client.get("/demo").status_code == 404
    assert client.get("/demo/mail").status_code == 404


def test_a_real_installation_refuses_its_folder(hospital: Hospital) -> None:
    with pytest.raises(CannotStart) as caught:
        wiring.make_house(settings_for(hospital.settings.instance))
    assert len(lines(caught)) == 1


def test_it_refuses_a_folder_that_it_did_not_make(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("mine")
    with pytest.raises(CannotStart, match=r"not made by --demo"):
        wiring.make_house(demo_settings(tmp_path / "mine"))
    demo.sweep_unfinished(demo_settings(tmp_path / "mine"))
    assert (tmp_path / "mine" / "letter.txt").read_text() == "mine"


def test_neither_kind_takes_the_others_keys(hospital: Hospital, tmp_path: Path) -> None:
    settings = settings_for(tmp_path / "new", CONSENT_KEY_DIR=str(hospital.settings.key_dir))
    with pytest.raises(CannotStart, match=r"those of a demonstration"):
        wiring.make_house(settings)
    wiring.make_house(settings_for(tmp_path / "kept")).engine.dispose()
    (tmp_path / "kept").rename(tmp_path / "gone")
    with pytest.raises(CannotStart, match=r"those of a real installation"):
        wiring.make_house(demo_settings(tmp_path / "kept"))


def test_the_mark_comes_first_so_a_broken_start_can_be_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = demo_settings(tmp_path / "demo")
    with monkeypatch.context() as broken:
        broken.setattr(wiring, "load_formbook", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            wiring.make_house(settings)
    assert json.loads((settings.instance / "demo.json").read_text()) == {"demo": True, "complete": False}
    assert (settings.instance / "consent.sqlite").exists()
    demo.sweep_unfinished(settings)
    assert [path.name for path in settings.instance.iterdir()] == ["demo.json"]
    wiring.make_house(settings).engine.dispose()


def test_a_database_that_does_not_answer_is_one_plain_line_without_its_password(tmp_path: Path) -> None:
    url = "postgresql://person:open-sesame@127.0.0.1:1/consent"
    with pytest.raises(CannotStart, match=r"does not answer") as caught:
        wiring.make_house(settings_for(tmp_path / "real", CONSENT_DATABASE_URL=url))
    assert "open-sesame" not in str(caught.value)
    assert len(lines(caught)) == 1


def test_a_folder_that_cannot_be_made_is_one_plain_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotStart) as caught:
        wiring.make_house(settings_for(tmp_path / "file" / "instance"))
    assert len(lines(caught)) == 1


def test_tls_files_that_do_not_fit_are_one_plain_line(tmp_path: Path) -> None:
    for name in ("cert.pem", "key.pem"):
        (tmp_path / name).write_text("nothing")
    files = {f"CONSENT_TLS_{kind}_FILE": str(tmp_path / f"{kind.lower()}.pem") for kind in ("CERT", "KEY")}
    with pytest.raises(CannotStart) as caught:
        wiring.check_tls(settings_for(tmp_path / "real", **files))
    assert len(lines(caught)) == 1


def test_keys_reached_inside_the_instance_by_a_link_stop_the_start(tmp_path: Path) -> None:
    (tmp_path / "real" / "keys").mkdir(parents=True)
    (tmp_path / "beside").symlink_to(tmp_path / "real" / "keys")
    environment = {
        **os.environ,
        "CONSENT_INSTANCE": str(tmp_path / "real"),
        "CONSENT_KEY_DIR": str(tmp_path / "beside"),
    }
    with pytest.raises(wiring.mendable(), match=r"inside"):
        wiring.make_house(wiring.settings_from(environment))
