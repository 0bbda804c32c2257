"""At 320 px, and at 200 % zoom (half as many pixels across), nothing is cut off; and each patient page stays light."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from consent.rules.access import Role
from tests.browser import bedside
from tests.browser.hospital import Hospital, aside
from tests.browser.reader import HEAVIEST, Reader, sign_in
from tests.factory import USUAL

Sit = Callable[[BrowserContext], Reader]
SIZES = {"phone-320": (320, 640, 2), "tablet-at-200": (384, 512, 4), "desk-at-200": (640, 450, 2)}


@pytest.mark.parametrize("size", SIZES)
def test_pages_fit(hospital: Hospital, new_context: Callable[..., BrowserContext], read: Sit, size: str) -> None:
    width, height, scale = SIZES[size]
    made = hospital.person(
        "Nora Field", Role.CLINICIAN, Role.COMMUNICATIONS, Role.PRIVACY_OFFICER, Role.AUDITOR, Role.ADMINISTRATOR
    )
    signed = aside(lambda: hospital.factory.signed_consent(actor=made.actor))
    image = hospital.factory.ready_picture(signed, actor=made.actor)
    draft = hospital.factory.draft(USUAL, made.actor)
    reader = read(new_context(viewport={"width": width, "height": height}, device_scale_factor=scale))
    reader.goto("/nothing/here")
    sign_in(reader, made)
    for path in (
        "/", "/consents", "/consents/new", "/consents/find", f"/consents/{signed}", f"/consents/{draft}/preview",
        f"/consents/{draft}/patient", f"/consents/{signed}/timeline", f"/pictures/{image}", "/pictures",
        f"/pictures/{image}/cover", "/ask", "/ask/file", "/ask/list", "/posts", "/posts/plan", "/releases",
        "/takedowns", "/tasks", "/notices", "/revocations", "/incidents", "/custody", "/people", "/organisation",
        "/withdraw", "/copy/unknown", "/withdraw/unknown", "/custody/head", f"/consents/{signed}/bundle",
    ):  # fmt: skip
        reader.goto(path)
    reader.goto(f"/consents/{draft}")
    bedside.hand_over(reader)
    reader.press("Start")
    bedside.choose_all(reader, words=("Yes", "No", "Next"))
    reader.press("I do not want this")
    reader.follow("Go back to the form") if reader.page.get_by_role("link", name="Go back to the form").count() else (
        reader.press("Go back to the form")
    )
    reader.goto("/sign/check")
    reader.press("Go on to sign")
    bedside.agree_to_the_screen(reader, "en")
    expect(reader.page.locator("#pad")).to_be_visible()
    heaviest = max(weight for where, weight in reader.seen.items() if where.startswith("/sign"))
    assert heaviest <= HEAVIEST
