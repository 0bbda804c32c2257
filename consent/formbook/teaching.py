"""What the patient is asked back: four questions, made from what this form asks and what he chose.

Source: AHRQ Health Literacy Universal Precautions Toolkit, tool 5 (teach-back); domain rule 20.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from consent.formbook.structure import TAUGHT
from consent.formbook.values import Answers, Ask, Facts
from consent.formbook.version import FormVersion
from consent.formbook.words import Words

Options = tuple[tuple[str, str], ...]

MOST_NAMED = 3
"""How many places one answer names; more than that nobody reads."""

KINDS = {"what": "medium", "where": "channel"}
# The answers to what does not depend on his choices; the first is the right one.
FIXED = {"change": ("any-time", "first-week", "never"), "care": ("same", "wait", "cost")}


@dataclass(frozen=True)
class Lesson:
    """One question. `options` are (code, text) in the order shown; `page` is the page that tells the answer.

    `about` names what the right answer rests on: with other choices the question is another one.
    """

    code: str
    question: str
    options: tuple[tuple[str, str], ...]
    right: str
    page: str
    about: str

    def text_of(self, option: str) -> str:
        """Return the words of an option. Raises: KeyError."""
        return dict(self.options)[option]


@dataclass(frozen=True)
class _Asking:
    """All that a question is made from."""

    version: FormVersion
    words: Words
    asked: Collection[Ask]
    facts: Facts
    answers: Answers

    def fixed(self, code: str) -> tuple[Options, str, str]:
        """The options of a question that is the same for everybody, which is right, and what it rests on."""
        return tuple((each, self.words(f"teach.{code}-{each}")) for each in FIXED[code]), FIXED[code][0], code

    def chosen(self, code: str) -> tuple[Options, str, str]:
        """The same of a question about his own choices."""
        every = [ask for ask in self.version.questions(self.asked) if ask[0] == KINDS[code]]
        yes = [ask for ask in every if self.answers.uses.get(ask)]
        some = self.words.listed(self.named(yes or every))
        options = (
            ("some", self.words(f"teach.{code}-some", what=some)),
            ("all", self.words(f"teach.{code}-all")),
            ("none", self.words(f"teach.{code}-none")),
        )
        about = hashlib.sha256(json.dumps([code, sorted(yes)]).encode()).hexdigest()[:16]
        return options, "some" if yes else "none", about

    def named(self, asks: Sequence[Ask]) -> Iterator[str]:
        """The first of these by their words, and how many more there are."""
        text = self.version.texts[self.words.language].read_by(self.facts)
        for kind, code in asks[:MOST_NAMED]:
            yield text.row(kind, code, self.facts)[0]
        if len(asks) > MOST_NAMED:
            yield self.words("teach.more", count=len(asks) - MOST_NAMED)


def lessons(
    version: FormVersion, words: Words, asked: Collection[Ask], facts: Facts, answers: Answers
) -> tuple[Lesson, ...]:
    """Every question that this form can ask back, in order, in the language of `words`."""
    asking, pages = _Asking(version, words, asked, facts, answers), taught_on(version)
    made = []
    for turn, code in enumerate(code for code in TAUGHT if code in pages):
        options, right, about = asking.chosen(code) if code in KINDS else asking.fixed(code)
        # The right answer does not always stand in the same place.
        place = (turn + 1) % len(options)
        shown = (*options[place:], *options[:place])
        made.append(Lesson(code, words(f"teach.{code}"), shown, right, pages[code], about))
    return tuple(made)


def taught_on(version: FormVersion) -> dict[str, str]:
    """The page on which each answer is told: "what" and "where" with the rows, the others where the form says so."""
    found = {sheet.teaches: sheet.key for sheet in version.structure.pages if sheet.teaches}
    for code, kind in KINDS.items():
        for sheet in version.structure.pages:
            if any(rows.kind == kind for rows in sheet.rows):
                found.setdefault(code, sheet.key)
    return found
