"""What was given at the bed so far, and how it is kept while the session is open. Nothing of it counts until signed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from consent.acts.hands import Hand, read_hands
from consent.acts.taught import Taught, read_taught
from consent.formbook import Answers, Ask


@dataclass(frozen=True)
class Given:
    """What the patient has answered so far, when each page was shown, and which answers he has checked."""

    uses: Mapping[Ask, bool] = field(default_factory=dict)
    term: str | None = None
    shown: Mapping[str, str] = field(default_factory=dict)
    """When each page was first shown, by "language/page"."""
    read: frozenset[str] = frozenset()
    """Digests of the pages that were before him, word for word: other words have to be shown anew."""
    reviewed: str = ""
    """Name of all that he checked on one page: his answers, and what they are about."""
    accepted: str = ""
    """Hash of the words about signing on a screen to which he agreed (rule 16)."""
    taught: Mapping[str, Taught] = field(default_factory=dict)
    """What was asked back, by the question's code (rule 20)."""
    hands: Mapping[str, Hand] = field(default_factory=dict)
    """Everybody's signature as it was given, by the key of who signs."""
    ink: Mapping[str, str] = field(default_factory=dict)
    """What is drawn and not given yet, as the browser sent it: a reload or a locked screen loses no stroke."""

    @property
    def digest(self) -> str:
        """Return a name for exactly these answers, so that a page can say which ones it showed."""
        plain = [sorted([*ask, said] for ask, said in self.uses.items()), self.term]
        return hashlib.sha256(json.dumps(plain).encode()).hexdigest()[:32]

    @property
    def answers(self) -> Answers:
        """Return them as the form book takes them."""
        return Answers(self.uses, self.term)

    def plain(self, asked: Collection[Ask]) -> dict[str, object]:
        """Return it as it is kept, with answers to what is asked alone; `read_given` is the way back."""
        return {
            "uses": [[*ask, self.uses[ask]] for ask in asked if ask in self.uses],
            "term": self.term,
            "shown": dict(self.shown),
            "read": sorted(self.read),
            "reviewed": self.reviewed,
            "accepted": self.accepted,
            "taught": {code: each.plain() for code, each in self.taught.items()},
            "hands": {key: each.plain(keep_times=True) for key, each in self.hands.items()},
            "ink": dict(self.ink),
        }


def read_given(kept: Mapping[str, object], asked: Collection[Ask]) -> Given:
    """Return what was kept, without answers to what is no longer asked."""
    rows = kept.get("uses") or []
    shown = kept.get("shown") or {}
    if not isinstance(rows, list) or not isinstance(shown, dict):
        return Given()
    uses = {(kind, code): said for kind, code, said in rows if (kind, code) in asked}
    term = kept.get("term")
    return Given(
        uses,
        str(term) if term else None,
        shown,
        read=_names(kept.get("read")),
        reviewed=str(kept.get("reviewed") or ""),
        accepted=str(kept.get("accepted") or ""),
        taught=read_taught(kept.get("taught")),
        hands=read_hands(kept.get("hands")),
        ink=_texts(kept.get("ink")),
    )


def _names(kept: object) -> frozenset[str]:
    return frozenset(map(str, kept)) if isinstance(kept, list) else frozenset()


def _texts(kept: object) -> Mapping[str, str]:
    return {str(key): str(each) for key, each in kept.items()} if isinstance(kept, Mapping) else {}
