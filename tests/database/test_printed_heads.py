"""A head on paper: printed, typed in again, and told whether the trail still holds it."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from click.testing import CliRunner
from pypdfium2 import PdfDocument

from consent.acts import custody, printed_heads, retention
from consent.acts.house import House
from consent.acts.printed_heads import Held
from consent.cli.proving import verify_custody
from consent.rules.access import Role
from consent.rules.chain import grouped
from consent.rules.refusal import Refused
from tests.database.test_custody import make_account, tamper
from tests.factory import Clock, Factory
from tests.staffroom import make_app, send, signed_in


def test_rule_26_the_printed_page_says_all_that_is_needed_and_is_held_ever_after(
    house: House, factory: Factory, clock: Clock
) -> None:
    consent_id = factory.signed_consent()
    officer, other = factory.staff(Role.PRIVACY_OFFICER), factory.staff(Role.ADMINISTRATOR)
    pdf = printed_heads.print_head(house, officer)
    text = " ".join(PdfDocument(pdf)[0].get_textpage().get_text_range().split())
    (number,) = re.findall(r"Entry number (\d+)", text)
    first, second = re.findall(r"half ((?:[0-9a-f]{4} ?){8})", text)
    standing = printed_heads.standing(house, officer)
    assert standing is not None
    assert (int(number), grouped(standing.hash)) == (standing.number, f"{first.strip()} {second.strip()}")
    assert grouped(standing.fingerprint) in text
    assert f"{standing.signed_at:%Y-%m-%d %H:%M:%S} UTC" in text
    assert "Lopez" not in text
    # Typed in again after years, in whole or in half, with other entries behind it and records destroyed before it.
    clock.now += timedelta(days=9 * 366)
    retention.destroy(house, other, retention.propose(house, officer, consent_id))
    for typed in (f"{first} {second}", first, first.upper().replace(" ", "")):
        answer = printed_heads.check(house, officer, f" {number} ", typed)
        assert (answer.held, answer.number) == (Held.HELD, standing.number)


def test_a_trail_that_was_rewritten_or_cut_does_not_hold_it(house: House, factory: Factory) -> None:
    for number in range(3):
        make_account(house, f"a{number}")
    head = custody.sign(house)
    assert head is not None
    auditor = factory.staff(Role.AUDITOR)

    def held(number: int = head.number, digits: str = head.hash) -> Held:
        return printed_heads.check(house, auditor, str(number), digits).held

    assert held() is Held.HELD
    assert held(digits=head.hash[:-1] + ("0" if head.hash[-1] != "0" else "1")) is Held.OTHER
    assert held(number=head.number - 1) is Held.OTHER
    assert held(number=999) is Held.CUT
    tamper(house, "UPDATE custody SET actor = 'staff:x' WHERE number = 1")
    assert held() is Held.UNSOUND
    tamper(house, "DELETE FROM custody", "DELETE FROM custody_about", "DELETE FROM custody_head", "DELETE FROM account")
    for number in range(4):
        make_account(house, f"b{number}")
    assert held() is Held.OTHER


@pytest.mark.parametrize(
    ("number", "digits", "code"),
    [
        ("", "ab" * 32, "number-wrong"),
        ("0", "ab" * 32, "number-wrong"),
        ("²", "ab" * 32, "number-wrong"),
        ("9" * 12, "ab" * 32, "number-wrong"),
        ("3", "ab" * 15, "hash-short"),
        ("3", "ab" * 33, "hash-wrong"),
        ("3", "xy" * 32, "hash-wrong"),
    ],
)
def test_what_is_no_head_is_said_beside_its_field(
    house: House, factory: Factory, number: str, digits: str, code: str
) -> None:
    with pytest.raises(Refused, match=code):
        printed_heads.check(house, factory.staff(Role.AUDITOR), number, digits)


def test_the_page_shows_prints_and_checks(house: House, factory: Factory) -> None:
    make_account(house)
    client = signed_in(make_app(house), house, factory.staff(Role.PRIVACY_OFFICER))
    printed = send(client, "/custody/head/print", "/custody/head")
    assert (printed.status_code, printed.mimetype) == (200, "application/pdf")
    head = custody.sign(house)
    assert head is not None
    page = client.get("/custody/head")
    assert "Printed heads" in page.text
    good = send(client, "/custody/head", number=str(head.number), hash=grouped(head.hash))
    assert "<h1" in good.text
    assert "The trail still holds it</h1>" in good.text
    bad = send(client, "/custody/head", number=str(head.number), hash="0" * 64)
    assert "another entry stands there</h1>" in bad.text
    short = send(client, "/custody/head", number=str(head.number), hash="abc")
    assert short.status_code == 422
    assert "at least the first half of the hash: 32 digits" in short.text


def test_the_command_answers_for_a_printed_head(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    make_account(house)
    head = custody.sign(house)
    assert head is not None
    monkeypatch.setattr("consent.cli.proving.open_house", lambda: house)
    good = CliRunner().invoke(verify_custody, ["--head", "1", grouped(head.hash)])
    assert (good.exit_code, good.stdout.splitlines()[0]) == (0, "The trail still holds the head at entry 1.")
    bad = CliRunner().invoke(verify_custody, ["--head", "1", "0" * 32, "--json"])
    assert (bad.exit_code, json.loads(bad.stdout)["head"], json.loads(bad.stdout)["sound"]) == (1, "other", True)
    assert CliRunner().invoke(verify_custody, ["--head", "1", "0"]).exit_code == 2
    assert CliRunner().invoke(verify_custody, []).exit_code == 0
