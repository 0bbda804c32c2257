"""A form's structure: which passages, rows and terms stand on which page, and the law that each meets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from consent.formbook.catalogue import AUDIENCES
from consent.formbook.texts import need
from consent.formbook.values import BadForm, Facts

CONDITIONS = frozenset(
    {"always", "paid", "unpaid", "recipients", "authority", "california", "sensitive", "no-sensitive"}
)
CALIFORNIA = "US-CA"
TAUGHT = ("what", "where", "change", "care")
"""What the patient is asked back, in order: what may be shown, where, can I change my mind, does no change my care."""
KINDS = ("medium", "purpose", "channel", "account", "permission")


@dataclass(frozen=True)
class Passage:
    """One paragraph or list. `law` names what it is there for; `when` is the condition to show it."""

    key: str
    law: tuple[str, ...]
    when: str = "always"

    def shown(self, facts: Facts) -> bool:
        """Whether this passage belongs to a form about these facts."""
        return {
            "always": True,
            "paid": bool(facts.paid_by),
            "unpaid": not facts.paid_by,
            "recipients": bool(facts.recipients),
            "authority": bool(facts.authority),
            "california": facts.jurisdiction == CALIFORNIA,
            "sensitive": bool(facts.sensitive),
            "no-sensitive": not facts.sensitive,
        }[self.when]


@dataclass(frozen=True)
class Rows:
    """Where rows of one kind are asked: channels of one audience, or the permissions named in `codes`.

    Permissions are asked always, but for those that are `picked`: only the ones that somebody chose to ask.
    """

    key: str
    kind: str
    law: tuple[str, ...]
    audience: str = ""
    codes: tuple[str, ...] = ()
    picked: bool = False


@dataclass(frozen=True)
class Sheet:
    """The plan of one page, before anything is known of a patient.

    `drawing` names one of our drawings, "" for none; `teaches` is what the page answers of `TAUGHT`, "" for nothing.
    """

    key: str
    passages: tuple[Passage, ...]
    rows: tuple[Rows, ...] = ()
    terms: bool = False
    drawing: str = ""
    teaches: str = ""


@dataclass(frozen=True)
class Structure:
    """The whole plan of a form version. `reading` is the paragraph that asks for plain language.

    `offers` narrows what the form can ask for, by kind; a kind that is not in it offers the whole catalogue.
    `serves` names the purposes that alone lead to the places of an audience; one that is not in it is free for all.
    """

    form: str
    number: int
    jurisdiction: str
    reading: str
    offers: Mapping[str, tuple[str, ...]]
    serves: Mapping[str, tuple[str, ...]]
    permissions: tuple[str, ...]
    terms: tuple[str, ...]
    longest_years: int
    pages: tuple[Sheet, ...]
    closing: tuple[Sheet, ...]

    def sheets(self) -> tuple[Sheet, ...]:
        """Pages and closing parts, in the order of the printed form."""
        return self.pages + self.closing

    def law(self) -> frozenset[str]:
        """Every paragraph of law that some part of this form says it meets."""
        met = {self.reading}
        for sheet in self.sheets():
            met.update(*(passage.law for passage in sheet.passages), *(rows.law for rows in sheet.rows))
        return frozenset(met)


def read_structure(table: Mapping[str, Any], where: str) -> Structure:
    """The plan that the file describes.

    Raises: BadForm for a missing entry, an unknown kind, audience, condition or lesson, or a key used twice.
    """
    plan = Structure(
        form=need(table, "form", str, where),
        number=need(table, "number", int, where),
        jurisdiction=need(table, "jurisdiction", str, where),
        reading=need(table, "reading", str, where),
        offers=MappingProxyType(_read_offers(table.get("offers", {}), where)),
        serves=MappingProxyType(_read_serves(table.get("serves", {}), where)),
        permissions=tuple(need(table, "permissions", list, where)),
        terms=tuple(need(table, "terms", list, where)),
        longest_years=need(table, "longest_years", int, where),
        pages=tuple(_read_sheet(page, where) for page in need(table, "pages", list, where)),
        closing=tuple(_read_sheet(part, where) for part in need(table, "closing", list, where)),
    )
    keys = [sheet.key for sheet in plan.sheets()]
    if len(set(keys)) != len(keys):
        raise BadForm(f"{where}: a page key is used twice")
    asked = [code for sheet in plan.pages for rows in sheet.rows for code in rows.codes]
    if sorted(asked) != sorted(plan.permissions):
        raise BadForm(f"{where}: each permission must be asked on exactly one page")
    return plan


def _read_offers(table: Mapping[str, Any], where: str) -> dict[str, tuple[str, ...]]:
    if not table.keys() <= {"medium", "purpose", "channel"}:
        raise BadForm(f"{where}: offers names a medium, purpose or channel")
    return {kind: tuple(need(table, kind, list, where)) for kind in table}


def _read_serves(table: Mapping[str, Any], where: str) -> dict[str, tuple[str, ...]]:
    if not table.keys() <= set(AUDIENCES):
        raise BadForm(f"{where}: serves names an audience")
    return {audience: tuple(need(table, audience, list, where)) for audience in table}


def _read_sheet(table: Mapping[str, Any], where: str) -> Sheet:
    key = need(table, "key", str, where)
    here = f"{where}: {key}"
    if table.get("teaches", "") not in ("", *TAUGHT):
        raise BadForm(f"{here}: teaches must be one of {', '.join(TAUGHT)}")
    return Sheet(
        key=key,
        passages=tuple(_read_passage(each, here) for each in table.get("passages", [])),
        rows=tuple(_read_rows(each, here) for each in table.get("groups", [])),
        terms=table.get("terms", False),
        drawing=table.get("drawing", ""),
        teaches=table.get("teaches", ""),
    )


def _read_passage(table: Mapping[str, Any], where: str) -> Passage:
    passage = Passage(
        need(table, "key", str, where), tuple(need(table, "law", list, where)), table.get("when", "always")
    )
    if passage.when not in CONDITIONS:
        raise BadForm(f"{where}: unknown condition {passage.when}")
    return passage


def _read_rows(table: Mapping[str, Any], where: str) -> Rows:
    rows = Rows(
        key=need(table, "key", str, where),
        kind=need(table, "kind", str, where),
        law=tuple(need(table, "law", list, where)),
        audience=table.get("audience", ""),
        codes=tuple(table.get("codes", ())),
        picked=table.get("picked", False),
    )
    if rows.kind not in KINDS or rows.audience not in ("", *AUDIENCES):
        raise BadForm(f"{where}: unknown kind or audience in {rows.key}")
    return rows
