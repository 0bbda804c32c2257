"""Reading a pasted list of image IDs, one to a line or parted by commas, semicolons or spaces."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from consent.rules.identifiers import BadIdentifier, ImageId, parse_image_id

LONGEST_LIST: Final = 200


@dataclass(frozen=True)
class BadEntry:
    """What could not be read, as it was typed, and why: 'format' or 'check'."""

    text: str
    kind: str


@dataclass(frozen=True)
class ImageList:
    """The image IDs, each once, in the order typed; what could not be read; and whether the list was cut."""

    images: tuple[ImageId, ...]
    bad: tuple[BadEntry, ...]
    is_cut: bool = False


def parse_image_list(text: str) -> ImageList:
    """Return the image IDs in a pasted list. Beyond 200 entries it is cut, and says so."""
    entries = [entry for line in re.split(r"[\n\r,;\t]+", text) for entry in _entries(line)]
    images: list[ImageId] = []
    bad: list[BadEntry] = []
    for entry in entries[:LONGEST_LIST]:
        try:
            images.append(parse_image_id(entry))
        except BadIdentifier as refused:
            bad.append(BadEntry(entry, refused.kind))
    return ImageList(tuple(dict.fromkeys(images)), tuple(bad), is_cut=len(entries) > LONGEST_LIST)


def _entries(line: str) -> list[str]:
    # A line may be one ID written with spaces, or several IDs parted by them.
    whole = line.strip()
    try:
        parse_image_id(whole)
    except BadIdentifier as refused:
        return [whole] if refused.kind == "check" else whole.split()
    return [whole]
