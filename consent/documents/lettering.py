"""Which characters the paper's fonts can draw. Anything else is refused before it is printed.

A missing glyph prints as an empty box while text extraction still returns the right character, so that no
test of the text can see it; only the font's own table of characters tells.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from pathlib import Path

from fontTools.ttLib import TTFont

# Debian and Ubuntu: fonts-dejavu-core. The faces are those that templates/documents/paper.css names.
FONT_FOLDERS = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path("/opt/homebrew/share/fonts"),
    Path("/Library/Fonts"),
)
FACES = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")


class CannotPrint(Exception):
    """`missing` are the characters that the paper's fonts cannot draw, in the order in which they came."""

    def __init__(self, missing: tuple[str, ...]) -> None:
        super().__init__("no glyph for " + ", ".join(f"U+{ord(character):04X}" for character in missing))
        self.missing = missing


class FontsMissing(Exception):
    """A font file that the paper needs is not installed."""


class Lettering:
    """The characters that every face of the paper can draw. Raises: FontsMissing."""

    def __init__(self, folders: Iterable[Path] = FONT_FOLDERS) -> None:
        folders = tuple(folders)
        self._drawn = frozenset.intersection(*(_characters(folders, face) for face in FACES))

    def check(self, text: str) -> None:
        """Return if all of the text can be drawn. Raises: CannotPrint."""
        missing = dict.fromkeys(
            character
            for character in unicodedata.normalize("NFC", text)
            if ord(character) not in self._drawn and character not in "\n\t "
        )
        if missing:
            raise CannotPrint(tuple(missing))


def _characters(folders: Iterable[Path], face: str) -> frozenset[int]:
    for folder in folders:
        for path in folder.rglob(face):
            with TTFont(path, lazy=True) as font:
                return frozenset(font.getBestCmap())
    raise FontsMissing(f"{face} is not installed (Debian package fonts-dejavu-core)")
