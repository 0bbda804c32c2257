"""What was asked back and what was answered: kept with the answers, encrypted, until it is kept with the signature."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Taught:
    """One question as it went. Texts are those that were shown.

    `about`: what the right answer rested on when it was last asked. `said`: every answer, in order. `right`: the last
    one was right. `helped_by`: who of the staff explained it in his own words, after which the patient went on.
    """

    about: str
    question: str = ""
    said: tuple[str, ...] = field(default=())
    right: bool = False
    helped_by: str = ""

    @property
    def is_over(self) -> bool:
        """Say whether the patient may go on: he knew it, or somebody explained it to him."""
        return self.right or bool(self.helped_by)

    @property
    def wrong(self) -> int:
        """Return how many answers were not right."""
        return len(self.said) - self.right

    def plain(self) -> dict[str, Any]:
        """Return it as it is written down."""
        return {
            "about": self.about,
            "question": self.question,
            "said": list(self.said),
            "right": self.right,
            "helped_by": self.helped_by,
        }


def read_taught(kept: object) -> Mapping[str, Taught]:
    """Return what `plain` wrote, by the question's code; nothing where nothing was written."""
    if not isinstance(kept, Mapping):
        return {}
    return {
        str(code): Taught(
            about=str(each["about"]),
            question=str(each["question"]),
            said=tuple(str(said) for said in each["said"]),
            right=bool(each["right"]),
            helped_by=str(each["helped_by"]),
        )
        for code, each in kept.items()
    }
