"""`consent look-up`: exit status 0 yes, 1 no, 2 misuse."""

from __future__ import annotations

import json
import logging

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from consent.acts.house import House
from consent.cli.asking import look_up
from consent.records.tables import posts
from tests.factory import USUAL, Factory

ALLOWED = (*USUAL, ("permission", "recognisable"))
UNKNOWN = "IMG-7K3Q-9XTF-3"


@pytest.fixture
def open_house(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setattr("consent.cli.asking.open_house", lambda: house)
    return house


def run(image: str, channel: str = "instagram", *more: str) -> Result:
    words = ["--image", image, "--channel", channel, "--purpose", "public-education", *more]
    return CliRunner().invoke(look_up, words)


def kept(house: House) -> int:
    with house.reading() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(posts.look_up)).scalar_one()


def test_yes_is_0_and_no_is_1_and_both_are_kept(open_house: House, factory: Factory) -> None:
    made = factory.signed_consent(allow=ALLOWED)
    image = factory.ready_picture(made)
    yes = run(image.lower(), "instagram", "--json")
    assert yes.exit_code == 0, yes.output
    said = json.loads(yes.stdout)
    assert (said["answer"], said["image"], said["account"], said["day"]) == ("yes", image, "organisation", "2026-11-02")
    assert made not in yes.output
    no = run(image, "tiktok")
    assert no.stdout.startswith(f"NO: {image} on tiktok, public-education, an account of the organization, 2026-11-02")
    assert no.exit_code == 1
    assert "This use was not agreed to." in no.stdout
    expired = run(image, "instagram", "--on", "2099-01-01", "--json")
    assert (expired.exit_code, json.loads(expired.stdout)["reasons"]) == (1, ["expired"])
    assert run(image, "instagram", "--account", "@testhospital").exit_code == 0
    stranger = run(image, "instagram", "--account", "@nobody", "--json")
    assert (stranger.exit_code, json.loads(stranger.stdout)["reasons"]) == (1, ["unknown-account"])
    assert kept(open_house) == 5


def test_rule_33_an_unknown_image_is_1_with_its_reason(open_house: House, factory: Factory) -> None:
    factory.ready_organisation()
    found = run(UNKNOWN, "instagram", "--json")
    assert found.exit_code == 1
    assert json.loads(found.stdout)["reasons"] == ["unknown-image"]
    assert kept(open_house) == 1


@pytest.mark.parametrize("typed", ["IMG-7K3Q-9XTF-K", "picture 7", ""])
def test_a_mistyped_image_id_is_2_and_asks_nothing(open_house: House, typed: str) -> None:
    found = run(typed)
    assert found.exit_code == 2
    assert "--image" in found.stderr
    assert kept(open_house) == 0


def test_an_unknown_channel_day_or_missing_option_is_2(open_house: House) -> None:
    found = run(UNKNOWN, "myspace")
    assert found.exit_code == 2
    assert "known are facebook, instagram" in found.stderr
    assert run(UNKNOWN, "instagram", "--on", "tomorrow").exit_code == 2
    assert CliRunner().invoke(look_up, ["--image", UNKNOWN]).exit_code == 2


def test_rule_33_a_database_out_of_reach_is_1_with_its_reason_and_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def gone() -> House:
        raise sa.exc.OperationalError("connect", {}, Exception("gone"))

    monkeypatch.setattr("consent.cli.asking.open_house", gone)
    with caplog.at_level(logging.ERROR):
        found = run(UNKNOWN, "instagram", "--json")
    assert found.exit_code == 1
    said = json.loads(found.stdout)
    assert (said["answer"], said["reasons"], said["look_up"]) == ("no", ["database-unavailable"], None)
    assert "database-unavailable" in caplog.text
