"""The real form book, and a copy of it to break."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from consent.formbook import Account, Answers, Facts, FormBook, FormVersion, load_formbook

FORMS = Path(__file__).parents[3] / "forms"

USUAL = (
    ("medium", "photo"),
    ("medium", "film"),
    ("purpose", "public-education"),
    ("purpose", "promotion"),
    ("channel", "instagram"),
    ("channel", "conference"),
    ("channel", "staff-teaching"),
    ("account", "organisation"),
)

FACTS = Facts(
    organisation="Riverside Hospital",
    address="1 River Road, Springfield",
    privacy_phone="555 0100",
    privacy_email="privacy@riverside.example",
    clinician="Dr. Ana Ruiz, Burn Unit",
    description="how your burn healed",
    accounts=(Account("organisation", "Riverside Hospital", (("instagram", "@riverside"),)),),
)

Edit = Callable[[str, str, str], None]


@pytest.fixture(scope="session")
def book() -> FormBook:
    return load_formbook(FORMS)


@pytest.fixture
def release(book: FormBook) -> FormVersion:
    return book.version("us-media-release", 1)


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of forms/ that a test may change."""
    return Path(shutil.copytree(FORMS, tmp_path / "forms"))


@pytest.fixture
def edit(copied: Path) -> Edit:
    """Replace a text in one of the copied files; fails if it is not there."""

    def change(name: str, old: str, new: str) -> None:
        path = copied / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    return change


def all_yes(version: FormVersion, term: str = "2-years") -> Answers:
    return Answers(dict.fromkeys(version.questions(USUAL), True), term)
