"""The same signing in Firefox and in WebKit: hand over, read, choose, say back, check, draw, done."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from sqlalchemy import select

from consent.acts import answering
from consent.records.tables.consents import consent, signing_session
from consent.rules.access import Role
from tests.browser.engines import Driver, firefox, webkit
from tests.browser.hospital import Hospital
from tests.factory import USUAL
from tests.staffroom import PASSWORD

ENGINES: dict[str, Callable[[Path], AbstractContextManager[Driver]]] = {"firefox": firefox, "webkit": webkit}


@pytest.mark.parametrize("engine", ENGINES)
def test_a_signing(hospital: Hospital, tmp_path: Path, engine: str) -> None:
    nurse = hospital.person("Nora Field", Role.CLINICIAN)
    made = hospital.factory.draft(USUAL, nurse.actor)
    with ENGINES[engine](tmp_path) as browser:
        browser.goto(hospital.address + "/sign-in")
        browser.fill("E-mail address", nurse.email)
        browser.fill("Password", PASSWORD)
        browser.press("Continue")
        hospital.clock.pass_(seconds=31)
        browser.fill("Enter your code", nurse.phone.at(hospital.clock()))
        browser.press("Sign in")
        browser.goto(f"{hospital.address}/consents/{made}")
        browser.press("Hand over to the patient")
        browser.press("Start")
        _choose(browser)
        _say_back(browser, hospital)
        _picture(browser, engine, "check")
        browser.press("Go on to sign")
        browser.click(browser.find("label[for^=disclosure]"))
        browser.press("Next")
        browser.draw("#pad")
        _picture(browser, engine, "signed")
        browser.press("Sign")
        assert browser.script("return document.querySelector('h1').innerText").startswith("Done.")
        _picture(browser, engine, "done")
        # Nothing is left in the browser but a cookie that no script can read.
        left = "return [localStorage.length, sessionStorage.length, document.cookie.length].join()"
        assert browser.script(left) == "0,0,0"
        # Coming back to a page that is over leads to where it stands; the staff's pages stay closed.
        browser.goto(hospital.address + "/sign/sign")
        assert browser.script("return location.pathname") == "/sign/done"
        browser.goto(f"{hospital.address}/consents/{made}")
        assert browser.script("return location.pathname") == "/sign-in"
    with hospital.house.reading() as connection:
        assert connection.execute(select(consent.c.status)).scalars().all() == ["signed"]


def _choose(browser: Driver) -> None:
    """Say yes to everything on every page of the form, and take the first time that is offered."""
    while "/sign/page/" in browser.script("return location.pathname"):
        browser.script(
            "for (const set of document.querySelectorAll('fieldset')) {"
            " const first = set.querySelector('input[type=radio]'); if (first) first.click(); }"
        )
        browser.press("Next")


def _say_back(browser: Driver, hospital: Hospital) -> None:
    """Give the right answer to what is asked back."""
    with hospital.house.reading() as connection:
        session_id = connection.execute(select(signing_session.c.id)).scalar_one()
    right = {each.code: each.right for each in answering.open_session(hospital.house, session_id).lessons}
    while "/sign/understand/" in (path := browser.script("return location.pathname")):
        field = f"input[name=said][value='{right[path.split('/')[3]]}']"
        browser.script("document.querySelector(arguments[0]).click()", field)
        browser.press("Next")


def _picture(browser: Driver, engine: str, name: str) -> None:
    """Keep a picture, if pictures were asked for."""
    if folder := os.environ.get("SCREENSHOTS"):
        (Path(folder) / f"{engine}-{name}.png").write_bytes(browser.picture())
