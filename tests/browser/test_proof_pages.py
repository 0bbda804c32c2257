"""What the privacy officer takes away: the bundle about a consent, and the head of the trail on paper."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import BrowserContext

from consent.acts import custody
from consent.rules.access import Role
from consent.rules.chain import grouped
from tests.browser.hospital import Hospital, aside
from tests.browser.reader import Reader, sign_in
from tests.checker import check


def test_the_officer_takes_a_bundle_and_a_head_away(
    hospital: Hospital, desk: BrowserContext, read: Callable[[BrowserContext], Reader], tmp_path: Path
) -> None:
    officer = hospital.person("Nora Field", Role.PRIVACY_OFFICER)
    signed = aside(hospital.factory.signed_consent)
    reader = read(desk)
    sign_in(reader, officer)
    reader.goto(f"/consents/{signed}")
    reader.follow("Make the bundle for an expert: everything about this consent in one file")
    reader.press("Make and download the bundle")
    reader.sees("Write why you make it.")
    reader.fill("Why do you make it?", "Superior Court, file 17-442")
    with reader.page.expect_download() as started:
        reader.page.get_by_role("button", name="Make and download the bundle").click()
    assert started.value.suggested_filename.startswith("bundle-")
    file, key = tmp_path / "taken.zip", tmp_path / "key.pem"
    started.value.save_as(file)
    key.write_text(hospital.house.keyring.custody_public_key)
    status, said = check(file, "--key", key)
    assert status == 0, said
    reader.goto("/custody")
    reader.follow("Printed heads: keep on paper where the trail stands, or check such a paper")
    head = aside(lambda: custody.sign(hospital.house))
    assert head is not None
    reader.fill("Number of the entry", str(head.number))
    reader.fill("Hash", grouped(head.hash)[:39])
    reader.press("Check it")
    reader.heading("The trail still holds it")
