"""Forms as data: what can be asked, in which words, on which pages, and the checks that they are fit for use."""

from __future__ import annotations

from consent.formbook.book import FormBook, Published, load_formbook
from consent.formbook.catalogue import AUDIENCES, Channel, Medium, Purpose, Said
from consent.formbook.checks import check_forms
from consent.formbook.reading import SCALES, too_hard
from consent.formbook.report import SectionReport, report, report_of
from consent.formbook.teaching import Lesson, lessons
from consent.formbook.values import (
    PLACEHOLDERS,
    REQUIRED_FACTS,
    Account,
    Answers,
    Ask,
    BadForm,
    Choice,
    Extra,
    Facts,
    Finding,
    Gap,
    Group,
    Line,
    Page,
    PaperSection,
    Question,
    ReviewPart,
)
from consent.formbook.version import FormVersion
from consent.formbook.words import Words

__all__ = [
    "AUDIENCES",
    "PLACEHOLDERS",
    "REQUIRED_FACTS",
    "SCALES",
    "Account",
    "Answers",
    "Ask",
    "BadForm",
    "Channel",
    "Choice",
    "Extra",
    "Facts",
    "Finding",
    "FormBook",
    "FormVersion",
    "Gap",
    "Group",
    "Lesson",
    "Line",
    "Medium",
    "Page",
    "PaperSection",
    "Published",
    "Purpose",
    "Question",
    "ReviewPart",
    "Said",
    "SectionReport",
    "Words",
    "check_forms",
    "lessons",
    "load_formbook",
    "report",
    "report_of",
    "too_hard",
]
