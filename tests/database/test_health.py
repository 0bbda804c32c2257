"""The machine that watches over the service gets one word, and nobody learns more from it."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from consent.acts.house import House
from consent.records.engine import open_database
from tests.staffroom import browser, make_app


def test_well_while_the_database_answers(house: House) -> None:
    answer = browser(make_app(house)).get("/healthz")
    assert (answer.status_code, answer.mimetype, answer.text) == (200, "text/plain", "well\n")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers


def test_503_and_no_detail_while_it_does_not(house: House, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    gone = replace(house, engine=open_database(f"sqlite:///{tmp_path / 'nowhere' / 'no.sqlite'}"))
    with caplog.at_level(logging.INFO, "consent"):
        answer = browser(make_app(gone)).get("/healthz")
    assert (answer.status_code, answer.text) == (503, "out of reach\n")
    assert "nowhere" not in caplog.text + answer.text
