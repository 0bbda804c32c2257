"""Somebody who has a keyboard and nothing else: every stop must be seen, and come in the page's order."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.reader import Reader

STOP = """() => {
  const at = document.activeElement;
  if (!at || at === document.body || at === document.documentElement) return null;
  const label = at.labels && at.labels.length ? at.labels[0] : null;
  const drawn = ["radio", "checkbox"].includes(at.type) && label;
  const ring = drawn ? getComputedStyle(label, "::before") : getComputedStyle(at);
  const seen = (ring.boxShadow && ring.boxShadow !== "none")
    || (ring.outlineStyle !== "none" && parseFloat(ring.outlineWidth) > 0 && !ring.outlineColor.endsWith(", 0)"));
  const box = at.getBoundingClientRect();
  const before = window.stoppedAt;
  const onward = !before || !before.isConnected || !!(before.compareDocumentPosition(at) & 4);
  window.stoppedAt = at;
  return {
    name: (at.getAttribute("aria-label") || (label || at).innerText || "").trim(),
    type: at.type || at.localName, seen: !!seen, onward,
    inside: box.bottom > 0 && box.top < innerHeight,
  };
}"""


class Keys:
    """Goes by Tab, chooses by Space and the arrows, presses by Enter."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.page: Page = reader.page

    def to(self, name: str) -> None:
        """Go on by Tab to what is called so; every stop on the way is in view, in order and visibly marked."""
        for _ in range(80):
            self.page.keyboard.press("Tab")
            stop = self.page.evaluate(STOP)
            if stop is None:
                continue
            where = f"{self.page.title()}: {stop['name'][:60]!r}"
            assert stop["seen"], f"{where}: the focus is not visible"
            assert stop["inside"], f"{where}: the focus is out of view"
            assert stop["onward"], f"{where}: the focus jumps back"
            if stop["name"] == name:
                return
        raise AssertionError(f"{self.page.title()}: Tab never comes to {name!r}")

    def type(self, name: str, text: str) -> None:
        """Type into the field of this name."""
        self.to(name)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(text)

    def tick(self, *names: str) -> None:
        """Tick boxes, in the page's order."""
        for name in names:
            self.to(name)
            self.page.keyboard.press("Space")
            assert self.page.evaluate("document.activeElement.checked")

    def choose(self, first: str, wanted: str | None = None) -> None:
        """Go to a group of answers by its first, and on by arrows to the one that is wanted."""
        self.to(first)
        self.page.keyboard.press("Space")
        for _ in range(12):
            if self.page.evaluate("document.activeElement.labels[0].innerText.trim()") == (wanted or first):
                assert self.page.evaluate("document.activeElement.checked")
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"{self.page.title()}: no arrow leads to {wanted!r}")

    def press(self, name: str) -> None:
        """Go to a button or link and press it."""
        self.to(name)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        self.reader.look()

    def skip(self) -> None:
        """Skip the head and the menu: the first stop of every page."""
        self.page.keyboard.press("Tab")
        expect(self.page.locator(".nhsuk-skip-link")).to_be_focused()
        self.page.keyboard.press("Enter")
        expect(self.page.locator("main")).to_be_focused()
