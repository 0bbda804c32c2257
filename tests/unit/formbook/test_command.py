"""`consent check-forms`: what it prints, and when it fails."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from consent.cli.forms import check_forms


@pytest.fixture(autouse=True)
def nothing_installed(tmp_path, monkeypatch):
    monkeypatch.setenv("CONSENT_INSTANCE", str(tmp_path / "none"))


def test_it_shows_measures_law_and_what_to_mend_in_every_language():
    said = CliRunner().invoke(check_forms)
    assert (said.exit_code, said.output.endswith("The forms can be used.\n")) == (0, True)
    for language in ("en", "es", "ar", "vi", "zh-Hans"):
        assert f"us-media-release/1 {language}\n" in said.output
    assert "ok   undo: Flesch-Kincaid grade" in said.output
    assert "164.508(c)(2)(iii) by redisclosure" in said.output
    assert "longest words: authorization" in said.output
    assert "no established measure; " in said.output
    assert "GMC recordings 40 by undo" in said.output


def test_it_answers_machines():
    said = json.loads(CliRunner().invoke(check_forms, ["--json"]).output)
    assert said["sound"] is True
    about = next(each for each in said["sections"] if each["section"] == "about" and each["language"] == "es")
    assert about["scale"] == "INFLESZ"
    assert about["lengths"]["longest_sentences"]


def test_it_fails_for_a_hard_form_and_for_a_broken_one(copied, edit):
    hard = (
        "Notwithstanding limitations heretofore articulated, individually identifiable information disseminates. " * 9
    )
    edit("us-media-release/1/en.toml", "Those who get it may share it with others.", hard)
    said = CliRunner().invoke(check_forms, ["--folder", str(copied)])
    assert said.exit_code == 1
    assert "FAIL us-media-release/1 en passages" in said.output
    (copied / "us-media-release/1/en.toml").unlink()
    broken = CliRunner().invoke(check_forms, ["--folder", str(copied)])
    assert (broken.exit_code, "en.toml is missing" in broken.output) == (1, True)
