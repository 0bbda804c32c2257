"""What a screen reader is told of a page, in the order in which it tells it: Chromium's own accessibility tree."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from playwright.sync_api import Locator, Page

_LINE = re.compile(r'( *)- ([a-z]+)(?: "((?:[^"\\]|\\.)*)")?((?: \[[^\]]*\])*)(?::|$)')
# A line with a colon in its name stands in single quotes.
_QUOTED = re.compile(r"^( *- )'(.*)'(:?.*)$")
_NAMED = {
    *("link", "button", "radio", "checkbox", "textbox", "spinbutton", "combobox", "group", "img", "progressbar"),
    *("dialog", "region", "navigation", "heading"),
}
TEXT = "…"


@dataclass(frozen=True)
class Node:
    """One thing that is announced: what it is, and by which name. `level` is a heading's, else 0."""

    depth: int
    role: str
    name: str
    level: int = 0

    def __str__(self) -> str:
        if self.role == "alert":
            return "alert"
        return f"{f'h{self.level}' if self.level else self.role} {self.name}" if self.role in _NAMED else TEXT


def nodes(part: Locator) -> list[Node]:
    """Everything that is announced within this part, in order."""
    found = []
    for line in part.aria_snapshot().splitlines():
        match = _LINE.match(_QUOTED.sub(lambda quoted: quoted[1] + quoted[2].replace("''", "'") + quoted[3], line))
        if match:
            level = re.search(r"\[level=(\d)\]", match[4])
            name = (match[3] or "").replace('\\"', '"')
            found.append(Node(len(match[1]), match[2], name, int(level[1]) if level else 0))
    return found


def outline(page: Page) -> list[str]:
    """The main part line by line; running text, lists and labels are one "…", what a group holds is indented."""
    found: list[str] = []
    group = -1
    for node in nodes(page.locator("main"))[1:]:
        within = 0 <= group < node.depth
        if not within:
            group = node.depth if node.role == "group" else -1
        said = str(node)
        if said == TEXT and (within or found[-1:] == [TEXT]):
            continue
        found.append(f"  {said}" if within else said)
    return found


def is_sound(page: Page) -> None:
    """Hold for every page: the landmarks in order, one h1, above it nothing but what leads to it, nothing nameless."""
    every = nodes(page.locator("body"))
    landmarks = [node.role for node in every if not node.depth]
    assert landmarks[:4] == ["link", "banner", "main", "contentinfo"], landmarks
    nameless = [node for node in every if node.role in _NAMED and not node.name]
    assert not nameless, f"{page.url}: {nameless}"
    main = nodes(page.locator("main"))[1:]
    tops = [place for place, node in enumerate(main) if node.level == 1]
    assert len(tops) == 1, page.url
    # The way back, what is wrong; or the group that the heading gives its name.
    before = {node.role for node in main[: tops[0]]}
    assert not before & {"radio", "checkbox", "textbox", "img"}, page.url
    headings = [node.level for node in main[tops[0] :] if node.level]
    assert all(level <= above + 1 for above, level in pairwise(headings)), (page.url, headings)
