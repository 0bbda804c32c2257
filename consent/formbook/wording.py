"""A form's words in one language: its passages, its questions, and how each answer is said back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from consent.formbook.catalogue import Catalogue, Channel, Medium, Purpose, Said, read_said
from consent.formbook.structure import Sheet, Structure
from consent.formbook.texts import allow_only, capitalised, need, overlaid, strings
from consent.formbook.values import PLACEHOLDERS, BadForm, Facts, Question
from consent.rules.direction import direction_of, isolated

SAID_BACK = ("full", "yes", "no")
PATIENT = "{patient}"
"""What the patient is to whoever signs for him: "your child", "the patient"."""
CALLED_BACK = ("can-call-back", "cannot-call-back")


@dataclass(frozen=True)
class Wording:
    """One language of one form version. `text` is the file as read; checks have seen all of it."""

    language: str
    text: Mapping[str, Any]
    said: Mapping[str, Mapping[str, Said]]
    can_be_called_back: frozenset[str] = frozenset()
    """Codes of the channels from which our own post can be taken away again."""
    other: Wording | None = None
    """The same, as it reads for somebody who signs for the patient; None where the form has no words for that."""

    def read_by(self, facts: Facts) -> Wording:
        """These words for whoever signs: about himself, or about the patient for whom he signs."""
        return self.other if facts.authority and self.other is not None else self

    def title_for(self, facts: Facts) -> str:
        """The form's name as whoever signs reads it."""
        words = self.read_by(facts)
        return words.title.replace(PATIENT, words.values(facts)["patient"])

    @property
    def title(self) -> str:
        """The form's name as the patient reads it."""
        return str(self.text["title"])

    @property
    def short(self) -> str:
        """The form's name in a staff list."""
        return str(self.text["short"])

    def values(self, facts: Facts) -> dict[str, str]:
        """What the placeholders stand for, each keeping its own direction."""
        direction = direction_of(self.language)
        named = facts.values()
        # A right is kept as its code, and said in the language of the form.
        named["authority"] = self.text.get("grounds", {}).get(facts.authority, facts.authority)
        called = self.text.get("patient", {})
        # What the patient is called is a word of this language: it needs no isolation.
        patient = called.get(facts.authority, called.get("any", ""))
        return {**{name: isolated(value, direction) for name, value in named.items()}, "patient": patient}

    def sheet(self, key: str) -> Mapping[str, Any]:
        """The words of a page or closing part."""
        found: Mapping[str, Any] = self.text["pages"].get(key) or self.text["closing"][key]
        return found

    def heading(self, key: str, facts: Facts) -> str:
        """The heading of a page or closing part."""
        return str(self.sheet(key)["heading"]).format_map(self.values(facts))

    def passages(self, sheet: Sheet, facts: Facts) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The paragraphs of a page and, led by the last of them, its bullets."""
        words, values = self.sheet(sheet.key), self.values(facts)
        paragraphs: list[str] = []
        bullets: tuple[str, ...] = ()
        for passage in sheet.passages:
            if not passage.shown(facts):
                continue
            entry = words[passage.key]
            if isinstance(entry, str):
                paragraphs.append(entry.format_map(values))
            else:
                lead = entry["stem"].format_map(values)
                bullets = tuple(item.format_map(values) for item in entry["items"])
        return ((*paragraphs, lead) if bullets else tuple(paragraphs)), bullets

    def question(self, kind: str, code: str, facts: Facts) -> Question:
        """The yes-or-no row for one thing asked."""
        values = self.values(facts)
        if kind == "permission":
            own = self.text["ask"]["permission"][code]
            full = own["full"].format_map(values)
            return Question(kind, code, full, own["hint"].format_map(values), full)
        row, hint = self.row(kind, code, facts)
        full = self.text["ask"][kind]["full"].format_map({**values, "row": row})
        return Question(kind, code, capitalised(row), self.seen_by(kind, code, hint), full)

    def seen_by(self, kind: str, code: str, hint: str) -> str:
        """The line below a row; of a place, who will see it and whether it can be called back."""
        if kind != "channel":
            return hint
        said = "can-call-back" if code in self.can_be_called_back else "cannot-call-back"
        return f"{hint} {self.text['ask']['channel'][said]}"

    def said_back(self, kind: str, code: str, yes: bool, facts: Facts) -> str:
        """An answer as a sentence."""
        asked = self.text["ask"][kind]
        entry = asked[code] if kind == "permission" else asked
        row = "" if kind == "permission" else self.row(kind, code, facts)[0]
        return str(entry["yes" if yes else "no"].format_map({**self.values(facts), "row": row}))

    def row(self, kind: str, code: str, facts: Facts) -> tuple[str, str]:
        """What stands in a question's {row}, and the line below it."""
        if kind != "account":
            said, patient = self.said[kind][code], self.values(facts)["patient"]
            return said.row.replace(PATIENT, patient), said.hint.replace(PATIENT, patient)
        found = next((account for account in facts.accounts if account.id == code), None)
        # The same name may stand on two channels, so each is said with its channel.
        handles = [self._handle(*each) for each in found.handles] if found else []
        if code == "organisation":
            return self.text["ask"]["account"]["row"].format_map(self.values(facts)), "\n".join(handles)
        name = found.name if found else code
        said_with = f"{name} ({'; '.join(handles)})" if handles else name
        return isolated(said_with, direction_of(self.language)), ""

    def _handle(self, channel: str, name: str) -> str:
        said = self.said["channel"].get(channel)
        return f"{said.name if said else channel}: {name}"


def read_wording(
    language: str,
    text: Mapping[str, Any],
    plan: Structure,
    catalogue: Catalogue,
) -> Wording:
    """The words of one language, complete for the plan.

    Raises: BadForm when a passage, a question or a catalogue entry has no words in this language, when a
    passage is there that the plan does not know, or when a text names a placeholder that is not listed.
    """
    where = f"{plan.form}/{plan.number}/{language}.toml"
    for key in ("title", "short"):
        need(text, key, str, where)
    _check_questions(text, plan, where)
    for part, sheets in (("pages", plan.pages), ("closing", plan.closing)):
        written = need(text, part, dict, where)
        if set(written) != {sheet.key for sheet in sheets}:
            raise BadForm(f"{where}: [{part}] must have exactly the parts of structure.toml")
        for sheet in sheets:
            _check_sheet(written[sheet.key], sheet, f"{where}: {sheet.key}")
    asks = {kind: table for kind, table in text["ask"].items() if kind != "permission"}
    allow_only(strings(asks), PLACEHOLDERS | {"row"}, where)
    allow_only(strings({**text, "ask": text["ask"]["permission"], "other": {}}), PLACEHOLDERS, where)
    own = text.get("own", {})
    said = {
        "medium": _said(catalogue.media, language, own.get("medium", {}), where),
        "purpose": _said(catalogue.purposes, language, own.get("purpose", {}), where),
        "channel": _said(catalogue.channels, language, own.get("channel", {}), where),
    }
    called_back = frozenset(code for code, each in catalogue.channels.items() if each.can_be_called_back)
    words = Wording(language, text, said, called_back)
    return replace(words, other=_for_another(words, where)) if "other" in text else words


def _for_another(words: Wording, where: str) -> Wording:
    """The words with those of the part [other] in their place.

    Raises: BadForm where that part names what the form does not have, or does not say what the patient is called.
    """
    changes = dict(need(words.text, "other", dict, where))
    need(need(changes, "patient", dict, f"{where}: other"), "any", str, f"{where}: other.patient")
    own = changes.pop("own", {})
    patient = {"patient": dict.fromkeys(changes["patient"], "")}
    text = overlaid({**words.text, **patient}, changes, f"{where}: other")
    allow_only(strings({**changes, "own": own}), PLACEHOLDERS | {"patient", "row"}, f"{where}: other")
    strange = [code for kind, entries in own.items() for code in entries if code not in words.said.get(kind, {})]
    if strange:
        raise BadForm(f"{where}: other.own: {', '.join(strange)} is not there to be changed")
    said = {
        kind: {
            code: replace(said, **overlaid(vars(said), own.get(kind, {}).get(code, {}), f"{where}: other.own.{code}"))
            for code, said in entries.items()
        }
        for kind, entries in words.said.items()
    }
    return replace(words, text=text, said=said)


def _said(
    catalogue: Mapping[str, Medium] | Mapping[str, Purpose] | Mapping[str, Channel],
    language: str,
    own: Mapping[str, Any],
    where: str,
) -> Mapping[str, Said]:
    """The catalogue's words, or the form's own in their place."""
    lacking = [code for code, entry in catalogue.items() if language not in entry.words and code not in own]
    if lacking:
        raise BadForm(f"{where}: no words in the catalogue for {', '.join(lacking)}")
    strange = sorted(own.keys() - catalogue.keys())
    if strange:
        raise BadForm(f"{where}: own words for {', '.join(strange)}, which the form does not offer")
    return {
        code: read_said(own[code], f"{where}: own.{code}") if code in own else entry.words[language]
        for code, entry in catalogue.items()
    }


def _check_questions(text: Mapping[str, Any], plan: Structure, where: str) -> None:
    """Every question, answer and term of the plan has its words, or BadForm says which has not."""
    asked = need(text, "ask", dict, where)
    for kind in ("medium", "purpose", "channel", "account"):
        for key in SAID_BACK:
            need(need(asked, kind, dict, where), key, str, f"{where}: ask.{kind}")
    for key in CALLED_BACK:
        need(asked["channel"], key, str, f"{where}: ask.channel")
    _check_permissions(need(asked, "permission", dict, where), plan, where)
    if set(need(text, "terms", dict, where)) != set(plan.terms):
        raise BadForm(f"{where}: [terms] must have exactly the terms of structure.toml")
    for code, entry in text["terms"].items():
        for key in ("text", "full"):
            need(entry, key, str, f"{where}: terms.{code}")
    need(need(text, "term-ends", dict, where), "text", str, where)


def _check_permissions(permissions: Mapping[str, Any], plan: Structure, where: str) -> None:
    if set(permissions) != set(plan.permissions):
        raise BadForm(f"{where}: [ask.permission] must have exactly the permissions of structure.toml")
    for code, entry in permissions.items():
        for key in (*SAID_BACK, "hint"):
            need(entry, key, str, f"{where}: ask.permission.{code}")


def _check_sheet(words: Mapping[str, Any], sheet: Sheet, where: str) -> None:
    """A page has a heading, each passage and each group of the plan, no other, and at most one list."""
    need(words, "heading", str, where)
    audiences = {rows.key for rows in sheet.rows if rows.audience}
    wanted = {passage.key for passage in sheet.passages} | {rows.key for rows in sheet.rows} - audiences
    if set(words) - {"heading", "accept"} != wanted:
        raise BadForm(f"{where}: has {sorted(words)}, structure.toml asks for {sorted(wanted)}")
    lists = [words[passage.key] for passage in sheet.passages if isinstance(words[passage.key], dict)]
    if len(lists) > 1:
        raise BadForm(f"{where}: only one list stands on a page")
    for each in lists:
        need(each, "stem", str, where)
        need(each, "items", list, where)
