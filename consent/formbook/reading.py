"""How hard a text is to read: Flesch-Kincaid grade for English, INFLESZ (Szigriszt-Pazos) for Spanish.

Counts of words, sentences and syllables are those of textstat 0.7.4. Its own grade rounds both averages to
one decimal before it multiplies, which moves an English grade by more than half a year; so both are taken,
its own and the exact one, and the harder counts.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol, cast

SHORTEST = 100
"""Words below which a section is measured together with its neighbour: a few sentences measure nothing."""


ENDS = (".", "!", "?", "\u061f", "\u06d4", "\u3002", "\uff01", "\uff1f")
"""What a sentence ends with, in any of the scripts."""

LONGEST_LABEL = 8
"""Words beyond which a text without a full stop is read as a sentence all the same."""


# Where a sentence ends, in any of the scripts; Chinese sets no space after it.
_END = re.compile(
    r"(?<=[.!?\u061f\u06d4\u0964])[\"'\u00bb\u201d\u2019)]*\s+|(?<=[\u3002\uff01\uff1f])[\u201d\u2019\uff09]*\s*"
)
_COLONS = ": \uff1a"
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")
_WITHOUT_SPACES = frozenset({"ja", "km", "lo", "my", "th", "zh"})


@dataclass(frozen=True)
class Scale:
    """A language's measure: beyond `limit` a text fails, at `aim` it is as easy as it should be."""

    name: str
    limit: float
    aim: float
    easier_is_lower: bool

    def fails(self, measure: float) -> bool:
        """Whether the text is too hard to be used."""
        return measure > self.limit if self.easier_is_lower else measure < self.limit

    def meets_aim(self, measure: float) -> bool:
        """Whether the text is as easy as it should be."""
        return measure <= self.aim if self.easier_is_lower else measure >= self.aim


SCALES = {
    "en": Scale("Flesch-Kincaid grade", limit=6.0, aim=5.0, easier_is_lower=True),
    "es": Scale("INFLESZ", limit=65.0, aim=70.0, easier_is_lower=False),
}


class Meter(Protocol):
    """The part of textstat that is used here."""

    def lexicon_count(self, text: str) -> int:
        """How many words."""

    def sentence_count(self, text: str) -> int:
        """How many sentences, those of one or two words left out."""

    def syllable_count(self, text: str) -> int:
        """How many syllables, by hyphenation."""

    def flesch_kincaid_grade(self, text: str) -> float:
        """The grade, from rounded averages."""

    def szigriszt_pazos(self, text: str) -> float:
        """INFLESZ."""


@dataclass(frozen=True)
class Section:
    """Running sentences that are read together."""

    name: str
    sentences: tuple[str, ...]

    @property
    def text(self) -> str:
        """The sentences as one text."""
        return " ".join(self.sentences)

    @property
    def words(self) -> int:
        """How many words it has."""
        return len(self.text.split())


def measure(text: str, language: str) -> float:
    """The reading level on the language's scale, to one decimal. Raises: KeyError for a language without one."""
    meter = meter_for(language)
    words, sentences = meter.lexicon_count(text), meter.sentence_count(text)
    per_sentence, per_word = words / sentences, meter.syllable_count(text) / max(1, words)
    if SCALES[language].easier_is_lower:
        exact = 0.39 * per_sentence + 11.8 * per_word - 15.59
        return round(max(exact, meter.flesch_kincaid_grade(text)), 1)
    exact = 206.835 - 62.3 * per_word - per_sentence
    return round(min(exact, meter.szigriszt_pazos(text)), 1)


@dataclass(frozen=True)
class TooHard:
    """A text that is harder than its language's limit: what was found on which scale, and the limit."""

    found: float
    scale: str
    limit: float


def too_hard(sentences: Sequence[str], language: str) -> TooHard | None:
    """Why the text may not be used; None where it may, or where the language has no established measure."""
    scale = SCALES.get(language)
    if scale is None or not any(sentences):
        return None
    found = measure(" ".join(sentences), language)
    return TooHard(found, scale.name, scale.limit) if scale.fails(found) else None


@dataclass(frozen=True)
class Lengths:
    """What can be counted in every language, whether or not it has a measure. `unit` is "words" or "characters".

    `longest_words` are empty where words are not set apart; `longest_sentences` come with their length.
    """

    unit: str
    sentences: int
    words: int
    per_sentence: float
    longest_words: tuple[str, ...]
    longest_sentences: tuple[tuple[int, str], ...]


def lengths(sentences: Sequence[str], language: str, ignored: frozenset[str] = frozenset(), shown: int = 3) -> Lengths:
    """Count, and name what an author would mend first: the longest words and the longest sentences.

    `ignored` are words that are no author's, such as a specimen's names.
    """
    spaced = language.partition("-")[0] not in _WITHOUT_SPACES
    each = [piece.strip() for text in sentences for piece in _END.split(text) if piece.strip()]
    sizes = [(len(piece.split()) if spaced else sum(sign.isalnum() for sign in piece), piece) for piece in each]
    total = sum(size for size, _ in sizes)
    found = (word for piece in each for word in _WORD.findall(piece) if spaced and word not in ignored)
    words = dict.fromkeys(found)
    return Lengths(
        unit="words" if spaced else "characters",
        sentences=len(each),
        words=total,
        per_sentence=round(total / max(1, len(each)), 1),
        longest_words=tuple(sorted(words, key=lambda word: (-len(word), word))[: shown + 2]),
        longest_sentences=tuple(sorted(sizes, key=lambda size: -size[0])[:shown]),
    )


@cache
def meter_for(language: str) -> Meter:
    """A textstat of our own for the language, so that no other part of the program changes its language."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # textstat 0.7.4 imports pkg_resources, which warns of its own end
        from textstat.textstat import textstatistics
    meter = textstatistics()
    meter.set_lang(language)
    return cast(Meter, meter)


def joined(sections: Sequence[Section]) -> tuple[Section, ...]:
    """The sections, each of at least 100 words where there are as many: a short one joins the next one,
    and the last one the one before."""
    whole: list[Section] = []
    for section in sections:
        if whole and whole[-1].words < SHORTEST:
            whole[-1] = _both(whole[-1], section)
        else:
            whole.append(section)
    if len(whole) > 1 and whole[-1].words < SHORTEST:
        last = whole.pop()
        whole[-1] = _both(whole[-1], last)
    return tuple(whole)


def pieces(label: str, sections: Sequence[Section]) -> tuple[Section, ...]:
    """All the sections' sentences in order, cut into pieces of 100 words or little more.

    A piece is named by the label and by the sections that it begins and ends in.
    """
    cut: list[list[tuple[str, str]]] = [[]]
    for name, sentence in ((section.name, each) for section in sections for each in section.sentences):
        if sum(len(held.split()) for _, held in cut[-1]) >= SHORTEST:
            cut.append([])
        cut[-1].append((name, sentence))
    if len(cut) > 1 and sum(len(held.split()) for _, held in cut[-1]) < SHORTEST:
        last = cut.pop()
        cut[-1] += last
    return tuple(
        Section(f"{label}, {piece[0][0]} to {piece[-1][0]}", tuple(sentence for _, sentence in piece))
        for piece in cut
        if piece
    )


def _both(first: Section, second: Section) -> Section:
    return Section(f"{first.name} + {second.name}", first.sentences + second.sentences)


def is_sentence(text: str) -> bool:
    """Whether the text is running text rather than a label: it ends like a sentence, or is as long as one."""
    return text.strip().rstrip("\"'»”)").endswith(ENDS) or len(text.split()) > LONGEST_LABEL


def under_stem(stem: str, items: Sequence[str]) -> tuple[str, ...]:
    """A list as it is read: an item that is no sentence of its own continues the stem's last sentence."""
    if all(is_sentence(item) and item[:1].isupper() for item in items):
        return (stem.rstrip(_COLONS) + ".", *items)
    before, _, last = stem.rstrip(_COLONS).rpartition(". ")
    opening = (before + ".",) if before else ()
    return (*opening, *(f"{last} {item.rstrip('.')}." for item in items))
