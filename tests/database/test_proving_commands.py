"""`consent verify-pdf`, and the list of commands: words that a person understands, codes only in JSON."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from consent.acts import proving, retrieval
from consent.acts.house import House
from consent.cli import with_commands
from consent.cli.proving import NOT_GENUINE, STANDINGS, verify_pdf
from consent.documents import verifying
from consent.rules.standing import Standing
from tests.factory import Factory


def test_verify_pdf_says_in_words_what_a_file_is(
    house: House, factory: Factory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("consent.cli.proving.open_house", lambda: house)
    sealed = retrieval.open_document(house, factory.clinician(), factory.signed_consent())
    file = tmp_path / "form.pdf"
    file.write_bytes(sealed)
    good = CliRunner().invoke(verify_pdf, [str(file)])
    assert (good.exit_code, good.stdout.endswith("Today: in force.\n")) == (0, True)
    file.write_bytes(sealed + b"x")
    bad = CliRunner().invoke(verify_pdf, [str(file)])
    assert bad.exit_code == 1
    assert (
        bad.stdout
        == "Not a genuine form of this installation: something was added or taken away after it was sealed.\n"
    )
    coded = CliRunner().invoke(verify_pdf, [str(file), "--json"])
    assert json.loads(coded.stdout)["reason"] == "not-whole-file"


def test_verify_pdf_reads_no_more_of_a_file_than_a_form_can_have(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of gigabytes, or one that never ends, is answered at once."""
    monkeypatch.setattr("consent.cli.proving.open_house", lambda: house)
    lengths = []
    whole = proving.check_document
    monkeypatch.setattr(proving, "check_document", lambda at, pdf: lengths.append(len(pdf)) or whole(at, pdf))
    file = tmp_path / "huge.pdf"
    file.write_bytes(b"%PDF-1.7")
    os.truncate(file, 1 << 30)
    for hostile in (str(file), "/dev/zero"):
        said = CliRunner().invoke(verify_pdf, [hostile, "--json"])
        assert (said.exit_code, json.loads(said.stdout)["reason"]) == (1, "unreadable")
    assert lengths == [proving.LARGEST + 1] * 2


def test_every_reason_and_every_standing_has_words() -> None:
    codes = set(re.findall(r'_NotGenuineError\(\s*"([a-z-]+)"', Path(verifying.__file__).read_text()))
    assert len(codes) > 5
    assert {*codes, "several-signatures", "not-our-certificate", "demo", "not-on-record"} <= set(NOT_GENUINE)
    assert set(STANDINGS) == set(Standing)


def test_the_list_of_commands_breaks_off_no_sentence() -> None:
    said = CliRunner().invoke(with_commands(), ["--help"], terminal_width=80).output
    assert "look-up" in said
    assert "..." not in said.partition("Commands:")[2]
