"""One version of one form: its pages for this patient, its questions, and what is still missing.

Source: 45 CFR 164.508(c); 15 USC 7001(c) for the words about signing on a screen.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from consent.formbook.catalogue import Channel, Medium, Purpose
from consent.formbook.structure import Rows, Sheet, Structure
from consent.formbook.texts import strings
from consent.formbook.values import (
    REQUIRED_FACTS,
    Answers,
    Ask,
    Choice,
    Extra,
    Facts,
    Gap,
    Group,
    Line,
    Page,
    PaperSection,
    Question,
    ReviewPart,
)
from consent.formbook.wording import Wording

EXTRA = "extra"
"""The key of the page with the organisation's own paragraphs."""
NEEDED_KINDS = ("medium", "purpose", "channel", "account")


@dataclass(frozen=True)
class FormVersion:
    """The wording that somebody signs. Each language has a hash of its own, over every word of it.

    `extra` are the organisation's own paragraphs by language, shown as the last page; see `with_extra`.
    """

    form: str
    number: int
    structure: Structure
    texts: Mapping[str, Wording]
    media: Mapping[str, Medium]
    purposes: Mapping[str, Purpose]
    channels: Mapping[str, Channel]
    hashes: Mapping[str, str]
    contents: Mapping[str, bytes] = field(repr=False)
    """What each language's hash is made of, byte for byte."""
    extra: Mapping[str, Extra] = field(default_factory=dict)

    @property
    def languages(self) -> tuple[str, ...]:
        """Codes of the languages that it can be signed in, English first."""
        return tuple(self.texts)

    def hash_in(self, language: str) -> str:
        """What names exactly these words: the form in this language, and the organisation's own paragraphs.

        Raises: KeyError for a language that the form does not speak.
        """
        _, *own = self.hashed(language)
        return hashlib.sha256(own[-1]).hexdigest() if own else self.hashes[language]

    def hashed(self, language: str) -> tuple[bytes, ...]:
        """What the hash is made of: the form itself and, if there are some, the organisation's own paragraphs after
        the form's hash. The hash is of the last of them. Raises: KeyError.
        """
        form, own = self.contents[language], self.extra.get(language)
        if own is None or not own.paragraphs:
            return (form,)
        content = json.dumps([self.hashes[language], own.heading, list(own.paragraphs)], ensure_ascii=False)
        return form, content.encode()

    def every_text(self, language: str) -> tuple[str, ...]:
        """Every text that this language can show, with its placeholders."""
        words, own = self.texts[language], self.extra.get(language)
        said = (text for entries in words.said.values() for each in entries.values() for text in (each.row, each.hint))
        return (*strings(words.text), *said, *((own.heading, *own.paragraphs) if own else ()))

    def with_extra(self, extra: Mapping[str, Extra]) -> FormVersion:
        """This version with the organisation's own paragraphs on a last page."""
        return replace(self, extra=MappingProxyType(dict(extra)))

    def questions(self, asked: Collection[Ask]) -> tuple[Ask, ...]:
        """Every (kind, code) that needs a yes or a no, in the order of the pages.

        The permissions are asked always, but for the sensitive ones, which somebody has to pick; a code that the
        catalogue does not know is never asked.
        """
        return tuple(ask for sheet in self.structure.pages for rows in sheet.rows for ask in self._of(rows, asked))

    def pages(self, asked: Collection[Ask], facts: Facts, language: str) -> tuple[Page, ...]:
        """What the patient reads and chooses, one thing per page."""
        pages = tuple(self._page(sheet, asked, facts, language) for sheet in self.structure.pages)
        return (*pages, *self._extra_page(language))

    def closing(self, key: str, facts: Facts, language: str) -> Page:
        """The words about signing on a screen ("electronic") or of the signature ("signature")."""
        sheet = next(each for each in self.structure.closing if each.key == key)
        return self._page(sheet, (), facts, language)

    def accept_label(self, language: str) -> str:
        """What the box says with which the signer agrees to sign on a screen."""
        return str(self.texts[language].sheet("electronic")["accept"])

    def review(self, asked: Collection[Ask], facts: Facts, answers: Answers, language: str) -> tuple[ReviewPart, ...]:
        """Every answer as a plain sentence, page by page, for checking before the signature."""
        words = self.texts[language].read_by(facts)
        parts = []
        for sheet in self.structure.pages:
            lines = self._lines(sheet, asked, facts, answers, words)
            if lines:
                parts.append(ReviewPart(sheet.key, words.heading(sheet.key, facts), lines))
        return tuple(parts)

    def paper_sections(
        self, asked: Collection[Ask], facts: Facts, answers: Answers, language: str
    ) -> tuple[PaperSection, ...]:
        """The printed form in order. Without answers its lines are the questions, to be ticked by hand."""
        words = self.texts[language].read_by(facts)
        sections = []
        for sheet in self.structure.sheets():
            if sheet is self.structure.closing[0]:
                sections += [
                    PaperSection(own.key, own.heading, own.paragraphs, (), ()) for own in self._extra_page(language)
                ]
            page = self._page(sheet, asked, facts, language)
            lines = self._lines(sheet, asked, facts, answers, words)
            sections.append(PaperSection(page.key, page.heading, page.paragraphs, page.bullets, lines))
        return tuple(sections)

    def gaps(self, asked: Collection[Ask], facts: Facts, answers: Answers) -> tuple[Gap, ...]:
        """What still stands in the way of a signature; empty when the form is complete.

        Codes: "nothing-asked" (about a kind), "fact" (about a placeholder), "unanswered" (about
        "kind/code"), "term" (about "missing", "unknown" or "event").
        Source: 45 CFR 164.508(c)(1) and (b)(2)(ii): a form that is not filled out completely is void.
        """
        questions = self.questions(asked)
        kinds = {kind for kind, _ in questions}
        gaps = [Gap("nothing-asked", kind) for kind in NEEDED_KINDS if kind not in kinds]
        gaps += [Gap("fact", name) for name in REQUIRED_FACTS if not getattr(facts, name).strip()]
        if facts.paid_by:
            gaps += [Gap("fact", name) for name in ("paid_to", "paid_what") if not getattr(facts, name).strip()]
        gaps += [
            Gap("fact", "accounts")
            for ask in questions
            if ask[0] == "account" and ask[1] not in {account.id for account in facts.accounts}
        ]
        gaps += [
            Gap("unanswered", f"{kind}/{code}")
            for kind, code in questions
            if not isinstance(answers.uses.get((kind, code)), bool)
        ]
        if answers.term is None:
            gaps.append(Gap("term", "missing"))
        elif answers.term not in self.structure.terms:
            gaps.append(Gap("term", "unknown"))
        elif answers.term not in {choice.code for choice in self.terms(facts, self.languages[0])}:
            gaps.append(Gap("term", "event"))
        return tuple(gaps)

    def apart(self) -> frozenset[tuple[str, str]]:
        """Each channel and purpose that do not go together here, whatever is said to each alone."""
        return frozenset(
            (channel, purpose)
            for channel, entry in self.channels.items()
            for purpose in self.purposes
            if purpose not in self.structure.serves.get(entry.audience, (purpose,))
        )

    def terms(self, facts: Facts, language: str) -> tuple[Choice, ...]:
        """How long it may be used, the organisation's usual term first; none is chosen beforehand.

        An event is offered only where it and who confirms it are known.
        """
        said = self.texts[language].read_by(facts)
        words, values = said.text["terms"], said.values(facts)
        offered = [
            code
            for code in self.structure.terms
            if code != "event" or (facts.event.strip() and facts.event_confirmer.strip())
        ]
        offered.sort(key=lambda code: code != facts.usual_term)
        return tuple(
            Choice(code, words[code]["text"].format_map(values), words[code].get("hint", "").format_map(values))
            for code in offered
        )

    def _extra_page(self, language: str) -> tuple[Page, ...]:
        own = self.extra.get(language)
        return (Page(EXTRA, own.heading, own.paragraphs, ()),) if own and own.paragraphs else ()

    def _page(self, sheet: Sheet, asked: Collection[Ask], facts: Facts, language: str) -> Page:
        words = self.texts[language].read_by(facts)
        paragraphs, bullets = words.passages(sheet, facts)
        groups = tuple(
            group for rows in sheet.rows for group in [self._group(rows, asked, facts, words, sheet)] if group.rows
        )
        choices = self.terms(facts, language) if sheet.terms else ()
        heading = words.heading(sheet.key, facts)
        return Page(sheet.key, heading, paragraphs, bullets, groups, choices, sheet.drawing)

    def _group(self, rows: Rows, asked: Collection[Ask], facts: Facts, words: Wording, sheet: Sheet) -> Group:
        heading = words.text["audiences"][rows.audience] if rows.audience else words.sheet(sheet.key)[rows.key]
        questions: tuple[Question, ...] = tuple(
            words.question(kind, code, facts) for kind, code in self._of(rows, asked)
        )
        return Group(heading, rows.audience, questions)

    def _of(self, rows: Rows, asked: Collection[Ask]) -> tuple[Ask, ...]:
        """The things asked in one group of rows, in the catalogue's order."""
        if rows.kind == "permission":
            return tuple((rows.kind, code) for code in rows.codes if not rows.picked or (rows.kind, code) in asked)
        picked = {code for kind, code in asked if kind == rows.kind}
        if rows.kind == "account":
            own = picked & {"organisation"}
            return tuple((rows.kind, code) for code in (*sorted(own), *sorted(picked - own)))
        if rows.kind == "channel":
            codes = tuple(code for code, each in self.channels.items() if each.audience == rows.audience)
        else:
            codes = tuple(self.media) if rows.kind == "medium" else tuple(self.purposes)
        return tuple((rows.kind, code) for code in codes if code in picked)

    def _lines(
        self, sheet: Sheet, asked: Collection[Ask], facts: Facts, answers: Answers, words: Wording
    ) -> tuple[Line, ...]:
        lines = []
        for rows in sheet.rows:
            for kind, code in self._of(rows, asked):
                said = answers.uses.get((kind, code))
                text = (
                    words.question(kind, code, facts).full if said is None else words.said_back(kind, code, said, facts)
                )
                lines.append(Line(kind, code, said, text))
        if sheet.terms:
            lines += self._term_lines(facts, answers, words)
        return tuple(lines)

    def _term_lines(self, facts: Facts, answers: Answers, words: Wording) -> list[Line]:
        values, terms = words.values(facts), words.text["terms"]
        if answers.term is None:
            return [
                Line("until", choice.code, None, terms[choice.code]["full"].format_map(values))
                for choice in self.terms(facts, words.language)
            ]
        text = terms[answers.term]["full"].format_map(values)
        if facts.until:
            text = f"{text} {words.text['term-ends']['text'].format_map(values)}"
        return [Line("until", answers.term, True, text)]
