"""The values that the form book takes and hands out; all frozen, none of them knows a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

Ask = tuple[str, str]
"""One thing asked: (kind, code), for instance ("channel", "instagram")."""


class BadForm(Exception):
    """A file under ``forms/`` cannot be used; the message names the file and what is wrong in it."""


@dataclass(frozen=True)
class Account:
    """An account that may show pictures. `id` is "organisation" for all of the organisation's own.

    `name` says whose it is; `handles` are its names on each channel, as (channel code, name).
    """

    id: str
    name: str
    handles: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Facts:
    """What a form's placeholders stand for: the only facts that its text may name.

    `until` is the last day in words of the form's language, once it is known. An empty `paid_by`
    means that nobody is paid. `authority` is the code of the right by which somebody signs for the patient,
    and is empty when he signs for himself. `sensitive` is empty unless a sensitive topic is asked about.
    `jurisdiction` is the organisation's profile, for instance "US-CA"; `usual_term` the term that it offers first.
    """

    organisation: str
    address: str
    privacy_phone: str
    privacy_email: str
    clinician: str
    description: str
    accounts: tuple[Account, ...] = ()
    recipients: str = ""
    paid_by: str = ""
    paid_to: str = ""
    paid_what: str = ""
    event: str = ""
    event_confirmer: str = ""
    until: str = ""
    authority: str = ""
    relationship: str = ""
    proof: str = ""
    sensitive: str = ""
    jurisdiction: str = ""
    usual_term: str = ""

    def values(self) -> dict[str, str]:
        """Each placeholder with what stands in its place."""
        named = {each.name: getattr(self, each.name) for each in fields(self)}
        # The form's own sentence goes on after these, so that it alone ends it.
        named |= {name: named[name].strip().rstrip(".") for name in ENDED_BY_THE_FORM}
        named["accounts"] = "; ".join(account.name for account in self.accounts)
        return named


ENDED_BY_THE_FORM = ("description", "event", "paid_what", "relationship", "proof")

PLACEHOLDERS = frozenset(each.name for each in fields(Facts))
"""The fixed list; a text that names another is refused when the forms are loaded."""

REQUIRED_FACTS = ("organisation", "address", "privacy_phone", "privacy_email", "clinician", "description")


@dataclass(frozen=True)
class Answers:
    """What the signer chose: yes or no to each thing asked, and the code of the term."""

    uses: Mapping[Ask, bool] = field(default_factory=dict)
    term: str | None = None


@dataclass(frozen=True)
class Extra:
    """An organisation's own page in one language, word for word: braces in it stand for nothing."""

    heading: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """One yes-or-no row. `text` is the row under its page's heading; `full` can be read on its own.

    A `hint` of several lines is a list.
    """

    kind: str
    code: str
    text: str
    hint: str
    full: str


@dataclass(frozen=True)
class Group:
    """Rows that the same people will see. `audience` is "" where that makes no difference."""

    heading: str
    audience: str
    rows: tuple[Question, ...]


@dataclass(frozen=True)
class Choice:
    """One answer of a page that asks for one of several, such as the term."""

    code: str
    text: str
    hint: str


@dataclass(frozen=True)
class Page:
    """One thing to read or choose. The last paragraph leads to the bullets, where there are any."""

    key: str
    heading: str
    paragraphs: tuple[str, ...]
    bullets: tuple[str, ...]
    groups: tuple[Group, ...] = ()
    choices: tuple[Choice, ...] = ()
    drawing: str = ""


@dataclass(frozen=True)
class Line:
    """One answer in plain words. `said` is None while it is not answered."""

    kind: str
    code: str
    said: bool | None
    text: str


@dataclass(frozen=True)
class ReviewPart:
    """The answers given on one page, with the key of the page on which to change them."""

    page: str
    heading: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class PaperSection:
    """One section of the printed form: the words of a page and what was answered there."""

    key: str
    heading: str
    paragraphs: tuple[str, ...]
    bullets: tuple[str, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Gap:
    """One thing without which nobody may sign: `code` says what kind, `about` which one."""

    code: str
    about: str


@dataclass(frozen=True)
class Finding:
    """One thing that a check of the forms measured or found. Only findings of level "fail" stop a build.

    `level` is "fail", "aim" (allowed, but short of the aim) or "ok"; `measure` is a reading level
    where there is one (Flesch-Kincaid grade for English, INFLESZ for Spanish).
    """

    form: str
    language: str
    section: str
    level: str
    message: str
    measure: float | None = None
