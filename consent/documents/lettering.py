"""Which characters the paper's fonts can draw, and which fonts a text needs. Anything else is refused.

A missing glyph prints as an empty box while text extraction still returns the right character, so that no
test of the text can see it; only the font's own table of characters tells.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from fontTools.ttLib import TTFont

FONT_FOLDERS = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path("/opt/homebrew/share/fonts"),
    Path("/Library/Fonts"),
)
MARKS = frozenset("\u061c\u200c\u200d\u200e\u200f\u2066\u2067\u2068\u2069")
"""Direction marks and joiners: they say how their neighbours stand and are never drawn."""


class CannotPrint(Exception):
    """`missing` are the characters that the paper's fonts cannot draw, in the order in which they came."""

    def __init__(self, missing: tuple[str, ...]) -> None:
        super().__init__("no glyph for " + ", ".join(f"U+{ord(character):04X}" for character in missing))
        self.missing = missing


class FontsMissing(Exception):
    """A font file that the paper needs is not installed."""


@dataclass(frozen=True)
class Family:
    """One typeface: its name, and the files of all the faces that the paper uses of it."""

    name: str
    faces: tuple[str, ...]


def _noto(script: str) -> Family:
    name = f"Noto Sans {script}".strip()
    return Family(name, tuple(f"{name.replace(' ', '')}-{face}.ttf" for face in ("Regular", "Bold")))


# Debian and Ubuntu: fonts-dejavu-core. It is the paper's typeface, and the only one that has to be there.
LATIN = Family("DejaVu Sans", ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"))
# fonts-noto-core. DejaVu has Arabic letters too, but Naskh is what people read.
ARABIC = Family("Noto Naskh Arabic", ("NotoNaskhArabic-Regular.ttf", "NotoNaskhArabic-Bold.ttf"))
# fonts-wqy-microhei: the smallest with all of GB 2312, Big5, the Japanese letters and every Korean syllable.
CHINESE = Family("WenQuanYi Micro Hei", ("wqy-microhei.ttc",))
FURTHER = (
    ARABIC,
    CHINESE,
    *map(
        _noto,
        (
            *("Devanagari", "Bengali", "Gujarati", "Gurmukhi", "Tamil", "Telugu", "Kannada", "Malayalam", "Oriya"),
            *("Sinhala", "Thai", "Lao", "Khmer", "Myanmar", "Ethiopic", "Hebrew", "Armenian", "Georgian"),
            *("Cherokee", "Thaana", "Syriac", ""),
        ),
    ),
)
"""Asked in this order for what the paper's own typeface cannot draw: names, most of all."""
LED_BY = dict.fromkeys(("ar", "fa", "ur"), ARABIC)
"""Languages whose letters the paper's own typeface has too, but that are set in another one."""


class Lettering:
    """The characters that the installed fonts can draw. Raises: FontsMissing if the paper's own is not there."""

    def __init__(self, folders: Iterable[Path] = FONT_FOLDERS) -> None:
        self._folders = tuple(folders)
        own = self._drawn_by(LATIN)
        if own is None:
            raise FontsMissing(f"{LATIN.name} is not installed (Debian package fonts-dejavu-core)")
        self._own = own

    def check(self, text: str) -> None:
        """Return if all of the text can be drawn. Raises: CannotPrint."""
        missing = self._beyond(self._own, text)
        if missing:
            missing = [each for each in missing if not any(ord(each) in drawn for _, drawn in self._further)]
        if missing:
            raise CannotPrint(tuple(missing))

    def families(self, text: str, language: str) -> tuple[str, ...]:
        """The typefaces in which the text is set, the first one that can draw a letter drawing it.

        The paper's own alone, for a text that it can draw: further fonts cost time even where they draw nothing.
        """
        leading = LED_BY.get(language.partition("-")[0])
        chosen = [leading.name] if leading and leading.name in {name for name, _ in self._further} else []
        chosen.append(LATIN.name)
        missing = self._beyond(self._own, text)
        for name, drawn in self._further if missing else ():
            if any(ord(each) in drawn for each in missing):
                chosen += [] if name in chosen else [name]
                missing = [each for each in missing if ord(each) not in drawn]
        return tuple(chosen)

    @cached_property
    def _further(self) -> tuple[tuple[str, frozenset[int]], ...]:
        """What each further typeface draws; read when first needed, and without those that are not installed."""
        found = ((family.name, self._drawn_by(family)) for family in FURTHER)
        return tuple((name, drawn) for name, drawn in found if drawn is not None)

    @staticmethod
    def _beyond(drawn: frozenset[int], text: str) -> list[str]:
        known = MARKS | {"\n", "\t", " "}
        return list(
            dict.fromkeys(
                character
                for character in unicodedata.normalize("NFC", text)
                if ord(character) not in drawn and character not in known
            )
        )

    def _drawn_by(self, family: Family) -> frozenset[int] | None:
        """What every face of the typeface can draw; None if one is not installed."""
        found = list(self._faces(family))
        return frozenset.intersection(*found) if len(found) == len(family.faces) else None

    def _faces(self, family: Family) -> Iterator[frozenset[int]]:
        for face in family.faces:
            path = self._files.get(face)
            if path is not None:
                with TTFont(path, lazy=True, fontNumber=0) as font:
                    # Some fonts have a glyph for control characters; nobody has one in his name.
                    yield frozenset(each for each in font.getBestCmap() if each >= ord(" "))

    @cached_property
    def _files(self) -> dict[str, Path]:
        """Where each font file is that some typeface of the paper names."""
        wanted = {face for family in (LATIN, *FURTHER) for face in family.faces}
        return {
            path.name: path
            for folder in self._folders
            for path in (*folder.rglob("*.ttf"), *folder.rglob("*.ttc"))
            if path.name in wanted
        }
