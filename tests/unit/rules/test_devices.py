"""What a browser says of its device: how large it is and which browser, and nothing that names one device."""

from __future__ import annotations

import pytest

from consent.rules.devices import Device, describe

MOZILLA = "Mozilla/5.0"
WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("said", "device"),
    [
        (f"{MOZILLA} (X11; Linux x86_64) {WEBKIT} Chrome/140.0.0.0 Safari/537.36", Device("wide", "Chrome")),
        (f"{MOZILLA} (Linux; Android 15; SM-X210) {WEBKIT} Chrome/140.0.0.0 Safari/537.36", Device("wide", "Chrome")),
        (f"{MOZILLA} (Linux; Android 15; Pixel 9) {WEBKIT} Chrome/140 Mobile Safari/537.36", Device("phone", "Chrome")),
        (f"{MOZILLA} (Windows NT 10.0) {WEBKIT} Chrome/140 Safari/537.36 Edg/140.0", Device("wide", "Edge")),
        (
            f"{MOZILLA} (iPhone; CPU iPhone OS 18_0) AppleWebKit/605 Version/18.0 Mobile/15E148 Safari/604.1",
            Device("phone", "Safari"),
        ),
        (f"{MOZILLA} (iPad; CPU OS 12_0) Version/12.0 Mobile/15E148 Safari/604", Device("wide", "Safari")),
        (f"{MOZILLA} (Macintosh; Intel Mac OS X) AppleWebKit/605 Version/18.0 Safari/605", Device("wide", "Safari")),
        (f"{MOZILLA} (iPhone; CPU iPhone OS 18_0) CriOS/140 Mobile/15E148 Safari/604.1", Device("phone", "Chrome")),
        (f"{MOZILLA} (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0", Device("phone", "Firefox")),
        (f"{MOZILLA} (Linux; Android 14) SamsungBrowser/27.0 Chrome/125", Device("wide", "Samsung Internet")),
        ("curl/8.5.0", Device()),
        ("", Device()),
        ("<b>\u202e" + "x" * 9_000 + "iPhone Safari/", Device()),
    ],
)  # fmt: skip
def test_a_device_is_told_in_two_words(said: str, device: Device) -> None:
    assert describe(said) == device


def test_nothing_that_a_browser_says_is_passed_on_as_it_is() -> None:
    told = describe("Mozilla/5.0 (Linux; Android 15; SERIAL-12345 Build/XYZ) Chrome/140.0.7339.80 Safari/537.36")
    assert (told.size, told.browser) == ("wide", "Chrome")
