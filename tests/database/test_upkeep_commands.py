"""`consent send-notices` and `consent nightly`: counts that a person understands, and 1 when something failed."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

from consent.acts import revocation
from consent.acts.change_of_mind import Change, Scope, Way
from consent.acts.house import House
from consent.cli.upkeep import STEPS, nightly, send_notices
from consent.mailer import AbsentMailer
from tests.database.out_there import ALLOWED, Office
from tests.factory import Factory


@pytest.fixture
def open_house(house: House, factory: Factory, monkeypatch: pytest.MonkeyPatch) -> House:
    Office(house, factory)
    made = factory.signed_consent(allow=ALLOWED)
    change = Change(made, Scope.FORM, Way.IN_PERSON, known_how="seen")
    revocation.revoke(house, factory.clinician(), change)
    monkeypatch.setattr("consent.cli.upkeep.open_house", lambda: house)
    return house


def test_send_notices(open_house: House) -> None:
    done = CliRunner().invoke(send_notices, ["--json"])
    assert (done.exit_code, json.loads(done.stdout)) == (0, {"sent": 3, "failed": 0, "by_hand": 0, "owed": 0})
    again = CliRunner().invoke(send_notices, [])
    assert again.stdout == "Sent: 0. Failed: 0. Left to do by hand: 0. Still owed: 0.\n"


def test_send_notices_says_1_when_a_notice_failed(open_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    unset = replace(open_house, mailer=AbsentMailer())
    monkeypatch.setattr("consent.cli.upkeep.open_house", lambda: unset)
    done = CliRunner().invoke(send_notices, ["--json"])
    assert (done.exit_code, json.loads(done.stdout)["owed"]) == (1, 3)


def test_nightly(open_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    done = CliRunner().invoke(nightly, ["--json"])
    assert done.exit_code == 0
    assert set(json.loads(done.stdout)) == set(STEPS)
    again = CliRunner().invoke(nightly, [])
    assert all(line.startswith("     0  ") for line in again.stdout.splitlines())

    def fail(*_: object) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr("consent.acts.chasing.remind", fail)
    failed = CliRunner().invoke(nightly, [])
    assert failed.exit_code == 1
    assert "reminders: ZeroDivisionError" in failed.output


def test_help_is_for_people() -> None:
    for command in (send_notices, nightly):
        said = CliRunner().invoke(command, ["--help"])
        assert said.exit_code == 0
        assert "Exit status" in said.output
